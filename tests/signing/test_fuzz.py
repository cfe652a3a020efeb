"""A short, seeded run of damage: never an exception, never VALID for a damaged byte."""

from __future__ import annotations

import contextlib
import random
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sohoa_signing.crypto import digest_by
from sohoa_signing.sign import Level, SignerRole, SignRequest, sign_pdf
from sohoa_signing.verify.cms_facts import read_cms, read_token
from sohoa_signing.verify.pdf_objects import StructureError, read_value
from sohoa_signing.verify.policy import Integrity, Verdict, VerifyPolicy
from sohoa_signing.verify.verify import trust_of, verify_pdf
from tests.signing.kit import NOW, judge, last_xref, signature_span

CASES = 200
TOKENS = (
    b"obj", b"endobj", b"stream", b"<<", b">>", b"[", b"]", b"R", b"/V", b"/Kids", b"/Prev",
    b"/Root", b"%%EOF", b"startxref", b"null", b"0", b"-1", b"99999999999", b"(", b")", b"/Sig",
)  # fmt: skip


def mutate(pdf: bytes, rng: random.Random) -> tuple[bytes, bool]:
    """A damaged copy, and whether its length or a signed byte changed."""
    spans = [signature_span(pdf, i) for i in range(len(re.findall(rb"/ByteRange", pdf)))]

    def signed(at: int) -> bool:
        return any(at < a or b <= at < b + c for _, a, b, c in spans[-1:])

    kind = rng.randrange(6)
    # Half of the damage goes to the structure at the end, where readers are most fragile.
    at = (
        rng.randrange(len(pdf))
        if rng.random() < 0.5
        else rng.randrange(last_xref(pdf) - 2000, len(pdf))
    )
    if kind <= 1:
        changed = pdf[:at] + bytes([pdf[at] ^ (1 << rng.randrange(8))]) + pdf[at + 1 :]
        return changed, signed(at)
    if kind == 2:
        return pdf[:at] + rng.randbytes(rng.randrange(1, 9)) + pdf[at:], True
    if kind == 3:
        return pdf[:at] + pdf[at + rng.randrange(1, 50) :], True
    if kind == 4:
        token = rng.choice(TOKENS)
        changed = pdf[:at] + token + pdf[at + len(token) :]
        return changed, changed[: len(pdf)] != pdf and any(
            signed(i) for i in range(at, at + len(token))
        )
    start = rng.randrange(len(pdf))
    return pdf + pdf[start : start + rng.randrange(1, 4000)], True


def test_damage_is_never_valid_and_never_raises(twice, authority):
    rng = random.Random(20261121)
    policy = authority.policy()
    trust = trust_of(policy)
    seen: dict[str, int] = {}
    slowest = 0.0
    for _ in range(CASES):
        damaged, matters = mutate(twice, rng)
        begin = time.process_time()
        report = verify_pdf(damaged, policy=policy, trust=trust)
        slowest = max(slowest, time.process_time() - begin)
        seen[report.verdict] = seen.get(report.verdict, 0) + 1
        if matters and damaged != twice:
            assert report.verdict is not Verdict.VALID, report.to_dict()
        assert report.code != "unforeseen", report.notes
    assert slowest < 10
    assert {Verdict.INVALID, Verdict.MALFORMED} <= seen.keys(), seen


@pytest.mark.parametrize("level", [Level.B_LT, Level.B_LTA])
@pytest.mark.parametrize("token", [b"/Type /DSS", b"/Certs", b"/Length", b"endobj"])
def test_damage_in_the_security_store_is_damage(paper, authority, level, token):
    """Found by fuzzing: an ill-formed store ended in "cannot be examined"."""
    crls = authority.crls()
    signed = sign_pdf(
        paper,
        SignRequest(role=SignerRole.OFFICER, signed_at=NOW, level=level, crls=crls),
        authority.key("officer"),
        timestamper=authority.stamper(),
    ).pdf
    store = signed.index(b"obj", signature_span(signed, 0)[2] + signature_span(signed, 0)[3])
    at = signed.index(token, store)
    for hole in (b"<", b"("):
        damaged = signed[:at] + hole * len(token) + signed[at + len(token) :]
        report = judge(damaged, authority.policy())
        assert report.code != "unforeseen", (token, hole)
        assert report.verdict in (Verdict.INVALID, Verdict.MALFORMED)
        assert report.integrity in (Integrity.BROKEN, Integrity.MALFORMED)


def test_a_field_cut_from_its_archive_timestamp(paper, authority):
    """Found by fuzzing: a timestamp that no field leads to any more, and a key named twice."""
    signed = sign_pdf(
        paper,
        SignRequest(
            role=SignerRole.OFFICER, signed_at=NOW, level=Level.B_LTA, crls=authority.crls()
        ),
        authority.key("officer"),
        timestamper=authority.stamper(),
    ).pdf
    assert judge(signed, authority.policy()).verdict is Verdict.VALID
    at = signed.rindex(b"(sohoa_archive) /V ") + 16
    for name in (b"/T", b"/W"):
        report = judge(signed[:at] + name + signed[at + 2 :], authority.policy())
        assert (report.verdict, report.integrity) == (Verdict.INVALID, Integrity.BROKEN), name
        problems = {p for s in report.signatures for p in s.details["problems"]}
        assert "signature_unreachable" in problems
        assert ("increment_garbage" in problems) is (name == b"/T")


def test_a_list_of_an_unknown_version_in_the_security_store(paper, authority):
    """Found by fuzzing: the library of certificates raises an error of its own."""
    crls = authority.crls()
    signed = sign_pdf(
        paper,
        SignRequest(role=SignerRole.OFFICER, signed_at=NOW, level=Level.B_LTA, crls=crls),
        authority.key("officer"),
        timestamper=authority.stamper(),
    ).pdf
    at = signed.index(crls[0]) + crls[0].index(b"\x02\x01\x01")
    damaged = signed[: at + 2] + b"\x41" + signed[at + 3 :]
    report = judge(damaged, authority.policy())
    assert (report.verdict, report.integrity) == (Verdict.INVALID, Integrity.BROKEN)


def test_every_signed_byte_counts(once, authority):
    """Flip one bit at even distances through all signed bytes."""
    policy = authority.policy()
    trust = trust_of(policy)
    _, first, second, rest = signature_span(once)
    places = [*range(0, first, first // 40), *range(second, second + rest, rest // 20)]
    for at in places:
        damaged = once[:at] + bytes([once[at] ^ 0x04]) + once[at + 1 :]
        verdict = verify_pdf(damaged, policy=policy, trust=trust).verdict
        assert verdict in (Verdict.INVALID, Verdict.MALFORMED), at


def test_truncation_anywhere(twice):
    policy = VerifyPolicy()
    for cut in range(0, len(twice) - 1, len(twice) // 60):
        report = verify_pdf(twice[:cut], policy=policy)
        assert report.verdict is not Verdict.VALID
        assert report.exit_code != 0


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.binary(max_size=200))
def test_readers_take_any_bytes(data):
    with contextlib.suppress(StructureError):
        read_value(data, 0)
    assert not read_cms(data, digest_by(b"x"), padded=True).signature_holds
    assert read_token(data, digest_by(b"x"), padded=True).problems


def test_pdf_like_garbage(authority):
    rng = random.Random(5)
    for _ in range(100):
        parts = [rng.choice(TOKENS) for _ in range(60)]
        text = b"%PDF-1.7\n" + b" ".join(parts) + b"\nstartxref\n9\n%%EOF\n"
        assert judge(text, authority.policy()).verdict is not Verdict.VALID
