"""``sohoa validate``: dossiers against their procedures, with the law cited."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, UsageError, most_serious
from sohoa_core.i18n import N_, _

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SEVERITIES = {
    "error": N_("ERROR"),
    "warning": N_("warning"),
    "review": N_("to review"),
    "info": N_("note"),
}
_ORDER = {"error": 0, "review": 1, "warning": 2, "info": 3}


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "validate",
        help=N_(
            "Check every dossier against its procedure: what is missing, wrong or doubtful.\n\n"
            "Each finding cites its legal basis and says how well that is established. Exit code "
            "4 when a dossier breaks its procedure's schema."
        ),
    )
    def validate(
        run: Run,
        on: Annotated[
            str | None,
            typer.Option("--on", metavar="DATE", help=N_("Judge as of this day (ISO 8601).")),
        ] = None,
        schemas: Annotated[
            list[Path] | None,
            typer.Option("--schemas", help=N_("Folder with your own procedure schemas.")),
        ] = None,
        dossier: Annotated[
            str | None, typer.Option("--dossier", help=N_("Only the dossier with this code."))
        ] = None,
        executor: shared.ExecutorOption = None,
        workers: shared.WorkersOption = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_core.clock import today
        from sohoa_validators.stage import ValidateOptions, ValidateStage

        try:
            day = date.fromisoformat(on) if on else today()
        except ValueError as error:
            raise UsageError(where="--on", detail="2026-11-21") from error
        with shared.workspace(workspace, batch__executor=executor, batch__workers=workers) as space:
            stage = ValidateStage(
                space.store,
                limits=space.loaded.settings.item_limits(),
                options=ValidateOptions(day, tuple(schemas or ())),
                dossier=dossier,
            )
            code, result = shared.run_batch(
                run, space, stage, title=_("Validate"), dry_run=dry_run, cheap=True
            )
            if result is None:
                return code
            with space.store.read() as session:
                rows = findings(session, dossier)
                judged = verdicts(session, dossier)
        for row in rows:
            run.out.record("sohoa.finding/1", **row)
        for row in judged:
            run.out.record("sohoa.verdict/1", **row)
        _show(run, rows)
        broken = {row["dossier"] for row in rows if row["severity"] == "error"}
        return most_serious([code, *([ExitCode.SCHEMA_BROKEN] if broken else [])])


def _show(run: Run, rows: list[dict[str, Any]]) -> None:
    from sohoa_validators.wording import say

    if run.as_json:
        return
    current = None
    for row in rows:
        if run.out.quiet or (row["severity"] == "info" and not run.verbose):
            continue
        if row["dossier"] != current:
            current = row["dossier"]
            run.out.line()
            run.out.line(_("Dossier {code}").format(code=current))
        place = f"{row['document']}: " if row["document"] else ""
        run.out.line(
            f"  {_(_SEVERITIES[row['severity']])}  {place}{say(row['message'], row['args'])}"
        )
        if row["basis"]:
            marks = {"secondary": _("secondary source"), "unverified": _("not verified")}
            sure = marks.get(row["verified"])
            run.out.line(f"      {row['basis']}" + (f" ({sure})" if sure else ""))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["severity"]] = counts.get(row["severity"], 0) + 1
    run.out.line()
    run.out.line(
        _("{errors} errors, {reviews} to review, {warnings} warnings.").format(
            errors=counts.get("error", 0),
            reviews=counts.get("review", 0),
            warnings=counts.get("warning", 0),
        )
    )


def findings(session: Session, dossier: str | None = None) -> list[dict[str, Any]]:
    """The recorded findings of the validation, gravest first in each dossier."""
    from sqlalchemy import select

    from sohoa_core.records import Document, Dossier, Finding

    query = (
        select(Finding, Dossier.code, Document.name)
        .join(Dossier, Finding.dossier_id == Dossier.id)
        .outerjoin(Document, Finding.document_id == Document.id)
        .where(Finding.stage == "validate")
    )
    if dossier is not None:
        query = query.where(Dossier.code == dossier)
    rows = [
        {
            "dossier": code,
            "document": name,
            "rule": finding.rule,
            "severity": finding.severity,
            "message": finding.message,
            "args": finding.args,
            "basis": finding.basis,
            "verified": finding.verified,
            "field": finding.field_name,
            "page": finding.page,
            "box": finding.box,
        }
        for finding, code, name in session.execute(query)
    ]
    return sorted(
        rows, key=lambda r: (r["dossier"], _ORDER[r["severity"]], r["document"] or "", r["rule"])
    )


def verdicts(session: Session, dossier: str | None = None) -> list[dict[str, Any]]:
    """The recorded verdicts of the validation."""
    from sqlalchemy import select

    from sohoa_core.records import Document, Dossier, Verdict

    query = (
        select(Verdict, Dossier.code, Document.name)
        .join(Dossier, Verdict.dossier_id == Dossier.id)
        .outerjoin(Document, Verdict.document_id == Document.id)
        .where(Verdict.stage == "validate")
        .order_by(Dossier.code, Document.name, Verdict.question)
    )
    if dossier is not None:
        query = query.where(Dossier.code == dossier)
    return [
        {
            "dossier": code,
            "document": name,
            "question": verdict.question,
            "answer": verdict.answer,
            "branch": verdict.branch,
            "on": verdict.on_date,
            "basis": verdict.basis,
            "args": verdict.args,
        }
        for verdict, code, name in session.execute(query)
    ]
