"""Image files (JPEG, PNG, TIFF, JPEG 2000, WebP): pixels for reading, their bytes to keep.

No pixel is decoded before the stated size was checked against the limits, and a file whose
data ends early is an error, never half a page.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageFile, UnidentifiedImageError

from sohoa_core.errors import InputTooLarge, InputUnreadable
from sohoa_core.facts import FindingFact
from sohoa_core.limits import Limits
from sohoa_digitize import sniff
from sohoa_digitize.errors import InputBroken, InputNoPages, InputTruncated
from sohoa_digitize.findings import finding
from sohoa_digitize.source import Pixels, Source, SourcePage, StoredImage, turn
from sohoa_digitize.tiff_jpeg import tiff_jpeg

#: A4 in inches; the sheet that is assumed when a file states no believable resolution.
A4_INCHES = (210 / 25.4, 297 / 25.4)

#: EXIF orientation -> clockwise turn; mirrored ones (2, 4, 5, 7) do not come from scanners.
_EXIF_TURN = {1: 0, 3: 180, 6: 90, 8: 270}

#: Names of the kinds in Pillow.
_PILLOW = {
    sniff.JPEG: "JPEG",
    sniff.PNG: "PNG",
    sniff.TIFF: "TIFF",
    sniff.JP2: "JPEG2000",
    sniff.WEBP: "WEBP",
}
#: Kinds that PDF/A-2 does not take as they are, or only in some forms; stored without loss.
_OTHERS = (sniff.JP2, sniff.WEBP)

_FAULTS = (
    OSError,
    ValueError,
    SyntaxError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
    MemoryError,
)


@contextmanager
def image_faults(name: str) -> Iterator[None]:
    """Pillow under our limits (checked before every load) and our errors."""
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (InputUnreadable, InputTooLarge) as error:
        error.where = error.where or name
        raise
    except UnidentifiedImageError as error:
        raise InputBroken(where=name, detail="header") from error
    except _FAULTS as error:
        text = str(error).lower()
        if "truncat" in text or "unexpected end" in text or isinstance(error, EOFError):
            raise InputTruncated(where=name, detail="image data") from error
        raise InputBroken(where=name, detail=type(error).__name__) from error
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def check_pixels(width: int, height: int, *, limits: Limits, name: str) -> None:
    """Raise ``InputTooLarge`` or ``InputBroken`` for sizes that must not be decoded."""
    if width <= 0 or height <= 0:
        raise InputBroken(where=name, detail=f"{width} x {height} pixels")
    limits.check("page_side", max(width, height), where=name)
    limits.check("page_pixels", width * height, where=name)


def believable_dpi(
    stated: tuple[float, float] | None, width: int, height: int
) -> tuple[tuple[float, float], bool]:
    """Resolution of an image, and whether it was stated.

    Cameras and editors write 72 or 96 for "unknown"; where that would make a sheet larger
    than A2 or smaller than a stamp, the sheet is taken to be A4 lying the way the image does.
    """
    if stated and stated[0] > 0 and stated[1] > 0:
        inches = max(width / stated[0], height / stated[1])
        if 1.0 <= inches <= 24.0 and min(stated) >= 50:
            return (round(stated[0], 2), round(stated[1], 2)), True
    short, long_ = sorted((width, height))
    # The sheet must hold the image in both directions, so the larger resolution counts.
    guess = max(short / A4_INCHES[0], long_ / A4_INCHES[1])
    dpi = max(20.0, round(guess, 2))
    return (dpi, dpi), False


def open_raster(data: bytes, media_type: str, *, name: str, limits: Limits) -> Source:
    """An image file as a :class:`Source`."""
    formats = [_PILLOW[media_type]]
    findings: list[FindingFact] = []
    with image_faults(name):
        image = Image.open(io.BytesIO(data), formats=formats)
        check_pixels(*image.size, limits=limits, name=name)
        count = int(getattr(image, "n_frames", 1))
        if count < 1:
            raise InputNoPages(where=name)
        if media_type != sniff.TIFF and count > 1:
            findings.append(finding("digitize.more_frames", frames=count))
            count = 1
        limits.check("pages", count, where=name)
    return Source(
        media_type,
        count,
        partial(_pages, data, media_type, name, limits),
        tuple(findings),
    )


def _pages(
    data: bytes, media_type: str, name: str, limits: Limits, wanted: range
) -> Iterator[SourcePage]:
    for index in wanted:
        with image_faults(name):
            image = Image.open(io.BytesIO(data), formats=[_PILLOW[media_type]])
            if index:
                image.seek(index)
            check_pixels(*image.size, limits=limits, name=name)
            page = _page(data, image, media_type, index + 1, name)
        yield page


def _page(data: bytes, image: Image.Image, media_type: str, number: int, name: str) -> SourcePage:
    # Pillow turns TIFF pages by their tag while loading; then the stored image is upright.
    orientation = int(image.getexif().get(0x0112, 1))
    stored: StoredImage | None = None
    reason = ""
    if media_type == sniff.JPEG:
        image.load()  # the whole image must be there before its bytes may be passed on
        stored = _jpeg(data, image)
    elif media_type == sniff.PNG:
        stored = _png(data, image)
        image.load()
    elif media_type in _OTHERS:
        image.load()
        reason = sniff.NAMES[media_type]
    elif orientation == 1:
        stored = _tiff_g4(data, image) or tiff_jpeg(data, image)
        image.load()
    else:
        image.load()
    rotation = 0
    if media_type == sniff.TIFF:
        pass
    elif media_type in _OTHERS and orientation not in _EXIF_TURN:
        image = _upright(image, orientation)
    elif orientation in _EXIF_TURN:
        rotation = _EXIF_TURN[orientation]
    else:
        stored, reason = None, "mirrored"
        image = _upright(image, orientation)
    if stored is None:
        stored = recode(image)
        reason = reason or "coding"
    dpi, dpi_stated = believable_dpi(_stated_dpi(image), stored.width, stored.height)
    notes: tuple[FindingFact, ...] = ()
    if reason == "mirrored" or media_type in _OTHERS:
        notes = (finding("digitize.recoded", page=number, reason=reason),)
    pixels: Callable[[], Pixels] = partial(_upright_pixels, image, rotation)
    return SourcePage(number, stored, pixels, dpi, dpi_stated, rotation, findings=notes)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        7: Image.Transpose.TRANSVERSE,
    }.get(orientation)
    return image.transpose(method) if method is not None else image


def _upright_pixels(image: Image.Image, rotation: int) -> Pixels:
    return turn(pixels_of(image), rotation)


def pixels_of(image: Image.Image) -> Pixels:
    """``image`` as 8-bit gray or RGB; transparency shows white paper."""
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        # 16-bit gray comes as 0..65535; anything else is stretched to what it holds.
        top = 65535.0 if values.max(initial=0.0) > 255 else 255.0
        return (np.clip(values, 0, top) * (255.0 / top)).astype(np.uint8)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        paper.alpha_composite(layer)
        return np.asarray(paper.convert("RGB"))
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _stated_dpi(image: Image.Image) -> tuple[float, float] | None:
    dpi = image.info.get("dpi")
    try:
        return (float(dpi[0]), float(dpi[1])) if dpi else None
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None


# --- Passing the file's own bytes on ---------------------------------------------------------


def _jpeg(data: bytes, image: Image.Image) -> StoredImage | None:
    colour = {"L": "gray", "RGB": "rgb", "CMYK": "cmyk"}.get(image.mode)
    if colour is None:
        return None
    # Adobe writes CMYK inverted and says so in its own marker (APP14).
    inverted = colour == "cmyk" and "adobe" in image.info
    icc = image.info.get("icc_profile")
    return StoredImage(
        data,
        image.width,
        image.height,
        "DCTDecode",
        colour,
        8,
        decode=(1.0, 0.0) * 4 if inverted else None,
        icc=icc if isinstance(icc, bytes) else None,
    )


_PNG_COLOURS = {0: ("gray", 1), 2: ("rgb", 3), 3: ("indexed", 1)}


def _png(data: bytes, image: Image.Image) -> StoredImage | None:
    """The IDAT data as it is: PDF's PNG predictor is the same filter."""
    pieces: list[bytes] = []
    palette: bytes | None = None
    header: tuple[int, ...] | None = None
    position = 8
    while position + 12 <= len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR" and length == 13:
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"PLTE":
            palette = body
        elif kind == b"tRNS":
            return None
        elif kind == b"IDAT":
            pieces.append(body)
        elif kind == b"IEND":
            break
        position += 12 + length
    if header is None:
        return None
    width, height, bits, colour_type, _, _, interlaced = header
    if colour_type not in _PNG_COLOURS or interlaced:
        return None
    colour, components = _PNG_COLOURS[colour_type]
    if colour == "indexed" and not palette:
        return None
    parms: dict[str, int | bool] = {
        "Predictor": 15,
        "Colors": components,
        "BitsPerComponent": bits,
        "Columns": width,
    }
    return StoredImage(
        b"".join(pieces), width, height, "FlateDecode", colour, bits, parms, palette=palette
    )


