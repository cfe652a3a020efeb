"""Games with the signature value itself, and real forms of files that must stay accepted."""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pytest
from asn1crypto import algos, cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sohoa_signing.certificates import to_asn1
from sohoa_signing.cms_build import attribute, signing_certificate_v2
from sohoa_signing.crypto import Mechanism, signature_holds
from sohoa_signing.sign import SignerRole
from sohoa_signing.verify.policy import Integrity, Verdict
from tests.signing.kit import (
    DAY,
    NOW,
    append_update,
    judge,
    last_xref,
    make_pdf,
    numbers,
    object_body,
    sign,
    signature_span,
    stream_body,
    trailer_of,
)


def value_of(pdf: bytes) -> cms.ContentInfo:
    _, start, end, _ = signature_span(pdf)
    raw = bytes.fromhex(pdf[start + 1 : end - 1].decode())
    from asn1crypto import parser

    return cms.ContentInfo.load(raw[: parser.peek(raw)])


def with_value(pdf: bytes, value: bytes) -> bytes:
    """``pdf`` with another signature value in the same place."""
    _, start, end, _ = signature_span(pdf)
    room = (end - start - 2) // 2
    assert len(value) <= room
    return pdf[: start + 1] + value.ljust(room, b"\x00").hex().encode() + pdf[end - 1 :]


def changed(pdf: bytes, change: Callable[[cms.SignedData], None]) -> bytes:
    """The value changed by somebody without the key (unsigned parts of the CMS)."""
    info = value_of(pdf)
    signed = info["content"].copy()
    change(signed)
    rebuilt = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return with_value(pdf, rebuilt.dump(force=True))


def resigned(
    pdf: bytes, authority, attributes: list, *, who: str = "officer", digest: str = "sha256"
) -> bytes:
    """The value made anew by the key's owner with other signed attributes."""
    person = authority.people[who]
    signed = value_of(pdf)["content"].copy()
    (info,) = signed["signer_infos"]
    listed = cms.CMSAttributes.load(cms.CMSAttributes(attributes).dump(force=True))
    algorithm = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}[digest]
    info["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": digest})
    info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    info["signed_attrs"] = listed
    info["signature"] = person.private_key.sign(listed.dump(), ec.ECDSA(algorithm))
    signed["signer_infos"] = [info]
    rebuilt = cms.ContentInfo({"content_type": "signed_data", "content": signed})
    return with_value(pdf, rebuilt.dump(force=True))


def digest_value(pdf: bytes, name: str = "sha256") -> bytes:
    _, length, second, rest = signature_span(pdf)
    return hashlib.new(name, pdf[:length] + pdf[second : second + rest]).digest()


def plain(pdf: bytes, authority, digest: str = "sha256", *, bound="officer") -> list:
    """The usual signed attributes."""
    certificate = authority.people[bound].certificate
    return [
        attribute("content_type", "data"),
        attribute("message_digest", digest_value(pdf, digest)),
        attribute("signing_certificate_v2", signing_certificate_v2(certificate, "sha256")),
    ]


@pytest.fixture(scope="module")
def target(paper, authority) -> bytes:
    return sign(paper, authority).pdf


def test_the_tools_of_this_test_make_valid_signatures(target, authority):
    assert judge(changed(target, lambda _: None), authority.policy()).verdict is Verdict.VALID
    again = resigned(target, authority, plain(target, authority))
    assert judge(again, authority.policy()).verdict is Verdict.VALID


def test_inner_content(target, authority):
    def change(signed):
        signed["encap_content_info"] = {"content_type": "data", "content": b"something else"}

    report = judge(changed(target, change), authority.policy())
    assert (report.verdict, report.code) == (Verdict.INVALID, "inner_content")


@pytest.mark.parametrize(("part", "name"), [
    ("digest_algorithm", "sha512"),
    ("digest_algorithm", "sha1"),
    ("signature_algorithm", "sha512_ecdsa"),
    ("signature_algorithm", "sha1_ecdsa"),
    ("signature_algorithm", "sha256_rsa"),
])  # fmt: skip
def test_algorithm_swap(target, authority, part, name):
    def change(signed):
        (info,) = signed["signer_infos"]
        kind = algos.DigestAlgorithm if part == "digest_algorithm" else algos.SignedDigestAlgorithm
        info[part] = kind({"algorithm": name})
        signed["signer_infos"] = [info]

    report = judge(changed(target, change), authority.policy())
    assert (report.verdict, report.code) == (Verdict.INVALID, "algorithm_mismatch")


