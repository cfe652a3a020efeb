"""Marks laid out and placed on page 1, for whichever lane draws them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sohoa_core.i18n import N_
from sohoa_signing.errors import MarkWithoutRoom, SigningRefused
from sohoa_signing.free_space import (
    ANYWHERE,
    CLEARANCE,
    EDGE,
    NEAR,
    Box,
    PageView,
    Place,
    Zone,
    find_place,
    look_at_first_page,
    occupy,
    to_user_space,
    with_strip,
)
from sohoa_signing.mark_font import find_mark_font
from sohoa_signing.marks import LEADING, MM, TIGHT_LEADING, Block, Corner, Mark, lay_out
from sohoa_signing.request import SignRequest

#: Ways to lay a block out, tried in this order: part of its usual width, leading, clearance.
_LAYOUTS = (
    (1.0, LEADING, CLEARANCE),
    (1.25, LEADING, CLEARANCE),
    (0.7, LEADING, CLEARANCE),
    (2.4, LEADING, CLEARANCE),
    (1.0, TIGHT_LEADING, CLEARANCE / 2),
    (1.25, TIGHT_LEADING, CLEARANCE / 2),
    (0.7, TIGHT_LEADING, CLEARANCE / 2),
    (2.4, TIGHT_LEADING, CLEARANCE / 2),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with its place: as displayed, and in the page's own coordinates."""

    block: Block
    place: Place
    page_height: float
    rotation: int
    box: tuple[float, float, float, float]

    @property
    def millimetres(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom from the top left of the page as displayed."""
        x0, y0, x1, y1 = self.place.box
        top, bottom = self.page_height - y1, self.page_height - y0
        return (round(x0 / MM, 2), round(top / MM, 2), round(x1 / MM, 2), round(bottom / MM, 2))


@dataclass(frozen=True, slots=True)
class Enlarged:
    """The boxes of a page that was given a blank strip of ``height`` points at its top."""

    height: float
    media: Box
    crop: Box


@dataclass(frozen=True, slots=True)
class Marks:
    """The signature's mark, the page's mark, and what the page needs to have room for them."""

    own: Placed | None = None
    on_page: Placed | None = None
    enlarged: Enlarged | None = None


def place_marks(pdf: bytes | Path, request: SignRequest, *, signed_before: bool) -> Marks:
    """The marks with their places; the page is looked at once.

    A page without room at its top is given a blank strip there, wide enough for the marks that
    later signatures bring (``request.reserve``) too: after the first signature no page may be
    changed any more. Raises :class:`SigningRefused` for a page mark in a file that is signed
    already, :class:`MarkWithoutRoom` when such a file has no free place left.
    """
    if request.mark is None and request.page_mark is None:
        return Marks()
    if request.page_mark is not None and signed_before:
        raise SigningRefused(detail=N_("a page mark must come before the first signature"))
    view = look_at_first_page(pdf, request.limits)
    wanted = [mark for mark in (request.mark, *request.reserve) if mark is not None]
    free, missing = view, False
    on_page = None
    if request.page_mark is not None:
        # Where it stands is not fixed by law: anywhere is better than a larger page.
        on_page = _arrange(request.page_mark, free, request, ANYWHERE)
        missing = on_page is None
        free = occupy(free, on_page[1].box) if on_page else free
    zones = ANYWHERE if signed_before else NEAR
    found = []
    for mark in wanted[:1] if signed_before else wanted:
        one = _arrange(mark, free, request, zones)
        missing = missing or one is None
        if one is not None:
            found.append(one)
            free = occupy(free, one[1].box)
    if not missing:
        own = found[0] if request.mark is not None else None
        return Marks(_placed(own, view), _placed(on_page, view))
    if signed_before:
        raise MarkWithoutRoom()
    return _on_strip(view, request, wanted, on_page)


def _on_strip(
    view: PageView, request: SignRequest, wanted: list[Mark], on_page: tuple[Block, Place] | None
) -> Marks:
    """The marks in a blank strip along the top edge; a page mark that has its place keeps it."""
    font = find_mark_font(request.font_files)
    if request.page_mark is not None and on_page is None:
        wanted = [*wanted, replace(request.page_mark, corner=Corner.TOP_LEFT)]
    # Half the page for each, so that left and right can stand side by side.
    half = view.width / 2 - EDGE - CLEARANCE
    blocks = [lay_out(mark, font, max_width=min(mark.max_width * MM, half)) for mark in wanted]
    if any(block.width > half + 1 for block in blocks):
        raise MarkWithoutRoom()
    sides = [
        sum(
            block.height + 2 * CLEARANCE
            for mark, block in zip(wanted, blocks, strict=True)
            if mark.corner in corners
        )
        for corners in (
            (Corner.TOP_LEFT, Corner.BOTTOM_LEFT),
            (Corner.TOP_RIGHT, Corner.BOTTOM_RIGHT),
        )
    ]
    height = round(max(sides) + EDGE, 2)
    grown = with_strip(view, height)
    placed: list[tuple[Block, Place]] = []
    top = {"left": grown.height - EDGE, "right": grown.height - EDGE}
    for mark, block in zip(wanted, blocks, strict=True):
        left = mark.corner in (Corner.TOP_LEFT, Corner.BOTTOM_LEFT)
        side = "left" if left else "right"
        x = EDGE if left else grown.width - EDGE - block.width
        y = top[side] - block.height
        top[side] = y - 2 * CLEARANCE
        box = (round(x, 2), round(y, 2), round(x + block.width, 2), round(y + block.height, 2))
        placed.append((block, Place(box, Zone.STRIP)))
    own = placed[0] if request.mark is not None else None
    if request.page_mark is not None and on_page is None:
        on_page = placed[-1]
    return Marks(
        _placed(own, grown),
        _placed(on_page, grown),
        Enlarged(height, grown.media, grown.crop),
    )


def _arrange(
    mark: Mark, view: PageView, request: SignRequest, zones: tuple[Zone, ...]
) -> tuple[Block, Place] | None:
    """Lay the mark out and find its place: the nearest to its corner that any layout gives."""
    font = find_mark_font(request.font_files)
    best: tuple[Block, Place] | None = None
    for share, leading, clearance in _LAYOUTS:
        limit = min(mark.max_width * share * MM, view.width - 12 * MM)
        block = lay_out(mark, font, max_width=limit, leading=leading)
        place = find_place(
            view, mark.corner, block.width, block.height, zones=zones, clearance=clearance
        )
        if place is not None and (best is None or place.zone.order < best[1].zone.order):
            best = (block, place)
        if place is not None and place.zone is Zone.CORNER:
            break
    return best


def _placed(found: tuple[Block, Place] | None, view: PageView) -> Placed | None:
    if found is None:
        return None
    block, place = found
    return Placed(block, place, view.height, view.rotation, to_user_space(view, place.box))
