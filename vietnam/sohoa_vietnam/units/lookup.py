"""Find units by code or by name, on a date; check that a code and a name agree.

Nothing here guesses: a code needs a code set or a date, a name may belong to many units and
all of them are returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sohoa_vietnam.messages import N_, Problem, Severity
from sohoa_vietnam.units.errors import BadQuestion, CodeWithoutDate
from sohoa_vietnam.units.model import CodeSet, FormerName, Kind, Level, Unit
from sohoa_vietnam.units.names import Entry, NameParts, fold, name_index, name_parts
from sohoa_vietnam.units.tables import OLD_END, REORGANIZATION, Tables, tables

_DIGITS = {2: Level.PROVINCE, 3: Level.DISTRICT, 5: Level.COMMUNE}
_WIDTH = {level: width for width, level in _DIGITS.items()}
_CODE = re.compile(r"[0-9]{1,5}", re.ASCII)

DateLike = date | str | None


def day(value: DateLike, argument: str = "date") -> date | None:
    """A date, or an ISO text (``2025-06-30``), as a date; anything else is a bad question."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise BadQuestion(argument=argument, value=str(value)[:40]) from None


def level_of(value: Level | str | None) -> Level | None:
    """A level or its name; anything else is a bad question."""
    try:
        return Level(value) if value else None
    except ValueError:
        raise BadQuestion(argument="level", value=str(value)[:40]) from None


def code_set_on(on: date) -> CodeSet:
    """The code set in force on a date."""
    return CodeSet.GSO_2004 if on <= OLD_END else CodeSet.GSO_2025


@dataclass(frozen=True, slots=True)
class ReadCode:
    """A code as given, at full width: its level and what had to be repaired to read it."""

    code: str
    level: Level | None
    problems: tuple[Problem, ...] = ()


def read_code(value: object, code_set: CodeSet | None, level: Level | None = None) -> ReadCode:
    """Bring a code to full width (2, 3 or 5 digits); never raises.

    A spreadsheet that stored ``01651`` as a number gives ``1651``: it is padded when the level
    is given or when only one level can be meant, and the repair is reported. ``694`` of the old
    list stays a district code unless the level says commune; ``8`` alone is refused.
    """
    text = "" if value is None else str(value).strip().lstrip("'\u2019")
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]
    if not _CODE.fullmatch(text):
        shown = "".join(c if c.isprintable() else "?" for c in text[:20])
        return ReadCode(
            "",
            None,
            (
                Problem(
                    "unit.code_malformed",
                    Severity.ERROR,
                    N_("'{value}' is not a unit code (2, 3 or 5 digits)"),
                    {"value": shown},
                ),
            ),
        )
    if level is None:
        level = _DIGITS.get(len(text))
        if level is Level.DISTRICT and code_set is CodeSet.GSO_2025:
            level = Level.COMMUNE  # no districts in that list: zeros were lost
        if level is None and len(text) == 4:
            level = Level.COMMUNE  # no other code is that long
        if level is None:
            problem = Problem(
                "unit.code_level_needed",
                Severity.ERROR,
                N_(
                    "The code {value} lost its leading zeros: say whether it is a province, a "
                    "district or a commune"
                ),
                {"value": text},
            )
            return ReadCode("", None, (problem,))
    width = _WIDTH[level]
    if len(text) == width:
        return ReadCode(text, level)
    if len(text) > width:
        problem = Problem(
            "unit.code_width",
            Severity.ERROR,
            N_("The code {value} has {digits} digits; a code of this level has {width}"),
            {"value": text, "digits": len(text), "width": width},
        )
        return ReadCode("", level, (problem,))
    padded = text.zfill(width)
    problem = Problem(
        "unit.code_padded",
        Severity.WARNING,
        N_("The code {value} was read as {padded}: leading zeros are missing"),
        {"value": text, "padded": padded},
    )
    return ReadCode(padded, level, (problem,))


def settle_code_set(
    value: object, code_set: CodeSet | str | None, as_of: DateLike
) -> tuple[CodeSet, date | None]:
    """The code set that a question is about; raises :class:`CodeWithoutDate` when unsaid."""
    when = day(as_of, "as_of")
    if code_set is not None and code_set != "":
        try:
            return CodeSet(code_set), when
        except ValueError:
            raise BadQuestion(argument="code_set", value=str(code_set)[:40]) from None
    if when is None:
        raise CodeWithoutDate(value=str(value)[:20])
    return code_set_on(when), when


def state_on(states: tuple[Unit, ...], on: date | None) -> Unit | None:
    """The state in force on a date (``None``: the last one)."""
    if not states:
        return None
    if on is None:
        return states[-1]
    for unit in states:
        if (unit.valid_from or date.min) <= on <= (unit.valid_to or date.max):
            return unit
    return None


