"""Run ``sohoa`` inside this process: start-up would cost more than what is tested."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sohoa_cli.main import run
from sohoa_core import workspace
from sohoa_core.records import BatchItem, Document


@dataclass(frozen=True)
class Answer:
    """Exit code and JSON lines."""

    code: int
    records: list[dict[str, Any]]

    def of(self, schema: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["schema"] == schema]

    @property
    def error(self) -> str:
        """The code of the error that ended the command."""
        (record,) = self.of("sohoa.error/1")
        return record["code"]


def sohoa(*words: str | Path | int) -> Answer:
    """The command with ``--json``."""
    stream = io.StringIO()
    code = run([*map(str, words), "--json"], stream)
    return Answer(code, [json.loads(line) for line in stream.getvalue().splitlines()])


def secret(path: Path, text: bytes, mode: int = 0o600) -> Path:
    """A file with a secret in it."""
    path.write_bytes(text)
    path.chmod(mode)
    return path


def states(root: Path) -> list[str]:
    """The states of all items, in order."""
    with workspace.opened(root) as space, space.store.read() as session:
        return list(session.scalars(select(BatchItem.state).order_by(BatchItem.ordinal)))


def signed_files(root: Path, role: str) -> list[bytes]:
    """The signed version of every document that has one; never more than one."""
    found = []
    with workspace.opened(root) as space, space.store.read() as session:
        for document in session.scalars(select(Document).order_by(Document.name)):
            versions = [v for v in document.versions if v.role == f"{role}_signed"]
            assert len(versions) <= 1, document.name
            found += [space.vault.get(v.sha256) for v in versions]
    return found
