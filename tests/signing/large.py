"""A very large PDF, signed and verified in a process of its own: how much memory does it take?"""

from __future__ import annotations

import os
from pathlib import Path

from tests.signing.kit import NOW, last_xref, make_authority, make_pdf, trailer_of


def write_large(path: Path, megabytes: int) -> None:
    """A small PDF with one unused stream of so many megabytes of zeros (a sparse file)."""
    pdf = make_pdf()
    root, number = trailer_of(pdf)
    length = megabytes * 1_000_000
    head = b"%d 0 obj\n<< /Length %d >>\nstream\n" % (number, length)
    with path.open("wb") as stream:
        stream.write(pdf)
        place = stream.tell()
        stream.write(head)
        stream.seek(length, os.SEEK_CUR)
        stream.write(b"\nendstream\nendobj\n")
        table = stream.tell()
        stream.write(
            b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root %s /Prev %d >>\n"
            b"startxref\n%d\n%%%%EOF\n"
            % (number, place, number + 1, root.encode(), last_xref(pdf), table)
        )


def peak_megabytes() -> float:
    """The peak of resident memory of this process (that of its parent does not count)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def peak_of_signing(source: str, target: str, megabytes: int) -> dict[str, object]:
    """Sign and verify; the peak of resident memory in megabytes."""
    from sohoa_core.limits import Limits
    from sohoa_signing.marks import officer_mark
    from sohoa_signing.request import SignerRole, SignRequest
    from sohoa_signing.sign import sign_file
    from sohoa_signing.verify.verify import verify_pdf

    authority = make_authority()
    path = Path(source)
    write_large(path, megabytes)
    limits = Limits(file_megabytes=2048)
    request = SignRequest(
        role=SignerRole.OFFICER,
        signed_at=NOW,
        mark=officer_mark("Lê Thị Thử", NOW),
        limits=limits,
    )
    signed = sign_file(path, Path(target), request, authority.key("officer"))
    report = verify_pdf(Path(target), policy=authority.policy(), limits=limits)
    return {
        "size": signed.size,
        "verdict": report.verdict.value,
        "peak_mb": peak_megabytes(),
    }
