"""Text printed in red: titles of certificates, urgency marks, stamps of incoming mail.

The first preparation lets red ink vanish, for seals cover names. What is printed in red in
the upper part of a page is therefore read once more, from the red ink alone. Seals stand at
the foot; what else of them is found is read with doubt and dropped.
"""

from __future__ import annotations

import numpy as np

from sohoa_digitize.engine.protocol import Engine
from sohoa_digitize.parts import box_of, prepared_part
from sohoa_digitize.prepare import Prepared, red_only
from sohoa_digitize.source import Pixels
from sohoa_digitize.words import PixelBox, Word, mean_confidence, union

#: Only this upper share of the page is looked at.
UPPER = 0.5
#: Less red than this share of the upper part is dirt.
FEWEST = 0.0008
#: A red line must be read at least this surely, and have this many letters.
SURE, LETTERS = 0.8, 4
#: Red is looked for on each third pixel; white pixels around what is read.
THIN, FRAME = 3, 12

Row = tuple[tuple[Word, ...], float]


def red_rows(pixels: Pixels, prepared: Prepared, engine: Engine, rows: list[Row]) -> list[Row]:
    """Rows of red print (pixels of ``prepared``) that ``rows`` do not have yet."""
    if pixels.ndim != 3:
        return []
    thin = pixels[: int(pixels.shape[0] * UPPER) : THIN, ::THIN].astype(np.int16)
    red = thin[:, :, 0] - np.maximum(thin[:, :, 1], thin[:, :, 2]) > 60
    if float(red.mean()) < FEWEST:
        return []
    high, wide = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    x0, y0, x1, y1 = wide[0] - 1, high[0] - 1, wide[-1] + 2, high[-1] + 2
    box = box_of(prepared, (x0 * THIN, y0 * THIN, x1 * THIN, y1 * THIN))
    part = prepared_part(pixels, prepared, box, channel=red_only).framed(FRAME)
    reading = engine.read(part.gray, dpi=220)
    taken = [word.box for words, _ in rows for word in words if word.confidence > 0.5]
    found: list[Row] = []
    for words, base in zip(reading.lines, reading.baselines, strict=True):
        good = part.back(w for w in words if w.confidence >= 0.6)
        letters = sum(map(str.isalpha, "".join(w.text for w in good)))
        if letters < LETTERS or mean_confidence(good) < SURE:
            continue
        if not _overlaps(union(w.box for w in good), taken):
            found.append((good, part.y(base)))
    return found


def _overlaps(box: PixelBox, taken: list[PixelBox]) -> bool:
    area = max(1.0, (box[2] - box[0]) * (box[3] - box[1]))
    covered = 0.0
    for other in taken:
        wide = min(box[2], other[2]) - max(box[0], other[0])
        high = min(box[3], other[3]) - max(box[1], other[1])
        if wide > 0 and high > 0:
            covered += wide * high
    return covered > 0.3 * area
