"""The other lane: files built in unusual ways are signed with pyHanko's writer.

Same field, same marks, same CMS; only the update is written by a library that copes with
hybrid cross-references, odd forms and what else our own writer refuses.
"""

from __future__ import annotations

import io
from typing import Any

from pyhanko.pdf_utils import generic as pyhanko_generic
from pyhanko.pdf_utils import misc
from pyhanko.pdf_utils.crypt import PdfKeyNotAvailableError
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import (
    SigFieldSpec,
    SigSeedSubFilter,
    VisibleSigSettings,
)
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from sohoa_core.errors import InputEncrypted, InputUnreadable
from sohoa_signing.drawing import add_form, free_name, page_drawing
from sohoa_signing.errors import SigningRefused
from sohoa_signing.mark_place import Enlarged, Marks, Placed
from sohoa_signing.request import SignRequest

#: pyHanko leaves its constructors untyped.
generic: Any = pyhanko_generic


def sign_with_library(
    pdf: bytes,
    request: SignRequest,
    *,
    field_name: str,
    signer: str,
    reserved: int,
    make_cms: Any,
    marks: Marks,
) -> bytes:
    """``pdf`` with one signature more; ``make_cms`` turns the document's digest into CMS.

    Raises ``InputEncrypted``, ``InputUnreadable``, :class:`SigningRefused`.
    """
    try:
        return _sign(pdf, request, field_name, signer, reserved, make_cms, marks)
    except (PdfKeyNotAvailableError, misc.PdfReadError, misc.PdfWriteError) as error:
        raise InputUnreadable(detail=str(error)) from None
    except SigningError as error:
        raise SigningRefused(detail=str(error)) from None


def _sign(
    pdf: bytes,
    request: SignRequest,
    field_name: str,
    signer: str,
    reserved: int,
    make_cms: Any,
    marks: Marks,
) -> bytes:
    reader = PdfFileReader(io.BytesIO(pdf), strict=False)
    if reader.encrypted:
        raise InputEncrypted()
    writer = IncrementalPdfFileWriter.from_reader(reader)
    spec = SigFieldSpec(sig_field_name=field_name, on_page=0)
    drawing: Any = None
    mark = marks.own
    if marks.enlarged is not None:
        _enlarge(writer, marks.enlarged)
    if marks.on_page is not None:
        _draw_on_page(writer, marks.on_page)
    if mark is not None:
        spec = SigFieldSpec(
            sig_field_name=field_name,
            on_page=0,
            box=mark.box,  # type: ignore[arg-type]
            visible_sig_settings=VisibleSigSettings(
                rotate_with_page=True, scale_with_page_zoom=True, print_signature=True
            ),
        )
        drawing = _reference(writer, add_form(_adder(writer), mark.block, mark.rotation))
    embedder = PdfCMSEmbedder(new_field_spec=spec).write_cms(field_name=field_name, writer=writer)
    widget = next(embedder).get_object()
    if drawing is not None:
        widget["/AP"] = generic.DictionaryObject({pdf_name("/N"): drawing})
        writer.update_container(widget)
    embedder.send(
        SigObjSetup(
            sig_placeholder=SignatureObject(
                timestamp=request.signed_at.replace(microsecond=0),
                subfilter=SigSeedSubFilter.PADES,
                name=signer or None,
                location=request.location or None,
                reason=request.reason or None,
                bytes_reserved=2 * reserved,
            )
        )
    )
    digest, result = embedder.send(SigIOSetup(md_algorithm=request.digest, in_place=False))
    embedder.send(make_cms(digest.document_digest))
    return bytes(result.getvalue())


def _reference(writer: Any, number: int) -> Any:
    return generic.IndirectObject(number, 0, writer)


def _adder(writer: Any) -> Any:
    """Take objects as text, as :mod:`sohoa_signing.drawing` writes them."""

    def add(dictionary: bytes, content: bytes | None = None) -> int:
        holder = generic.Reference(0, 0, writer)
        entries = generic.DictionaryObject.read_from_stream(io.BytesIO(dictionary), holder)
        made = entries
        if content is not None:
            made = generic.StreamObject(entries, encoded_data=content)
        return int(writer.add_object(made).idnum)

    return add


def _enlarge(writer: Any, enlarged: Enlarged) -> None:
    """Give page 1 its larger boxes; nothing that it shows is moved."""
    page_ref, _inherited = writer.find_page_for_modification(0)
    page = page_ref.get_object()
    for name, box in (("/MediaBox", enlarged.media), ("/CropBox", enlarged.crop)):
        page[name] = generic.ArrayObject([generic.FloatObject(f"{value:.2f}") for value in box])
    writer.update_container(page)


def _draw_on_page(writer: Any, mark: Placed) -> None:
    page_ref, inherited = writer.find_page_for_modification(0)
    page = page_ref.get_object()
    add = _adder(writer)
    name = free_name([key[1:] for key in inherited.get("/XObject", {})])
    form = add_form(add, mark.block, mark.rotation)
    drawing = page_drawing(mark.block, mark.rotation, mark.box, b"/" + name.encode())
    before = _reference(writer, add(b"<<  >>", b"q"))
    after = _reference(writer, add(b"<<  >>", drawing))
    old = page.raw_get("/Contents") if "/Contents" in page else None
    resolved = page.get("/Contents")
    middle = list(resolved) if isinstance(resolved, generic.ArrayObject) else [old] if old else []
    page["/Contents"] = generic.ArrayObject([before, *middle, after])
    resources = _copy(inherited)
    images = _copy(inherited.get("/XObject", {}))
    images[pdf_name("/" + name)] = _reference(writer, form)
    resources[pdf_name("/XObject")] = images
    page["/Resources"] = resources
    writer.update_container(page)


def _copy(old: Any) -> Any:
    return generic.DictionaryObject({key: old.raw_get(key) for key in old})
