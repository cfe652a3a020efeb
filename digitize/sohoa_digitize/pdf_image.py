"""Finds the one image that a scanned PDF page consists of, and its bytes.

Only what is understood completely is passed on: a page that paints anything else than one
image (hidden text apart) is left to rendering. Foreign objects never enter the archival file:
the stream is taken raw, and each entry of its dictionary that is needed is read and checked.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Name

from sohoa_core.limits import Limits
from sohoa_digitize.source import StoredImage

#: A content stream longer than this is not a scanned page with its hidden text.
MAX_CONTENT = 4_000_000
#: The image must cover this share of the page in both directions to be the page.
COVER = 0.97

_QUIET = {
    *("q", "Q", "gs", "w", "J", "j", "M", "d", "ri", "i", "n", "W", "W*", "re"),
    *("BMC", "BDC", "EMC", "MP", "DP", "BX", "EX"),
    *("CS", "cs", "SC", "SCN", "sc", "scn", "G", "g", "RG", "rg", "K", "k"),
    *("BT", "ET", "Tc", "Tw", "Tz", "TL", "Tf", "Ts", "Td", "TD", "Tm", "T*"),
}
_SHOW = {"Tj", "TJ", "'", '"'}

Matrix = tuple[float, float, float, float, float, float]
_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """The image, its resolution along its own axes, and the clockwise turn that shows it."""

    stored: StoredImage
    dpi: tuple[float, float]
    rotation: int


def only_image(pdf: pikepdf.Pdf, index: int, limits: Limits) -> PlacedImage | None:
    """The single image of page ``index`` when the page shows nothing else, or None."""
    page = pdf.pages[index]
    try:
        found = _scan(pdf, page)
        if found is None:
            return None
        image, matrix = found
        placement = _placement(page, matrix)
        if placement is None:
            return None
        stored = _stored(image, limits)
        if stored is None:
            return None
        wide, high, rotation = placement
        dpi = (stored.width * 72 / wide, stored.height * 72 / high)
        return PlacedImage(stored, dpi, rotation)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    except (ArithmeticError, zlib.error, RecursionError, NotImplementedError):
        return None


def bounded_bytes(stream: Any, limit: int) -> bytes | None:
    """The decoded bytes of a plain or deflated stream, or None beyond ``limit``."""
    raw = bytes(stream.read_raw_bytes())
    names = filters(stream)
    if not names:
        return raw if len(raw) <= limit else None
    if names != ["FlateDecode"] or "/DecodeParms" in stream:
        return None
    engine = zlib.decompressobj()
    data = engine.decompress(raw, limit + 1)
    return data if len(data) <= limit else None


def filters(stream: Any) -> list[str]:
    """Names of the filters of ``stream``, outermost first."""
    value = stream.get("/Filter")
    if value is None:
        return []
    if isinstance(value, pikepdf.Array):
        return [str(item)[1:] for item in value]
    return [str(value)[1:]]


def _content(pdf: pikepdf.Pdf, page: pikepdf.Page) -> pikepdf.Stream | None:
    contents = page.obj.get("/Contents")
    if contents is None:
        return None
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    pieces: list[bytes] = []
    left = MAX_CONTENT
    for part in parts:
        piece = bounded_bytes(part, left)
        if piece is None:
            return None
        pieces.append(piece)
        left -= len(piece)
    return pikepdf.Stream(pdf, b"\n".join(pieces))


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _scan(pdf: pikepdf.Pdf, page: pikepdf.Page) -> tuple[Any, Matrix] | None:
    """The single image painted and its matrix; None when anything else is painted."""
    if len(page.obj.get("/Annots", [])):
        return None
    stream = _content(pdf, page)
    if stream is None:
        return None
    objects: Any = page.resources.get("/XObject", {})
    found: tuple[Any, Matrix] | None = None
    matrix, hidden = _UNIT, False
    stack: list[tuple[Matrix, bool]] = []
    for instruction in pikepdf.parse_content_stream(stream):
        operands: Any = instruction.operands
        op = str(instruction.operator)
        if op == "q":
            stack.append((matrix, hidden))
        elif op == "Q":
            if stack:
                matrix, hidden = stack.pop()
        elif op == "cm":
            a, b, c, d, e, f = (float(x) for x in operands)
            matrix = _times((a, b, c, d, e, f), matrix)
        elif op == "Tr":
            hidden = int(operands[0]) == 3
        elif op in _SHOW:
            if not hidden:
                return None
        elif op == "Do":
            thing = objects.get(str(operands[0]))
            if found is not None or thing is None or thing.get("/Subtype") != Name.Image:
                return None
            found = thing, matrix
        elif op not in _QUIET:
            return None
    return found


def _placement(page: pikepdf.Page, m: Matrix) -> tuple[float, float, int] | None:
    """Printed width and height of the image in points, and its turn on the shown page."""
    box = [float(x) for x in page.cropbox]
    x0, x1 = sorted((box[0], box[2]))
    y0, y1 = sorted((box[1], box[3]))
    unit = float(page.obj.get("/UserUnit", 1.0))
    size = max(abs(v) for v in m[:4])
    straight = abs(m[1]) < size * 1e-3 and abs(m[2]) < size * 1e-3
    crossed = abs(m[0]) < size * 1e-3 and abs(m[3]) < size * 1e-3
    if straight and m[0] * m[3] > 0:
        turn, wide, high = (0 if m[0] > 0 else 180), abs(m[0]), abs(m[3])
        spread = (wide, high)
    elif crossed and m[1] * m[2] < 0:
        # (0, b, c, 0) with b > 0, c < 0 turns the unit square counterclockwise.
        turn, wide, high = (270 if m[1] > 0 else 90), abs(m[1]), abs(m[2])
        spread = (high, wide)
    else:
        return None
    left = m[4] + min(0.0, m[0], m[2])
    bottom = m[5] + min(0.0, m[1], m[3])
    covers_x = min(x1, left + spread[0]) - max(x0, left)
    covers_y = min(y1, bottom + spread[1]) - max(y0, bottom)
    # Nothing of the page outside the image, nothing of the image outside the page.
    for covered, page_side, image_side in (
        (covers_x, x1 - x0, spread[0]),
        (covers_y, y1 - y0, spread[1]),
    ):
        if page_side <= 0 or covered < COVER * page_side or covered < COVER * image_side:
            return None
    rotation = (turn + int(page.obj.get("/Rotate", page.rotation or 0))) % 360
    if rotation % 90 or not math.isfinite(wide * high):
        return None
    return wide * unit, high * unit, rotation


def _colours(space: Any) -> tuple[str, bytes | None, bytes | None] | None:
    """Colour kind, palette and ICC profile of a /ColorSpace that can be passed on."""
    plain = {"/DeviceGray": "gray", "/DeviceRGB": "rgb", "/DeviceCMYK": "cmyk"}
    plain |= {"/CalGray": "gray", "/CalRGB": "rgb"}
    if isinstance(space, pikepdf.Name):
        kind = plain.get(str(space))
        return (kind, None, None) if kind else None
    family = str(space[0])
    if family in ("/CalGray", "/CalRGB") or (family in plain and len(space) == 1):
        return plain[family], None, None
    if family == "/ICCBased":
        kind = {1: "gray", 3: "rgb", 4: "cmyk"}.get(int(space[1]["/N"]))
        profile = bounded_bytes(space[1], 4_000_000)
        return (kind, None, profile) if kind else None
    if family == "/Indexed":
        base = _colours(space[1])
        if base is None or base[0] != "rgb":
            return None
        table = space[3]
        colours = bounded_bytes(table, 4096) if isinstance(table, pikepdf.Stream) else bytes(table)
        if not colours or len(colours) % 3:
            return None
        return "indexed", colours, None
    return None


def _stored(image: Any, limits: Limits) -> StoredImage | None:
    names = filters(image)
    if len(names) != 1 or names[0] not in (
        "DCTDecode",
        "CCITTFaxDecode",
        "FlateDecode",
        "JBIG2Decode",
    ):
        return None
    if any(key in image for key in ("/SMask", "/Mask", "/ImageMask", "/Alternates", "/OPI")):
        return None
    width, height = int(image["/Width"]), int(image["/Height"])
    if width <= 0 or height <= 0:
        return None
    limits.check("page_side", max(width, height))
    limits.check("page_pixels", width * height)
    colours = _colours(image["/ColorSpace"]) if "/ColorSpace" in image else ("gray", None, None)
    if colours is None:
        return None
    kind, palette, icc = colours
    parms: dict[str, int | bool] = {}
    shared = None
    given: Any = image.get("/DecodeParms")
    if isinstance(given, pikepdf.Array):
        given = given[0] if len(given) else None
    if given is not None and isinstance(given, pikepdf.Dictionary):
        entries: dict[str, Any] = dict(given.items())
        for key, value in entries.items():
            if key == "/JBIG2Globals":
                shared = bounded_bytes(value, 4_000_000)
                if shared is None:
                    return None
            elif isinstance(value, bool | int):
                parms[str(key)[1:]] = value
    decode = image.get("/Decode")
    levels = tuple(float(x) for x in decode) if decode is not None else None
    bits = 8 if names[0] == "DCTDecode" else int(image.get("/BitsPerComponent", 1))
    data = bytes(image.read_raw_bytes())
    if names[0] == "DCTDecode" and not _jpeg_agrees(data, width, height, kind):
        return None
    return StoredImage(
        data, width, height, names[0], kind, bits, parms, levels, palette, icc, shared
    )


def _jpeg_agrees(data: bytes, width: int, height: int, kind: str) -> bool:
    """Whether the JPEG's own header says what the PDF says."""
    position = 2
    while position + 9 < len(data):
        if data[position] != 0xFF:
            return False
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            rows, columns = struct.unpack(">HH", data[position + 5 : position + 9])
            parts = {"gray": 1, "rgb": 3, "cmyk": 4}.get(kind)
            return (columns, rows, data[position + 9]) == (width, height, parts)
        position += 2 + length
    return False
