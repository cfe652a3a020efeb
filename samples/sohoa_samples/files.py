"""Image files as scanners and offices deliver them: JPEG, PNG, TIFF (G4 too), image PDF.

Every file carries its true resolution. Nothing in them depends on the clock.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name
from PIL import Image

Pixels = NDArray[np.uint8]

#: At or below this JPEG quality size matters more than speed.
TIGHT = 36


def _image(pixels: Pixels, *, bilevel: bool) -> Image.Image:
    image = Image.fromarray(pixels)
    return image.convert("1", dither=Image.Dither.NONE) if bilevel else image


def jpeg_bytes(pixels: Pixels, dpi: int, quality: int) -> bytes:
    """JPEG with its density in the header; low qualities are packed tightly (progressive)."""
    buffer = io.BytesIO()
    tight = quality <= TIGHT
    Image.fromarray(pixels).save(
        buffer, "JPEG", quality=quality, dpi=(dpi, dpi), subsampling=2,
        optimize=tight, progressive=tight,
    )  # fmt: skip
    return buffer.getvalue()


def write_jpeg(path: Path, pages: Sequence[Pixels], dpi: int, quality: int) -> None:
    """One page."""
    path.write_bytes(jpeg_bytes(pages[0], dpi, quality))


def write_png(path: Path, pages: Sequence[Pixels], dpi: int, *, bilevel: bool) -> None:
    """One page."""
    _image(pages[0], bilevel=bilevel).save(path, "PNG", dpi=(dpi, dpi), compress_level=6)


def write_tiff(
    path: Path, pages: Sequence[Pixels], dpi: int, quality: int, *, bilevel: bool
) -> None:
    """Any number of pages; CCITT G4 when bilevel, else JPEG inside TIFF."""
    images = [_image(page, bilevel=bilevel) for page in pages]
    # libtiff compresses RGB as it stands; as YCbCr the same JPEG quality takes a third.
    first, *rest = [image.convert("YCbCr") if image.mode == "RGB" else image for image in images]
    options = {"compression": "group4"} if bilevel else {"compression": "jpeg", "quality": quality}
    first.save(path, "TIFF", save_all=True, append_images=rest, dpi=(dpi, dpi), **options)


def _g4(pixels: Pixels) -> bytes:
    """The bare CCITT G4 data of a bilevel page, coded as Pillow does: 1 is white."""
    buffer = io.BytesIO()
    image = _image(pixels, bilevel=True)
    image.save(buffer, "TIFF", compression="group4", tiffinfo={278: image.height})
    with Image.open(buffer) as tiff:
        offsets, counts = tiff.tag_v2[273], tiff.tag_v2[279]  # type: ignore[attr-defined]
    data = buffer.getvalue()
    return b"".join(data[o : o + c] for o, c in zip(offsets, counts, strict=True))


def _page_image(
    pdf: pikepdf.Pdf, pixels: Pixels, dpi: int, quality: int, *, bilevel: bool
) -> pikepdf.Stream:
    common = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": pixels.shape[1],
        "Height": pixels.shape[0],
    }
    if bilevel:
        return pikepdf.Stream(
            pdf,
            _g4(pixels),
            {f"/{k}": v for k, v in common.items()}
            | {
                "/ColorSpace": Name.DeviceGray,
                "/BitsPerComponent": 1,
                "/Filter": Name.CCITTFaxDecode,
                "/DecodeParms": Dictionary(
                    K=-1, Columns=pixels.shape[1], Rows=pixels.shape[0], BlackIs1=True
                ),
            },
        )
    return pikepdf.Stream(
        pdf,
        jpeg_bytes(pixels, dpi, quality),
        {f"/{k}": v for k, v in common.items()}
        | {
            "/ColorSpace": Name.DeviceGray if pixels.ndim == 2 else Name.DeviceRGB,
            "/BitsPerComponent": 8,
            "/Filter": Name.DCTDecode,
        },
    )


def image_pdf_bytes(pages: Sequence[Pixels], dpi: int, quality: int, *, bilevel: bool) -> bytes:
    """A PDF that shows nothing but the scans; JPEG and G4 data are passed through as they are."""
    pdf = pikepdf.new()
    for pixels in pages:
        width, height = (side * 72 / dpi for side in (pixels.shape[1], pixels.shape[0]))
        image = _page_image(pdf, pixels, dpi, quality, bilevel=bilevel)
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, round(width, 3), round(height, 3)]),
            Resources=Dictionary(XObject=Dictionary(Im0=image)),
            Contents=pikepdf.Stream(
                pdf, f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Im0 Do Q".encode()
            ),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()
