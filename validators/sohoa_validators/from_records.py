"""From the records to what a check sees: one dossier, read whole, as a frozen view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from sohoa_core.facts import FieldFact, PageFact, ReviewState, Role, SignatureFact, Source
from sohoa_core.records import Document, Dossier, Field, Item, Party, SignatureRecord, Version
from sohoa_validators.view import (
    Channel,
    DossierView,
    EventKind,
    EventView,
    FileView,
    ItemKind,
    ItemView,
    MarkKind,
    MarkView,
    PaperForm,
    PartyView,
    Reuse,
    Submission,
)

_FINAL = (Role.AGENCY_SIGNED, Role.OFFICER_SIGNED, Role.ARCHIVAL, Role.MIGRATED)
_E = TypeVar("_E")


def load_dossier(session: Session, dossier_id: str) -> Dossier | None:
    """The dossier with everything that a check needs, in a few queries."""
    versions = selectinload(Dossier.items).selectinload(Item.documents)
    return session.scalar(
        select(Dossier)
        .where(Dossier.id == dossier_id)
        .options(
            selectinload(Dossier.items).selectinload(Item.events),
            versions.selectinload(Document.fields),
            versions.selectinload(Document.versions).selectinload(Version.pages),
            versions.selectinload(Document.versions).selectinload(Version.signatures),
            selectinload(Dossier.owner).selectinload(Party.identifiers),
        )
    )


def view_of(dossier: Dossier) -> DossierView:
    """The view of a loaded dossier; unknown words in the records become "not known"."""
    return DossierView(
        code=dossier.code,
        procedure=dossier.procedure_code or "",
        case=dossier.case_key or "",
        agency=dossier.agency_code or "",
        status=dossier.status,
        channel=_word(Channel, dossier.channel, Channel.UNKNOWN),
        received_on=dossier.received_on or "",
        due_on=dossier.due_on or "",
        finished_on=dossier.finished_on or "",
        owner=_party(dossier.owner),
        facts=dict(dossier.case_facts),
        items=tuple(_item(item) for item in dossier.items),
    )


def _word(kind: Callable[[Any], _E], value: Any, otherwise: _E) -> _E:
    try:
        return kind(value)
    except ValueError:
        return otherwise


def _party(party: Party | None) -> PartyView:
    if party is None:
        return PartyView()
    schemes = {"personal_identifier": "personal", "tax_code": "tax"}
    return PartyView(
        name=party.name,
        birth_date=party.birth_date or "",
        identifiers={schemes.get(i.kind, i.kind): i.value for i in party.identifiers},
        kind=party.kind,
        sex=party.sex or "",
    )


def _item(item: Item) -> ItemView:
    document = item.documents[0] if item.documents else None
    newest = document.newest(*_FINAL) if document else None
    archival = document.newest(Role.ARCHIVAL, Role.MIGRATED) if document else None
    how = newest.how if newest else {}
    fields = {field.name: _field(field) for field in document.fields} if document else {}
    issued = fields.get("date") or fields.get("issued_on")
    facts = item.paper_facts
    return ItemView(
        id=item.id,
        kind=_word(ItemKind, item.kind, ItemKind.COMPONENT),
        code=item.code or "",
        title=item.title or "",
        form=_word(PaperForm, item.form, PaperForm.UNSTATED),
        submission=_word(Submission, item.submission, Submission.SUBMIT),
        copies=item.copies,
        doc_type=(document.doc_type or "") if document else "",
        issued_on=issued.value if issued else "",
        valid_to=item.valid_to or "",
        fields=fields,
        pages=tuple(_page(page) for page in archival.pages) if archival else (),
        sides=facts.get("sides"),
        signatures=tuple(_signature(record) for record in newest.signatures) if newest else (),
        versions=tuple(_word(Role, v.role, Role.ORIGINAL) for v in document.versions)
        if document
        else (),
        marks=tuple(
            MarkView(
                kind=MarkKind(mark["kind"]),
                text=mark.get("text", ""),
                time=mark.get("time", ""),
                name=mark.get("name", ""),
            )
            for mark in how.get("marks", ())
        ),
        events=tuple(
            EventView(
                kind=EventKind(event.kind),
                effective_on=event.effective_on,
                reference=event.reference,
            )
            for event in item.events
        ),
        file=_file(newest, archival) if newest else None,
        reuse=_word(Reuse, item.digitized_state, Reuse.NOT_DIGITIZED),
        digitized_on=archival.created_at.date().isoformat() if archival else "",
        superseded_by=str(facts.get("superseded_by", "")),
        shared_data=bool(facts.get("shared_data")),
        secret=bool(facts.get("secret")),
        on_request=bool(facts.get("on_request")),
    )


def _file(newest: Version, archival: Version | None) -> FileView:
    how = newest.how
    return FileView(
        sha256=newest.sha256,
        pdfa=str(how.get("pdfa", "")),
        opens=True if archival else None,
        text_layer=how.get("text_layer"),
        pages=len(archival.pages) if archival else None,
        quality_passed=how.get("quality_passed"),
    )


def _field(field: Field) -> FieldFact:
    return FieldFact(
        name=field.name,
        value=field.value,
        raw=field.raw,
        confidence=field.confidence,
        source=_word(Source, field.source, Source.PERSON),
        page=field.page,
        box=tuple(field.box) if field.box else None,
        review=_word(ReviewState, field.review, ReviewState.NEEDED),
        reason=field.reason,
    )


def _page(page: Any) -> PageFact:
    return PageFact(
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


def _signature(record: SignatureRecord) -> SignatureFact:
    return SignatureFact(
        field_name=record.field_name,
        indication=record.indication,
        subindication=record.subindication,
        intact=record.intact,
        trusted=record.trusted,
        revocation=record.revocation,
        covers_whole_file=record.covers_whole_file,
        level=record.level,
        signer=record.signer,
        issuer=record.issuer,
        signed_at=record.signed_at,
        timestamp_at=record.timestamp_at,
        verified_at=record.verified_at,
        anchors=tuple(record.anchors),
        details=record.details,
    )
