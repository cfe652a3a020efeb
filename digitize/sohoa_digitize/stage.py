"""The stage ``digitize``: an inbox of scans becomes dossiers, documents, pages and fields.

The clerk's original goes into the vault byte for byte before anything else is tried. The
worker returns facts and vault hashes; the parent writes the records.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.errors import SafetyRefusal, SohoaError
from sohoa_core.facts import FieldFact, FindingFact, PageFact, ReviewState, Role, Severity
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_core.records import Document, Field
from sohoa_core.records.recording import (
    add_version,
    document_by_name,
    ensure_dossier,
    ensure_item,
    ensure_party,
    set_fields,
    set_findings,
    set_pages,
)
from sohoa_core.vault import Stored, Vault
from sohoa_digitize.errors import InputChanged, StillWritten
from sohoa_digitize.intake import InputFile, list_inputs
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.review import pending, restore_pending, without_pending
from sohoa_digitize.same_paper import same_papers

STAGE = "digitize"
#: What makes a folder a workspace (``sohoa_core.settings.FILE_NAME``, without its imports).
WORKSPACE_FILE = "sohoa.toml"
#: Columns of the manifest that speak of the whole dossier.
_OF_DOSSIER = ("procedure", "case", "agency", "received_on", "owner_name", "owner_id")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class DigitizedRecord:
    """What a worker sends back: facts, and files by their vault hash."""

    original: Stored
    media_type: str
    archival: Stored
    text: Stored
    layout: Stored
    pages: tuple[PageFact, ...]
    fields: tuple[FieldFact, ...]
    findings: tuple[FindingFact, ...]
    doc_type: str
    doc_type_confidence: float
    how: dict[str, Any]


def warm(context: WorkerContext) -> None:
    """Load the recognition engine before the first item of a worker."""
    from sohoa_digitize.engine.choose import choose

    choose(context.options)


def work(context: WorkerContext, payload: dict[str, Any]) -> DigitizedRecord:
    """Digitize one listed file; see :func:`sohoa_digitize.work.digitize_file`."""
    from sohoa_digitize.archive import read_member
    from sohoa_digitize.work import digitize_file, read_bytes

    assert context.vault is not None
    name = payload["name"]
    path = Path(os.fsdecode(unquote_to_bytes(payload["path"])))
    if member := payload.get("member"):
        data = read_member(path, member, limits=context.limits, where=name)
    else:
        data = read_bytes(path, name=name, limits=context.limits)
    listed = payload["sha256"]
    if listed and hashlib.sha256(data).hexdigest() != listed:
        raise InputChanged(where=name)
    original = context.vault.put(data)
    found = digitize_file(data, name=name, options=context.options, limits=context.limits)
    return DigitizedRecord(
        original=original,
        media_type=found.media_type,
        archival=context.vault.put(found.pdf),
        text=context.vault.put(found.text.encode("utf-8")),
        layout=context.vault.put(found.words),
        # The text of the pages lies in the vault; it need not cross twice.
        pages=tuple(_without_text(page) for page in found.pages),
        fields=found.fields,
        findings=found.findings,
        doc_type=found.doc_type,
        doc_type_confidence=found.doc_type_confidence,
        how={
            "engine": found.engine,
            "pdfa": "2u" if found.pdfa else "",
            "text_layer": bool(found.text.strip()),
            "signed_original": found.signed,
            "look": found.looks[0] if found.looks else None,
            "quality_passed": _quality(found.findings),
        },
    )


def _quality(findings: tuple[FindingFact, ...]) -> bool | None:
    """Whether the scan passed: no for an error, undecided while a person has to look."""
    found = {finding.severity for finding in findings}
    if Severity.ERROR in found:
        return False
    return None if found & {Severity.WARNING, Severity.REVIEW} else True


def _without_text(page: PageFact) -> PageFact:
    values = {field.name: getattr(page, field.name) for field in fields(page)}
    return PageFact(**{**values, "text": ""})


class DigitizeStage:
    """Digitizes every file of an inbox.

    ``problems`` holds what the listing refused (links out of the inbox, bad manifest rows):
    the caller reports them; they are no items, because there is nothing to work on. Files that
    changed less than ``settle`` seconds ago are among them: the next run takes them.
    """

    name = STAGE
    version = "1"

    def __init__(
        self,
        inbox: Path,
        *,
        vault: Vault,
        limits: Limits,
        options: DigitizeOptions,
        settle: float = 0.0,
    ) -> None:
        self.inbox = inbox.absolute()
        self.vault = vault
        self.limits = limits
        self.options = options
        self.settle = settle
        self.problems: tuple[SohoaError, ...] = ()

    @property
    def source(self) -> str:
        """The inbox."""
        return (
            quote_from_bytes(os.fsencode(self.inbox), safe="/ ")
            if not _plain(str(self.inbox))
            else str(self.inbox)
        )

    @property
    def params(self) -> dict[str, Any]:
        """The options: every one of them changes the result."""
        return asdict(self.options)

    def tasks(self) -> Iterator[Task]:
        """One task a file, in order of name; raises ``InputMissing`` without inbox."""
        if (self.inbox / WORKSPACE_FILE).is_file():
            raise SafetyRefusal(where=str(self.inbox), detail=N_("the inbox is a workspace itself"))
        intake = list_inputs(self.inbox, limits=self.limits, settle=self.settle)
        self.problems = tuple(intake.problems)
        places: Counter[str] = Counter()
        heads: dict[str, dict[str, str]] = {}
        names: Counter[str] = Counter()
        for file in intake.files:
            if self._in_workspace(file.path):
                continue
            # Two names that differ only in how their letters are composed are two papers.
            names[file.name] += 1
            name = _numbered(file.name, names[file.name])
            dossier = file.dossier_code or ""
            try:
                digest = _hash(file, self.limits)
            except StillWritten as growing:
                self.problems += (growing,)
                continue
            places[dossier] += 1
            row = dict(file.manifest or {})
            # What is said of the dossier is taken from its first paper, whichever is done first.
            head = heads.setdefault(dossier, {key: row.get(key, "") for key in _OF_DOSSIER})
            yield Task(
                key=f"{name}#{digest or 'unread'}",
                label=name,
                payload={
                    "path": quote_from_bytes(os.fsencode(file.path)),
                    "name": name,
                    "member": file.member,
                    "sha256": digest,
                    "dossier": dossier,
                    "ordinal": places[dossier],
                    "head": head,
                    "manifest": row,
                },
            )

    def _in_workspace(self, path: Path) -> bool:
        """Whether a workspace lies between the inbox and ``path``: its files are no scans."""
        folders = (
            path.parents[: len(path.relative_to(self.inbox).parts) - 1]
            if (self.inbox in path.parents)
            else ()
        )
        return any((folder / WORKSPACE_FILE).is_file() for folder in folders)

    def job(self) -> Job:
        """The work for the executors."""
        return Job(work, WorkerContext(self.vault, self.limits, self.options), warm)

    def load(self, session: Session, task: Task) -> Any:
        """Workers need no records."""
        return task.payload

    def commit(self, session: Session, task: Task, value: DigitizedRecord) -> Committed:
        """Write dossier, item, document, versions, pages, fields and findings."""
        payload = task.payload
        manifest = payload["manifest"]
        code = payload["dossier"] or Path(payload["name"]).stem
        head = payload["head"]
        owner = None
        if head["owner_name"]:
            owner = ensure_party(session, head["owner_name"], identifier=head["owner_id"] or None)
        dossier = ensure_dossier(
            session,
            code,
            procedure_code=head["procedure"] or None,
            case_key=head["case"] or None,
            agency_code=head["agency"] or None,
            agency_code_set="agency" if head["agency"] else None,
            agency_as_of=head["received_on"] or None,
            received_on=head["received_on"] or None,
            owner_id=owner.id if owner else None,
        )
        document = document_by_name(session, dossier, payload["name"])
        if document is None:
            item = ensure_item(
                session,
                dossier,
                payload["ordinal"],
                kind=manifest.get("kind") or "component",
                code=manifest.get("component") or None,
                title=manifest.get("title") or None,
                form=manifest.get("form") or "original",
                submission=manifest.get("submission") or "submit",
                copies=int(manifest.get("copies") or 1),
                digitized_state=1,
                paper_facts={
                    key: manifest[key] for key in ("owner_name", "owner_id") if manifest.get(key)
                },
            )
            document = Document(item_id=item.id, name=payload["name"])
            session.add(document)
        document.doc_type = value.doc_type
        document.doc_type_confidence = value.doc_type_confidence
        session.flush()
        original = add_version(
            session,
            document,
            Role.ORIGINAL,
            value.original,
            media_type=value.media_type,
            made_by="intake",
        )
        archival = add_version(
            session,
            document,
            Role.ARCHIVAL,
            value.archival,
            media_type="application/pdf",
            made_by=STAGE,
            made_from=original,
            how=value.how,
        )
        for role, stored, media_type in (
            (Role.TEXT, value.text, "text/plain; charset=utf-8"),
            (Role.LAYOUT, value.layout, "application/json"),
        ):
            add_version(
                session,
                document,
                role,
                stored,
                media_type=media_type,
                made_by=STAGE,
                made_from=archival,
            )
        set_pages(session, archival, value.pages)
        # What a first person proposed waits for the second one, also over a new reading.
        kept = pending(session, document)
        set_fields(session, document, without_pending(value.fields, kept))
        restore_pending(session, document, kept)
        twins = same_papers(
            session,
            dossier,
            document,
            sha256=value.original.sha256,
            look=value.how.get("look"),
        )
        findings = (*value.findings, *twins)
        set_findings(session, STAGE, findings, dossier_id=dossier.id, document_id=document.id)
        session.flush()
        open_fields = select(func.count()).where(
            Field.document_id == document.id, Field.review == ReviewState.NEEDED
        )
        review = session.scalar(open_fields.select_from(Field)) or 0
        return Committed(
            review=review > 0,
            summary={
                "dossier": code,
                "document": document.id,
                "sha256": value.original.sha256,
                "archival": value.archival.sha256,
                "doc_type": value.doc_type,
                "pages": len(value.pages),
                "fields": len(value.fields),
                "to_review": review,
                "findings": len(findings),
            },
        )


def _numbered(name: str, count: int) -> str:
    """``name`` for the first, ``name (2)`` before the ending for the second, and so on."""
    if count == 1:
        return name
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem} ({count}){path.suffix}"))


def _plain(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _hash(file: InputFile, limits: Limits) -> str:
    """SHA-256 of the file, or empty when it cannot be read (the worker says why).

    Raises ``StillWritten`` when the file grows under our hands.
    """
    if file.size > limits.file_megabytes * 1_000_000:
        return ""
    if file.member:
        from sohoa_digitize.archive import read_member

        try:
            data = read_member(file.path, file.member, limits=limits, where=file.name)
        except SohoaError:
            return ""
        return hashlib.sha256(data).hexdigest()
    digest, size = hashlib.sha256(), 0
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
            after = os.fstat(stream.fileno())
    except OSError:
        return ""
    if size > file.size or after.st_size > size:
        raise StillWritten(where=file.name)
    return digest.hexdigest()
