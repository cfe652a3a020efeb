"""The stage ``sign``: one signature on every digitized document that still lacks it.

Lists what is to be signed and records what came of it; the work itself is
:mod:`sohoa_signing.stage_work`. A file whose new signature does not hold is a failed item,
never a version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sohoa_core import clock
from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.facts import FindingFact, Role, Severity
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_core.records import Document, Version
from sohoa_core.records.recording import add_version, set_findings, set_signatures
from sohoa_core.records.store import Store
from sohoa_core.vault import Vault
from sohoa_signing.free_space import Zone
from sohoa_signing.request import SignerRole
from sohoa_signing.stage_work import SignedRecord, SignOptions, warm, work

_SOURCES = {
    SignerRole.OFFICER: (Role.ARCHIVAL,),
    SignerRole.AGENCY: (Role.OFFICER_SIGNED, Role.ARCHIVAL),
}
_TARGETS = {
    SignerRole.OFFICER: Role.OFFICER_SIGNED,
    SignerRole.AGENCY: Role.AGENCY_SIGNED,
}


_BASIS = {
    SignerRole.OFFICER: "Thông tư 01/2023/TT-VPCP, Điều 8",
    SignerRole.AGENCY: "Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần II",
}
#: Zones that are still the corner that the rules name.
_AT_HOME = ("", Zone.CORNER, Zone.GROWN, Zone.PATTERN, Zone.STRIP)


class SignStage:
    """Signs what still lacks the signature of a role; ``dossier`` narrows it to one code."""

    name = "sign"
    version = "1"

    def __init__(
        self,
        store: Store,
        *,
        vault: Vault,
        limits: Limits,
        options: SignOptions,
        dossier: str | None = None,
    ) -> None:
        self.store = store
        self.vault = vault
        self.limits = limits
        self.options = options
        self.dossier = dossier

    @property
    def source(self) -> str:
        """The documents of the workspace."""
        what = f"dossier {self.dossier}" if self.dossier else "workspace"
        return f"{what}, {self.options.role.value}"

    @property
    def params(self) -> dict[str, Any]:
        """What a signature depends on; no secrets, no paths."""
        options = self.options
        return {
            "role": options.role.value,
            "profile": options.profile.value,
            "certificate": options.certificate_sha256,
            "name": options.name,
            "converter": options.converter,
            "form_of_copy": options.form_of_copy,
            "timestamp": options.tsa_p12 is not None or bool(options.tsa),
        } | ({"level": options.level.value} if options.level else {})

    def tasks(self) -> Iterator[Task]:
        """Every document that has something to sign and is not signed yet."""
        from sohoa_core.records import Dossier, Item

        target = _TARGETS[self.options.role]
        query = select(Document).order_by(Document.name, Document.id)
        if self.dossier:
            query = (
                query.join(Item, Document.item_id == Item.id)
                .join(Dossier, Item.dossier_id == Dossier.id)
                .where(Dossier.code == self.dossier)
            )
        with self.store.read() as session:
            for document in session.scalars(query).unique():
                source = document.newest(*_SOURCES[self.options.role])
                if source is None:
                    continue
                if any(v.role == target and v.made_from == source.id for v in document.versions):
                    continue
                archival = document.newest(Role.ARCHIVAL) or source
                marks = source.how.get("marks", [])
                yield Task(
                    key=f"{document.id}:{source.sha256}",
                    label=document.name,
                    payload={
                        "document": document.id,
                        "version": source.id,
                        "sha256": source.sha256,
                        "size": source.size,
                        "name": document.name,
                        "scanned_at": clock.iso(archival.created_at),
                        "convert": not any(mark["kind"] == "conversion" for mark in marks),
                    },
                )

    def job(self) -> Job:
        """The work for the executors."""
        return Job(work, WorkerContext(self.vault, self.limits, self.options), warm)

    def load(self, session: Session, task: Task) -> Any:
        """Everything is in the payload."""
        return task.payload

    def commit(self, session: Session, task: Task, value: SignedRecord) -> Committed:
        """Record the signed version and what was verified about its signatures."""
        document = session.get_one(Document, task.payload["document"])
        source = session.get_one(Version, task.payload["version"])
        marks = [*source.how.get("marks", []), *value.how["marks"]]
        kept: dict[str, Any] = {
            key: source.how[key]
            for key in ("pdfa", "text_layer", "quality_passed")
            if key in source.how
        }
        version = add_version(
            session,
            document,
            _TARGETS[self.options.role],
            value.stored,
            media_type="application/pdf",
            made_by=self.name,
            made_from=source,
            how={**kept, **value.how, "marks": marks},
        )
        set_signatures(session, version, value.signatures)
        set_findings(
            session,
            f"{self.name}.{self.options.role.value}",
            _findings(self.options.role, value.how),
            dossier_id=document.item.dossier_id if document.item else None,
            document_id=document.id,
        )
        return Committed(
            summary={
                "document": document.id,
                "role": self.options.role.value,
                "sha256": value.stored.sha256,
                "field": value.how["field"],
                "level": value.how["level"],
                "zone": value.how["zone"],
            }
        )


def _findings(role: SignerRole, how: dict[str, Any]) -> Iterator[FindingFact]:
    """What a person should know about the place of the mark."""
    if how["page_grown_mm"]:
        yield FindingFact(
            rule="sign.page_grown",
            severity=Severity.INFO,
            message=N_(
                "Page 1 had no free place for the marks: a blank strip of {millimetres} mm was "
                "added along its top. Its content was not moved."
            ),
            args={"millimetres": how["page_grown_mm"]},
            basis=_BASIS[role],
            page=1,
        )
    if how["zone"] not in _AT_HOME:
        yield FindingFact(
            rule="sign.mark_moved",
            severity=Severity.WARNING,
            message=N_(
                "The mark does not stand in the corner of page 1 that the rules name: that "
                "corner is full, and the file was signed before."
            ),
            args={"zone": how["zone"]},
            basis=_BASIS[role],
            page=1,
        )
