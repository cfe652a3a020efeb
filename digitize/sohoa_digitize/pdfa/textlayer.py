"""The invisible text of a page as content-stream operators.

All words of a line share its baseline and
size; each word has its own start and is stretched to its box. Placed each by its own box, a
dash would sit on another height than its line, and extractors would make it a line of its own.
For the same reason the lines of a crooked scan are laid level, at the height of their middle:
poppler and pdfplumber tear slanted lines apart (measured at 1.5 degrees), while a level line
is at most some millimetres off at its ends.
"""

from __future__ import annotations

from sohoa_digitize.pdfa.glyphless import ADVANCE, UNITS
from sohoa_digitize.words import Line, PageText

#: Measured height of a line of print as a share of its type size.
SIZE_SHARE = 0.9


class Codes:
    """Two-byte codes of letters: the UTF-16 unit, or for a letter outside the basic plane a
    code of its own (in the range of the surrogates, which are no letters)."""

    def __init__(self) -> None:
        self._code: dict[str, int] = {}
        self._next = 0xD800

    def of(self, text: str) -> list[int]:
        """The codes of ``text``; letters that may not be mapped are left out."""
        return [code for char in text if (code := self._one(char))]

    def _one(self, char: str) -> int:
        known = self._code.get(char)
        if known is not None:
            return known
        point = ord(char)
        if point in (0, 0xFEFF, 0xFFFE, 0xFFFF) or 0xD800 <= point <= 0xDFFF:
            return 0  # ISO 19005-2, 6.2.11.7.2 forbids mapping to them
        if point > 0xFFFF:
            if self._next > 0xDFFF:
                return 0
            point, self._next = self._next, self._next + 1
        self._code[char] = point
        return point

    def letters(self) -> list[tuple[int, str]]:
        """Used codes and their letters, in order."""
        return sorted((code, char) for char, code in self._code.items())


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def page_text(
    page: PageText, dpi: tuple[float, float], height_pt: float, font: str, codes: Codes
) -> bytes:
    """Operators that lay the text of ``page``; ``codes`` learns what is used."""
    if not page.lines:
        return b""
    kx, ky = 72 / dpi[0], 72 / dpi[1]
    out = ["BT", "3 Tr"]
    for line in page.lines:
        out.extend(_line(line, kx, ky, height_pt, font, codes))
    out.append("ET")
    return "\n".join(out).encode("ascii")


def _line(line: Line, kx: float, ky: float, height_pt: float, font: str, codes: Codes) -> list[str]:
    _, y0, _, y1 = line.baseline
    size = max(1.0, line.size * ky / SIZE_SHARE)
    y = height_pt - (y0 + y1) / 2 * ky
    out = [f"/{font} {_number(size)} Tf"]
    for word in line.words:
        shown = codes.of(word.text)
        if not shown:
            continue
        width = max(0.5, (word.box[2] - word.box[0]) * kx)
        stretch = width / (len(shown) * ADVANCE / UNITS * size) * 100
        hexes = "".join(f"{code:04X}" for code in (*shown, *codes.of(" ")))
        out.append(f"{_number(stretch)} Tz")
        out.append(f"1 0 0 1 {_number(word.box[0] * kx)} {_number(y)} Tm")
        out.append(f"<{hexes}> Tj")
    return out
