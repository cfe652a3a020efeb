"""``sohoa config``: every setting and where its value came from."""

from __future__ import annotations

import re
from typing import Any

import typer

from sohoa_cli.app import Run, command, group
from sohoa_cli.commands.shared import WorkspaceOption
from sohoa_core.errors import ExitCode
from sohoa_core.i18n import N_, _


def register(top: typer.Typer) -> None:
    """Add the commands."""
    config = group("config", help=N_("Settings and where they come from."))
    top.add_typer(config)

    @command(config, "show", help=N_("List every setting with its value and origin."))
    def show(run: Run, workspace: WorkspaceOption = None) -> ExitCode:
        from sohoa_core import settings
        from sohoa_core.store_errors import NoWorkspace
        from sohoa_core.workspace import find

        try:
            root = find(workspace)
        except NoWorkspace:
            if workspace is not None:
                raise
            root = None
        rows = settings.load(root).rows()
        rows = [(name, _masked(value), origin) for name, value, origin in rows]
        for name, value, origin in rows:
            run.out.record("sohoa.setting/1", name=name, value=value, origin=origin)
        run.out.table(
            [_("Setting"), _("Value"), _("From")],
            [(name, _plain(value), origin) for name, value, origin in rows],
        )
        return ExitCode.DONE


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _masked(value: Any) -> Any:
    """An address without its password."""
    return re.sub(r"(://[^/@:]*:)[^/@]+@", r"\1***@", value) if isinstance(value, str) else value
