"""Verdicts on honest files: agreement with pyHanko and pdfsig, time, trust, revocation."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import DocumentSecurityStore, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from sohoa_core.errors import ExitCode
from sohoa_signing.certificates import der, to_asn1
from sohoa_signing.demo_pki import Issued, Subject, issue, issue_crl, new_key
from sohoa_signing.sign import Profile, SignerRole
from sohoa_signing.verify.chain import TrustStores
from sohoa_signing.verify.policy import Integrity, Verdict, VerifyPolicy
from sohoa_signing.verify.report import signature_sentence
from sohoa_signing.verify.verify import trust_of, verify_pdf
from tests.signing.kit import (
    DAY,
    NOW,
    judge,
    make_pdf,
    pdfsig,
    pem,
    sign,
)


class Borrowed(TimeStamper):
    """Our local timestamp authority in pyHanko's clothes, for its document timestamps."""

    def __init__(self, stamper) -> None:
        super().__init__()
        self._stamper = stamper

    async def async_timestamp(self, message_digest, md_algorithm):
        from asn1crypto import cms

        return cms.ContentInfo.load(self._stamper.stamp(message_digest, md_algorithm))


def add_document_timestamp(pdf: bytes, authority, at=None) -> bytes:
    output = io.BytesIO()
    PdfTimeStamper(Borrowed(authority.stamper(at or NOW - timedelta(minutes=30)))).timestamp_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), "sha256", output=output
    )
    return output.getvalue()


def add_dss(pdf: bytes, authority, **crl_options) -> bytes:
    from asn1crypto import crl

    stream = io.BytesIO(pdf)
    DocumentSecurityStore.add_dss(
        stream,
        sig_contents=None,
        certs=[to_asn1(authority.middle.certificate), to_asn1(authority.root.certificate)],
        crls=[crl.CertificateList.load(data) for data in authority.crls(**crl_options)],
    )
    return stream.getvalue()


def pyhanko_status(pdf: bytes, authority, index: int = -1):
    context = ValidationContext(
        trust_roots=[to_asn1(authority.root.certificate)],
        other_certs=[to_asn1(authority.middle.certificate)],
        crls=list(authority.crls()),
        revocation_mode="soft-fail",
        allow_fetching=False,
    )
    embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[index]
    return validate_pdf_signature(embedded, signer_validation_context=context)


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("who", ["officer", "rsa"])
def test_three_verifiers_agree(paper, authority, tmp_path, who, profile):
    pdf = sign(paper, authority, who, mark=True, stamp=True, profile=profile).pdf
    assert judge(pdf, authority.policy()).verdict is Verdict.VALID
    status = pyhanko_status(pdf, authority)
    assert status.bottom_line, status.pretty_print_details()
    told = pdfsig(pdf, tmp_path)
    assert told.count("Signature is Valid") == 1, told
    assert "Total document signed" in told


def test_two_signatures_stay_valid(twice, authority, tmp_path):
    report = judge(twice, authority.policy())
    assert report.verdict is Verdict.VALID
    assert [s.field_name for s in report.signatures] == ["sohoa_officer", "sohoa_agency"]
    assert [s.covers_whole_file for s in report.signatures] == [False, True]
    assert [s.level for s in report.signatures] == ["B-B", "B-T"]
    assert report.signatures[0].details["later_changes"] == [
        {"revision": 2, "kinds": ["signature"]}
    ]
    assert report.signatures[0].details["second_look"] == "agrees"
    assert pdfsig(twice, tmp_path).count("Signature is Valid") == 2
    assert pyhanko_status(twice, authority, 0).bottom_line
    assert pyhanko_status(twice, authority, 1).bottom_line


def test_both_orders_and_compressed_tables(authority, tmp_path):
    paper = make_pdf(pages=2, streams=True)
    first = sign(paper, authority, "agency", role=SignerRole.AGENCY, mark=True).pdf
    both = sign(first, authority).pdf
    assert judge(both, authority.policy()).verdict is Verdict.VALID
    assert pdfsig(both, tmp_path).count("Signature is Valid") == 2


