"""Verifying against stock pyHanko with a context shared by all files: warm caches for both.

Also the fuzz run: damaged copies of signed files must never be VALID, never raise, and cost
neither much time nor much memory.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

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
    folder = Path(where)
    context = _context(folder)

    def one() -> None:
        with (folder / f"{name}.pdf").open("rb") as stream:
            assert _peer_accepts(stream, context)

    return _cpu(one, count)


def _peer_accepts(stream: BinaryIO, context: Any) -> bool:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp

    holds = True
    for found in PdfFileReader(stream).embedded_signatures:
        if found.sig_object.get("/Type") == "/DocTimeStamp":
            status = validate_pdf_timestamp(found, validation_context=context)
            holds = holds and status.intact and status.valid
        else:
            signed = validate_pdf_signature(
                found, signer_validation_context=context, ts_validation_context=context
            )
            holds = holds and signed.bottom_line
    return bool(holds)


def _peer_agrees(pdf: bytes, context: Any) -> bool:
    try:
        return _peer_accepts(io.BytesIO(pdf), context)
    except Exception:
        return False


def floor(where: str, name: str, count: int) -> float:
    """What nobody can save: the file read and hashed once with SHA-256."""
    path = Path(where) / f"{name}.pdf"
    return _cpu(lambda: hashlib.sha256(path.read_bytes()).digest(), count)


def fuzz(where: str, name: str, cases: int, seed: int) -> dict[str, float]:
    """Damaged copies: how many were wrongly called VALID, how many raised, slowest, peak.

    A copy whose signed bytes are whole may be VALID all the same, when the damage went into
    the unsigned update behind them and left a well-formed one (another file identifier, one
    line end less): ``harmless``. Of these, ``peer_refuses`` are not accepted by pyHanko.
    """
    from sohoa_signing.verify.policy import Verdict
    from sohoa_signing.verify.verify import trust_of, verify_pdf
    from tests.signing.kit import signature_span
    from tests.signing.large import peak_megabytes
    from tests.signing.test_fuzz import mutate

    folder = Path(where)
    policy, context = _policy(folder), _context(folder)
    trust = trust_of(policy)
    pdf = (folder / f"{name}.pdf").read_bytes()
    _, _, second, rest = signature_span(pdf)
    rng = random.Random(seed)
    valid = raised = unforeseen = harmless = refused = done = 0
    slowest = 0.0
    while done < cases:
        damaged, matters = mutate(pdf, rng)
        if damaged == pdf or not matters:
            continue
        done += 1
        start = time.process_time()
        try:
            report = verify_pdf(damaged, policy=policy, trust=trust)
        except Exception:
            raised += 1
            continue
        slowest = max(slowest, time.process_time() - start)
        unforeseen += report.code == "unforeseen"
        if report.verdict is Verdict.VALID:
            whole = damaged[: second + rest] == pdf[: second + rest]
            harmless += whole
            valid += not whole
            refused += whole and not _peer_agrees(damaged, context)
    return {
        "valid": valid,
        "raised": raised,
        "unforeseen": unforeseen,
        "harmless": harmless,
        "peer_refuses": refused,
        "slowest": slowest,
        "peak": peak_megabytes(),
    }


def run(*, quick: bool) -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as where:
        prepare(Path(where))
        make(where)
        for name in FILES:
            for level in ("B-B", "B-LT", "B-LTA"):
                mine = theirs = least = float("inf")
                # In turns, so that a busy machine is busy for both.
                for _ in range(1 if quick else 3):
                    mine = min(mine, in_child(ours, where, f"{name}-{level}", 40))
                    theirs = min(theirs, in_child(peer, where, f"{name}-{level}", 8))
                    least = min(least, in_child(floor, where, f"{name}-{level}", 20))
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
                    floor_ms=round(least, 3),
                )
        cases = 500 if quick else 25_000
        for level in ("B-LT", "B-LTA"):
            _write_fuzz_target(Path(where), level)
            found = in_child(fuzz, where, f"fuzz-{level}", cases, 20261121)
            for told, key, unit, goal in (
                ("damaged files called VALID", "valid", "files", 0),
                ("damaged files that raised", "raised", "files", 0),
                ("damaged files with an unforeseen error", "unforeseen", "files", 0),
                ("slowest damaged file", "slowest", "s", 10.0),
                ("peak memory over all damaged files", "peak", "MB", 500.0),
            ):
                told_too = ("harmless", "peer_refuses") if key == "valid" else ()
                more = {"cases": cases} | {name: found[name] for name in told_too}
                line(BENCH, f"{level}: {told}", found[key], unit, goal=goal, **more)


def _write_fuzz_target(folder: Path, level: str) -> None:
    """A small signed file: the damage should hit structure, not a scan."""
    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.request import Level, SignerRole, SignRequest
    from sohoa_signing.sign import sign_pdf
    from sohoa_signing.timestamp import LocalTimestamper
    from tests.signing.kit import make_pdf, scan_image

    key = open_pkcs12(folder / "ec.p12", PASSWORD)
    stamper = LocalTimestamper(open_pkcs12(folder / "tsa.p12", PASSWORD))
    pdf = make_pdf(image=scan_image(124, 175))
    request = SignRequest(
        role=SignerRole.OFFICER, signed_at=NOW, level=Level(level), crls=_crls(folder)
    )
    signed = sign_pdf(pdf, request, key, timestamper=stamper).pdf
    assert re.search(rb"/DSS", signed)
    (folder / f"fuzz-{level}.pdf").write_bytes(signed)
