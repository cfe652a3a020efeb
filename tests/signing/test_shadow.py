"""Shadow attacks, swaps of fonts and colours, overrides, and the updates that must be accepted."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from pyhanko.sign.fields import MDPPerm

from sohoa_signing.verify.policy import Verdict
from tests.signing.kit import (
    append_update,
    judge,
    last_xref,
    make_pdf,
    numbers,
    object_body,
    sign,
    stream_body,
    trailer_of,
)
from tests.signing.test_attacks import rejected
from tests.signing.test_sign import certified


def prepared(pdf: pikepdf.Pdf) -> bytes:
    output = io.BytesIO()
    pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return output.getvalue()


@pytest.fixture(scope="module")
def shadow(authority) -> tuple[bytes, dict[str, int]]:
    """What the attacker prepares before the victim signs: an overlay over the real content, a
    second page tree, a font and a colour profile that the page uses."""
    pdf = pikepdf.open(io.BytesIO(make_pdf()))
    page = pdf.pages[0].obj
    cover = pdf.make_stream(b"1 g 100 100 300 40 re f")
    cover.stream_dict = Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 595, 842])
    page.Resources.XObject.Cover = cover
    program = pdf.make_stream(b"a font program")
    descriptor = pdf.make_indirect(
        Dictionary(Type=Name.FontDescriptor, FontName=Name("/Thu"), Flags=4, FontFile2=program)
    )
    page.Resources.Font = Dictionary(
        F1=Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/Thu"), FontDescriptor=descriptor
        )
    )
    page.Contents = pdf.make_stream(page.Contents.read_bytes() + b" /Cover Do")
    profile = pdf.make_stream(b"an ICC profile", N=3)
    pdf.Root.OutputIntents = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFA1,
                    OutputConditionIdentifier="sRGB",
                    DestOutputProfile=profile,
                )
            )
        ]
    )
    hidden = pdf.make_indirect(
        Dictionary(
            Type=Name.Page,
            MediaBox=[0, 0, 595, 842],
            Contents=pdf.make_stream(b"0 g 0 0 595 842 re f"),
            Resources=Dictionary(),
        )
    )
    other = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([hidden]), Count=1))
    hidden.Parent = other
    pdf.Root.PieceInfo = Dictionary(Spare=other)
    # Numbers change when the file is written: find the objects by what they are.
    data = prepared(pdf)
    with pikepdf.open(io.BytesIO(data)) as again:
        first = again.pages[0].obj
        names = {
            "cover": first.Resources.XObject.Cover.objgen[0],
            "font": first.Resources.Font.F1.FontDescriptor.objgen[0],
            "program": first.Resources.Font.F1.FontDescriptor.FontFile2.objgen[0],
            "profile": again.Root.OutputIntents[0].DestOutputProfile.objgen[0],
            "other": again.Root.PieceInfo.Spare.objgen[0],
        }
    signed = sign(data, authority).pdf
    assert judge(signed, authority.policy()).verdict is Verdict.VALID
    return signed, names


def freed(pdf: bytes, number: int) -> bytes:
    """An update that only declares an object free: nothing is written but the table."""
    root, size = trailer_of(pdf)
    here = len(pdf)
    return pdf + (
        f"xref\n0 1\n{number:010d} 65535 f \n{number} 1\n0000000000 00001 f \n"
        f"trailer\n<< /Size {size} /Root {root} /Prev {last_xref(pdf)} >>\n"
        f"startxref\n{here}\n%%EOF\n"
    ).encode("latin-1")


def test_shadow_hide(shadow, authority):
    """The overlay's object is declared free: what lay below appears."""
    signed, names = shadow
    rejected(freed(signed, names["cover"]), authority)
    empty = stream_body(b"", "/Type /XObject /Subtype /Form /BBox [0 0 595 842]")
    rejected(append_update(signed, {names["cover"]: empty}), authority, "changed_page_content")


def test_shadow_replace(shadow, authority):
    """A font's descriptor or program changes: the same codes show other letters."""
    signed, names = shadow
    body = object_body(signed, names["font"]).replace(b"/Flags 4", b"/Flags 32")
    rejected(append_update(signed, {names["font"]: body}), authority, "changed_page_content")
    swapped = stream_body(b"another program")
    rejected(append_update(signed, {names["program"]: swapped}), authority, "changed_page_content")


