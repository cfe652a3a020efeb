"""Attacks on signed PDFs: every one is built here byte by byte and must be rejected."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest

from sohoa_core.errors import ExitCode
from sohoa_signing.sign import SignerRole
from sohoa_signing.verify.policy import Integrity, Verdict
from tests.signing.kit import (
    append_update,
    judge,
    make_pdf,
    numbers,
    object_body,
    replace_once,
    sign,
    signature_span,
    stream_body,
)

PIECES = rb"/ByteRange\s*\[[^\]]*\]"
CONTENTS = rb"/Contents\s*<[0-9a-fA-F]*>"


def signature_dictionary(pdf: bytes) -> tuple[int, bytes]:
    """Number and source of the newest signature dictionary."""
    at = pdf.rindex(b"/ByteRange")
    head = list(re.finditer(rb"(?<!\d)(\d+) 0 obj\s*", pdf[:at]))[-1]
    return int(head[1]), pdf[head.end() : pdf.index(b"endobj", at)].strip()


def field_number(pdf: bytes) -> int:
    found = re.findall(rb"(?<!\d)(\d+) 0 obj\s*<<(?:(?!endobj).)*?/FT\s*/Sig", pdf, re.S)
    return int(found[-1])


def rejected(pdf: bytes, authority, *codes: str):
    report = judge(pdf, authority.policy())
    assert report.verdict in (Verdict.INVALID, Verdict.MALFORMED), (report.verdict, report.code)
    assert report.integrity in (Integrity.BROKEN, Integrity.MALFORMED)
    assert report.exit_code in (ExitCode.SIGNATURE_INVALID, ExitCode.UNREADABLE_INPUT)
    if codes:
        told = {report.code, *(p for s in report.signatures for p in s.details["problems"])}
        assert told & set(codes), told
    return report


def test_the_target_of_the_attacks_is_valid(once, twice, authority):
    assert judge(once, authority.policy()).verdict is Verdict.VALID
    assert judge(twice, authority.policy()).verdict is Verdict.VALID


# --- universal signature forgery: parts of the signature missing or empty ---------------------


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (CONTENTS, b"/Contents <>"),
        (CONTENTS, b"/Contents null"),
        (CONTENTS, b"/Contents 0"),
        (CONTENTS, b"/Contents ()"),
        (CONTENTS, b"/Contents <00>"),
        (CONTENTS, b""),
        (PIECES, b"/ByteRange null"),
        (PIECES, b"/ByteRange []"),
        (PIECES, b"/ByteRange [0 0 0 0]"),
        (PIECES, b"/ByteRange [0 -1 5 9]"),
        (PIECES, b"/ByteRange [0 1 2]"),
        (PIECES, b"/ByteRange 0"),
        (PIECES, b""),
    ],
)
def test_usf_emptied_in_place(once, authority, pattern, new):
    """The entry is emptied where it stands; spaces keep all offsets."""
    attacked = replace_once(once, pattern, lambda m: new.ljust(len(m[0])))
    rejected(attacked, authority, "contents", "byte_range", "gap")


@pytest.mark.parametrize(
    "body",
    [
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached >>",
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <> >>",
        b"<< /Type /Sig /Contents <3003> /ByteRange null >>",
        b"[]",
        b"(x)",
    ],
)
def test_usf_dictionary_replaced_by_update(once, authority, body):
    number, _ = signature_dictionary(once)
    rejected(append_update(once, {number: body}), authority)


def test_signature_value_removed_by_update(once, authority):
    field = field_number(once)
    body = re.sub(rb"/V\s+\d+ 0 R", b"", object_body(once, field))
    rejected(append_update(once, {field: body}), authority, "signature_removed")


def test_form_removed_by_update(once, authority):
    where = numbers(once)
    body = re.sub(rb"/AcroForm\s+\d+ 0 R", b"", object_body(once, where["root"]))
    assert b"AcroForm" not in body
    rejected(append_update(once, {where["root"]: body}), authority, "signature_removed")


# --- incremental saving attacks: something is added after the signature -----------------------


def test_isa_page_content_replaced(once, authority):
    where = numbers(once)
    body = stream_body(b"q 1 0 0 rg 0 0 595 842 re f Q")
    rejected(append_update(once, {where["contents"]: body}), authority, "changed_page_content")


def test_isa_page_content_array_extended(once, authority):
    where = numbers(once)
    page = object_body(once, where["page"])
    page = re.sub(rb"/Contents\s+(\d+ 0 R)", rb"/Contents [\1 %d 0 R]" % where["free"], page)
    attacked = append_update(
        once, {where["page"]: page, where["free"]: stream_body(b"0 0 100 100 re f")}
    )
    rejected(attacked, authority, "changed_page_content")


def test_isa_page_added(once, authority):
    where = numbers(once)
    page = re.sub(rb"/Annots\s*\[[^\]]*\]", b"", object_body(once, where["page"]))
    pages = object_body(once, where["pages"])
    pages = re.sub(rb"/Kids\s*\[", b"/Kids [%d 0 R " % where["free"], pages)
    pages = pages.replace(b"/Count 1", b"/Count 2")
    attacked = append_update(once, {where["free"]: page, where["pages"]: pages})
    rejected(attacked, authority, "changed_pages")


def test_isa_page_removed_and_reordered(authority):
    signed = sign(make_pdf(pages=3), authority).pdf
    where = numbers(signed)
    pages = object_body(signed, where["pages"])
    kids = re.search(rb"/Kids\s*\[(.*?)\]", pages, re.S)
    references = re.findall(rb"\d+ 0 R", kids[1])
    fewer = pages.replace(kids[0], b"/Kids [" + b" ".join(references[:2]) + b"]")
    fewer = fewer.replace(b"/Count 3", b"/Count 2")
    rejected(append_update(signed, {where["pages"]: fewer}), authority, "changed_pages")
    turned = pages.replace(kids[0], b"/Kids [" + b" ".join(reversed(references)) + b"]")
    rejected(append_update(signed, {where["pages"]: turned}), authority, "changed_pages")


@pytest.mark.parametrize(
    "extra", [b"/Rotate 180", b"/CropBox [0 0 300 300]", b"/UserUnit 2", b"/AA << /O 1 0 R >>"]
)
def test_isa_page_attribute_changed(once, authority, extra):
    where = numbers(once)
    page = object_body(once, where["page"])
    changed = page[: page.rindex(b">>")] + extra + b" >>"
    rejected(append_update(once, {where["page"]: changed}), authority, "changed_page_content")


def test_isa_attribute_inherited_from_the_page_tree(once, authority):
    where = numbers(once)
    pages = object_body(once, where["pages"])
    changed = pages[: pages.rindex(b">>")] + b" /Rotate 90 >>"
    rejected(append_update(once, {where["pages"]: changed}), authority, "changed_page_content")


@pytest.mark.parametrize("kind", [b"/FreeText", b"/Stamp", b"/Square", b"/Widget"])
def test_isa_annotation_laid_over_the_page(once, authority, kind):
    where = numbers(once)
    page = object_body(once, where["page"])
    page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % where["free"], page)
    if b"/Annots" not in page:
        page = page[: page.rindex(b">>")] + b"/Annots [%d 0 R] >>" % where["free"]
    form = where["free"] + 1
    annotation = (
        b"<< /Type /Annot /Subtype " + kind + b" /Rect [0 0 595 842] /F 4 "
        b"/AP << /N %d 0 R >> >>" % form
    )
    drawing = stream_body(
        b"1 g 0 0 595 842 re f", "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    )
    attacked = append_update(once, {where["page"]: page, where["free"]: annotation, form: drawing})
    rejected(attacked, authority, "added_annotation", "changed_annotation")


def test_isa_unsigned_field_as_overlay(once, authority):
    """A new signature field without signature but with a picture is an overlay, not a field."""
    where = numbers(once)
    with pikepdf.open(io.BytesIO(once)) as document:
        form_number = document.Root.AcroForm.objgen[0]
    form = object_body(once, form_number)
    form = re.sub(rb"/Fields\s*\[([^\]]*)\]", rb"/Fields [\1 %d 0 R]" % where["free"], form)
    page = re.sub(
        rb"/Annots\s*\[([^\]]*)\]",
        rb"/Annots [\1 %d 0 R]" % where["free"],
        object_body(once, where["page"]),
    )
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (x) /F 4 /Rect [0 0 595 842] "
        b"/AP << /N %d 0 R >> /P %d 0 R >>" % (where["free"] + 1, where["page"])
    )
    drawing = stream_body(
        b"1 g 0 0 595 842 re f", "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    )
    attacked = append_update(
        once,
        {form_number: form, where["page"]: page, where["free"]: field, where["free"] + 1: drawing},
    )
    rejected(attacked, authority, "added_overlay")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "added_action"),
        (b"/AA << /WC << /S /JavaScript /JS (1) >> >>", "added_action"),
        (b"/Names << /JavaScript << /Names [] >> >>", "added_action"),
        (b"/OCProperties << /OCGs [] /D << >> >>", "changed_layers"),
        (b"/PageLabels << /Nums [0 << /S /r >>] >>", "changed_catalog"),
        (b"/NeedsRendering true", "changed_catalog"),
    ],
)
def test_isa_catalog_entry_added(once, authority, entry, code):
    where = numbers(once)
    root = object_body(once, where["root"])
    changed = root[: root.rindex(b">>")] + entry + b" >>"
    rejected(append_update(once, {where["root"]: changed}), authority, code)


def test_isa_image_bytes_swapped(once, authority):
    with pikepdf.open(io.BytesIO(once)) as document:
        number = document.pages[0].Resources.XObject.Im0.objgen[0]
    body = stream_body(
        b"\x00" * 12,
        "/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceRGB "
        "/BitsPerComponent 8",
    )
    rejected(append_update(once, {number: body}), authority, "changed_page_content")


def test_isa_new_catalog(once, authority):
    where = numbers(once)
    root = object_body(once, where["root"])
    attacked = append_update(once, {where["free"]: root}, root=f"{where['free']} 0 R")
    rejected(attacked, authority, "changed_catalog", "signature_removed")


def test_isa_without_xref(once, authority):
    """Objects appended bare: a tolerant reader that rebuilds its tables would take them."""
    where = numbers(once)
    body = stream_body(b"0 0 595 842 re f")
    bare = once + b"%d 0 obj\n" % where["contents"] + body + b"\nendobj\n"
    rejected(bare, authority)
    rejected(bare + b"%%EOF\n", authority)


def test_isa_startxref_points_back(once, authority):
    where = numbers(once)
    body = stream_body(b"0 0 595 842 re f")
    old = int(re.findall(rb"startxref\s+(\d+)", once)[-1])
    rejected(append_update(once, {where["contents"]: body}, startxref=old), authority)


def test_isa_startxref_of_the_signed_revision_lies(once, authority):
    """The newest table sits inside the signed bytes: not a revision of its own."""
    old = int(re.findall(rb"startxref\s+(\d+)", once)[-2])
    rejected(once + f"startxref\n{old}\n%%EOF\n".encode(), authority)


def test_isa_object_hidden_in_an_update(once, authority):
    """Defined in the update, listed nowhere: only a rebuilding reader would show it."""
    where = numbers(once)
    attacked = append_update(
        once,
        {
            where["contents"]: stream_body(b"0 0 595 842 re f"),
            where["free"]: b"<< /Producer (x) >>",
        },
        unlisted=(where["contents"],),
    )
    rejected(attacked, authority, "object_unlisted")


def test_isa_object_twice_in_an_update(once, authority):
    where = numbers(once)
    body = b"%d 0 obj\n" % where["free"] + b"<< /A 1 >>\nendobj\n"
    attacked = append_update(once, {where["free"]: b"<< /B 2 >>"}, before=body)
    rejected(attacked, authority, "object_twice")


def test_isa_object_redirected_into_signed_bytes(once, authority):
    where = numbers(once)
    other = re.search(rb"(?<!\d)%d 0 obj" % where["pages"], once).start()
    attacked = append_update(once, {}, offsets={where["contents"]: other})
    rejected(attacked, authority)


def test_isa_garbage_between_objects(once, authority):
    where = numbers(once)
    attacked = append_update(once, {where["free"]: b"<< >>"}, before=b"garbage here\n")
    rejected(attacked, authority, "increment_garbage")


def test_trailing_bytes_after_the_end(once, authority):
    rejected(once + b"extra", authority, "trailing_bytes")
    rejected(once + b"\n\n", authority, "trailing_bytes", "uncovered_tail")
    rejected(once + b"%comment\n", authority, "trailing_bytes")
    rejected(once + b"\x00" * 512, authority, "trailing_bytes")


# --- signature wrapping: the signed bytes are moved --------------------------------------------


def test_swa_second_part_relocated(once, authority):
    """The second signed part is copied to the end; forged objects stand in its place."""
    _, length, second, rest = signature_span(once)
    moved = once[second : second + rest]
    where = numbers(once)
    forged = append_update(
        once,
        {
            where["contents"]: stream_body(b"0 0 595 842 re f"),
            where["free"]: stream_body(moved),
        },
    )
    start = forged.index(moved, len(once))
    old = re.search(PIECES, forged)
    new = f"/ByteRange [0 {length} {start} {rest}]".encode().ljust(len(old[0]))
    attacked = forged[: old.start()] + new + forged[old.end() :]
    rejected(attacked, authority, "gap", "not_revision_end")
    rejected(attacked + moved, authority)


def test_swa_gap_holds_more_than_the_value(once, authority):
    """The gap is made wider than /Contents: unsigned bytes could hide there."""
    _, length, second, rest = signature_span(once)
    attacked = replace_once(
        once,
        PIECES,
        lambda m: f"/ByteRange [0 {length - 8} {second} {rest}]".encode().ljust(len(m[0])),
    )
    rejected(attacked, authority, "gap")


def test_swa_spaces_inside_the_value(once, authority):
    """White space in the hexadecimal string: unsigned room for other content."""
    _, _, second, _ = signature_span(once)
    attacked = once[: second - 21] + b" " * 20 + once[second - 1 :]
    assert len(attacked) == len(once)
    rejected(attacked, authority, "gap")


def test_foreign_bytes_in_the_padding(once, authority):
    _, _, second, _ = signature_span(once)
    attacked = once[: second - 9] + b"deadbeef" + once[second - 1 :]
    rejected(attacked, authority, "padding")


def test_second_contents_key(once, authority):
    """Two /Contents in one dictionary: readers differ on which one counts."""
    attacked = replace_once(
        once, rb"/Filter\s*/Adobe.PPKLite", lambda m: b"/Contents <30>".ljust(len(m[0]))
    )
    rejected(attacked, authority)


# --- damage -----------------------------------------------------------------------------------


def test_one_byte_of_the_page_changed(once, authority):
    at = once.index(b"stream") + 400
    attacked = once[:at] + bytes([once[at] ^ 1]) + once[at + 1 :]
    report = rejected(attacked, authority)
    assert report.subindication in ("HASH_FAILURE", "FORMAT_FAILURE")


@pytest.mark.parametrize("cut", [1, 6, 7, 100, 5000])
def test_file_cut(once, authority, cut):
    rejected(once[:-cut], authority)


def test_end_of_file_cut_and_padded(once, authority):
    rejected(once[:-6] + b"      ", authority)


def test_file_with_something_in_front(once, authority):
    rejected(b"GIF89a" + once, authority)


@pytest.mark.parametrize("key", [b"/M", b"/Name"])
def test_signature_dictionary_spoofed_in_place(once, authority, key):
    """Time and name stand in the signed bytes: changing them breaks the digest."""
    attacked = replace_once(
        once,
        key + rb"\s*(\([^)]*\)|<[0-9A-Fa-f]*>)",
        lambda m: m[0][:-4] + (b"9Z')" if m[0].endswith(b")") else b"0041"[1:] + b">"),
    )
    assert attacked != once
    rejected(attacked, authority, "hash")


def test_signature_dictionary_replaced_by_a_copy(once, authority):
    """A later revision repeats the dictionary with another reason; offsets no longer agree."""
    number, body = signature_dictionary(once)
    copied = body[: body.rindex(b">>")] + b"/Reason (Dong y) >>"
    rejected(append_update(once, {number: copied}), authority)


def test_field_moved_over_other_content(once, authority):
    field = field_number(once)
    body = re.sub(rb"/Rect\s*\[[^\]]*\]", b"/Rect [0 0 595 842]", object_body(once, field))
    rejected(append_update(once, {field: body}), authority)


def test_appearance_of_the_signature_swapped(once, authority):
    with pikepdf.open(io.BytesIO(once)) as document:
        number = document.Root.AcroForm.Fields[0].AP.N.objgen[0]
    drawing = stream_body(
        b"1 g 0 0 200 40 re f", "/Type /XObject /Subtype /Form /BBox [0 0 200 40]"
    )
    rejected(append_update(once, {number: drawing}), authority)


def test_one_signature_shared_by_two_fields(once, authority):
    number, _ = signature_dictionary(once)
    where = numbers(once)
    with pikepdf.open(io.BytesIO(once)) as document:
        form_number = document.Root.AcroForm.objgen[0]
    form = re.sub(
        rb"/Fields\s*\[([^\]]*)\]",
        rb"/Fields [\1 %d 0 R]" % where["free"],
        object_body(once, form_number),
    )
    twin = b"<< /FT /Sig /T (twin) /V %d 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>"
    attacked = append_update(once, {form_number: form, where["free"]: twin % number})
    rejected(attacked, authority, "signature_shared", "ranges_overlap")


def test_second_signature_does_not_heal_a_broken_first(once, authority, monkeypatch):
    where = numbers(once)
    broken = append_update(once, {where["contents"]: stream_body(b"0 0 595 842 re f")})
    # Signing refuses such a file; other software may not.
    monkeypatch.setattr("sohoa_signing.sign._check_state", lambda *_: None)
    again = sign(broken, authority, "agency", role=SignerRole.AGENCY).pdf
    report = rejected(again, authority, "changed_page_content")
    assert [s.intact for s in report.signatures] == [False, True]


def test_hybrid_tables_that_disagree(once, authority):
    """Old readers follow the table, new ones /XRefStm: they would show different pages."""
    where = numbers(once)
    evil = stream_body(b"0 0 595 842 re f")
    number, other = where["contents"], where["free"]
    base = bytearray(once)
    first = len(base)
    base += b"%d 0 obj\n" % number + evil + b"\nendobj\n"
    second = len(base)
    base += b"%d 0 obj\n" % number + stream_body(b"q Q") + b"\nendobj\n"
    stream_at = len(base)
    row = b"\x01" + second.to_bytes(4, "big") + b"\x00"
    base += (
        b"%d 0 obj\n" % other
        + stream_body(
            row,
            f"/Type /XRef /W [1 4 1] /Index [{number} 1] /Size {other + 1} /Root "
            f"{where['root']} 0 R",
        )
        + b"\nendobj\n"
    )
    table = len(base)
    previous = int(re.findall(rb"startxref\s+(\d+)", once)[-1])
    base += (
        f"xref\n{number} 1\n{first:010d} 00000 n \n{other} 1\n{stream_at:010d} 00000 n \n"
        f"trailer\n<< /Size {other + 1} /Root {where['root']} 0 R /Prev {previous} "
        f"/XRefStm {stream_at} >>\nstartxref\n{table}\n%%EOF\n"
    ).encode()
    rejected(bytes(base), authority, "hybrid_conflict", "object_twice")


def test_form_field_whose_value_and_look_differ(authority):
    """A filled value without its appearance: data say one thing, the page another."""
    pdf = pikepdf.open(io.BytesIO(make_pdf()))
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T="so",
            V="1",
            F=4,
            Rect=[10, 10, 60, 30],
        )
    )
    look = pdf.make_stream(b"BT ET")
    look.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 50, 20]
    )
    field.AP = pikepdf.Dictionary(N=look)
    pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=pikepdf.Array([field])))
    pdf.pages[0].Annots = pikepdf.Array([field])
    output = io.BytesIO()
    pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    signed = sign(output.getvalue(), authority).pdf
    typed = rb"(?<!\d)(\d+) 0 obj\s*<<(?:(?!endobj).)*?/FT\s*/Tx"
    number = int(re.findall(typed, signed, re.S)[-1])
    body = object_body(signed, number)
    split = re.sub(rb"/V\s*\(1\)", b"/V (1000000)", body)
    assert split != body
    rejected(append_update(signed, {number: split}), authority, "value_and_look_differ")
    where = numbers(signed)
    fresh = stream_body(b"BT ET q Q", "/Type /XObject /Subtype /Form /BBox [0 0 50 20]")
    filled = re.sub(rb"/N\s+\d+ 0 R", b"/N %d 0 R" % where["free"], split)
    honest = append_update(signed, {number: filled, where["free"]: fresh})
    report = judge(honest, authority.policy())
    assert report.verdict is Verdict.VALID, (report.code, report.signatures[0].details)
    assert "form_fill" in report.signatures[0].details["later_changes"][0]["kinds"]


# --- resources ---------------------------------------------------------------------------------


def test_circular_length_and_bombs_end_in_a_report(authority):
    loop = b"%PDF-1.7\n1 0 obj\n<< /Length 1 0 R /Type /XRef >>\nstream\n\nendstream\nendobj\n"
    loop += b"startxref\n9\n%%EOF\n"
    assert judge(loop, authority.policy()).verdict is Verdict.MALFORMED
    deep = b"%PDF-1.7\nxref\n0 0\ntrailer\n" + b"[" * 5000 + b"\nstartxref\n9\n%%EOF\n"
    assert judge(deep, authority.policy()).verdict is Verdict.MALFORMED
    import zlib

    bomb = zlib.compress(b"\x00" * 300_000_000, 9)
    head = b"%PDF-1.7\n"
    packed = (
        b"1 0 obj\n<< /Type /XRef /W [1 4 1] /Size 9 /Filter /FlateDecode /Length %d >>\nstream\n"
        % len(bomb)
    )
    pdf = head + packed + bomb + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    assert judge(pdf, authority.policy()).code == "malformed.flate"


def test_page_tree_loop(once, authority):
    where = numbers(once)
    pages = object_body(once, where["pages"])
    looped = re.sub(rb"/Kids\s*\[", b"/Kids [%d 0 R " % where["pages"], pages)
    rejected(append_update(once, {where["pages"]: looped}), authority)
