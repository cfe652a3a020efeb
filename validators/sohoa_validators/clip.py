"""Texts of strangers made fit to stand in a finding: short, one line, nothing invisible.

Reports escape what they print for their own medium (HTML, CSV, terminal); here only length and
control characters are tamed, so that a finding stays small and cannot move a terminal's cursor.
"""

from __future__ import annotations

import unicodedata

LIMIT = 120
_BAD = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clip(text: object, limit: int = LIMIT) -> str:
    """``text`` with at most ``limit`` characters, every invisible one shown as U+FFFD."""
    shown = str(text)[: limit + 1]
    if not shown.isprintable():
        shown = "".join(map(_tamed, shown))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _tamed(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return "\ufffd" if category in _BAD else character


def has_invisible(text: str) -> bool:
    """Whether ``text`` holds control characters other than line breaks and tabs."""
    if text.isprintable():
        return False
    return any(unicodedata.category(c) in _BAD and c not in "\n\r\t" for c in text)
