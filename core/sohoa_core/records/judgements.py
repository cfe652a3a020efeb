"""Findings and verdicts: what checks said, under which rules, on which law."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from sohoa_core import clock
from sohoa_core.records.base import Base, Id


class Finding(Base):
    """One thing that a check noticed; see ``facts.FindingFact``.

    ``stage`` is the stage that found it: a stage that runs again replaces its own findings of
    the same subject and nobody else's.
    """

    __tablename__ = "findings"
    __table_args__ = (Index(None, "dossier_id"), Index(None, "document_id"), Index(None, "rule"))

    id: Mapped[Id]
    stage: Mapped[str]
    dossier_id: Mapped[str | None] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    rule: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    basis: Mapped[str | None]
    verified: Mapped[str] = mapped_column(default="verified")
    field_name: Mapped[str | None]
    page: Mapped[int | None]
    box: Mapped[list[Any] | None]
    rule_set: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Verdict(Base):
    """The answer to one legal question on a date; see ``facts.VerdictFact``."""

    __tablename__ = "verdicts"
    __table_args__ = (Index(None, "dossier_id"), Index(None, "question", "answer"))

    id: Mapped[Id]
    stage: Mapped[str]
    dossier_id: Mapped[str | None] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    question: Mapped[str]
    answer: Mapped[str]
    branch: Mapped[str]
    on_date: Mapped[str]
    basis: Mapped[str | None]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rule_set: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=clock.now)
