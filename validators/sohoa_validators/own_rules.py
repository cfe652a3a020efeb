"""The model of a rule in a data file: an expression, a message, a citation and its examples.

::

    schema: sohoa/rules/1
    valid_from: 2025-07-01
    source: ...
    checked: unverified
    checked_on: 2026-11-20
    rules:
      - id: document.birth.mother_age
        papers: [birth_certificate]
        severity: warning
        message: {vi: '{title}: ... {age} ...', en: '...'}
        show: {age: 'years(fields.mother_birth_date, fields.birth_date)'}
        holds: 'age_at_least(fields.mother_birth_date, fields.birth_date, 13)'
        place: mother_birth_date
        passes: {set: {...}}
        fails: {set: {...}}

``holds`` is CEL (see :mod:`sohoa_validators.cel`). False makes a finding; what is not known
makes none. ``when`` restricts a rule to where it is true. The layer is the first part of the id.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from sohoa_validators.cel.program import Program, compile_expression
from sohoa_validators.cel.syntax import MAX_LENGTH, CelFault
from sohoa_validators.cel.types import BOOL, DATE, INT, STRING, Type
from sohoa_validators.own_scope import variables
from sohoa_validators.paper import Paper
from sohoa_validators.schema import Bilingual, Checked, Key, Model, Part, ProcedureCode, Words
from sohoa_validators.yaml_lines import Place

Expression = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]
#: Placeholders that every message of a layer may use without ``show``.
GIVEN = {
    "field": ("title", "field", "value"),
    "document": ("title",),
    "dossier": (),
}


class RuleExample(Model):
    """A dossier: one of the sound ones (``base``) with values set, items dropped or added, or a
    whole one of the user's own (``dossier``); ``on`` is the day of the check."""

    base: Key = "birth"
    dossier: dict[str, Any] | None = None
    on: date | None = None
    set_: Annotated[dict[str, Any], Field(alias="set", default_factory=dict)]
    drop: tuple[str, ...] = ()
    add: tuple[dict[str, Any], ...] = ()


class OwnRule(Part):
    """One rule. ``papers`` and ``procedures`` restrict it (empty: all), ``fields`` name the
    values that a rule of a single value looks at, ``place`` the field where a report points.
    ``passes`` and ``fails`` are one example or a list of them."""

    id: Annotated[str, Field(pattern=r"^(field|document|dossier)(\.[a-z][a-z0-9_]{0,40}){1,4}$")]
    severity: Literal["error", "warning", "review", "info"]
    message: Bilingual
    papers: tuple[Key, ...] = ()
    procedures: tuple[ProcedureCode, ...] = ()
    fields: tuple[Key, ...] = ()
    when: Expression | None = None
    holds: Expression
    show: dict[Key, Expression] = Field(default_factory=dict)
    place: Key | None = None
    passes: RuleExample | Annotated[tuple[RuleExample, ...], Field(min_length=1, max_length=20)]
    fails: RuleExample | Annotated[tuple[RuleExample, ...], Field(min_length=1, max_length=20)]

    def examples(self) -> Iterator[tuple[RuleExample, bool]]:
        """Every example, with whether the rule must speak on it."""
        for given, fails in ((self.passes, False), (self.fails, True)):
            for one in (given,) if isinstance(given, RuleExample) else given:
                yield one, fails

    @property
    def layer(self) -> str:
        """``field``, ``document`` or ``dossier``."""
        return self.id.split(".", 1)[0]


class RuleFile(Model):
    """One file of ``rules/``. A rule speaks of papers issued (dossiers received) from
    ``valid_from`` to ``valid_to``."""

    schema_: Annotated[Literal["sohoa/rules/1"], Field(alias="schema")]
    valid_from: date
    valid_to: date | None = None
    source: Words
    checked: Checked
    checked_on: date
    rules: Annotated[tuple[OwnRule, ...], Field(min_length=1, max_length=500)]


#: What ``show`` may give a message.
SHOWN = (STRING, INT, DATE)


@dataclass(frozen=True)
class Programs:
    """The expressions of a rule, checked; ``value`` is the type of a single value's variable."""

    when: Program | None
    holds: Program
    show: Mapping[str, Program]
    value: Type = STRING