def _tag(image: Any, tag: int, default: Any = None) -> Any:
    return image.tag_v2.get(tag, default)


_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def _tiff_g4(data: bytes, image: Image.Image) -> StoredImage | None:
    """A single-strip G4 page as it is; other codings are stored anew without loss."""
    if _tag(image, 259) != 4 or image.mode != "1":
        return None
    offsets, counts = _tag(image, 273), _tag(image, 279)
    if not offsets or not counts or len(offsets) != 1 or len(counts) != 1:
        return None
    strip = data[offsets[0] : offsets[0] + counts[0]]
    if len(strip) != counts[0]:
        raise InputTruncated(detail="strip")
    if _tag(image, 266, 1) == 2:
        strip = strip.translate(_REVERSED)
    parms: dict[str, int | bool] = {"K": -1, "Columns": image.width, "Rows": image.height}
    if _tag(image, 262) == 1:  # BlackIsZero
        parms["BlackIs1"] = True
    return StoredImage(strip, image.width, image.height, "CCITTFaxDecode", "gray", 1, parms)


def recode(image: Image.Image) -> StoredImage:
    """``image`` in a lossless coding: G4 for two levels, else the PNG filter and deflate."""
    icc = image.info.get("icc_profile")
    if image.mode == "1":
        return g4(image)
    if image.mode.startswith("I;16"):
        coded = io.BytesIO()
        image.save(coded, "PNG")
    else:
        pixels = pixels_of(image)
        if pixels.ndim == 3 and bool((pixels[:, :, :1] == pixels).all()):
            pixels = np.ascontiguousarray(pixels[:, :, 0])
        coded = io.BytesIO()
        Image.fromarray(pixels).save(coded, "PNG", compress_level=6)
    again = Image.open(io.BytesIO(coded.getvalue()), formats=["PNG"])
    stored = _png(coded.getvalue(), again)
    if stored is None:  # pragma: no cover - what we wrote is plain by construction
        raise InputBroken(detail="recoding")
    if isinstance(icc, bytes) and image.mode == "RGB" and stored.colour == "rgb":
        stored = replace(stored, icc=icc)
    return stored


def g4(image: Image.Image) -> StoredImage:
    """A two-level image (mode ``1``) as one CCITT G4 strip."""
    coded = io.BytesIO()
    # In one strip, and with ink as ones, as fax codes are shortest; asked for white as zero
    # Pillow would turn the pixels one by one.
    ink = ImageChops.invert(image)
    ink.save(coded, "TIFF", compression="group4", tiffinfo={278: image.height})
    data = coded.getvalue()
    written = Image.open(io.BytesIO(data), formats=["TIFF"])
    stored = _tiff_g4(data, written)
    if stored is None:  # pragma: no cover - what we wrote is one strip by construction
        raise InputBroken(detail="recoding")
    parms = {name: value for name, value in stored.parms.items() if name != "BlackIs1"}
    return replace(stored, parms=parms)