def get(
    code: object,
    *,
    code_set: CodeSet | str | None = None,
    as_of: DateLike = None,
    level: Level | str | None = None,
    source: Tables | None = None,
) -> Unit | None:
    """The unit with a code in a code set, or on the date the code was written.

    ``None`` when there is no such unit. Raises :class:`CodeWithoutDate` for a bare code.
    """
    held = source or tables()
    which, when = settle_code_set(code, code_set, as_of)
    read = read_code(code, which, level_of(level))
    if not read.code or read.level is None:
        return None
    states = held.units(which, read.level, read.code)
    found = state_on(states, when)
    if found is None and states and when is not None and code_set:
        return states[-1] if when > OLD_END else states[0]
    return found


def province_of(unit: Unit, on: DateLike = None, source: Tables | None = None) -> Unit | None:
    """The province a unit belongs to, in the unit's own code set."""
    held = source or tables()
    states = held.units(unit.code_set, Level.PROVINCE, unit.province_code)
    return state_on(states, day(on)) or (states[-1] if states else None)


def district_of(unit: Unit, source: Tables | None = None) -> Unit | None:
    """The district a commune of the old list belongs to."""
    if unit.district_code is None:
        return None
    states = (source or tables()).units(CodeSet.GSO_2004, Level.DISTRICT, unit.district_code)
    return states[0] if states else None


def path_text(unit: Unit, on: DateLike = None, source: Tables | None = None) -> str:
    """The unit with those above it: ``Xã X, Huyện Y, Tỉnh Z``."""
    held = source or tables()
    parts = [unit.full_name]
    district = district_of(unit, held)
    if district is not None:
        parts.append(district.full_name)
    if unit.level is not Level.PROVINCE:
        province = province_of(unit, on, held)
        if province is not None:
            parts.append(province.full_name)
    return ", ".join(parts)


