"""Our own reader: a small network that reads one line, run by ONNX Runtime on the processor.

The weights come with the package (``data/reader.onnx``, their card beside them); no network is
ever used. One session and one thread a worker: the batch engine runs a worker for each core.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.engine import ctc
from sohoa_digitize.engine.spell import is_misspelled, likeliest_syllable, spelled
from sohoa_digitize.engine.text_lines import HEIGHT, Ink, Strip
from sohoa_digitize.errors import DamagedWeights, MissingEngine
from sohoa_digitize.words import Word, nfc
from sohoa_vietnam.syllables import is_legal

WEIGHTS, CARD = "reader.onnx", "reader.json"
#: Pixels along the strips of one batch; white after each strip, as the training had it.
COLUMNS, TAIL = 12_000, 12
#: The network answers once for so many pixels.
STEP = 4
#: A word whose letters are all at least this sure is not spelled anew.
CERTAIN = 0.97
#: Two syllables that are no word together are parted where white is at least so likely.
TRACE = 0.05
#: A strip darker than this (mean gray) is a black bar or white print on black, not print.
DARK = 110.0
#: Inked columns that a letter usually has, and how many times that is too much for one.
LETTER, SPARSE = 12.0, 4.0
#: From this chance on a digit was written by a pen.
PEN = 0.5
#: A piece below this certainty is dirt, not a word: nothing is invented.
NOTHING = 0.12


@dataclass(frozen=True, slots=True)
class Card:
    """What the weights say of themselves.

    Behind an output for each of ``characters`` stands one for each of ``penned``: the same
    characters, written by hand.
    """

    version: str
    characters: str
    penned: str
    heat: float
    sha256: str


def card() -> Card:
    """The card of the weights; raises :class:`DamagedWeights` when it cannot be read."""
    place = resources.files("sohoa_digitize") / "data" / CARD
    try:
        said = json.loads(place.read_text(encoding="utf-8"))
        return Card(
            said["version"],
            said["characters"],
            said.get("penned", ""),
            float(said["heat"]),
            said["sha256"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedWeights(where=CARD, detail=type(error).__name__) from error


@cache
def load() -> Reader:
    """The reader, loaded once a process.

    Raises :class:`MissingEngine` without ONNX Runtime and :class:`DamagedWeights` when the
    weights are missing or not those of their card.
    """
    return Reader(card())


class Reader:
    """A loaded network."""

    def __init__(self, known: Card, weights: bytes | None = None) -> None:
        import hashlib

        if weights is None:
            try:
                weights = (resources.files("sohoa_digitize") / "data" / WEIGHTS).read_bytes()
            except OSError as error:
                raise DamagedWeights(where=WEIGHTS, detail=type(error).__name__) from error
        if hashlib.sha256(weights).hexdigest() != known.sha256:
            raise DamagedWeights(where=WEIGHTS, detail="sha256")
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingEngine(
                packages="onnxruntime", tool="onnxruntime", remedy="pip install onnxruntime"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Batches differ in width; remembering a plan for each would only grow.
        options.enable_mem_pattern = False
        try:
            self._session: Any = onnxruntime.InferenceSession(
                weights, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors share no base class
            raise DamagedWeights(where=WEIGHTS, detail=type(error).__name__) from error
        self.card = known
        self._place = {letter: n for n, letter in enumerate(known.characters, 1)}

    def logits(self, pixels: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """Outputs (frames x characters) of each strip, computed in batches of like width."""
        order = sorted(range(len(pixels)), key=lambda i: pixels[i].shape[1])
        found: list[NDArray[np.float32]] = [np.zeros((0, 0), np.float32)] * len(pixels)
        batch: list[int] = []
        for index in order:
            if batch and (pixels[index].shape[1] + TAIL) * (len(batch) + 1) > COLUMNS:
                self._run(pixels, batch, found)
                batch = []
            batch.append(index)
        if batch:
            self._run(pixels, batch, found)
        return found

    def _run(
        self,
        pixels: Sequence[NDArray[np.uint8]],
        batch: list[int],
        found: list[NDArray[np.float32]],
    ) -> None:
        widest = pixels[batch[-1]].shape[1] + TAIL
        # Few different widths: the runtime plans each shape anew.
        ink = np.zeros((len(batch), 1, HEIGHT, -(-widest // 16) * 16), np.float32)
        for row, index in enumerate(batch):
            ink[row, 0, :, : pixels[index].shape[1]] = 255 - pixels[index]
        ink /= 255
        out = self._session.run(None, {"ink": ink})[0]
        for row, index in enumerate(batch):
            frames = -(-(pixels[index].shape[1] + TAIL) // STEP)
            found[index] = out[row, :frames]

    def read(
        self, strips: Sequence[Strip], ink: Ink, *, letters: str = ""
    ) -> list[tuple[Word, ...]]:
        """The words of each strip, with boxes in pixels of the page.

        ``letters`` restricts what may be read. What is too unsure to be a word is left out.
        """
        allowed = self._allowed(letters)
        read: list[tuple[Word, ...]] = []
        for strip, out in zip(strips, self.logits([s.pixels for s in strips]), strict=True):
            if float(strip.pixels.mean()) < DARK:
                read.append(())
                continue
            chances, pens = self._joined(ctc.probabilities(out, self.card.heat))
            path = ctc.best_path(chances, self.card.characters, allowed)
            words = _placed(self._words(path, chances, free=not letters), strip, ink, pens)
            read.append(_doubted(words) if _sparse(words, strip) else words)
        return read

    def _joined(self, chances: ctc.Floats) -> tuple[ctc.Floats, ctc.Floats]:
        """Chances of each character, whoever wrote it; and for each frame that of a pen."""
        count = len(self.card.characters) + 1
        plain, pens = chances[:, :count], chances[:, count:]
        if pens.shape[1]:
            plain = plain.copy()
            plain[:, [self._place[digit] for digit in self.card.penned]] += pens
        return plain, pens.sum(axis=1)

    def _words(
        self, path: list[tuple[str, float, int]], chances: ctc.Floats, *, free: bool
    ) -> list[tuple[ctc.Piece, str]]:
        """The words of a path, each with its best spelling; as read where letters are given."""
        pieces = ctc.words(path)
        if not free:
            return [(piece, piece.text) for piece in pieces]
        known, read = self.card.characters, []
        spaces = chances[:, self._place[" "]]
        pieces = [part for piece in pieces for part in _parted(piece, spaces)]
        for number, piece in enumerate(pieces):
            text = piece.text
            if min(piece.sure) < CERTAIN or not text.islower():
                text = spelled([ctc.guesses(chances[frame], known) for frame in piece.frames])
            if min(piece.sure) < CERTAIN and is_misspelled(text):
                # A letter too many or too few: other ways through the frames of this word.
                first = pieces[number - 1].frames[-1] + 1 if number else 0
                last = pieces[number + 1].frames[0] if number + 1 < len(pieces) else len(chances)
                first, last = max(first, piece.frames[0] - 3), min(last, piece.frames[-1] + 4)
                text = likeliest_syllable(ctc.beam(chances[first:last], known)) or text
            read.append((piece, text))
        return read

    def _allowed(self, letters: str) -> NDArray[np.bool_] | None:
        if not letters:
            return None
        allowed = np.zeros(len(self.card.characters) + 1, np.bool_)
        allowed[0] = True
        for letter in letters:
            if letter in self._place:
                allowed[self._place[letter]] = True
        return allowed


def _parted(piece: ctc.Piece, spaces: ctc.Floats) -> tuple[ctc.Piece, ...]:
    """``piece``, or the two syllables that it is, where a trace of white stands between them."""
    text = piece.text.lower()
    if not text.isalpha() or is_legal(text):
        return (piece,)
    traces = [
        (float(spaces[piece.frames[at - 1] + 1 : piece.frames[at]].max(initial=0.0)), at)
        for at in range(2, len(text) - 1)
        if is_legal(text[:at]) and is_legal(text[at:])
    ]
    trace, at = max(traces, default=(0.0, 0))
    if trace < TRACE:
        return (piece,)
    halves = (slice(0, at), slice(at, None))
    return tuple(
        ctc.Piece(
            piece.text[half], ctc.certainty(piece.sure[half]), piece.frames[half], piece.sure[half]
        )
        for half in halves
    )


def _sparse(words: Sequence[Word], strip: Strip) -> bool:
    """Whether much ink says few letters: print on its head, another script, a scribble."""
    inked = int((strip.pixels < 128).any(axis=0).sum())
    return inked > LETTER * SPARSE * max(1, sum(len(word.text) for word in words))


def _doubted(words: Sequence[Word]) -> tuple[Word, ...]:
    return tuple(replace(word, confidence=round(word.confidence * 0.4, 4)) for word in words)


def _placed(
    spelling: Sequence[tuple[ctc.Piece, str]], strip: Strip, ink: Ink, pens: ctc.Floats
) -> tuple[Word, ...]:
    """The words with the boxes of their ink; ``pens`` are the chances of a pen at each frame."""
    unit = STEP * strip.step
    pieces = [piece for piece, _ in spelling]

    def x_of(frame: float) -> float:
        return strip.left + (frame + 0.5) * unit

    edges = [strip.left]
    for one, other in pairwise(pieces):
        edges.append(_gap(ink, strip, x_of(one.frames[-1]), x_of(other.frames[0])))
    edges.append(strip.left + strip.pixels.shape[1] * strip.step)
    found = []
    for (piece, text), left, right in zip(spelling, edges, edges[1:], strict=False):
        if piece.confidence < NOTHING:
            continue
        box = _tight(ink, strip, left, right)
        raw = piece.text if text != piece.text else ""
        pen = bool(max(pens[list(piece.frames)]) > PEN)
        found.append(Word(nfc(text), box, round(piece.confidence, 4), nfc(raw), pen=pen))
    return tuple(found)


def _gap(ink: Ink, strip: Strip, left: float, right: float) -> float:
    """The middle of the widest white between two letters: the words part there."""
    base = _level(strip, left)
    y0, y1 = max(0, round(base - 0.75 * strip.em)), max(0, round(base + 0.1 * strip.em))
    x0 = max(0, round(left))
    white = np.flatnonzero(~ink.mask[y0:y1, x0 : max(x0 + 1, round(right))].any(axis=0))
    if not white.size:
        return (left + right) / 2
    runs = np.split(white, np.flatnonzero(np.diff(white) > 1) + 1)
    widest = max(runs, key=len)
    return float(x0 + (widest[0] + widest[-1] + 1) / 2)


def _tight(ink: Ink, strip: Strip, left: float, right: float) -> tuple[float, float, float, float]:
    """The box of the ink in the band of the line; of the letters' usual band without any."""
    base = _level(strip, (left + right) / 2)
    above, below = 0.95 * strip.em, 0.28 * strip.em
    x0, x1 = max(0, round(left)), max(0, round(right))
    if strip.bend:
        course = strip.level(np.arange(x0, x1, dtype=np.float64) + 0.5)
        ends = (float(course.min(initial=base)), float(course.max(initial=base)))
        y0, y1 = max(0, round(ends[0] - above)), max(0, round(ends[1] + below))
        cut = ink.mask[y0:y1, x0:x1]
        off = np.arange(y0, y0 + cut.shape[0])[:, None] + 0.5 - course[: cut.shape[1]]
        cut = np.where((off > -above) & (off < below), cut, 0)
    else:
        y0, y1 = max(0, round(base - above)), max(0, round(base + below))
        cut = ink.mask[y0:y1, x0:x1]
    rows, columns = np.flatnonzero(cut.any(axis=1)), np.flatnonzero(cut.any(axis=0))
    if not rows.size:
        return (left, base - 0.7 * strip.em, right, base)
    return (
        float(x0 + columns[0]),
        float(y0 + rows[0]),
        float(x0 + columns[-1] + 1),
        float(y0 + rows[-1] + 1),
    )


def _level(strip: Strip, x: float) -> float:
    """The y of the baseline of ``strip`` at ``x`` (pixels of the page)."""
    if strip.bend:
        return float(strip.level(np.array([x]))[0])
    return strip.base + strip.slope * (x - strip.left)
