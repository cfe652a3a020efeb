"""Reads doubtful lines again: larger, and with only black print left.

Seals are red and most pens are blue; what they cover on the first preparation (red channel)
is often clear in the brightest channel. Only lines that were read with doubt are looked at
again, and a new reading replaces the old one only where the engine is surer of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sohoa_digitize.engine.protocol import Engine, Reading
from sohoa_digitize.layout import clean_words, is_noise, order, trim
from sohoa_digitize.names import is_name
from sohoa_digitize.parts import Part, prepared_part
from sohoa_digitize.prepare import Prepared, printed_only
from sohoa_digitize.source import Pixels
from sohoa_digitize.words import Line, PixelBox, Word, mean_confidence, union

#: A line below this confidence, or with a word below the second, is looked at again.
DOUBTFUL_LINE, DOUBTFUL_WORD = 0.86, 0.6
#: Letters of the second preparation are this much larger.
LARGER = 1.45
#: Not more lines than this on one page: a page of dirt would cost without end.
MOST_LINES = 16
#: A new reading must be this much surer.
SURER = 0.02
#: White pixels around what is read again.
FRAME = 12
_DPI = 300


def doubtful(line: Line) -> bool:
    """Whether ``line`` deserves a second look."""
    if line.confidence < DOUBTFUL_LINE:
        return True
    # A word alone on its line (the end of a name) has no neighbours that steady the engine.
    if len(line.words) <= 2 and line.text.isupper() and line.confidence < 0.95:
        return True
    return any(w.confidence < DOUBTFUL_WORD and len(w.text) > 1 for w in line.words)


def second_look(
    lines: Sequence[Line], prepared: Prepared, pixels: Pixels, engine: Engine
) -> tuple[Line, ...]:
    """``lines`` (pixels of ``prepared``) with doubtful ones read again."""
    poor = [i for i, line in enumerate(lines) if doubtful(line)]
    foot = [i for i, line in enumerate(lines) if line.zone == "foot_right"]
    nameless = bool(foot) and not is_name(lines[foot[-1]].text)
    if not poor and not nameless:
        return tuple(lines)
    page = _Page(pixels, prepared)
    out = list(lines)
    if nameless or any(i in foot for i in poor):
        beside = max((li.box[2] for li in lines if li.zone == "foot_left"), default=0.0)
        block = _foot_block([lines[i] for i in foot], beside, page, engine)
        if block is not None:
            poor = [i for i in poor if i not in foot]
            out[foot[0] : foot[-1] + 1] = block  # the foot is last in reading order
    for index in poor[:MOST_LINES]:
        out[index] = _line_again(out[index], page, engine)
    return tuple(out)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page whose parts can be looked at again."""

    pixels: Pixels
    prepared: Prepared

    def part(self, box: PixelBox) -> Part:
        """Only black print, larger, in a white frame."""
        part = prepared_part(self.pixels, self.prepared, box, larger=LARGER, channel=printed_only)
        return part.framed(FRAME)


def _line_again(line: Line, page: _Page, engine: Engine) -> Line:
    box = line.box
    size = line.size
    grown = (
        box[0] - 0.6 * size,
        line.baseline[1] - 1.25 * size,
        box[2] + 0.6 * size,
        line.baseline[1] + 0.5 * size,
    )
    part = page.part(grown)
    if part.gray.shape[0] < 30 or part.gray.shape[1] < 40:
        return line
    reading = engine.read_line(part.gray, dpi=_DPI)
    words = trim(part.back(clean_words([w for row in reading.lines for w in row])))
    return _better(line, words)


def _letters(words: Sequence[Word]) -> int:
    return sum(c.isalnum() for word in words for c in word.text)


def _digits(words: Sequence[Word]) -> int:
    return sum(c.isdigit() for word in words for c in word.text)


def _better(line: Line, words: Sequence[Word]) -> Line:
    """The surer reading of a line; word by word where both have the same words' places."""
    if not words or _letters(words) < 0.7 * _letters(line.words):
        return line
    # Digits that vanish with the coloured ink were penned; they are doubtful, not absent.
    if _digits(words) < _digits(line.words):
        return line
    if len(words) == len(line.words):
        chosen = tuple(
            replace(new, pen=new.pen or old.pen)
            if new.confidence > old.confidence + SURER and _letters([new])
            else old
            for old, new in zip(line.words, words, strict=True)
        )
        return replace(line, words=chosen)
    if mean_confidence(words) > line.confidence + SURER:
        return replace(line, words=tuple(words))
    return line


def _foot_block(
    lines: Sequence[Line],
    beside: float,
    page: _Page,
    engine: Engine,
) -> list[Line] | None:
    """The whole signature block read again; None when that is no better.

    ``beside`` is where the recipients on its left end.
    """
    solid = [line for line in lines if line.confidence >= 0.5] or list(lines)
    box = union(line.box for line in solid)
    size = max(line.size for line in solid)
    height, width = page.prepared.gray.shape
    grown = (
        max(min(beside + 0.3 * size, box[0]), box[0] - 6 * size),
        max(0.0, box[1] - 0.6 * size),
        min(float(width), box[2] + 6 * size),
        min(float(height), box[3] + (4 if is_name(lines[-1].text) else 12) * size),
    )
    part = page.part(grown)
    reading = engine.read(part.gray, dpi=_DPI, block=True)
    rows = _rows_back(reading, part)
    rows = [(words, base) for words, base in rows if not is_noise(words, size)]
    if not rows:
        return None
    new = [replace(line, zone="foot_right") for line in order(rows, width, height)]
    old_sure = sum(_letters(line.words) for line in lines if line.confidence >= 0.8)
    new_sure = sum(_letters(line.words) for line in new if line.confidence >= 0.8)
    named = is_name(new[-1].text) and not is_name(lines[-1].text)
    return new if new_sure > old_sure or (named and new_sure >= 0.8 * old_sure) else None


def _rows_back(reading: Reading, part: Part) -> list[tuple[tuple[Word, ...], float]]:
    rows = []
    for words, base in zip(reading.lines, reading.baselines, strict=True):
        back = trim(part.back(clean_words(words)))
        if back:
            rows.append((tuple(back), part.y(base)))
    return rows
