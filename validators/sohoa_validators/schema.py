"""The model of a procedure schema: one YAML file describes one procedure (thủ tục hành chính).

Unknown keys are errors. Every part may carry its own ``source`` and ``checked``; where it does
not, those of the file hold (:meth:`Procedure.checked_of`). The published JSON Schema
(``procedure.schema.json``) is generated from these models, so editors check what we check; the
cross-checks of :func:`cross_faults` need the whole file and live only here.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from sohoa_validators.condition import (
    FIXED_CHOICES,
    FIXED_PATHS,
    Condition,
    ValueType,
    type_faults,
)
from sohoa_validators.yaml_lines import Place

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
ProcedureCode = Annotated[str, Field(pattern=r"^\d\.\d{6}$")]
#: Half of the portal's component codes are local free forms (``TP-H56.0000071``): a code is
#: compared, never refused for its shape beyond these letters.
ComponentCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9.\-]{2,60}$")]
ResultCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9.\-]{3,40}$")]
Words = Annotated[str, Field(min_length=1, max_length=1000)]


class Checked(enum.StrEnum):
    """How sure a statement of law is."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


class DigitizeClass(enum.StrEnum):
    """The classes of TT 01/2023/TT-VPCP Art 3 and NĐ 61/2018/NĐ-CP Art 21a.

    Must: ``A`` result of an earlier procedure, ``B`` named by specialised law, ``C`` listed by the
    Minister or provincial Chair, ``D`` opinions of agencies taking part, ``E`` still-valid results.
    May: ``F`` on request. Must not: ``G`` data already shared, ``H`` photocopy or certified copy,
    ``I`` only shown, ``K`` state secret.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741 - the class is called I
    K = "K"


class Model(BaseModel):
    """Frozen; unknown keys are errors; keys may be given by their YAML name."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Part(Model):
    """A part with its own citation; without one, that of the file holds."""

    source: Words | None = None
    checked: Checked | None = None
    note: Words | None = None


class Bilingual(Model):
    """A name in Vietnamese (the official one) and English."""

    vi: Words
    en: Words


class FactModel(Part):
    """A question about the case that conditions ask; the answer comes with the dossier.

    ``assume`` is taken where the dossier does not answer; the verdict then says that it was.
    """

    type: Literal["bool", "number", "choice", "date"]
    question: Bilingual
    choices: Annotated[tuple[Key, ...] | None, Field(min_length=2)] = None
    assume: StrictBool | StrictInt | Key | None = None


class Case(Part):
    """Trường hợp thực hiện; ``number`` is the suffix of a case code (``1.001193.02`` -> 02).

    ``aliases`` are other names under which dossiers give this case, ``answers`` the facts that it
    settles. ``assume: true`` is taken where a dossier names no case; the verdict says so.
    """

    id: Key
    name: Bilingual
    aliases: tuple[Words, ...] = ()
    answers: dict[Key, StrictBool | StrictInt | Key] = Field(default_factory=dict)
    assume: StrictBool = False
    number: Annotated[str, Field(pattern=r"^\d{2}$")] | None = None
    when: Condition | None = None


class Group(Part):
    """Components of which at least ``at_least`` and at most ``at_most`` are wanted."""

    id: Key
    name: Bilingual
    at_least: Annotated[StrictInt, Field(ge=1, le=20)] = 1
    at_most: Annotated[StrictInt, Field(ge=1, le=20)] | None = None
    cases: tuple[Key, ...] = ()
    required_when: Condition | None = None


class Component(Part):
    """Thành phần hồ sơ.

    ``codes`` lists the paper form and the e-form of the same thing. ``papers`` are keys of the
    shipped papers that may serve. ``required_when`` absent means always; ``optional: true`` means
    never. ``people`` renames a role of the paper for this procedure (the holder of an identity
    card is the requester). ``still_valid`` asks that the paper was in force on the day of
    reception, ``reuse`` says that the Kho may answer instead. ``result_of`` names the result
    code when the component is the result of an earlier procedure.
    """

    id: Key
    name: Bilingual
    codes: tuple[ComponentCode, ...] = ()
    papers: tuple[Key, ...] = ()
    submission: Literal["submit", "show"] = "submit"
    originals: Annotated[StrictInt, Field(ge=0, le=100)] = 1
    copies: Annotated[StrictInt, Field(ge=0, le=100)] = 0
    accept_copy: StrictBool = False
    cases: tuple[Key, ...] = ()
    required_when: Condition | None = None
    optional: StrictBool = False
    group: Key | None = None
    digitize: DigitizeClass | None = None
    result_of: ResultCode | None = None
    still_valid: StrictBool = False
    reuse: StrictBool = False
    people: dict[Key, Key] = Field(default_factory=dict)

    @property
    def quantity(self) -> int:
        """How many pieces are wanted, originals and copies together."""
        return self.originals + self.copies


