"""Takes a round seal that was copied in black off the row of a name.

On photocopies the seal has the colour of print, so no channel tells them apart. Its form does:
two rings about one centre, and between them letters that stand on no line. The rings are found
by their radius and wiped out, strokes that crossed them are closed again, and of what lies
inside only what stands on the name's own baseline is kept. The result is read with doubt.
"""

from __future__ import annotations

import cv2
import numpy as np

from sohoa_digitize.prepare import Gray

#: Radii of a seal's rings in letter heights; 36 mm across (NĐ 99/2016/NĐ-CP), letters of 4 mm.
INNERMOST, OUTERMOST = 2.4, 6.0
#: Of the outer ring alone.
SMALLEST, LARGEST = 3.5, 5.4
#: A weaker answer to the look for a ring is none.
_FAINTEST = 0.3
#: Letters are made this high to look for circles: they need no detail.
_LOOK = 10.0
#: Share of a circle that must be ink to be a ring.
_RING = 0.5
#: Steps in pixels about a centre that was found on the small picture.
_NEAR = (-4, -2, 0, 2, 4)


def find_seal(region: Gray, letter: float) -> tuple[float, float, tuple[tuple[float, float], ...]]:
    """Centre of a round seal and the radii (from, to) of its rings; no rings where none is."""
    scale = min(1.0, _LOOK / letter)
    ink = np.where(region < 190, 255, 0).astype(np.uint8)
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    unit = letter * scale
    # Half a seal may lie outside the picture: there is paper.
    pad = int(OUTERMOST * unit)
    framed = cv2.copyMakeBorder(small, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    framed = np.asarray(framed, dtype=np.float32) / 255
    best = (_FAINTEST, 0.0, 0.0)
    for radius in np.arange(SMALLEST * unit, LARGEST * unit, 0.5):
        answer = cv2.filter2D(framed, cv2.CV_32F, _ring_kernel(float(radius)))
        _low, high, _at, place = cv2.minMaxLoc(answer)
        if high > best[0]:
            best = (high, (place[0] - pad + 0.5) / scale, (place[1] - pad + 0.5) / scale)
    if best[0] <= _FAINTEST:
        return 0.0, 0.0, ()
    found: tuple[float, float, float, tuple[tuple[float, float], ...]] = (0.0, 0.0, 0.0, ())
    # A thin ring is missed by a centre that is off by its own breadth.
    for x, y in ((best[1] + i, best[2] + j) for i in _NEAR for j in _NEAR):
        shares = _shares(ink, x, y, letter)
        rings = _rings(shares, letter)
        sharp = float(np.sort(shares)[-6:].sum())
        if rings and sharp > found[0]:
            found = sharp, x, y, rings
    return found[1:]


def _ring_kernel(radius: float) -> np.ndarray:
    """Answers 1 where a ring of ``radius`` pixels lies in clean paper."""
    size = int(radius) + 5
    rows, columns = np.indices((2 * size + 1, 2 * size + 1), dtype=np.float32)
    away = np.hypot(rows - size, columns - size)
    ring, beside = np.abs(away - radius) < 0.8, (away - radius > 2) & (away - radius < 4)
    kernel = ring / ring.sum() - 0.7 * beside / beside.sum()
    return np.asarray(kernel, dtype=np.float32)


def _shares(ink: Gray, x: float, y: float, letter: float) -> np.ndarray:
    """Share of ink on each circle about a point, by radius in pixels; small ones are left out."""
    high, wide = ink.shape
    shares = np.zeros(int(OUTERMOST * letter) + 2)
    first = int(INNERMOST * letter)
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    radii = np.arange(first, len(shares))[:, None]
    xs = np.round(x + radii * np.cos(angles)).astype(int)
    ys = np.round(y + radii * np.sin(angles)).astype(int)
    seen = (xs >= 0) & (xs < wide) & (ys >= 0) & (ys < high)
    dark = seen & (ink[np.clip(ys, 0, high - 1), np.clip(xs, 0, wide - 1)] > 0)
    counted = seen.sum(axis=1)
    enough = counted >= 0.4 * len(angles)
    shares[first:] = np.where(enough, dark.sum(axis=1) / np.maximum(counted, 1), 0.0)
    return shares


def _rings(shares: np.ndarray, letter: float) -> tuple[tuple[float, float], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (shares > _RING).astype(np.int8), [0]))))
    runs = zip(edges[::2], edges[1::2], strict=True)
    # A broad dark annulus is no ring but print that happens to lie around.
    return tuple((float(a) - 2, float(b) + 1) for a, b in runs if b - a <= 0.5 * letter)


def without_seal(
    region: Gray,
    letter: float,
    base: float,
    seal: tuple[float, float, tuple[tuple[float, float], ...]],
) -> Gray:
    """``region`` without the seal, but for what stands on the row at ``base``."""
    x, y, rings = seal
    rows, columns = np.indices(region.shape)
    radius = np.hypot(columns - x, rows - y)
    outer = max(end for _start, end in rings)
    out = region.copy()
    ringed = np.zeros(region.shape, dtype=bool)
    for start, end in rings:
        ringed |= (radius >= start) & (radius <= end)
    out[ringed] = 255
    # Strokes of letters go through a ring; what stands on both of its sides is joined again.
    thick = max(3, int(max(end - start for start, end in rings)) + 3)
    ink = np.where(out < 190, 255, 0).astype(np.uint8)
    for shape in ((thick, 1), (1, thick)):
        kernel = np.ones(shape, np.uint8)
        closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, kernel)
        out[ringed & (closed > 0)] = 0
    ink = np.where(out < 190, 255, 0).astype(np.uint8)
    _count, labels, stats, middles = cv2.connectedComponentsWithStats(ink, connectivity=8)
    bottoms, tall = stats[:, 1] + stats[:, 3], stats[:, 3]
    inside = np.hypot(middles[:, 0] - x, middles[:, 1] - y) < outer
    on_row = (np.abs(bottoms - base) < 0.3 * letter) & (tall > 0.35 * letter)
    # Marks stand over a letter of the row; letters of the seal stand over none.
    starts, ends = stats[:, 0] - 0.2 * letter, stats[:, 0] + stats[:, 2] + 0.2 * letter
    under = np.array([bool((on_row & (starts < at) & (at < ends)).any()) for at in middles[:, 0]])
    above = under & (bottoms < base) & (bottoms > base - 1.3 * letter) & (tall < 0.4 * letter)
    large = tall > 2.2 * letter
    speck = (tall < 0.14 * letter) & (stats[:, 2] < 0.14 * letter) & ~under
    drop = (inside & ~(on_row | above)) | large | speck
    drop[0] = False
    out[drop[labels]] = 255
    out[out >= 190] = 255  # the pale edges of what was wiped out
    return out
