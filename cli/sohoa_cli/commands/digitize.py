"""``sohoa digitize``: an inbox of scans into searchable PDF/A, text and fields."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, most_serious
from sohoa_core.i18n import N_, _


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
        retry_failed: shared.RetryOption = False,
        executor: shared.ExecutorOption = None,
        workers: shared.WorkersOption = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize.options import DigitizeOptions
        from sohoa_digitize.stage import DigitizeStage

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
            )
            code, result = shared.run_batch(
                run,
                space,
                stage,
                title=_("Digitize"),
                dry_run=dry_run,
                retry_failed=retry_failed,
            )
        for problem in stage.problems:
            run.out.error(problem)
        if stage.problems and code == ExitCode.DONE:
            code = ExitCode.SOME_FAILED
        if result is not None and result.review:
            run.out.note(_("`sohoa status` lists the values that a person should look at."))
        return most_serious([code])
