"""Units and agencies of the old system, as they are now; never a guess.

All knowledge is in :mod:`sohoa_vietnam`; this module asks it, remembers the answers of a run,
and turns them into columns, notes and questions for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sohoa_vietnam import addresses, agencies, units
from sohoa_vietnam import text as vn
from sohoa_vietnam.messages import Severity, VietnamError

NOT_NEEDED, NEEDED = "not_needed", "needed"
#: With the commune's code: sure, or less so when the name was not there to confirm it.
_CONFIRMED, _UNCONFIRMED, _RESIDENTS_ONLY = 1.0, 0.9, 0.8


@dataclass(frozen=True, slots=True)
class PresentAddress:
    """What a printed address is now; ``reasons`` are codes of why a person must look."""

    unit_code: str | None = None
    unit_code_set: str | None = None
    unit_as_of: str | None = None
    as_now: str | None = None
    now_unit_code: str | None = None
    now_unit_code_set: str | None = None
    mapping_version: str | None = None
    confidence: float | None = None
    reasons: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the dossiers of an agency now."""

    code: str | None
    code_set: str
    reason: str | None = None
    candidates: tuple[str, ...] = ()


def full_date(text: str | None) -> str | None:
    """A day for a date that may be known to the month or year only; ``None`` when the day
    decides (the year 2025 has days under both code sets)."""
    if text is None or len(text) == 10:
        return text
    last = f"{text}-28" if len(text) == 7 else f"{text}-12-28"
    first = f"{text}-01" if len(text) == 7 else f"{text}-01-01"
    switch = units.REORGANIZATION.isoformat()
    return last if (first < switch) == (last < switch) else None


@lru_cache(maxsize=50_000)
def by_unit(
    code: str, name: str | None, code_set: str | None, as_of: str | None, residence: bool
) -> PresentAddress:
    """The present commune of a unit code, without the detail before it."""
    day = full_date(as_of)
    given: dict[str, Any] = {
        "unit_code": code,
        "unit_code_set": code_set,
        "unit_as_of": as_of,
    }
    try:
        answer = units.convert(code, code_set=code_set, as_of=day)
    except VietnamError as error:
        return PresentAddress(**given, reasons=(error.code,))
    if answer.asked is not None:
        given["unit_code"] = answer.asked.code
        given["unit_code_set"] = answer.asked.code_set.value
    reasons = [
        problem.code
        for problem in answer.problems
        if problem.severity in (Severity.ERROR, Severity.REVIEW)
    ]
    version = answer.mapping_version or None
    if name and answer.asked is not None and _disagrees(answer.asked, name, code_set, day):
        # A code with another unit's name: one of the two is wrong, and nobody here knows which.
        return PresentAddress(**given, mapping_version=version, reasons=("unit.code_and_name",))
    unit, confidence = answer.unit, _CONFIRMED if name else _UNCONFIRMED
    if unit is None and residence and answer.residents is not None:
        unit, confidence = answer.residents, _RESIDENTS_ONLY
    found = tuple(candidate.unit.code for candidate in answer.candidates)
    if unit is None:
        return PresentAddress(
            **given,
            mapping_version=version,
            reasons=tuple(reasons) or ("unit.undecided",),
            candidates=found,
        )
    return PresentAddress(
        **given,
        as_now=addresses.present_text("", unit),
        now_unit_code=unit.code,
        now_unit_code_set=unit.code_set.value,
        mapping_version=version,
        confidence=confidence,
        reasons=tuple(reasons),
        candidates=found if len(found) > 1 else (),
    )


def _disagrees(asked: units.Unit, name: str, code_set: str | None, day: str | None) -> bool:
    if asked.level is not units.Level.COMMUNE:
        return False
    checked = units.check(asked.code, name, None if code_set else day, code_set=code_set)
    return checked.agrees is False


#: Words of units, accents removed: a detail that has one may name another commune.
_UNIT_WORDS = re.compile(
    r"\b(xa|phuong|thi tran|huyen|quan|thi xa|thanh pho|tinh|dac khu|x|p|tt|h|q|tx|tp)\b"
)
_MOST_TAILS = 50_000


