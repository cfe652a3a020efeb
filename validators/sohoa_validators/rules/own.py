"""Rules of data files among the declared ones: from a checked expression to findings.

The message of such a rule is no key of a catalogue: its Vietnamese text travels with the finding
as the argument :data:`VI`, and :func:`sohoa_validators.wording.say` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sohoa_core.facts import FieldFact, Severity
from sohoa_core.i18n import N_
from sohoa_validators.catalogue import Catalogue, KnownPaper, KnownRule
from sohoa_validators.cel.program import Program, RanTooLong
from sohoa_validators.moments import Span, span
from sohoa_validators.own_rules import Programs, programs
from sohoa_validators.own_scope import document_values, dossier_values, field_value
from sohoa_validators.paper import PaperField
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.documents import title_of
from sohoa_validators.rules.fields import label
from sohoa_validators.rules.registry import Hit, Layer, Rule
from sohoa_validators.view import ItemView
from sohoa_validators.wording import VI

RAN_TOO_LONG = N_("The rule {rule} ran out of its limits on this dossier; a person must look.")


@dataclass(frozen=True)
class OwnCheck:
    """One rule of a file, ready to run."""

    known: KnownRule
    programs: Programs
    rule: Rule
    too_long: Rule

    def applies(self, context: Context, day: str) -> bool:
        """Whether the rule speaks of this procedure and of a paper of that day."""
        asked = self.known.rule.procedures
        if asked and (context.procedure is None or context.procedure.code not in asked):
            return False
        found = span(day)
        when: date = found.first if found is not None else context.on
        known = self.known
        return known.valid_from <= when and (known.valid_to is None or when <= known.valid_to)

    @property
    def fields_used(self) -> tuple[str, ...]:
        """The fields that the rule rests on, the one to point at first."""
        used = self.programs.holds.uses
        if self.programs.when is not None:
            used |= self.programs.when.uses
        names = {name.removeprefix("fields.") for name in used if name.startswith("fields.")}
        place = self.known.rule.place
        return (*((place,) if place else ()), *sorted(names - {place}))

    def judge(self, values: list[Any], given: Mapping[str, str]) -> Hit | None:
        """What the rule says about these values; raises ``RanTooLong``."""
        when = self.programs.when
        if when is not None and when.run(values) is not True:
            return None
        if self.programs.holds.run(values) is not False:
            return None
        args: dict[str, Any] = {VI: self.known.rule.message.vi, **given}
        for name, program in self.programs.show.items():
            args[name] = _shown(program, values)
        return Hit(args)


def _shown(program: Program, values: list[Any]) -> str | int:
    value = program.run(values)
    if value is None:
        return "?"
    if isinstance(value, Span):
        first, last = value.first, value.last
        if value.exact:
            return first.isoformat()
        return f"{first:%Y-%m}" if first.month == last.month else f"{first:%Y}"
    return int(value) if isinstance(value, int) else str(value)


@dataclass(frozen=True)
class OwnChecks:
    """The rules of the files by what they look at; by paper, ``""`` for every paper."""

    field: Mapping[str, tuple[OwnCheck, ...]]
    document: Mapping[str, tuple[OwnCheck, ...]]
    dossier: tuple[OwnCheck, ...]


def own_checks(catalogue: Catalogue) -> OwnChecks:
    """The rules of ``catalogue``, compiled once for each catalogue."""
    found = catalogue.__dict__.get("_own_checks")
    if found is None:
        found = _compile(catalogue)
        catalogue.__dict__["_own_checks"] = found
    checks: OwnChecks = found
    return checks


def _compile(catalogue: Catalogue) -> OwnChecks:
    papers = {known.paper.key: known.paper for known in catalogue.papers.values()}
    by_layer: dict[Layer, dict[str, list[OwnCheck]]] = {layer: {} for layer in Layer}
    for known in catalogue.rules:
        own = known.rule
        layer = Layer(own.layer)
        severity = Severity(own.severity)
        made = Rule(own.id, layer, severity, own.message.en, known.source, known.checked, _nothing)
        lost = Rule(
            own.id, layer, Severity.REVIEW, RAN_TOO_LONG, known.source, known.checked, _nothing
        )
        check = OwnCheck(known, programs(own, papers), made, lost)
        for key in own.papers or ("",):
            by_layer[layer].setdefault(key, []).append(check)
    frozen = {
        layer: {key: tuple(checks) for key, checks in found.items()}
        for layer, found in by_layer.items()
    }
    return OwnChecks(frozen[Layer.FIELD], frozen[Layer.DOCUMENT], frozen[Layer.DOSSIER].get("", ()))


def _nothing(*_: object) -> Iterator[Hit]:
    yield from ()


Found = Iterator[tuple[Rule, Hit]]


def field_hits(
    checks: OwnChecks, context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Found:
    """What the rules of files say about one value."""
    for key in ("", item.doc_type):
        for check in checks.field.get(key, ()):
            if field.name not in check.known.rule.fields:
                continue
            if check.applies(context, item.issued_on or context.view.received_on):
                value = field_value(fact, check.programs.value)
                values = [*document_values(item, context.view, context.on), value]
                given = {"field": label(field), "value": fact.value}
                given["title"] = title_of(item, context.paper(item))
                yield from _judged(check, values, item, (fact,), given)


def document_hits(
    checks: OwnChecks, context: Context, item: ItemView, paper: KnownPaper | None
) -> Found:
    """What the rules of files say about one document."""
    for key in ("", item.doc_type):
        for check in checks.document.get(key, ()):
            if not check.applies(context, item.issued_on or context.view.received_on):
                continue
            values = document_values(item, context.view, context.on)
            rested = check.fields_used
            facts = tuple(item.fields[name] for name in rested if name in item.fields)
            given = {"title": title_of(item, paper)}
            yield from _judged(check, values, item, facts, given)


def dossier_hits(checks: OwnChecks, context: Context) -> Found:
    """What the rules of files say about the dossier as a whole."""
    for check in checks.dossier:
        if check.applies(context, context.view.received_on):
            yield from _judged(check, dossier_values(context.view, context.on), None, (), {})


def _judged(
    check: OwnCheck,
    values: list[Any],
    item: ItemView | None,
    facts: tuple[FieldFact, ...],
    given: Mapping[str, str],
) -> Found:
    try:
        hit = check.judge(values, given)
    except RanTooLong:
        yield check.too_long, Hit({"rule": check.rule.id}, item)
        return
    if hit is not None:
        yield check.rule, replace(hit, item=item, facts=facts)
