"""Lines of text found from the connected pieces of ink of a prepared page.

Letters are chained to the nearest letter on their left whose foot stands level with theirs;
a wide gap ends the chain. Marks, dots and signs join the line in whose band they lie. Nothing
is assumed about columns: two blocks beside each other simply do not chain. A bent page is laid
flat first, as the chains of its letters tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.engine.page_bend import Bend, bend_of
from sohoa_digitize.engine.text_lines import Ink, TextLine, usual_em

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Not more lines than this on a page, and not more pieces: the largest are kept.
MOST_LINES, MOST_PARTS = 800, 30_000
#: Feet of neighbours differ by no more than this (ems of their print): letters like g and y
#: hang 0.22 below the others.
_LEVEL = 0.3
#: Beyond a gap of so many ems another column may stand: it must be level more strictly.
_NEAR, _STRICT = 0.7, 0.15
#: Beyond a gap of so many ems another column stands.
_APART = 1.3
#: Print is this many times smaller or larger than the usual at most.
_SMALLEST, _LARGEST = 0.6, 2.2
#: Each letter looks at so many pieces before it in the rows beside its own.
_LOOK = 6
#: A chain of so few letters inside the band of a longer one belongs to it: raised notes, marks.
_FEW = 3
#: Bands are drawn with at most so many pixels an em, and so many on the whole page.
_FINE, _PIXELS = 16.0, 4e6
#: A line whose bend is straight within this share of an em is cut as a straight one.
_STRAIGHT = 0.03
#: So many large pieces are looked into, so many ems beyond the end of a line that they touch;
#: print inks more than this share of its band, a pen's stroke less.
MOST_LARGE, _REACH, _DENSE = 60, 4.0, 0.17


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

    A line ends where a gap of 1.3 ems follows. Sizes are measured, not assumed. Noise costs
    time in proportion to its pieces and gives at most :data:`MOST_LINES` lines.
    """
    parts = ink.parts.astype(np.float64)
    usual = usual_em(ink)
    parts = parts[(parts[:, 2] > 1) | (parts[:, 3] > 1)]
    if len(parts) > MOST_PARTS:
        parts = parts[np.sort(np.argsort(-parts[:, 4], kind="stable")[:MOST_PARTS])]
    seeds = _letters(parts, usual, shape)
    if not seeds.any():
        return ()
    line_of = np.full(len(parts), -1, np.int64)
    line_of[seeds] = _chained(parts[seeds], usual)
    bend = bend_of(parts[seeds], line_of[seeds], usual, shape, _chained)
    if bend:
        parts = bend.flattened(parts)
        line_of[seeds] = _chained(parts[seeds], usual)
    slices, owners = _slices(ink.mask, parts, line_of, usual, bend)
    parts, line_of = np.concatenate([parts, slices]), np.concatenate([line_of, owners])
    seeds = line_of >= 0
    line_of[seeds] = _joined(parts[seeds], line_of[seeds], usual)
    line_of = _adopted(parts, line_of, usual, shape)
    return _as_lines(parts, line_of, seeds, usual, shape, bend)


