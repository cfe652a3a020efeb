"""Where lines of text stand on a prepared page, and their pieces at the height a reader wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.prepare import body_height, components
from sohoa_digitize.words import PixelBox

Gray = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: Height of the reader's input, size of an em and place of the baseline in it (pixels); the
#: training printed its lines so.
HEIGHT, EM, BASE = 40, 32.0, 30.0
#: A gap of so many ems parts a line: what stands beyond it is another column.
GAP = 1.7
#: No piece is longer (pixels of the reader's input): a page of 20,000 pixels is no line.
LONGEST = 4000
#: Height of capitals, ascenders and digits in ems; of letters like x.
_CAPITAL, _SMALL = 0.68, 0.47


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line as it was found: its box and two points of its baseline (pixels).

    On a bent page the points stand where they would if it lay flat, so that level lines have
    level baselines; ``bend`` tells how far below the straight between them the print stands,
    at even distances from the first point to the second. It is empty on a flat page.
    """

    box: PixelBox
    baseline: tuple[float, float, float, float]
    bend: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Strip:
    """A piece of a line, ready to be read.

    ``pixels`` is :data:`HEIGHT` high; pixel ``x`` of it is ``left + x * step`` on the page,
    where the baseline has the y ``base`` at ``left`` and rises ``slope`` a pixel; ``bend`` tells
    how far below that it stands, at even distances from end to end, where it is no straight.
    ``line`` is the number of its text line, ``em`` the size of its print in pixels of the page.
    """

    pixels: Gray
    line: int
    left: float
    step: float
    base: float
    slope: float
    em: float
    bend: tuple[float, ...] = ()

    def level(self, x: Floats) -> Floats:
        """The y of the baseline at each ``x`` (pixels of the page)."""
        right = self.left + self.pixels.shape[1] * self.step
        return self.base + self.slope * (x - self.left) + bent(self.bend, self.left, right, x)


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The inked pixels of a page and its connected pieces (x, y, width, height, area)."""

    mask: Gray
    parts: NDArray[np.int32]


def ink_of(gray: Gray) -> Ink:
    """The ink of a prepared page (dark on white)."""
    level, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    level = min(max(level, 100.0), 215.0)
    mask = np.asarray(cv2.threshold(gray, level, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)
    _, parts, _ = components(mask)
    return Ink(mask, parts[1:])


def stand_of(parts: NDArray[np.int32], baseline: float, usual: float) -> tuple[float, float]:
    """Baseline (y) and em of the print whose letters are ``parts``, level with each other.

    ``baseline`` is where the line was found; of two columns beside each other it
    often means the other one. ``usual`` is the em where too few letters tell.
    """
    bottom = (parts[:, 1] + parts[:, 3]).astype(np.float64)
    letters = (
        (parts[:, 3] > 0.22 * usual)
        & (parts[:, 3] < 1.6 * usual)
        & (parts[:, 2] < 2.2 * usual)
        & (parts[:, 2] > 0.06 * usual)
    )
    near = letters & (np.abs(bottom - baseline) < 0.5 * usual)
    if int(near.sum()) < 3:
        return baseline, usual
    ends = np.sort(bottom[near])
    # Most letters end on the baseline: the height where most of them end together.
    reach = 0.07 * usual
    ends_near = np.searchsorted(ends, ends + reach, "right") - np.searchsorted(ends, ends - reach)
    most = ends_near.max()
    best = ends[ends_near >= most - 0.5]
    base = float(np.median(best[np.abs(best - best[-1]) <= 2 * reach]))
    heights = np.sort(parts[letters & (np.abs(bottom - base) < 0.12 * usual), 3])
    if len(heights) < 3:
        return base, usual
    # Hardly a line is without capitals, ascenders or digits, and these are the tall ones.
    tall = float(heights[int(0.92 * (len(heights) - 1))])
    em = tall / _CAPITAL
    if em < 0.75 * usual and tall < 1.22 * float(heights[len(heights) // 4]):
        em = tall / _SMALL  # a few small letters and nothing tall among them
    return base, float(min(max(em, 0.6 * usual), 2.2 * usual))


def usual_em(ink: Ink) -> float:
    """The usual size of print on a page: from the median height of its letters."""
    heights, widths, areas = ink.parts[:, 3], ink.parts[:, 2], ink.parts[:, 4]
    letters = heights[
        (heights >= 6) & (widths >= 3) & (widths <= heights * 2.5) & (heights <= widths * 5)
        & (areas >= 0.15 * heights * widths)
    ]  # fmt: skip
    if letters.size < 4:
        return 34.0
    return body_height(letters) / 0.53


def bent(bend: Sequence[float], left: float, right: float, x: Floats) -> Floats:
    """How far below its straight a baseline is at ``x``; it has ``bend`` from ``left`` on."""
    if not bend:
        return np.zeros(np.shape(x))
    return np.asarray(np.interp(x, np.linspace(left, right, len(bend)), bend), np.float64)


def unbent(gray: Gray, line: TextLine, box: tuple[int, int, int, int]) -> Gray:
    """The ``box`` (pixels of the flat page) around a bent line, laid flat."""
    x0, y0, x1, y1 = box
    x = np.arange(x0, x1, dtype=np.float64)
    first, _, last, _ = line.baseline
    rows = np.arange(y0, y1, dtype=np.float64)[:, None]
    from_y = rows + bent(line.bend, first, last, x)[None]
    from_x = np.repeat(x[None], len(rows), axis=0)
    out = cv2.remap(
        gray, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT, borderValue=255,
    )  # fmt: skip
    return np.asarray(out, np.uint8)


def strips(gray: Gray, ink: Ink, lines: Sequence[TextLine]) -> list[Strip]:
    """Every line cut at its wide gaps and brought to the reader's height."""
    found: list[Strip] = []
    usual = usual_em(ink)
    for number, given in enumerate(lines):
        line = _unbent(given)
        x0, y0, x1, y1 = line.box
        base, slope = _baseline(line)
        parts = ink.parts[
            (ink.parts[:, 0] < x1)
            & (ink.parts[:, 0] + ink.parts[:, 2] > x0)
            & (ink.parts[:, 1] < y1)
            & (ink.parts[:, 1] + ink.parts[:, 3] > y0)
        ]
        if line.bend:
            parts = _flattened(parts, line, usual)
        for first, last in _runs(parts, x0, x1, GAP * usual):
            level = parts[(parts[:, 0] >= first - 1) & (parts[:, 0] < last)].copy()
            level[:, 1] -= np.round(slope * (level[:, 0] - first)).astype(np.int32)
            own, em = stand_of(level, base + slope * (first - x0), usual)
            found += _cut(gray, number, first, last, own, slope, em, line)
    return found


