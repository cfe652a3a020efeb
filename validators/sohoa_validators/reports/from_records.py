"""From the recorded findings and verdicts to what reports show, a few dossiers at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from sohoa_core.facts import FindingFact, Role, Severity, VerdictFact
from sohoa_core.limits import Limits
from sohoa_core.records import Document, Dossier, Finding, Item, Verdict
from sohoa_core.vault import Vault
from sohoa_validators.catalogue import Catalogue
from sohoa_validators.moments import day_of
from sohoa_validators.reports.model import ReportDocument, ReportDossier
from sohoa_validators.reports.page_images import PictureLimits, page_images

STAGE = "validate"
_CHUNK = 200
#: Boxes are measured on the archival file; every later version shows the same pages.
_SHOWN = (Role.ARCHIVAL, Role.MIGRATED, Role.OFFICER_SIGNED, Role.AGENCY_SIGNED)


def report_dossiers(
    session: Session, catalogue: Catalogue, *, dossier: str | None = None
) -> Iterator[ReportDossier]:
    """Every dossier (or the one of that code) by its code, with what was recorded about it.

    Read in chunks, so that memory stays flat; without pictures (:func:`with_pictures`).
    """
    after = ("", "")
    while True:
        query = select(Dossier).order_by(Dossier.code, Dossier.id).limit(_CHUNK)
        if dossier is not None:
            query = query.where(Dossier.code == dossier)
        query = query.where(
            (Dossier.code > after[0]) | ((Dossier.code == after[0]) & (Dossier.id > after[1]))
        )
        found = session.scalars(
            query.options(
                selectinload(Dossier.items).selectinload(Item.documents),
                selectinload(Dossier.owner),
            )
        ).all()
        ids = [one.id for one in found]
        findings, verdicts = _findings(session, ids), _verdicts(session, ids)
        for one in found:
            yield _report(one, catalogue, findings[one.id], verdicts[one.id])
        if len(found) < _CHUNK:
            return
        after = (found[-1].code, found[-1].id)
        session.expunge_all()


def _findings(session: Session, ids: list[str]) -> Mapping[str, list[FindingFact]]:
    made: dict[str, list[FindingFact]] = defaultdict(list)
    query = select(Finding).where(Finding.stage == STAGE, Finding.dossier_id.in_(ids))
    for row in session.scalars(query):
        made[str(row.dossier_id)].append(
            FindingFact(
                rule=row.rule,
                severity=Severity(row.severity),
                message=row.message,
                args=row.args,
                basis=row.basis,
                verified=row.verified,
                document=row.document_id,
                field_name=row.field_name,
                page=row.page,
                box=(row.box[0], row.box[1], row.box[2], row.box[3]) if row.box else None,
                rule_set=row.rule_set,
            )
        )
    return made


def _verdicts(session: Session, ids: list[str]) -> Mapping[str, list[VerdictFact]]:
    made: dict[str, list[VerdictFact]] = defaultdict(list)
    query = select(Verdict).where(Verdict.stage == STAGE, Verdict.dossier_id.in_(ids))
    for row in session.scalars(query):
        made[str(row.dossier_id)].append(
            VerdictFact(
                question=row.question,
                answer=row.answer,
                branch=row.branch,
                on=row.on_date,
                basis=row.basis,
                args=row.args,
                document=row.document_id,
                rule_set=row.rule_set,
            )
        )
    return made


def _report(
    dossier: Dossier,
    catalogue: Catalogue,
    findings: list[FindingFact],
    verdicts: list[VerdictFact],
) -> ReportDossier:
    on = verdicts[0].on if verdicts else ""
    received = day_of(dossier.received_on or "") or day_of(on) or date.max
    code = dossier.procedure_code or ""
    procedure = catalogue.procedure(code, received)
    documents = tuple(
        ReportDocument(document.id, document.name, _title(document, item, catalogue))
        for item in dossier.items
        for document in item.documents
    )
    order = {document.id: number for number, document in enumerate(documents)}
    verdicts.sort(key=lambda one: (order.get(one.document or "", -1), one.question))
    return ReportDossier(
        code=dossier.code,
        on=on,
        procedure=code,
        procedure_name=procedure.name.vi if procedure is not None else "",
        case=dossier.case_key or "",
        agency=dossier.agency_name_printed or dossier.agency_code or "",
        received_on=dossier.received_on or "",
        owner=dossier.owner.name if dossier.owner is not None else "",
        findings=tuple(findings),
        verdicts=tuple(verdicts),
        documents=documents,
        rule_set=verdicts[0].rule_set if verdicts else "",
    )


def _title(document: Document, item: Item, catalogue: Catalogue) -> str:
    known = catalogue.paper(document.doc_type or "", item.code or "")
    return known.paper.name.vi if known is not None else (item.title or "")


def with_pictures(
    report: ReportDossier,
    session: Session,
    vault: Vault,
    *,
    limits: Limits,
    pictures: PictureLimits | None = None,
) -> ReportDossier:
    """``report`` with small pictures of its pages; those that findings point at come first."""
    allowed = pictures or PictureLimits()
    pointed: dict[str, set[int]] = defaultdict(set)
    for finding in report.findings:
        if finding.document is not None and finding.page is not None:
            pointed[finding.document].add(finding.page)
    left = allowed.total_bytes
    drawn: dict[str, ReportDocument] = {}
    for shown in sorted(report.documents, key=lambda one: one.id not in pointed):
        document = session.get(Document, shown.id)
        version = document.newest(*_SHOWN) if document is not None else None
        if version is None or version.media_type != "application/pdf" or left <= 0:
            continue
        pages = page_images(
            vault.get(version.sha256),
            wanted=pointed[shown.id],
            budget=left,
            limits=limits,
            pictures=allowed,
        )
        left -= sum(len(page.jpeg) for page in pages)
        drawn[shown.id] = ReportDocument(shown.id, shown.name, shown.title, pages)
    session.expunge_all()  # the pictures are drawn; a long run must not keep their records
    documents = tuple(drawn.get(one.id, one) for one in report.documents)
    return replace(report, documents=documents)
