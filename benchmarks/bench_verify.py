"""Verifying against stock pyHanko with a context shared by all files: warm caches for both.

Also the fuzz run: damaged copies of signed files must never be VALID, never raise, and cost
neither much time nor much memory.
"""

from __future__ import annotations

import random
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.bench_sign import FILES, _context, _cpu, _crls
from benchmarks.report import in_child, line
from benchmarks.signing_files import NOW, PASSWORD, prepare

BENCH = "verify"


def make(where: str) -> None:
    """Signed files of every kind that is measured."""
    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.request import Level, SignerRole, SignRequest
    from sohoa_signing.sign import sign_file
    from sohoa_signing.timestamp import LocalTimestamper

    folder = Path(where)
    key = open_pkcs12(folder / "rsa2048.p12", PASSWORD)
    stamper = LocalTimestamper(open_pkcs12(folder / "tsa.p12", PASSWORD))
    for name in FILES:
        for level in (Level.B_B, Level.B_LT, Level.B_LTA):
            request = SignRequest(
                role=SignerRole.OFFICER, signed_at=NOW, level=level, crls=_crls(folder)
            )
            target = folder / f"{name}-{level.value}.pdf"
            sign_file(folder / f"{name}.pdf", target, request, key, timestamper=stamper)


def _policy(folder: Path) -> Any:
    from sohoa_signing.verify.chain import TrustStores
    from sohoa_signing.verify.policy import VerifyPolicy

    stores = TrustStores(cong_vu=((folder / "root.cer").read_bytes(),))
    return VerifyPolicy(stores=stores, crls=_crls(folder))


def ours(where: str, name: str, count: int) -> float:
    """Our verifier, with trust parsed once."""
    from sohoa_signing.verify.verify import trust_of, verify_pdf

    folder = Path(where)
    policy = _policy(folder)
    trust = trust_of(policy)

    def one() -> None:
        report = verify_pdf(folder / f"{name}.pdf", policy=policy, trust=trust)
        assert report.verdict.value == "VALID", report.code

    return _cpu(one, count)


def peer(where: str, name: str, count: int) -> float:
    """Stock pyHanko: every signature and timestamp, changes included."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp

    folder = Path(where)
    context = _context(folder)

    def one() -> None:
        with (folder / f"{name}.pdf").open("rb") as stream:
            for found in PdfFileReader(stream).embedded_signatures:
                if found.sig_object.get("/Type") == "/DocTimeStamp":
                    status = validate_pdf_timestamp(found, validation_context=context)
                    assert status.intact and status.valid
                else:
                    signed = validate_pdf_signature(
                        found, signer_validation_context=context, ts_validation_context=context
                    )
                    assert signed.bottom_line

    return _cpu(one, count)


def fuzz(where: str, name: str, cases: int, seed: int) -> dict[str, float]:
    """Damaged copies: how many were called VALID, how many raised, the slowest, the peak."""
    from tests.signing.large import peak_megabytes
    from tests.signing.test_fuzz import mutate

    from sohoa_signing.verify.policy import Verdict
    from sohoa_signing.verify.verify import trust_of, verify_pdf

    folder = Path(where)
    policy = _policy(folder)
    trust = trust_of(policy)
    pdf = (folder / f"{name}.pdf").read_bytes()
    rng = random.Random(seed)
    valid = raised = done = 0
    slowest = 0.0
    while done < cases:
        damaged, matters = mutate(pdf, rng)
        if damaged == pdf or not matters:
            continue
        done += 1
        start = time.perf_counter()
        try:
            report = verify_pdf(damaged, policy=policy, trust=trust)
            valid += report.verdict is Verdict.VALID
        except Exception:
            raised += 1
        slowest = max(slowest, time.perf_counter() - start)
    return {"valid": valid, "raised": raised, "slowest": slowest, "peak": peak_megabytes()}


def run(*, quick: bool) -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as where:
        prepare(Path(where))
        make(where)
        for name in FILES:
            for level in ("B-B", "B-LT", "B-LTA"):
                mine = in_child(ours, where, f"{name}-{level}", 20 if quick else 100)
                theirs = in_child(peer, where, f"{name}-{level}", 5 if quick else 20)
                goal = 4.0 if level == "B-LTA" or name == "large" else 8.0
                line(
                    BENCH,
                    f"{level} {name}: times pyHanko with a shared context",
                    theirs / mine,
                    "x",
                    goal=goal,
                    better="more",
                    ms=round(mine, 3),
                    peer_ms=round(theirs, 3),
                )
        cases = 1_000 if quick else 50_000
        _write_fuzz_target(Path(where))
        found = in_child(fuzz, where, "fuzz", cases, 20261121)
        line(BENCH, "damaged files called VALID", found["valid"], "files", goal=0, cases=cases)
        line(BENCH, "damaged files that raised", found["raised"], "files", goal=0, cases=cases)
        line(BENCH, "slowest damaged file", found["slowest"], "s", goal=10.0)
        line(BENCH, "peak memory over all damaged files", found["peak"], "MB", goal=500.0)


def _write_fuzz_target(folder: Path) -> None:
    """A small signed file: the damage should hit structure, not a scan."""
    from tests.signing.kit import make_pdf, scan_image

    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.request import Level, SignerRole, SignRequest
    from sohoa_signing.sign import sign_pdf
    from sohoa_signing.timestamp import LocalTimestamper

    key = open_pkcs12(folder / "ec.p12", PASSWORD)
    stamper = LocalTimestamper(open_pkcs12(folder / "tsa.p12", PASSWORD))
    pdf = make_pdf(image=scan_image(124, 175))
    request = SignRequest(
        role=SignerRole.OFFICER, signed_at=NOW, level=Level.B_LT, crls=_crls(folder)
    )
    signed = sign_pdf(pdf, request, key, timestamper=stamper).pdf
    assert re.search(rb"/DSS", signed)
    (folder / "fuzz.pdf").write_bytes(signed)