def _unbent(line: TextLine) -> TextLine:
    """``line`` with a straight baseline where its bend is a straight, too."""
    if len(line.bend) != 2:
        return line
    ax, ay, bx, by = line.baseline
    return TextLine(line.box, (ax, ay + line.bend[0], bx, by + line.bend[1]))


def _flattened(parts: NDArray[np.int32], line: TextLine, usual: float) -> NDArray[np.int32]:
    """Those of ``parts`` that stand in the band of a bent line, as if the page lay flat."""
    ax, ay, bx, by = line.baseline
    middle = parts[:, 0] + parts[:, 2] / 2
    flat = parts.copy()
    flat[:, 1] -= np.round(bent(line.bend, ax, bx, middle)).astype(np.int32)
    above = ay + (by - ay) * (middle - ax) / max(bx - ax, 1.0) - flat[:, 1] - flat[:, 3] / 2
    return flat[(above > -0.3 * usual) & (above < 1.2 * usual)]


def whole(gray: Gray, ink: Ink) -> list[Strip]:
    """The strips of an image that shows one line and nothing else; ``ink`` is its ink."""
    height, width = gray.shape
    usual = usual_em(ink)
    if len(ink.parts) == 0:
        return []
    wide = int((ink.parts[:, 0] + ink.parts[:, 2]).max() - ink.parts[:, 0].min())
    high = int((ink.parts[:, 1] + ink.parts[:, 3]).max() - ink.parts[:, 1].min())
    if len(ink.parts) > 4 and high > 1.6 * wide:
        return []  # letters above each other: a line on its side
    bottoms = ink.parts[:, 1] + ink.parts[:, 3]
    solid = ink.parts[:, 3] > 0.25 * usual
    base = float(np.median(bottoms[solid])) if solid.any() else height * 0.75
    base, em = stand_of(ink.parts, base, min(usual, height / 0.9))
    found: list[Strip] = []
    for first, last in _runs(ink.parts, 0.0, float(width), GAP * em):
        found += _cut(gray, 0, first, last, base, 0.0, em)
    return found


def _baseline(line: TextLine) -> tuple[float, float]:
    """y of the baseline at the left edge of the box, and its slope; wild ones are put right."""
    x0, y0, x1, y1 = line.box
    ax, ay, bx, by = line.baseline
    slope = (by - ay) / (bx - ax) if bx > ax else 0.0
    if line.bend:
        return ay + slope * (x0 - ax), slope
    if abs(slope) > 0.2:
        slope = 0.0
        ay = (ay + by) / 2
    base = ay + slope * (x0 - ax)
    middle = base + slope * (x1 - x0) / 2
    if not y0 + 0.4 * (y1 - y0) <= middle <= y1 + 0.25 * (y1 - y0):
        return y0 + 0.8 * (y1 - y0), 0.0
    return base, slope


