"""``sohoa samples``: invent dossiers, print and "scan" them, for trials and measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command, group
from sohoa_core.errors import ExitCode, UsageError
from sohoa_core.i18n import N_, _


def register(top: typer.Typer) -> None:
    """Add the commands."""
    samples = group("samples", help=N_("Invented dossiers for trials and measurements."))
    top.add_typer(samples)

    @command(
        samples,
        "make",
        help=N_(
            "Invent dossiers, print their papers and scan them, with the exact text as truth.\n\n"
            "The same seed gives the same bytes. All persons, numbers and seals are invented."
        ),
    )
    def make(
        run: Run,
        folder: Annotated[Path, typer.Argument(help=N_("The folder to write into."))],
        dossiers: Annotated[
            int, typer.Option("--dossiers", min=1, max=100_000, help=N_("How many dossiers."))
        ] = 5,
        seed: Annotated[int, typer.Option("--seed", min=0, help=N_("Seed of the chance."))] = 1,
        level: Annotated[
            str,
            typer.Option(
                "--level", metavar="clean|office|rough", help=N_("How bad the scanner is.")
            ),
        ] = "office",
    ) -> ExitCode:
        from sohoa_core.errors import SafetyRefusal
        from sohoa_samples import generator

        if level not in ("clean", "office", "rough"):
            raise UsageError(where="--level", detail="clean | office | rough")
        if folder.exists() and any(folder.iterdir()):
            raise SafetyRefusal(where=str(folder), detail=N_("the folder is not empty"))
        made = generator.make(folder, dossiers=dossiers, seed=seed, level=level)
        run.out.record(
            "sohoa.samples/1",
            folder=str(folder),
            dossiers=made.dossiers,
            documents=made.papers,
            pages=made.pages,
            seed=seed,
            level=level,
        )
        run.out.line(
            _(
                "{dossiers} dossiers with {documents} documents and {pages} pages in {folder}"
            ).format(
                dossiers=made.dossiers,
                documents=made.papers,
                pages=made.pages,
                folder=folder,
            )
        )
        return ExitCode.DONE
