"""Lanes, unusual files, files on disk; levels, keys and profiles have :mod:`test_matrix`."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

from sohoa_core.errors import InputMissing, InputUnreadable
from sohoa_signing.certificates import to_asn1
from sohoa_signing.errors import ResultNotWritten, ValidationDataMissing
from sohoa_signing.marks import Conversion, conversion_mark, officer_mark
from sohoa_signing.request import Lane, Level, SignerRole, SignRequest
from sohoa_signing.sign import sign_file, sign_pdf
from sohoa_signing.verify.policy import Verdict
from tests.signing.kit import NOW, append_update, judge, make_pdf, numbers, object_body, pdfsig

LEVELS = list(Level)


def asked(authority, level: Level = Level.B_B, **changes) -> SignRequest:
    options = {
        "role": SignerRole.OFFICER,
        "signed_at": NOW,
        "checked_at": NOW,
        "level": level,
        "crls": authority.crls() if level.long_term else (),
    }
    return SignRequest(**{**options, **changes})


def made(pdf: bytes, authority, who: str = "officer", level: Level = Level.B_B, **changes):
    stamper = authority.stamper(NOW) if level.stamped else None
    return sign_pdf(
        pdf, asked(authority, level, **changes), authority.key(who), timestamper=stamper
    )


def pyhanko_opinion(pdf: bytes, authority) -> list[bool]:
    """Whether pyHanko finds each signature intact, valid and trusted, changes included."""
    context = ValidationContext(
        trust_roots=[to_asn1(authority.root.certificate)],
        other_certs=[to_asn1(authority.middle.certificate)],
        crls=list(authority.crls()),
        moment=NOW,
        allow_fetching=False,
    )
    found = []
    for embedded in PdfFileReader(io.BytesIO(pdf)).embedded_signatures:
        if embedded.sig_object.get("/Type") == "/DocTimeStamp":
            status = validate_pdf_timestamp(embedded, validation_context=context)
            found.append(status.intact and status.valid and status.trusted)
        else:
            status = validate_pdf_signature(
                embedded, signer_validation_context=context, ts_validation_context=context
            )
            found.append(status.bottom_line)
    return found


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("lane", [Lane.FAST, Lane.LIBRARY])
def test_both_lanes_on_tables_and_streams(authority, tmp_path, lane, streams):
    pdf = make_pdf(pages=2, rotate=90, streams=streams)
    page_mark = conversion_mark(Conversion("Ủy ban nhân dân phường Thử Nghiệm", NOW))
    signed = made(
        pdf,
        authority,
        lane=lane,
        mark=officer_mark("Lê Thị Thử", NOW),
        page_mark=page_mark,
        level=Level.B_LT,
    )
    assert signed.lane is lane
    again = made(signed.pdf, authority, "rsa", role=SignerRole.AGENCY, lane=lane)
    assert judge(again.pdf, authority.policy()).verdict is Verdict.VALID
    assert pyhanko_opinion(again.pdf, authority) == [True, True]
    assert pdfsig(again.pdf, tmp_path).count("Signature is Valid.") == 2
    with pikepdf.open(io.BytesIO(again.pdf)) as document:
        first = document.pages[0]
        assert [int(a.F) & 4 for a in first.Annots] == [4, 4]
        assert len(first.Contents) == 3
        assert "SohoaMark" in first.Contents[2].read_bytes().decode()


def test_both_lanes_draw_the_same_page(authority, paper):
    from tests.signing.kit import page_pixels

    mark = officer_mark("Lê Thị Thử", NOW)
    page_mark = conversion_mark(Conversion("Ủy ban nhân dân phường Thử Nghiệm", NOW))
    pictures = [
        page_pixels(made(paper, authority, lane=lane, mark=mark, page_mark=page_mark).pdf)
        for lane in Lane
    ]
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[0] != page_pixels(paper)).any()


def test_unusual_files_go_the_other_lane_and_the_result_says_why(authority, paper):
    where = numbers(paper)
    root = object_body(paper, where["root"])
    body = root[: root.rindex(b">>")] + b"/AcroForm << /Fields [] /NeedAppearances true >> >>"
    odd = append_update(paper, {where["root"]: body})
    signed = made(odd, authority)
    assert (signed.lane, signed.lane_reason) == (Lane.LIBRARY, "form")
    assert judge(signed.pdf, authority.policy()).verdict is Verdict.VALID
    with pytest.raises(InputUnreadable):
        made(odd, authority, lane=Lane.FAST)


def test_a_form_written_into_the_catalog_is_extended_there(authority, paper):
    where = numbers(paper)
    root = object_body(paper, where["root"])
    body = root[: root.rindex(b">>")] + b"/AcroForm << /Fields [ ] /DA (/Helv 0 Tf) >> >>"
    signed = made(append_update(paper, {where["root"]: body}), authority)
    assert signed.lane is Lane.FAST
    with pikepdf.open(io.BytesIO(signed.pdf)) as document:
        assert str(document.Root.AcroForm.DA) == "/Helv 0 Tf"
        assert len(document.Root.AcroForm.Fields) == 1
    assert judge(signed.pdf, authority.policy()).verdict is Verdict.VALID


def test_long_term_levels_need_the_issuers_answers(authority, paper):
    for crls in ((), authority.crls()[:1]):
        with pytest.raises(ValidationDataMissing):
            made(paper, authority, level=Level.B_LT, crls=crls)


def test_files_on_disk(authority, paper, tmp_path):
    source, target = tmp_path / "a.pdf", tmp_path / "b.pdf"
    source.write_bytes(paper)
    for level in LEVELS:
        request = asked(authority, level, mark=officer_mark("Lê Thị Thử", NOW))
        signed = sign_file(
            source, target, request, authority.key("officer"), timestamper=authority.stamper(NOW)
        )
        data = target.read_bytes()
        assert signed.pdf == b""
        assert (signed.size, source.read_bytes()) == (len(data), paper)
        report = judge(data, authority.policy())
        assert (report.verdict, report.sha256) == (Verdict.VALID, signed.sha256)
    second = sign_file(
        target,
        target,
        asked(authority, role=SignerRole.AGENCY),
        authority.key("rsa"),
    )
    assert second.sha256 == judge(target.read_bytes(), authority.policy()).sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]
    with pytest.raises(InputMissing):
        sign_file(tmp_path / "c.pdf", target, asked(authority), authority.key("officer"))


def test_a_full_disk_leaves_the_original_and_nothing_else(authority, paper, tmp_path):
    import resource

    source = tmp_path / "a.pdf"
    source.write_bytes(paper)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(paper) + 500, limits[1]))
    try:
        with pytest.raises(ResultNotWritten):
            sign_file(source, source, asked(authority), authority.key("officer"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert source.read_bytes() == paper
    assert list(tmp_path.iterdir()) == [source]


def test_a_token_that_outgrows_its_place_gets_more_room(authority, paper):
    class Small:
        """An authority whose tokens were small so far."""

        token_size = 10

        def __init__(self) -> None:
            self.calls = 0

        def stamp(self, digest_value, digest):
            self.calls += 1
            return authority.stamper(NOW).stamp(digest_value, digest)

    stamper = Small()
    request = asked(authority, Level.B_LTA)
    signed = sign_pdf(paper, request, authority.key("officer"), timestamper=stamper)
    assert stamper.calls == 4
    assert judge(signed.pdf, authority.policy()).verdict is Verdict.VALID


def test_large_files_are_not_loaded(authority, paper, tmp_path: Path):
    """A sparse 300 MB attachment: the peak of memory grows by far less than the file."""
    from benchmarks.report import in_child
    from tests.signing.large import peak_of_signing

    source = tmp_path / "large.pdf"
    used = in_child(peak_of_signing, str(source), str(tmp_path / "signed.pdf"), 300)
    assert used["size"] > 300_000_000
    assert used["verdict"] == "VALID"
    assert used["peak_mb"] < 200
