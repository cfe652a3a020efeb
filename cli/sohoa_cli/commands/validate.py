"""``sohoa validate``: dossiers against their procedures, with the law cited."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_cli.commands.validate_export import validate_export
from sohoa_cli.commands.validate_reports import kind_of, write_folder, write_report
from sohoa_core.errors import ExitCode, UsageError, most_serious
from sohoa_core.i18n import N_, _, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sohoa_core.workspace import Workspace
    from sohoa_validators.catalogue import Catalogue
    from sohoa_validators.reports.model import ReportDossier


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "validate",
        help=N_(
            "Check every dossier against its procedure: what is missing, wrong or doubtful.\n\n"
            "Each finding cites its legal basis and says how well that is established. Exit code "
            "4 when a dossier breaks its procedure's schema.\n\n"
            "With --from, dossiers are read from the JSON or CSV exports of another system "
            "instead of the workspace; nothing is recorded then."
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
        report: Annotated[
            Path | None,
            typer.Option(
                "--report",
                help=N_("Write a report; the ending says which: .html, .csv, .sarif, .json."),
            ),
        ] = None,
        report_dir: Annotated[
            Path | None,
            typer.Option("--report-dir", help=N_("Write one HTML page a dossier into a folder.")),
        ] = None,
        source: Annotated[
            Path | None,
            typer.Option("--from", help=N_("Check exports (JSON, CSV) in a folder or file.")),
        ] = None,
        mapping: Annotated[
            Path | None,
            typer.Option(
                "--mapping", "-m", help=N_("The mapping file, or the name of a shipped one.")
            ),
        ] = None,
        executor: shared.ExecutorOption = None,
        workers: shared.WorkersOption = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_core.clock import today
        from sohoa_validators.stage import ValidateOptions, ValidateStage, catalogue_of

        try:
            day = date.fromisoformat(on) if on else today()
        except ValueError as error:
            raise UsageError(where="--on", detail="2026-11-21") from error
        if (source is None) != (mapping is None):
            raise UsageError(where="--mapping", detail="--from + --mapping")
        if source is not None and mapping is not None:
            if report_dir is not None or dossier is not None:
                raise UsageError(where="--from", detail="--report FILE")
            return validate_export(
                run,
                source,
                mapping,
                on=day,
                schemas=tuple(schemas or ()),
                report=report,
                workers=workers,
                executor=executor,
                dry_run=dry_run,
            )
        if report is not None:
            kind_of(report)
        with shared.workspace(workspace, batch__executor=executor, batch__workers=workers) as space:
            if report is not None and kind_of(report) == ".html":
                _refuse_several(space, dossier)
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
            shown = _Shown(run)
            catalogue = catalogue_of(tuple(schemas or ()))
            _report(space, shown, catalogue, dossier, report, report_dir)
        shown.finish()
        return most_serious([code, *([ExitCode.SCHEMA_BROKEN] if shown.broken else [])])


def _refuse_several(space: Workspace, dossier: str | None) -> None:
    """A page shows one dossier."""
    from sqlalchemy import func, select

    from sohoa_core.records import Dossier

    query = select(func.count()).select_from(Dossier)
    if dossier is not None:
        query = query.where(Dossier.code == dossier)
    with space.store.read() as session:
        count = session.scalar(query)
    if count != 1:
        raise UsageError(
            where="--report",
            detail=N_("a page shows one dossier: add --dossier, or use --report-dir"),
        )


def _report(
    space: Workspace,
    shown: _Shown,
    catalogue: Catalogue,
    dossier: str | None,
    report: Path | None,
    report_dir: Path | None,
) -> None:
    """Show what is recorded and write the report files, reading every dossier once for each."""
    from sohoa_validators.reports.from_records import report_dossiers, with_pictures

    limits = space.loaded.settings.item_limits()
    with space.store.read() as session, space.store.read() as pictures:

        def draw(found: ReportDossier) -> ReportDossier:
            return with_pictures(found, pictures, space.vault, limits=limits)

        def seen() -> Iterator[ReportDossier]:
            for found in report_dossiers(session, catalogue, dossier=dossier):
                shown.add(found)
                yield found

        if report_dir is not None:
            count = write_folder(report_dir, seen(), catalogue, draw)
            shown.run.out.note(
                _("{count} pages written to {folder}.").format(count=count, folder=report_dir)
            )
        elif report is None:
            for _found in seen():
                pass
        if report is not None:
            every = (
                seen()
                if report_dir is None
                else report_dossiers(session, catalogue, dossier=dossier)
            )
            write_report(report, every, catalogue, draw)
            shown.run.out.note(_("Report: {path}").format(path=report))


class _Shown:
    """Shows dossier after dossier and counts; holds nothing else."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.counts: Counter[str] = Counter()

    @property
    def broken(self) -> bool:
        """Whether a dossier breaks its procedure's schema."""
        return self.counts["error"] > 0

    def add(self, dossier: ReportDossier) -> None:
        """Show one dossier."""
        self.counts.update(finding.severity.value for finding in dossier.findings)
        if self.run.as_json:
            self._records(dossier)
        elif not self.run.out.quiet:
            self._lines(dossier)

    def _records(self, dossier: ReportDossier) -> None:
        for finding in dossier.ordered():
            self.run.out.record(
                "sohoa.finding/1",
                dossier=dossier.code,
                document=dossier.name_of(finding.document) or None,
                rule=finding.rule,
                severity=finding.severity.value,
                message=finding.message,
                args=finding.args,
                basis=finding.basis,
                verified=finding.verified,
                field=finding.field_name,
                page=finding.page,
                box=finding.box,
            )
        for verdict in dossier.verdicts:
            self.run.out.record(
                "sohoa.verdict/1",
                dossier=dossier.code,
                document=dossier.name_of(verdict.document) or None,
                question=verdict.question,
                answer=verdict.answer,
                branch=verdict.branch,
                on=verdict.on,
                basis=verdict.basis,
                args=verdict.args,
            )

    def _lines(self, dossier: ReportDossier) -> None:
        from sohoa_validators.reports.model import SEVERITIES
        from sohoa_validators.wording import say

        out = self.run.out
        headed = False
        for finding in dossier.ordered():
            if finding.severity == "info" and not self.run.verbose:
                continue
            if not headed:
                out.line()
                out.line(_("Dossier {code}").format(code=dossier.code))
                headed = True
            name = dossier.name_of(finding.document)
            place = f"{name}: " if name else ""
            said = say(finding.message, finding.args)
            out.line(f"  {translate(SEVERITIES[finding.severity])}  {place}{said}")
            if finding.basis:
                marks = {"secondary": _("secondary source"), "unverified": _("not verified")}
                sure = marks.get(finding.verified)
                out.line(f"      {finding.basis}" + (f" ({sure})" if sure else ""))

    def finish(self) -> None:
        """The line that counts."""
        self.run.out.line()
        self.run.out.line(
            _("{errors} errors, {reviews} to review, {warnings} warnings.").format(
                errors=self.counts["error"],
                reviews=self.counts["review"],
                warnings=self.counts["warning"],
            )
        )
