"""Finding room for a mark on page 1, so that it never covers what the paper shows.

The page is rendered small, as a reader would show it (rotation, crop and earlier marks
included). Ink is whatever is clearly darker or more coloured than the paper around it. The
block is tried in its corner first, then in a larger zone, then there over nothing but the pale
printed ground of a certificate, then along the whole top band. Where a page has no such room,
:func:`with_strip` gives it more: a blank strip along its top edge. A block is never put over
content; :func:`find_place` finds nothing instead.
"""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium

from sohoa_core.errors import InputUnreadable
from sohoa_core.limits import Limits
from sohoa_signing.marks import MM, Corner

#: Pixels per point of the small rendering: 0.75 mm strokes still show.
SCALE = 1.25
#: Clear space kept around the block, and distance from the paper's edge, in points.
#: Darker than its surroundings by this much (of 255): no pale pattern any more.
_STRONG = 95
CLEARANCE = 2.0 * MM
EDGE = 5.0 * MM
#: PDFium must never be entered by two threads, not even for two documents.
_PDFIUM = threading.Lock()


class Zone(enum.StrEnum):
    """How far from its corner a block had to go."""

    CORNER = "corner"
    GROWN = "grown"
    PATTERN = "pattern"  # near the corner, over a pale printed ground (certificates) only
    BAND = "band"  # along the same edge, as near to the corner as there is room
    STRIP = "strip"  # in its corner of a blank strip that was added to the page
    HALF_PAGE = "half_page"
    PAGE = "page"

    @property
    def order(self) -> int:
        """0 for the corner itself, then farther and farther."""
        return list(Zone).index(self)


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a zone allows: height as a fraction of the page, own half or not, pale ground or not."""

    zone: Zone
    part: float
    own_half: bool = True
    over_pale: bool = False


#: The zones in order (engineering priors; margins are 20-25 mm).
_REACHES = (
    _Reach(Zone.CORNER, 0.12),
    _Reach(Zone.GROWN, 0.30),
    _Reach(Zone.PATTERN, 0.30, over_pale=True),
    _Reach(Zone.BAND, 0.12, own_half=False),
    _Reach(Zone.HALF_PAGE, 1.0),
    _Reach(Zone.PAGE, 1.0, own_half=False),
)
#: At the edge that the rules name, and anywhere.
NEAR = (Zone.CORNER, Zone.GROWN, Zone.PATTERN, Zone.BAND)
ANYWHERE = (*NEAR, Zone.HALF_PAGE, Zone.PAGE)

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PageView:
    """Page 1 as displayed: size in points, rotation, origin of its crop box, and its ink.

    ``strong`` is the part of the ink that is no pale pattern: letters, lines, seals. ``media``
    and ``crop`` are the page's boxes in its own coordinates.
    """

    width: float
    height: float
    rotation: int
    origin: tuple[float, float]
    ink: npt.NDArray[np.bool_]
    strong: npt.NDArray[np.bool_]
    media: Box = (0.0, 0.0, 0.0, 0.0)
    crop: Box = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block goes: box in points from the lower left of the page as displayed."""

    box: Box
    zone: Zone


def look_at_first_page(pdf: bytes | Path, limits: Limits | None = None) -> PageView:
    """Render page 1 small and find its ink; raises ``InputUnreadable`` when that fails."""
    with _PDFIUM:
        return _look(pdf, limits or Limits())


def _look(pdf: bytes | Path, rules: Limits) -> PageView:
    try:
        document = pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError as error:
        raise InputUnreadable(detail=str(error)) from None
    try:
        if len(document) == 0:
            raise InputUnreadable(detail="the document has no page")
        # Without the form environment earlier marks (widgets) would be invisible here.
        document.init_forms()
        page = document[0]
        width, height = page.get_size()
        rules.check("page_pixels", width * height * SCALE * SCALE)
        rules.check("page_side", max(width, height) * SCALE)
        if min(width, height) < 1:
            raise InputUnreadable(detail="page 1 has no area")
        media, crop = page.get_mediabox(), page.get_cropbox()
        bitmap = page.render(scale=SCALE, may_draw_forms=True, draw_annots=True)
        picture = bitmap.to_numpy().copy()
        rotation = page.get_rotation()
    except pdfium.PdfiumError as error:
        raise InputUnreadable(detail=str(error)) from None
    finally:
        document.close()
    ink, strong = find_ink(picture)
    return PageView(width, height, rotation, crop[:2], ink, strong, media, crop)


