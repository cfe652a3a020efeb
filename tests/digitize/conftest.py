"""Pages drawn for these tests: printed Vietnamese on white paper, as small as can be read."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from sohoa_core.limits import Limits
from sohoa_digitize.options import DigitizeOptions

FONTS = Path("/usr/share/fonts/truetype/liberation2")
#: (x, y, size in pixels, style, text) on an A5 page at 200 dpi.
Item = tuple[int, int, int, str, str]

LETTERHEAD: tuple[Item, ...] = (
    (60, 80, 30, "Regular", "UBND HUYỆN BẮC SƠN"),
    (40, 125, 30, "Bold", "UBND XÃ TÂN THÀNH"),
    (90, 190, 32, "Regular", "Số: 15/QĐ-UBND"),
    (480, 80, 30, "Bold", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (600, 125, 31, "Bold", "Độc lập - Tự do - Hạnh phúc"),
    (560, 190, 32, "Italic", "Tân Thành, ngày 05 tháng 01 năm 2024"),
    (480, 290, 36, "Bold", "QUYẾT ĐỊNH"),
    (330, 345, 34, "Bold", "Về việc công nhận tổ dân phố văn hóa"),
    (
        130,
        440,
        33,
        "Regular",
        "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19/6/2015;",
    ),
    (80, 490, 33, "Regular", "Theo đề nghị của công chức văn hóa và các tổ dân phố trong xã."),
    (60, 700, 26, "BoldItalic", "Nơi nhận:"),
    (60, 740, 25, "Regular", "- Như Điều 3;"),
    (60, 775, 25, "Regular", "- Lưu: VT."),
    (740, 700, 32, "Bold", "CHỦ TỊCH"),
    (690, 930, 32, "Bold", "Nguyễn Văn Bình"),
)


@cache
def _font(style: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"LiberationSerif-{style}.ttf"), size)


def draw(
    items: tuple[Item, ...] = LETTERHEAD, *, size: tuple[int, int] = (1165, 1100)
) -> Image.Image:
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for x, y, height, style, text in items:
        pen.text((x, y), text, font=_font(style, height), fill=(20, 20, 20))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def empty_pdf(
    change: Callable[[pikepdf.Pdf], None] | None = None, *, pages: int = 1, **save: object
) -> bytes:
    pdf = pikepdf.Pdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(200, 200))
    if change is not None:
        change(pdf)
    buffer = io.BytesIO()
    pdf.save(buffer, **save)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def letterhead() -> Image.Image:
    return draw()


@pytest.fixture(scope="session")
def options() -> DigitizeOptions:
    return DigitizeOptions()


@pytest.fixture(scope="session")
def limits() -> Limits:
    return Limits()
