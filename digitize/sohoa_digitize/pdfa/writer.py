"""Writes the archival file: image bytes passed through, text invisible, bytes reproducible.

The same pages give the same bytes: the /ID is a hash of the content, there is no clock and no
random number, and objects are written in one order.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from sohoa_digitize.pdfa import glyphless, icc
from sohoa_digitize.pdfa.textlayer import Codes, page_text
from sohoa_digitize.pdfa.xmp import Described, xmp
from sohoa_digitize.source import StoredImage
from sohoa_digitize.words import PageText

_FONT = "F0"
_COMPONENTS = {"gray": 1, "rgb": 3, "cmyk": 4}
_DEVICE = {"gray": Name.DeviceGray, "rgb": Name.DeviceRGB}


@dataclass(frozen=True, slots=True)
class ArchivalPage:
    """One page to write: stored image, its resolution (own axes), its turn, and its text.

    ``text`` is in upright pixels, as the page is displayed.
    """

    image: StoredImage
    dpi: tuple[float, float]
    rotation: int
    text: PageText


def write(pages: Iterable[ArchivalPage], about: Described, *, claim: bool = True) -> bytes:
    """The PDF/A-2u file of ``pages`` (PDF 1.7); ``claim`` False leaves out the claim."""
    pdf = Pdf.new()
    codes = Codes()
    font = pdf.make_indirect(Dictionary())
    digest = hashlib.sha256()
    intent: pikepdf.Object | None = None
    profiles: dict[bytes, pikepdf.Object] = {}
    srgb = _profile(pdf, icc.srgb(), 3, profiles)
    for page in pages:
        _add_page(pdf, page, font, codes, profiles, digest)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
        Info=String("sRGB IEC61966-2.1"),
        RegistryName=String("http://www.color.org"),
        DestOutputProfile=srgb,
    )
    _fill_font(pdf, font, codes)
    packet = xmp(about, part=2 if claim else None)
    metadata = Stream(pdf, packet)
    metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
    root = pdf.Root
    root.Metadata = pdf.make_indirect(metadata)
    root.OutputIntents = Array([pdf.make_indirect(intent)])
    root.Lang = String(about.language)
    root.MarkInfo = Dictionary(Marked=False)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=bool(about.title))
    info = Dictionary(Producer=String(about.producer))
    if about.title:
        info.Title = String(about.title)
    if about.created:
        info.CreationDate = String(_pdf_date(about.created))
    pdf.trailer.Info = pdf.make_indirect(info)
    digest.update(packet)
    digest.update(repr(codes.letters()).encode())
    mark = digest.digest()[:16]
    pdf.trailer.ID = Array([String(mark), String(mark)])
    out = io.BytesIO()
    pdf.save(
        out,
        min_version="1.7",
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        compress_streams=True,
        deterministic_id=True,
        fix_metadata_version=False,
    )
    return out.getvalue()


def _pdf_date(iso: str) -> str:
    """``2026-11-21T09:05:07+07:00`` as ``D:20261121090507+07'00'``."""
    date, _, rest = iso.partition("T")
    clock, sign, zone = rest, "", ""
    for mark in ("+", "-"):
        if mark in rest:
            clock, _, zone = rest.partition(mark)
            sign = mark
    digits = date.replace("-", "") + clock.replace(":", "")[:6].ljust(6, "0")
    if sign:
        hours, _, minutes = zone.partition(":")
        return f"D:{digits}{sign}{hours}'{minutes or '00'}'"
    return f"D:{digits}Z" if rest.endswith("Z") else f"D:{digits}"


def _profile(
    pdf: Pdf, data: bytes, components: int, known: dict[bytes, pikepdf.Object]
) -> pikepdf.Object:
    key = hashlib.sha256(data).digest()
    if key not in known:
        stream = Stream(pdf, data)
        stream.N = components
        known[key] = pdf.make_indirect(stream)
    return known[key]


def _colour_space(
    pdf: Pdf, image: StoredImage, profiles: dict[bytes, pikepdf.Object]
) -> pikepdf.Object:
    if image.colour == "indexed":
        palette = Stream(pdf, image.palette or b"")
        top = len(image.palette or b"") // 3 - 1
        return Array([Name.Indexed, Name.DeviceRGB, top, pdf.make_indirect(palette)])
    components = _COMPONENTS[image.colour]
    if image.icc is not None and icc.usable(image.icc, components):
        return Array([Name.ICCBased, _profile(pdf, image.icc, components, profiles)])
    if image.colour == "cmyk":
        return Array([Name.ICCBased, _profile(pdf, icc.cmyk(), 4, profiles)])
    return _DEVICE[image.colour]


def _add_page(
    pdf: Pdf,
    page: ArchivalPage,
    font: pikepdf.Object,
    codes: Codes,
    profiles: dict[bytes, pikepdf.Object],
    digest: hashlib._Hash,
) -> None:
    image = page.image
    stream = Stream(pdf, b"")
    parms = Dictionary({f"/{key}": value for key, value in sorted(image.parms.items())})
    if image.shared is not None:
        parms.JBIG2Globals = pdf.make_indirect(Stream(pdf, image.shared))
    stream.write(
        image.data, filter=Name("/" + image.filter), decode_parms=parms if len(parms) else None
    )
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height = image.width, image.height
    stream.BitsPerComponent = image.bits
    stream.ColorSpace = _colour_space(pdf, image, profiles)
    if image.decode is not None:
        stream.Decode = Array(list(image.decode))
    wide, high = image.width * 72 / page.dpi[0], image.height * 72 / page.dpi[1]
    matrix, box = placed(wide, high, page.rotation)
    upright_dpi = (page.dpi[1], page.dpi[0]) if page.rotation % 180 else page.dpi
    drawn = f"q {' '.join(_points(v) for v in matrix)} cm /Im0 Do Q\n".encode("ascii")
    content = drawn + page_text(page.text, upright_dpi, box[1], _FONT, codes)
    digest.update(hashlib.sha256(image.data).digest())
    digest.update(content)
    pdf.add_blank_page(page_size=(max(3, box[0]), max(3, box[1])))
    leaf = pdf.pages[-1].obj
    leaf.MediaBox = Array([0, 0, _decimal(box[0]), _decimal(box[1])])
    leaf.Contents = pdf.make_indirect(Stream(pdf, content))
    leaf.Resources = Dictionary(
        XObject=Dictionary(Im0=pdf.make_indirect(stream)), Font=Dictionary({f"/{_FONT}": font})
    )


def placed(
    wide: float, high: float, rotation: int
) -> tuple[tuple[float, float, float, float, float, float], tuple[float, float]]:
    """Matrix that shows an image of ``wide`` x ``high`` points turned clockwise, and the page."""
    if rotation == 90:
        return (0, -wide, high, 0, 0, wide), (high, wide)
    if rotation == 180:
        return (-wide, 0, 0, -high, wide, high), (wide, high)
    if rotation == 270:
        return (0, wide, -high, 0, high, 0), (high, wide)
    return (wide, 0, 0, high, 0, 0), (wide, high)


def _points(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _decimal(value: float) -> pikepdf.Object:
    return pikepdf.Object.parse(_points(value).encode())


def _fill_font(pdf: Pdf, font: pikepdf.Object, codes: Codes) -> None:
    program = Stream(pdf, glyphless.font_file())
    program.Length1 = len(glyphless.font_file())
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/" + glyphless.NAME),
        Flags=5,
        FontBBox=Array([0, glyphless.DESCENT, glyphless.ADVANCE, glyphless.ASCENT]),
        ItalicAngle=0,
        Ascent=glyphless.ASCENT,
        Descent=glyphless.DESCENT,
        CapHeight=glyphless.ASCENT,
        StemV=80,
        FontFile2=pdf.make_indirect(program),
    )
    to_glyph = Stream(pdf, bytes(2 * 65536))
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name("/" + glyphless.NAME),
        CIDSystemInfo=Dictionary(
            Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0
        ),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=glyphless.ADVANCE,
        CIDToGIDMap=pdf.make_indirect(to_glyph),
    )
    font.Type, font.Subtype = Name.Font, Name.Type0
    font.BaseFont = Name("/" + glyphless.NAME)
    font.Encoding = Name("/Identity-H")
    font.DescendantFonts = Array([pdf.make_indirect(descendant)])
    font.ToUnicode = pdf.make_indirect(Stream(pdf, to_unicode(codes.letters())))


def to_unicode(letters: list[tuple[int, str]]) -> bytes:
    """The ToUnicode CMap of the used codes only (ISO 19005-2, 6.2.11.7.2)."""
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    for start in range(0, len(letters), 100):
        block = letters[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines += [
            f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for code, char in block
        ]
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
