"""The files of an inbox as stages list them: names that differ, content hashes, addresses."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sohoa_core.errors import SafetyRefusal, SohoaError
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_digitize.errors import StillWritten
from sohoa_digitize.intake import InputFile, list_inputs

#: What makes a folder a workspace (``sohoa_core.settings.FILE_NAME``, without its imports).
WORKSPACE_FILE = "sohoa.toml"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """One file: its name in the batch, and its SHA-256 (empty when it cannot be read)."""

    file: InputFile
    name: str
    sha256: str

    @property
    def key(self) -> str:
        """What tells the file from every other of the inbox: name and content."""
        return f"{self.name}#{self.sha256 or 'unread'}"

    @property
    def payload(self) -> dict[str, Any]:
        """What a worker needs to read the file."""
        return {
            "path": quote_from_bytes(os.fsencode(self.file.path)),
            "name": self.name,
            "member": self.file.member,
            "sha256": self.sha256,
        }


def listed(
    inbox: Path, *, limits: Limits, settle: float, problems: list[SohoaError]
) -> Iterator[Listed]:
    """The files of ``inbox`` in order of name; what is refused goes to ``problems``.

    Raises ``InputMissing`` without inbox, ``SafetyRefusal`` when it is a workspace.
    """
    if (inbox / WORKSPACE_FILE).is_file():
        raise SafetyRefusal(where=str(inbox), detail=N_("the inbox is a workspace itself"))
    intake = list_inputs(inbox, limits=limits, settle=settle)
    problems.extend(intake.problems)
    names: Counter[str] = Counter()
    for file in intake.files:
        if _in_workspace(inbox, file.path):
            continue
        # Two names that differ only in how their letters are composed are two papers.
        names[file.name] += 1
        name = numbered(file.name, names[file.name])
        try:
            digest = _hash(file, limits)
        except StillWritten as growing:
            problems.append(growing)
            continue
        yield Listed(file, name, digest)


def address(inbox: Path) -> str:
    """The inbox as a batch remembers it: its path, quoted where that is no UTF-8."""
    text = str(inbox)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return quote_from_bytes(os.fsencode(inbox), safe="/ ")
    return text


def read_listed(payload: dict[str, Any], *, limits: Limits) -> bytes:
    """The bytes of a listed file; raises ``InputVanished`` and its kin."""
    from sohoa_digitize.archive import read_member
    from sohoa_digitize.work import read_bytes

    path = Path(os.fsdecode(unquote_to_bytes(payload["path"])))
    if member := payload.get("member"):
        return read_member(path, member, limits=limits, where=payload["name"])
    return read_bytes(path, name=payload["name"], limits=limits)


def numbered(name: str, count: int) -> str:
    """``name`` for the first, ``name (2)`` before the ending for the second, and so on."""
    if count == 1:
        return name
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem} ({count}){path.suffix}"))


def _in_workspace(inbox: Path, path: Path) -> bool:
    """Whether a workspace lies between the inbox and ``path``: its files are no scans."""
    folders = (
        path.parents[: len(path.relative_to(inbox).parts) - 1] if inbox in path.parents else ()
    )
    return any((folder / WORKSPACE_FILE).is_file() for folder in folders)


def _hash(file: InputFile, limits: Limits) -> str:
    """SHA-256 of the file, or empty when it cannot be read (the worker says why).

    Raises ``StillWritten`` when the file grows under our hands.
    """
    if file.size > limits.file_megabytes * 1_000_000:
        return ""
    if file.member:
        from sohoa_digitize.archive import read_member

        try:
            data = read_member(file.path, file.member, limits=limits, where=file.name)
        except SohoaError:
            return ""
        return hashlib.sha256(data).hexdigest()
    digest, size = hashlib.sha256(), 0
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
            after = os.fstat(stream.fileno())
    except OSError:
        return ""
    if size > file.size or after.st_size > size:
        raise StillWritten(where=file.name)
    return digest.hexdigest()
