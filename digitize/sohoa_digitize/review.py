"""Decisions of people about values (duyệt giá trị): listing, accepting, correcting, confirming.

Every function works inside the caller's transaction and writes its journal entry there, so a
decision and its trace stand or fall together. The journal never holds a value, only a
fingerprint of it: values are personal data, and the journal cannot forget.

Four eyes: the first decision leaves the value in need of review, with the reason
``unconfirmed`` and the name of who decided; only another person's agreement completes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sohoa_core import clock, journal
from sohoa_core.facts import FieldFact, ReviewState, Source
from sohoa_core.i18n import N_
from sohoa_core.records import Document, Dossier, Field, Finding, Item
from sohoa_digitize.catalogue.load import by_code
from sohoa_digitize.errors import (
    ReviewAmbiguous,
    ReviewDecided,
    ReviewSamePerson,
    ReviewUnknown,
    ReviewValueInvalid,
)
from sohoa_digitize.extract.dates import parse_long, parse_short
from sohoa_digitize.extract.reasons import Reason
from sohoa_vietnam.text import nfc

DECIDED = (ReviewState.ACCEPTED, ReviewState.CORRECTED)
#: A value longer than this is no value of a field.
LONGEST = 5000
#: Fewer characters of an id than this are not enough to name a value.
_SHORTEST_ID = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One value with where it belongs; ``kind`` is its type in the catalogue (date, name ...)."""

    id: str
    dossier: str
    document_id: str
    document: str
    doc_type: str
    page: int | None
    box: tuple[float, ...] | None
    field: str
    kind: str
    value: str
    raw: str
    confidence: float
    review: str
    reason: str | None
    decided_by: str | None

    @property
    def open(self) -> bool:
        """Whether a person must still look at it."""
        return self.review == ReviewState.NEEDED

    @property
    def fingerprint(self) -> str:
        """What a decision is about; changes whenever the value or its state does.

        Begins with a letter, so that no spreadsheet takes it for a number.
        """
        return "v" + _digest(self.id, self.value, self.review, self.decided_by or "")[:16]


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding about a whole page or paper that asks for a person; it carries no value."""

    dossier: str
    document: str
    rule: str
    message: str
    args: dict[str, object]
    page: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of one decision: the new state, and whether a second person is awaited."""

    id: str
    field: str
    document: str
    review: str
    awaits_second: bool


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _rows() -> Any:
    return (
        select(Field, Document, Dossier.code)
        .join(Document, Field.document_id == Document.id)
        .outerjoin(Item, Document.item_id == Item.id)
        .outerjoin(Dossier, Item.dossier_id == Dossier.id)
    )


def kind_of(doc_type: str, field: str) -> str:
    """The type of a field: ``date``, ``name``, ``sex``, ``year``, ``personal_id`` or ``text``."""
    try:
        labels = by_code(doc_type).labels
    except KeyError:
        labels = ()
    for label in labels:
        if label.name == field:
            return label.kind
    return {"date": "date", "signer": "name"}.get(field, "text")


def _entry(field: Field, document: Document, code: str | None) -> Entry:
    doc_type = document.doc_type or ""
    return Entry(
        id=field.id,
        dossier=code or "",
        document_id=document.id,
        document=document.name,
        doc_type=doc_type,
        page=field.page,
        box=tuple(float(x) for x in field.box) if field.box else None,
        field=field.name,
        kind=kind_of(doc_type, field.name),
        value=field.value,
        raw=field.raw,
        confidence=field.confidence,
        review=field.review,
        reason=field.reason,
        decided_by=field.decided_by,
    )


def listed(
    session: Session,
    *,
    dossier: str | None = None,
    document: str | None = None,
    reason: str | None = None,
    decided: bool = False,
    limit: int | None = None,
) -> list[Entry]:
    """Values that need a person (with ``decided``: those that had one), paper by paper."""
    rows = _rows().where(Field.review.in_(DECIDED if decided else (ReviewState.NEEDED,)))
    if dossier is not None:
        rows = rows.where(Dossier.code == dossier)
    if document is not None:
        rows = rows.where(Document.name == nfc(document))
    if reason is not None:
        rows = rows.where(Field.reason == reason)
    rows = rows.order_by(Dossier.code, Document.name, Field.page, Field.name, Field.id)
    if limit is not None:
        rows = rows.limit(limit)
    return [_entry(*row) for row in session.execute(rows)]


