"""Is a value written by hand? Judged from strokes, ink colour, letter height and doubt.

A penned number may be read rightly and with confidence, and still has to go to a person; so
several independent signs are looked at, and one is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from sohoa_core.facts import Source
from sohoa_digitize.extract.facts import ReadPage
from sohoa_digitize.words import Line, Word

#: Share of the ink of a slot that is clearly blue or violet.
BLUE_SHARE = 0.2
#: Words read below this confidence in a slot that is often penned are taken as penned.
DOUBT = 0.85
#: A penned digit is this much higher than printed digits of the page, or lower.
TALL, SHORT = 1.25, 0.72
#: Printed digits stand on the baseline; pens miss it by this share of the digit height.
OFF_BASELINE = 0.28


def penned(page: ReadPage, words: Sequence[Word], line: Line) -> bool:
    """Whether the slot holding ``words`` looks written by hand."""
    if not words:
        return True
    if page.source == Source.TEXT_LAYER:
        return False
    if min(word.confidence for word in words) < DOUBT:
        return True
    if any(word.pen or word.blue > BLUE_SHARE for word in words):
        return True
    digits = [w for w in words if _is_digits(w.text)]
    usual = _printed_digit_height(page, digits)
    if usual and any(not SHORT * usual < w.height < TALL * usual for w in digits):
        return True
    return any(_off_baseline(w, line) for w in digits)


def _is_digits(text: str) -> bool:
    core = text.strip(" .,;:()")
    return bool(core) and core.isdecimal() and core == text


def _printed_digit_height(page: ReadPage, apart_from: Sequence[Word]) -> float:
    heights = [
        w.height
        for line in page.text.lines
        for w in line.words
        if _is_digits(w.text) and w.confidence >= 0.9 and w.blue < 0.1 and w not in apart_from
    ]
    return median(heights) if len(heights) >= 2 else 0.0


def _off_baseline(word: Word, line: Line) -> bool:
    x0, y0, x1, y1 = line.baseline
    middle = word.middle[0]
    at = y0 + (y1 - y0) * (middle - x0) / (x1 - x0) if x1 > x0 else y0
    return abs(word.box[3] - at) > OFF_BASELINE * word.height
