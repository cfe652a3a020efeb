"""PDF input: scanned pages keep their image bytes, other pages are rendered.

A page that shows exactly one image (with or without hidden text) hands on the bytes of that
image. Every other page (digital-born text, forms, several images) is rendered once and the
rendering is stored; the original file stays beside it in the vault.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from sohoa_core.errors import InputEncrypted
from sohoa_core.facts import FindingFact
from sohoa_core.limits import Limits
from sohoa_digitize import sniff
from sohoa_digitize.errors import (
    InputBroken,
    InputNoPages,
    InputRestricted,
)
from sohoa_digitize.findings import finding
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.pdf_image import PlacedImage, only_image
from sohoa_digitize.pdf_layer import read_layer
from sohoa_digitize.raster import check_pixels, pixels_of, recode
from sohoa_digitize.source import Pixels, Source, SourcePage, StoredImage, turn

_SIGNED = re.compile(rb"/ByteRange\s*\[")


def is_signed(data: bytes) -> bool:
    """Whether a PDF carries a digital signature (ISO 32000-1, 12.8.1: /ByteRange)."""
    return _SIGNED.search(data) is not None


def open_pdf(data: bytes, *, name: str, options: DigitizeOptions, limits: Limits) -> Source:
    """A PDF as a :class:`Source`; raises as :func:`sohoa_digitize.decode.open_source` says."""
    findings: list[FindingFact] = []
    try:
        pdf = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise InputEncrypted(where=name) from error
    except (pikepdf.PdfError, ValueError, RuntimeError, OverflowError) as error:
        raise InputBroken(where=name, detail="structure") from error
    with pdf:
        if pdf.is_encrypted:
            if not pdf.allow.extract:
                raise InputRestricted(where=name)
            findings.append(finding("digitize.owner_locked"))
        try:
            count = len(pdf.pages)
            if pdf.get_warnings():
                findings.append(finding("digitize.repaired"))
        except (pikepdf.PdfError, ValueError, RuntimeError) as error:
            raise InputBroken(where=name, detail="page tree") from error
    if count == 0:
        raise InputNoPages(where=name)
    limits.check("pages", count, where=name)
    signed = is_signed(data)
    if signed:
        findings.append(finding("digitize.signed_original"))
    return Source(
        sniff.PDF,
        count,
        partial(_pages, data, name, options, limits),
        tuple(findings),
        signed,
    )


def _pages(
    data: bytes, name: str, options: DigitizeOptions, limits: Limits, wanted: range
) -> Iterator[SourcePage]:
    try:
        shown = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise InputBroken(where=name, detail="structure") from error
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            shown.init_forms()
            if len(shown) != len(pdf.pages):
                raise InputBroken(where=name, detail="page tree")
            for index in wanted:
                try:
                    page = _page(pdf, shown, index, name, options, limits)
                except (pikepdf.PdfError, pypdfium2.PdfiumError, RuntimeError) as error:
                    raise InputBroken(where=name, detail=f"page {index + 1}") from error
                yield page
    finally:
        shown.close()


def _page(
    pdf: pikepdf.Pdf,
    shown: pypdfium2.PdfDocument,
    index: int,
    name: str,
    options: DigitizeOptions,
    limits: Limits,
) -> SourcePage:
    number = index + 1
    view = shown[index]
    try:
        width_pt, height_pt = view.get_size()
        if not (math.isfinite(width_pt) and math.isfinite(height_pt)):
            raise InputBroken(where=name, detail=f"page {number}")
        placed = only_image(pdf, index, limits)
        if placed is not None:
            stored, dpi, rotation = placed.stored, placed.dpi, placed.rotation
            check_pixels(stored.width, stored.height, limits=limits, name=name)
            raw = _image_pixels(placed, view, name)
            if raw is not None:
                pixels = turn(raw, rotation)
                return _with_layer(view, number, stored, pixels, dpi, rotation, False, options)
        scale = options.render_dpi / 72
        width, height = math.ceil(width_pt * scale), math.ceil(height_pt * scale)
        check_pixels(width, height, limits=limits, name=name)
        stored, pixels = _render(view, scale)
        dpi = (stored.width / width_pt * 72, stored.height / height_pt * 72)
        return _with_layer(view, number, stored, pixels, dpi, 0, True, options)
    finally:
        view.close()


def _with_layer(
    view: Any,
    number: int,
    stored: StoredImage,
    pixels: Pixels,
    dpi: tuple[float, float],
    rotation: int,
    rendered: bool,
    options: DigitizeOptions,
) -> SourcePage:
    notes: list[FindingFact] = []
    layer = None
    if options.trust_text_layer:
        layer, junk = read_layer(view, pixels)
        if junk:
            notes.append(finding("digitize.junk_text_layer", page=number))
    if rendered:
        notes.append(finding("digitize.rendered", page=number, dpi=round(dpi[0])))
    dpi = (round(dpi[0], 2), round(dpi[1], 2))
    return SourcePage(
        number,
        stored,
        lambda: pixels,
        dpi,
        True,
        rotation,
        layer,
        not rendered,
        rendered,
        tuple(notes),
    )


def _image_pixels(placed: PlacedImage, view: Any, name: str) -> Pixels | None:
    """The pixels of the stored image, not turned; None when no decoder can show them."""
    if placed.stored.filter == "DCTDecode":
        try:
            image = Image.open(io.BytesIO(placed.stored.data), formats=["JPEG"])
            if image.size == (placed.stored.width, placed.stored.height):
                return pixels_of(image)
        except (OSError, ValueError, SyntaxError):
            return None
        return None
    for thing in view.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        bitmap = thing.get_bitmap(render=False)
        if (bitmap.width, bitmap.height) != (placed.stored.width, placed.stored.height):
            return None
        return pixels_of(bitmap.to_pil())
    return None


def _render(view: Any, scale: float) -> tuple[StoredImage, Pixels]:
    """The page as an image: sixteen grays, or colours as JPEG of high quality."""
    bitmap = view.render(scale=scale, may_draw_forms=True, fill_color=(255, 255, 255, 255))
    image = bitmap.to_pil().convert("RGB")
    pixels = np.asarray(image)
    spread = pixels.max(axis=2).astype(np.int16) - pixels.min(axis=2)
    if int(spread.max(initial=0)) <= 24:
        gray = np.asarray(image.convert("L"))
        return _sixteen_grays(gray), gray
    coded = io.BytesIO()
    image.save(coded, "JPEG", quality=88, optimize=True, subsampling=0)
    stored = StoredImage(coded.getvalue(), image.width, image.height, "DCTDecode", "rgb", 8)
    return stored, pixels


def _sixteen_grays(gray: Pixels) -> StoredImage:
    """Smoothed black print needs no more than 16 levels; they take a third of the bytes."""
    levels = ((gray.astype(np.uint16) + 8) // 17).astype(np.uint8)
    image = Image.fromarray(levels)
    image.putpalette([value for level in range(16) for value in (level * 17,) * 3])
    coded = io.BytesIO()
    image.save(coded, "PNG", bits=4, compress_level=9)
    from sohoa_digitize.raster import _png

    again = Image.open(io.BytesIO(coded.getvalue()), formats=["PNG"])
    return _png(coded.getvalue(), again) or recode(Image.fromarray(gray))