def test_validation_data_and_document_timestamps_are_allowed(twice, authority):
    longer = add_dss(twice, authority)
    report = judge(longer, authority.policy())
    assert report.verdict is Verdict.VALID, report.code
    assert report.signatures[1].level == "B-LT"
    archived = add_document_timestamp(longer, authority)
    again = add_document_timestamp(add_dss(archived, authority), authority, NOW)
    report = judge(again, authority.policy())
    assert report.verdict is Verdict.VALID, (report.code, report.signatures[0].details)
    assert [s.level for s in report.signatures] == ["B-LTA", "B-LTA", "DTS", "DTS"]
    kinds = [k for c in report.signatures[0].details["later_changes"] for k in c["kinds"]]
    assert {"signature", "validation_data", "timestamp"} <= set(kinds)


def test_revocation_data_inside_the_file_suffice(twice, authority):
    """Offline and without any list from the caller: the file's own material answers."""
    bare = authority.policy(crls=())
    assert judge(twice, bare).subindication == "TRY_LATER"
    assert judge(add_dss(twice, authority), bare).verdict is Verdict.VALID


# --- trust -------------------------------------------------------------------------------------


def test_nothing_is_trusted_by_default(once):
    report = judge(once, VerifyPolicy())
    assert report.verdict is Verdict.INDETERMINATE
    assert report.integrity is Integrity.INTACT
    assert report.subindication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert report.exit_code is ExitCode.UNDECIDED


def test_unknown_root(once, authority, stranger):
    policy = authority.policy(stores=TrustStores(cong_vu=(pem(stranger.root.certificate),)))
    assert judge(once, policy).subindication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_root_of_the_same_name(once, authority):
    """An anchor with the right name and another key is not the issuer."""
    twin = issue(
        Subject("Gốc thử A"),
        issuer=None,
        purpose="authority",
        since=NOW - DAY,
        until=NOW + DAY,
    )
    policy = authority.policy(stores=TrustStores(cong_vu=(pem(twin.certificate),)))
    assert judge(once, policy).verdict is Verdict.INDETERMINATE


def test_stores_are_separate(once, authority):
    anchor = (pem(authority.root.certificate),)
    policy = authority.policy(stores=TrustStores(cong_cong=anchor))
    assert judge(once, policy).signatures[0].details["store"] == "cong_cong"
    strict = authority.policy(stores=TrustStores(cong_cong=anchor), required_store="cong_vu")
    assert judge(once, strict).verdict is Verdict.INDETERMINATE
    fitting = authority.policy(stores=TrustStores(cong_vu=anchor), required_store="cong_vu")
    assert judge(once, fitting).verdict is Verdict.VALID


def test_an_anchor_for_timestamps_does_not_carry_signers(once, authority):
    policy = authority.policy(stores=TrustStores(timestamp=(pem(authority.root.certificate),)))
    assert judge(once, policy).verdict is Verdict.INDETERMINATE


def test_an_anchor_may_not_sign_documents(paper, authority):
    """A self-signed "signer" whose certificate was put among the anchors proves nothing."""
    alone = issue(
        Subject("Tự ký"), issuer=None, purpose="signing", since=NOW - DAY, until=NOW + DAY
    )
    people = {**authority.people, "alone": alone}
    from dataclasses import replace

    own = replace(authority, people=people)
    pdf = sign(paper, own, "alone").pdf
    policy = authority.policy(stores=TrustStores(cong_vu=(pem(alone.certificate),)))
    assert judge(pdf, policy).verdict is Verdict.INDETERMINATE


