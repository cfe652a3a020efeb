"""Whether two names mean the same person's name: the same words, a slip of reading, or others.

Names on papers differ in case, spacing and the place of the tone mark without meaning anything
else. Recognition loses accents and single letters; that is a question for a person, not an error.
"""

from __future__ import annotations

import enum
from functools import lru_cache

from sohoa_vietnam.text import match_key, plain

MAX_NAME = 200


class Likeness(enum.IntEnum):
    """How alike two names are, from no doubt to another name."""

    SAME = 0
    SAME_WITHOUT_ACCENTS = 1
    CLOSE = 2
    OTHER = 3


@lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """Key for comparing names: case, spaces, tone placement and i/y fall away."""
    return match_key(name[:MAX_NAME])


def likeness(one: str, other: str) -> Likeness:
    """Compare two names as printed; texts over 200 characters are cut first."""
    first, second = name_key(one), name_key(other)
    if first == second:
        return Likeness.SAME
    bare_first, bare_second = plain(first), plain(second)
    if bare_first == bare_second:
        return Likeness.SAME_WITHOUT_ACCENTS
    allowed = max(1, min(len(bare_first), len(bare_second)) // 5)
    compact_first, compact_second = bare_first.replace(" ", ""), bare_second.replace(" ", "")
    if distance(compact_first, compact_second, allowed) <= allowed:
        return Likeness.CLOSE
    return Likeness.OTHER


def distance(one: str, other: str, limit: int) -> int:
    """Edits (insert, delete, replace) between two texts; ``limit + 1`` when there are more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            current.append(
                min(
                    previous[column] + 1,
                    current[column - 1] + 1,
                    previous[column - 1] + (letter != against),
                )
            )
        if min(current) > limit:
            return limit + 1
        previous = current
    return min(previous[-1], limit + 1)
