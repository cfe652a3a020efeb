"""Engines with sohoa's own reader: alone, or Tesseract beside it on all lines or doubtful ones.

Tesseract's layout analysis finds the lines for both; it costs a fifth of its reading.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sohoa_core.errors import SohoaError
from sohoa_digitize.engine import reader, vote
from sohoa_digitize.engine.protocol import Engine, EngineInfo, Reading
from sohoa_digitize.engine.text_lines import Ink, TextLine, ink_of, strips, whole
from sohoa_digitize.words import PixelBox, Word, mean_confidence, union

#: A line whose words our reader reads at least this surely is not read by Tesseract too.
SURE = 0.9
#: The same for a line that is looked at for the second time: it stays in doubt either way.
SURE_AGAIN = 0.5
#: Pixels beside and above a line that Tesseract is shown with it, and the white around them.
AROUND, FRAME = (6, 4), 8


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
    """Our reader on the lines that ``finder`` finds."""

    def __init__(self, finder: Engine) -> None:
        self._finder = finder
        self._reader = reader.load()
        self.info = replace(finder.info, name="sohoa", reader=self._reader.card.version)

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        """See :class:`sohoa_digitize.engine.protocol.Engine`."""
        lines = self._finder.lines(gray, dpi=dpi, block=block)
        return _read(self._reader, gray, lines, ink_of(gray))

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        """See the protocol."""
        ink = ink_of(gray)
        some = whole(gray, ink)
        words = [w for part in self._reader.read(some, ink, letters=letters) for w in part]
        if not words:
            return Reading((), (), 0.0)
        return Reading((tuple(words),), (some[0].base,), mean_confidence(words))

    def lines(
        self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False
    ) -> tuple[TextLine, ...]:
        """The finder's."""
        return self._finder.lines(gray, dpi=dpi, block=block)

    def orientation(self, gray: NDArray[np.uint8]) -> tuple[int, float]:
        """The finder's."""
        return self._finder.orientation(gray)


class BothEngine(OwnEngine):
    """Tesseract and our reader on the same lines; the surer word is kept.

    Words that both read alike are surer than either engine says; where they differ, the
    confidence tells of the doubt.
    """

    def __init__(self, finder: Engine) -> None:
        super().__init__(finder)
        self.info = replace(self.info, name="both")

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        """See the protocol."""
        theirs = self._finder.read(gray, dpi=dpi, block=block)
        lines = [
            TextLine(union(w.box for w in words), _level(words, base))
            for words, base in zip(theirs.lines, theirs.baselines, strict=True)
        ]
        ours = _read(self._reader, gray, lines, ink_of(gray), keep_empty=True)
        voted = [vote.vote(a, b) for a, b in zip(theirs.lines, ours.lines, strict=True)]
        rows = zip(voted, theirs.baselines, strict=True)
        return _reading([(words, base) for words, base in rows if words])

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        """See the protocol."""
        ours = super().read_line(gray, dpi=dpi, letters=letters)
        return self._voted(ours, gray, dpi, letters)

    def _voted(self, ours: Reading, gray: NDArray[np.uint8], dpi: int, letters: str) -> Reading:
        """``ours`` of an image of one line, with Tesseract's vote."""
        theirs = self._finder.read_line(gray, dpi=dpi, letters=letters)
        if len(theirs.lines) != 1 or not ours.lines:
            return theirs if theirs.lines else ours
        words = vote.vote(theirs.lines[0], ours.lines[0])
        return Reading((words,), theirs.baselines, mean_confidence(words))


class AutoEngine(BothEngine):
    """Our reader; Tesseract is asked about the lines that ours doubts, and votes there.

    Where our reader is sure the two hardly ever differ, and Tesseract's reading costs most.
    """

    def __init__(self, finder: Engine) -> None:
        super().__init__(finder)
        self.info = replace(self.info, name="auto")

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        """See the protocol."""
        lines = self._finder.lines(gray, dpi=dpi, block=block)
        ours = _read(self._reader, gray, lines, ink_of(gray), keep_empty=True)
        rows = []
        for words, base, line in zip(ours.lines, ours.baselines, lines, strict=True):
            if not _sure(words, SURE):
                words = vote.vote(self._asked(gray, line.box, dpi), words)
            if words:
                rows.append((words, base))
        return _reading(rows)

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        """See the protocol."""
        ours = OwnEngine.read_line(self, gray, dpi=dpi, letters=letters)
        if ours.lines and _sure(ours.lines[0], SURE_AGAIN):
            return ours
        return self._voted(ours, gray, dpi, letters)

    def _asked(self, gray: NDArray[np.uint8], box: PixelBox, dpi: int) -> tuple[Word, ...]:
        """What Tesseract reads in one line of the page."""
        x, y = max(0, int(box[0]) - AROUND[0]), max(0, int(box[1]) - AROUND[1])
        piece = gray[y : int(box[3]) + AROUND[1] + 1, x : int(box[2]) + AROUND[0] + 1]
        framed = np.pad(piece, FRAME, constant_values=255)
        dx, dy = x - FRAME, y - FRAME
        reading = self._finder.read_line(framed, dpi=dpi)
        words = (word for row in reading.lines for word in row)
        moved = (
            replace(w, box=(w.box[0] + dx, w.box[1] + dy, w.box[2] + dx, w.box[3] + dy))
            for w in words
        )
        return tuple(sorted(moved, key=lambda word: word.box[0]))


def without_reader(finder: Engine, error: SohoaError) -> Engine:
    """``finder`` itself, saying in its info why our own reader does not read beside it."""
    alone = copy(finder)  # the loaded model is shared; only the info is another
    alone.info = replace(finder.info, reason=error.code)
    return alone


def _sure(words: tuple[Word, ...], least: float) -> bool:
    return bool(words) and min(word.confidence for word in words) >= least


def _reading(rows: list[tuple[tuple[Word, ...], float]]) -> Reading:
    return Reading(
        tuple(words for words, _ in rows),
        tuple(base for _, base in rows),
        mean_confidence([word for words, _ in rows for word in words]),
    )


def _level(words: tuple[Word, ...], base: float) -> tuple[float, float, float, float]:
    box = union(word.box for word in words)
    return (box[0], base, box[2], base)


def _read(
    own: reader.Reader,
    gray: NDArray[np.uint8],
    lines: tuple[TextLine, ...] | list[TextLine],
    ink: Ink,
    *,
    keep_empty: bool = False,
) -> Reading:
    """All ``lines`` read; those without a word are left out unless ``keep_empty``."""
    some = strips(gray, ink, lines)
    found: list[list[Word]] = [[] for _ in lines]
    for strip, words in zip(some, own.read(some, ink), strict=True):
        found[strip.line] += words
    rows = [
        (tuple(words), (line.baseline[1] + line.baseline[3]) / 2)
        for words, line in zip(found, lines, strict=True)
        if words or keep_empty
    ]
    return _reading(rows)