class _Tails:
    """How the printed addresses of a commune end: ``, xã X, huyện Y, tỉnh Z``.

    Thousands of addresses of one commune end alike; each ending is read once, and what stands
    before it is the detail, unless that itself has the word of a unit.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | None], set[str]] = {}
        self._count = 0

    def detail(self, text: str, code: str, code_set: str | None) -> str | None:
        """The detail, when the ending is known."""
        for tail in self._known.get((code, code_set), ()):
            if text.endswith(tail):
                head = text[: len(text) - len(tail)]
                if head.strip() and not _UNIT_WORDS.search(vn.plain(head)):
                    return head.strip()
        return None

    def learn(self, text: str, detail: str, code: str, code_set: str | None) -> None:
        """Remember an ending that was read."""
        tail = text[len(detail) :] if detail and text.startswith(detail) else ""
        if tail.lstrip().startswith(",") and self._count < _MOST_TAILS:
            known = self._known.setdefault((code, code_set), set())
            if tail not in known and len(known) < 8:
                known.add(tail)
                self._count += 1


_tails = _Tails()


def detail_of(text: str, code: str, code_set: str | None) -> tuple[str | None, str | None]:
    """What stands before the commune in a printed address, and why a person must look.

    The text is read; when it names another commune than the code does, one of the two is wrong.
    """
    text = text.strip()[:500]
    known = _tails.detail(text, code, code_set)
    if known is not None:
        return known, None
    try:
        parsed = addresses.parse_address(text)
    except VietnamError as error:
        return None, error.code
    readings = [parsed.reading] if parsed.reading else list(parsed.alternatives)
    for reading in readings:
        commune = reading.commune
        if commune is not None and commune.code == code and commune.code_set.value == code_set:
            if parsed.reading is not None and not parsed.problems:
                _tails.learn(text, reading.detail, code, code_set)
            return reading.detail or None, None
    return None, "address.code_and_text" if readings else "address.unread"


@lru_cache(maxsize=20_000)
def by_text(text: str, as_of: str | None) -> PresentAddress:
    """The present form of a printed address without a unit code."""
    try:
        found = addresses.convert_address(text[:500], as_of=full_date(as_of))
    except VietnamError as error:
        return PresentAddress(unit_as_of=as_of, reasons=(error.code,))
    reading = found.parsed.reading
    old = reading.unit if reading is not None else None
    reasons = tuple(
        problem.code
        for problem in found.problems
        if problem.severity in (Severity.ERROR, Severity.REVIEW)
    )
    if found.needs_review and not reasons:
        reasons = ("address.undecided",)
    return PresentAddress(
        unit_code=old.code if old else None,
        unit_code_set=old.code_set.value if old else None,
        unit_as_of=as_of,
        as_now=found.present,
        now_unit_code=found.unit.code if found.unit else None,
        now_unit_code_set=found.unit.code_set.value if found.unit else None,
        mapping_version=found.mapping_version or None,
        confidence=found.confidence if found.present else None,
        reasons=reasons,
        candidates=tuple(candidate.unit.code for candidate in found.candidates)
        if found.unit is None
        else (),
    )


def code_set_of_agency(code: str) -> str:
    """Which notation an agency code is written in."""
    text = code.strip().upper()
    if agencies.OLD_NOTATION.fullmatch(text):
        return "qcvn-102-2016"
    return "qd-20-2020" if agencies.NEW_NOTATION.fullmatch(text) else "printed"


@lru_cache(maxsize=20_000)
def holder_of(code: str) -> Holder:
    """The agency that holds what ``code`` held: itself while it is open, else its successor.

    The registry knows the successors of level 1. A unit below a closed level 1 is routed to the
    province that took over, and a person settles which of its agencies it is.
    """
    answer = agencies.agencies().on(code, None)
    code_set = code_set_of_agency(code)
    if answer.open is None:
        return Holder(None, code_set, "agency.unknown")
    if answer.open:
        return Holder(answer.code, code_set)
    if len(answer.successors) != 1:
        reason = "agency.several_successors" if answer.successors else "agency.no_successor"
        return Holder(None, code_set, reason, answer.successors)
    below = any(int(part) for part in _lower_levels(answer.code))
    return Holder(
        answer.successors[0],
        code_set,
        "agency.unit_below" if below else None,
        answer.successors if below else (),
    )


def _lower_levels(code: str) -> tuple[str, ...]:
    old = agencies.OLD_NOTATION.fullmatch(code)
    if old:
        return (old[1], old[2], old[3])
    new = agencies.NEW_NOTATION.fullmatch(code)
    return tuple(part for part in new[2].split(".") if part) if new else ()


def versions() -> dict[str, Any]:
    """The versions of the tables that answered: part of what a plan is."""
    return {"units": units.tables().version}
