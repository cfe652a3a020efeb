"""The pages of an input as small gray pictures: cheap to make, enough to know a sheet by.

Nothing is read from them but separator sheets. A file that cannot be shown in full is an
error, because the page that cannot be seen could be a sheet.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import pypdfium2
from PIL import Image

from sohoa_core.limits import Limits
from sohoa_digitize import sniff
from sohoa_digitize.decode import open_source
from sohoa_digitize.errors import InputBroken
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.raster import check_pixels, image_faults, pixels_of
from sohoa_digitize.source import Pixels

#: The longer side in pixels; 100 dpi for A4.
SIDE = 1200
#: The same for a second, closer look.
CLOSE = 2400
#: The kinds of images that are read, as Pillow calls them.
FORMATS = ("JPEG", "PNG", "TIFF", "JPEG2000", "WEBP")


@dataclass(frozen=True, slots=True, eq=False)
class SmallPage:
    """One page; ``number`` counts from 1, ``close`` makes a larger picture of it."""

    number: int
    gray: Pixels
    close: Callable[[], Pixels]


def small_pages(data: bytes, *, name: str, limits: Limits) -> tuple[int, Iterator[SmallPage]]:
    """The number of pages, and the pages one by one.

    Raises as :func:`sohoa_digitize.decode.open_source`, also while the pages are drawn.
    """
    source = open_source(data, name=name, options=DigitizeOptions(), limits=limits)
    if source.media_type == sniff.PDF:
        return source.page_count, _of_pdf(data, name, limits)
    return source.page_count, _of_image(data, source.page_count, name, limits)


def _of_pdf(data: bytes, name: str, limits: Limits) -> Iterator[SmallPage]:
    try:
        with pypdfium2.PdfDocument(data) as pdf:
            for index in range(len(pdf)):
                page = pdf[index]
                try:

                    def drawn(side: int, page: pypdfium2.PdfPage = page) -> Pixels:
                        return _render(page, side, name, limits)

                    yield SmallPage(index + 1, drawn(SIDE), partial(drawn, CLOSE))
                finally:
                    page.close()
    except pypdfium2.PdfiumError as error:
        raise InputBroken(where=name, detail="structure") from error


def _render(page: pypdfium2.PdfPage, side: int, name: str, limits: Limits) -> Pixels:
    wide, high = page.get_size()
    if not (math.isfinite(wide) and math.isfinite(high)) or min(wide, high) <= 0:
        raise InputBroken(where=name, detail="page size")
    scale = side / max(wide, high)
    check_pixels(math.ceil(wide * scale), math.ceil(high * scale), limits=limits, name=name)
    bitmap = page.render(scale=scale, grayscale=True, fill_color=(255, 255, 255, 255))
    try:
        return np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
    finally:
        bitmap.close()


def _of_image(data: bytes, count: int, name: str, limits: Limits) -> Iterator[SmallPage]:
    for index in range(count):

        def drawn(side: int, index: int = index) -> Pixels:
            with image_faults(name):
                image = Image.open(io.BytesIO(data), formats=FORMATS)
                if index:
                    image.seek(index)
                check_pixels(*image.size, limits=limits, name=name)
                # JPEG decodes to a half, a quarter or an eighth at a fraction of the cost.
                image.draft("L", (side, side))
                gray = pixels_of(image)
                if gray.ndim == 3:
                    gray = np.asarray(cv2.cvtColor(gray, cv2.COLOR_RGB2GRAY))
                scale = side / max(gray.shape)
                if scale < 1.0:
                    size = (
                        max(1, round(gray.shape[1] * scale)),
                        max(1, round(gray.shape[0] * scale)),
                    )
                    gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))
                return np.ascontiguousarray(gray)

        yield SmallPage(index + 1, drawn(SIDE), partial(drawn, CLOSE))
