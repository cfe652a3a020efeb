"""Is a dossier complete (đủ thành phần hồ sơ)? By component, group and condition.

Three answers: COMPLETE, INCOMPLETE, UNKNOWN (the case or an answer that a condition needs is not
known, or the schema itself does not list the components). An online dossier may hand in an
electronic form where paper asks for an original; show-only papers are shown, not kept, so their
absence from the records proves nothing and never makes a dossier incomplete.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sohoa_validators.case import Known
from sohoa_validators.match import Assignment, case_components
from sohoa_validators.schema import Component, Group, Procedure
from sohoa_validators.view import ItemView, PaperForm


class Completeness(enum.StrEnum):
    """Đủ, thiếu, chưa rõ."""

    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Shortage:
    """Too few pieces of a component: how many are wanted and how many are there."""

    component: Component
    wanted: int
    found: int


@dataclass(frozen=True, slots=True)
class GroupShortage:
    """Too few (or too many) members of a group."""

    group: Group
    found: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """It is not known whether a part is required; ``paths`` are the open questions."""

    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class CompletenessAnswer:
    """The verdict with everything it rests on; ``assumed`` lists facts taken for granted."""

    verdict: Completeness
    branch: str
    missing: tuple[Component, ...] = ()
    short: tuple[Shortage, ...] = ()
    not_original: tuple[tuple[Component, ItemView], ...] = ()
    groups_short: tuple[GroupShortage, ...] = ()
    groups_over: tuple[GroupShortage, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    assumed: tuple[str, ...] = ()


def completeness(procedure: Procedure, known: Known, assignment: Assignment) -> CompletenessAnswer:
    """Judge the assigned items of one dossier."""
    case = str(known.values.get("case") or "")
    parts = _Parts()
    if "case" in known.assumed and len(procedure.cases) > 1:
        parts.note_assumed(("case",))
    members: dict[str, int] = {}
    for component in case_components(procedure, case):
        items = assignment.items.get(component.id, ())
        if component.group is not None:
            members[component.group] = members.get(component.group, 0) + bool(items)
            if items:
                parts.look_at(component, items)
            continue
        if items:
            parts.look_at(component, items)
        elif not component.optional and component.submission == "submit":
            required = _required(component, case, known)
            parts.note_assumed(known.assumed_in(component.required_when))
            if required is None:
                paths = known.unknown_in(component.required_when) or ("case",)
                parts.doubts.append(Doubt(component.name.vi, paths))
            elif required:
                parts.missing.append(component)
    for group in procedure.groups:
        _judge_group(group, members.get(group.id, 0), case, known, parts)
    return parts.answer(procedure, assignment)


def _required(part: Component | Group, case: str, known: Known) -> bool | None:
    if part.cases and not case:
        return None
    return known.ask(part.required_when)


def _judge_group(group: Group, found: int, case: str, known: Known, parts: _Parts) -> None:
    if group.cases and case and case not in group.cases:
        return
    required = _required(group, case, known)
    parts.note_assumed(known.assumed_in(group.required_when))
    if required is not False and group.at_most is not None and found > group.at_most:
        parts.groups_over.append(GroupShortage(group, found))
    if found >= group.at_least or required is False:
        return
    if required is None:
        paths = known.unknown_in(group.required_when) or ("case",)
        parts.doubts.append(Doubt(group.name.vi, paths))
    else:
        parts.groups_short.append(GroupShortage(group, found))


class _Parts:
    """What was found so far; becomes the answer."""

    def __init__(self) -> None:
        self.missing: list[Component] = []
        self.short: list[Shortage] = []
        self.not_original: list[tuple[Component, ItemView]] = []
        self.groups_short: list[GroupShortage] = []
        self.groups_over: list[GroupShortage] = []
        self.doubts: list[Doubt] = []
        self.assumed: dict[str, None] = {}

    def note_assumed(self, paths: Sequence[str]) -> None:
        self.assumed.update(dict.fromkeys(paths))

    def look_at(self, component: Component, items: Sequence[ItemView]) -> None:
        """Count the pieces and look for originals where originals are wanted."""
        if component.submission == "show":
            return
        electronic = any(
            item.form in (PaperForm.ELECTRONIC, PaperForm.ELECTRONIC_CERTIFIED_COPY)
            for item in items
        )
        found = sum(max(0, item.copies) for item in items)
        if not electronic and found < component.quantity:
            self.short.append(Shortage(component, component.quantity, found))
        if component.originals and not component.accept_copy and not electronic:
            copies = [i for i in items if i.form in (PaperForm.COPY, PaperForm.CERTIFIED_COPY)]
            if len(copies) == len(items):
                self.not_original.append((component, copies[0]))

    def answer(self, procedure: Procedure, assignment: Assignment) -> CompletenessAnswer:
        if self.missing or self.groups_short or self.short or self.not_original:
            verdict, branch = Completeness.INCOMPLETE, "parts_missing"
        elif self.doubts:
            verdict, branch = Completeness.UNKNOWN, "question_open"
        elif not procedure.complete:
            verdict, branch = Completeness.UNKNOWN, "schema_incomplete"
        elif self.groups_over:
            verdict, branch = Completeness.UNKNOWN, "too_many_of_a_group"
        else:
            verdict, branch = Completeness.COMPLETE, "all_parts_there"
        return CompletenessAnswer(
            verdict,
            branch,
            tuple(self.missing),
            tuple(self.short),
            tuple(self.not_original),
            tuple(self.groups_short),
            tuple(self.groups_over),
            tuple(self.doubts),
            tuple(self.assumed),
        )


def args_of(answer: CompletenessAnswer) -> Mapping[str, object]:
    """The language-free arguments of the verdict."""
    args: dict[str, object] = {
        "missing": [component.id for component in answer.missing],
        "groups": [short.group.id for short in answer.groups_short],
        "short": [short.component.id for short in answer.short],
        "not_original": [component.id for component, _ in answer.not_original],
        "questions": sorted({path for doubt in answer.doubts for path in doubt.paths}),
        "assumed": list(answer.assumed),
    }
    return {key: value for key, value in args.items() if value}
