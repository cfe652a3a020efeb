"""Words and lines with their places: what every step after recognition works on.

Places are pixels of the page image as displayed (upright), y downwards. A line carries its
baseline as two points, for on a crooked scan the lines are crooked too.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sohoa_core.facts import Box

PixelBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Word:
    """One word: NFC text, box in pixels, confidence 0-1.

    ``raw`` is what the engine read, where a repair changed it; else empty. ``blue`` is the
    share of its ink that is blue or violet: pens are, print is not. ``pen``: our reader saw
    digits of a pen in it.
    """

    text: str
    box: PixelBox
    confidence: float
    raw: str = ""
    blue: float = 0.0
    pen: bool = False

    @property
    def as_read(self) -> str:
        """The text before any repair."""
        return self.raw or self.text

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Words in reading order on one baseline; ``zone`` is the part of the page it stands in.

    Zones: ``head_left`` (agency, number), ``head_right`` (national title, date), ``body``,
    ``foot_left`` (recipients), ``foot_right`` (signature block).
    """

    words: tuple[Word, ...]
    baseline: tuple[float, float, float, float]
    size: float
    zone: str = "body"

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def as_read(self) -> str:
        """The text before any repair."""
        return " ".join(word.as_read for word in self.words)

    @property
    def box(self) -> PixelBox:
        return union(word.box for word in self.words)

    @property
    def confidence(self) -> float:
        return mean_confidence(self.words)


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page, lines in human reading order; sizes in pixels, skew in degrees."""

    lines: tuple[Line, ...]
    width: int
    height: int
    skew: float = 0.0

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def words(self) -> list[Word]:
        return [word for line in self.lines for word in line.words]


def union(boxes: Iterable[PixelBox]) -> PixelBox:
    """The smallest box around ``boxes`` (at least one)."""
    some = list(boxes)
    return (
        min(box[0] for box in some),
        min(box[1] for box in some),
        max(box[2] for box in some),
        max(box[3] for box in some),
    )


def mean_confidence(words: Sequence[Word]) -> float:
    """Mean confidence weighted by length; 0.0 without words."""
    letters = sum(len(word.text) for word in words)
    if not letters:
        return 0.0
    return sum(word.confidence * len(word.text) for word in words) / letters


def nfc(text: str) -> str:
    """``text`` in Unicode normal form C, without control characters."""
    return "".join(
        c for c in unicodedata.normalize("NFC", text) if c >= " " and c not in "\x7f\ufeff\u200b"
    )


def to_millimetres(box: PixelBox, dpi: tuple[float, float]) -> Box:
    """A pixel box as millimetres from the top-left corner."""
    kx, ky = 25.4 / dpi[0], 25.4 / dpi[1]
    return (
        round(box[0] * kx, 2),
        round(box[1] * ky, 2),
        round(box[2] * kx, 2),
        round(box[3] * ky, 2),
    )


def _word_json(word: Word, dpi: tuple[float, float]) -> list[object]:
    """Text, confidence, box; then the engine's own reading where a repair changed it."""
    entry = [word.text, round(word.confidence, 3), *to_millimetres(word.box, dpi)]
    return [*entry, word.raw] if word.raw else entry


def layout_json(pages: Sequence[tuple[PageText, tuple[float, float]]]) -> bytes:
    """The layout of a document (pages, lines, words; millimetres) as canonical JSON."""
    out = []
    for number, (page, dpi) in enumerate(pages, 1):
        lines = [
            {
                "zone": line.zone,
                "box": to_millimetres(line.box, dpi),
                "words": [_word_json(word, dpi) for word in line.words],
            }
            for line in page.lines
        ]
        out.append(
            {
                "page": number,
                "width": round(page.width * 25.4 / dpi[0], 2),
                "height": round(page.height * 25.4 / dpi[1], 2),
                "skew": round(page.skew, 2),
                "lines": lines,
            }
        )
    document = {"schema": "sohoa.words/1", "unit": "mm", "pages": out}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
