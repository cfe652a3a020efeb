"""Dossiers (hồ sơ) and what they hold: components and results (thành phần, kết quả)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sohoa_core import clock
from sohoa_core.records.base import Base, Id
from sohoa_core.records.documents import Document
from sohoa_core.records.parties import Party


class Dossier(Base):
    """A dossier (hồ sơ) with its code as issued, which is never rewritten.

    ``status`` is one of the ten national states (1 to 10). ``agency_code`` is never bare: it
    stands with its code set and the date for which it was meant. ``source_system`` and
    ``source_key`` say where a migrated dossier came from; they are empty for our own.
    ``case_facts`` holds what is known about the case and decides which components it needs.
    ``procedure_version`` is the date of the law that applies to it (date of acceptance).
    """

    __tablename__ = "dossiers"
    __table_args__ = (
        UniqueConstraint("code", "source_system"),
        CheckConstraint("status BETWEEN 1 AND 10", name="status"),
        Index(None, "procedure_code"),
        Index(None, "agency_code"),
        Index(None, "owner_id"),
    )

    id: Mapped[Id]
    code: Mapped[str]
    procedure_code: Mapped[str | None]
    procedure_version: Mapped[str | None]
    case_key: Mapped[str | None]
    agency_code: Mapped[str | None]
    agency_code_set: Mapped[str | None]
    agency_as_of: Mapped[str | None]
    agency_name_printed: Mapped[str | None]
    holder_agency_code: Mapped[str | None]
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("parties.id"))
    status: Mapped[int] = mapped_column(default=2)
    channel: Mapped[str | None]
    case_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    submitted_on: Mapped[str | None]
    received_on: Mapped[str | None]
    due_on: Mapped[str | None]
    finished_on: Mapped[str | None]
    returned_on: Mapped[str | None]
    source_system: Mapped[str] = mapped_column(default="")
    source_key: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    owner: Mapped[Party | None] = relationship()
    items: Mapped[list[Item]] = relationship(
        back_populates="dossier", cascade="all, delete-orphan", order_by="Item.ordinal"
    )
    aliases: Mapped[list[DossierAlias]] = relationship(
        back_populates="dossier", cascade="all, delete-orphan", order_by="DossierAlias.alias"
    )


class DossierAlias(Base):
    """Another code under which the dossier can be looked up, such as its code before a merger."""

    __tablename__ = "dossier_aliases"
    __table_args__ = (UniqueConstraint("dossier_id", "alias"), Index(None, "alias"))

    id: Mapped[Id]
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"))
    alias: Mapped[str]
    kind: Mapped[str]
    since: Mapped[str | None]

    dossier: Mapped[Dossier] = relationship(back_populates="aliases")


class Item(Base):
    """A component or a result of a dossier, with the facts of the paper.

    ``form`` is original, copy, certified_copy or electronic (bản chính, bản sao, bản sao
    chứng thực, bản điện tử); ``submission`` is submit or show (nộp, xuất trình).
    ``paper_facts`` holds further facts of the paper (sides, state secret, on request ...).
    """

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("dossier_id", "ordinal"),)

    id: Mapped[Id]
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    kind: Mapped[str] = mapped_column(default="component")
    code: Mapped[str | None]
    title: Mapped[str | None]
    form: Mapped[str] = mapped_column(default="original")
    submission: Mapped[str] = mapped_column(default="submit")
    copies: Mapped[int] = mapped_column(default=1)
    valid_to: Mapped[str | None]
    digitized_state: Mapped[int] = mapped_column(default=0)
    paper_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    dossier: Mapped[Dossier] = relationship(back_populates="items")
    documents: Mapped[list[Document]] = relationship(
        back_populates="item", order_by="Document.name"
    )
    events: Mapped[list[ItemEvent]] = relationship(
        back_populates="item", cascade="all, delete-orphan", order_by="ItemEvent.effective_on"
    )


class ItemEvent(Base):
    """Something that may end the force of a result: revocation, cancellation, replacement."""

    __tablename__ = "item_events"
    __table_args__ = (Index(None, "item_id"),)

    id: Mapped[Id]
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"))
    kind: Mapped[str]
    effective_on: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")

    item: Mapped[Item] = relationship(back_populates="events")
