"""From a page of pixels to its text: prepare, recognize, put in order, map back.

The engine sees the prepared image; the words that leave here stand in the pixels of the page
as delivered (upright), each line on its own, possibly crooked, baseline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.correct import correct
from sohoa_digitize.duplicates import Look, look
from sohoa_digitize.engine.protocol import Engine
from sohoa_digitize.ink import with_ink
from sohoa_digitize.layout import order, rows_of
from sohoa_digitize.name_search import names_under_titles
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.prepare import Prepared, prepare
from sohoa_digitize.red_print import red_rows
from sohoa_digitize.second_look import second_look
from sohoa_digitize.source import Pixels, turn
from sohoa_digitize.words import Line, PageText, Word, nfc

#: A first reading below this confidence (or with hardly a word) asks whether the page lies
#: on its side or its head.
POOR = 0.6
#: The engine is told this resolution: the prepared image has letters of fixed height.
_NOMINAL_DPI = 220


@dataclass(frozen=True, slots=True)
class PageReading:
    """What was read on a page: its text, the prepared measures, and the turn that was needed."""

    text: PageText
    confidence: float
    turned: int
    blank: bool
    skew: float
    quality: dict[str, float]
    look: Look | None = None


def read_page(pixels: Pixels, engine: Engine, options: DigitizeOptions) -> PageReading:
    """Recognize one upright page. ``turned`` degrees clockwise made it readable."""
    prepared = prepare(pixels, target=options.letter_target, deskew=options.deskew)
    height, width = pixels.shape[:2]
    if prepared.blank:
        empty = PageText((), width, height)
        return PageReading(empty, 0.0, 0, True, 0.0, prepared.quality)
    text, confidence = _recognize(prepared, pixels, engine, options)
    turned = 0
    if confidence < POOR or len(text.words) < 4:
        angle, sure = engine.orientation(prepared.gray)
        if angle and sure >= 1.0:
            other = turn(pixels, angle)
            again = prepare(other, target=options.letter_target, deskew=options.deskew)
            text2, confidence2 = _recognize(again, other, engine, options)
            if confidence2 > confidence:
                text, confidence, turned, prepared = text2, confidence2, angle, again
    seen = look(prepared.gray, (word.text for word in text.words))
    return PageReading(
        text, confidence, turned, prepared.blank, prepared.skew, prepared.quality, seen
    )


def _recognize(
    prepared: Prepared, pixels: Pixels, engine: Engine, options: DigitizeOptions
) -> tuple[PageText, float]:
    height, width = pixels.shape[:2]
    reading = engine.read(prepared.gray, dpi=_NOMINAL_DPI)
    rows = list(zip(reading.lines, reading.baselines, strict=True))
    rows += red_rows(pixels, prepared, engine, rows)
    lines = order(rows, prepared.gray.shape[1], prepared.gray.shape[0])
    if options.second_look:
        lines = second_look(lines, prepared, pixels, engine)
        lines = names_under_titles(lines, prepared, pixels, engine)
    placed = tuple(_map_line(line, prepared.back) for line in correct(lines))
    placed = with_ink(placed, pixels, prepared.quality.get("colour", 0.0))
    return PageText(placed, width, height, prepared.skew), reading.confidence


def layer_text(words: tuple[Word, ...], width: int, height: int) -> PageText:
    """A text layer's words in reading order."""
    return PageText(order(rows_of(words), width, height), width, height)


def _map_line(line: Line, back: NDArray[np.float64]) -> Line:
    words = []
    for word in line.words:
        x0, y0, x1, y1 = word.box
        # The middle is mapped exactly; the box keeps its own size, for a small angle would
        # make every box of a long word swallow its neighbours.
        cx, cy = _map(back, (x0 + x1) / 2, (y0 + y1) / 2)
        half_w = (x1 - x0) * abs(back[0, 0]) / 2
        half_h = (y1 - y0) * abs(back[1, 1]) / 2
        box = (cx - half_w, cy - half_h, cx + half_w, cy + half_h)
        words.append(replace(word, text=nfc(word.text), box=box))
    bx0, by0 = _map(back, line.baseline[0], line.baseline[1])
    bx1, by1 = _map(back, line.baseline[2], line.baseline[3])
    size = line.size * float(abs(back[1, 1]))
    return Line(tuple(words), (bx0, by0, bx1, by1), size, line.zone)


def _map(back: NDArray[np.float64], x: float, y: float) -> tuple[float, float]:
    return (
        float(back[0, 0] * x + back[0, 1] * y + back[0, 2]),
        float(back[1, 0] * x + back[1, 1] * y + back[1, 2]),
    )