def _letters(parts: Floats, usual: float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which parts are shaped like letters or words that stick together."""
    wide, high = parts[:, 2], parts[:, 3]
    at_side = (parts[:, 0] < 2) | (parts[:, 0] + wide > shape[1] - 2)
    at_end = (parts[:, 1] < 2) | (parts[:, 1] + high > shape[0] - 2)
    tall = high > 1.5 * usual
    return np.asarray(
        (high > 0.3 * usual)
        & (high < _LARGEST * usual)
        & (wide > 0.04 * usual)
        & ~(tall & ((wide < 0.15 * usual) | (wide > 2.5 * high)))
        & (wide < 30 * usual)
        # The edge of the sheet, a thin slanting stroke or a bar is no print.
        & ~(at_side & (wide < 0.3 * usual))
        & ~(at_end & (high < 0.4 * usual))
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
            fits = (at >= 0) & (row[other] == row + beside) & (gap < _APART * usual)
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


def _slices(
    mask: NDArray[np.uint8], parts: Floats, line_of: Ints, usual: float, bend: Bend | None
) -> tuple[Floats, Ints]:
    """What large pieces (seals, signatures) hold of the print that they touch.

    Where a line runs into such a piece, the ink in its band goes on as a part of the line, as
    long as it is as dense as print. Returns those parts and their chains.
    """
    chains = _measured(parts[line_of >= 0], line_of[line_of >= 0], usual)
    large = np.flatnonzero((line_of < 0) & (parts[:, 3] > _LARGEST * usual))
    large = large[np.argsort(-parts[large, 4], kind="stable")[:MOST_LARGE]]
    found: list[tuple[float, ...]] = []
    owners: list[int] = []
    for x, y, wide, high, _ in parts[large]:
        near = (chains.left < x + wide + 0.5 * usual) & (chains.right > x - 0.5 * usual)
        base = chains.base + chains.slope * (x + wide / 2)
        near &= (base > y) & (base < y + high + 0.3 * usual) & (chains.count > 1)
        for chain in np.flatnonzero(near)[:MOST_LARGE]:
            em, left, right = chains.em[chain], chains.left[chain], chains.right[chain]
            for end, way, far in ((left, -1, left - x), (right, 1, x + wide - right)):
                foot = float(chains.base[chain] + chains.slope[chain] * end)
                seen = foot + (bend.at(np.array([end]), np.array([foot]))[0] if bend else 0.0)
                grown = _goes_on(mask, end, way * min(far, _REACH * em), seen, em) if far > 1 else 0
                if grown:
                    start = end - grown if way < 0 else end
                    found.append((start, foot - 0.5 * em, grown, 0.5 * em, 0.2 * grown * em))
                    owners.append(int(chain))
    return np.reshape(np.array(found, np.float64), (-1, 5)), np.array(owners, np.int64)


def _goes_on(mask: NDArray[np.uint8], end: float, reach: float, foot: float, em: float) -> float:
    """How far (pixels) print goes on beyond the ``end`` of a line, to at most ``reach``."""
    y0, y1 = max(0, round(foot - 0.5 * em)), max(0, round(foot))
    x0, x1 = sorted((round(end), round(end + reach)))
    band = mask[y0:y1, max(0, x0) : max(0, x1)] > 0
    if band.size == 0:
        return 0.0
    inked = band.mean(axis=0)
    if reach < 0:
        inked = inked[::-1]
    columns = np.flatnonzero(inked)
    if not columns.size or columns[0] > 0.5 * em:
        return 0.0
    white = np.flatnonzero(np.diff(columns) > 0.5 * em)
    last = int(columns[white[0]] if white.size else columns[-1]) + 1
    return float(last) if float(inked[:last].mean()) > _DENSE else 0.0


def _joined(parts: Floats, line_of: Ints, usual: float) -> Ints:
    """Chains that go on in each other joined: at a fork only one of them got the neighbour."""
    chains = _measured(parts, line_of, usual)
    some = np.argsort(-chains.count, kind="stable")[:MOST_LINES]
    some = some[np.argsort(chains.left[some], kind="stable")]
    left, right, em = chains.left[some], chains.right[some], chains.em[some]
    gap = left - right[:, None]  # from the end of the row's chain to the start of the column's
    x = (np.maximum(left, left[:, None]) + np.minimum(right, right[:, None])) / 2
    base, slope = chains.base[some], chains.slope[some]
    step = np.abs(base[:, None] + slope[:, None] * x - base - slope * x)
    level = np.where(gap < _NEAR * usual, 0.2, _STRICT) * np.minimum(em, em[:, None])
    fits = np.triu((gap < _APART * usual) & (step < level), 1)
    cost = np.where(fits, np.maximum(gap, 0.0) + 2 * step, np.inf)
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
        steady = 10 * (2 * usual) ** 2  # as if ten letters two ems away stood on the page's slope
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

    Letters that stand alone stay lines of their own: words and numbers in cells of a table.
    """
    seeds = line_of >= 0
    chains = _measured(parts[seeds], line_of[seeds], usual)
    kept = np.argsort(-chains.count, kind="stable")[:MOST_LINES]
    few = chains.count <= _FEW
    claim = _claims(chains, kept[~few[kept]], parts, usual, shape)
    loose = ~seeds | few[np.maximum(line_of, 0)]
    loose &= parts[:, 3] < _LARGEST * usual
    out = np.where(loose & (claim >= 0), claim, line_of)
    out[~np.isin(out, kept)] = -1
    short = kept[few[kept] & np.isin(kept, out)]
    claim = _claims(chains, short, parts, usual, shape)
    return np.where((out < 0) & (parts[:, 3] < usual) & (claim >= 0), claim, out)


def _claims(
    chains: _Chains,
    some: Ints,
    parts: Floats,
    usual: float,
    shape: tuple[int, int],
) -> Ints:
    """Which of ``some`` chains has the middle of each part in its band; -1 for none."""
    scale = min(1.0, _FINE / usual, (_PIXELS / max(1, shape[0] * shape[1])) ** 0.5)
    image = np.zeros((int(shape[0] * scale) + 2, int(shape[1] * scale) + 2), np.int32)
    em = chains.em[some]
    # The surest claim is painted last: beyond the ends, marks above, then the letters' own band.
    for beyond, top, bottom in ((1.5, 0.7, 0.1), (0.5, 1.15, 0.2), (0.3, 0.75, 0.22)):
        x0, x1 = chains.left[some] - beyond * em, chains.right[some] + beyond * em
        y0 = chains.base[some] + chains.slope[some] * x0
        y1 = chains.base[some] + chains.slope[some] * x1
        corners = np.stack(
            [x0, y0 - top * em, x1, y1 - top * em, x1, y1 + bottom * em, x0, y0 + bottom * em],
            axis=1,
        )
        for number, corner in zip(some, np.round(corners * scale).astype(np.int32), strict=True):
            cv2.fillConvexPoly(image, corner.reshape(4, 2), int(number) + 1)
    x = ((parts[:, 0] + parts[:, 2] / 2) * scale).astype(np.int64)
    y = ((parts[:, 1] + parts[:, 3] / 2) * scale).astype(np.int64)
    claim = image[np.clip(y, 0, image.shape[0] - 1), np.minimum(x, image.shape[1] - 1)] - 1
    # Beyond the ends a dash or a bullet may follow; specks may not.
    own = np.maximum(claim, 0)
    before = chains.left[own] - parts[:, 0] - parts[:, 2]
    beyond_end = np.maximum(before, parts[:, 0] - chains.right[own])
    speck = (parts[:, 2] < 0.15 * usual) & (parts[:, 3] < 0.2 * usual)
    return np.where(speck & (beyond_end > 0.3 * usual), -1, claim).astype(np.int64)


def _as_lines(
    parts: Floats,
    line_of: Ints,
    seeds: NDArray[np.bool_],
    usual: float,
    shape: tuple[int, int],
    bend: Bend | None,
) -> tuple[TextLine, ...]:
    """Text lines in reading order. Every line has a seed, so numbering by seeds leaves no holes."""
    held = line_of >= 0
    parts, seeds = parts[held], seeds[held]
    if not len(parts):
        return ()
    line_of = np.unique(line_of[held], return_inverse=True)[1].astype(np.int64)
    chains = _measured(parts[seeds], line_of[seeds], usual)
    number = len(chains.left)
    top, bottom = np.full(number, np.inf), np.full(number, -np.inf)
    left, right = chains.left.copy(), chains.right.copy()
    np.minimum.at(left, line_of, parts[:, 0])
    if bend:
        parts = parts.copy()
        parts[:, 1] += bend.at(parts[:, 0] + parts[:, 2] / 2, parts[:, 1] + parts[:, 3])
    np.minimum.at(top, line_of, parts[:, 1])
    np.maximum.at(right, line_of, parts[:, 0] + parts[:, 2])
    np.maximum.at(bottom, line_of, parts[:, 1] + parts[:, 3])
    bottom = np.minimum(bottom, shape[0])  # of a slice it is reckoned, not seen
    first = chains.base + chains.slope * left
    last = chains.base + chains.slope * right
    middle = (first + last) / 2
    rows: list[list[int]] = []
    for n in np.argsort(middle, kind="stable"):
        if rows and middle[n] - middle[rows[-1][0]] < 0.3 * usual:
            rows[-1].append(int(n))
        else:
            rows.append([int(n)])
    sides = np.stack([left, top, right, bottom, first, last], axis=1).tolist()
    return tuple(
        TextLine((x0, y0, x1, y1), (x0, ya, x1, yb), _bend_along(bend, x0, ya, x1, yb, usual))
        for row in rows
        for x0, y0, x1, y1, ya, yb in sorted(sides[n] for n in row)
    )


def _bend_along(
    bend: Bend | None, x0: float, ya: float, x1: float, yb: float, usual: float
) -> tuple[float, ...]:
    """What :class:`TextLine` says of a line between two places of the flat page."""
    if not bend:
        return ()
    x = np.linspace(x0, x1, 2 + round((x1 - x0) / usual))
    drop = bend.at(x, np.linspace(ya, yb, len(x)))
    straight = np.linspace(drop[0], drop[-1], len(x))
    if float(np.abs(drop - straight).max()) < _STRAIGHT * usual:
        return float(drop[0]), float(drop[-1])
    return tuple(drop.tolist())
