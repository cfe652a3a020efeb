"""The table behind the journal; only :mod:`sohoa_core.journal` writes to it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from sohoa_core.records.base import Base, Sha256


class JournalEntry(Base):
    """One append-only entry (nhật ký); ``hash`` covers every other column and ``prev_hash``.

    ``at`` and ``data`` are text exactly as hashed, so that no database can reformat them.
    """

    __tablename__ = "journal"
    __table_args__ = (Index(None, "subject_kind", "subject_id"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str]
    actor: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    data: Mapped[str]
    prev_hash: Mapped[Sha256]
    hash: Mapped[Sha256]
