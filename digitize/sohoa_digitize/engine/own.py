"""Engines with sohoa's own reader: alone, or Tesseract beside it on all lines or doubtful ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_core.errors import SohoaError
from sohoa_digitize.engine import reader, vote
from sohoa_digitize.engine.find_lines import find_lines
from sohoa_digitize.engine.protocol import Engine, EngineInfo, Reading
from sohoa_digitize.engine.text_lines import Ink, TextLine, bent, ink_of, strips, unbent, whole
from sohoa_digitize.words import Word, mean_confidence

#: Where Tesseract votes on doubtful lines only, a line that our reader reads at least this surely
#: is not in doubt; no line is so sure as the second number.
SURE, NEVER = 0.6, 1.01
#: The same for a line that is looked at for the second time: it stays in doubt either way.
SURE_AGAIN = 0.5
#: Pixels beside and above a line that Tesseract is shown with it, and the white around them.
AROUND, FRAME = (6, 4), 8
#: Quarter turns clockwise, and how much better a page must read to have been turned.
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_CLEARER = 0.1


def probe() -> EngineInfo:
    """Can the own reader be used? Loads no weights."""
    try:
        import onnxruntime
    except ImportError as error:
        return EngineInfo("sohoa", False, reason=str(error))
    from sohoa_digitize.errors import DamagedWeights

    try:
        known = reader.card()
    except DamagedWeights as error:
        return EngineInfo("sohoa", False, reason=error.message())
    return EngineInfo("sohoa", True, f"{known.version} (onnxruntime {onnxruntime.__version__})")


class OwnEngine:
    """Our reader alone; Tesseract, where it is there, only tells how a page was turned."""

    def __init__(self, beside: Engine | None) -> None:
        self._beside = beside
        self._reader = reader.load()
        info = beside.info if beside is not None else EngineInfo("sohoa", True)
        self.info = replace(info, name="sohoa", reader=self._reader.card.version)

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        """See :class:`sohoa_digitize.engine.protocol.Engine`; lines are found, not told."""
        ink = ink_of(gray)
        lines = find_lines(ink, gray.shape)
        rows = zip(self._words(gray, ink, lines), map(_level, lines), strict=True)
        return _reading([(words, base) for words, base in rows if words])

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        """See the protocol."""
        ink = ink_of(gray)
        some = whole(gray, ink)
        words = tuple(w for part in self._reader.read(some, ink, letters=letters) for w in part)
        return _reading([(words, some[0].base)] if words else [])

    def read_lines(self, grays: Sequence[NDArray[np.uint8]], *, dpi: int) -> tuple[Reading, ...]:
        """See the protocol."""
        return tuple(self.read_line(gray, dpi=dpi) for gray in grays)

    def orientation(self, gray: NDArray[np.uint8]) -> tuple[int, float]:
        """See the protocol; without Tesseract the turn that reads best, with certainty 1."""
        if self._beside is not None:
            return self._beside.orientation(gray)
        turned = {0: gray, **{angle: cv2.rotate(gray, way) for angle, way in _TURNS.items()}}
        sure = {
            angle: self.read(np.asarray(image, np.uint8), dpi=0).confidence
            for angle, image in turned.items()
        }
        best = max(sure, key=lambda angle: sure[angle])
        return best, float(sure[best] > sure[0] + _CLEARER)

    def _words(
        self, gray: NDArray[np.uint8], ink: Ink, lines: Sequence[TextLine]
    ) -> list[tuple[Word, ...]]:
        """What our reader reads in each of ``lines``."""
        some = strips(gray, ink, lines)
        found: list[list[Word]] = [[] for _ in lines]
        for strip, words in zip(some, self._reader.read(some, ink), strict=True):
            found[strip.line] += words
        return [tuple(words) for words in found]


class VotingEngine(OwnEngine):
    """Our reader, with Tesseract's vote on lines that ours reads with less than ``sure``.

    Words that both read alike are surer than either engine says; where they differ, the
    confidence tells of the doubt. Where our reader is sure the two hardly ever differ, and
    Tesseract's reading costs most. A line that is looked at again is voted on only where ours
    is very unsure, and one in which ours sees nothing never is.
    """

    def __init__(self, beside: Engine, name: str, sure: float) -> None:
        super().__init__(beside)
        self._tesseract, self._sure = beside, sure
        self.info = replace(self.info, name=name)

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        """See the protocol."""
        ink = ink_of(gray)
        lines = find_lines(ink, gray.shape)
        words = self._words(gray, ink, lines)
        # Where our reader sees nothing there is dirt, or a piece of another line.
        asked = [n for n, some in enumerate(words) if some and not _sure(some, self._sure)]
        pieces = [_Piece.of(gray, lines[n]) for n in asked]
        answers = self._tesseract.read_lines([piece.gray for piece in pieces], dpi=dpi)
        for n, piece, answer in zip(asked, pieces, answers, strict=True):
            words[n] = vote.vote(piece.back(answer), words[n])
        rows = zip(words, map(_level, lines), strict=True)
        return _reading([(some, base) for some, base in rows if some])

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        """See the protocol."""
        ours = super().read_line(gray, dpi=dpi, letters=letters)
        if ours.lines and _sure(ours.lines[0], min(self._sure, SURE_AGAIN)):
            return ours
        theirs = self._tesseract.read_line(gray, dpi=dpi, letters=letters)
        if len(theirs.lines) != 1 or not ours.lines:
            return theirs if theirs.lines else ours
        return _reading([(vote.vote(theirs.lines[0], ours.lines[0]), theirs.baselines[0])])


@dataclass(frozen=True, slots=True)
class _Piece:
    """The image of one line of a page, laid straight in a white frame; its corner on the page."""

    gray: NDArray[np.uint8]
    x: int
    y: int
    line: TextLine

    @classmethod
    def of(cls, gray: NDArray[np.uint8], line: TextLine) -> _Piece:
        box = line.box
        x, y = max(0, int(box[0]) - AROUND[0]), max(0, int(box[1]) - AROUND[1])
        right, bottom = int(box[2]) + AROUND[0] + 1, int(box[3]) + AROUND[1] + 1
        if line.bend:
            y, bottom = y - math.floor(min(line.bend)), bottom - math.floor(max(line.bend))
            cut = unbent(gray, line, (x, y, right, max(y + 1, bottom)))
        else:
            cut = gray[y:bottom, x:right]
        return cls(np.pad(cut, FRAME, constant_values=255), x - FRAME, y - FRAME, line)

    def back(self, reading: Reading) -> tuple[Word, ...]:
        """The words of ``reading``, from left to right, in pixels of the page."""
        words = (self._moved(word) for row in reading.lines for word in row)
        return tuple(sorted(words, key=lambda word: word.box[0]))

    def _moved(self, word: Word) -> Word:
        x0, y0, x1, y1 = word.box
        first, _, last, _ = self.line.baseline
        middle = np.array([(x0 + x1) / 2 + self.x])
        y = self.y + float(bent(self.line.bend, first, last, middle)[0])
        return replace(word, box=(x0 + self.x, y0 + y, x1 + self.x, y1 + y))


def without_reader(finder: Engine, error: SohoaError) -> Engine:
    """``finder`` itself, saying in its info why our own reader does not read beside it."""
    alone = copy(finder)  # the loaded model is shared; only the info is another
    alone.info = replace(finder.info, reason=error.code)
    return alone


def _sure(words: tuple[Word, ...], least: float) -> bool:
    return bool(words) and min(word.confidence for word in words) >= least


def _level(line: TextLine) -> float:
    return (line.baseline[1] + line.baseline[3]) / 2


def _reading(rows: Sequence[tuple[tuple[Word, ...], float]]) -> Reading:
    return Reading(
        tuple(words for words, _ in rows),
        tuple(base for _, base in rows),
        mean_confidence([word for words, _ in rows for word in words]),
    )
