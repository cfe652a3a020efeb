"""Marks laid out and placed on page 1, for whichever lane draws them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sohoa_core.i18n import N_
from sohoa_signing.errors import SigningRefused
from sohoa_signing.free_space import (
    PageView,
    Place,
    Zone,
    find_place,
    look_at_first_page,
    occupy,
    to_user_space,
)
from sohoa_signing.mark_font import find_mark_font
from sohoa_signing.marks import MM, Block, Mark, lay_out
from sohoa_signing.request import SignRequest


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


def place_marks(
    pdf: bytes | Path, request: SignRequest, *, signed_before: bool
) -> tuple[Placed | None, Placed | None]:
    """The signature's mark and the page's mark with their places; the page is looked at once.

    Raises :class:`SigningRefused` for a page mark in a file that is signed already.
    """
    if request.mark is None and request.page_mark is None:
        return None, None
    if request.page_mark is not None and signed_before:
        raise SigningRefused(detail=N_("a page mark must come before the first signature"))
    view = look_at_first_page(pdf, request.limits)
    on_page = None
    if request.page_mark is not None:
        on_page = _arrange(request.page_mark, view, request)
        view = occupy(view, on_page.place.box)
    own = _arrange(request.mark, view, request) if request.mark is not None else None
    return own, on_page


def _arrange(mark: Mark, view: PageView, request: SignRequest) -> Placed:
    """Lay the mark out and find its place: the nearest to its corner that any width gives."""
    font = find_mark_font(request.font_files)
    best: tuple[Block, Place] | None = None
    for share in (1.0, 1.25, 0.7):
        limit = min(mark.max_width * share * MM, view.width - 12 * MM)
        block = lay_out(mark, font, max_width=limit)
        place = find_place(view, mark.corner, block.width, block.height)
        if best is None or place.zone.order < best[1].zone.order:
            best = (block, place)
        if place.zone is Zone.CORNER:
            break
    assert best is not None
    return Placed(best[0], best[1], view.height, view.rotation, to_user_space(view, best[1].box))
