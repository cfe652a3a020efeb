"""Comparing component and result codes as they are given (no code is refused for its shape).

Measured on the national portal, half of all codes are local free forms, so a code is compared,
never validated: ``000.00.00.G15-KQ003204`` = ``G15-KQ003204`` = ``KQ003204``.
"""

from __future__ import annotations

import re

_LEVELS = re.compile(r"^\d{3}\.\d{2}\.\d{2}\.(?=[A-Z]\d{2}-)")
_AGENCY = re.compile(r"^[A-Z]\d{2}-(?=KQ\d)")
MAX_CODE = 100


def code_key(raw: str) -> str:
    """``raw`` without spaces, in capitals, without the three lower agency levels."""
    if not raw or len(raw) > MAX_CODE:
        return ""
    return _LEVELS.sub("", "".join(raw.split()).upper())


def bare_key(raw: str) -> str:
    """:func:`code_key` without the agency: only the serial (``KQ003204``)."""
    return _AGENCY.sub("", code_key(raw))


def same_code(given: str, known: str) -> bool:
    """Whether two codes name the same component or result; the agency counts if both have it."""
    one, other = code_key(given), code_key(known)
    if not one or not other:
        return False
    if one == other:
        return True
    bare_one, bare_other = bare_key(one), bare_key(other)
    return bare_one == bare_other and (bare_one == one or bare_other == other)