# --- by name -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A unit whose name fits, and how: ``exact`` (accents agree), ``bare`` (the text has fewer
    accents) or ``accents`` (they differ); ``kind_fits`` says whether the word before the name
    does. ``former`` is set when the unit is only the successor of a commune of that name."""

    unit: Unit
    how: str
    kind_fits: bool = True
    former: FormerName | None = None


_HOW_ORDER = {"exact": 0, "bare": 1, "accents": 2}


def find(
    text: str,
    on: DateLike = None,
    *,
    level: Level | str | None = None,
    limit: int = 50,
    source: Tables | None = None,
) -> tuple[Found, ...]:
    """Units called ``text`` (with or without the word for the kind), best fit first.

    ``on`` restricts the answer to units in force on that date; without it both code sets are
    searched. A text of digits is looked up as a code in every code set that applies. Former
    names of communes are found too, through the unit that took them over.
    """
    held = source or tables()
    when = day(on, "on")
    sets = (code_set_on(when),) if when else tuple(CodeSet)
    wanted = level_of(level)
    stripped = text.strip()[:200]
    if _CODE.fullmatch(stripped):
        found = []
        for which in sets:
            read = read_code(stripped, which, wanted)
            if read.level is not None:
                unit = state_on(held.units(which, read.level, read.code), when)
                if unit:
                    found.append(Found(unit, "exact"))
        if found or wanted is not None:
            return tuple(found)
    parts = name_parts(stripped)
    return tuple(_by_name(held, parts, sets, when, wanted))[:limit]


def _by_name(
    held: Tables,
    parts: NameParts,
    sets: Iterable[CodeSet],
    when: date | None,
    wanted: Level | None,
) -> list[Found]:
    index = name_index(held)
    found: dict[str, Found] = {}
    for reading in parts.readings:
        if not reading.key:
            continue
        for entry in index.everywhere(reading.key):
            if entry.code_set not in sets or (wanted and entry.level is not wanted):
                continue
            how = reading.compare(entry)
            fits = not reading.kinds or entry.kind in reading.kinds
            unit = state_on(held.units(entry.code_set, entry.level, entry.code), when)
            if unit is None:
                continue
            former = former_of(held, entry)
            new = Found(unit, how, fits, former)
            before = found.get(unit.id)
            if before is None or _rank(new) < _rank(before):
                found[unit.id] = new
    return sorted(found.values(), key=lambda f: (_rank(f), f.unit.code_set, f.unit.code))


def former_of(held: Tables, entry: Entry) -> FormerName | None:
    """The former name that an index entry stands for, if it is one."""
    row = entry.former_row
    if row is None:
        return None
    if entry.level is Level.COMMUNE:
        return held.former_name(row)
    # former districts and provinces: ..., kind, name, successors, retired, basis, checked
    kind, name, _, retired, basis, _ = row[-6:]
    ended = date.fromisoformat(retired)
    return FormerName(entry.code, "", Kind(kind), name, fold(name), None, ended, basis)


def _rank(found: Found) -> tuple[int, int, int]:
    return (found.former is not None, not found.kind_fits, _HOW_ORDER[found.how])


# --- code and name -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """Do a code and a name belong together on that date? ``agrees`` is ``None`` when the code
    itself is unknown; ``unit`` is what the code means then; ``problems`` say what is odd and
    ``meant`` lists the units that the name may have meant instead."""

    agrees: bool | None
    unit: Unit | None
    problems: tuple[Problem, ...] = ()
    meant: tuple[Unit, ...] = ()


def check(
    code: object,
    name: str,
    on: DateLike = None,
    *,
    code_set: CodeSet | str | None = None,
    level: Level | str | None = None,
    source: Tables | None = None,
) -> CodeCheck:
    """Whether ``code`` and ``name`` agree on the date (or in the code set) they were written for.

    The cheap, strong test of a column of codes: a code read in the wrong code set nearly always
    disagrees with its name. Raises :class:`CodeWithoutDate` when neither date nor set is given.
    """
    held = source or tables()
    which, when = settle_code_set(code, code_set, on)
    read = read_code(code, which, level_of(level))
    problems = list(read.problems)
    if not read.code or read.level is None:
        return CodeCheck(None, None, tuple(problems))
    states = held.units(which, read.level, read.code)
    unit = state_on(states, when) or (states[-1] if states else None)
    if when is not None and code_set_on(when) is not which:
        problems.append(
            Problem(
                "unit.code_set_and_date",
                Severity.WARNING,
                N_("The code set {code_set} was not in force on {date}"),
                {"code_set": which.value, "date": when.isoformat()},
                "QĐ 19/2025/QĐ-TTg",
            )
        )
    parts = name_parts(name[:200])
    other = CodeSet.GSO_2025 if which is CodeSet.GSO_2004 else CodeSet.GSO_2004
    twin = state_on(held.units(other, read.level, read.code), None)
    if unit is None:
        args = {"code": read.code, "code_set": which.value}
        problems.append(
            Problem(
                "unit.code_unknown",
                Severity.ERROR,
                N_("The code set {code_set} has no unit {code}"),
                args,
            )
        )
        meant = _meant(held, parts, which, when, read.level)
        return CodeCheck(None, None, tuple(problems), meant)
    states = tuple(s for s in states if s is not unit)
    how = _agreement(parts, unit)
    if how == "exact":
        return CodeCheck(True, unit, tuple(problems))
    if how is not None:
        problems.append(
            Problem(
                f"unit.name_{how}",
                Severity.INFO if how == "bare" else Severity.WARNING,
                {
                    "bare": N_("The name '{name}' lacks the accents of {unit}"),
                    "accents": N_("The name '{name}' has other accents than {unit}"),
                    "kind": N_("'{name}' has another kind of unit than {unit}"),
                }[how],
                {"name": name[:80], "unit": unit.full_name},
            )
        )
        return CodeCheck(how != "accents", unit, tuple(problems))
    former = _former_agrees(held, read.code, parts, which)
    if former is not None:
        problems.append(
            Problem(
                "unit.former_name",
                Severity.INFO,
                N_("{name} was the name of unit {code} before {unit}"),
                {"name": name[:80], "code": read.code, "unit": unit.full_name},
                former.source,
            )
        )
        return CodeCheck(True, unit, tuple(problems))
    args = {"code": read.code, "unit": path_text(unit, when, held), "name": name[:80]}
    problems.append(
        Problem(
            "unit.code_name_disagree",
            Severity.ERROR,
            N_("The code {code} is {unit}, not '{name}'"),
            args,
        )
    )
    meant = _meant(held, parts, which, when, read.level)
    if twin is not None and _agreement(parts, twin) in ("exact", "bare"):
        problems.append(
            Problem(
                "unit.other_code_set",
                Severity.WARNING,
                N_("In the code set {code_set} the code {code} is {unit}: check the date"),
                {"code_set": other.value, "code": read.code, "unit": twin.full_name},
                "QĐ 19/2025/QĐ-TTg",
            )
        )
        meant = (twin, *meant)
    return CodeCheck(False, unit, tuple(problems), meant)


def _agreement(parts: NameParts, unit: Unit) -> str | None:
    """How well a name fits a unit: exact, kind, bare, accents, or ``None``."""
    best: str | None = None
    order = {"exact": 0, "bare": 1, "kind": 2, "accents": 3}
    for reading in parts.readings:
        how = reading.compare_name(unit.name)
        if how is None:
            continue
        if how != "accents" and reading.kinds and unit.kind not in reading.kinds:
            how = "kind"
        if best is None or order[how] < order[best]:
            best = how
    return best


def _former_agrees(held: Tables, code: str, parts: NameParts, which: CodeSet) -> FormerName | None:
    if which is not CodeSet.GSO_2004:
        return None
    keys = {reading.key for reading in parts.readings}
    for row in (*held.former_by_code.get(code, ()), *held.former.get(code, ())):
        if fold(row[4]) in keys:
            return held.former_name(row)
    return None


def _meant(
    held: Tables, parts: NameParts, which: CodeSet, when: date | None, level: Level
) -> tuple[Unit, ...]:
    found = _by_name(held, parts, (which,), when, level)
    return tuple(f.unit for f in found if f.how != "accents")[:5]


__all__ = [
    "OLD_END",
    "REORGANIZATION",
    "CodeCheck",
    "Found",
    "ReadCode",
    "check",
    "code_set_on",
    "day",
    "level_of",
    "district_of",
    "find",
    "get",
    "path_text",
    "province_of",
    "read_code",
    "settle_code_set",
    "state_on",
]