def find_ink(
    picture: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which pixels of a rendered page carry ink (text, lines, seals, pictures, dark edges), and
    which of them are stronger than the pale printed ground of a certificate."""
    darkest = picture
    if picture.ndim == 3:
        blue, green, red = (np.ascontiguousarray(picture[..., i]) for i in range(3))
        darkest = np.asarray(cv2.min(cv2.min(blue, green), red), dtype=np.uint8)
    # Paper is the local bright level: uneven light and yellow paper must not count as ink.
    side = max(15, (min(darkest.shape) // 12) | 1)
    paper = cv2.blur(cv2.dilate(darkest, np.ones((9, 9), np.uint8)), (side, side))
    contrast = paper.astype(np.int16) - darkest
    return _without_dust((contrast > 38) | (darkest < 90)), _without_dust(
        (contrast > _STRONG) | (darkest < 90)
    )


def _without_dust(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    # Single specks are dust, not content: a mark may lie over them.
    opened = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        opened, connectivity=8, ltype=cv2.CV_32S
    )
    small = np.zeros(count, dtype=bool)
    small[1:] = stats[1:, cv2.CC_STAT_AREA] <= 3
    result: npt.NDArray[np.bool_] = opened.astype(bool) & ~small[labels]
    return result


def occupy(view: PageView, box: tuple[float, float, float, float]) -> PageView:
    """The same page with ``box`` taken, so that the next block keeps away from it."""
    rows, columns = view.ink.shape
    ink, strong = view.ink.copy(), view.strong.copy()
    x0, x1 = (int(x * columns / view.width) for x in (box[0], box[2]))
    y0, y1 = (int((view.height - y) * rows / view.height) for y in (box[3], box[1]))
    for mask in (ink, strong):
        mask[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1] = True
    return replace(view, ink=ink, strong=strong)


def find_place(
    view: PageView,
    corner: Corner,
    width: float,
    height: float,
    *,
    zones: tuple[Zone, ...] = ANYWHERE,
    clearance: float = CLEARANCE,
) -> Place | None:
    """The place nearest to ``corner`` where a block of this size (points) covers no ink.

    ``None`` when there is none in ``zones``. ``clearance`` is kept free around the block.
    """
    if corner in (Corner.BOTTOM_LEFT, Corner.BOTTOM_RIGHT):
        top = Corner.TOP_LEFT if corner is Corner.BOTTOM_LEFT else Corner.TOP_RIGHT
        turned = replace(view, ink=view.ink[::-1], strong=view.strong[::-1])
        mirrored = find_place(turned, top, width, height, zones=zones, clearance=clearance)
        if mirrored is None:
            return None
        x0, y0, x1, y1 = mirrored.box
        box = (x0, round(view.height - y1, 2), x1, round(view.height - y0, 2))
        return replace(mirrored, box=box)
    rows, columns = view.ink.shape
    per_x, per_y = columns / view.width, rows / view.height
    block_w = int(np.ceil((width + 2 * clearance) * per_x))
    block_h = int(np.ceil((height + 2 * clearance) * per_y))
    if block_w > columns or block_h > rows:
        return None
    margin = max(0.0, EDGE - clearance)
    first_x, first_y = int(margin * per_x), int(margin * per_y)
    last_x = max(first_x, columns - first_x - block_w)
    last_y = max(first_y, rows - first_y - block_h)
    xs = np.arange(min(first_x, columns - block_w), min(last_x, columns - block_w) + 1)
    ys = np.arange(min(first_y, rows - block_h), min(last_y, rows - block_h) + 1)
    inked = _sums(view.ink, xs, ys, block_w, block_h)
    middle = xs + block_w / 2
    own_half = middle <= columns / 2 if corner is Corner.TOP_LEFT else middle >= columns / 2
    everywhere = np.ones_like(own_half)
    if not own_half.any() or width > view.width / 2:
        own_half = everywhere
    aside = xs - first_x if corner is Corner.TOP_LEFT else last_x - xs
    # Down costs more than aside: the marks belong to the top edge.
    distance = aside[None, :] + 1.5 * (ys[:, None] - first_y)
    for reach in _REACHES:
        if reach.zone not in zones:
            continue
        covered = _sums(view.strong, xs, ys, block_w, block_h) if reach.over_pale else inked
        half = own_half if reach.own_half else everywhere
        allowed = (covered == 0) & half[None, :] & ((ys + block_h) <= reach.part * rows)[:, None]
        if allowed.any():
            best = np.where(allowed, distance, np.inf)
            return _place(view, xs, ys, best, block_w, block_h, width, height, reach.zone)
    return None


def with_strip(view: PageView, height: float) -> PageView:
    """The page with a blank strip of this height (points) along its top edge as displayed.

    Its content stays where it is in the page's own coordinates: only the boxes grow, on the
    side that the page's rotation shows at the top.
    """
    rows, columns = view.ink.shape
    blank = np.zeros((round(height * rows / view.height), columns), dtype=bool)
    side, grows = {0: (3, height), 90: (0, -height), 180: (1, -height), 270: (2, height)}[
        view.rotation % 360
    ]
    crop = list(view.crop)
    crop[side] = round(crop[side] + grows, 2)
    media = [
        *(min(a, b) for a, b in zip(view.media[:2], crop[:2], strict=True)),
        *(max(a, b) for a, b in zip(view.media[2:], crop[2:], strict=True)),
    ]
    return replace(
        view,
        height=view.height + height,
        origin=(crop[0], crop[1]),
        ink=np.vstack([blank, view.ink]),
        strong=np.vstack([blank, view.strong]),
        media=(media[0], media[1], media[2], media[3]),
        crop=(crop[0], crop[1], crop[2], crop[3]),
    )


def _sums(
    mask: npt.NDArray[np.bool_],
    xs: npt.NDArray[np.int64],
    ys: npt.NDArray[np.int64],
    block_w: int,
    block_h: int,
) -> npt.NDArray[np.int64]:
    """How many pixels of ``mask`` a block covers, for every place of its upper left corner."""
    total = cv2.integral(mask.astype(np.uint8)).astype(np.int64)
    top, left = int(ys[0]), int(xs[0])
    rows, columns = len(ys), len(xs)

    def corner(down: int, right: int) -> npt.NDArray[np.int64]:
        start, side = top + down, left + right
        part: npt.NDArray[np.int64] = total[start : start + rows, side : side + columns]
        return part

    covered: npt.NDArray[np.int64] = (
        corner(block_h, block_w) - corner(0, block_w) - corner(block_h, 0) + corner(0, 0)
    )
    return covered


def _place(
    view: PageView,
    xs: npt.NDArray[np.int64],
    ys: npt.NDArray[np.int64],
    score: npt.NDArray[np.float64],
    block_w: int,
    block_h: int,
    width: float,
    height: float,
    zone: Zone,
) -> Place:
    row, column = np.unravel_index(int(np.argmin(score)), score.shape)
    rows, columns = view.ink.shape
    x = (xs[column] + block_w / 2) * view.width / columns - width / 2
    top = (ys[row] + block_h / 2) * view.height / rows - height / 2
    x = min(max(0.0, float(x)), max(0.0, view.width - width))
    y = min(max(0.0, view.height - float(top) - height), max(0.0, view.height - height))
    box = (round(x, 2), round(y, 2), round(x + width, 2), round(y + height, 2))
    return Place(box, zone)


def to_user_space(
    view: PageView, box: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """``box`` of the displayed page in the page's own coordinates (before ``/Rotate``)."""
    x0, y0, x1, y1 = box
    left, bottom = view.origin
    width, height = view.width, view.height
    turned = {
        0: (x0, y0, x1, y1),
        90: (height - y1, x0, height - y0, x1),
        180: (width - x1, height - y1, width - x0, height - y0),
        270: (y0, width - x1, y1, width - x0),
    }[view.rotation % 360]
    return (
        round(turned[0] + left, 2),
        round(turned[1] + bottom, 2),
        round(turned[2] + left, 2),
        round(turned[3] + bottom, 2),
    )
