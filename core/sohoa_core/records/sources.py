"""Where migrated records came from, and which source rows were rejected and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sohoa_core import clock
from sohoa_core.records.base import Base, Id, Sha256


class SourceRow(Base):
    """One row of an old system and the record that it became.

    ``raw`` is the row exactly as read, ``row_hash`` its fingerprint (a delta compares it),
    ``mapping_hash`` the mapping file that produced the target.
    """

    __tablename__ = "source_rows"
    __table_args__ = (
        UniqueConstraint("system", "source_table", "source_key", "target_kind"),
        Index(None, "target_kind", "target_id"),
    )

    id: Mapped[Id]
    system: Mapped[str]
    source_table: Mapped[str]
    source_key: Mapped[str]
    row_hash: Mapped[Sha256]
    raw: Mapped[dict[str, Any]]
    target_kind: Mapped[str]
    target_id: Mapped[str]
    mapping_hash: Mapped[Sha256]
    notes: Mapped[list[Any]] = mapped_column(default=list)
    migrated_at: Mapped[datetime] = mapped_column(default=clock.now)


class RejectedRow(Base):
    """A source row that was not taken over: kept as it was, with the reason."""

    __tablename__ = "rejected_rows"
    __table_args__ = (UniqueConstraint("system", "source_table", "source_key", "reason"),)

    id: Mapped[Id]
    system: Mapped[str]
    source_table: Mapped[str]
    source_key: Mapped[str]
    raw: Mapped[dict[str, Any]]
    reason: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mapping_hash: Mapped[Sha256]
    rejected_at: Mapped[datetime] = mapped_column(default=clock.now)
