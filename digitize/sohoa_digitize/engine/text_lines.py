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
    """A line as layout analysis found it: its box and two points of its baseline (pixels)."""

    box: PixelBox
    baseline: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Strip:
    """A piece of a line, ready to be read.

    ``pixels`` is :data:`HEIGHT` high; pixel ``x`` of it is ``left + x * step`` on the page,
    where the baseline has the y ``base`` at ``left`` and rises ``slope`` a pixel. ``line`` is
    the number of its text line, ``em`` the size of its print in pixels of the page.
    """

    pixels: Gray
    line: int
    left: float
    step: float
    base: float
    slope: float
    em: float


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

    ``baseline`` is where layout analysis thinks that it is; of two columns beside each other it
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


def strips(gray: Gray, ink: Ink, lines: Sequence[TextLine]) -> list[Strip]:
    """Every line cut at its wide gaps and brought to the reader's height."""
    found: list[Strip] = []
    usual = usual_em(ink)
    for number, line in enumerate(lines):
        x0, y0, x1, y1 = line.box
        base, slope = _baseline(line)
        parts = ink.parts[
            (ink.parts[:, 0] < x1)
            & (ink.parts[:, 0] + ink.parts[:, 2] > x0)
            & (ink.parts[:, 1] < y1)
            & (ink.parts[:, 1] + ink.parts[:, 3] > y0)
        ]
        for first, last in _runs(parts, x0, x1, GAP * usual):
            level = parts[(parts[:, 0] >= first - 1) & (parts[:, 0] < last)].copy()
            level[:, 1] -= np.round(slope * (level[:, 0] - first)).astype(np.int32)
            own, em = stand_of(level, base + slope * (first - x0), usual)
            found += _cut(gray, number, first, last, own, slope, em)
    return found


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
    gray: Gray, number: int, first: float, last: float, base: float, slope: float, em: float
) -> list[Strip]:
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
        pixels = _fetched(gray, matrix, size, scale)
        found.append(Strip(pixels, number, left, 1 / scale, at, slope, em))
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
        small = cv2.resize(
            piece,
            (max(1, round(piece.shape[1] * scale)), max(1, round(piece.shape[0] * scale))),
            interpolation=cv2.INTER_AREA,
        )
        kx, ky = small.shape[1] / piece.shape[1], small.shape[0] / piece.shape[0]
        back = back.copy()
        back[0] = (back[0] - [0, 0, left]) * kx
        back[1] = (back[1] - [0, 0, top]) * ky
        gray = np.asarray(small, np.uint8)
    way = (cv2.INTER_CUBIC if scale > 1.15 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(gray, back, size, flags=way, borderValue=255)
    return np.asarray(out, np.uint8)
