"""``sohoa export``: write the newest files out of the vault under names that people know."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode
from sohoa_core.i18n import N_, _

_ROLES = ("agency_signed", "officer_signed", "archival", "migrated", "original")
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
}


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "export",
        help=N_(
            "Write the newest version of every document into a folder.\n\n"
            "One folder a dossier; every file is checked against its SHA-256 on the way. Files "
            "that are there already with the same bytes are left alone; others are never "
            "overwritten."
        ),
    )
    def export(
        run: Run,
        folder: Annotated[Path, typer.Argument(help=N_("The folder to write into."))],
        dossier: Annotated[
            str | None, typer.Option("--dossier", help=N_("Only the dossier with this code."))
        ] = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sqlalchemy import select

        from sohoa_core.errors import SafetyRefusal
        from sohoa_core.records import Document, Dossier, Item

        written = 0
        with shared.workspace(workspace) as space, space.store.read() as session:
            rows = select(Dossier, Document).join(Item, Item.dossier_id == Dossier.id)
            rows = rows.join(Document, Document.item_id == Item.id)
            if dossier is not None:
                rows = rows.where(Dossier.code == dossier)
            for record, document in session.execute(rows.order_by(Dossier.code, Item.ordinal)):
                version = document.newest(*_ROLES)
                if version is None:
                    continue
                stem = Path(document.name).stem
                name = safe_name(stem) + _ENDINGS.get(version.media_type, ".bin")
                target = folder / safe_name(record.code) / name
                run.out.record(
                    "sohoa.export.item/1",
                    dossier=record.code,
                    document=document.name,
                    role=version.role,
                    sha256=version.sha256,
                    path=str(target),
                    dry_run=dry_run,
                )
                run.out.line(f"{target}  ({version.role})")
                if dry_run:
                    continue
                data = space.vault.get(version.sha256)
                if target.exists():
                    if target.read_bytes() == data:
                        continue
                    raise SafetyRefusal(where=str(target), detail=N_("another file has this name"))
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as stream:
                    stream.write(data)
                written += 1
        run.out.note(_("{count} files written.").format(count=written))
        return ExitCode.DONE


def safe_name(text: str) -> str:
    """``text`` as a file name that no system misreads: NFC, no separators, not hidden."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]', "_", text).strip(" .")
    return (text or "_")[:120]
