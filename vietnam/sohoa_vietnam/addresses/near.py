"""A commune whose name was misread: what it may have been, for a person to confirm.

Only asked when the district (or, in the new form, the province) was recognized and no commune
was. Never decides: its readings carry ``misspelled`` and are always shown as candidates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sohoa_vietnam.confusion import distance
from sohoa_vietnam.units.names import Entry

if TYPE_CHECKING:
    from sohoa_vietnam.addresses.scan import Token

#: About one and a half letters misread; see :mod:`sohoa_vietnam.confusion` for the costs.
LIMIT = 1.3
MAX_NEAR = 5
_MAX_WORDS = 6


def segment_start(tokens: list[Token], end: int, after: int | None) -> int | None:
    """Where the words that may be a misread name begin: after the last word for a kind of
    commune, else at the last comma. ``None`` when nothing stands there."""
    if end == 0:
        return None
    start = end - 1
    while start > 0 and tokens[start].apart < 2 and end - start < _MAX_WORDS:
        start -= 1
    if after is not None and after >= start:
        start = after
    return start if start < end else None


def near_names(given: str, entries: Iterable[Entry]) -> list[tuple[float, Entry]]:
    """Entries whose name is about one misread letter away from ``given``, nearest first."""
    text = given.casefold()
    if len(text) < 3:
        return []
    letters = set(text)
    found: list[tuple[float, Entry]] = []
    for entry in entries:
        name = entry.name.casefold()
        # Cheap tests first: most names of a district share neither length nor letters.
        if abs(len(name) - len(text)) > 2 or len(letters ^ set(name)) > 5:
            continue
        cost = distance(text, name, LIMIT)
        if cost <= LIMIT and not name.isdigit():
            found.append((cost, entry))
    found.sort(key=lambda pair: (pair[0], pair[1].code))
    return found[:MAX_NEAR]
