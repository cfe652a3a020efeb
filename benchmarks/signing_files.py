"""What the signing benches sign and verify: invented scans and a test authority in a folder."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from PIL import Image

from sohoa_signing.demo_pki import Issued, Subject, issue, issue_crl, new_key, write_pkcs12

NOW = datetime.now(UTC).replace(microsecond=0)
PASSWORD = b"bench"
KEYS = ("rsa2048", "rsa3072", "ec")


def write_scan(path: Path, pages: int, page_bytes: int) -> None:
    """A PDF of ``pages`` scans, each close to ``page_bytes`` of JPEG."""
    rng = np.random.default_rng(7)
    pdf = pikepdf.new()
    for number in range(pages):
        grain = rng.normal(240, 10, (1754, 1240)).clip(0, 255).astype(np.uint8)
        grain[200 + number : 1500 : 40, 150:1100] = 30
        quality, data = 50, b""
        for quality in range(30, 96, 5):
            stream = io.BytesIO()
            Image.fromarray(grain).save(stream, "JPEG", quality=quality)
            data = stream.getvalue()
            if len(data) >= page_bytes:
                break
        picture = pikepdf.Stream(pdf, data[:])
        picture.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=1240,
            Height=1754,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
        page.Contents = pikepdf.Stream(pdf, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    pdf.save(path, deterministic_id=True)


def prepare(folder: Path) -> None:
    """Two files and an authority with keys of every kind."""
    write_scan(folder / "small.pdf", 1, 300_000)
    write_scan(folder / "large.pdf", 20, 300_000)
    day = timedelta(days=1)
    long: dict[str, Any] = {"since": NOW - 900 * day, "until": NOW + 900 * day}
    root = issue(Subject("Bench root"), issuer=None, purpose="authority", **long)
    middle = issue(Subject("Bench sub"), issuer=root, purpose="authority", path_length=0, **long)
    for name in (*KEYS, "tsa"):
        key = new_key("rsa", bits=int(name[3:])) if name.startswith("rsa") else new_key("ec")
        purpose = "timestamping" if name == "tsa" else "signing"
        found = issue(Subject(name), issuer=middle, purpose=purpose, private_key=key, **long)  # type: ignore[arg-type]
        chain = (middle.certificate, root.certificate)
        write_pkcs12(folder / f"{name}.p12", found, chain, PASSWORD)
    for name, authority in (("root", root), ("middle", middle)):
        write_authority(folder, name, authority, day)


def write_authority(folder: Path, name: str, authority: Issued, day: timedelta) -> None:
    """Certificate and revocation list of one authority."""
    from cryptography.hazmat.primitives.serialization import Encoding

    (folder / f"{name}.cer").write_bytes(authority.certificate.public_bytes(Encoding.DER))
    crl = issue_crl(authority, this_update=NOW - day, next_update=NOW + 30 * day)
    (folder / f"{name}.crl").write_bytes(crl)
