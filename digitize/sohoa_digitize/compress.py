"""Smaller images for the archival copy, when asked for, with the loss measured and stated.

Two-level pages become CCITT G4, which loses nothing. Gray and colour pages become JPEG of a
stated quality at their full resolution; how far they are from the scan is measured on the
decoded result. What would not become clearly smaller is passed through as ever. The original
stays in the vault untouched in any case.
"""

from __future__ import annotations

import io
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from sohoa_digitize.raster import g4
from sohoa_digitize.source import Pixels, SourcePage, StoredImage, turn

#: A new coding must save at least this share of the bytes, or the old one stays.
_WORTH = 0.9
#: Colours that JPEG in the archival file can carry as they are.
_PLAIN = ("gray", "rgb", "indexed")


@dataclass(frozen=True, slots=True)
class Compressed:
    """What became of the image of one page.

    ``codec`` is ``kept``, ``g4`` (lossless) or ``jpeg`` with its ``quality``; ``psnr`` the peak
    signal-to-noise ratio against the scan in dB, None where nothing was lost.
    """

    page: int
    codec: str
    quality: int | None
    bytes_before: int
    bytes_after: int
    psnr: float | None

    def plain(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


def compress(page: SourcePage, quality: int) -> tuple[StoredImage, Compressed]:
    """The image of ``page`` in fewer bytes, or as it is; ``quality`` is JPEG's, 1 to 95."""
    old = page.stored
    kept = Compressed(page.number, "kept", None, old.size, old.size, None)
    if old.filter in ("CCITTFaxDecode", "JBIG2Decode") or old.colour not in _PLAIN:
        return old, kept
    pixels = turn(page.pixels(), -page.rotation)
    if pixels.shape[:2] != (old.height, old.width):
        return old, kept
    new, psnr, done = _two_levels(pixels, old), None, "g4"
    if new is None:
        new, psnr = _jpeg(pixels, old, quality)
        done = "jpeg"
    if new.size > _WORTH * old.size:
        return old, kept
    quality_said = quality if done == "jpeg" else None
    return new, Compressed(page.number, done, quality_said, old.size, new.size, psnr)


def _two_levels(pixels: Pixels, old: StoredImage) -> StoredImage | None:
    """G4 for an image of pure black and white; None when it has any other shade."""
    if old.filter == "DCTDecode" or old.icc is not None:
        return None
    gray = pixels
    if pixels.ndim == 3:
        if not bool((pixels == pixels[:, :, :1]).all()):
            return None
        gray = pixels[:, :, 0]
    if not bool(((gray == 0) | (gray == 255)).all()):
        return None
    return g4(Image.fromarray(np.ascontiguousarray(gray)).convert("1", dither=Image.Dither.NONE))


def _jpeg(pixels: Pixels, old: StoredImage, quality: int) -> tuple[StoredImage, float | None]:
    coded = io.BytesIO()
    Image.fromarray(pixels).save(coded, "JPEG", quality=quality, optimize=True)
    data = coded.getvalue()
    shown = np.asarray(Image.open(io.BytesIO(data), formats=["JPEG"]))
    colour = "gray" if pixels.ndim == 2 else "rgb"
    new = StoredImage(data, old.width, old.height, "DCTDecode", colour, 8)
    if old.icc is not None and old.colour == colour:
        new = replace(new, icc=old.icc)
    return new, _psnr(pixels, shown)


def _psnr(one: Pixels, other: Pixels) -> float | None:
    total = 0.0
    # In strips: the difference of a large page in wide numbers is larger than the page.
    for row in range(0, one.shape[0], 512):
        part = one[row : row + 512].astype(np.int32) - other[row : row + 512]
        total += float(np.square(part).sum(dtype=np.float64))
    error = total / one.size
    return round(10 * math.log10(255**2 / error), 2) if error else None
