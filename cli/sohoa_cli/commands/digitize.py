"""``sohoa digitize``: an inbox of scans into searchable PDF/A, text and fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, SafetyRefusal, UsageError, most_serious
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_core.workspace import Workspace

_REPORTS = (".html", ".csv", ".json")


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "digitize",
        help=N_(
            "Digitize every scan of an inbox: searchable PDF/A, text, fields with confidence.\n\n"
            "One folder a dossier, or a manifest.csv. The same command again resumes: nothing is "
            "lost, nothing is done twice. Uncertain values are marked for a person."
        ),
    )
    def digitize(
        run: Run,
        inbox: Annotated[Path, typer.Argument(help=N_("Folder with scans (or a single file)."))],
        language: Annotated[
            str | None,
            typer.Option("--language", help=N_("Recognition model, such as vie or vie+eng.")),
        ] = None,
        tessdata: Annotated[
            str | None, typer.Option("--tessdata", help=N_("Folder of other recognition models."))
        ] = None,
        settle: Annotated[
            float,
            typer.Option(
                "--settle",
                min=0,
                max=86400,
                metavar="SECONDS",
                help=N_("Leave files that changed so recently to the next run (busy scanners)."),
            ),
        ] = 0.0,
        report: Annotated[
            Path | None,
            typer.Option("--report", help=N_("Write a report: FILE.html, FILE.csv or FILE.json.")),
        ] = None,
        retry_failed: shared.RetryOption = False,
        executor: shared.ExecutorOption = None,
        workers: shared.WorkersOption = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize.options import DigitizeOptions
        from sohoa_digitize.stage import DigitizeStage

        if report is not None:
            _check_report(report)
        with shared.workspace(
            workspace,
            digitize__language=language,
            digitize__tessdata=tessdata,
            batch__executor=executor,
            batch__workers=workers,
        ) as space:
            section = space.loaded.settings.digitize
            stage = DigitizeStage(
                inbox,
                vault=space.vault,
                limits=space.loaded.settings.item_limits(),
                options=DigitizeOptions(
                    lang=section.language,
                    tessdata=section.tessdata or None,
                    dpi_floor=section.dpi_floor,
                    review_below=section.review_below,
                ),
                settle=settle,
            )
            code, result = shared.run_batch(
                run,
                space,
                stage,
                title=_("Digitize"),
                dry_run=dry_run,
                retry_failed=retry_failed,
            )
            if report is not None and result is not None:
                _write_report(run, space, result.batch_id, report)
        for problem in stage.problems:
            run.out.error(problem)
        if stage.problems and code == ExitCode.DONE:
            code = ExitCode.SOME_FAILED
        if result is not None and result.review:
            run.out.note(_("`sohoa review list` names the values that a person should look at."))
        return most_serious([code])


def _check_report(path: Path) -> None:
    """Refuse before hours of work what would be refused after them."""
    if path.suffix.lower() not in _REPORTS:
        raise UsageError(where="--report", detail=".html | .csv | .json")
    if path.exists():
        raise SafetyRefusal(where=str(path), detail=N_("another file has this name"))
    if not path.absolute().parent.is_dir():
        raise UsageError(where=str(path), detail=N_("the folder does not exist"))


def _write_report(run: Run, space: Workspace, batch_id: str, path: Path) -> None:
    from sohoa_cli.commands.status import _reason
    from sohoa_digitize.batch_report import as_csv, as_html, as_json, gather

    with space.store.read() as session:
        found = gather(session, batch_id)
    kind = path.suffix.lower()
    if kind == ".html":
        data = as_html(found, space.vault, lang=active(), reason_of=_reason)
    elif kind == ".csv":
        data = as_csv(found, reason_of=_reason)
    else:
        data = as_json(found)
    try:
        with path.open("xb") as stream:
            stream.write(data)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise SafetyRefusal(where=str(path), detail=detail) from error
    run.out.note(_("Report: {file}").format(file=path))
