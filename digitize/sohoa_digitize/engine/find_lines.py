"""Lines of text found from the connected pieces of ink of a prepared page.

Letters are chained to the nearest letter on their left whose foot stands level with theirs;
a wide gap ends the chain. Marks, dots and signs join the line in whose band they lie. Nothing
is assumed about columns: two blocks beside each other simply do not chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.engine.text_lines import GAP, Ink, TextLine, usual_em

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Not more lines than this on a page, and not more pieces: the largest are kept.
MOST_LINES, MOST_PARTS = 800, 30_000
#: Feet of neighbours differ by no more than this (ems of their print): letters like g and y
#: hang 0.22 below the others.
_LEVEL = 0.3
#: Beyond a gap of so many ems another column may stand: it must be level more strictly.
_NEAR, _STRICT = 0.7, 0.15
#: Print is this many times smaller or larger than the usual at most.
_SMALLEST, _LARGEST = 0.6, 2.2
#: Each letter looks at so many pieces before it in the rows beside its own.
_LOOK = 6
#: A line bent by more than this (ems) is cut into pieces of about so many ems.
_BENT, _PIECE = 0.1, 12.0


@dataclass(frozen=True, slots=True, eq=False)
class _Chains:
    """Lines as numbers: ``y = base + slope * x``, reach in x, size of print, letters in each."""

    base: Floats
    slope: Floats
    left: Floats
    right: Floats
    em: Floats
    count: Ints


def find_lines(ink: Ink, shape: tuple[int, int]) -> tuple[TextLine, ...]:
    """The lines of a page of ``shape`` (height, width), from top to bottom, left to right.

    A line ends where a gap of :data:`GAP` ems follows. Sizes are measured, not assumed. Noise
    costs time in proportion to its pieces and gives at most :data:`MOST_LINES` lines.
    """
    parts = ink.parts.astype(np.float64)
    usual = usual_em(ink)
    parts = parts[(parts[:, 2] > 1) | (parts[:, 3] > 1)]
    if len(parts) > MOST_PARTS:
        parts = parts[np.sort(np.argsort(-parts[:, 4], kind="stable")[:MOST_PARTS])]
    seeds = _letters(parts, usual)
    if not seeds.any():
        return ()
    line_of = np.full(len(parts), -1, np.int64)
    line_of[seeds] = _joined(parts[seeds], _chained(parts[seeds], usual), usual)
    line_of = _adopted(parts, line_of, usual, shape)
    return _as_lines(parts, line_of, usual)


def _letters(parts: Floats, usual: float) -> NDArray[np.bool_]:
    """Which parts are shaped like letters or words that stick together."""
    wide, high = parts[:, 2], parts[:, 3]
    tall = high > 1.5 * usual
    return np.asarray(
        (high > 0.3 * usual)
        & (high < _LARGEST * usual)
        & (wide > 0.04 * usual)
        & ~(tall & ((wide < 0.15 * usual) | (wide > 2.5 * high)))
        & (wide < 30 * usual)
        # A thin slanting stroke or a bar is no print.
        & ~((wide > 3 * usual) & (parts[:, 4] < 0.12 * wide * high))
    )


def _chained(parts: Floats, usual: float) -> Ints:
    """The chain that each of ``parts`` belongs to: numbers from 0 on without holes."""
    left, foot = parts[:, 0], parts[:, 1] + parts[:, 3]
    right = left + parts[:, 2]
    size = np.clip(parts[:, 3] / 0.7, _SMALLEST * usual, 1.8 * usual)
    row = np.floor(foot / (1.8 * _LEVEL * usual)).astype(np.int64)
    broad = int(left.max()) + 2
    order = np.lexsort((left, row))
    keys = row[order] * broad + left[order].astype(np.int64)
    parent = np.arange(len(parts))
    best = np.full(len(parts), np.inf)
    for beside in (-1, 0, 1):
        after = np.searchsorted(keys, (row + beside) * broad + left.astype(np.int64))
        for back in range(1, _LOOK + 1):
            at = after - back
            other = order[np.maximum(at, 0)]
            gap = left - right[other]
            step = np.abs(foot - foot[other])
            fits = (at >= 0) & (row[other] == row + beside) & (gap < 1.0 * usual)
            fits &= step < np.where(gap < _NEAR * usual, _LEVEL, _STRICT) * np.maximum(
                size, size[other]
            )
            cost = np.maximum(gap, 0.0) + 2.0 * step
            nearer = fits & (cost < best)
            parent[nearer] = other[nearer]
            best[nearer] = cost[nearer]
    return _numbered(parent)


def _numbered(parent: Ints) -> Ints:
    """The tree of each node as a number from 0 on without holes; ``parent`` has no cycles."""
    while True:
        above = parent[parent]
        if np.array_equal(above, parent):
            return np.unique(parent, return_inverse=True)[1].astype(np.int64)
        parent = above


def _joined(parts: Floats, line_of: Ints, usual: float) -> Ints:
    """Chains that go on in each other joined: at a fork only one of them got the neighbour."""
    chains = _measured(parts, line_of, usual)
    some = np.argsort(-chains.count, kind="stable")[:MOST_LINES]
    some = some[np.argsort(chains.left[some], kind="stable")]
    left, right = chains.left[some], chains.right[some]
    gap = left[None, :] - right[:, None]  # from the end of the row's chain to the column's
    x = (np.maximum(left[None, :], left[:, None]) + np.minimum(right[:, None], right[None, :])) / 2
    y = chains.base[some][:, None] + chains.slope[some][:, None] * x
    other = chains.base[some][None, :] + chains.slope[some][None, :] * x
    em = np.minimum(chains.em[some][:, None], chains.em[some][None, :])
    step = np.abs(y - other) / em
    fits = (gap < 1.0 * usual) & (step < np.where(gap < _NEAR * usual, 0.2, _STRICT))
    fits &= np.arange(len(some))[:, None] < np.arange(len(some))[None, :]
    cost = np.where(fits, np.maximum(gap, 0.0) + 2 * step * usual, np.inf)
    parent = np.arange(len(chains.left))
    best = cost.argmin(axis=0)
    linked = np.isfinite(cost.min(axis=0))
    parent[some[linked]] = some[best[linked]]
    return _numbered(parent)[line_of]


def _measured(parts: Floats, line_of: Ints, usual: float) -> _Chains:
    """The course of every chain; short ones take their slope from the page."""
    number = int(line_of.max()) + 1
    middle = parts[:, 0] + parts[:, 2] / 2
    foot = parts[:, 1] + parts[:, 3]
    count = np.bincount(line_of, minlength=number)
    order = np.lexsort((parts[:, 3], line_of))
    first = np.cumsum(count) - count
    tall = parts[order, 3][first + (0.85 * (count - 1)).astype(np.int64)]
    em = np.clip(tall / 0.68, _SMALLEST * usual, _LARGEST * usual)
    left, right = np.full(number, np.inf), np.full(number, -np.inf)
    np.minimum.at(left, line_of, parts[:, 0])
    np.maximum.at(right, line_of, parts[:, 0] + parts[:, 2])
    centre = (left + right) / 2
    off = middle - centre[line_of]
    weight = np.ones(len(parts))
    page = 0.0
    base, slope = np.zeros(number), np.zeros(number)
    for turn in range(3):
        total = np.maximum(np.bincount(line_of, weight, number), 1e-9)
        mean_x = np.bincount(line_of, weight * off, number) / total
        mean_y = np.bincount(line_of, weight * foot, number) / total
        dx, dy = off - mean_x[line_of], foot - mean_y[line_of]
        sxx = np.bincount(line_of, weight * dx * dx, number)
        sxy = np.bincount(line_of, weight * dx * dy, number)
        steady = 6 * (2 * usual) ** 2  # as if six letters two ems away stood on the page's slope
        if turn == 0:
            page = float(np.clip(sxy.sum() / max(sxx.sum(), 1.0), -0.1, 0.1))
        slope = (sxy + steady * page) / (sxx + steady)
        base = mean_y - slope * mean_x
        rest = (foot - base[line_of] - slope[line_of] * off) / em[line_of]
        # What hangs below the line or floats above it counts little.
        weight = 1 / (1 + (rest / 0.06) ** 2)
        if turn == 1:
            page = float(np.clip((slope * sxx).sum() / max(sxx.sum(), 1.0), -0.1, 0.1))
    return _Chains(base - slope * centre, slope, left, right, em, count)


def _adopted(parts: Floats, line_of: Ints, usual: float, shape: tuple[int, int]) -> Ints:
    """Marks, signs and lone pieces given to the line in whose band they lie.

    Large lone letters stay lines of their own: numbers and words in the cells of a table.
    """
    seeds = line_of >= 0
    chains = _measured(parts[seeds], line_of[seeds], usual)
    kept = np.argsort(-chains.count, kind="stable")[:MOST_LINES]
    solid = kept[chains.count[kept] > 3]
    bands = _bands(chains, solid, usual, shape)
    loose = ~seeds | ((line_of >= 0) & (chains.count[np.maximum(line_of, 0)] <= 3))
    loose &= parts[:, 3] < _LARGEST * usual
    found = _at(bands, parts)
    # Beyond the ends a dash or a bullet may follow; specks may not.
    beside = np.maximum(found, 0)
    out_by = np.maximum(chains.left[beside] - parts[:, 0] - parts[:, 2], 0.0)
    out_by = np.maximum(out_by, parts[:, 0] - chains.right[beside])
    speck = (parts[:, 2] < 0.15 * usual) & (parts[:, 3] < 0.2 * usual)
    found = np.where(speck & (out_by > 0.3 * usual), -1, found)
    out = np.where(loose & (found >= 0), found, line_of)
    out[~np.isin(out, kept)] = -1
    # Then the marks of the short lines.
    short = kept[np.isin(kept, out) & (chains.count[kept] <= 3)]
    if len(short):
        found = _at(_bands(chains, short, usual, shape), parts)
        out = np.where((out < 0) & (parts[:, 3] < usual) & (found >= 0), found, out)
    return out


_SCALE = 8.0


def _bands(
    chains: _Chains, some: Ints, usual: float, shape: tuple[int, int]
) -> tuple[NDArray[np.int32], float]:
    """An image of the bands of ``some`` chains (number + 1 in each pixel), and its scale."""
    scale = min(1.0, _SCALE / usual)
    image = np.zeros((int(shape[0] * scale) + 2, int(shape[1] * scale) + 2), np.int32)
    em = chains.em[some]
    # The surest claim is painted last: beyond the ends, marks above, then the letters' own band.
    for beyond, top, bottom in ((1.5, 0.7, 0.1), (0.5, 1.15, 0.3), (0.3, 0.75, 0.28)):
        x0, x1 = chains.left[some] - beyond * em, chains.right[some] + beyond * em
        y0 = chains.base[some] + chains.slope[some] * x0
        y1 = chains.base[some] + chains.slope[some] * x1
        corners = np.stack(
            [x0, y0 - top * em, x1, y1 - top * em, x1, y1 + bottom * em, x0, y0 + bottom * em],
            axis=1,
        )
        for number, corner in zip(some, np.round(corners * scale).astype(np.int32), strict=True):
            cv2.fillConvexPoly(image, corner.reshape(4, 2), int(number) + 1)
    return image, scale


def _at(bands: tuple[NDArray[np.int32], float], parts: Floats) -> Ints:
    """The chain in whose band the middle of each part lies; -1 for none."""
    image, scale = bands
    x = ((parts[:, 0] + parts[:, 2] / 2) * scale).astype(np.int64)
    y = ((parts[:, 1] + parts[:, 3] / 2) * scale).astype(np.int64)
    inside = (y < image.shape[0]) & (x < image.shape[1])
    return np.where(inside, image[np.where(inside, y, 0), np.where(inside, x, 0)] - 1, -1)


def _as_lines(parts: Floats, line_of: Ints, usual: float) -> tuple[TextLine, ...]:
    """Text lines in reading order."""
    held = parts[line_of >= 0]
    if not len(held):
        return ()
    line_of = np.unique(line_of[line_of >= 0], return_inverse=True)[1].astype(np.int64)
    letters = held[:, 3] > 0.3 * usual
    number = int(line_of.max()) + 1
    box = np.full((number, 4), np.inf)
    box[:, 2:] = -np.inf
    np.minimum.at(box[:, 0], line_of, held[:, 0])
    np.minimum.at(box[:, 1], line_of, held[:, 1])
    np.maximum.at(box[:, 2], line_of, held[:, 0] + held[:, 2])
    np.maximum.at(box[:, 3], line_of, held[:, 1] + held[:, 3])
    chains = _measured(held[letters], line_of[letters], usual)
    middle = chains.base + chains.slope * (chains.left + chains.right) / 2
    row = np.zeros(number, np.int64)
    order = np.argsort(middle, kind="stable")
    row[order] = np.cumsum(np.diff(middle[order], prepend=middle[order[0]]) > 0.3 * usual)
    found = []
    for n in np.lexsort((box[:, 0], row)):
        x0, y0, x1, y1 = (float(v) for v in box[n])
        base, slope = float(chains.base[n]), float(chains.slope[n])
        found.append(TextLine((x0, y0, x1, y1), (x0, base + slope * x0, x1, base + slope * x1)))
    return tuple(found)