def remarks(session: Session, *, dossier: str | None = None) -> list[Remark]:
    """Findings of digitizing that ask for a person: poor pages, unknown types, duplicates."""
    rows = (
        select(Finding, Document.name, Dossier.code)
        .outerjoin(Document, Finding.document_id == Document.id)
        .outerjoin(Dossier, Finding.dossier_id == Dossier.id)
        .where(Finding.stage == "digitize", Finding.severity == "review")
    )
    if dossier is not None:
        rows = rows.where(Dossier.code == dossier)
    rows = rows.order_by(Dossier.code, Document.name, Finding.page, Finding.rule)
    return [
        Remark(code or "", name or "", found.rule, found.message, dict(found.args), found.page)
        for found, name, code in session.execute(rows)
    ]


def found(session: Session, some_id: str) -> Entry:
    """The value with that id, or with an id that begins or ends so.

    Raises ``ReviewUnknown`` or ``ReviewAmbiguous``.
    """
    field, document, code = _found(session, some_id)
    return _entry(field, document, code)


def _found(session: Session, some_id: str) -> tuple[Field, Document, str | None]:
    text = some_id.strip().lower()
    if not re.fullmatch(rf"[0-9a-f]{{{_SHORTEST_ID},32}}", text):
        raise ReviewUnknown(where=some_id[:40], detail="id")
    query = _rows().where(Field.id.startswith(text) | Field.id.endswith(text)).limit(3)
    rows = session.execute(query).all()
    if not rows:
        raise ReviewUnknown(where=text, detail="id")
    if len(rows) > 1:
        raise ReviewAmbiguous(where=text, count=len(rows), detail="id")
    field, document, code = rows[0]
    return field, document, code


# --- deciding ------------------------------------------------------------------------------


def checked(value: str, field: str, kind: str) -> str:
    """``value`` as it is recorded: NFC, dates in ISO form. Raises ``ReviewValueInvalid``.

    A person's word is final, so only what cannot be a value at all is refused.
    """
    text = " ".join(nfc(value).split())
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text):
        raise ReviewValueInvalid(where=field, field=field, detail=N_("it has control characters"))
    if len(text) > LONGEST:
        raise ReviewValueInvalid(where=field, field=field, detail=N_("it is too long"))
    if not text:
        return text
    if kind == "date":
        return _date(text, field)
    if kind == "year" and not re.fullmatch(r"(18|19|20)\d\d", text):
        raise ReviewValueInvalid(where=field, field=field, detail=N_("it is not a year"))
    if kind == "sex" and text not in ("Nam", "Nữ"):
        raise ReviewValueInvalid(where=field, field=field, detail=N_("it is neither Nam nor Nữ"))
    # Spreadsheets drop leading zeros and round long numbers; letters mean another kind of paper.
    if kind == "personal_id" and text.isdecimal() and len(text) not in (9, 12):
        detail = N_("a personal identifier has 12 digits, an older one 9")
        raise ReviewValueInvalid(where=field, field=field, detail=detail)
    return text


def _date(text: str, field: str) -> str:
    if re.fullmatch(r"(18|19|20)\d\d(-(0[1-9]|1[0-2]))?", text):
        return text
    iso = text
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        parsed = parse_short(text) or parse_long(text)
        iso = parsed[0] if parsed is not None and parsed[2] else ""
    try:
        if 1850 <= date.fromisoformat(iso).year < 2100:  # births are older than the state
            return iso
    except ValueError:
        pass
    raise ReviewValueInvalid(where=field, field=field, detail=N_("it is not a date"))


def accept(
    session: Session, some_id: str, *, actor: str, four_eyes: bool = False, way: str = "command"
) -> Decision:
    """Accept a value as it stands (or confirm another person's decision).

    Raises ``ReviewUnknown``, ``ReviewAmbiguous``, ``ReviewDecided``, ``ReviewSamePerson``.
    """
    field, document, code = _found(session, some_id)
    entry = _entry(field, document, code)
    if not entry.open:
        raise ReviewDecided(where=entry.id, person=entry.decided_by or "?", detail="")
    return _decide(session, field, entry, entry.value, actor, four_eyes=four_eyes, way=way)


