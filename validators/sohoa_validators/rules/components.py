"""Rules for the dossier as a whole: its procedure and case, its components and results."""

from __future__ import annotations

from collections.abc import Iterator

from sohoa_core.facts import Severity
from sohoa_core.i18n import N_
from sohoa_validators.digitize_duty import Duty, DutyAnswer, digitize_duty
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.documents import title_of
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.schema import Checked, Part
from sohoa_validators.view import ItemKind, ItemView, Status

FINISHED = (Status.DONE, Status.HANDED_OVER)


def duty_of(context: Context, item: ItemView) -> DutyAnswer:
    """Whether ``item`` must be digitized, in the light of its component or result."""
    component = result = None
    if context.assignment is not None:
        component = context.assignment.component_of.get(item.id)
        result = context.assignment.result_of.get(item.id)
    paper = context.paper(item)
    right_granting = result.right_granting if result is not None else True
    if result is None and paper is not None and item.kind is ItemKind.RESULT:
        right_granting = paper.paper.kind == "result"
    return digitize_duty(
        item,
        component,
        right_granting=right_granting,
        opinion=paper is not None and paper.paper.kind == "opinion",
        listed=context.options.listed_components,
    )


def _cited(context: Context, part: Part) -> tuple[str | None, Checked | None]:
    procedure = context.procedure
    if procedure is None:
        return None, None
    checked = procedure.checked_of(part)
    # Nobody verified what the procedure asked before its schema begins.
    if not _in_force(context):
        checked = Checked.UNVERIFIED
    return procedure.source_of(part), checked


def _in_force(context: Context) -> bool:
    received = context.known.values.get("received_on") if context.known is not None else None
    return context.procedure is None or received is None or context.procedure.in_force(received)


@rule(
    "dossier.procedure.unknown",
    Severity.REVIEW,
    N_("No schema is known for the procedure “{procedure}”."),
)
def procedure_unknown(context: Context) -> Iterator[Hit]:
    if context.procedure is None and not context.collection:
        yield Hit({"procedure": context.view.procedure})


@rule(
    "dossier.procedure.not_in_force",
    Severity.INFO,
    N_("The schema of {procedure} holds from {valid_from}; the dossier was received earlier."),
)
def procedure_not_in_force(context: Context) -> Iterator[Hit]:
    procedure = context.procedure
    if procedure is not None and not _in_force(context):
        yield Hit(
            {"procedure": procedure.code, "valid_from": procedure.valid_from.isoformat()},
            basis=procedure.source,
            checked=procedure.checked,
        )


@rule(
    "dossier.case.unknown",
    Severity.REVIEW,
    N_("It is not known which case of {procedure} this dossier is."),
)
def case_unknown(context: Context) -> Iterator[Hit]:
    if context.procedure is not None and not context.case:
        yield Hit({"procedure": context.procedure.code})


@rule(
    "dossier.component.missing",
    Severity.ERROR,
    N_("“{component}” is missing."),
)
def component_missing(context: Context) -> Iterator[Hit]:
    answer = context.completeness
    for component in answer.missing if answer is not None else ():
        basis, checked = _cited(context, component)
        args = {"component": component.name.vi, "component_id": component.id}
        yield Hit(args, basis=basis, checked=checked)


@rule(
    "dossier.component.group",
    Severity.ERROR,
    N_("At least {wanted} of these papers are needed, {found} found: {group}."),
)
def component_group(context: Context) -> Iterator[Hit]:
    answer = context.completeness
    for short in answer.groups_short if answer is not None else ():
        basis, checked = _cited(context, short.group)
        args = {
            "group": short.group.name.vi,
            "group_id": short.group.id,
            "wanted": short.group.at_least,
            "found": short.found,
        }
        yield Hit(args, basis=basis, checked=checked)


@rule(
    "dossier.component.group_over",
    Severity.REVIEW,
    N_("At most {wanted} of these papers are expected, {found} found: {group}."),
)
def component_group_over(context: Context) -> Iterator[Hit]:
    answer = context.completeness
    for over in answer.groups_over if answer is not None else ():
        args = {"group": over.group.name.vi, "wanted": over.group.at_most, "found": over.found}
        yield Hit(args)


@rule(
    "dossier.component.question_open",
    Severity.REVIEW,
    N_("Whether “{component}” is needed depends on an answer nobody gave: {questions}."),
)
def question_open(context: Context) -> Iterator[Hit]:
    answer = context.completeness
    for doubt in answer.doubts if answer is not None else ():
        facts = context.procedure.facts if context.procedure is not None else {}
        asked = []
        for path in doubt.paths:
            fact = facts.get(path.removeprefix("fact."))
            asked.append(fact.question.vi if fact is not None else path)
        yield Hit({"component": doubt.name, "questions": " ".join(asked)})


@rule(
    "dossier.component.quantity",
    Severity.ERROR,
    N_("“{component}”: {found} of {wanted} copies were handed in."),
)
def component_quantity(context: Context) -> Iterator[Hit]:
    answer = context.completeness
    for short in answer.short if answer is not None else ():
        basis, checked = _cited(context, short.component)
        args = {
            "component": short.component.name.vi,
            "wanted": short.wanted,
            "found": short.found,
        }
        yield Hit(args, basis=basis, checked=checked)


@rule(
    "dossier.component.not_original",
    Severity.ERROR,
    N_("“{component}” must be an original, a copy was handed in."),
)
def component_not_original(context: Context) -> Iterator[Hit]:
    answer = context.completeness
    for component, item in answer.not_original if answer is not None else ():
        basis, checked = _cited(context, component)
        yield Hit({"component": component.name.vi}, item, basis=basis, checked=checked)


