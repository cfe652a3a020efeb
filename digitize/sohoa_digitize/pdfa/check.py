"""Our own check of an archival file, before it may claim to be PDF/A-2u.

It asks the questions of ISO 19005-2 that concern what we write, each with its clause, on the
finished bytes (not on what the writer believes it wrote). The reference validator asks many
more; a file of ours that passes here was seen to pass there.
"""

from __future__ import annotations

import io
import re
import zlib
from typing import Any
from xml.etree.ElementTree import ParseError, XMLParser

import pikepdf
from pikepdf import Name

from sohoa_digitize.pdfa.icc import usable

_FORBIDDEN_KEYS = ("/AA", "/JavaScript", "/OpenAction", "/XFA", "/NeedsRendering", "/Requirements")
_FORBIDDEN_FILTERS = ("/LZWDecode", "/Crypt")
_ALLOWED_DEVICE = (Name.DeviceGray, Name.DeviceRGB)
_BFCHAR = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4,8})>")
_SHOWN = re.compile(rb"<([0-9A-F]+)> Tj")


def check(data: bytes) -> list[str]:
    """The clauses of ISO 19005-2 that ``data`` breaks, as short stable names; empty when none."""
    problems: list[str] = []
    if not re.match(rb"%PDF-1\.[2-7]\n%[\x80-\xff]{4}", data):
        problems.append("6.1.2 header")
    if not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        problems.append("6.1.3 trailer")
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            problems += _document(pdf)
            for page in pdf.pages:
                problems += _page(page)
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError) as error:
        problems.append(f"6.1 structure ({type(error).__name__})")
    return sorted(set(problems))


def _document(pdf: pikepdf.Pdf) -> list[str]:
    problems: list[str] = []
    if "/ID" not in pdf.trailer or len(pdf.trailer["/ID"]) != 2:
        problems.append("6.1.3 id")
    if pdf.is_encrypted:
        problems.append("6.1.3 encryption")
    root = pdf.Root
    problems += [f"6.5.1 {key[1:]}" for key in _FORBIDDEN_KEYS if key in root]
    if "/Names" in root and any(k in root.Names for k in ("/JavaScript", "/EmbeddedFiles")):
        problems.append("6.8 embedded")
    problems += _intent(root)
    problems += _metadata(pdf)
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            names: Any = thing.get("/Filter", [])
            some = list(names) if isinstance(names, pikepdf.Array) else [names]
            if any(str(name) in _FORBIDDEN_FILTERS for name in some):
                problems.append("6.1.7.2 filter")
            if "/F" in thing:
                problems.append("6.1.7.1 external stream")
    return problems


def _intent(root: Any) -> list[str]:
    intents = list(root.get("/OutputIntents", []))
    if len(intents) != 1 or intents[0].get("/S") != Name.GTS_PDFA1:
        return ["6.2.3 output intent"]
    profile = intents[0].get("/DestOutputProfile")
    if profile is None or int(profile.get("/N", 0)) != 3:
        return ["6.2.3 output profile"]
    return [] if usable(bytes(profile.read_bytes()), 3) else ["6.2.3 output profile"]


def _metadata(pdf: pikepdf.Pdf) -> list[str]:
    stream = pdf.Root.get("/Metadata")
    if stream is None or "/Filter" in stream:
        return ["6.6.2.1 metadata stream"]
    raw = bytes(stream.read_bytes())
    try:
        # Only files of our own writer come here, and declarations are refused below.
        XMLParser().feed(raw)  # noqa: S314
    except ParseError:
        return ["6.6.2.1 not well-formed"]
    problems = []
    if b"<!" in raw:
        problems.append("6.6.2.1 declarations")
    if b"<pdfaid:part>2</pdfaid:part>" not in raw:
        problems.append("6.6.4 part")
    if b"<pdfaid:conformance>U</pdfaid:conformance>" not in raw:
        problems.append("6.6.4 conformance")
    info = pdf.trailer.get("/Info", pikepdf.Dictionary())
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        for key, where in (("/Title", "dc:title"), ("/Producer", "pdf:Producer")):
            if (str(info[key]) if key in info else None) != xmp.get(where):
                problems.append(f"6.6.3 {key[1:]} differs")
        if ("/CreationDate" in info) != ("xmp:CreateDate" in xmp):
            problems.append("6.6.3 CreationDate differs")
    allowed = {"/Title", "/Producer", "/CreationDate"}
    if set(info.keys()) - allowed:
        problems.append("6.6.3 info entry without XMP")
    return problems


def _page(page: pikepdf.Page) -> list[str]:
    problems: list[str] = []
    if "/Group" in page.obj or len(page.obj.get("/Annots", [])):
        problems.append("6.2.10 / 6.3 page content")
    box = [float(x) for x in page.mediabox]
    if not all(3 <= side <= 14400 for side in (box[2] - box[0], box[3] - box[1])):
        problems.append("6.1.13 page size")
    for image in page.resources.get("/XObject", {}).values():
        problems += _image(image)
    content = bytes(page.obj.Contents.read_bytes())
    for font in page.resources.get("/Font", {}).values():
        problems += _font(font, content)
    return problems


def _image(image: Any) -> list[str]:
    problems: list[str] = []
    if any(key in image for key in ("/Alternates", "/OPI", "/SMask")):
        problems.append("6.2.8 image entry")
    if bool(image.get("/Interpolate", False)):
        problems.append("6.2.8 interpolate")
    if int(image.get("/BitsPerComponent", 1)) not in (1, 2, 4, 8, 16):
        problems.append("6.2.8 bits")
    if image.get("/Filter") == Name.JPXDecode:
        problems.append("6.2.8.3 JPEG 2000")
    space = image.get("/ColorSpace")
    if isinstance(space, pikepdf.Name):
        if space not in _ALLOWED_DEVICE:
            problems.append("6.2.4.3 device colour")
    elif space is None:
        problems.append("6.2.4 colour space")
    elif space[0] == Name.ICCBased:
        profile = space[1]
        if not usable(bytes(profile.read_bytes()), int(profile.N)):
            problems.append("6.2.4.2 ICC profile")
    elif space[0] == Name.Indexed:
        if space[1] not in _ALLOWED_DEVICE:
            problems.append("6.2.4.3 indexed base")
    else:
        problems.append("6.2.4 colour space")
    return problems


def _font(font: Any, content: bytes) -> list[str]:
    problems: list[str] = []
    descendant = font.DescendantFonts[0]
    if "/FontFile2" not in descendant.FontDescriptor:
        problems.append("6.2.11.4 embedding")
    if "/CIDToGIDMap" not in descendant:
        problems.append("6.2.11.3.2 CIDToGIDMap")
    if "/ToUnicode" not in font:
        return [*problems, "6.2.11.7.2 ToUnicode"]
    mapped: set[int] = set()
    for code, target in _BFCHAR.findall(bytes(font.ToUnicode.read_bytes())):
        mapped.add(int(code, 16))
        if target.upper() in (b"0000", b"FEFF", b"FFFE"):
            problems.append("6.2.11.7.2 forbidden target")
    for shown in _SHOWN.findall(content):
        codes = {int(shown[i : i + 4], 16) for i in range(0, len(shown), 4)}
        if not codes <= mapped:
            problems.append("6.2.11.7.2 code without Unicode")
            break
    try:
        zlib.crc32(bytes(descendant.CIDToGIDMap.read_bytes()))
    except pikepdf.PdfError:
        problems.append("6.2.11.3.2 CIDToGIDMap")
    return problems
