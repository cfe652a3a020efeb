"""What signing may not spoil in a PDF/A-2 file (ISO 19005-2), asked of what was added.

The reference validator cannot be had here; these are its rules about annotations, fonts,
colour, transparency and signatures, each with its clause. The file itself stays a prefix, so
what was right in it is right still.
"""

from __future__ import annotations

import io
import re
from typing import Any

import pikepdf
from asn1crypto import cms

_DRAWING = re.compile(rb"(?<![A-Za-z])(gs|rg|RG|k|K|cs|CS|scn|SCN|sc|SC|sh|Do|BI)(?![A-Za-z])")


def spoiled(before: bytes, after: bytes) -> list[str]:
    """The rules that the update breaks; empty when none."""
    found: list[str] = []
    if not after.startswith(before):
        return ["the original is no prefix"]
    with pikepdf.open(io.BytesIO(before)) as old, pikepdf.open(io.BytesIO(after)) as new:
        if new.is_encrypted:
            found.append("6.1.3 encryption")
        if bytes(old.trailer.ID[0]) != bytes(new.trailer.ID[0]) or len(new.trailer.ID) != 2:
            found.append("6.1.3 id")
        for key in ("/Metadata", "/OutputIntents"):
            if (key in old.Root) != (key in new.Root):
                found.append(f"{key} came or went")
        said = [pdf.Root.Metadata.read_bytes() for pdf in (old, new) if "/Metadata" in pdf.Root]
        if len(set(said)) > 1:
            found.append("6.6 metadata changed")
        for thing in list(new.objects)[len(old.objects) :]:
            found += _added(thing)
        for page in new.pages:
            for annotation in page.get("/Annots", []):
                found += _annotation(annotation)
        found += _signatures(new, after)
    return found


def _added(thing: Any) -> list[str]:
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return []
    found = [f"6.5.1 {key}" for key in ("/AA", "/JS", "/JavaScript", "/OpenAction") if key in thing]
    found += [f"6.2.10 {key}" for key in ("/SMask", "/Group", "/BM", "/CA", "/ca") if key in thing]
    kind = thing.get("/Subtype")
    if kind == "/Type0":
        (below,) = thing.DescendantFonts
        if "/FontFile2" not in below.FontDescriptor or "/ToUnicode" not in thing:
            found.append("6.2.11.4 font")
        if below.get("/CIDToGIDMap") is None:
            found.append("6.2.11.3.2 map")
    if kind == "/Form" and _DRAWING.search(re.sub(rb"/\w+ Do", b"", thing.read_bytes())):
        found.append("6.2.4 colour or state in an appearance")
    if thing.get("/Filter") in ("/LZWDecode", "/Crypt"):
        found.append("6.1.7.2 filter")
    return found


def _annotation(annotation: Any) -> list[str]:
    flags = int(annotation.get("/F", 0))
    found = []
    if not flags & 4 or flags & (1 | 2 | 32):
        found.append("6.3.2 flags")
    box = [float(v) for v in annotation.Rect]
    visible = box[0] != box[2] and box[1] != box[3]
    if visible and list(annotation.get("/AP", {}).keys()) != ["/N"]:
        found.append("6.3.3 appearance")
    return found


def _signatures(pdf: pikepdf.Pdf, data: bytes) -> list[str]:
    found = []
    ends = []
    for field in pdf.Root.AcroForm.Fields:
        value = field.V
        first, length, second, rest = (int(n) for n in value.ByteRange)
        ends.append(second + rest)
        if first or data[length : length + 1] != b"<" or data[second - 1 : second] != b">":
            found.append("6.4.3 range")
        parsed = cms.ContentInfo.load(bytes(value.Contents))["content"]
        if len(parsed["signer_infos"]) != 1 or len(parsed["certificates"]) < 1:
            found.append("6.4.3 one signer with a certificate")
    if "/XFA" in pdf.Root.AcroForm or pdf.Root.AcroForm.get("/NeedAppearances"):
        found.append("6.4.1 form")
    if not ends:
        found.append("no signature")
    return found
