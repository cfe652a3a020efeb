"""Reads doubtful lines again: larger, and with only black print left.

Seals are red and most pens are blue; what they cover on the first preparation (red channel)
is often clear in the brightest channel. Only lines that were read with doubt are looked at
again, and a new reading replaces the old one only where the engine is surer of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.engine.protocol import Engine, Reading
from sohoa_digitize.layout import clean_words, is_noise, order, trim
from sohoa_digitize.names import is_name
from sohoa_digitize.prepare import Gray, Prepared, prepare, printed_only
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
    target = prepared.letter * prepared.scale * LARGER
    again = prepare(pixels, target=target, like=prepared, channel=printed_only)
    there = _between(prepared, again)
    out = list(lines)
    if nameless or any(i in foot for i in poor):
        beside = max((li.box[2] for li in lines if li.zone == "foot_left"), default=0.0)
        block = _foot_block([lines[i] for i in foot], beside, prepared, again, there, engine)
        if block is not None:
            poor = [i for i in poor if i not in foot]
            out[foot[0] : foot[-1] + 1] = block  # the foot is last in reading order
    for index in poor[:MOST_LINES]:
        out[index] = _line_again(out[index], again, there, engine)
    return tuple(out)


def _between(a: Prepared, b: Prepared) -> NDArray[np.float64]:
    """Matrix from pixels of ``a`` to pixels of ``b``; both are turned alike, so no rotation."""
    forward = cv2.invertAffineTransform(b.back)
    both = np.vstack([forward, [0, 0, 1]]) @ np.vstack([a.back, [0, 0, 1]])
    return np.asarray(both[:2], dtype=np.float64)


def _cut(gray: Gray, box: PixelBox, there: NDArray[np.float64]) -> tuple[Gray, float, float]:
    x0 = max(0, int(there[0, 0] * box[0] + there[0, 2]))
    y0 = max(0, int(there[1, 1] * box[1] + there[1, 2]))
    x1 = int(there[0, 0] * box[2] + there[0, 2]) + 1
    y1 = int(there[1, 1] * box[3] + there[1, 2]) + 1
    piece = gray[y0:y1, x0:x1]
    pad = 12
    framed = cv2.copyMakeBorder(piece, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(framed, dtype=np.uint8), x0 - pad, y0 - pad


def _words_back(
    words: Sequence[Word], left: float, top: float, there: NDArray[np.float64]
) -> tuple[Word, ...]:
    def x(value: float) -> float:
        return float((value + left - there[0, 2]) / there[0, 0])

    def y(value: float) -> float:
        return float((value + top - there[1, 2]) / there[1, 1])

    return tuple(
        replace(w, box=(x(w.box[0]), y(w.box[1]), x(w.box[2]), y(w.box[3])))
        for w in clean_words(words)
    )


def _line_again(line: Line, again: Prepared, there: NDArray[np.float64], engine: Engine) -> Line:
    box = line.box
    size = line.size
    grown = (
        box[0] - 0.6 * size,
        line.baseline[1] - 1.25 * size,
        box[2] + 0.6 * size,
        line.baseline[1] + 0.5 * size,
    )
    piece, left, top = _cut(again.gray, grown, there)
    if piece.shape[0] < 30 or piece.shape[1] < 40:
        return line
    reading = engine.read_line(piece, dpi=_DPI)
    words = trim(_words_back([w for row in reading.lines for w in row], left, top, there))
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
            new if new.confidence > old.confidence + SURER and _letters([new]) else old
            for old, new in zip(line.words, words, strict=True)
        )
        return replace(line, words=chosen)
    if mean_confidence(words) > line.confidence + SURER:
        return replace(line, words=tuple(words))
    return line


def _foot_block(
    lines: Sequence[Line],
    beside: float,
    prepared: Prepared,
    again: Prepared,
    there: NDArray[np.float64],
    engine: Engine,
) -> list[Line] | None:
    """The whole signature block read again; None when that is no better.

    ``beside`` is where the recipients on its left end.
    """
    solid = [line for line in lines if line.confidence >= 0.5] or list(lines)
    box = union(line.box for line in solid)
    size = max(line.size for line in solid)
    height, width = prepared.gray.shape
    grown = (
        max(min(beside + 0.3 * size, box[0]), box[0] - 6 * size),
        max(0.0, box[1] - 0.6 * size),
        min(float(width), box[2] + 6 * size),
        min(float(height), box[3] + (4 if is_name(lines[-1].text) else 12) * size),
    )
    piece, left, top = _cut(again.gray, grown, there)
    reading = engine.read(piece, dpi=_DPI, block=True)
    rows = _rows_back(reading, left, top, there)
    rows = [(words, base) for words, base in rows if not is_noise(words, size)]
    if not rows:
        return None
    new = [replace(line, zone="foot_right") for line in order(rows, width, height)]
    old_sure = sum(_letters(line.words) for line in lines if line.confidence >= 0.8)
    new_sure = sum(_letters(line.words) for line in new if line.confidence >= 0.8)
    named = is_name(new[-1].text) and not is_name(lines[-1].text)
    return new if new_sure > old_sure or (named and new_sure >= 0.8 * old_sure) else None


def _rows_back(
    reading: Reading, left: float, top: float, there: NDArray[np.float64]
) -> list[tuple[tuple[Word, ...], float]]:
    rows = []
    for words, base in zip(reading.lines, reading.baselines, strict=True):
        back = trim(_words_back(words, left, top, there))
        if back:
            rows.append((tuple(back), float((base + top - there[1, 2]) / there[1, 1])))
    return rows