class ResultModel(Part):
    """Kết quả giải quyết. ``right_granting: false`` marks refusals and requests to amend."""

    code: ResultCode
    name: Bilingual
    paper: Key | None = None
    right_granting: StrictBool = True
    returns_paper: StrictBool = True
    people: dict[Key, Key] = Field(default_factory=dict)
    cases: tuple[Key, ...] = ()


class TimeUnit(enum.StrEnum):
    """Unit of a processing time; ``SAME_DAY`` is "0/1": next working day after the cut-off."""

    SAME_DAY = "same_day"
    WORKING_DAY = "working_day"
    DAY = "day"
    HOUR = "hour"


class Processing(Part):
    """Thời hạn giải quyết. ``cutoff`` is the hour after which a day-long limit moves on."""

    unit: TimeUnit
    amount: Annotated[StrictInt, Field(ge=0, le=1000)]
    channels: tuple[Literal["direct", "online", "post"], ...] = ()
    cases: tuple[Key, ...] = ()
    when: Condition | None = None
    cutoff: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None


class Fee(Part):
    """Phí, lệ phí in đồng; ``amount`` absent: set by the provincial council (HĐND)."""

    name: Bilingual
    amount: Annotated[StrictInt, Field(ge=0, le=1_000_000_000)] | None = None
    per: Literal["dossier", "copy", "person"] = "dossier"
    channels: tuple[Literal["direct", "online", "post"], ...] = ()
    valid_to: date | None = None


