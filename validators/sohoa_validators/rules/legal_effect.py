"""Rules that report why a legal verdict is not the wished one: validity, equality, archiving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sohoa_core.facts import Role, Severity, Validity
from sohoa_core.i18n import N_
from sohoa_validators.archival import missing_metadata
from sohoa_validators.catalogue import KnownPaper
from sohoa_validators.equal_to_paper import EqualityAnswer, equal_to_paper
from sohoa_validators.legal import minimum_metadata
from sohoa_validators.moments import day_of
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.documents import title_of
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.schema import Checked
from sohoa_validators.still_valid import ValidityAnswer, still_valid
from sohoa_validators.view import ItemKind, ItemView

EQUALITY_BASIS = "Luật Giao dịch điện tử 20/2023/QH15 Điều 12 khoản 1"
SIGNED = (Role.OFFICER_SIGNED, Role.AGENCY_SIGNED)


def validity_of(context: Context, item: ItemView, on: date | None = None) -> ValidityAnswer | None:
    """Whether a result (of this or an earlier procedure) is in force; None for other papers."""
    paper = context.paper(item)
    if paper is None or paper.paper.kind != "result" or not (item.digitized or item.fields):
        return None
    procedure = context.view.procedure if item.kind is ItemKind.RESULT else ""
    if not procedure and len(paper.paper.result_of) == 1:
        procedure = paper.paper.result_of[0]
    return still_valid(
        item,
        on=on or context.on,
        paper_key=paper.paper.key,
        procedure=procedure,
        birth_date=_birth_date(item, paper) or context.view.owner.birth_date,
        accept_unverified=context.options.accept_unverified_terms,
    )


def _birth_date(item: ItemView, paper: KnownPaper) -> str:
    for person in paper.paper.people.values():
        fact = item.fields.get(person.birth_date) if person.birth_date is not None else None
        if fact is not None:
            return fact.value
    return ""


def equality_of(context: Context, item: ItemView) -> EqualityAnswer | None:
    """Whether the digitized file equals its paper; None for what was not digitized."""
    if not item.versions or item.form.startswith("electronic"):
        return None
    paper = context.paper(item)
    return equal_to_paper(item, paper.paper.group if paper is not None else None)


def _begun(item: ItemView) -> bool:
    """Whether signing or marking has begun; before that no condition can be met."""
    return bool(item.signatures or item.marks) or any(role in SIGNED for role in item.versions)


@rule(
    "document.validity.at_reception",
    Severity.ERROR,
    N_("{title} was not in force when the dossier was received ({on}): {state} ({branch})."),
)
def at_reception(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    component = None
    if context.assignment is not None:
        component = context.assignment.component_of.get(item.id)
    if component is None or not component.still_valid:
        return
    received = day_of(context.view.received_on) or context.on
    answer = validity_of(context, item, received)
    if answer is not None and answer.state not in (Validity.VALID, Validity.UNKNOWN):
        fact = item.fields.get("issued_on")
        yield Hit(
            {
                "title": title_of(item, paper),
                "on": received.isoformat(),
                "state": answer.state.value,
                "branch": answer.branch,
                **answer.args,
            },
            item,
            (fact,) if fact is not None else (),
            basis=answer.basis,
            checked=answer.checked,
        )


@rule(
    "document.validity.not_valid",
    Severity.INFO,
    N_("{title} is not in force on {on}: {state} ({branch})."),
)
def not_valid(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    answer = validity_of(context, item)
    if answer is None or answer.state in (Validity.VALID, Validity.UNKNOWN):
        return
    yield Hit(
        {
            "title": title_of(item, paper),
            "on": context.on.isoformat(),
            "state": answer.state.value,
            "branch": answer.branch,
            **answer.args,
        },
        item,
        basis=answer.basis,
        checked=answer.checked,
    )


@rule(
    "document.validity.unknown",
    Severity.REVIEW,
    N_("{title}: whether it is in force on {on} cannot be decided ({branch})."),
    basis="NĐ 45/2020/NĐ-CP Điều 25",
    checked=Checked.SECONDARY,
)
def validity_unknown(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    answer = validity_of(context, item)
    if answer is not None and answer.state is Validity.UNKNOWN:
        args = {"on": context.on.isoformat(), "branch": answer.branch}
        yield Hit({"title": title_of(item, paper), **args}, item)


@rule(
    "document.equality.not_begun",
    Severity.INFO,
    N_("{title}: the file is not signed yet, so it cannot stand for the paper."),
    basis=EQUALITY_BASIS,
)
def equality_not_begun(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if equality_of(context, item) is not None and not _begun(item):
        yield Hit({"title": title_of(item, paper)}, item)


@rule(
    "document.equality.failed",
    Severity.ERROR,
    N_("{title}: the file does not have the value of the paper, “{condition}” is not met."),
    basis=EQUALITY_BASIS,
)
def equality_failed(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    answer = equality_of(context, item) if _begun(item) else None
    for condition in answer.failed if answer is not None else ():
        yield Hit(
            {"title": title_of(item, paper), "condition": condition.id},
            item,
            basis=condition.source,
            checked=condition.checked,
        )


@rule(
    "document.equality.unknown",
    Severity.REVIEW,
    N_("{title}: the records do not tell whether “{condition}” is met."),
    basis=EQUALITY_BASIS,
)
def equality_unknown(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    answer = equality_of(context, item) if _begun(item) else None
    for condition in answer.unknown if answer is not None else ():
        yield Hit(
            {"title": title_of(item, paper), "condition": condition.id},
            item,
            basis=condition.source,
            checked=condition.checked,
        )


@rule(
    "document.signature.officer_missing",
    Severity.WARNING,
    N_("{title}: the valid personal signature of the officer who digitized it is missing."),
    basis="TT 01/2023/TT-VPCP Điều 8",
)
def officer_missing(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    answer = equality_of(context, item) if _begun(item) else None
    if answer is not None and answer.officer.holds is False:
        yield Hit({"title": title_of(item, paper)}, item)


@rule(
    "document.metadata.missing",
    Severity.WARNING,
    N_("{title}: the minimum metadata lacks {keys}."),
)
def metadata_missing(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if not item.versions:
        return
    missing = missing_metadata(item, context.view.owner, paper.paper if paper else None)
    if missing:
        law = minimum_metadata()
        names = [field.name.vi for field in law.fields if field.key in missing]
        args = {"title": title_of(item, paper), "keys": ", ".join(names)}
        yield Hit(args, item, basis=law.source, checked=law.checked)