def test_certificate_without_right_key_usage(paper, authority, monkeypatch):
    """Signing refuses such a certificate; a file of other software is judged."""
    import sohoa_signing.precheck as precheck

    monkeypatch.setattr(precheck, "signature_usage_problem", lambda _: None)
    pdf = sign(paper, authority, "cipher").pdf
    report = judge(pdf, authority.policy())
    assert (report.verdict, report.subindication) == (
        Verdict.INDETERMINATE,
        "CHAIN_CONSTRAINTS_FAILURE",
    )


# --- time and revocation -------------------------------------------------------------------------


def expired_file(paper, authority, **options) -> bytes:
    moment = NOW - 200 * DAY
    return sign(paper, authority, "expired", at=moment, **options).pdf


def test_expired_without_timestamp_is_undecided(paper, authority):
    pdf = expired_file(paper, authority)
    report = judge(pdf, authority.policy())
    assert (report.verdict, report.subindication) == (
        Verdict.INDETERMINATE,
        "OUT_OF_BOUNDS_NO_POE",
    )
    assert report.signatures[0].details["valid_at_signing"] is True


def test_expired_with_timestamp_inside_the_window_is_valid(paper, authority):
    pdf = expired_file(paper, authority, stamp=NOW - 200 * DAY)
    old = authority.crls(since=NOW - 205 * DAY, until=NOW - 190 * DAY)
    policy = authority.policy(crls=(*old, *authority.crls()))
    report = judge(pdf, policy)
    assert report.verdict is Verdict.VALID, (report.code, report.signatures[0].details)


def test_expired_with_timestamp_but_only_a_list_from_after_expiry(paper, authority):
    """Issuers drop expired certificates from later lists: silence there proves nothing."""
    pdf = expired_file(paper, authority, stamp=NOW - 200 * DAY)
    assert judge(pdf, authority.policy()).subindication == "TRY_LATER"


def test_signed_after_expiry_by_its_own_claim_is_invalid(paper, authority, monkeypatch):
    import sohoa_signing.precheck as precheck

    monkeypatch.setattr(precheck, "_check_window", lambda *_: None)
    pdf = sign(paper, authority, "expired", at=NOW - DAY).pdf
    report = judge(pdf, authority.policy())
    assert (report.verdict, report.subindication) == (Verdict.INVALID, "EXPIRED")
    assert report.integrity is Integrity.INTACT
    assert report.exit_code is ExitCode.SIGNATURE_INVALID


def test_judged_at_another_moment(paper, authority):
    pdf = expired_file(paper, authority)
    old = authority.crls(since=NOW - 155 * DAY, until=NOW - 145 * DAY)
    report = judge(pdf, authority.policy(at=NOW - 150 * DAY, crls=old))
    assert report.verdict is Verdict.VALID, report.code


def test_revoked_before_signing_is_invalid(paper, authority):
    pdf = sign(paper, authority, at=NOW - DAY).pdf
    policy = authority.policy(crls=authority.crls(revoked=[("officer", NOW - 2 * DAY)]))
    report = judge(pdf, policy)
    assert (report.verdict, report.subindication) == (Verdict.INVALID, "REVOKED")
    assert report.signatures[0].revocation == "revoked"


def test_revoked_after_signing_without_proof_is_undecided(paper, authority):
    pdf = sign(paper, authority, at=NOW - 3 * DAY).pdf
    policy = authority.policy(crls=authority.crls(revoked=[("officer", NOW - 2 * DAY)]))
    assert judge(pdf, policy).subindication == "REVOKED_NO_POE"


def test_revoked_after_a_proven_signature_is_valid(paper, authority):
    pdf = sign(paper, authority, at=NOW - 3 * DAY, stamp=True).pdf
    policy = authority.policy(crls=authority.crls(revoked=[("officer", NOW - 2 * DAY)]))
    report = judge(pdf, policy)
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].details["revoked_at"]


def test_document_timestamp_proves_the_time_too(paper, authority):
    pdf = add_document_timestamp(
        sign(paper, authority, at=NOW - 3 * DAY).pdf, authority, NOW - 3 * DAY
    )
    policy = authority.policy(crls=authority.crls(revoked=[("officer", NOW - 2 * DAY)]))
    assert judge(pdf, policy).verdict is Verdict.VALID


