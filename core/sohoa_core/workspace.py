"""A workspace: a folder with ``sohoa.toml``, ``records.sqlite`` and ``vault/``."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sohoa_core import clock, journal, settings
from sohoa_core.errors import StoreError
from sohoa_core.i18n import N_
from sohoa_core.records.store import HEAD, Store
from sohoa_core.settings import FILE_NAME, Loaded
from sohoa_core.store_errors import NoWorkspace, WorkspaceOccupied
from sohoa_core.vault import Vault, store_fault

RECORDS = "records.sqlite"
VAULT = "vault"

_TEMPLATE = """\
# Settings of this workspace. `sohoa config show` lists all of them with their origin.
# Never write a PIN or a password here.

[workspace]
agency_code = {agency_code}
agency_name = {agency_name}
officer_name = {officer_name}
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace."""

    root: Path
    loaded: Loaded
    store: Store
    vault: Vault

    @property
    def actor(self) -> str:
        """Who is at work, for the journal."""
        return self.loaded.settings.workspace.actor or journal.default_actor()


@dataclass(frozen=True, slots=True)
class Made:
    """What ``create`` did: ``created``, ``upgraded`` (with its backup) or neither."""

    root: Path
    created: bool
    upgraded_from: str | None = None
    backup: Path | None = None


def find(start: Path | None = None) -> Path:
    """The nearest workspace at or above ``start`` (``SOHOA_WORKSPACE``, else the folder one is
    in). Raises ``NoWorkspace``.
    """
    named = os.environ.get("SOHOA_WORKSPACE")
    if start is not None or named:
        root = (start or Path(str(named))).absolute()
        if not (root / FILE_NAME).is_file():
            raise NoWorkspace(where=str(root))
        return root
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise NoWorkspace(where=str(here))


def _parts(root: Path, loaded: Loaded) -> tuple[Store, Vault]:
    section = loaded.settings.store
    store = Store(section.url or f"sqlite:///{root / RECORDS}", busy_seconds=section.busy_seconds)
    return store, Vault(section.vault or str(root / VAULT))


@contextlib.contextmanager
def opened(
    root: Path | None = None, *, options: Mapping[str, Any] | None = None
) -> Iterator[Workspace]:
    """Open the workspace at ``root`` (see :func:`find`) for the length of the block.

    Raises ``NoWorkspace``, ``StoreTooNew``, ``StoreTooOld`` and the errors of the store.
    """
    folder = find(root)
    loaded = settings.load(folder, options=options)
    store, vault = _parts(folder, loaded)
    try:
        if not loaded.settings.store.url and not (folder / RECORDS).is_file():
            raise StoreError(where=str(folder / RECORDS), detail=N_("the records file is gone"))
        store.check_revision()
        yield Workspace(folder, loaded, store, vault)
    finally:
        store.close()


def create(
    root: Path,
    *,
    store_url: str = "",
    agency_code: str = "",
    agency_name: str = "",
    officer_name: str = "",
) -> Made:
    """Make a workspace, or bring an older one up to date (its records are copied first).

    An existing workspace of this version is left as it is. Raises ``WorkspaceOccupied`` when
    the folder holds other files, ``StoreTooNew`` for a workspace of a newer program.
    """
    root = root.absolute()
    marker = root / FILE_NAME
    try:
        root.mkdir(parents=True, exist_ok=True)
        fresh = not marker.is_file()
        if fresh and any(root.iterdir()):
            raise WorkspaceOccupied(where=str(root))
        if fresh:
            text = _TEMPLATE.format(
                agency_code=_toml(agency_code),
                agency_name=_toml(agency_name),
                officer_name=_toml(officer_name),
            )
            if store_url:
                text += f"\n[store]\nurl = {_toml(store_url)}\n"
            temporary = root / f".{FILE_NAME}"
            temporary.write_text(text, encoding="utf-8")
            (root / VAULT).mkdir(exist_ok=True)
            temporary.replace(marker)
    except OSError as error:
        raise store_fault(error, str(root)) from error
    store, _vault = _parts(root, settings.load(root))
    try:
        before = store.revision()
        if before == HEAD:
            return Made(root, created=False)
        backup = _back_up(root, before) if before else None
        store.upgrade()
        with store.write() as session:
            journal.append(
                session,
                actor=journal.default_actor(),
                action="workspace.created" if before is None else "workspace.upgraded",
                subject_kind="workspace",
                subject_id=root.name,
                data={"schema": HEAD, "from": before or ""},
            )
    finally:
        store.close()
    return Made(root, created=before is None, upgraded_from=before, backup=backup)


def _toml(text: str) -> str:
    """A TOML basic string."""
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 32 or c in '"\\' or ord(c) == 127 else c for c in text
    )
    return f'"{escaped}"'


def _back_up(root: Path, revision: str) -> Path | None:
    """A consistent copy of the SQLite records beside them; ``None`` for a server database."""
    records = root / RECORDS
    if not records.is_file():
        return None
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    target = root / f"records-{revision}-{stamp}.sqlite"
    source, copy = sqlite3.connect(records), sqlite3.connect(target)
    try:
        with copy:
            source.backup(copy)
    finally:
        source.close()
        copy.close()
    shutil.copymode(records, target)
    return target
