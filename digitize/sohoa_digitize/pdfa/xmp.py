"""XMP metadata that says the same as the Info dictionary (ISO 19005-2, 6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

PRODUCER = "sohoa"
_XMP_START = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_XMP_END = '\n<?xpacket end="r"?>'


@dataclass(frozen=True, slots=True)
class Described:
    """What the file says about itself; ``created`` is ISO 8601 with zone, or None.

    The archival file names no personal data of its own: the records hold those.
    """

    title: str = ""
    producer: str = PRODUCER
    created: str | None = None
    language: str = "vi-VN"


def _clean(text: str) -> str:
    return "".join(c for c in text if c >= " " and c not in "\ufffe\uffff")


def xmp(about: Described, *, part: int | None = 2, conformance: str = "U") -> bytes:
    """The XMP packet; ``part`` None makes no claim to PDF/A."""
    lines = [
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
        '<rdf:Description rdf:about=""',
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"',
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"',
        ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/"',
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/">',
    ]
    if part is not None:
        lines.append(f"<pdfaid:part>{part}</pdfaid:part>")
        lines.append(f"<pdfaid:conformance>{conformance}</pdfaid:conformance>")
    lines.append("<dc:format>application/pdf</dc:format>")
    if about.title:
        lines.append(
            '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">'
            f"{escape(_clean(about.title))}</rdf:li></rdf:Alt></dc:title>"
        )
    lines.append(f"<pdf:Producer>{escape(_clean(about.producer))}</pdf:Producer>")
    if about.created:
        lines.append(f"<xmp:CreateDate>{escape(about.created)}</xmp:CreateDate>")
    lines += ["</rdf:Description>", "</rdf:RDF>", "</x:xmpmeta>"]
    return (_XMP_START + "\n".join(lines) + _XMP_END).encode()
