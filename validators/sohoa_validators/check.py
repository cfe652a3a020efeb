"""The whole check of one dossier: every rule and every verdict, on a given date.

Pure: the same view, date, catalogue and options give the same result. No value of a dossier, be
it hostile, makes it raise.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sohoa_core.facts import FindingFact, Severity, VerdictFact
from sohoa_validators.archival import archival_readiness
from sohoa_validators.catalogue import Catalogue
from sohoa_validators.clip import clip
from sohoa_validators.completeness import args_of
from sohoa_validators.rules import (
    components,
    documents,
    fields,
    legal_effect,
    own,
    pages,
    persons,
    places,
    times,
)
from sohoa_validators.rules.context import CheckOptions, Context, build_context
from sohoa_validators.rules.registry import Layer, Rule, finding, rules
from sohoa_validators.view import DossierView

#: The modules whose import declares the rules, in the order in which they speak.
RULE_MODULES = (fields, documents, pages, legal_effect, places, components, persons, times)
_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was noticed (gravest first), what was decided, and by which version of the rules."""

    findings: tuple[FindingFact, ...]
    verdicts: tuple[VerdictFact, ...]
    rule_set: str

    @property
    def needs_person(self) -> bool:
        """Whether a person has to look: an error or an open question."""
        return any(f.severity in (Severity.ERROR, Severity.REVIEW) for f in self.findings)


def check_dossier(
    view: DossierView,
    *,
    on: date,
    catalogue: Catalogue,
    options: CheckOptions | None = None,
) -> CheckResult:
    """Check one dossier as of ``on``."""
    version = rule_set(catalogue)
    context = build_context(
        view, on=on, catalogue=catalogue, options=options or CheckOptions(), rule_set=version
    )
    found = [*_item_findings(context), *_dossier_findings(context)]
    found.sort(key=lambda one: _ORDER[one.severity])
    return CheckResult(tuple(found), tuple(_verdicts(context)), version)


@cache
def _rules(layer: Layer) -> tuple[Rule, ...]:
    return rules(layer)


@cache
def rule_set_of(digest: str) -> str:
    """The version of the rules together with a catalogue of that digest."""
    declared = "\n".join(f"{r.id} {r.severity} {r.basis} {r.checked}" for r in rules())
    code = hashlib.sha256(declared.encode()).hexdigest()[:6]
    return f"rules-{len(rules())}-{code}+catalogue-{digest}"


def rule_set(catalogue: Catalogue) -> str:
    """The version of the rules and schemas that judge: it changes when any of them does."""
    return rule_set_of(catalogue.digest)


def _item_findings(context: Context) -> list[FindingFact]:
    found = []
    field_rules, document_rules = _rules(Layer.FIELD), _rules(Layer.DOCUMENT)
    checks = own.own_checks(context.catalogue)
    for item in context.view.items:
        paper = context.paper(item)
        if paper is not None and item.fields:
            for field in paper.paper.fields:
                fact = item.fields.get(field.name)
                if fact is None or not fact.value.strip():
                    continue
                for each in field_rules:
                    for hit in each.check(context, item, field, fact):
                        found.append(finding(each, hit, context))
                for each, hit in own.field_hits(checks, context, item, field, fact):
                    found.append(finding(each, hit, context))
        for each in document_rules:
            for hit in each.check(context, item, paper):
                found.append(finding(each, hit, context))
        for each, hit in own.document_hits(checks, context, item, paper):
            found.append(finding(each, hit, context))
    return found


def _dossier_findings(context: Context) -> list[FindingFact]:
    found = [
        finding(each, hit, context) for each in _rules(Layer.DOSSIER) for hit in each.check(context)
    ]
    checks = own.own_checks(context.catalogue)
    found += [finding(each, hit, context) for each, hit in own.dossier_hits(checks, context)]
    return found


def _verdicts(context: Context) -> list[VerdictFact]:
    on = context.on.isoformat()

    def verdict(
        question: str,
        answer: str,
        branch: str,
        basis: str | None,
        document: str | None = None,
        **args: Any,
    ) -> VerdictFact:
        return VerdictFact(
            question=question,
            answer=answer,
            branch=branch,
            on=on,
            basis=basis,
            args={k: clip(v) if isinstance(v, str) else v for k, v in args.items()},
            document=document,
            rule_set=context.rule_set,
        )

    made = []
    complete = context.completeness
    if complete is None and context.collection:
        pass  # past results, digitized by plan: there is nothing to be complete
    elif complete is None:
        made.append(verdict("complete", "UNKNOWN", "procedure_unknown", None))
    else:
        source = context.procedure.source if context.procedure is not None else None
        made.append(
            verdict(
                "complete", complete.verdict, complete.branch, source, None, **args_of(complete)
            )
        )
    for item in context.view.items:
        duty = components.duty_of(context, item)
        made.append(
            verdict(
                "digitize", duty.duty, duty.branch, duty.basis, item.id,
                digitize_class=duty.digitize_class, checked=duty.checked.value,
            )
        )  # fmt: skip
        valid = legal_effect.validity_of(context, item)
        if valid is not None:
            made.append(
                verdict(
                    "still_valid", valid.state, valid.branch, valid.basis, item.id,
                    checked=valid.checked.value, **valid.args,
                )
            )  # fmt: skip
        equal = legal_effect.equality_of(context, item)
        if equal is None:
            continue
        failed = [condition.id for condition in equal.failed]
        unknown = [condition.id for condition in equal.unknown]
        made.append(
            verdict(
                "equal_to_paper", equal.verdict, "conditions", legal_effect.EQUALITY_BASIS,
                item.id, failed=failed, unknown=unknown, officer_signature=equal.officer.holds,
            )
        )  # fmt: skip
        paper = context.paper(item)
        ready = archival_readiness(
            item, context.view.owner, paper.paper if paper else None, on=context.on
        )
        made.append(
            verdict(
                "archival", ready.verdict, "parameters_and_metadata", ready.basis, item.id,
                lacks=list(ready.lacks), missing=list(ready.missing),
                unknown=list(ready.unknown),
            )
        )  # fmt: skip
    return made
