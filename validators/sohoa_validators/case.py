"""Which case (trường hợp) of its procedure a dossier is, and what conditions may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sohoa_validators.condition import Condition, evaluate, walk
from sohoa_validators.moments import age_on, day_of
from sohoa_validators.schema import Case, FactModel, Procedure
from sohoa_validators.view import DossierView
from sohoa_vietnam.text import match_key


@dataclass(frozen=True)
class Known:
    """What is known about a dossier: the values of paths, and which facts were only assumed."""

    values: Mapping[str, Any]
    assumed: frozenset[str]

    def ask(self, condition: Condition | None) -> bool | None:
        """The truth of ``condition``; no condition is true."""
        return True if condition is None else evaluate(condition, self.values.get)

    def assumed_in(self, condition: Condition | None) -> tuple[str, ...]:
        """The assumed facts that ``condition`` asks."""
        return tuple(path for path in self._paths(condition) if path in self.assumed)

    def unknown_in(self, condition: Condition | None) -> tuple[str, ...]:
        """The paths that ``condition`` asks and nobody answered."""
        return tuple(path for path in self._paths(condition) if self.values.get(path) is None)

    @staticmethod
    def _paths(condition: Condition | None) -> tuple[str, ...]:
        if condition is None:
            return ()
        paths = (getattr(node, "value", None) for _, node in walk(condition))
        return tuple(dict.fromkeys(path for path in paths if path))


def known_about(view: DossierView, procedure: Procedure) -> Known:
    """Everything that the conditions of ``procedure`` may ask about ``view``."""
    received = day_of(view.received_on)
    birth = day_of(view.owner.birth_date)
    age = None
    if received is not None and birth is not None and birth <= received:
        age = age_on(birth, received)
    values: dict[str, Any] = {
        "channel": str(view.channel) or None,
        "owner.kind": view.owner.kind if view.owner.kind in ("person", "organization") else None,
        "owner.age": age,
        "received_on": received,
    }
    assumed = set()
    case = find_case(view, procedure)
    if case is None and not view.case.strip():
        case = next((known for known in procedure.cases if known.assume), None)
        if case is not None:
            assumed.add("case")
    values["case"] = case.id if case is not None else None
    settled = case.answers if case is not None else {}
    for name, fact in procedure.facts.items():
        answer = settled.get(name, _answer(view.facts.get(name), fact))
        if answer is None and fact.assume is not None:
            answer = fact.assume
            assumed.add(f"fact.{name}")
        values[f"fact.{name}"] = answer
    known = Known(values, frozenset(assumed))
    if case is None:
        holding = [c for c in procedure.cases if c.when is not None and known.ask(c.when)]
        values["case"] = holding[0].id if len(holding) == 1 else None
    return known


def _answer(given: object, fact: FactModel) -> bool | int | str | date | None:
    """The given answer when it has the type that the schema declares, else nothing."""
    if fact.type == "bool":
        return given if isinstance(given, bool) else None
    if fact.type == "number":
        return given if isinstance(given, int) and not isinstance(given, bool) else None
    if not isinstance(given, str):
        return None
    if fact.type == "date":
        return day_of(given)
    return given if given in (fact.choices or ()) else None


def find_case(view: DossierView, procedure: Procedure) -> Case | None:
    """The case that the dossier names (by id, number, name or alias), else the only one.

    None when it cannot be told.
    """
    if len(procedure.cases) == 1:
        return procedure.cases[0]
    given = view.case[:200].strip()
    number = view.procedure[9:11] if len(view.procedure) == 11 else ""
    key = match_key(given)
    for case in procedure.cases:
        if given and (given in (case.id, case.number) or given in case.aliases):
            return case
        if given and key == match_key(case.name.vi):
            return case
        if not given and number and case.number == number:
            return case
    return None
