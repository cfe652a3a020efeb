"""Digital-born PDFs: the same page as real text and lines, with seal and signature as pictures.

Fonts are embedded as subsets (Type0, Identity-H) with a ToUnicode map, so the text layer is
exact. Nothing depends on the clock.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

import numpy as np
import pikepdf
from fontTools import subset
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name

from sohoa_samples import pen, raster, seal
from sohoa_samples.fonts import Family, load
from sohoa_samples.sheet import HEIGHT, WIDTH, Leader, Page, Paper, Rule, Seal, Signature, Text

_PT = 72 / 25.4
_OVERLAY_DPI = 200


class _Face:
    """One style of the family as it is used in one PDF."""

    def __init__(self, path: str, letters: set[str]) -> None:
        options = subset.Options(
            retain_gids=True,
            notdef_outline=True,
            hinting=False,
            layout_features=[],
            name_IDs=[1, 2, 6],
        )
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "FFTM", "kern"]
        font = TTFont(path, recalcTimestamp=False)
        cutter = subset.Subsetter(options)
        cutter.populate(text="".join(sorted(letters | {" ", "."})))
        cutter.subset(font)
        self.cmap: dict[int, str] = font.getBestCmap()
        self.ids = {code: font.getGlyphID(name) for code, name in self.cmap.items()}
        self.units: int = font["head"].unitsPerEm
        self.widths = {
            code: font["hmtx"][name][0] * 1000 / self.units for code, name in self.cmap.items()
        }
        head, hhea = font["head"], font["hhea"]
        self.box = [
            round(v * 1000 / self.units) for v in (head.xMin, head.yMin, head.xMax, head.yMax)
        ]
        self.ascent, self.descent = (
            round(v * 1000 / self.units) for v in (hhea.ascent, hhea.descent)
        )
        self.italic = float(font["post"].italicAngle)
        buffer = io.BytesIO()
        font.save(buffer)
        self.data = buffer.getvalue()
        self.name = "SOHOAA+" + (font["name"].getDebugName(6) or "Face").replace(" ", "")

    def hex(self, text: str) -> str:
        """Glyph numbers of ``text`` as a PDF hex string."""
        return "".join(f"{self.ids[ord(letter)]:04X}" for letter in text)

    def embed(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """The font dictionary in ``pdf``."""
        file = pdf.make_indirect(_stream(pdf, self.data, Length1=len(self.data)))
        descriptor = pdf.make_indirect(
            Dictionary(
                Type=Name.FontDescriptor,
                FontName=Name("/" + self.name),
                Flags=4,
                FontBBox=Array(self.box),
                ItalicAngle=self.italic,
                Ascent=self.ascent,
                Descent=self.descent,
                CapHeight=self.ascent,
                StemV=80,
                FontFile2=file,
            )
        )
        widths = Array([])
        for code in sorted(self.ids, key=lambda c: self.ids[c]):
            widths.append(self.ids[code])
            widths.append(Array([round(self.widths[code], 2)]))
        descendant = pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.CIDFontType2,
                BaseFont=Name("/" + self.name),
                CIDSystemInfo=Dictionary(
                    Registry=pikepdf.String("Adobe"),
                    Ordering=pikepdf.String("Identity"),
                    Supplement=0,
                ),
                FontDescriptor=descriptor,
                W=widths,
                DW=500,
                CIDToGIDMap=Name.Identity,
            )
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name("/" + self.name),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([descendant]),
                ToUnicode=pdf.make_indirect(_stream(pdf, self._to_unicode())),
            )
        )

    def _to_unicode(self) -> bytes:
        pairs = sorted((glyph, code) for code, glyph in self.ids.items())
        blocks = [pairs[i : i + 100] for i in range(0, len(pairs), 100)]
        body = "".join(
            f"{len(block)} beginbfchar\n"
            + "".join(f"<{g:04X}> <{c:04X}>\n" for g, c in block)
            + "endbfchar\n"
            for block in blocks
        )
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            f"{body}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def _stream(pdf: pikepdf.Pdf, data: bytes, **extra: int) -> pikepdf.Stream:
    stream = pikepdf.Stream(pdf, zlib.compress(data, 9))
    stream.Filter = Name.FlateDecode
    for key, value in extra.items():
        stream[f"/{key}"] = value
    return stream


_RGB = {"black": "0 0 0", "red": "0.8 0.1 0.15", "blue": "0.1 0.2 0.6", "maroon": "0.55 0.1 0.15"}


def _picture(pdf: pikepdf.Pdf, mask: NDArray[np.uint8], ink: str) -> pikepdf.Object:
    """Flat ink with a soft mask: a transparent picture as NĐ 30 wants for seals."""
    height, width = mask.shape
    soft = _stream(pdf, mask.tobytes())
    for target, space in ((soft, Name.DeviceGray),):
        _image_keys(target, width, height, space)
    colour = np.empty((height, width, 3), np.uint8)
    colour[:] = raster.INKS[ink]
    image = _stream(pdf, colour.tobytes())
    _image_keys(image, width, height, Name.DeviceRGB)
    image.SMask = pdf.make_indirect(soft)
    return pdf.make_indirect(image)


def _image_keys(stream: pikepdf.Stream, width: int, height: int, space: pikepdf.Name) -> None:
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height, stream.BitsPerComponent = width, height, 8
    stream.ColorSpace = space


class _Writer:
    """Content stream of one page."""

    def __init__(self, pdf: pikepdf.Pdf, faces: dict[str, _Face]) -> None:
        self.pdf, self.faces = pdf, faces
        self.out: list[str] = []
        self.pictures: dict[str, pikepdf.Object] = {}

    def text(self, x: float, y: float, words: str, style: str, size: float, ink: str) -> None:
        self.out.append(
            f"BT {_RGB[ink]} rg /{style} {size:g} Tf 1 0 0 1 {x * _PT:.3f} "
            f"{(HEIGHT - y) * _PT:.3f} Tm "
            f"<{self.faces[style].hex(words)}> Tj ET"
        )

    def rule(self, mark: Rule) -> None:
        self.out.append(
            f"{_RGB[mark.ink]} RG {mark.weight:g} w {mark.x0 * _PT:.2f} "
            f"{(HEIGHT - mark.y0) * _PT:.2f} m "
            f"{mark.x1 * _PT:.2f} {(HEIGHT - mark.y1) * _PT:.2f} l S"
        )

    def picture(self, mask: NDArray[np.uint8], x: float, y: float, ink: str) -> None:
        """``x``, ``y``: top-left corner in millimetres."""
        name = f"Im{len(self.pictures)}"
        self.pictures[f"/{name}"] = _picture(self.pdf, mask, ink)
        height, width = (side * 72 / _OVERLAY_DPI for side in mask.shape)
        self.out.append(
            f"q {width:.2f} 0 0 {height:.2f} {x * _PT:.2f} "
            f"{(HEIGHT - y) * _PT - height:.2f} cm /{name} Do Q"
        )


def _write_page(writer: _Writer, page: Page, family: Family) -> None:
    scale = _OVERLAY_DPI / 25.4
    for mark in page.marks:
        match mark:
            case Text():
                writer.text(mark.x, mark.y, mark.text, mark.style, mark.size, mark.ink)
            case Leader():
                one = (
                    load(family.file("regular"), 1024).getlength(".")
                    / 1024
                    * mark.size
                    * 0.86
                    / _PT
                )
                count = int((mark.x1 - mark.x0) / one)
                if count > 0:
                    writer.text(mark.x0, mark.y, "." * count, "regular", mark.size * 0.86, "black")
            case Rule():
                writer.rule(mark)
            case Seal():
                mask = seal.round_seal(mark, _OVERLAY_DPI)
                half = mask.shape[0] / 2 / scale
                writer.picture(mask, mark.x - half, mark.y - half, mark.ink)
            case Signature():
                drawn = raster.draw_strokes(
                    pen.sign(mark.x, mark.y, mark.width, mark.writer), _OVERLAY_DPI, 0.42
                )
                if drawn:
                    writer.picture(drawn[0], drawn[1] / scale, drawn[2] / scale, mark.ink)
            case _:
                pass


def pdf_bytes(paper: Paper, family: Family) -> bytes:
    """``paper`` as a PDF with a text layer; it must hold nothing penned."""
    letters: dict[str, set[str]] = {}
    for page in paper.pages:
        for mark in page.marks:
            if isinstance(mark, Text):
                letters.setdefault(mark.style, set()).update(mark.text)
            elif isinstance(mark, Leader):
                letters.setdefault("regular", set()).add(".")
    pdf = pikepdf.new()
    faces = {style: _Face(family.file(style), used) for style, used in sorted(letters.items())}
    embedded = {f"/{style}": face.embed(pdf) for style, face in faces.items()}
    for page in paper.pages:
        writer = _Writer(pdf, faces)
        _write_page(writer, page, family)
        resources = Dictionary(Font=Dictionary(embedded), XObject=Dictionary(writer.pictures))
        pdf.pages.append(
            pikepdf.Page(
                pdf.make_indirect(
                    Dictionary(
                        Type=Name.Page,
                        MediaBox=Array([0, 0, round(WIDTH * _PT, 3), round(HEIGHT * _PT, 3)]),
                        Resources=resources,
                        Contents=_stream(pdf, "\n".join(writer.out).encode("ascii")),
                    )
                )
            )
        )
    return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def is_possible(papers: Sequence[Page]) -> bool:
    """Whether every mark can be text, a line or a picture (nothing is written by hand)."""
    return all(
        isinstance(m, Text | Leader | Rule | Seal | Signature) for p in papers for m in p.marks
    )
