"""Everything that the rules know about one dossier, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from sohoa_core.facts import FieldFact
from sohoa_validators import legal
from sohoa_validators.case import Known, known_about
from sohoa_validators.catalogue import Catalogue, KnownPaper
from sohoa_validators.completeness import CompletenessAnswer, completeness
from sohoa_validators.deadline import WorkingDays
from sohoa_validators.match import Assignment, assign
from sohoa_validators.moments import day_of
from sohoa_validators.persons import Statement, statements
from sohoa_validators.schema import Procedure
from sohoa_validators.view import DossierView, ItemView

#: What stands where a procedure code would, when past results are digitized by plan.
PLAN_OF_RESULTS = ("", "KQ")


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Settings of a check.

    ``accept_unverified_terms``: whether a term of validity from an unverified source may answer
    VALID or EXPIRED. ``sure_from``: confidence from which an unreviewed OCR value counts as read.
    ``holidays``: days off beyond the fixed ones. ``listed_components``: component codes that the
    Minister or provincial Chair listed for digitizing (class C).
    """

    accept_unverified_terms: bool = True
    sure_from: float = 0.85
    holidays: frozenset[date] = field(default_factory=frozenset)
    listed_components: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Context:
    """One dossier on one day, with its procedure, case, assigned items and known papers."""

    view: DossierView
    on: date
    catalogue: Catalogue
    options: CheckOptions
    rule_set: str
    procedure: Procedure | None
    known: Known | None
    assignment: Assignment | None
    papers: Mapping[str, KnownPaper]
    working_days: WorkingDays

    @cached_property
    def completeness(self) -> CompletenessAnswer | None:
        """The completeness of the dossier; None where its procedure is not known."""
        if self.procedure is None or self.known is None or self.assignment is None:
            return None
        return completeness(self.procedure, self.known, self.assignment)

    @cached_property
    def statements(self) -> dict[tuple[str, str], list[Statement]]:
        """What is said of each person, by role and question, the surest source first."""
        roles = self.procedure.owner_roles if self.procedure is not None else ()
        renamed = self.assignment.renamed if self.assignment is not None else {}
        return statements(self.view, roles, self.papers, renamed)

    @property
    def collection(self) -> bool:
        """Whether this is no dossier of a procedure but past results, digitized by plan
        (NĐ 45/2020/NĐ-CP Art 25): no components are wanted then."""
        return self.view.procedure.strip() in PLAN_OF_RESULTS

    @property
    def case(self) -> str:
        """The id of the case; empty when it is not known."""
        return str(self.known.values.get("case") or "") if self.known is not None else ""

    def paper(self, item: ItemView) -> KnownPaper | None:
        """The shipped paper that ``item`` is."""
        return self.papers.get(item.id)


def build_context(
    view: DossierView, *, on: date, catalogue: Catalogue, options: CheckOptions, rule_set: str
) -> Context:
    """Work out the context; field names are brought to their canonical form first."""
    papers = {}
    items = []
    for item in view.items:
        paper = catalogue.paper(item.doc_type, item.code)
        if paper is not None:
            papers[item.id] = paper
        items.append(_canonical(item, paper))
    view = replace(view, items=tuple(items))
    procedure = catalogue.procedure(view.procedure, day_of(view.received_on) or on)
    known = known_about(view, procedure) if procedure is not None else None
    assignment = None
    if procedure is not None and known is not None:
        assignment = assign(view, procedure, str(known.values.get("case") or ""), catalogue.papers)
    return Context(
        view,
        on,
        catalogue,
        options,
        rule_set,
        procedure,
        known,
        assignment,
        papers,
        WorkingDays(options.holidays),
    )


def _canonical(item: ItemView, paper: KnownPaper | None) -> ItemView:
    """``item`` with canonical field names, document type by its key, and its date of issue."""
    aliases = legal.canonical_names()
    own = paper.field_names if paper is not None else {}
    fields: dict[str, FieldFact] = {}
    changed = False
    for name, fact in item.fields.items():
        wanted = own.get(name) or (name if name in own else aliases.get(name, name))
        changed = changed or wanted != name
        fields.setdefault(wanted, fact)
    issued = item.issued_on
    if not issued and "issued_on" in fields:
        issued = fields["issued_on"].value
    doc_type = paper.paper.key if paper is not None else item.doc_type
    if not changed and issued == item.issued_on and doc_type == item.doc_type:
        return item
    return replace(
        item,
        fields=fields if changed else item.fields,
        issued_on=issued if len(issued) <= 40 else "",
        doc_type=doc_type,
    )
