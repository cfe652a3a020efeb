"""Small pictures of a document's pages for a report, from its PDF.

Sizes are bounded three ways: the longer side in pixels, the number of pages, the bytes of all
pictures together. Pages that a finding points at come first.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass

from sohoa_core.limits import Limits
from sohoa_validators.reports.model import ReportPage

MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Longer side in pixels, JPEG quality, pages of one document, bytes of one report."""

    side: int = 1100
    quality: int = 60
    pages: int = 12
    total_bytes: int = 12_000_000


def page_images(
    pdf: bytes,
    *,
    wanted: Collection[int] = (),
    budget: int,
    limits: Limits,
    pictures: PictureLimits | None = None,
) -> tuple[ReportPage, ...]:
    """The pages of ``pdf``; ``wanted`` (from 1) are drawn first, ``budget`` bytes may be used.

    A page that does not fit keeps its size but no picture. A file that cannot be opened gives
    nothing: a report without pictures is still a report.
    """
    import pypdfium2

    allowed = pictures or PictureLimits()
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return ()
    try:
        count = min(len(document), limits.pages)
        order = sorted(range(1, count + 1), key=lambda number: (number not in wanted, number))
        drawn: dict[int, bytes] = {}
        for number in order[: allowed.pages]:
            try:
                jpeg = _jpeg(document[number - 1], allowed)
            except (pypdfium2.PdfiumError, ValueError, OSError, MemoryError):
                continue
            if len(jpeg) <= budget:
                budget -= len(jpeg)
                drawn[number] = jpeg
        found = []
        for number in range(1, count + 1):
            width, height = document.get_page_size(number - 1)
            found.append(
                ReportPage(
                    number, width * MM_PER_POINT, height * MM_PER_POINT, drawn.get(number, b"")
                )
            )
        return tuple(found)
    finally:
        document.close()


def _jpeg(page: object, allowed: PictureLimits) -> bytes:
    width, height = page.get_size()  # type: ignore[attr-defined]
    longer = max(width, height)
    if not 1 <= longer <= 20_000 or min(width, height) < 1:
        raise ValueError("a page of that size is not drawn")
    image = page.render(scale=allowed.side / longer).to_pil()  # type: ignore[attr-defined]
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=allowed.quality, optimize=True)
    return buffer.getvalue()
