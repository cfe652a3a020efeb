"""Signing: the bytes that were there stay, the refusals come before the key is used."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta

import pikepdf
import pytest
from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sohoa_core.errors import InputEmpty, InputEncrypted, InputUnreadable, InputWrongType
from sohoa_core.limits import Limits
from sohoa_signing.certificates import to_asn1
from sohoa_signing.demo_pki import Subject, issue, new_key
from sohoa_signing.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    CertificateUnsuitable,
    DocumentDamaged,
    DocumentLocked,
    KeyUnavailable,
    RevocationUnknown,
    SigningRefused,
    TimestampFailed,
)
from sohoa_signing.keys import LoadedKey
from sohoa_signing.sign import Level, Profile, SignerRole, SignRequest, sign_pdf
from sohoa_signing.verify.policy import Verdict
from tests.signing.kit import DAY, NOW, judge, make_pdf, sign, signature_span


class Watched:
    """A key that counts how often it was used."""

    def __init__(self, inner) -> None:
        self.inner = inner
        self.used = 0

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def sign_raw(self, data, *, digest, pss):
        self.used += 1
        return self.inner.sign_raw(data, digest=digest, pss=pss)


def request(**changes) -> SignRequest:
    options = {"role": SignerRole.OFFICER, "signed_at": NOW, "checked_at": NOW}
    return SignRequest(**{**options, **changes})


def cms_of(pdf: bytes):
    _, start, end, _ = signature_span(pdf)
    raw = bytes.fromhex(pdf[start + 1 : end - 1].decode())
    return cms.ContentInfo.load(raw.rstrip(b"\x00") + b"\x00" * 8)["content"]


def test_input_is_a_prefix_and_names_are_stable(paper, authority):
    first = sign(paper, authority, mark=True)
    second = sign(first.pdf, authority, "agency", role=SignerRole.AGENCY)
    third = sign(second.pdf, authority, "agency", role=SignerRole.AGENCY)
    assert first.pdf.startswith(paper)
    assert second.pdf.startswith(first.pdf)
    assert third.pdf.startswith(second.pdf)
    names = [first.field_name, second.field_name, third.field_name]
    assert names == ["sohoa_officer", "sohoa_agency", "sohoa_agency_2"]
    assert judge(third.pdf, authority.policy()).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("who", "profile", "mechanism"),
    [
        ("rsa", Profile.TT15, "rsassa_pss"),
        ("rsa", Profile.COMPATIBLE, "sha256_rsa"),
        ("officer", Profile.TT15, "sha256_ecdsa"),
        ("officer", Profile.COMPATIBLE, "sha256_ecdsa"),
    ],
)
def test_profiles(paper, authority, who, profile, mechanism):
    pdf = sign(paper, authority, who, profile=profile).pdf
    (info,) = cms_of(pdf)["signer_infos"]
    assert info["signature_algorithm"]["algorithm"].native == mechanism
    if mechanism == "rsassa_pss":
        parameters = info["signature_algorithm"]["parameters"]
        assert parameters["salt_length"].native == 32
        assert parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native == "sha256"
    report = judge(pdf, authority.policy())
    assert report.verdict is Verdict.VALID
    legacy = report.signatures[0].details["legacy"]
    assert legacy == (["rsa_pkcs1"] if mechanism == "sha256_rsa" else [])


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_digests(paper, authority, digest):
    pdf = sign(paper, authority, digest=digest, stamp=True).pdf
    assert judge(pdf, authority.policy()).verdict is Verdict.VALID


@pytest.mark.parametrize("digest", ["sha1", "md5", "", "sha3_256"])
def test_weak_or_unknown_digests_are_refused(paper, authority, digest):
    with pytest.raises(CertificateUnsuitable):
        sign_pdf(paper, request(digest=digest), authority.key("officer"))


def test_level_b_t_carries_one_token(paper, authority):
    pdf = sign(paper, authority, stamp=True).pdf
    (info,) = cms_of(pdf)["signer_infos"]
    assert [a["type"].native for a in info["unsigned_attrs"]] == ["signature_time_stamp_token"]
    assert {a["type"].native for a in info["signed_attrs"]} == {
        "content_type",
        "message_digest",
        "signing_certificate_v2",
        "cms_algorithm_protection",
    }


def test_no_timestamp_no_success(paper, authority):
    with pytest.raises(TimestampFailed):
        sign_pdf(paper, request(level=Level.B_T), authority.key("officer"))

    class Down:
        def stamp(self, digest_value, digest):
            raise TimestampFailed(detail="503")

    with pytest.raises(TimestampFailed):
        sign_pdf(paper, request(level=Level.B_T), authority.key("officer"), timestamper=Down())


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("expired", CertificateExpired),
        ("future", CertificateNotYetValid),
        ("cipher", CertificateUnsuitable),
    ],
)
def test_unfit_certificates_are_refused_before_the_key_is_used(paper, authority, who, error):
    key = Watched(authority.key(who))
    with pytest.raises(error) as caught:
        sign_pdf(paper, request(), key)
    assert key.used == 0
    assert caught.value.message("en")


def test_back_dating_does_not_help_an_expired_certificate(paper, authority):
    with pytest.raises(CertificateExpired):
        sign_pdf(paper, request(signed_at=NOW - 200 * DAY), authority.key("expired"))


def test_revocation_is_asked_first(paper, authority):
    key = Watched(authority.key("officer"))
    revoked = authority.crls(revoked=[("officer", NOW - DAY)])
    with pytest.raises(CertificateRevoked):
        sign_pdf(paper, request(crls=revoked), key)
    with pytest.raises(RevocationUnknown):
        sign_pdf(paper, request(require_revocation=True), key)
    with pytest.raises(RevocationUnknown):
        sign_pdf(paper, request(require_revocation=True, crls=authority.crls()[:1]), key)
    assert key.used == 0
    signed = sign_pdf(paper, request(require_revocation=True, crls=authority.crls()), key)
    assert (key.used, signed.revocation) == (1, "good")
    assert sign_pdf(paper, request(), key).revocation == "unknown"


def test_revoked_issuer(paper, authority):
    from sohoa_signing.demo_pki import issue_crl

    lists = (
        issue_crl(
            authority.root,
            revoked=[(authority.middle.certificate, NOW - DAY)],
            this_update=NOW - DAY,
            next_update=NOW + DAY,
        ),
    )
    with pytest.raises(CertificateRevoked):
        sign_pdf(paper, request(crls=lists), authority.key("officer"))


def test_authority_certificates_and_short_keys_do_not_sign(paper, authority):
    middle = LoadedKey(authority.middle.private_key, authority.middle.certificate)
    with pytest.raises(CertificateUnsuitable):
        sign_pdf(paper, request(), middle)
    short = issue(
        Subject("Khóa ngắn"),
        issuer=None,
        purpose="signing",
        since=NOW - DAY,
        until=NOW + DAY,
        private_key=new_key("rsa", bits=1024),
    )
    with pytest.raises(CertificateUnsuitable):
        sign_pdf(paper, request(), LoadedKey(short.private_key, short.certificate))


def test_closed_key_and_time_without_zone(paper, authority):
    key = authority.key("officer")
    key.close()
    with pytest.raises(KeyUnavailable):
        sign_pdf(paper, request(), key)
    naive = datetime(2026, 11, 21, 9, 0)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(SigningRefused):
        sign_pdf(paper, request(signed_at=naive), authority.key("officer"))


def test_unreadable_inputs(paper, authority):
    key = authority.key("officer")
    with pytest.raises(InputEmpty):
        sign_pdf(b"", request(), key)
    with pytest.raises(InputWrongType):
        sign_pdf(b"\x89PNG", request(), key)
    for data in (b"%PDF-1.7\n", paper[: len(paper) // 2], b"%PDF-1.7\n" + bytes(3000)):
        with pytest.raises(InputUnreadable):
            sign_pdf(data, request(), key)
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="a", user=""))
    with pytest.raises(InputEncrypted):
        sign_pdf(locked.getvalue(), request(), key)
    from sohoa_core.errors import InputTooLarge

    with pytest.raises(InputTooLarge):
        sign_pdf(paper + bytes(2_000_000), request(limits=Limits(file_megabytes=1)), key)


def certified(paper: bytes, authority, permission: MDPPerm) -> bytes:
    from asn1crypto import keys as asn1_keys
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    person = authority.people["agency"]
    store = SimpleCertificateStore()
    store.register(to_asn1(authority.middle.certificate))
    raw = person.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = SimpleSigner(
        signing_cert=to_asn1(person.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(raw),
        cert_registry=store,
    )
    metadata = PdfSignatureMetadata(
        field_name="certified", certify=True, docmdp_permissions=permission
    )
    output = io.BytesIO()
    PdfSigner(metadata, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(paper)), output=output)
    return output.getvalue()


def test_certification_decides_what_may_follow(paper, authority):
    locked = certified(paper, authority, MDPPerm.NO_CHANGES)
    assert judge(locked, authority.policy()).verdict is Verdict.VALID
    with pytest.raises(DocumentLocked):
        sign(locked, authority)
    open_ = certified(paper, authority, MDPPerm.FILL_FORMS)
    signed = sign(open_, authority).pdf
    assert judge(signed, authority.policy()).verdict is Verdict.VALID


def test_a_damaged_signature_is_not_signed_over(once, authority):
    at = once.index(b"stream") + 300
    broken = once[:at] + bytes([once[at] ^ 1]) + once[at + 1 :]
    with pytest.raises(DocumentDamaged):
        sign(broken, authority, "agency", role=SignerRole.AGENCY)


def test_same_request_many_files_one_key(authority):
    """The key stays loaded: a batch uses one object for all its files."""
    key = Watched(authority.key("officer"))
    for pages in (1, 2, 3):
        pdf = make_pdf(pages=pages)
        signed = sign_pdf(pdf, request(), key)
        assert signed.pdf.startswith(pdf)
        assert len(PdfFileReader(io.BytesIO(signed.pdf)).embedded_signatures) == 1
    assert key.used == 3


def test_request_pickles_and_result_tells_what_was_done(paper, authority):
    import pickle

    asked = request(reason="Số hóa", location="Hà Nội")
    signed = sign_pdf(paper, pickle.loads(pickle.dumps(asked)), authority.key("officer"))
    assert pickle.loads(pickle.dumps(signed)) == signed
    assert signed.algorithm == "ECDSA 256 sha256"
    assert signed.signer == "Lê Thị Thử"
    assert signed.box is None
    detail = judge(signed.pdf, authority.policy()).signatures[0].details
    assert (detail["reason"], detail["location"]) == ("Số hóa", "Hà Nội")
    assert replace(signed, zone="x").zone == "x"
    claimed = judge(signed.pdf, authority.policy()).signatures[0].signed_at
    assert datetime.fromisoformat(claimed) - NOW < timedelta(seconds=1)
