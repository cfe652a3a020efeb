"""What is signed ends where its revision ends: nothing may go on in bytes that came later."""

from __future__ import annotations

import io

import pikepdf
import pytest

from sohoa_signing.verify.changes import changes_after
from sohoa_signing.verify.facts import read_file
from sohoa_signing.verify.policy import Integrity, Verdict
from sohoa_signing.verify.qpdf_look import open_strictly, qpdf_look
from sohoa_signing.verify.revisions import Document
from sohoa_signing.verify.windows import LoadedBeginning
from tests.signing.kit import append_update, judge, make_pdf, numbers, object_body, sign

#: Where the open end of the attacks goes on, far behind what is signed.
FAR = 120_000


def _with_contents(extra: bytes) -> tuple[bytes, int]:
    """A page that draws its own content and then the object ``extra``; its number."""
    pdf = make_pdf()
    known = numbers(pdf)
    page = object_body(pdf, known["page"])
    first = b"/Contents %d 0 R" % known["contents"]
    assert first in page
    both = b"/Contents [%d 0 R %d 0 R]" % (known["contents"], known["free"])
    return append_update(pdf, {known["page"]: page.replace(first, both), known["free"]: extra}), (
        known["free"]
    )


def _update_with_comment(signed: bytes, closing: bytes) -> bytes:
    """A harmless update (the document's title), led by a comment with ``closing`` at FAR."""
    length = FAR - len(signed) - 1
    comment = b"%" + b"x" * length + closing + b"\n"
    with pikepdf.open(io.BytesIO(signed)) as document:
        info = document.trailer.Info.objgen[0] if "/Info" in document.trailer else 0
    free = numbers(signed)["free"]
    return append_update(
        signed,
        {info or free: b"<< /Title (Thu) >>"},
        trailer=f"/Info {info or free} 0 R ",
        before=comment,
    )


@pytest.fixture(scope="module")
def open_stream(authority) -> bytes:
    """A content stream that is broken as signed, and whole after somebody's update."""
    # Its data start where the length is counted from; the first try finds out where.
    place = _with_contents(b"<< /Length 000000 >>\nstream\nq Q")[0].index(b"stream\nq Q") + 7
    pdf, _ = _with_contents(b"<< /Length %06d >>\nstream\nq Q" % (FAR - place))
    signed = sign(pdf, authority).pdf
    assert len(signed) < FAR
    later = _update_with_comment(signed, b"endstream endobj")
    assert later[FAR : FAR + 9] == b"endstream"
    return later


@pytest.fixture(scope="module")
def open_string(authority) -> bytes:
    """A dictionary whose string is never closed in what is signed."""
    pdf, _ = _with_contents(b"<< /A (")
    signed = sign(pdf, authority).pdf
    return _update_with_comment(signed, b") /Length 0 >> stream\nendstream endobj")


def test_a_stream_may_not_go_on_behind_what_is_signed(open_stream, authority):
    report = judge(open_stream, authority.policy())
    assert (report.verdict, report.integrity) == (Verdict.INVALID, Integrity.BROKEN)


def test_our_own_look_alone_finds_it(open_stream):
    facts = read_file(open_stream, max_inflated=10_000_000)
    (signature,) = facts.signatures
    assert changes_after(facts, signature, 2).problems == ("changed_structure",)


def test_the_other_look_alone_finds_it(open_stream):
    end = Document(open_stream).revisions[2].end
    with open_strictly(io.BytesIO(open_stream)) as final:
        opinion, _ = qpdf_look(LoadedBeginning(open_stream, end), final)
    assert opinion != "agrees"


def test_a_string_may_not_go_on_behind_what_is_signed(open_string, authority):
    report = judge(open_string, authority.policy())
    assert report.verdict in (Verdict.INVALID, Verdict.MALFORMED)
    assert report.integrity is not Integrity.INTACT


def test_the_same_update_without_the_trick_is_accepted(authority):
    signed = sign(make_pdf(), authority).pdf
    report = judge(_update_with_comment(signed, b"endstream endobj"), authority.policy())
    assert report.verdict is Verdict.VALID, report.code


def test_the_beginning_of_a_loaded_file_is_a_file():
    data = bytes(range(256)) * 4
    stream = LoadedBeginning(data, 300)
    assert stream.seek(0, io.SEEK_END) == 300
    assert stream.read() == b""
    assert stream.seek(-10, io.SEEK_END) == 290
    assert stream.read() == data[290:300]
    stream.seek(295)
    buffer = bytearray(20)
    assert stream.readinto(buffer) == 5
    assert bytes(buffer[:5]) == data[295:300]
    assert stream.readinto(memoryview(buffer)) == 0
    stream.seek(0)
    assert stream.read(7) == data[:7]
    assert stream.read(None) == data[7:300]


@pytest.mark.parametrize("revisions", [300])
def test_many_revisions_share_one_index(revisions):
    """Hundreds of small updates of a file with many objects cost little memory."""
    import tracemalloc

    pdf = make_pdf()
    free = numbers(pdf)["free"]
    pdf = append_update(pdf, {free + n: b"null" for n in range(3000)})
    for n in range(revisions):
        pdf = append_update(pdf, {free: b"%d" % n})
    tracemalloc.start()
    document = Document(pdf)
    for revision in document.revisions:
        view = document.view(revision.index)
        assert view.resolve(view.root) and view.locate(free)[0].kind in "nf"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