@rule(
    "dossier.component.unexpected",
    Severity.INFO,
    N_("“{title}” is not among the components of {procedure}."),
)
def component_unexpected(context: Context) -> Iterator[Hit]:
    if context.procedure is None or context.assignment is None or not context.procedure.complete:
        return
    for item in context.assignment.unassigned:
        known = context.paper(item)
        if known is not None and known.paper.kind in ("opinion", "identity"):
            continue
        title = title_of(item, context.paper(item))
        yield Hit({"title": title, "procedure": context.procedure.code}, item)


@rule(
    "dossier.component.by_title",
    Severity.REVIEW,
    N_("“{title}” was taken for “{component}” by its title alone."),
)
def component_by_title(context: Context) -> Iterator[Hit]:
    for item in context.assignment.by_title if context.assignment is not None else ():
        component = context.assignment.component_of[item.id] if context.assignment else None
        if component is not None:
            yield Hit({"title": item.title, "component": component.name.vi}, item)


@rule(
    "dossier.schema.incomplete",
    Severity.INFO,
    N_("The schema of {procedure} does not list every component; completeness cannot be judged."),
    checked=Checked.UNVERIFIED,
)
def schema_incomplete(context: Context) -> Iterator[Hit]:
    if context.procedure is not None and not context.procedure.complete:
        yield Hit({"procedure": context.procedure.code})


@rule(
    "dossier.digitized.forbidden",
    Severity.ERROR,
    N_("“{title}” was digitized, but must not be (class {digitize_class})."),
    basis="TT 01/2023/TT-VPCP Điều 3",
)
def digitized_forbidden(context: Context) -> Iterator[Hit]:
    for item in context.view.items:
        if not item.digitized:
            continue
        duty = duty_of(context, item)
        if duty.duty is Duty.MUST_NOT:
            args = {
                "title": title_of(item, context.paper(item)),
                "digitize_class": duty.digitize_class,
                "branch": duty.branch,
            }
            yield Hit(args, item, basis=duty.basis, checked=duty.checked)


@rule(
    "dossier.digitized.missing",
    Severity.WARNING,
    N_("“{title}” must be digitized (class {digitize_class}) and has not been."),
    basis="TT 01/2023/TT-VPCP Điều 3",
)
def digitized_missing(context: Context) -> Iterator[Hit]:
    for item in context.view.items:
        if item.digitized:
            continue
        duty = duty_of(context, item)
        if duty.duty is Duty.MUST:
            args = {
                "title": title_of(item, context.paper(item)),
                "digitize_class": duty.digitize_class,
            }
            yield Hit(args, item, basis=duty.basis, checked=duty.checked)


@rule(
    "dossier.digitized.form_not_stated",
    Severity.REVIEW,
    N_("“{title}”: it is not stated whether it is an original or a copy."),
    basis="TT 01/2023/TT-VPCP Điều 3",
)
def form_not_stated(context: Context) -> Iterator[Hit]:
    for item in context.view.items:
        if duty_of(context, item).duty is Duty.UNKNOWN:
            yield Hit({"title": title_of(item, context.paper(item))}, item)


@rule(
    "dossier.result.missing",
    Severity.WARNING,
    N_("The dossier is finished, but holds no result."),
    basis="TT 01/2023/TT-VPCP Điều 3",
)
def result_missing(context: Context) -> Iterator[Hit]:
    view = context.view
    if view.status not in FINISHED or any(i.kind is ItemKind.RESULT for i in view.items):
        return
    procedure = context.procedure
    if procedure is not None and any(result.returns_paper for result in procedure.results):
        yield Hit()


@rule(
    "dossier.result.unexpected",
    Severity.WARNING,
    N_("“{title}” is not among the results of {procedure}."),
)
def result_unexpected(context: Context) -> Iterator[Hit]:
    if context.procedure is None or context.assignment is None:
        return
    for item in context.view.items:
        if item.kind is ItemKind.RESULT and item.id not in context.assignment.result_of:
            title = title_of(item, context.paper(item))
            severity = None if item.code or item.doc_type else Severity.REVIEW
            args = {"title": title, "procedure": context.procedure.code}
            yield Hit(args, item, severity=severity)


@rule(
    "dossier.result.refusal",
    Severity.INFO,
    N_("“{title}” is a refusal or a request, it grants nothing."),
)
def result_refusal(context: Context) -> Iterator[Hit]:
    if context.assignment is None:
        return
    for item in context.view.items:
        result = context.assignment.result_of.get(item.id)
        if result is not None and not result.right_granting:
            yield Hit({"title": result.name.vi}, item)


@rule(
    "dossier.paper.duplicate",
    Severity.WARNING,
    N_("“{title}”: number {number} of {agency} occurs more than once in this dossier."),
    basis="NĐ 30/2020/NĐ-CP Phụ lục VI",
    checked=Checked.SECONDARY,
)
def paper_duplicate(context: Context) -> Iterator[Hit]:
    seen: set[tuple[str, ...]] = set()
    for item in context.view.items:
        parts = [item.fields.get(name) for name in ("number", "symbol", "agency")]
        number, symbol, agency = (p.value.strip() if p is not None else "" for p in parts)
        if not number or not agency:
            continue
        key = (item.doc_type, number[:60], symbol[:60], agency[:200].casefold(), item.issued_on)
        if key in seen:
            facts = tuple(p for p in parts if p is not None)
            args = {"number": number, "agency": agency}
            yield Hit({"title": title_of(item, context.paper(item)), **args}, item, facts)
        seen.add(key)