def test_no_signer_and_two_signers(target, authority):
    def none(signed):
        signed["signer_infos"] = []

    def two(signed):
        (info,) = signed["signer_infos"]
        other = info.copy()
        other["signature"] = b"\x30\x06\x02\x01\x01\x02\x01\x01"
        signed["signer_infos"] = [info, other]

    for change in (none, two):
        report = judge(changed(target, change), authority.policy())
        assert (report.verdict, report.code) == (Verdict.INVALID, "signer_count")


def test_signature_value_of_another_file(target, authority):
    other = sign(make_pdf(pages=2), authority).pdf
    _, start, end, _ = signature_span(other)
    value = bytes.fromhex(other[start + 1 : end - 1].decode()).rstrip(b"\x00")
    report = judge(with_value(target, value), authority.policy())
    assert (report.verdict, report.subindication) == (Verdict.INVALID, "HASH_FAILURE")


def test_duplicate_attribute(target, authority):
    twice = [*plain(target, authority), attribute("message_digest", b"\x00" * 32)]
    report = judge(resigned(target, authority, twice), authority.policy())
    assert (report.verdict, report.code) == (Verdict.INVALID, "attribute_twice")


def test_two_values_in_one_attribute(target, authority):
    good = plain(target, authority)
    good[1] = cms.CMSAttribute(
        {"type": "message_digest", "values": (digest_value(target), b"\x00" * 32)}
    )
    report = judge(resigned(target, authority, good), authority.policy())
    assert (report.verdict, report.code) == (Verdict.INVALID, "attribute_twice")


def test_wrong_and_missing_signing_certificate(target, authority):
    wrong = resigned(target, authority, plain(target, authority, bound="agency"))
    report = judge(wrong, authority.policy())
    assert report.verdict is Verdict.INDETERMINATE
    assert report.subindication == "NO_SIGNING_CERTIFICATE_FOUND"
    missing = resigned(target, authority, plain(target, authority)[:2])
    assert judge(missing, authority.policy()).subindication == "SIG_CONSTRAINTS_FAILURE"


def test_certificate_substitution(target, authority, stranger):
    """Same key, issuer name and number, but another subject: the binding attribute tells."""
    real = authority.people["officer"].certificate
    fake = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Chủ Tịch")]))
        .issuer_name(real.issuer)
        .public_key(real.public_key())
        .serial_number(real.serial_number)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .sign(authority.middle.private_key, hashes.SHA256())
    )

    def change(signed):
        kept = [c for c in signed["certificates"] if c.chosen.serial_number != real.serial_number]
        signed["certificates"] = [cms.CertificateChoices("certificate", to_asn1(fake)), *kept]

    report = judge(changed(target, change), authority.policy())
    assert (report.verdict, report.code) == (Verdict.INDETERMINATE, "signing_certificate")


def test_value_without_certificate(target, authority):
    def change(signed):
        signed["certificates"] = []

    report = judge(changed(target, change), authority.policy())
    assert report.subindication == "NO_SIGNING_CERTIFICATE_FOUND"


def test_leaf_only_needs_the_intermediate_from_the_caller(target, authority):
    """Files of some vendors carry the signer's certificate only."""
    real = authority.people["officer"].certificate

    def change(signed):
        signed["certificates"] = [cms.CertificateChoices("certificate", to_asn1(real))]

    bare = changed(target, change)
    assert judge(bare, authority.policy()).subindication == "NO_CERTIFICATE_CHAIN_FOUND"
    from tests.signing.kit import pem

    helped = authority.policy(certificates=(pem(authority.middle.certificate),))
    assert judge(bare, helped).verdict is Verdict.VALID


def test_sha1_is_told_and_not_relied_on(target, authority):
    old = resigned(target, authority, plain(target, authority, "sha1"), digest="sha1")
    report = judge(old, authority.policy())
    assert (report.verdict, report.integrity) == (Verdict.INDETERMINATE, Integrity.INTACT)
    assert report.subindication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert report.signatures[0].details["legacy"] == ["sha1"]