def programs(rule: OwnRule, papers: Mapping[str, Paper]) -> Programs:
    """The expressions of ``rule``; raises ``CelFault`` for the first bad one."""
    scope = variables(rule.layer, rule.papers, rule.fields, papers)
    return Programs(
        compile_expression(rule.when, scope) if rule.when is not None else None,
        compile_expression(rule.holds, scope),
        {name: compile_expression(text, scope, *SHOWN) for name, text in rule.show.items()},
        scope.get("value", STRING),
    )


def cross_faults(file: RuleFile, papers: Mapping[str, Paper]) -> Iterator[tuple[Place, str]]:
    """What is wrong inside one file of rules: (place, reason). ``papers`` are those known."""
    if file.valid_to is not None and file.valid_to < file.valid_from:
        yield ("valid_to",), "ends before it begins"
    seen: set[str] = set()
    for number, rule in enumerate(file.rules):
        place: Place = ("rules", number)
        if rule.id in seen:
            yield (*place, "id"), f"rule {rule.id!r} twice"
        seen.add(rule.id)
        unknown = [key for key in rule.papers if key not in papers]
        for key in unknown:
            yield (*place, "papers", rule.papers.index(key)), f"no paper is called {key!r}"
        if unknown:
            continue
        for check in (_fields(rule, papers), _expressions(rule, papers), _messages(rule)):
            for inner, reason in check:
                yield (*place, *inner), reason


def _fields(rule: OwnRule, papers: Mapping[str, Paper]) -> Iterator[tuple[Place, str]]:
    if (rule.layer == "field") != bool(rule.fields):
        yield ("id",), "fields belong to rules of a single value, and only to them"
    if rule.layer == "dossier" and rule.place is not None:
        yield ("place",), "a rule of the whole dossier has no field to point at"
    if rule.layer == "dossier" and rule.papers:
        yield ("papers",), "a rule of the whole dossier is not about one paper"
    for key in rule.papers or tuple(papers):
        own = {field.name for field in papers[key].fields}
        asked = {*rule.fields, *((rule.place,) if rule.place else ())}
        for name in sorted(asked - own) if rule.papers else ():
            yield ("papers",), f"{key} has no field {name!r}"
    if not rule.papers:
        every = {field.name for paper in papers.values() for field in paper.fields}
        for name in rule.fields:
            if name not in every:
                yield ("fields",), f"no paper has a field {name!r}"


def _expressions(rule: OwnRule, papers: Mapping[str, Paper]) -> Iterator[tuple[Place, str]]:
    scope = variables(rule.layer, rule.papers, rule.fields, papers)
    texts: list[tuple[Place, str, tuple[Type, ...]]] = [(("holds",), rule.holds, (BOOL,))]
    if rule.when is not None:
        texts.append((("when",), rule.when, (BOOL,)))
    texts += [(("show", name), text, SHOWN) for name, text in rule.show.items()]
    for place, text, kinds in texts:
        try:
            program = compile_expression(text, scope, *kinds)
        except CelFault as fault:
            yield place, str(fault)
        else:
            if not program.uses:
                yield place, "it asks nothing of the dossier, so its answer never changes"


def _messages(rule: OwnRule) -> Iterator[tuple[Place, str]]:
    known = {*rule.show, *GIVEN[rule.layer]}
    for name in rule.show:
        if name in GIVEN[rule.layer]:
            yield ("show", name), f"{name!r} is given already"
    wanted = {}
    for lang in ("vi", "en"):
        try:
            parts = list(string.Formatter().parse(getattr(rule.message, lang)))
        except ValueError as error:
            yield ("message", lang), f"not a message: {error}"
            return
        if any(spec or conversion for _, name, spec, conversion in parts if name is not None):
            yield ("message", lang), "a placeholder is a name in braces, nothing else"
        wanted[lang] = {name for _, name, _, _ in parts if name is not None}
        for name in sorted(wanted[lang] - known):
            yield ("message", lang), f"nothing fills {{{name}}}; put it under show"
    if wanted["vi"] != wanted["en"]:
        yield ("message",), "both languages must use the same placeholders"
