"""Persons and organizations (chủ hồ sơ, người ký, người nộp), as printed and as now."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sohoa_core.records.base import Base, Id


class Party(Base):
    """A person or an organization.

    ``name_printed`` is never changed; ``name`` is its NFC form; ``name_key`` compares names up
    to case, tone placement and i/y. ``birth_date`` keeps the precision that is known.
    """

    __tablename__ = "parties"
    __table_args__ = (Index(None, "name_key"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(default="person")
    name_printed: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    birth_date: Mapped[str | None]
    sex: Mapped[str | None]

    identifiers: Mapped[list[PartyIdentifier]] = relationship(
        back_populates="party", cascade="all, delete-orphan", order_by="PartyIdentifier.kind"
    )
    addresses: Mapped[list[PartyAddress]] = relationship(
        back_populates="party", cascade="all, delete-orphan"
    )


class PartyIdentifier(Base):
    """One identifier of a party (số định danh, CMND, mã số thuế ...), raw and normalized."""

    __tablename__ = "party_identifiers"
    __table_args__ = (
        UniqueConstraint("party_id", "kind", "value"),
        Index(None, "kind", "value"),
    )

    id: Mapped[Id]
    party_id: Mapped[str] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    kind: Mapped[str]
    value: Mapped[str]
    raw: Mapped[str]
    issued_on: Mapped[str | None]
    issuer: Mapped[str | None]

    party: Mapped[Party] = relationship(back_populates="identifiers")


class PartyAddress(Base):
    """An address as printed, for ever, and as it reads now, with the table that said so.

    A unit is never a bare code: ``unit_code`` stands with its ``unit_code_set`` and the date
    for which it was meant.
    """

    __tablename__ = "party_addresses"
    __table_args__ = (Index(None, "party_id"),)

    id: Mapped[Id]
    party_id: Mapped[str] = mapped_column(ForeignKey("parties.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(default="residence")
    as_printed: Mapped[str]
    unit_code: Mapped[str | None]
    unit_code_set: Mapped[str | None]
    unit_as_of: Mapped[str | None]
    as_now: Mapped[str | None]
    now_unit_code: Mapped[str | None]
    now_unit_code_set: Mapped[str | None]
    mapping_version: Mapped[str | None]
    confidence: Mapped[float | None]
    review: Mapped[str] = mapped_column(default="not_needed")

    party: Mapped[Party] = relationship(back_populates="addresses")
