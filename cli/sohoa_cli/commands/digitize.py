"""``sohoa digitize``: an inbox of scans into searchable PDF/A, text and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_cli.stored_errors import reason_of
from sohoa_core.errors import ExitCode, SafetyRefusal, UsageError, most_serious
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_core.workspace import Workspace
    from sohoa_digitize.separators import Looked

_REPORTS = (".html", ".csv", ".json")


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "digitize",
        help=N_(
            "Digitize every scan of an inbox: searchable PDF/A, text, fields with confidence.\n\n"
            "One folder a dossier, or a manifest.csv, or separator sheets. The same command again "
            "resumes: nothing is lost, nothing is done twice. Uncertain values are marked for a "
            "person."
        ),
    )
    def digitize(
        run: Run,
        inbox: Annotated[Path, typer.Argument(help=N_("Folder with scans (or a single file)."))],
        engine: Annotated[
            str | None,
            typer.Option(
                "--engine",
                metavar="auto|sohoa|tesseract|both",
                help=N_("Who reads: our reader, Tesseract, both, or ours with its vote (auto)."),
            ),
        ] = None,
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
        separators: Annotated[
            bool | None,
            typer.Option(
                "--separators/--no-separators",
                help=N_("Part piles of paper at separator sheets (`sohoa samples separator`)."),
            ),
        ] = None,
        compress: Annotated[
            bool | None,
            typer.Option(
                "--compress/--no-compress",
                help=N_("Smaller archival files; what is lost is measured and stated."),
            ),
        ] = None,
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
            digitize__engine=engine,
            digitize__language=language,
            digitize__tessdata=tessdata,
            digitize__compress=compress,
            batch__executor=executor,
            batch__workers=workers,
        ) as space:
            section = space.loaded.settings.digitize
            limits = space.loaded.settings.item_limits()
            sheets = section.separators != "off" if separators is None else separators
            codes: list[ExitCode] = []
            seen: Mapping[str, Looked] | None = None
            if sheets:
                looked, seen = _look_for_sheets(
                    run, space, inbox, settle=settle, dry_run=dry_run, retry_failed=retry_failed
                )
                codes.append(looked)
            stage = DigitizeStage(
                inbox,
                vault=space.vault,
                limits=limits,
                options=DigitizeOptions(
                    engine=section.engine,
                    lang=section.language,
                    tessdata=section.tessdata or None,
                    dpi_floor=section.dpi_floor,
                    review_below=section.review_below,
                    compress=section.compress_quality if section.compress else 0,
                ),
                settle=settle,
                seen=seen,
                is_known=_known_in(space) if sheets and section.separators == "known" else None,
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
        for sheet in stage.sheets:
            run.out.record("sohoa.digitize.separator/1", **asdict(sheet))
        if stage.sheets:
            run.out.line(
                _("{sheets} separator sheets, {papers} papers behind them.").format(
                    sheets=len(stage.sheets), papers=sum(sheet.papers for sheet in stage.sheets)
                )
            )
        for problem in stage.problems:
            run.out.error(problem)
        if stage.problems and code == ExitCode.DONE:
            code = ExitCode.SOME_FAILED
        if result is not None and result.review:
            run.out.note(_("`sohoa review list` names the values that a person should look at."))
        return most_serious([code, *codes])


def _look_for_sheets(
    run: Run, space: Workspace, inbox: Path, *, settle: float, dry_run: bool, retry_failed: bool
) -> tuple[ExitCode, Mapping[str, Looked]]:
    """Look through the pile first; a plan looks too, and writes nothing."""
    from sohoa_core.batch.executors import make_executor
    from sohoa_digitize.separator_stage import SeparateStage, look_without_records, seen_in

    stage = SeparateStage(inbox, limits=space.loaded.settings.item_limits(), settle=settle)
    if dry_run:
        section = space.loaded.settings.batch
        executor = make_executor(
            section.executor, workers=section.workers, dask_address=section.dask_address
        )
        with space.store.read() as session:
            seen = seen_in(session, stage.source)
        return ExitCode.DONE, look_without_records(stage, seen, executor)
    code, _result = shared.run_batch(
        run, space, stage, title=_("Separator sheets"), retry_failed=retry_failed
    )
    with space.store.read() as session:
        return code, seen_in(session, stage.source)


def _known_in(space: Workspace) -> Callable[[str], bool]:
    """Whether the records held a dossier of that code before this run."""
    from sqlalchemy import select

    from sohoa_core.records import Dossier

    with space.store.read() as session:
        known = frozenset(session.scalars(select(Dossier.code)))
    return known.__contains__


def _check_report(path: Path) -> None:
    """Refuse before hours of work what would be refused after them."""
    if path.suffix.lower() not in _REPORTS:
        raise UsageError(where="--report", detail=".html | .csv | .json")
    if path.exists():
        raise SafetyRefusal(where=str(path), detail=N_("another file has this name"))
    if not path.absolute().parent.is_dir():
        raise UsageError(where=str(path), detail=N_("the folder does not exist"))


def _write_report(run: Run, space: Workspace, batch_id: str, path: Path) -> None:
    from sohoa_digitize.batch_report import as_csv, as_html, as_json, gather

    with space.store.read() as session:
        found = gather(session, batch_id)
    kind = path.suffix.lower()
    if kind == ".html":
        from sohoa_digitize.failed_pictures import failed_pictures

        pictures = failed_pictures(
            (row.original for row in found.rows if row.state == "failed"),
            vault=space.vault,
            limits=space.loaded.settings.item_limits(),
        )
        data = as_html(
            found, space.vault, lang=active(), reason_of=reason_of, failed_pictures=pictures
        )
    elif kind == ".csv":
        data = as_csv(found, reason_of=reason_of)
    else:
        data = as_json(found)
    try:
        with path.open("xb") as stream:
            stream.write(data)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise SafetyRefusal(where=str(path), detail=detail) from error
    run.out.note(_("Report: {file}").format(file=path))
