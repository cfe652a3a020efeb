"""Engines with sohoa's own reader: alone, or word by word beside Tesseract.

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
from sohoa_digitize.words import Word, mean_confidence, union


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
        kept = [(words, base) for words, base in zip(voted, theirs.baselines, strict=True) if words]
        everything = [word for words, _ in kept for word in words]
        return Reading(
            tuple(words for words, _ in kept),
            tuple(base for _, base in kept),
            mean_confidence(everything),
        )

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        """See the protocol."""
        theirs = self._finder.read_line(gray, dpi=dpi, letters=letters)
        ours = super().read_line(gray, dpi=dpi, letters=letters)
        if len(theirs.lines) != 1 or not ours.lines:
            return theirs if theirs.lines else ours
        words = vote.vote(theirs.lines[0], ours.lines[0])
        return Reading((words,), theirs.baselines, mean_confidence(words))


def without_reader(finder: Engine, error: SohoaError) -> Engine:
    """``finder`` itself, saying in its info why our own reader does not read beside it."""
    alone = copy(finder)  # the loaded model is shared; only the info is another
    alone.info = replace(finder.info, reason=error.code)
    return alone


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
    return Reading(
        tuple(words for words, _ in rows),
        tuple(base for _, base in rows),
        mean_confidence([word for words, _ in rows for word in words]),
    )