def test_sha1_in_the_chain_is_told_and_not_relied_on(paper, authority):
    """The intermediate's name on the leaf, by SHA-1: an old authority's certificate."""
    real = authority.people["officer"]
    old = (
        x509.CertificateBuilder()
        .subject_name(real.certificate.subject)
        .issuer_name(real.certificate.issuer)
        .public_key(real.certificate.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .sign(authority.middle.private_key, hashes.SHA256())
    )
    from sohoa_signing.verify.algorithms import judge_chain

    facts = judge_chain((old, authority.middle.certificate, authority.root.certificate), NOW)
    assert facts.refused == ()

    class Weak:
        signature_hash_algorithm = hashes.SHA1()

    weak = (Weak(), authority.root.certificate)
    told = judge_chain(weak, NOW)  # type: ignore[arg-type]
    assert told.legacy == told.refused == ("sha1 (certificate)",)
    assert judge_chain(weak, datetime(2015, 1, 1, tzinfo=UTC)).refused == ()


def test_forged_rsa_value_with_low_exponent():
    """Bleichenbacher's e=3 forgery: a cube root that only a careless check would take."""
    key = rsa.generate_private_key(public_exponent=3, key_size=2048)
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(b"x").digest()
    target = int.from_bytes((b"\x00\x01" + b"\xff" * 8 + b"\x00" + info).ljust(256, b"\x00"), "big")
    low, high = 0, 1 << 700
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < target else (low, middle)
    forged = low.to_bytes(256, "big")
    assert pow(low, 3).to_bytes(256, "big").startswith(b"\x00\x01" + b"\xff" * 8 + b"\x00" + info)
    assert not signature_holds(key.public_key(), Mechanism("rsa_pkcs1", "sha256"), forged, b"x")


def test_attributes_out_of_order_are_judged_by_their_own_bytes(target, authority):
    """Some signers do not sort the attributes: the bytes count, the disorder is noted."""
    assert "attribute_order" not in judge(target, authority.policy()).signatures[0].details["notes"]
    sorted_value = value_of(resigned(target, authority, plain(target, authority))).dump()
    pieces = sorted(a.dump() for a in plain(target, authority))
    ordered, reverse = b"".join(pieces), b"".join(reversed(pieces))
    assert sorted_value.count(ordered) == 1
    key = authority.people["officer"].private_key
    size = len(reverse).to_bytes(2, "big").lstrip(b"\x00")
    covered = b"\x31" + bytes([0x80 | len(size)]) + size + reverse
    old = bytes(
        value_of(with_value(target, sorted_value))["content"]["signer_infos"][0]["signature"]
    )
    while True:  # ECDSA values vary in length by a byte or two
        new = key.sign(covered, ec.ECDSA(hashes.SHA256()))
        if len(new) == len(old):
            break
    value = sorted_value.replace(ordered, reverse).replace(old, new)
    report = judge(with_value(target, value), authority.policy())
    assert report.verdict is Verdict.VALID, report.code
    assert "attribute_order" in report.signatures[0].details["notes"]


@pytest.mark.parametrize("value", [b"", b"\x00" * 64, b"\x30\x06\x02\x01\x00\x02\x01\x00"])
def test_degenerate_ecdsa_values(authority, value):
    public = authority.people["officer"].certificate.public_key()
    assert not signature_holds(public, Mechanism("ecdsa", "sha256"), value, b"x")


# --- files of other writers that must be accepted ----------------------------------------------


def test_linearized_file(authority):
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(make_pdf(pages=3))) as pdf:
        pdf.save(output, linearize=True)
    for mode in (pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate):
        output = io.BytesIO()
        with pikepdf.open(io.BytesIO(make_pdf(pages=3))) as pdf:
            pdf.save(output, linearize=True, object_stream_mode=mode)
        signed = sign(output.getvalue(), authority, mark=True).pdf
        both = sign(signed, authority, "agency", role=SignerRole.AGENCY).pdf
        report = judge(both, authority.policy())
        assert report.verdict is Verdict.VALID, (report.code, mode)


def hybrid_paper() -> bytes:
    """A file as Office writes it: a table for old readers, a stream for what they may miss."""
    base = make_pdf()
    where = numbers(base)
    free = where["free"]
    packed = zlib.compress(b"%d 0 << /Type /Whatever >>" % (free + 1))
    output = bytearray(base)
    container = len(output)
    head = len(b"%d 0 " % (free + 1))
    output += (
        b"%d 0 obj\n" % free
        + stream_body(packed, f"/Type /ObjStm /N 1 /First {head} /Filter /FlateDecode")
        + b"\nendobj\n"
    )
    stream_at = len(output)
    row = b"\x02" + free.to_bytes(4, "big") + b"\x00"
    output += (
        b"%d 0 obj\n" % (free + 2)
        + stream_body(row, f"/Type /XRef /W [1 4 1] /Index [{free + 1} 1] /Size {free + 3}")
        + b"\nendobj\n"
    )
    root, _ = trailer_of(base)
    table = len(output)
    output += (
        f"xref\n{free} 3\n{container:010d} 00000 n \n0000000000 00000 f \n"
        f"{stream_at:010d} 00000 n \ntrailer\n<< /Size {free + 3} /Root {root} "
        f"/Prev {last_xref(base)} /XRefStm {stream_at} >>\nstartxref\n{table}\n%%EOF\n"
    ).encode()
    return bytes(output)


def test_hybrid_file(authority):
    signed = sign(hybrid_paper(), authority, mark=True).pdf
    both = sign(signed, authority, "agency", role=SignerRole.AGENCY).pdf
    report = judge(both, authority.policy())
    assert report.verdict is Verdict.VALID, (report.code, report.signatures[0].details)


