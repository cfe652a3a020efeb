"""The journal (nhật ký): append-only and hash-chained, part of every change's transaction.

Entry *n* carries ``SHA-256(canonical JSON of all its other columns)``, and one of these
columns is the hash of entry *n-1*; the first follows 64 zeros. Changing, removing or
inserting an entry therefore breaks every later hash. Cutting off the end leaves a valid
shorter chain: an auditor keeps the head (number and hash) elsewhere and gives it to
``verify``. Data must be plain and free of secrets and personal data.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from sohoa_core import clock
from sohoa_core.canonical import canonical_json, sha256_hex
from sohoa_core.i18n import N_
from sohoa_core.records.dialects import serialize_journal_writers
from sohoa_core.records.journal_entry import JournalEntry
from sohoa_core.store_errors import JournalBroken

ZERO = "0" * 64
_columns = JournalEntry.__table__.c


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: number of the last entry (0 when empty) and its hash."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def default_actor() -> str:
    """The login name of whoever runs the program."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no entry in the password database (containers)
        return "unknown"


def entry_hash(
    seq: int,
    at: str,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    data: str,
    prev_hash: str,
) -> str:
    """The hash of one entry: SHA-256 over the canonical JSON array of its columns."""
    return sha256_hex(
        canonical_json([seq, at, actor, action, subject_kind, subject_id, data, prev_hash])
    )


def head(session: Session) -> Head:
    """The present end of the chain."""
    row = session.execute(
        select(_columns.seq, _columns.hash).order_by(_columns.seq.desc()).limit(1)
    ).first()
    return Head(row.seq, row.hash) if row else Head(0, ZERO)


def append(
    session: Session,
    *,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    data: dict[str, Any] | None = None,
) -> Head:
    """Append one entry inside the caller's transaction and return the new head.

    ``action`` is a dotted verb such as ``batch.item.done``. Raises ``TypeError`` when
    ``data`` is not plain (floats included: give them as text).
    """
    serialize_journal_writers(session)
    last = head(session)
    seq = last.seq + 1
    at = clock.iso(clock.now())
    text = canonical_json(data or {})
    digest = entry_hash(seq, at, actor, action, subject_kind, subject_id, text, last.hash)
    session.execute(
        insert(JournalEntry).values(
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            data=text,
            prev_hash=last.hash,
            hash=digest,
        )
    )
    return Head(seq, digest)


def entries(session: Session, *, after: int = 0, chunk: int = 1000) -> Iterator[Any]:
    """All entries after number ``after`` in order, read in chunks (flat memory)."""
    while True:
        rows = session.execute(
            select(JournalEntry.__table__)
            .where(_columns.seq > after)
            .order_by(_columns.seq)
            .limit(chunk)
        ).all()
        yield from rows
        if len(rows) < chunk:
            return
        after = rows[-1].seq


def verify(session: Session, *, expected: Head | None = None) -> Head:
    """Check the whole chain and return its head.

    ``expected`` is a head that somebody kept: the chain must contain exactly that entry.
    Raises ``JournalBroken`` with the number of the first entry that does not fit.
    """
    last = Head(0, ZERO)
    seen_expected = expected is None or expected.seq == 0
    for row in entries(session):
        if row.seq != last.seq + 1:
            raise JournalBroken(seq=row.seq, detail=N_("the entry before it is missing"))
        if row.prev_hash != last.hash:
            raise JournalBroken(seq=row.seq, detail=N_("it does not follow the entry before it"))
        digest = entry_hash(
            row.seq,
            row.at,
            row.actor,
            row.action,
            row.subject_kind,
            row.subject_id,
            row.data,
            row.prev_hash,
        )
        if digest != row.hash:
            raise JournalBroken(seq=row.seq, detail=N_("its content was changed"))
        last = Head(row.seq, row.hash)
        if expected is not None and last.seq == expected.seq:
            if last.hash != expected.hash:
                raise JournalBroken(seq=row.seq, detail=N_("it is not the entry that was kept"))
            seen_expected = True
    if not seen_expected and expected is not None:
        raise JournalBroken(seq=last.seq, detail=N_("later entries that were kept are missing"))
    return last
