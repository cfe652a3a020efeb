"""The picture of one place on a page, for the person who decides about it."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
from PIL import ImageDraw

from sohoa_core.errors import InputUnreadable
from sohoa_core.i18n import N_

_DPI = 150
#: Millimetres of surroundings that are shown with a place.
_MARGIN = (12.0, 6.0)
_LARGEST = 4000


def cut(pdf: bytes, page: int, box: tuple[float, ...] | None, *, dpi: int = _DPI) -> bytes:
    """A PNG of ``box`` (millimetres of the displayed page) with its surroundings, framed in red.

    Without a box it is the whole page, smaller. Raises ``InputUnreadable`` when the page is
    not there.
    """
    try:
        with pdfium.PdfDocument(pdf) as document:
            sheet = document[page - 1]
            width, height = sheet.get_size()
            crop = (0.0, 0.0, 0.0, 0.0)
            scale = min(dpi / 72, _LARGEST / max(width, height, 1.0))
            if box is None:
                scale = min(scale, 1000 / max(height, 1.0))
            else:
                x0, y0, x1, y1 = (value * 72 / 25.4 for value in box)
                mx, my = (value * 72 / 25.4 for value in _MARGIN)
                left, top = max(0.0, x0 - mx), max(0.0, y0 - my)
                right, bottom = min(width, x1 + mx), min(height, y1 + my)
                if right - left < 8 or bottom - top < 8:
                    left, top, right, bottom = 0.0, 0.0, width, height
                crop = (left, height - bottom, width - right, top)
            image = sheet.render(scale=scale, crop=crop).to_pil().convert("RGB")
            if box is not None:
                frame = [
                    (x0 - crop[0]) * scale - 3,
                    (y0 - crop[3]) * scale - 3,
                    (x1 - crop[0]) * scale + 3,
                    (y1 - crop[3]) * scale + 3,
                ]
                if frame[2] > frame[0] and frame[3] > frame[1]:
                    ImageDraw.Draw(image).rectangle(frame, outline=(200, 30, 30), width=2)
    except (pdfium.PdfiumError, IndexError, ValueError) as error:
        raise InputUnreadable(detail=N_("the page is not in the file")) from error
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
