"""``sohoa export``: write the newest files out of the vault under names that people know."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, SafetyRefusal, UsageError
from sohoa_core.i18n import N_, _

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from sohoa_core.records import Document
    from sohoa_core.vault import Vault

_ROLES = ("agency_signed", "officer_signed", "archival", "migrated", "original")
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/jp2": ".jp2",
    "image/webp": ".webp",
}
#: What can be written beside each file: the role it is made of, and the ending.
_BESIDE = {
    "text": ("text", ".txt"),
    "alto": ("layout", ".alto.xml"),
    "layout": ("layout", ".layout.json"),
}
#: Bytes of a name; file systems take 255, and endings and numbers come behind it.
_LONGEST = 180
#: Names that Windows keeps for devices, whatever their ending.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")


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
        beside: Annotated[
            str | None,
            typer.Option(
                "--with",
                metavar="text,alto,layout",
                help=N_("What to write beside each file: plain text, ALTO XML, words and places."),
            ),
        ] = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        kinds = _kinds(beside)
        written = 0
        with shared.workspace(workspace) as space, space.store.read() as session:
            for place in _places(session):
                if dossier is not None and place.dossier != dossier:
                    continue
                for one in _files(place, space.vault, kinds):
                    target = folder / place.folder / one.name
                    run.out.record(
                        "sohoa.export.item/1",
                        dossier=place.dossier,
                        document=place.document.name,
                        role=one.role,
                        sha256=one.sha256,
                        path=str(target),
                        dry_run=dry_run,
                    )
                    run.out.line(f"{target}  ({one.role})")
                    if not dry_run:
                        written += _write(target, one.data())
        run.out.note(_("{count} files written.").format(count=written))
        return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a document goes: its dossier, folder, and name without ending."""

    dossier: str
    document: Document
    folder: str
    stem: str


@dataclass(frozen=True, slots=True)
class _File:
    """One file to write."""

    name: str
    role: str
    sha256: str
    data: Callable[[], bytes]


def _kinds(text: str | None) -> tuple[str, ...]:
    wanted = [part.strip().lower() for part in (text or "").split(",") if part.strip()]
    if text is not None and (not wanted or not set(wanted) <= set(_BESIDE)):
        raise UsageError(where="--with", detail=" | ".join(_BESIDE))
    return tuple(kind for kind in _BESIDE if kind in wanted)


def _places(session: Session) -> Iterator[_Place]:
    """Every document with a name that no other has, the same in every export.

    Numbers are given over the whole workspace, so that exporting one dossier alone uses the
    names that exporting all of them does; names that differ only in case are one name.
    """
    from sqlalchemy import select

    from sohoa_core.records import Document, Dossier, Item

    rows = select(Dossier.code, Document).join(Item, Item.dossier_id == Dossier.id)
    rows = rows.join(Document, Document.item_id == Item.id)
    taken: set[tuple[str, str]] = set()
    for code, document in session.execute(
        rows.order_by(Dossier.code, Item.ordinal, Document.name, Document.id)
    ):
        folder, stem = safe_name(code), safe_name(PurePosixPath(document.name).stem)
        name, count = stem, 1
        while (folder.casefold(), name.casefold()) in taken:
            count += 1
            name = f"{stem} ({count})"
        taken.add((folder.casefold(), name.casefold()))
        yield _Place(code, document, folder, name)


def _files(place: _Place, vault: Vault, kinds: tuple[str, ...]) -> Iterator[_File]:
    """The newest version of a document, and what is wanted beside it."""
    from sohoa_core.canonical import sha256_hex
    from sohoa_digitize.alto import alto_of

    version = place.document.newest(*_ROLES)
    if version is None:
        return
    name = place.stem + _ENDINGS.get(version.media_type, ".bin")
    yield _File(name, version.role, version.sha256, partial(vault.get, version.sha256))
    for kind in kinds:
        role, ending = _BESIDE[kind]
        source = place.document.newest(role)
        if source is None:
            continue
        if kind == "alto":
            made = alto_of(vault.get(source.sha256), file_name=name)
            yield _File(place.stem + ending, kind, sha256_hex(made), partial(bytes, made))
        else:
            data = partial(vault.get, source.sha256)
            yield _File(place.stem + ending, kind, source.sha256, data)


def _write(target: Path, data: bytes) -> int:
    """Write a file that is not there yet; 1 when something was written."""
    part = target.with_name(f".{target.name}.part")
    try:
        if target.is_symlink() or target.exists():
            if target.is_file() and target.read_bytes() == data:
                return 0
            raise SafetyRefusal(where=str(target), detail=N_("another file has this name"))
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name in place stands for a whole file, also after a power failure.
        part.unlink(missing_ok=True)
        with part.open("xb") as stream:
            stream.write(data)
        part.rename(target)
    except OSError as error:
        detail = error.strerror or os.strerror(error.errno or 0)
        raise SafetyRefusal(where=str(target), detail=detail) from error
    return 1


def safe_name(text: str) -> str:
    """``text`` as a file name that no system misreads: NFC, no separators, not hidden, short."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(
        r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\ud800-\udfff\u202a-\u202e\u2066-\u2069]', "_", text
    )
    text = text.strip(" .")
    while len(text.encode("utf-8")) > _LONGEST:
        text = text[:-1].rstrip(" .")
    return f"_{text}" if _DEVICES.match(text) else text or "_"
