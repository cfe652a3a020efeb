"""Undoing the PNG predictors that cross-reference and object streams use (7.4.4.4)."""

from __future__ import annotations

from sohoa_signing.verify.pdf_objects import Dict, StructureError


def undo_predictor(plain: bytes, parameters: Dict, offset: int) -> bytes:
    """PNG predictors (10-15) as cross-reference and object streams use them."""
    columns = parameters.get("Columns", 1)
    if (
        not isinstance(columns, int)
        or not 0 < columns < 65536
        or parameters.get("Predictor") not in range(10, 16)
        or parameters.get("Colors", 1) != 1
        or parameters.get("BitsPerComponent", 8) != 8
        or len(plain) % (columns + 1)
    ):
        raise StructureError("predictor", offset)
    result = bytearray()
    previous = bytearray(columns)
    for start in range(0, len(plain), columns + 1):
        kind, row = plain[start], bytearray(plain[start + 1 : start + 1 + columns])
        if kind == 2:
            row = bytearray((a + b) & 0xFF for a, b in zip(row, previous, strict=True))
        elif kind in (1, 3, 4):
            for i in range(columns):
                left = row[i - 1] if i else 0
                corner = previous[i - 1] if i else 0
                guess = (left, (left + previous[i]) // 2, _paeth(left, previous[i], corner))
                row[i] = (row[i] + guess[(kind != 1) + (kind == 4)]) & 0xFF
        elif kind != 0:
            raise StructureError("predictor", offset)
        result += row
        previous = row
    return bytes(result)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))