def test_shadow_hide_and_replace(shadow, authority):
    """The catalog turns to the page tree that was hidden in the signed bytes."""
    signed, names = shadow
    where = numbers(signed)
    root = object_body(signed, where["root"])
    turned = re.sub(rb"/Pages\s+\d+ 0 R", b"/Pages %d 0 R" % names["other"], root)
    assert turned != root
    rejected(append_update(signed, {where["root"]: turned}), authority, "changed_pages")
    pages = object_body(signed, names["other"])
    rejected(append_update(signed, {where["pages"]: pages}), authority)


def test_colour_profile_swapped(shadow, authority):
    signed, names = shadow
    swapped = stream_body(b"another profile", "/N 3")
    rejected(append_update(signed, {names["profile"]: swapped}), authority, "changed_catalog")


def test_override_from_an_object_stream(shadow, authority):
    """New content arrives compressed, listed by a cross-reference stream only."""
    signed, _ = shadow
    where = numbers(signed)
    page = object_body(signed, where["page"])
    body = page[: page.rindex(b">>")] + b"/Rotate 180 >>"
    packed = b"%d 0 " % where["page"] + body
    first = len(b"%d 0 " % where["page"])
    box, table = where["free"], where["free"] + 1
    data = bytearray(signed)
    places = {box: len(data)}
    data += b"%d 0 obj\n" % box
    data += stream_body(packed, f"/Type /ObjStm /N 1 /First {first}") + b"\nendobj\n"
    places[table] = len(data)
    rows = {
        where["page"]: b"\x02" + box.to_bytes(4, "big") + b"\x00",
        box: b"\x01" + places[box].to_bytes(4, "big") + b"\x00",
        table: b"\x01" + places[table].to_bytes(4, "big") + b"\x00",
    }
    index = " ".join(f"{number} 1" for number in sorted(rows))
    fields = (
        f"/Type /XRef /W [1 4 1] /Index [{index}] /Size {table + 1} "
        f"/Root {where['root']} 0 R /Prev {last_xref(signed)}"
    )
    data += b"%d 0 obj\n" % table
    data += stream_body(b"".join(rows[n] for n in sorted(rows)), fields) + b"\nendobj\n"
    data += b"startxref\n%d\n%%%%EOF\n" % places[table]
    rejected(bytes(data), authority, "changed_page_content")


def annotated(pdf: bytes, annotation: bytes, *extra: bytes) -> bytes:
    where = numbers(pdf)
    page = object_body(pdf, where["page"])
    new = re.sub(rb"/Annots\s*\[([^\]]*)\]", rb"/Annots [\1 %d 0 R]" % where["free"], page)
    if new == page:
        new = page[: page.rindex(b">>")] + b"/Annots [%d 0 R] >>" % where["free"]
    bodies = {where["page"]: new, where["free"]: annotation}
    bodies |= {where["free"] + 1 + i: body for i, body in enumerate(extra)}
    return append_update(pdf, bodies)


NOTE = b"<< /Type /Annot /Subtype /Text /Rect [500 700 520 720] /Contents (Da xem) /F 4 >>"
LIGHT = (
    b"<< /Type /Annot /Subtype /Highlight /Rect [100 600 300 612] /F 4 /C [1 1 0] "
    b"/QuadPoints [100 612 300 612 100 600 300 600] >>"
)


@pytest.mark.parametrize("annotation", [NOTE, LIGHT])
def test_notes_are_accepted_where_the_certification_allows_them(paper, authority, annotation):
    allowed = certified(paper, authority, MDPPerm.ANNOTATE)
    report = judge(annotated(allowed, annotation), authority.policy())
    assert report.verdict is Verdict.VALID, (report.code, report.signatures)
    assert report.signatures[0].details["later_changes"][0]["kinds"][0] == "annotation"
    forbidden = certified(paper, authority, MDPPerm.FILL_FORMS)
    rejected(annotated(forbidden, annotation), authority, "added_annotation")