class Procedure(Model):
    """One procedure from ``valid_from`` on; a dossier is judged by the version in force when it
    was received."""

    schema_: Annotated[Literal["sohoa/procedure/1"], Field(alias="schema")]
    code: ProcedureCode
    variants: tuple[Annotated[str, Field(pattern=r"^\d\.\d{6}\.[A-Z0-9.]{2,30}$")], ...] = ()
    name: Bilingual
    agency_level: Literal["central", "province", "commune", "any"]
    agency: Words
    decision: Words | None = None
    field_code: Annotated[str, Field(pattern=r"^[A-Z]\d{2}-[A-Z]{2}\d{2,}$")] | None = None
    owner_roles: Annotated[tuple[Key, ...], Field(min_length=1)] = ("requester",)
    complete: StrictBool = True
    valid_from: date
    valid_to: date | None = None
    source: Words
    checked: Checked
    checked_on: date
    facts: dict[Key, FactModel] = Field(default_factory=dict)
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    groups: tuple[Group, ...] = ()
    components: tuple[Component, ...] = ()
    results: tuple[ResultModel, ...] = ()
    processing: tuple[Processing, ...] = ()
    fees: tuple[Fee, ...] = ()
    open_points: tuple[Words, ...] = ()

    def checked_of(self, part: Part) -> Checked:
        """How sure ``part`` is: its own mark, else the file's."""
        return part.checked or self.checked

    def source_of(self, part: Part) -> str:
        """What ``part`` rests on: its own source, else the file's."""
        return part.source or self.source

    def in_force(self, on: date) -> bool:
        """Whether this version applied on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def value_types(procedure: Procedure) -> dict[str, ValueType]:
    """Every path that a condition of this procedure may ask, with its type."""
    asked: dict[str, ValueType] = {
        f"fact.{name}": fact.type for name, fact in procedure.facts.items()
    }
    return {**FIXED_PATHS, **asked}


def cross_faults(procedure: Procedure) -> Iterator[tuple[Place, str]]:
    """What contradicts itself inside one file: (place, reason)."""
    yield from _duplicates(procedure)
    yield from _references(procedure)
    yield from _contradictions(procedure)
    types = value_types(procedure)
    choices = dict(FIXED_CHOICES)
    for name, fact in procedure.facts.items():
        if fact.choices:
            choices[f"fact.{name}"] = fact.choices
    for place, condition in _conditions(procedure):
        for inner, reason in type_faults(condition, types, choices):
            yield (*place, *inner), reason


def _duplicates(procedure: Procedure) -> Iterator[tuple[Place, str]]:
    for part in ("cases", "groups", "components"):
        seen: set[str] = set()
        for number, entry in enumerate(getattr(procedure, part)):
            if entry.id in seen:
                yield (part, number, "id"), f"id {entry.id!r} twice"
            seen.add(entry.id)
    results: set[tuple[str, tuple[str, ...]]] = set()
    for number, result in enumerate(procedure.results):
        if (result.code, result.cases) in results:
            yield ("results", number, "code"), f"result {result.code!r} twice"
        results.add((result.code, result.cases))


def _references(procedure: Procedure) -> Iterator[tuple[Place, str]]:
    cases = {case.id for case in procedure.cases}
    groups = {group.id for group in procedure.groups}
    for part in ("groups", "components", "results", "processing"):
        for number, entry in enumerate(getattr(procedure, part)):
            for position, case in enumerate(entry.cases):
                if case not in cases:
                    yield (part, number, "cases", position), f"no case is called {case!r}"
    for number, component in enumerate(procedure.components):
        if component.group is not None and component.group not in groups:
            yield ("components", number, "group"), f"no group is called {component.group!r}"
    for number, group in enumerate(procedure.groups):
        members = sum(1 for component in procedure.components if component.group == group.id)
        if members < max(2, group.at_least):
            yield ("groups", number, "id"), f"group {group.id!r} has only {members} members"


def _contradictions(procedure: Procedure) -> Iterator[tuple[Place, str]]:
    if procedure.valid_to is not None and procedure.valid_to < procedure.valid_from:
        yield ("valid_to",), "ends before it begins"
    for number, variant in enumerate(procedure.variants):
        if variant[:8] != procedure.code:
            yield ("variants", number), f"a variant begins with {procedure.code}"
    if procedure.complete and not procedure.results:
        yield ("results",), "a schema that is complete names at least one result"
    if sum(1 for case in procedure.cases if case.assume) > 1:
        yield ("cases",), "only one case can be assumed"
    for number, case in enumerate(procedure.cases):
        for name, answer in case.answers.items():
            fact = procedure.facts.get(name)
            if fact is None:
                yield ("cases", number, "answers", name), f"no fact is called {name!r}"
            elif not _fits(answer, fact):
                yield ("cases", number, "answers", name), f"{answer!r} is not an answer to it"
    for name, fact in procedure.facts.items():
        if (fact.type == "choice") != bool(fact.choices):
            yield ("facts", name), "choices belong to the type choice, and only to it"
        if fact.assume is not None and not _fits(fact.assume, fact):
            yield ("facts", name, "assume"), f"{fact.assume!r} is not an answer to this question"
    for number, group in enumerate(procedure.groups):
        if group.at_most is not None and group.at_most < group.at_least:
            yield ("groups", number, "at_most"), "at_most is below at_least"
    for number, component in enumerate(procedure.components):
        place: Place = ("components", number)
        shown = component.submission == "show"
        if shown and component.digitize not in (None, DigitizeClass.I):
            yield (*place, "digitize"), "a paper that is only shown has class I"
        if not shown and component.digitize == DigitizeClass.I:
            yield (*place, "digitize"), "class I is for papers that are only shown"
        if not shown and component.quantity == 0:
            yield (*place, "originals"), "a paper to submit needs at least one piece"
        if component.optional and component.required_when is not None:
            yield (*place, "optional"), "optional and required_when contradict each other"
        if component.optional and component.group is not None:
            yield (*place, "optional"), "a member of a group is required through its group"
        if not component.codes and not component.papers:
            yield (*place, "id"), "give codes or papers, else no item can ever match"


def _fits(answer: bool | int | str, fact: FactModel) -> bool:
    if fact.type == "bool":
        return isinstance(answer, bool)
    if fact.type == "number":
        return isinstance(answer, int) and not isinstance(answer, bool)
    return fact.type == "choice" and answer in (fact.choices or ())


def _conditions(procedure: Procedure) -> Iterator[tuple[Place, Condition]]:
    for number, case in enumerate(procedure.cases):
        if case.when is not None:
            yield ("cases", number, "when"), case.when
    for number, limit in enumerate(procedure.processing):
        if limit.when is not None:
            yield ("processing", number, "when"), limit.when
    for part in ("groups", "components"):
        for number, entry in enumerate(getattr(procedure, part)):
            if entry.required_when is not None:
                yield (part, number, "required_when"), entry.required_when


def json_schema(model: type[Model] = Procedure) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file, as published beside the files."""
    described = model.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **described}
