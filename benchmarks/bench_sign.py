"""Signing against stock pyHanko: the same files, keys and levels in the same run.

Both read a file and write a file. CPU seconds are those of the process that signs; the local
timestamp service works in a process of its own, for both. The floor is to read the file, hash
it with SHA-256, write its copy, and one operation of the private key.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.report import in_child, line
from benchmarks.signing_files import KEYS, NOW, PASSWORD, prepare

BENCH = "sign"
FILES = ("small", "large")


def _cpu(
    function: Callable[[], Any], count: int, *, between: Callable[[], Any] = lambda: None
) -> float:
    """CPU milliseconds of one call, kernel included; the best of three rounds.

    ``between`` tidies up before each round and is not counted.
    """
    function()
    best = 1e9
    for _round in range(3):
        between()
        before = time.process_time()
        for _call in range(count):
            function()
        best = min(best, time.process_time() - before)
    return best / count * 1000


class _Targets:
    """A new file for every signature, as in a batch: to write over an old one costs more."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._count = folder / name, 0
        self._folder.mkdir(exist_ok=True)

    def next(self) -> Path:
        self._count += 1
        return self._folder / f"{self._count}.pdf"

    def clear(self) -> None:
        for path in self._folder.iterdir():
            path.unlink()


def _crls(folder: Path) -> tuple[bytes, ...]:
    return tuple((folder / f"{name}.crl").read_bytes() for name in ("root", "middle"))


def ours(where: str, name: str, key: str, level: str, count: int, service: str) -> float:
    """Our own signer, key loaded once as in a batch."""
    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.request import Lane, Level, SignerRole, SignRequest
    from sohoa_signing.sign import sign_file
    from sohoa_signing.tsa import HttpTimestamper, TsaAddress

    folder = Path(where)
    loaded = open_pkcs12(folder / f"{key}.p12", PASSWORD)
    request = SignRequest(
        role=SignerRole.OFFICER,
        signed_at=NOW,
        level=Level(level),
        crls=_crls(folder),
        lane=Lane.FAST,
    )
    stamper = HttpTimestamper((TsaAddress(service),)) if service else None
    source, targets = folder / f"{name}.pdf", _Targets(folder, f"ours-{name}-{key}-{level}")

    def one() -> None:
        sign_file(
            source,
            targets.next(),
            request,
            loaded,
            timestamper=stamper,
            durable=False,  # pyHanko does not wait for the disk either
        )

    try:
        return _cpu(one, count, between=targets.clear)
    finally:
        targets.clear()


def peer(where: str, name: str, key: str, level: str, count: int, service: str) -> float:
    """Stock pyHanko, signer and validation context made once."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko.sign.timestamps import HTTPTimeStamper

    folder = Path(where)
    signer = SimpleSigner.load_pkcs12(
        str(folder / f"{key}.p12"), passphrase=PASSWORD, prefer_pss=True
    )
    assert signer is not None
    extra: dict[str, Any] = {}
    if level != "B-B":
        extra = {
            "embed_validation_info": True,
            "validation_context": _context(folder),
        }
    metadata = PdfSignatureMetadata(
        field_name="Signature", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", **extra
    )
    stamper = HTTPTimeStamper(service) if service else None
    pdf_signer = PdfSigner(metadata, signer, timestamper=stamper)
    targets = _Targets(folder, f"peer-{name}-{key}-{level}")

    def one() -> None:
        with (
            (folder / f"{name}.pdf").open("rb") as source,
            targets.next().open("wb+") as target,
        ):
            pdf_signer.sign_pdf(IncrementalPdfFileWriter(source), output=target)

    try:
        return _cpu(one, count, between=targets.clear)
    finally:
        targets.clear()


def _context(folder: Path) -> Any:
    from asn1crypto import x509
    from pyhanko_certvalidator import ValidationContext

    root, middle = (
        x509.Certificate.load((folder / f"{name}.cer").read_bytes()) for name in ("root", "middle")
    )
    return ValidationContext(
        trust_roots=[root],
        other_certs=[middle],
        crls=list(_crls(folder)),
        allow_fetching=False,
        revocation_mode="require",
    )


def floor(where: str, name: str, key: str, count: int) -> float:
    """The file read and hashed, its copy written, and one operation of the private key."""
    from sohoa_signing.keys import open_pkcs12

    folder = Path(where)
    loaded = open_pkcs12(folder / f"{key}.p12", PASSWORD)
    source, targets = folder / f"{name}.pdf", _Targets(folder, f"floor-{name}-{key}")

    def one() -> None:
        data = source.read_bytes()
        loaded.sign_raw(hashlib.sha256(data).digest(), digest="sha256", pss=True)
        targets.next().write_bytes(data)

    try:
        return _cpu(one, count, between=targets.clear)
    finally:
        targets.clear()


def marked(where: str, name: str, count: int) -> float:
    """Our signer with the officer's visible mark: the page is looked at for free space."""
    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.marks import officer_mark
    from sohoa_signing.request import SignerRole, SignRequest
    from sohoa_signing.sign import sign_file

    folder = Path(where)
    loaded = open_pkcs12(folder / "rsa2048.p12", PASSWORD)
    request = SignRequest(
        role=SignerRole.OFFICER, signed_at=NOW, mark=officer_mark("Nguyễn Thị Mẫu", NOW)
    )

    def one() -> None:
        sign_file(folder / f"{name}.pdf", folder / "marked.pdf", request, loaded)

    return _cpu(one, count)


