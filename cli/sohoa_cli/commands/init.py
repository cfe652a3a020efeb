"""``sohoa init``: make a workspace, or bring an older one up to date."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_core.errors import ExitCode
from sohoa_core.i18n import N_, _


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "init",
        help=N_(
            "Make a workspace: a folder with settings, records and the vault.\n\n"
            "In an existing workspace of an older version, back up the records and upgrade them."
        ),
    )
    def init(
        run: Run,
        folder: Annotated[Path, typer.Argument(help=N_("The folder; made when missing."))] = Path(),
        agency_code: Annotated[
            str, typer.Option("--agency-code", help=N_("Agency code of the office."))
        ] = "",
        agency_name: Annotated[
            str, typer.Option("--agency-name", help=N_("Name of the office, as it signs."))
        ] = "",
        officer_name: Annotated[
            str, typer.Option("--officer", help=N_("Name of the officer who digitizes."))
        ] = "",
        store_url: Annotated[
            str,
            typer.Option("--store", help=N_("Database URL; SQLite in the folder by default.")),
        ] = "",
    ) -> ExitCode:
        from sohoa_core import workspace
        from sohoa_core.errors import SafetyRefusal

        if re.search(r"://[^/@]*:[^/@]+@", store_url):
            raise SafetyRefusal(
                where="--store", detail=N_("a password on the command line can be read by others")
            )
        made = workspace.create(
            folder,
            store_url=store_url,
            agency_code=agency_code,
            agency_name=agency_name,
            officer_name=officer_name,
        )
        run.out.record(
            "sohoa.init/1",
            workspace=str(made.root),
            created=made.created,
            upgraded_from=made.upgraded_from,
            backup=str(made.backup) if made.backup else None,
        )
        if made.created:
            run.out.line(_("Workspace made: {folder}").format(folder=made.root))
            run.out.line(
                _("Next: sohoa digitize INBOX --workspace {folder}").format(folder=made.root)
            )
        elif made.upgraded_from:
            run.out.line(
                _(
                    "Workspace upgraded from schema {old}; the records were copied to {backup}"
                ).format(old=made.upgraded_from, backup=made.backup)
            )
        else:
            run.out.line(
                _("The workspace is there already and up to date: {folder}").format(
                    folder=made.root
                )
            )
        return ExitCode.DONE