def correct(
    session: Session,
    some_id: str,
    value: str,
    *,
    actor: str,
    four_eyes: bool = False,
    again: bool = False,
    way: str = "command",
) -> Decision:
    """Set a value; giving the value that is there already accepts it.

    ``again`` allows changing what was decided before. Raises what :func:`accept` raises, and
    ``ReviewValueInvalid``.
    """
    field, document, code = _found(session, some_id)
    entry = _entry(field, document, code)
    if not entry.open and not again:
        raise ReviewDecided(where=entry.id, person=entry.decided_by or "?", detail="")
    new = checked(value, entry.field, entry.kind)
    return _decide(session, field, entry, new, actor, four_eyes=four_eyes, way=way)


def _decide(
    session: Session,
    field: Field,
    entry: Entry,
    value: str,
    actor: str,
    *,
    four_eyes: bool,
    way: str,
) -> Decision:
    first = entry.decided_by if entry.reason == Reason.UNCONFIRMED else None
    confirms = first is not None and value == entry.value
    if confirms and first == actor:
        raise ReviewSamePerson(where=entry.id, person=actor, detail="")
    # What one person decided under four eyes needs a second one, whatever the mode is now.
    awaits = (four_eyes or first is not None) and not confirms
    changed = value != entry.value
    if changed:
        field.value, field.source = value, Source.PERSON
    corrected = field.source == Source.PERSON
    if awaits:
        field.review, field.reason = ReviewState.NEEDED, str(Reason.UNCONFIRMED)
        action = "review.proposed"
    else:
        field.review = ReviewState.CORRECTED if corrected else ReviewState.ACCEPTED
        field.reason = None
        action = "review.corrected" if corrected else "review.accepted"
    field.decided_by = f"{first}, {actor}" if confirms else actor
    field.decided_at = clock.now()
    journal.append(
        session,
        actor=actor,
        action=action,
        subject_kind="field",
        subject_id=entry.id,
        data={
            "document": entry.document_id,
            "field": entry.field,
            "way": way,
            "changed": changed,
            "confirms": first if confirms and first else "",
            "reason": entry.reason or "",
            "confidence": f"{entry.confidence:.3f}",
            # Keyed by the id, which lives in the records: erasing those makes these mute.
            "before": _digest(entry.id, entry.value),
            "after": _digest(entry.id, value),
        },
    )
    session.flush()
    return Decision(entry.id, entry.field, entry.document, str(field.review), awaits)


# --- reading a paper again -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pending:
    """A first decision under four eyes that waits for the second person."""

    name: str
    value: str
    source: str
    decided_by: str | None
    decided_at: object


def pending(session: Session, document: Document) -> list[Pending]:
    """First decisions about a paper, to be kept when it is read again."""
    rows = session.scalars(
        select(Field).where(
            Field.document_id == document.id, Field.reason == str(Reason.UNCONFIRMED)
        )
    )
    return [Pending(f.name, f.value, f.source, f.decided_by, f.decided_at) for f in rows]


def without_pending(fields: Iterable[FieldFact], kept: Sequence[Pending]) -> list[FieldFact]:
    """``fields`` without those for which a person has proposed another value already."""
    proposed = {one.name for one in kept if one.source == Source.PERSON}
    return [field for field in fields if field.name not in proposed]


def restore_pending(session: Session, document: Document, kept: Sequence[Pending]) -> None:
    """Put first decisions back that accepted a value which was read the same again."""
    session.flush()
    for one in kept:
        if one.source == Source.PERSON:
            continue
        for field in session.scalars(
            select(Field).where(Field.document_id == document.id, Field.name == one.name)
        ):
            if field.value == one.value and field.review not in DECIDED:
                field.review, field.reason = ReviewState.NEEDED, str(Reason.UNCONFIRMED)
                field.decided_by = one.decided_by
                field.decided_at = one.decided_at  # type: ignore[assignment]