def test_metadata_update_is_told(target, authority):
    info = re.search(rb"/Info\s+(\d+) 0 R", target)
    number = int(info[1]) if info else trailer_of(target)[1]
    extra = "" if info else f"/Info {number} 0 R"
    kept = f"/Info {number} 0 R" if info else extra
    later = append_update(target, {number: b"<< /Title (Moi) >>"}, trailer=kept)
    report = judge(later, authority.policy())
    assert report.signatures[0].details["later_changes"][0]["kinds"] == ["metadata"]
    assert report.verdict is Verdict.VALID


def test_object_stream_override(authority):
    """An update whose compressed object replaces the page, in a file with compressed tables."""
    signed = sign(make_pdf(streams=True), authority).pdf
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        page = pdf.pages[0].obj.objgen[0]
        root = pdf.Root.objgen[0]
        size = max(obj.objgen[0] for obj in pdf.objects) + 2
        body = pdf.pages[0].obj.unparse(resolved=True)
    body = body[: body.rindex(b">>")] + b"/Rotate 180 >>"
    packed = b"%d 0 " % page + body
    output = bytearray(signed)
    container = len(output)
    head = len(b"%d 0 " % page)
    output += b"%d 0 obj\n" % size + stream_body(packed, f"/Type /ObjStm /N 1 /First {head}")
    output += b"\nendobj\n"
    table = len(output)
    rows = (
        b"\x02" + size.to_bytes(4, "big") + b"\x00"
        + b"\x01" + container.to_bytes(4, "big") + b"\x00"
        + b"\x01" + table.to_bytes(4, "big") + b"\x00"
    )  # fmt: skip
    fields = (
        f"/Type /XRef /W [1 4 1] /Index [{page} 1 {size} 2] /Size {size + 2} "
        f"/Root {root} 0 R /Prev {last_xref(signed)}"
    )
    identity = re.findall(rb"/ID\s*\[[^\]]*\]", signed)
    fields += identity[-1].decode("latin-1") if identity else ""
    output += b"%d 0 obj\n" % (size + 1) + stream_body(rows, fields)
    output += b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % table
    report = judge(bytes(output), authority.policy())
    assert report.verdict is Verdict.INVALID, report.code
    problems = report.signatures[0].details["problems"]
    assert "changed_page_content" in problems, problems


def test_signatures_of_another_program(paper, authority):
    """Adobe's older form (adbe.pkcs7.detached) by pyHanko, then ours on top, and the reverse."""
    from pyhanko.sign.fields import MDPPerm

    from tests.signing.test_sign import certified

    theirs = certified(paper, authority, MDPPerm.FILL_FORMS)
    report = judge(theirs, authority.policy())
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].level == "PKCS#7"
    assert replace(report).verdict is Verdict.VALID
    assert object_body(theirs, numbers(theirs)["root"])


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4])
def test_predictors_of_cross_reference_streams(kind):
    """Our reader of PNG predictors against an encoder written from the PNG specification."""
    from sohoa_signing.verify.pdf_objects import Dict
    from sohoa_signing.verify.predictors import undo_predictor

    rows = [bytes((i * 37 + j * 11) % 256 for j in range(5)) for i in range(6)]
    encoded = b""
    previous = bytes(5)
    for row in rows:
        line = bytearray()
        for i, value in enumerate(row):
            left, above = (row[i - 1] if i else 0), previous[i]
            corner = previous[i - 1] if i else 0
            p = left + above - corner
            distances = [abs(p - left), abs(p - above), abs(p - corner)]
            paeth = [left, above, corner][distances.index(min(distances))]
            line.append((value - [0, left, above, (left + above) // 2, paeth][kind]) % 256)
        encoded += bytes([kind]) + bytes(line)
        previous = row
    parameters = Dict()
    parameters.update({"Predictor": 12, "Columns": 5})
    assert undo_predictor(encoded, parameters, 0) == b"".join(rows)


def test_file_whose_size_lies(paper, authority):
    """As pdfunite writes it: /Size too small. Numbers would be given twice, so it is refused."""
    from sohoa_core.errors import InputUnreadable

    size = trailer_of(paper)[1]
    lying = paper.replace(b"/Size %d" % size, b"/Size %d" % (size - 3), 1)
    if len(lying) != len(paper):
        lying = paper.replace(b"/Size %d" % size, b"/Size %0*d" % (len(str(size)), size - 3), 1)
    report = judge(lying, authority.policy())
    assert (report.verdict, report.notes) == (Verdict.UNSIGNED, ("beyond_size",))
    with pytest.raises(InputUnreadable):
        sign(lying, authority)