def test_revoked_intermediate(once, authority):
    window = {"this_update": NOW - DAY, "next_update": NOW + 30 * DAY}
    lists = (
        issue_crl(
            authority.root, revoked=[(authority.middle.certificate, NOW - 2 * DAY)], **window
        ),
        issue_crl(authority.middle, **window),
    )
    assert judge(once, authority.policy(crls=lists)).subindication == "REVOKED_CA_NO_POE"


@pytest.mark.parametrize("which", ["none", "stale", "foreign", "future", "garbage", "root_only"])
def test_unknown_revocation_is_never_good(once, authority, stranger, which):
    lists = {
        "none": (),
        "stale": authority.crls(since=NOW - 60 * DAY, until=NOW - 30 * DAY),
        "foreign": stranger.crls(),
        "future": authority.crls(since=NOW + 2 * DAY, until=NOW + 9 * DAY),
        "garbage": (b"\x30\x03\x02\x01\x01", b"", b"not a list"),
        "root_only": authority.crls()[:1],
    }[which]
    report = judge(once, authority.policy(crls=lists))
    assert (report.verdict, report.subindication) == (Verdict.INDETERMINATE, "TRY_LATER")
    assert report.signatures[0].revocation == "unknown"


def test_list_with_the_issuers_name_and_another_key(once, authority):
    """A list that merely bears the issuer's name must not count."""
    impostor = Issued(authority.middle.certificate, new_key())
    forged = issue_crl(impostor, this_update=NOW - DAY, next_update=NOW + DAY)
    report = judge(once, authority.policy(crls=(authority.crls()[0], forged)))
    assert report.subindication == "TRY_LATER"


def test_list_as_pem(once, authority):
    from asn1crypto import pem as pem_format

    lists = tuple(pem_format.armor("X509 CRL", data) for data in authority.crls())
    assert judge(once, authority.policy(crls=lists)).verdict is Verdict.VALID