def memory(where: str, megabytes: int) -> dict[str, Any]:
    """Peak of resident memory when a file of this size is signed and verified."""
    from tests.signing.large import peak_of_signing

    folder = Path(where)
    return peak_of_signing(str(folder / "huge.pdf"), str(folder / "signed.pdf"), megabytes)


def token(where: str, count: int, seconds: float) -> dict[str, float]:
    """A token that takes ``seconds`` a signature: the share of time in which it is busy."""
    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.many import sign_many
    from sohoa_signing.marks import officer_mark
    from sohoa_signing.request import SignerRole, SignRequest

    folder = Path(where)
    inner = open_pkcs12(folder / "rsa2048.p12", PASSWORD)

    class Slow:
        """The key of a USB token: one signature at a time, each of them slow."""

        available, certificate, chain = None, inner.certificate, inner.chain
        busy = first = last = 0.0

        def sign_raw(self, data: bytes, *, digest: str, pss: bool) -> bytes:
            start = time.perf_counter()
            time.sleep(seconds)
            value = inner.sign_raw(data, digest=digest, pss=pss)
            self.last = time.perf_counter()
            self.first = self.first or start
            self.busy += self.last - start
            return value

        def close(self) -> None:
            pass

    key = Slow()
    request = SignRequest(
        role=SignerRole.OFFICER, signed_at=NOW, mark=officer_mark("Nguyễn Thị Mẫu", NOW)
    )
    jobs = [(folder / "small.pdf", folder / f"many-{n}.pdf") for n in range(count)]
    start = time.perf_counter()
    done = sum(1 for result in sign_many(jobs, request, key) if result.error is None)
    wall = time.perf_counter() - start
    # From the first use of the token to the last: start-up is told apart.
    share = key.busy / (key.last - key.first) * 100
    return {"share": share, "done": done, "wall": wall, "startup": key.first - start}


def run(*, quick: bool) -> None:
    """Print all figures."""
    from benchmarks.services import local_tsa

    with tempfile.TemporaryDirectory() as where:
        prepare(Path(where))
        keys = KEYS[:1] if quick else KEYS
        for key in keys:
            for name in FILES:
                _compare(where, name, key, "B-B", "", quick=quick)
        with local_tsa(Path(where)) as service:
            for key in keys:
                _compare(where, "small", key, "B-LT", service, quick=quick)
            if not quick:
                _compare(where, "large", "rsa2048", "B-LT", service, quick=quick)
        for name in FILES:
            found = in_child(marked, where, name, 5 if quick else 20)
            line(BENCH, f"B-B rsa2048 {name}, visible mark", found, "CPU ms")
        size = 100 if quick else 1000
        peak = in_child(memory, where, size)
        line(
            BENCH,
            "peak memory of a worker that signs and verifies",
            peak["peak_mb"],
            "MB",
            goal=200.0,
            file_mb=size,
            verdict=peak["verdict"],
        )
        count = 30 if quick else 200
        shares = in_child(token, where, count, 0.2)
        line(
            BENCH,
            "time in which a token of 200 ms a signature is busy",
            shares["share"],
            "%",
            goal=95.0,
            better="more",
            files=count,
            startup_s=round(shares["startup"], 2),
            wall_s=round(shares["wall"], 1),
        )


def _compare(where: str, name: str, key: str, level: str, service: str, *, quick: bool) -> None:
    count = 20 if name == "large" else 30 if quick else 100
    mine = theirs = least = float("inf")
    # In turns, so that a busy machine is busy for both.
    for _ in range(1 if quick else 3):
        mine = min(mine, in_child(ours, where, name, key, level, count, service))
        theirs = min(theirs, in_child(peer, where, name, key, level, 4, service))
        least = min(least, in_child(floor, where, name, key, 20))
    goal = 8.0 if level != "B-B" or name == "large" else 25.0
    line(
        BENCH,
        f"{level} {key} {name}: signatures a CPU second",
        1000 / mine,
        "1/s",
        peer="pyHanko",
        peer_value=1000 / theirs,
        goal=None,
        floor=1000 / least,
    )
    line(
        BENCH,
        f"{level} {key} {name}: times pyHanko",
        theirs / mine,
        "x",
        goal=goal,
        better="more",
        ms=round(mine, 3),
        peer_ms=round(theirs, 3),
        floor_ms=round(least, 3),
    )
