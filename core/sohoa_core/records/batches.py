"""Batches and their items: a stage over many inputs, readable while it runs and after a kill."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sohoa_core import clock
from sohoa_core.records.base import Base, Id, Sha256


class ItemState(enum.StrEnum):
    """Where one item of a batch stands; ``REVIEW`` is done, but a person must look."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REVIEW = "review"


class BatchState(enum.StrEnum):
    """Where a batch stands; ``STOPPED`` means that the same command resumes it."""

    LISTING = "listing"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Batch(Base):
    """One stage over one source with one set of parameters."""

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("stage", "source", "params_hash"),)

    id: Mapped[Id]
    stage: Mapped[str]
    stage_version: Mapped[str]
    source: Mapped[str]
    params: Mapped[dict[str, Any]]
    params_hash: Mapped[Sha256]
    state: Mapped[str] = mapped_column(default=BatchState.LISTING)
    runs: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)


class BatchItem(Base):
    """One input of a batch; ``key`` tells inputs apart (path and content hash, record id)."""

    __tablename__ = "batch_items"
    __table_args__ = (
        UniqueConstraint("batch_id", "key"),
        Index(None, "batch_id", "state", "ordinal"),
    )

    id: Mapped[Id]
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    key: Mapped[str]
    label: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=ItemState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None]
    error: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    seconds: Mapped[float | None]
    finished_at: Mapped[datetime | None]