def ocsp_answer(authority, subject, issuer, signer, *, good=True, delegate=None, at=NOW):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=subject,
        issuer=issuer,
        algorithm=hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.GOOD if good else ocsp.OCSPCertStatus.REVOKED,
        this_update=at - DAY,
        next_update=at + DAY,
        revocation_time=None if good else at - 2 * DAY,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if delegate:
        builder = builder.certificates([signer.certificate])
    return builder.sign(signer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_status_answers(paper, authority, stranger):
    pdf = sign(paper, authority, at=NOW - DAY).pdf
    officer, middle = authority.people["officer"].certificate, authority.middle
    root_list = authority.crls()[:1]

    def verdict(*answers):
        return judge(pdf, authority.policy(crls=root_list, ocsps=answers)).subindication

    assert verdict() == "TRY_LATER"
    good = ocsp_answer(authority, officer, middle.certificate, middle)
    assert verdict(good) is None
    bad = ocsp_answer(authority, officer, middle.certificate, middle, good=False)
    assert verdict(bad) == "REVOKED"
    assert verdict(good, bad) == "REVOKED"
    other = ocsp_answer(
        authority, authority.people["agency"].certificate, middle.certificate, middle
    )
    assert verdict(other) == "TRY_LATER"  # an answer about another certificate
    foreign = ocsp_answer(authority, officer, middle.certificate, stranger.middle)
    assert verdict(foreign) == "TRY_LATER"  # signed by somebody else
    window = {"since": NOW - 9 * DAY, "until": NOW + 9 * DAY}
    responder = issue(Subject("OCSP thử"), issuer=middle, purpose="ocsp", **window)
    delegated = ocsp_answer(authority, officer, middle.certificate, responder, delegate=True)
    assert verdict(delegated) is None
    plain = issue(Subject("Không phải OCSP"), issuer=middle, purpose="signing", **window)
    usurped = ocsp_answer(authority, officer, middle.certificate, plain, delegate=True)
    assert verdict(usurped) == "TRY_LATER"  # delegated by nobody


# --- timestamps --------------------------------------------------------------------------------


def test_timestamp_of_an_unknown_authority(paper, authority, stranger):
    from sohoa_signing.sign import Level, SignRequest, sign_pdf

    moment = NOW - timedelta(hours=1)
    request = SignRequest(SignerRole.OFFICER, moment, level=Level.B_T, checked_at=moment)
    pdf = sign_pdf(
        paper, request, authority.key("officer"), timestamper=stranger.stamper(moment)
    ).pdf
    report = judge(pdf, authority.policy())
    assert (report.verdict, report.code) == (Verdict.INDETERMINATE, "stamp_untrusted")


def test_timestamp_by_a_certificate_not_meant_for_it(paper, authority):
    from sohoa_signing.sign import Level, SignRequest, sign_pdf

    moment = NOW - timedelta(hours=1)
    request = SignRequest(SignerRole.OFFICER, moment, level=Level.B_T, checked_at=moment)
    pdf = sign_pdf(
        paper, request, authority.key("officer"), timestamper=authority.stamper(name="agency")
    ).pdf
    assert judge(pdf, authority.policy()).code == "stamp_untrusted"


class Replayed:
    """A "timestamp authority" that returns a token made for something else."""

    def __init__(self, token: bytes) -> None:
        self.token = token

    def stamp(self, digest_value: bytes, digest: str) -> bytes:
        return self.token


@pytest.mark.parametrize("trick", ["copied", "date_altered"])
def test_timestamp_games(paper, authority, trick):
    from sohoa_signing.sign import Level, SignRequest, sign_pdf

    moment = NOW - timedelta(hours=1)
    request = SignRequest(SignerRole.OFFICER, moment, level=Level.B_T, checked_at=moment)

    class Altered:
        def stamp(self, digest_value, digest):
            token = authority.stamper(moment).stamp(digest_value, digest)
            old = moment.strftime("%Y%m%d%H%M%SZ").encode()
            new = (moment - 30 * DAY).strftime("%Y%m%d%H%M%SZ").encode()
            assert old in token
            return token.replace(old, new)

    copied = Replayed(authority.stamper(moment).stamp(b"\x11" * 32, "sha256"))
    stamper = copied if trick == "copied" else Altered()
    pdf = sign_pdf(paper, request, authority.key("officer"), timestamper=stamper).pdf
    report = judge(pdf, authority.policy())
    assert (report.verdict, report.code) == (Verdict.INDETERMINATE, "stamp_broken")


def test_timestamp_from_the_future(paper, authority):
    pdf = sign(paper, authority, stamp=NOW + 3 * DAY).pdf
    assert judge(pdf, authority.policy()).subindication == "TIMESTAMP_ORDER_FAILURE"


def test_timestamp_can_be_required(once, twice, authority):
    policy = authority.policy(require_timestamp=True)
    assert judge(once, policy).subindication == "NO_POE"
    assert judge(twice, policy).verdict is Verdict.INDETERMINATE  # the officer has none


# --- reports -----------------------------------------------------------------------------------


def test_report_has_stable_keys_and_the_fields_the_circular_asks_for(twice, authority):
    report = judge(twice, authority.policy())
    data = json.loads(json.dumps(report.to_dict(), ensure_ascii=False))
    assert list(data) == [
        "file", "sha256", "verdict", "integrity", "indication", "subindication", "code",
        "message", "signatures", "notes", "verified_at",
    ]  # fmt: skip
    agency = data["signatures"][1]
    assert agency["issuer"] == "Trung gian thử A"
    assert agency["signer"] == "Ủy ban nhân dân phường Thử Nghiệm"
    assert agency["details"]["managing_unit"] == "Văn phòng, Ủy ban nhân dân phường Thử Nghiệm"
    assert agency["signed_at"] and agency["timestamp_at"]
    assert agency["intact"] is True
    assert agency["details"]["valid_at_signing"] is True
    assert agency["details"]["certificate_from"] < agency["details"]["certificate_until"]
    officer = data["signatures"][0]
    assert officer["details"]["title"] == "Công chức"
    assert officer["details"]["identifier"] == "CCCD:000000000001"
    assert signature_sentence(report.signatures[0], "en") == "The signature of Lê Thị Thử is valid."
    assert report.sentence("en") == "All 2 signatures and timestamps are valid."


def test_exit_codes(paper, once, authority):
    policy = authority.policy()
    assert judge(once, policy).exit_code is ExitCode.DONE
    unsigned = judge(paper, policy)
    assert unsigned.exit_code is ExitCode.NOT_SIGNED
    assert (unsigned.verdict, unsigned.integrity) == (Verdict.UNSIGNED, Integrity.NOT_SIGNED)
    for data in (b"", b"hello", b"%PDF-1.7\n", b"\x89PNG\r\n"):
        assert judge(data, policy).exit_code is ExitCode.UNREADABLE_INPUT
    broken = once.replace(b"/Im0 Do", b"/Im1 Do", 1) if b"/Im0 Do" in once else once[:-1]
    assert judge(broken, policy).exit_code in (
        ExitCode.SIGNATURE_INVALID,
        ExitCode.UNREADABLE_INPUT,
    )


def test_shared_trust_gives_the_same_answer(once, twice, authority):
    policy = authority.policy()
    shared = trust_of(policy)
    for pdf in (once, twice, once):
        one = verify_pdf(pdf, policy=policy, trust=shared)
        assert one.verdict is judge(pdf, policy).verdict is Verdict.VALID


def test_paths(tmp_path, once, authority):
    from sohoa_core.errors import InputMissing, InputTooLarge
    from sohoa_core.limits import Limits

    path = tmp_path / "hồ sơ.pdf"
    path.write_bytes(once)
    report = verify_pdf(path, policy=authority.policy())
    assert (report.file, report.verdict) == ("hồ sơ.pdf", Verdict.VALID)
    with pytest.raises(InputMissing):
        verify_pdf(tmp_path / "không có.pdf")
    path.write_bytes(b"%PDF-" + b"0" * 2_000_000)
    with pytest.raises(InputTooLarge):
        verify_pdf(path, limits=Limits(file_megabytes=1))


def test_pickles(twice, authority):
    import pickle

    policy = authority.policy()
    report = judge(twice, pickle.loads(pickle.dumps(policy)))
    assert pickle.loads(pickle.dumps(report)) == report


def test_encrypted_file_cannot_be_decided(paper, authority):
    import pikepdf

    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        pdf.save(output, encryption=pikepdf.Encryption(owner="a", user="b"))
    report = judge(output.getvalue(), authority.policy())
    assert (report.verdict, report.code) == (Verdict.INDETERMINATE, "encrypted")


def test_demo_authority_is_noted(tmp_path, paper):
    from sohoa_signing.demo_pki import make_demo_pki
    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.sign import SignRequest, sign_pdf

    pki = make_demo_pki(tmp_path, password=b"mat khau", now=NOW)
    key = open_pkcs12(pki.officer, b"mat khau")
    pdf = sign_pdf(paper, SignRequest(SignerRole.OFFICER, NOW, checked_at=NOW), key).pdf
    assert judge(pdf, VerifyPolicy()).verdict is Verdict.INDETERMINATE
    policy = VerifyPolicy(
        stores=TrustStores(cong_vu=(pki.anchor.read_bytes(),)),
        crls=tuple(path.read_bytes() for path in pki.crls),
    )
    report = judge(pdf, policy)
    assert report.verdict is Verdict.VALID
    assert "demo_authority" in report.signatures[0].details["notes"]
    assert der(key.certificate)
