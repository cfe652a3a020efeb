"""Pages made of text, as if read: for tests of what comes after reading."""

from __future__ import annotations

from sohoa_core.facts import Source
from sohoa_digitize.extract.facts import ReadPage
from sohoa_digitize.words import Line, PageText, Word

WIDE, HIGH, STEP = 12.0, 20.0, 40.0
WIDTH = 1000


def word(text: str, x: float, y: float, confidence: float = 0.95, **more: float) -> Word:
    return Word(text, (x, y, x + WIDE * len(text), y + HIGH), confidence, **more)


def page(text: str, *, dpi: float = 200.0, source: Source = Source.OCR) -> ReadPage:
    """A page from lines ``zone| text``; ``{word}`` is penned in blue, ``[word]`` read with doubt.

    Zones: hl, hr, b, bc (body, centred), fl, fr. An empty line is empty paper.
    """
    zones = {"hl": "head_left", "hr": "head_right", "fl": "foot_left", "fr": "foot_right"}
    lines = []
    y = 40.0
    for raw in text.strip("\n").splitlines():
        zone, bar, content = raw.partition("|")
        zone = zone.strip()
        if not bar:
            y += STEP
            continue
        parts = content.split()
        length = sum(WIDE * (len(p.strip("{}[]")) + 1) for p in parts)
        x = 60.0
        if zone in ("hr", "fr"):
            x = 520.0
        elif zone == "bc":
            x = (WIDTH - length) / 2
        words = []
        for part in parts:
            bare = part.strip("{}[]") if part[0] in "{[" else part
            sure = 0.5 if part[0] == "[" else 0.95
            blue = 0.8 if part[0] == "{" else 0.0
            words.append(word(bare, x, y, sure, blue=blue))
            x += WIDE * (len(bare) + 1)
        base = y + HIGH
        lines.append(Line(tuple(words), (60.0, base, x, base), HIGH, zones.get(zone, "body")))
        y += STEP
    return ReadPage(1, PageText(tuple(lines), WIDTH, 1400), (dpi, dpi), source)
