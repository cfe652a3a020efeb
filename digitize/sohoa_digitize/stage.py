"""The stage ``digitize``: an inbox of scans becomes dossiers, documents, pages and fields.

The clerk's original goes into the vault byte for byte before anything else is tried. The
worker returns facts and vault hashes; the parent writes the records.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.errors import SohoaError
from sohoa_core.facts import FieldFact, FindingFact, PageFact, ReviewState, Role, Severity
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
from sohoa_digitize.errors import InputChanged, SeparatorAlone, StillWritten
from sohoa_digitize.findings import finding
from sohoa_digitize.listing import Listed, address, listed, numbered, read_listed
from sohoa_digitize.options import LATER, DigitizeOptions
from sohoa_digitize.parting import FoundSheet, Part, part
from sohoa_digitize.review import pending, restore_pending, without_pending
from sohoa_digitize.same_paper import same_papers
from sohoa_digitize.separators import Looked

STAGE = "digitize"
#: Columns of the manifest that speak of the whole dossier.
_OF_DOSSIER = ("procedure", "case", "agency", "received_on", "owner_name", "owner_id")


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
    from sohoa_digitize.work import digitize_file

    assert context.vault is not None
    name = payload["name"]
    data = read_listed(payload, limits=context.limits)
    wanted = payload["sha256"]
    if wanted and hashlib.sha256(data).hexdigest() != wanted:
        raise InputChanged(where=name)
    original = context.vault.put(data)
    pages = payload.get("pages")
    found = digitize_file(
        data,
        name=name,
        options=context.options,
        limits=context.limits,
        only=(pages[0], pages[1]) if pages else None,
    )
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
            **({"compressed": [p.plain() for p in found.compressed]} if found.compressed else {}),
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

    ``seen`` gives what :mod:`sohoa_digitize.separator_stage` saw: then the pile is parted at its
    separator sheets, which ``sheets`` lists. ``is_known`` tells which dossier codes of sheets
    count; without it all do.
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
        seen: Mapping[str, Looked] | None = None,
        is_known: Callable[[str], bool] | None = None,
    ) -> None:
        self.inbox = inbox.absolute()
        self.vault = vault
        self.limits = limits
        self.options = options
        self.settle = settle
        self.seen = seen
        self.is_known = is_known
        self.problems: tuple[SohoaError, ...] = ()
        self.sheets: tuple[FoundSheet, ...] = ()

    @property
    def source(self) -> str:
        """The inbox."""
        return address(self.inbox)

    @property
    def params(self) -> dict[str, Any]:
        """The options: every one of them changes the result.

        Options that came later are left out while they say what was always done, so that
        batches of earlier versions are found again.
        """
        plain = DigitizeOptions()
        given = {
            name: value
            for name, value in asdict(self.options).items()
            if name not in LATER or value != getattr(plain, name)
        }
        if self.seen is not None:
            given["separators"] = "known" if self.is_known is not None else "on"
        return given

    def tasks(self) -> Iterator[Task]:
        """One task a paper, in order of name; raises ``InputMissing`` without inbox."""
        problems: list[SohoaError] = []
        files = listed(self.inbox, limits=self.limits, settle=self.settle, problems=problems)
        parts: Iterator[Part]
        if self.seen is None:
            parts = (Part(one, None, 0, None) for one in files)
        else:
            parts = self._parted(list(files), problems)
        places: Counter[str] = Counter()
        heads: dict[str, dict[str, str]] = {}
        names: Counter[str] = Counter()
        for one in parts:
            names[one.name] += 1
            name = numbered(one.name, names[one.name])
            file = one.source.file
            whole = one.pages is None
            dossier = one.dossier or (file.dossier_code or "" if whole else one.own_dossier)
            places[dossier] += 1
            # What a row says of a pile is not said of each of its papers.
            row = dict(file.manifest or {}) if whole or one.dossier is None else {}
            # What is said of the dossier is taken from its first paper, whichever is done first.
            head = {key: row.get(key, "") for key in _OF_DOSSIER}
            if any(head.values()) or one.dossier is None:
                head = heads.setdefault(dossier, head)
            else:
                head = heads.get(dossier, head)
            more: dict[str, Any] = {}
            if one.pages is not None:
                more |= {"pages": list(one.pages), "of": one.of}
            if one.remarks:
                more["remarks"] = [list(remark) for remark in one.remarks]
            span = f"#{one.pages[0]}-{one.pages[1]}" if one.pages else ""
            yield Task(
                key=one.source.key + span,
                label=name,
                payload={
                    **one.source.payload,
                    "name": name,
                    "dossier": dossier,
                    "ordinal": places[dossier],
                    "head": head,
                    "manifest": row,
                    **more,
                },
            )
        self.problems = tuple(problems)

    def _parted(self, files: list[Listed], problems: list[SohoaError]) -> Iterator[Part]:
        assert self.seen is not None
        found = part(files, self.seen, is_known=self.is_known)
        self.sheets = found.sheets
        # A file that changed between the two listings waits for the next run.
        problems += [StillWritten(where=one.name) for one in found.unseen]
        problems += [
            SeparatorAlone(where=sheet.file, page=sheet.page, dossier=sheet.code or "?")
            for sheet in found.sheets
            if not sheet.papers
        ]
        yield from found.parts

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
            how=_range(payload),
        )
        archival = add_version(
            session,
            document,
            Role.ARCHIVAL,
            value.archival,
            media_type="application/pdf",
            made_by=STAGE,
            made_from=original,
            how={**value.how, **_range(payload)},
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
            pages=payload.get("pages"),
        )
        remarks = [finding(rule, **args) for rule, args in payload.get("remarks", ())]
        findings = (*value.findings, *remarks, *twins)
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
                **_sizes(value.how),
            },
        )


def _range(payload: dict[str, Any]) -> dict[str, Any]:
    """Which pages of its original a paper consists of; nothing for a whole file."""
    if not payload.get("pages"):
        return {}
    return {"pages": payload["pages"], "of": payload["of"]}


def _sizes(how: dict[str, Any]) -> dict[str, Any]:
    """Bytes of the images before and after, when smaller files were asked for."""
    if "compressed" not in how:
        return {}
    return {
        name: sum(page[name] for page in how["compressed"])
        for name in ("bytes_before", "bytes_after")
    }
