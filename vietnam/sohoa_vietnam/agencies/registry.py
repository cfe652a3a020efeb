"""The registry of level-1 agency codes, dated: open when, called what, followed by whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from types import MappingProxyType

from sohoa_vietnam.messages import N_, Checked, Problem, Severity
from sohoa_vietnam.text import nfc
from sohoa_vietnam.units.lookup import DateLike, day
from sohoa_vietnam.units.tables import as_date, tables

#: The ministries of the new structure start work; QĐ 09/2025/QĐ-TTg came six weeks later.
MINISTRIES_MERGED = date(2025, 3, 1)
NEW_LIST = date(2025, 4, 14)

LEVEL_ONE = re.compile(r"[GHK][0-9]{2}", re.ASCII)
#: Old notation (QCVN 102:2016/BTTTT): level 4 . level 3 . level 2 . level 1, 13 characters.
OLD_NOTATION = re.compile(r"([0-9]{3})\.([0-9]{2})\.([0-9]{2})\.([A-Z][0-9]{2})", re.ASCII)
#: New notation (QĐ 20/2020/QĐ-TTg): level 1 first, as many levels as needed.
NEW_NOTATION = re.compile(r"([A-Z][0-9]{2})((?:\.[0-9]{1,3}){0,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AgencyState:
    """What a code stood for from ``valid_from`` to ``valid_to`` (both days included; ``None``:
    not known, or until further notice). ``successor`` is the level-1 code that follows when the
    code closes. ``code_checked`` tells how sure it is that this number belongs to this agency,
    ``name_checked`` the same for name, dates and successor."""

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    successor: str | None
    code_checked: Checked
    name_checked: Checked
    basis: str
    evidence: str = ""
    overridden: bool = False

    def covers(self, on: date) -> bool:
        """Whether the state held on a date."""
        return (self.valid_from or date.min) <= on <= (self.valid_to or date.max)

    @property
    def checked(self) -> Checked:
        """The weaker of the two marks."""
        order = list(Checked)
        return max(self.code_checked, self.name_checked, key=order.index)


@dataclass(frozen=True, slots=True)
class TaskMove:
    """A task (nhiệm vụ) that left an agency while others stayed or went elsewhere."""

    code: str
    task: str
    to: str
    start: date
    basis: str
    checked: Checked


@dataclass(frozen=True, slots=True)
class AgencyAnswer:
    """What a code means on a date. ``open`` is ``None`` when the code is not in the registry.

    ``state`` is the state on the date, or the last one before it for a closed code;
    ``successors`` the codes to route to (several when the tasks were divided: the function
    decides); ``problems`` what to tell the reviewer.
    """

    code: str
    open: bool | None
    state: AgencyState | None
    successors: tuple[str, ...] = ()
    moves: tuple[TaskMove, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str | None:
        """The agency's name on the date."""
        return self.state.name if self.state else None


