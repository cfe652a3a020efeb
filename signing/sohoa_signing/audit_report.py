"""The audit report as PDF/A-2u: summary, method and list, ready to be signed.

One embedded font, text only, every letter mapped to Unicode; no pictures, no links. The same
results give the same bytes. It is signed like any other file (:func:`sign_pdf`).
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from xml.sax.saxutils import escape

from PIL import ImageCms

from sohoa_core.i18n import N_, translate
from sohoa_signing.drawing import add_font
from sohoa_signing.mark_font import FontSubset, MarkFont, find_mark_font
from sohoa_signing.marks import format_time, wrap
from sohoa_signing.update import stream_body
from sohoa_signing.verify.report import FileReport, signature_sentence

WIDTH, HEIGHT, MARGIN, LEADING = 595, 842, 56, 13
_PER_PAGE = (HEIGHT - 2 * MARGIN) // LEADING
_VERDICTS = {
    "VALID": N_("valid"),
    "INVALID": N_("not valid"),
    "INDETERMINATE": N_("cannot be decided"),
    "UNSIGNED": N_("not signed"),
    "MALFORMED": N_("damaged"),
}
_METHOD = (
    N_("Method: bytes and structure first, then every later change with two independent readers,"),
    N_("then the signature itself, its timestamps, the chain to the chosen roots and revocation."),
    N_("Indications follow ETSI EN 319 102-1; fields follow Circular 15/2025/TT-BKHCN."),
)


def audit_pdf(
    reports: Sequence[FileReport],
    *,
    made_at: datetime,
    roots: Iterable[tuple[str, str]] = (),
    lang: str = "vi",
    font: MarkFont | None = None,
) -> bytes:
    """The report on ``reports``; ``roots`` are names and fingerprints of the trusted roots.

    Raises :class:`MarkFontMissing`.
    """
    face = font or find_mark_font()
    lines = [
        line
        for text in _texts(reports, made_at, tuple(roots), lang)
        for line in (wrap(face.clean(text), face, WIDTH - 2 * MARGIN) or [""])
    ]
    pages = [lines[at : at + _PER_PAGE] for at in range(0, len(lines), _PER_PAGE)] or [[]]
    title = translate(N_("Signature audit report"), lang)
    return _Writer(title, made_at).run(pages, face.subset(lines))


def _texts(
    reports: Sequence[FileReport], made_at: datetime, roots: tuple[tuple[str, str], ...], lang: str
) -> Iterable[str]:
    def say(template: str, **values: object) -> str:
        return translate(template, lang).format(**values)

    yield say(N_("Signature audit report")).upper()
    yield say(N_("Made at {time}"), time=format_time(made_at, "%d/%m/%Y %H:%M:%S %z"))
    yield ""
    counts = Counter(report.verdict.value for report in reports)
    yield say(N_("Files: {count}"), count=len(reports))
    for verdict, words in _VERDICTS.items():
        if counts[verdict]:
            yield f"   {translate(words, lang)}: {counts[verdict]}"
    yield ""
    for part in _METHOD:
        yield translate(part, lang)
    yield say(N_("Trusted roots: {count}"), count=len(roots))
    for name, pin in roots:
        yield f"   {name} – SHA-256 {pin}"
    for number, report in enumerate(reports, 1):
        yield ""
        yield f"{number}. {report.file}: {translate(_VERDICTS[report.verdict.value], lang).upper()}"
        yield f"   SHA-256 {report.sha256}"
        yield f"   {report.sentence(lang)}"
        for signature in report.signatures:
            time = signature.timestamp_at or signature.signed_at or "-"
            yield f"   – {signature_sentence(signature, lang)}"
            yield f"     {signature.signer}; {signature.issuer}; {time}; {signature.level}"
            result = "/".join(filter(None, (signature.indication, signature.subindication)))
            yield f"     {result}"


class _Writer:
    """A whole new file, object by object."""

    def __init__(self, title: str, made_at: datetime) -> None:
        self.title = title
        self.made_at = made_at.replace(microsecond=0)
        self.objects: list[bytes] = []

    def add(self, dictionary: bytes, content: bytes | None = None) -> int:
        body = dictionary if content is None else stream_body(content, dictionary[3:-3])
        self.objects.append(body)
        return len(self.objects)

    def run(self, pages: list[list[str]], font: FontSubset) -> bytes:
        font_number = add_font(self.add, font)
        profile = self.add(b"<< /N 3 /Filter /FlateDecode >>", _profile())
        tree = len(self.objects) + 2 * len(pages) + 1
        kids = []
        for lines in pages:
            content = self.add(b"<< /Filter /FlateDecode >>", zlib.compress(_draw(lines, font), 9))
            kids.append(
                self.add(
                    b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
                    b"/Resources << /Font << /F0 %d 0 R >> >> >>"
                    % (tree, WIDTH, HEIGHT, content, font_number)
                )
            )
        listed = b" ".join(b"%d 0 R" % kid for kid in kids)
        assert self.add(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids))) == tree
        metadata = self.add(b"<< /Type /Metadata /Subtype /XML >>", self._xmp())
        root = self.add(
            b"<< /Type /Catalog /Pages %d 0 R /Metadata %d 0 R /Lang (vi-VN) /OutputIntents "
            b"[<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) "
            b"/DestOutputProfile %d 0 R >>] >>" % (tree, metadata, profile)
        )
        return self._file(root)

    def _xmp(self) -> bytes:
        moment = self.made_at.isoformat()
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
            'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
            '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
            'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\n'
            "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>\n"
            f"<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>\n"
            f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(self.title)}</rdf:li>'
            "</rdf:Alt></dc:title>\n</rdf:Description></rdf:RDF></x:xmpmeta>\n"
            '<?xpacket end="w"?>'
        ).encode()

    def _file(self, root: int) -> bytes:
        data = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self.objects, 1):
            places.append(len(data))
            data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        here = len(data)
        identity = hashlib.sha256(data).hexdigest()[:32].upper().encode()
        data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        data += b"".join(b"%010d 00000 n \n" % place for place in places)
        data += (
            b"trailer\n<< /Size %d /Root %d 0 R /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n"
            % (
                len(places) + 1,
                root,
                identity,
                identity,
                here,
            )
        )
        return bytes(data)


def _draw(lines: list[str], font: FontSubset) -> bytes:
    parts = ["BT /F0 10 Tf 0 g"]
    y = HEIGHT - MARGIN - 10
    for line in lines:
        codes = "".join(f"{font.glyphs[letter]:04X}" for letter in line)
        parts.append(f"1 0 0 1 {MARGIN} {y} Tm <{codes}> Tj")
        y -= LEADING
    parts.append("ET")
    return "\n".join(parts).encode("ascii")


@lru_cache(maxsize=1)
def _profile() -> bytes:
    """sRGB, without the moment at which the library made it."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    raw[24:36] = b"\x07\xea\x00\x01\x00\x01" + bytes(6)  # date and time in the header (ICC.1 7.2.8)
    raw[84:100] = bytes(16)  # the profile's own digest: not computed
    return zlib.compress(bytes(raw), 9)
