"""Writing facts into the records: one place that knows how facts become rows.

Every function works inside the caller's session and transaction and can be repeated with the
same facts without changing anything further.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from sohoa_core.facts import (
    FieldFact,
    FindingFact,
    PageFact,
    ReviewState,
    Role,
    SignatureFact,
    Source,
    VerdictFact,
)
from sohoa_core.records.documents import Document, Field, Page, SignatureRecord, Version
from sohoa_core.records.dossiers import Dossier, Item
from sohoa_core.records.judgements import Finding, Verdict
from sohoa_core.records.parties import Party, PartyIdentifier
from sohoa_core.vault import Stored
from sohoa_vietnam import text as vn

_DECIDED = (ReviewState.ACCEPTED, ReviewState.CORRECTED)


def dossier_by_code(session: Session, code: str, *, source_system: str = "") -> Dossier | None:
    """The dossier with exactly this code as issued."""
    return session.scalar(
        select(Dossier).where(Dossier.code == code, Dossier.source_system == source_system)
    )


def ensure_dossier(session: Session, code: str, **values: Any) -> Dossier:
    """The dossier of that code, made when there is none.

    ``values`` are columns; they fill what is still empty and never overwrite what is known.
    """
    dossier = dossier_by_code(session, code)
    if dossier is None:
        dossier = Dossier(code=code, **values)
        session.add(dossier)
        session.flush()
        return dossier
    for name, value in values.items():
        if getattr(dossier, name) is None and value is not None:
            setattr(dossier, name, value)
    return dossier


def ensure_party(
    session: Session,
    name: str,
    *,
    kind: str = "person",
    identifier: str | None = None,
    identifier_kind: str = "personal_identifier",
    birth_date: str | None = None,
) -> Party:
    """The party with that identifier and a name that agrees, else a new one.

    Names agree when they are equal up to case, tone placement and i/y. Two parties with one
    identifier and different names stay two: a person must look at them.
    """
    key = vn.match_key(name)
    if identifier:
        for party in session.scalars(
            select(Party)
            .join(PartyIdentifier)
            .where(PartyIdentifier.kind == identifier_kind, PartyIdentifier.value == identifier)
        ):
            if party.name_key == key:
                return party
    party = Party(
        kind=kind, name_printed=name, name=vn.nfc(name), name_key=key, birth_date=birth_date
    )
    session.add(party)
    if identifier:
        party.identifiers.append(
            PartyIdentifier(kind=identifier_kind, value=identifier, raw=identifier)
        )
    session.flush()
    return party


def ensure_item(session: Session, dossier: Dossier, ordinal: int, **values: Any) -> Item:
    """A new item of ``dossier`` at ``ordinal``, or at the next free place when it is taken."""
    taken = session.scalar(
        select(Item.id).where(Item.dossier_id == dossier.id, Item.ordinal == ordinal)
    )
    if taken is not None:
        highest = session.scalar(
            select(func.max(Item.ordinal)).where(Item.dossier_id == dossier.id)
        )
        ordinal = (highest or 0) + 1
    item = Item(dossier_id=dossier.id, ordinal=ordinal, **values)
    session.add(item)
    session.flush()
    return item


def document_by_name(session: Session, dossier: Dossier, name: str) -> Document | None:
    """The document of ``dossier`` that came in under ``name``."""
    return session.scalar(
        select(Document)
        .join(Item, Document.item_id == Item.id)
        .where(Item.dossier_id == dossier.id, Document.name == name)
    )


def add_version(
    session: Session,
    document: Document,
    role: Role,
    stored: Stored,
    *,
    media_type: str,
    made_by: str,
    made_from: Version | None = None,
    how: dict[str, Any] | None = None,
) -> Version:
    """Record that ``stored`` is a version of ``document``; the same bytes are recorded once."""
    found = session.scalar(
        select(Version).where(
            Version.document_id == document.id,
            Version.role == role,
            Version.sha256 == stored.sha256,
        )
    )
    if found is not None:
        return found
    version = Version(
        document_id=document.id,
        role=role,
        sha256=stored.sha256,
        size=stored.size,
        media_type=media_type,
        made_by=made_by,
        made_from=made_from.id if made_from else None,
        how=how or {},
    )
    session.add(version)
    session.flush()
    return version


def set_pages(session: Session, version: Version, pages: Iterable[PageFact]) -> None:
    """Record the pages of a version, replacing what was recorded before."""
    session.execute(delete(Page).where(Page.version_id == version.id))
    session.add_all(
        Page(
            version_id=version.id,
            number=page.number,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            rotation=page.rotation,
            skew=page.skew,
            blank=page.blank,
            confidence=page.confidence,
            quality=page.quality,
        )
        for page in pages
    )


def set_fields(session: Session, document: Document, fields: Iterable[FieldFact]) -> None:
    """Record the fields of a document; what a person decided stays as it is."""
    decided = set(
        session.scalars(
            select(Field.name).where(Field.document_id == document.id, Field.review.in_(_DECIDED))
        )
    )
    session.execute(
        delete(Field).where(
            Field.document_id == document.id,
            Field.review.not_in(_DECIDED),
            Field.source != Source.PERSON,
        )
    )
    session.add_all(
        Field(
            document_id=document.id,
            name=field.name,
            value=field.value,
            raw=field.raw,
            confidence=field.confidence,
            source=field.source,
            page=field.page,
            box=list(field.box) if field.box else None,
            review=field.review,
            reason=field.reason,
        )
        for field in fields
        if field.name not in decided
    )


def set_findings(
    session: Session,
    stage: str,
    findings: Iterable[FindingFact],
    *,
    dossier_id: str | None,
    document_id: str | None = None,
    documents: dict[str, str] | None = None,
) -> None:
    """Replace what ``stage`` found about a dossier (or about one document of it).

    ``documents`` translates the ``document`` of a finding into a document id.
    """
    known = documents or {}
    where = [Finding.stage == stage, Finding.dossier_id == dossier_id]
    if document_id is not None:
        where.append(Finding.document_id == document_id)
    session.execute(delete(Finding).where(*where))
    session.add_all(
        Finding(
            stage=stage,
            dossier_id=dossier_id,
            document_id=known.get(finding.document or "", document_id),
            rule=finding.rule,
            severity=finding.severity,
            message=finding.message,
            args=finding.args,
            basis=finding.basis,
            verified=finding.verified,
            field_name=finding.field_name,
            page=finding.page,
            box=list(finding.box) if finding.box else None,
            rule_set=finding.rule_set,
        )
        for finding in findings
    )


def set_verdicts(
    session: Session,
    stage: str,
    verdicts: Iterable[VerdictFact],
    *,
    dossier_id: str,
    documents: dict[str, str] | None = None,
) -> None:
    """Replace the verdicts of ``stage`` on a dossier."""
    known = documents or {}
    session.execute(delete(Verdict).where(Verdict.stage == stage, Verdict.dossier_id == dossier_id))
    session.add_all(
        Verdict(
            stage=stage,
            dossier_id=dossier_id,
            document_id=known.get(verdict.document or ""),
            question=verdict.question,
            answer=verdict.answer,
            branch=verdict.branch,
            on_date=verdict.on,
            basis=verdict.basis,
            args=verdict.args,
            rule_set=verdict.rule_set,
        )
        for verdict in verdicts
    )


def set_signatures(session: Session, version: Version, facts: Iterable[SignatureFact]) -> None:
    """Record what was verified about the signatures of a version, replacing the last look."""
    session.execute(delete(SignatureRecord).where(SignatureRecord.version_id == version.id))
    session.add_all(
        SignatureRecord(
            version_id=version.id,
            field_name=fact.field_name,
            indication=fact.indication,
            subindication=fact.subindication,
            intact=fact.intact,
            trusted=fact.trusted,
            revocation=fact.revocation,
            covers_whole_file=fact.covers_whole_file,
            level=fact.level,
            signer=fact.signer,
            issuer=fact.issuer,
            signed_at=fact.signed_at,
            timestamp_at=fact.timestamp_at,
            verified_at=fact.verified_at,
            anchors=list(fact.anchors),
            details=fact.details,
        )
        for fact in facts
    )
