"""Small PDFs, raw incremental updates and test authorities for the signing tests.

The updates are written byte by byte here, with no library, so that an attack contains
exactly what the test says.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image, ImageDraw, ImageFont

from sohoa_signing.demo_pki import Issued, Subject, issue, issue_crl, new_key
from sohoa_signing.keys import LoadedKey
from sohoa_signing.marks import officer_mark
from sohoa_signing.sign import Level, Profile, Signed, SignerRole, SignRequest, sign_pdf
from sohoa_signing.timestamp import LocalTimestamper
from sohoa_signing.verify.chain import TrustStores
from sohoa_signing.verify.policy import VerifyPolicy
from sohoa_signing.verify.report import FileReport
from sohoa_signing.verify.verify import verify_pdf

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
PEM = "PEM"


def pem(certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


@dataclass(frozen=True)
class Authority:
    """A test authority: root, intermediate, signers by name, and revocation lists."""

    root: Issued
    middle: Issued
    people: dict[str, Issued]

    def key(self, name: str) -> LoadedKey:
        found = self.people[name]
        return LoadedKey(
            found.private_key,
            found.certificate,
            (self.middle.certificate, self.root.certificate),
        )

    def crls(self, *, revoked=(), until: datetime | None = None, since: datetime | None = None):
        """Current lists of both authorities; ``revoked`` pairs name and moment."""
        window = {"this_update": since or NOW - DAY, "next_update": until or NOW + 30 * DAY}
        entries = [(self.people[name].certificate, moment) for name, moment in revoked]
        return (
            issue_crl(self.root, **window),
            issue_crl(self.middle, revoked=entries, **window),
        )

    def policy(self, **changes) -> VerifyPolicy:
        options = {
            "stores": TrustStores(cong_vu=(pem(self.root.certificate),)),
            "crls": self.crls(),
        }
        return VerifyPolicy(**{**options, **changes})

    def stamper(self, at: datetime | None = None, name: str = "tsa") -> LocalTimestamper:
        return LocalTimestamper(self.key(name), fixed=at)


def make_authority(label: str = "A") -> Authority:
    long = {"since": NOW - 4000 * DAY, "until": NOW + 4000 * DAY}
    year = {"since": NOW - 300 * DAY, "until": NOW + 300 * DAY}
    root = issue(Subject(f"Gốc thử {label}"), issuer=None, purpose="authority", **long)
    middle = issue(
        Subject(f"Trung gian thử {label}"), issuer=root, purpose="authority", path_length=0, **long
    )
    place = "Ủy ban nhân dân phường Thử Nghiệm"

    def person(name, purpose="signing", window=year, kind="ec", **parts):
        return issue(
            Subject(name, agency=place, **parts),
            issuer=middle,
            purpose=purpose,
            private_key=new_key(kind),
            **window,
        )

    people = {
        "officer": person("Lê Thị Thử", title="Công chức", identifier="CCCD:000000000001"),
        "agency": person(place, unit="Văn phòng", identifier="MST:0000000001"),
        "rsa": person("Trần Văn Thử", kind="rsa"),
        "tsa": person("TSA thử", purpose="timestamping", window=long),
        "expired": person("Hết Hạn", window={"since": NOW - 800 * DAY, "until": NOW - 100 * DAY}),
        "future": person("Chưa Đến", window={"since": NOW + 10 * DAY, "until": NOW + 90 * DAY}),
        "cipher": person("Mã Hóa", purpose="other"),
    }
    return Authority(root, middle, people)


def scan_image(width: int = 620, height: int = 877, *, seed: int = 7) -> Image.Image:
    """A page like a scan at 75 dpi: off-white paper, noise, typed lines, a red seal."""
    rng = np.random.default_rng(seed)
    paper = rng.normal(243, 2.5, (height, width, 3)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(paper)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=width / 45)
    pen.text((width * 0.12, height * 0.075), "UBND PHUONG THU NGHIEM", fill=(30, 30, 30), font=font)
    pen.text(
        (width * 0.50, height * 0.075), "CONG HOA XA HOI CHU NGHIA", fill=(20, 20, 20), font=font
    )
    for line in range(22):
        pen.text(
            (width * 0.15, height * (0.22 + line * 0.025)),
            f"Dong {line + 1} cua van ban thu nghiem, so {line * 37}",
            fill=(25, 25, 25),
            font=font,
        )
    pen.ellipse(
        (width * 0.55, height * 0.80, width * 0.73, height * 0.92), outline=(200, 30, 30), width=3
    )
    return image


def make_pdf(
    *, pages: int = 1, rotate: int = 0, image: Image.Image | None = None, streams: bool = False
) -> bytes:
    """A small two-layer-like PDF: one JPEG a page, XMP claiming PDF/A-2u."""
    buffer = io.BytesIO()
    (image or scan_image()).save(buffer, "JPEG", quality=60)
    pdf = pikepdf.new()
    picture = pikepdf.Stream(pdf, buffer.getvalue())
    size = (image or scan_image()).size
    picture.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=size[0],
        Height=size[1],
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    for number in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
        page.Contents = pikepdf.Stream(pdf, f"q 595 0 0 842 0 0 cm /Im0 Do Q % {number}".encode())
        if rotate:
            page.Rotate = rotate
    with pdf.open_metadata() as metadata:
        metadata["pdfaid:part"] = "2"
        metadata["pdfaid:conformance"] = "U"
    output = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if streams else pikepdf.ObjectStreamMode.disable
    pdf.save(output, object_stream_mode=mode, deterministic_id=True)
    return output.getvalue()


def sign(
    pdf: bytes,
    authority: Authority,
    who: str = "officer",
    *,
    role: SignerRole = SignerRole.OFFICER,
    at: datetime | None = None,
    mark: bool = False,
    stamp: datetime | bool = False,
    profile: Profile = Profile.TT15,
    **options,
) -> Signed:
    """Sign as ``who``; ``stamp`` adds a timestamp (at a fixed moment when it is one)."""
    moment = at or NOW - timedelta(hours=1)
    request = SignRequest(
        role=role,
        signed_at=moment,
        checked_at=options.pop("checked_at", moment),
        mark=officer_mark("Lê Thị Thử", moment) if mark else None,
        level=Level.B_T if stamp else Level.B_B,
        profile=profile,
        **options,
    )
    stamper = authority.stamper(stamp if isinstance(stamp, datetime) else moment) if stamp else None
    return sign_pdf(pdf, request, authority.key(who), timestamper=stamper)


def judge(pdf: bytes, policy: VerifyPolicy) -> FileReport:
    return verify_pdf(pdf, name="thu.pdf", policy=policy)


# --- raw incremental updates -----------------------------------------------------------------


def last_xref(pdf: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)\s+%%EOF", pdf)[-1])


def trailer_of(pdf: bytes) -> tuple[str, int]:
    """Root reference and size, from the newest classic trailer."""
    text = pdf[pdf.rfind(b"trailer") :].decode("latin-1")
    root = re.search(r"/Root\s+(\d+ \d+ R)", text)
    size = re.search(r"/Size\s+(\d+)", text)
    assert root and size
    return root[1], int(size[1])


def append_update(
    pdf: bytes,
    objects: Mapping[int, bytes],
    *,
    trailer: str = "",
    root: str | None = None,
    before: bytes = b"",
    after_eof: bytes = b"",
    offsets: Mapping[int, int] | None = None,
    unlisted: tuple[int, ...] = (),
    startxref: int | None = None,
) -> bytes:
    """``pdf`` with one classic incremental update that defines ``objects`` (bodies by number)."""
    known_root, size = trailer_of(pdf)
    output = bytearray(pdf)
    if not output.endswith(b"\n"):
        output += b"\n"
    output += before
    places: dict[int, int] = {}
    for number, body in objects.items():
        places[number] = len(output)
        output += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    for number in unlisted:
        places.pop(number)
    places.update(offsets or {})
    here = len(output)
    output += b"xref\n"
    for number in sorted(places):
        output += b"%d 1\n%010d 00000 n \n" % (number, places[number])
    if not places:
        output += b"0 0\n"
    highest = max([size, *(n + 1 for n in objects)])
    identity = re.search(rb"/ID\s*\[.*?\]", pdf[pdf.rfind(b"trailer") :], re.S)
    extra = trailer + (identity[0].decode("latin-1") if identity else "")
    output += (
        f"trailer\n<< /Size {highest} /Root {root or known_root} "
        f"/Prev {last_xref(pdf)} {extra} >>\n"
        f"startxref\n{here if startxref is None else startxref}\n%%EOF\n"
    ).encode("latin-1")
    return bytes(output) + after_eof


def object_body(pdf: bytes, number: int) -> bytes:
    """Source text of the newest classic definition of object ``number`` (not of a stream)."""
    found = list(re.finditer(rb"(?<!\d)%d 0 obj\s*(.*?)\s*endobj" % number, pdf, re.S))
    return found[-1][1]


def stream_body(content: bytes, fields: str = "") -> bytes:
    return f"<< /Length {len(content)} {fields} >>\nstream\n".encode() + content + b"\nendstream"


def numbers(pdf: bytes) -> dict[str, int]:
    """Object numbers that attacks need: root, pages, page, contents, and a free one."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0].obj
        contents = page.Contents
        if isinstance(contents, pikepdf.Array):
            contents = contents[0]
        return {
            "root": document.Root.objgen[0],
            "pages": document.Root.Pages.objgen[0],
            "page": page.objgen[0],
            "contents": contents.objgen[0],
            "free": trailer_of(pdf)[1],
        }


def signature_span(pdf: bytes, index: int = -1) -> tuple[int, int, int, int]:
    """The four numbers of a /ByteRange."""
    found = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf)
    return tuple(int(n) for n in found[index])  # type: ignore[return-value]


def replace_once(pdf: bytes, pattern: bytes, change: Callable[[re.Match[bytes]], bytes]) -> bytes:
    """Change the last match of ``pattern`` to text of the same length."""
    match = list(re.finditer(pattern, pdf, re.S))[-1]
    new = change(match)
    assert len(new) == len(match[0]), "the attack must not move bytes"
    return pdf[: match.start()] + new + pdf[match.end() :]


def pdfsig(pdf: bytes, folder: Path) -> str:
    """What poppler's pdfsig says, away from any certificate store of the user."""
    path = folder / "pdfsig.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(
        ["pdfsig", "-nocert", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    return done.stdout


def page_pixels(pdf: bytes, *, dpi: int = 72, page: int = 0) -> np.ndarray:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        document.init_forms()
        return document[page].render(scale=dpi / 72).to_numpy().copy()
    finally:
        document.close()
