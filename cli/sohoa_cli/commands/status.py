"""``sohoa status``: how far the batches are and what needs a person; works while one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_cli.stored_errors import reason_of
from sohoa_core.errors import ExitCode
from sohoa_core.i18n import N_, _, translate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_STATES = {
    "listing": N_("being listed"),
    "running": N_("running"),
    "stopped": N_("stopped; the same command resumes it"),
    "done": N_("done"),
}
_STAGES = {
    "separate": N_("Separator sheets"),
    "digitize": N_("Digitize"),
    "sign": N_("Sign"),
    "validate": N_("Validate"),
    "migrate": N_("Migrate"),
}


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "status",
        help=N_("What is in the workspace, how far batches are, and what needs a person."),
    )
    def status(
        run: Run,
        limit: Annotated[
            int, typer.Option("--limit", min=1, help=N_("How many failures and reviews to list."))
        ] = 20,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        with shared.workspace(workspace) as space, space.store.read() as session:
            counts = _counts(session)
            batches = _batches(session)
            failures = _failures(session, limit)
            reviews = _reviews(session, limit)
            root = space.root
        run.out.record("sohoa.status/1", workspace=str(root), **counts)
        for batch in batches:
            run.out.record("sohoa.status.batch/1", **batch)
        for failure in failures:
            run.out.record("sohoa.status.failure/1", **failure)
        for review in reviews:
            run.out.record("sohoa.status.review/1", **review)
        if run.as_json:
            return ExitCode.DONE
        run.out.line(_("Workspace: {folder}").format(folder=root))
        run.out.line(
            _("{dossiers} dossiers, {documents} documents, {pages} pages, {signed} signed.").format(
                **counts
            )
        )
        run.out.line(
            _("Need a person: {review_fields} values in {review_documents} documents.").format(
                **counts
            )
        )
        if counts["questions"] or counts["addresses"]:
            run.out.line(
                _("Questions for a person: {questions} findings, {addresses} addresses.").format(
                    **counts
                )
            )
        if batches:
            run.out.line()
            run.out.table(
                [
                    _("Stage"),
                    _("State"),
                    _("Done"),
                    _("Review"),
                    _("Failed"),
                    _("Left"),
                    _("Source"),
                ],
                [
                    (
                        _(_STAGES.get(batch["stage"], batch["stage"])),
                        _(_STATES.get(batch["state"], batch["state"])),
                        batch["done"],
                        batch["review"],
                        batch["failed"],
                        batch["left"],
                        batch["source"],
                    )
                    for batch in batches
                ],
            )
        if failures:
            run.out.line()
            run.out.line(_("Failed:"))
            for failure in failures:
                run.out.line(f"  {_short(failure['item'], 100)}: {reason_of(failure['error'])}")
        if reviews:
            from sohoa_digitize.extract.reasons import MESSAGES

            reasons = {str(code): text for code, text in MESSAGES.items()}
            run.out.line()
            run.out.line(_("Values that a person should look at:"))
            run.out.table(
                [_("Document"), _("Field"), _("Read as"), _("Confidence"), _("Why")],
                [
                    (
                        _short(review["document"]),
                        review["field"],
                        _short(review["value"]),
                        f"{review['confidence']:.2f}",
                        translate(reasons.get(review["reason"], review["reason"] or "")),
                    )
                    for review in reviews
                ],
            )
        return ExitCode.DONE


def _counts(session: Session) -> dict[str, int]:
    from sqlalchemy import distinct, func, select

    from sohoa_core.records import (
        Document,
        Dossier,
        Field,
        Finding,
        Page,
        PartyAddress,
        SignatureRecord,
        Version,
    )

    needed = Field.review == "needed"
    signed = select(func.count(distinct(Version.document_id))).join(
        SignatureRecord, SignatureRecord.version_id == Version.id
    )
    return {
        "dossiers": session.scalar(select(func.count()).select_from(Dossier)) or 0,
        "documents": session.scalar(select(func.count()).select_from(Document)) or 0,
        "pages": session.scalar(select(func.count()).select_from(Page)) or 0,
        "signed": session.scalar(signed) or 0,
        "review_fields": session.scalar(select(func.count()).where(needed).select_from(Field)) or 0,
        "review_documents": session.scalar(
            select(func.count(distinct(Field.document_id))).where(needed)
        )
        or 0,
        "questions": session.scalar(
            select(func.count()).where(Finding.severity == "review").select_from(Finding)
        )
        or 0,
        "addresses": session.scalar(
            select(func.count()).where(PartyAddress.review == "needed").select_from(PartyAddress)
        )
        or 0,
    }


def _batches(session: Session) -> list[dict[str, Any]]:
    from sqlalchemy import func, select

    from sohoa_core.records import Batch, BatchItem

    counts: dict[str, dict[str, int]] = {}
    for batch_id, state, count in session.execute(
        select(BatchItem.batch_id, BatchItem.state, func.count()).group_by(
            BatchItem.batch_id, BatchItem.state
        )
    ):
        counts.setdefault(batch_id, {})[state] = count
    found = []
    for batch in session.scalars(select(Batch).order_by(Batch.id)):
        states = counts.get(batch.id, {})
        found.append(
            {
                "batch": batch.id,
                "stage": batch.stage,
                "source": batch.source,
                "state": batch.state,
                "runs": batch.runs,
                "done": states.get("done", 0),
                "review": states.get("review", 0),
                "failed": states.get("failed", 0),
                "left": states.get("queued", 0) + states.get("running", 0),
            }
        )
    return found


def _failures(session: Session, limit: int) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from sohoa_core.records import Batch, BatchItem

    rows = session.execute(
        select(Batch.stage, BatchItem.label, BatchItem.error)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.state == "failed")
        .order_by(BatchItem.batch_id, BatchItem.ordinal)
        .limit(limit)
    )
    return [{"stage": row.stage, "item": row.label, "error": row.error} for row in rows]


def _reviews(session: Session, limit: int) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from sohoa_core.records import Document, Field

    rows = session.execute(
        select(Document.name, Field.name, Field.value, Field.confidence, Field.reason)
        .join(Field, Field.document_id == Document.id)
        .where(Field.review == "needed")
        .order_by(Field.confidence, Document.name, Field.name)
        .limit(limit)
    )
    return [
        {
            "document": row[0],
            "field": row[1],
            "value": row[2],
            "confidence": row[3],
            "reason": row[4],
        }
        for row in rows
    ]


def _short(text: str, width: int = 60) -> str:
    """The end of a long name or value: what tells names apart stands there."""
    return text if len(text) <= width else "…" + text[1 - width :]
