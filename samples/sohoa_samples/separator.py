"""Separator sheets (tờ phân cách): printed, they part one pile of paper into its dossiers.

A sheet says one dossier code three times: in letters, in a large QR code and in a small one,
should a stamp or a fold spoil the first. The bars above and below are for the scanner's side:
they are seen on any copy, so that a sheet whose codes cannot be read is still known as a sheet.
Sheets are text and vectors: they print sharp at any size, and the same codes give the same bytes.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name

from sohoa_samples import fonts
from sohoa_samples.born_digital import _Face, _stream
from sohoa_samples.errors import SeparatorCodeInvalid, SeparatorListInvalid
from sohoa_samples.sheet import HEIGHT, WIDTH

#: What the code on a sheet begins with; the dossier code follows. ``sohoa digitize`` looks for it.
PREFIX = "SOHOA:DOSSIER:"
#: Longer than any dossier code in use (the columns of deployed systems hold 50 letters).
LONGEST = 100
#: More sheets than this in one file are a mistake in the list.
MOST = 5000
#: Bars in millimetres: their height, which is also the gap, their number, and the margins.
BAR, BARS, BAR_TOP, BAR_SIDE = 6.0, 3, 10.0, 20.0

_PT = 72 / 25.4
_TITLE = "TỜ PHÂN CÁCH HỒ SƠ"
_LEAD = "Mọi trang quét sau tờ này, cho đến tờ phân cách kế tiếp, thuộc hồ sơ:"
_NOTES = (
    "Đặt tờ này lên trên giấy tờ của hồ sơ rồi quét cả xấp.",
    "Không đóng dấu, không viết, không dán lên hai mã.",
    "Tờ này không thuộc hồ sơ; có thể dùng lại.",
)


def usable(code: str) -> str:
    """``code`` as it is printed: NFC, trimmed.

    Raises ``SeparatorCodeInvalid`` for codes that are empty, too long or hold control
    characters: read back, they would name no folder that anybody can find.
    """
    text = unicodedata.normalize("NFC", code).strip()
    if not text or len(text) > LONGEST:
        raise SeparatorCodeInvalid(where=text[:LONGEST], longest=LONGEST)
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in text):
        raise SeparatorCodeInvalid(where=repr(text), longest=LONGEST)
    return text


def codes_in(data: bytes, *, name: str) -> list[str]:
    """The dossier codes of a list: one a line, or the column ``dossier_code`` of a CSV.

    Each code once, in the order of the list. Raises ``SeparatorListInvalid`` for what is no
    text, and ``SeparatorCodeInvalid`` for a code that cannot be printed.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SeparatorListInvalid(where=name, detail="UTF-8") from error
    head = text.split("\n", 1)[0]
    found: list[str]
    if "dossier_code" in head.lower():
        separator = ";" if head.count(";") > head.count(",") else ","
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        except csv.Error as error:
            raise SeparatorListInvalid(where=name, detail=str(error)) from error
        columns = [cell.strip().lower() for cell in rows[0]]
        if "dossier_code" not in columns:
            raise SeparatorListInvalid(where=name, detail="dossier_code")
        place = columns.index("dossier_code")
        found = [row[place] for row in rows[1:] if len(row) > place and row[place].strip()]
    else:
        found = [line for line in text.splitlines() if line.strip()]
    if not found:
        raise SeparatorListInvalid(where=name, detail="dossier_code")
    return list(dict.fromkeys(usable(code) for code in found))


def sheets_pdf(codes: Sequence[str], *, both_sides: bool = False) -> bytes:
    """A PDF with one A4 sheet for each of ``codes``; with ``both_sides`` each page comes twice.

    Raises ``SeparatorCodeInvalid`` and, where no font has the Vietnamese letters,
    ``FontMissing``.
    """
    printed = [usable(code) for code in codes]
    if not printed or len(printed) > MOST:
        raise SeparatorListInvalid(detail=f"1 - {MOST}")
    family = fonts.times()
    letters = {"bold": set(_TITLE), "regular": set("".join((_LEAD, *_NOTES)))}
    letters["bold"] |= set("".join(printed))
    pdf = pikepdf.new()
    faces = {style: _Face(family.file(style), used) for style, used in letters.items()}
    for code in printed:
        if any(ord(letter) not in faces["bold"].ids for letter in code):
            raise SeparatorCodeInvalid(where=code, longest=LONGEST)
    embedded = Dictionary({f"/{style}": face.embed(pdf) for style, face in faces.items()})
    box = Array([0, 0, round(WIDTH * _PT, 3), round(HEIGHT * _PT, 3)])
    for code in printed:
        content = pdf.make_indirect(_stream(pdf, _drawn(code, faces)))
        for _side in range(2 if both_sides else 1):
            leaf = Dictionary(
                Type=Name.Page,
                MediaBox=box,
                Resources=Dictionary(Font=embedded),
                Contents=content,
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(leaf)))
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def _drawn(code: str, faces: dict[str, _Face]) -> bytes:
    out = ["0 g"]
    last = HEIGHT - BAR_TOP - (2 * BARS - 1) * BAR
    for top in (BAR_TOP, last):
        for bar in range(BARS):
            out.append(_box(BAR_SIDE, top + 2 * bar * BAR, WIDTH - 2 * BAR_SIDE, BAR))
    out += [
        _words(faces, "bold", _TITLE, 32.0, 62.0),
        _words(faces, "regular", _LEAD, 14.0, 75.0),
        _words(faces, "bold", code, 40.0, 95.0),
    ]
    out += _code_at(code, (WIDTH - 90.0) / 2, 104.0, 90.0)
    out += _code_at(code, WIDTH - BAR_SIDE - 38.0, 207.0, 38.0)
    for row, note in enumerate(_NOTES):
        out.append(_words(faces, "regular", note, 13.0, 217.0 + 9.0 * row, left=BAR_SIDE))
    return "\n".join(out).encode("ascii")


def _box(x: float, y: float, wide: float, high: float) -> str:
    """A filled box; ``x``, ``y`` is its top-left corner in millimetres."""
    return f"{x * _PT:.3f} {(HEIGHT - y - high) * _PT:.3f} {wide * _PT:.3f} {high * _PT:.3f} re f"


def _words(
    faces: dict[str, _Face],
    style: str,
    words: str,
    size: float,
    base: float,
    *,
    left: float | None = None,
) -> str:
    """A line of text on ``base`` (millimetres), as large as ``size`` points and the width allow."""
    face = faces[style]
    ems = sum(face.widths[ord(letter)] for letter in words) / 1000
    size = min(size, (WIDTH - 2 * BAR_SIDE) * _PT / ems)
    x = (WIDTH * _PT - ems * size) / 2 if left is None else left * _PT
    return (
        f"BT /{style} {size:.2f} Tf 1 0 0 1 {x:.3f} {(HEIGHT - base) * _PT:.3f} Tm "
        f"<{face.hex(words)}> Tj ET"
    )


def _code_at(code: str, x: float, y: float, side: float) -> Iterable[str]:
    """A QR code of ``side`` millimetres with its quiet zone, drawn as runs of dark modules."""
    import zxingcpp

    made = zxingcpp.create_barcode(PREFIX + code, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    dark = np.array(zxingcpp.write_barcode_to_image(made, scale=1), dtype=np.uint8) < 128
    module = side / dark.shape[0]
    for row, cells in enumerate(dark):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], cells, [False])).astype(np.int8)))
        for first, end in zip(edges[::2], edges[1::2], strict=True):
            yield _box(x + first * module, y + row * module, (end - first) * module, module)