@pytest.mark.parametrize(
    "evil",
    [
        b"/Subtype /FreeText /Rect [0 0 595 842] /DA (1 g) /Contents (Khac)",
        b"/Subtype /Stamp /Rect [0 0 595 842] /AP << /N %d 0 R >>",
        b"/Subtype /Square /Rect [0 0 595 842] /IC [1 1 1]",
        b"/Subtype /Redact /Rect [0 0 595 842]",
        b"/Subtype /Text /Rect [0 0 595 842]",
        b"/Subtype /Text /Rect [9 9 20 20] /AP << /N %d 0 R >>",
        b"/Subtype /Highlight /Rect [0 0 595 842] /C [0 0 0]",
        b"/Subtype /Highlight /Rect [0 0 595 842] /C [1 1 0] /AP << /N %d 0 R >>",
        b"/Subtype /Text /Rect [9 9 20 20] /A << /S /URI /URI (http://x) >>",
        b"/Subtype /Link /Rect [0 0 595 842] /A << /S /URI /URI (http://x) >>",
    ],
)
def test_evil_annotations_are_rejected_even_there(paper, authority, evil):
    """P=3 lets people comment; it does not let them paint over the page."""
    allowed = certified(paper, authority, MDPPerm.ANNOTATE)
    form = numbers(allowed)["free"] + 1
    body = b"<< /Type /Annot /F 4 " + (evil % form if b"%d" in evil else evil) + b" >>"
    paint = stream_body(
        b"1 g 0 0 595 842 re f", "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
    )
    rejected(annotated(allowed, body, paint), authority, "added_annotation", "added_action")


# --- tagged documents -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tagged(authority) -> bytes:
    pdf = pikepdf.open(io.BytesIO(make_pdf()))
    page = pdf.pages[0].obj
    tree = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    document = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=tree))
    text = pdf.make_indirect(
        Dictionary(Type=Name.StructElem, S=Name.P, P=document, Pg=page, K=0, Alt="Van ban")
    )
    document.K = Array([text])
    tree.K = Array([document])
    tree.ParentTree = pdf.make_indirect(Dictionary(Nums=Array([0, pdf.make_indirect([text])])))
    tree.ParentTreeNextKey = 1
    page.StructParents = 0
    pdf.Root.StructTreeRoot = tree
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    return sign(prepared(pdf), authority).pdf


def signed_like_acrobat(pdf: bytes, authority, element: bytes = b"/S /Form") -> bytes:
    """A second signature whose update also lists its field in the structure tree.

    The update of our own writer is taken apart and written again with the tree, before it is
    signed: as Acrobat does it, in one revision.
    """
    from unittest import mock

    from sohoa_signing import fast_lane
    from sohoa_signing.pdf_text import text_of
    from sohoa_signing.update import Update

    real = fast_lane._register

    def register(update: Update, widget: int) -> None:
        real(update, widget)
        view = update.view
        tree_ref = view.root["StructTreeRoot"]
        tree = text_of(view, tree_ref)
        document_ref = view.array(tree.value["K"])[0]
        document = text_of(view, document_ref)
        page = view.first_page()
        form = update.add(
            b"<< /Type /StructElem %s /P %d %d R /Pg %d %d R /K << /Type /OBJR /Obj %d 0 R >> >>"
            % (element, *document_ref, *page, widget)
        )
        kids = document.child(view, "K")
        update.put(document_ref, document.edited({"K": kids.appended(b"%d 0 R" % form)}))
        parents_ref = tree.value["ParentTree"]
        parents = text_of(view, parents_ref)
        nums = parents.child(view, "Nums").appended(b"1 %d 0 R" % form)
        update.put(parents_ref, parents.edited({"Nums": nums}))
        update.put(tree_ref, tree.edited({"ParentTreeNextKey": b"2"}))

    with mock.patch.object(fast_lane, "_register", register):
        return sign(pdf, authority, "rsa").pdf


def test_a_signature_in_a_tagged_document_may_grow_its_tree(tagged, authority):
    assert judge(tagged, authority.policy()).verdict is Verdict.VALID
    twice = signed_like_acrobat(tagged, authority)
    report = judge(twice, authority.policy())
    assert report.verdict is Verdict.VALID, (report.code, report.signatures[0].details)
    assert len(report.signatures) == 2


def test_the_tree_may_grow_by_nothing_else(tagged, authority):
    other = signed_like_acrobat(tagged, authority, b"/S /Form /Alt (Van ban khac)")
    rejected(other, authority, "changed_catalog")
    other = signed_like_acrobat(tagged, authority, b"/S /P")
    rejected(other, authority, "changed_catalog")
    with pikepdf.open(io.BytesIO(tagged)) as document:
        number = document.Root.StructTreeRoot.K[0].K[0].objgen[0]
    changed = object_body(tagged, number).replace(b"(Van ban)", b"(Da sua)")
    assert b"Da sua" in changed
    rejected(append_update(tagged, {number: changed}), authority, "changed_catalog")
