"""Documents, their immutable versions, pages, and the fields read from them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sohoa_core import clock
from sohoa_core.records.base import Base, Id, Sha256

if TYPE_CHECKING:
    from sohoa_core.records.dossiers import Item


class Document(Base):
    """The electronic form of one paper (tài liệu); its bytes live in its versions.

    ``name`` is the name under which it came in; ``doc_type`` a code of the catalogue of
    document types, with the confidence of that classification.
    """

    __tablename__ = "documents"
    __table_args__ = (Index(None, "item_id"), Index(None, "doc_type"))

    id: Mapped[Id]
    item_id: Mapped[str | None] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"))
    name: Mapped[str]
    doc_type: Mapped[str | None]
    doc_type_confidence: Mapped[float | None]
    digitized_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    item: Mapped[Item | None] = relationship(back_populates="documents")
    versions: Mapped[list[Version]] = relationship(
        back_populates="document", cascade="all, delete-orphan", order_by="Version.created_at"
    )
    fields: Mapped[list[Field]] = relationship(
        back_populates="document", cascade="all, delete-orphan", order_by="Field.name"
    )

    def newest(self, *roles: str) -> Version | None:
        """The newest version that has one of ``roles``; earlier roles are preferred."""
        for role in roles:
            for version in reversed(self.versions):
                if version.role == role:
                    return version
        return None


class Version(Base):
    """One immutable file of a document, in the vault by its SHA-256.

    ``made_by`` is the stage that made it, ``made_from`` the version it came from, ``how`` the
    engines and options, so that anyone can tell how these bytes came to be.
    """

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("document_id", "role", "sha256"),
        Index(None, "sha256"),
    )

    id: Mapped[Id]
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    role: Mapped[str]
    sha256: Mapped[Sha256]
    size: Mapped[int]
    media_type: Mapped[str]
    made_by: Mapped[str]
    made_from: Mapped[str | None] = mapped_column(ForeignKey("versions.id"))
    how: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    document: Mapped[Document] = relationship(back_populates="versions")
    pages: Mapped[list[Page]] = relationship(
        back_populates="version", cascade="all, delete-orphan", order_by="Page.number"
    )
    signatures: Mapped[list[SignatureRecord]] = relationship(
        back_populates="version",
        cascade="all, delete-orphan",
        order_by="SignatureRecord.field_name",
    )


class Page(Base):
    """A page of a version: pixels, dots per inch, degrees; see ``facts.PageFact``."""

    __tablename__ = "pages"
    __table_args__ = (UniqueConstraint("version_id", "number"),)

    id: Mapped[Id]
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    number: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    dpi: Mapped[float]
    rotation: Mapped[int] = mapped_column(default=0)
    skew: Mapped[float] = mapped_column(default=0.0)
    blank: Mapped[bool] = mapped_column(default=False)
    confidence: Mapped[float | None]
    quality: Mapped[dict[str, Any]] = mapped_column(default=dict)

    version: Mapped[Version] = relationship(back_populates="pages")


class Field(Base):
    """A value of a document with its origin (trường thông tin); see ``facts.FieldFact``.

    ``raw`` stays what the machine read even after a person corrected ``value``.
    """

    __tablename__ = "fields"
    __table_args__ = (Index(None, "document_id", "name"), Index(None, "review"))

    id: Mapped[Id]
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    name: Mapped[str]
    value: Mapped[str]
    raw: Mapped[str]
    confidence: Mapped[float]
    source: Mapped[str]
    page: Mapped[int | None]
    box: Mapped[list[Any] | None]
    review: Mapped[str] = mapped_column(default="not_needed")
    reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]

    document: Mapped[Document] = relationship(back_populates="fields")


class SignatureRecord(Base):
    """What was verified about one signature, when, and against which anchors."""

    __tablename__ = "signature_facts"
    __table_args__ = (UniqueConstraint("version_id", "field_name", "verified_at"),)

    id: Mapped[Id]
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    field_name: Mapped[str]
    indication: Mapped[str]
    subindication: Mapped[str | None]
    intact: Mapped[bool]
    trusted: Mapped[bool]
    revocation: Mapped[str]
    covers_whole_file: Mapped[bool]
    level: Mapped[str]
    signer: Mapped[str]
    issuer: Mapped[str]
    signed_at: Mapped[str | None]
    timestamp_at: Mapped[str | None]
    verified_at: Mapped[str]
    anchors: Mapped[list[Any]] = mapped_column(default=list)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    version: Mapped[Version] = relationship(back_populates="signatures")