class Agencies:
    """A registry of agency codes: the shipped one (:func:`agencies`) or one with a user's file
    over it (:func:`load_agencies`). Immutable."""

    def __init__(self, states: Iterable[AgencyState], moves: Iterable[TaskMove] = ()) -> None:
        by_code: dict[str, list[AgencyState]] = {}
        for state in states:
            by_code.setdefault(state.code, []).append(state)
        self._states: Mapping[str, tuple[AgencyState, ...]] = MappingProxyType(
            {
                c: tuple(sorted(s, key=lambda x: x.valid_from or date.min))
                for c, s in by_code.items()
            }
        )
        self._moves = tuple(moves)

    def codes(self) -> tuple[str, ...]:
        """Every code of the registry."""
        return tuple(sorted(self._states))

    def states(self, code: str) -> tuple[AgencyState, ...]:
        """All dated states of a code, oldest first."""
        return self._states.get(code, ())

    def on(self, code: str, when: DateLike) -> AgencyAnswer:
        """Name, state and successors of a code on a date (``None``: now).

        A code of level 2-4 that the registry does not list itself is answered through its
        level-1 code, with a problem that says so. Never raises for a code, however malformed.
        """
        date_ = day(when) or date.max
        asked = nfc(str(code)).strip().upper()[:40]
        root, problems = _level_one(asked)
        if root is None:
            return AgencyAnswer(asked, None, None, (), (), tuple(problems))
        listed = asked if asked in self._states else root
        if listed != asked:
            problems.append(
                Problem(
                    "agency.level_one_only",
                    Severity.INFO,
                    N_("{code} is not in the registry: answered through {root}"),
                    {"code": asked, "root": root},
                )
            )
        states = self._states.get(listed)
        if not states:
            problems.append(
                Problem(
                    "agency.unknown",
                    Severity.WARNING,
                    N_("The registry has no agency code {code}"),
                    {"code": listed},
                )
            )
            return AgencyAnswer(asked, None, None, (), (), tuple(problems))
        current = next((s for s in states if s.covers(date_)), None)
        before = [s for s in states if (s.valid_from or date.min) <= date_]
        state = current or (before[-1] if before else states[0])
        moves = tuple(m for m in self._moves if m.code == listed and m.start <= date_)
        if state.code_checked is not Checked.VERIFIED:
            problems.append(
                Problem(
                    "agency.unverified",
                    Severity.INFO,
                    N_("The number of {code} ({name}) is not verified: confirm it or override it"),
                    {"code": listed, "name": state.name},
                    state.basis,
                    state.code_checked,
                )
            )
        if current is not None:
            return AgencyAnswer(asked, True, current, (), moves, tuple(problems))
        successors = tuple(
            dict.fromkeys(([state.successor] if state.successor else []) + [m.to for m in moves])
        )
        problems.append(self._closed(listed, state, successors, date_))
        return AgencyAnswer(asked, False, state, successors, moves, tuple(problems))

    @staticmethod
    def _closed(code: str, state: AgencyState, successors: tuple[str, ...], on: date) -> Problem:
        between = MINISTRIES_MERGED <= on < NEW_LIST and code[0] == "G"
        if between:
            return Problem(
                "agency.between_lists",
                Severity.INFO,
                N_(
                    "{name} ({code}) was merged on 1 March 2025; the code list followed on "
                    "14 April 2025, so papers between may still carry the code"
                ),
                {"code": code, "name": state.name},
                "QĐ 09/2025/QĐ-TTg",
                state.name_checked,
            )
        return Problem(
            "agency.closed",
            Severity.WARNING,
            N_("The code {code} ({name}) closed on {date}; it is followed by {successors}"),
            {
                "code": code,
                "name": state.name,
                "date": state.valid_to.isoformat() if state.valid_to else "?",
                "successors": ", ".join(successors) or "-",
            },
            "QĐ 09/2025/QĐ-TTg",
            state.name_checked,
        )

    def is_open(self, code: str, when: DateLike) -> bool | None:
        """Whether the agency is open on a date; ``None`` when the code is unknown."""
        return self.on(code, when).open

    def name_on(self, code: str, when: DateLike) -> str | None:
        """The agency's name on a date; ``None`` when the code is unknown."""
        return self.on(code, when).name

    def successor(self, code: str, when: DateLike = None) -> tuple[str, ...]:
        """The level-1 codes to route to on a date: the code itself while it is open."""
        answer = self.on(code, when)
        if answer.open:
            root, _ = _level_one(answer.code)
            return (root,) if root else ()
        return answer.successors

    def with_overrides(self, states: Iterable[AgencyState]) -> Agencies:
        """A registry in which ``states`` replace everything shipped for the same codes."""
        new = [replace(s, overridden=True) for s in states]
        replaced = {s.code for s in new}
        kept = [s for code, found in self._states.items() if code not in replaced for s in found]
        return Agencies([*kept, *new], self._moves)


def _level_one(code: str) -> tuple[str | None, list[Problem]]:
    """The level-1 code of either notation."""
    for pattern, group in ((OLD_NOTATION, 4), (NEW_NOTATION, 1)):
        match = pattern.fullmatch(code)
        if match:
            return match[group], []
    shown = "".join(c if c.isprintable() else "?" for c in code[:20])
    return None, [
        Problem(
            "agency.code_malformed",
            Severity.ERROR,
            N_("'{value}' is not an agency code (000.00.00.H26 or H26.1.2)"),
            {"value": shown},
        )
    ]


@cache
def agencies() -> Agencies:
    """The shipped registry: 63 provincial committees and councils, ministries, agencies."""
    held = tables()
    states = [
        AgencyState(
            r[0],
            r[1],
            as_date(r[2]),
            as_date(r[3]),
            r[4] or None,
            Checked(r[6]),
            Checked(r[5]),
            r[7],
            r[8],
        )
        for r in held.rows("agencies")
    ]
    moves = [
        TaskMove(r[0], r[1], r[2], date.fromisoformat(r[3]), r[4], Checked(r[5]))
        for r in held.rows("agency_tasks")
    ]
    return Agencies(states, moves)
