"""The chain of a commune: names and mergers of 2016-2025, the reorganization, changes since.

The chain before July 2025 comes from two public lists that do not cover every change; what is
there is cited, what is missing is missing, and :data:`COVERAGE` says so.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sohoa_vietnam.messages import N_
from sohoa_vietnam.units.lookup import DateLike, day, state_on
from sohoa_vietnam.units.model import (
    CodeSet,
    Edge,
    FormerName,
    Kind,
    Level,
    Relation,
    Unit,
)
from sohoa_vietnam.units.tables import REORGANIZATION, Tables, tables

#: From this day on the list of former names with their codes is taken to be whole.
COVERED_FROM = date(2024, 9, 1)
#: What a reader of a chain must know.
COVERAGE = N_(
    "Names and mergers before July 2025 come from two public lists (727 names with codes from "
    "September 2024, about 1,900 names from 2016 on); they are not complete"
)


class StepKind(enum.StrEnum):
    """What happened at one step of a chain."""

    FORMER = "former"  # a commune or name that ended and whose place went to the next unit
    REORGANIZED = "reorganized"  # 1 July 2025
    CHANGED = "changed"  # name or kind, code kept


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain. Exactly one of ``former``, ``edge`` and ``changed`` says what came
    before; ``unit`` is what stands after it. ``until`` is the last day that may have been."""

    kind: StepKind
    unit: Unit
    relation: Relation | None = None
    former: FormerName | None = None
    edge: Edge | None = None
    changed: Unit | None = None
    until: date | None = None


def chain(
    code: object,
    *,
    code_set: CodeSet | str,
    level: Level | str = Level.COMMUNE,
    source: Tables | None = None,
) -> tuple[Step, ...]:
    """Everything these tables know about a commune, oldest step first.

    For a code of the old list: the former names it took over, then the 2025 pieces, then later
    changes of these. For a code of the new list: what it was formed from and what became of it.
    """
    held = source or tables()
    which = CodeSet(code_set)
    states = held.units(which, Level(level), str(code))
    if not states:
        return ()
    steps: list[Step] = []
    if which is CodeSet.GSO_2004:
        steps += _former_steps(held, states[-1])
        for raw in held.edges_from.get((states[-1].level.value, states[-1].code), ()):
            edge = held.edge(raw)
            steps += _after(held, edge)
    else:
        for raw in held.edges_to.get(states[-1].code, ()):
            edge = held.edge(raw)
            old = held.units(CodeSet.GSO_2004, edge.level, edge.old)[-1]
            steps += _former_steps(held, old)
        for raw in held.edges_to.get(states[-1].code, ()):
            edge = held.edge(raw)
            first = held.units(CodeSet.GSO_2025, Level.COMMUNE, edge.new)[0]
            steps.append(
                Step(
                    StepKind.REORGANIZED,
                    first,
                    edge.relation,
                    edge=edge,
                    until=REORGANIZATION,
                )
            )
        steps += _changes(states)
    return tuple(steps)


def _former_steps(held: Tables, unit: Unit) -> list[Step]:
    found = []
    for row in held.former.get(unit.code, ()) if unit.level is Level.COMMUNE else ():
        former = held.former_name(row)
        found.append(Step(StepKind.FORMER, unit, former=former, until=former.before))
    found.sort(key=lambda s: (s.until or REORGANIZATION, s.former.key if s.former else ""))
    return found


def _after(held: Tables, edge: Edge) -> list[Step]:
    states = held.units(CodeSet.GSO_2025, Level.COMMUNE, edge.new)
    first = Step(StepKind.REORGANIZED, states[0], edge.relation, edge=edge, until=REORGANIZATION)
    return [first, *_changes(states)]


def _changes(states: tuple[Unit, ...]) -> list[Step]:
    return [
        Step(StepKind.CHANGED, after, Relation.RENAMED, changed=before, until=before.valid_to)
        for before, after in pairwise(states)
    ]


@dataclass(frozen=True, slots=True)
class NameOnDate:
    """A name that a code may have borne on a date. ``certain`` is false when the sources give
    only a span of time for the change and the date lies inside it, and on any day before
    September 2024, where they are not complete."""

    unit: Unit | None
    former: FormerName | None
    certain: bool

    @property
    def text(self) -> str:
        """The name as a person would print it."""
        if self.unit is not None:
            return self.unit.full_name
        assert self.former is not None
        kind: Kind | None = self.former.kind
        name = self.former.name or self.former.key
        return f"{kind.word} {name}" if kind else name


def names_on(code: str, on: DateLike, source: Tables | None = None) -> tuple[NameOnDate, ...]:
    """The names a commune code may have stood for on a date: usually one, honestly more when
    the sources do not settle it (22366 was Phước Tiến, then Tân Tiến, then Nha Trang)."""
    held = source or tables()
    when = day(on, "on")
    if when is None or when >= REORGANIZATION:
        now = state_on(held.units(CodeSet.GSO_2025, Level.COMMUNE, code), when)
        return (NameOnDate(now, None, True),) if now else ()
    states = held.units(CodeSet.GSO_2004, Level.COMMUNE, code)
    formers = [held.former_name(r) for r in held.former_by_code.get(code, ())]
    found = []
    settled = False
    for former in formers:
        if when >= former.before:
            continue
        before_the_change = former.after is not None and when < former.after
        found.append(NameOnDate(None, former, False))
        settled = settled or before_the_change
    if states and not settled:
        found.append(NameOnDate(states[0], None, not found and when >= COVERED_FROM))
    return tuple(found)


__all__ = ["COVERAGE", "NameOnDate", "Step", "StepKind", "chain", "names_on"]