def _runs(parts: NDArray[np.int32], x0: float, x1: float, gap: float) -> list[tuple[float, float]]:
    """Stretches of ink between ``x0`` and ``x1`` that no gap of ``gap`` pixels interrupts."""
    # (A dash is two pixels high.)
    solid = parts[(np.maximum(parts[:, 2], parts[:, 3]) > 2) & (parts[:, 4] > 4)]
    ends = sorted((max(x0, float(p[0])), min(x1, float(p[0] + p[2]))) for p in solid)
    found: list[tuple[float, float]] = []
    for first, last in ends:
        if last <= first:
            continue
        if found and first - found[-1][1] < gap:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _cut(
    gray: Gray,
    number: int,
    first: float,
    last: float,
    base: float,
    slope: float,
    em: float,
    line: TextLine | None = None,
) -> list[Strip]:
    """The stretch of a line from ``first`` to ``last``, brought to the reader's height.

    ``base`` is the y of the straight baseline at ``first``; what bends it is taken from ``line``.
    """
    scale = EM / em
    edge = 0.28 * em
    found = []
    longest = LONGEST / scale
    start = first
    while start < last:
        end = min(last, start + longest)
        left, right = start - edge, end + edge
        at = base + slope * (left - first)
        size = (max(8, round((right - left) * scale)), HEIGHT)
        # The page is turned by the slope of the line, so that the baseline lies level.
        matrix = np.array(
            [
                [1 / scale, 0, left],
                [slope / scale, 1 / scale, at - BASE / scale],
            ],
            np.float64,
        )
        if line is None or not line.bend:
            pixels = _fetched(gray, matrix, size, scale)
            found.append(Strip(pixels, number, left, 1 / scale, at, slope, em))
        else:
            found.append(_along(gray, number, left, right, at, slope, em, line))
        start = end
    return found


def _fetched(gray: Gray, back: NDArray[np.float64], size: tuple[int, int], scale: float) -> Gray:
    """The part of ``gray`` that ``back`` maps the output to; small print is not thinned out."""
    if scale < 0.7:
        x, y = back[0, 2], back[1, 2]
        wide, high = size[0] / scale, size[1] / scale
        tilt = abs(back[1, 0] * size[0])
        top, left = max(0, int(y - tilt - 2)), max(0, int(x - 2))
        piece = gray[top : int(y + high + tilt + 3), left : int(x + wide + 3)]
        if piece.size == 0:
            return np.full((size[1], size[0]), 255, np.uint8)
        small = _thinned(piece, scale)
        kx, ky = small.shape[1] / piece.shape[1], small.shape[0] / piece.shape[0]
        back = back.copy()
        back[0] = (back[0] - [0, 0, left]) * kx
        back[1] = (back[1] - [0, 0, top]) * ky
        gray = small
    way = (cv2.INTER_CUBIC if scale > 1.15 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(gray, back, size, flags=way, borderValue=255)
    return np.asarray(out, np.uint8)


def _along(
    gray: Gray,
    number: int,
    left: float,
    right: float,
    base: float,
    slope: float,
    em: float,
    line: TextLine,
) -> Strip:
    """A strip of a bent line: every column of it is taken from beside the baseline there."""
    ax, _, bx, _ = line.baseline
    scale = EM / em
    knots = np.linspace(left, right, 2 + round((right - left) / em))
    bend = tuple(bent(line.bend, ax, bx, knots).tolist())
    x = left + np.arange(max(8, round((right - left) * scale))) / scale
    y = base + slope * (x - left) + bent(bend, left, right, x)
    pixels = _fetched_along(gray, x, y, scale)
    return Strip(pixels, number, left, 1 / scale, base, slope, em, bend)


def _fetched_along(gray: Gray, x: Floats, y: Floats, scale: float) -> Gray:
    """The pixels beside a baseline that runs through each ``x`` and ``y``, a column for each."""
    rows = (np.arange(HEIGHT) - BASE)[:, None] / scale
    x0, y0 = max(0, int(x[0] - 2)), max(0, int(y.min() + rows[0, 0] - 2))
    piece = gray[y0 : max(0, int(y.max() + rows[-1, 0] + 3)), x0 : max(0, int(x[-1] + 3))]
    if piece.size == 0:
        return np.full((HEIGHT, len(x)), 255, np.uint8)
    small = _thinned(piece, scale) if scale < 0.7 else piece
    kx, ky = small.shape[1] / piece.shape[1], small.shape[0] / piece.shape[0]
    from_x = np.repeat(((x - x0) * kx)[None], HEIGHT, axis=0).astype(np.float32)
    from_y = ((y - y0 + rows) * ky).astype(np.float32)
    way = cv2.INTER_CUBIC if scale > 1.15 else cv2.INTER_LINEAR
    border = cv2.BORDER_CONSTANT
    out = cv2.remap(small, from_x, from_y, way, borderMode=border, borderValue=255)
    return np.asarray(out, np.uint8)


def _thinned(piece: Gray, scale: float) -> Gray:
    size = (max(1, round(piece.shape[1] * scale)), max(1, round(piece.shape[0] * scale)))
    return np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA), np.uint8)
