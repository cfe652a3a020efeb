"""Agency codes in the other notation, and agency codes inside longer codes."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from sohoa_vietnam.agencies.registry import (
    NEW_NOTATION,
    OLD_NOTATION,
    Agencies,
    AgencyAnswer,
    agencies,
)
from sohoa_vietnam.messages import Checked
from sohoa_vietnam.text import nfc
from sohoa_vietnam.units.lookup import DateLike

# A letter and two digits that stand alone inside a longer code: KQ.G07.000122, G13-TN02.
_MENTION = re.compile(r"(?<![A-Za-z0-9])([GHK][0-9]{2})(?![A-Za-z0-9])", re.ASCII)


class Notation(enum.StrEnum):
    """The two ways to write an agency code."""

    OLD = "old"  # 000.00.00.H26, little end first
    NEW = "new"  # H26.1.2, big end first


@dataclass(frozen=True, slots=True)
class NotationCandidate:
    """A possible writing of a code in the other notation. Always unverified: how wide a part is
    written is a matter of each agency's own catalogue."""

    code: str
    notation: Notation
    checked: Checked = Checked.UNVERIFIED


def other_notation(code: str) -> tuple[NotationCandidate, ...]:
    """The same code in the other notation: candidates only, best first; empty when there is none.

    ``000.00.04.G14`` gives ``G14.04`` and ``G14.4``; ``H15.50.05.13`` gives ``013.05.50.H15``. A
    part of three digits below level 1 has no place in the old notation, nor have five levels.
    """
    text = nfc(str(code)).strip().upper()
    old = OLD_NOTATION.fullmatch(text)
    if old:
        parts = [old[3], old[2], old[1]]  # levels 2, 3, 4
        while parts and int(parts[-1]) == 0:
            parts.pop()
        written = [".".join((old[4], *parts))]
        written.append(".".join((old[4], *(str(int(p)) for p in parts))))
        if len(parts) == 3:  # level 4 has three digits in the old notation, often two in the new
            written.insert(1, ".".join((old[4], *parts[:2], f"{int(parts[2]):02d}")))
        return tuple(NotationCandidate(c, Notation.NEW) for c in dict.fromkeys(written))
    new = NEW_NOTATION.fullmatch(text)
    if not new:
        return ()
    levels = [int(p) for p in new[2].split(".") if p]
    if len(levels) > 3 or any(n > 99 for n in levels[:2]):
        return ()
    two, three, four = [*levels, 0, 0, 0][:3]
    return (NotationCandidate(f"{four:03d}.{three:02d}.{two:02d}.{new[1]}", Notation.OLD),)


@dataclass(frozen=True, slots=True)
class Mention:
    """A level-1 code found inside a paper, field, procedure or dossier code, and what it means.

    The code is historical: ``KQ.G07.000122`` of the former labour ministry is still used by its
    successor. Keep it as printed; route by ``answer.successors``."""

    code: str
    start: int
    answer: AgencyAnswer


def mentions(
    text: str, when: DateLike = None, registry: Agencies | None = None
) -> tuple[Mention, ...]:
    """Every level-1 code inside a longer code or text, answered for a date (``None``: now)."""
    held = registry or agencies()
    return tuple(
        Mention(m[1], m.start(1), held.on(m[1], when)) for m in _MENTION.finditer(text[:2000])
    )
