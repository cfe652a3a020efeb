"""What lies in an inbox: files in a fixed order, and what a manifest says about them.

Listing reads no file content. Names are kept as the file system gives them (``path``) and as
NFC text (``name``); names that are no valid UTF-8 still work, their odd bytes shown as ``\\xNN``.
"""

from __future__ import annotations

import csv
import io
import os
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from sohoa_core.errors import InputMissing, SohoaError
from sohoa_core.limits import Limits
from sohoa_digitize.archive import is_archive, members
from sohoa_digitize.errors import (
    InputVanished,
    ManifestInvalid,
    StillWritten,
    SymlinkOutside,
)

MANIFEST = "manifest.csv"
COLUMNS = (
    "path",
    "dossier_code",
    "procedure",
    "case",
    "component",
    "title",
    "kind",
    "form",
    "submission",
    "copies",
    "received_on",
    "agency",
    "owner_name",
    "owner_id",
)
#: Scanners, browsers, editors and systems leave these; none is a paper.
_TEMPORARY_ENDINGS = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".swp", ".bak", ".lock")
_SYSTEM_NAMES = frozenset({"thumbs.db", "desktop.ini", MANIFEST})
#: A folder tree deeper than this is a loop or a mistake.
_DEEPEST = 64
_MANIFEST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to digitize; ``name`` is relative to the inbox, NFC, with ``/``.

    ``dossier_code`` comes from the manifest, else it is the name of the folder directly below
    the inbox; ``manifest`` holds the manifest's other columns that are filled in. ``member``
    names the file inside the ZIP at ``path``; its dossier is the archive's outermost folder,
    or the archive itself. ``assigned`` says that a row of the manifest named the dossier.
    """

    path: Path
    name: str
    dossier_code: str | None
    manifest: dict[str, str] | None
    size: int
    member: str = ""
    assigned: bool = False


@dataclass(frozen=True, slots=True)
class Intake:
    """Files in the order of their names, and what could not be taken in."""

    files: tuple[InputFile, ...]
    problems: tuple[SohoaError, ...]


def shown_name(path: PurePosixPath) -> str:
    """A file name as NFC text; bytes that are no UTF-8 appear as ``\\xNN``."""
    raw = os.fsencode(str(path))
    return unicodedata.normalize("NFC", raw.decode("utf-8", "backslashreplace"))


def list_inputs(inbox: Path, *, limits: Limits, settle: float = 0.0) -> Intake:
    """List the files of ``inbox`` (a folder, searched deeply, or one file).

    ZIP files are listed with what is in them. Files that changed less than ``settle`` seconds
    ago are left for the next run: a scanner may still be writing them.

    Hidden and temporary files are left out. Symbolic links that lead out of the inbox, rows
    of the manifest that make no sense, and files that cannot be looked at are ``problems``;
    the others go on. Raises ``InputMissing`` when ``inbox`` is not there.
    """
    if inbox.is_file() and is_archive(inbox):
        problems_: list[SohoaError] = []
        name = shown_name(PurePosixPath(inbox.name))
        return Intake(tuple(_unpacked(inbox, name, {}, limits, problems_)), tuple(problems_))
    if inbox.is_file():
        return Intake((_file(inbox, shown_name(PurePosixPath(inbox.name)), {}),), ())
    if not inbox.is_dir():
        raise InputMissing(where=shown_name(PurePosixPath(str(inbox))))
    problems: list[SohoaError] = []
    found: list[tuple[str, Path]] = []
    root = inbox.resolve()
    for path in _walk(inbox, root, problems, 0):
        found.append((shown_name(PurePosixPath(path.relative_to(inbox).as_posix())), path))
    # By name; names that differ only in normalization keep a fixed order by their bytes.
    found.sort(key=lambda pair: (pair[0], os.fsencode(str(pair[1]))))
    rows = _manifest(inbox, problems)
    files: list[InputFile] = []
    for name, path in found:
        try:
            if settle and time.time() - path.stat().st_mtime < settle:
                problems.append(StillWritten(where=name))
            elif is_archive(path):
                files += _unpacked(path, name, rows, limits, problems)
            else:
                files.append(_file(path, name, rows))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problems.append(InputVanished(where=name, detail=reason))
    present = {name for name, _ in found} | {file.name for file in files}
    for name, (row, _) in rows.items():
        if name not in present:
            detail = f"{name}: no such file"
            problems.append(ManifestInvalid(where=MANIFEST, row=row, detail=detail))
    return Intake(tuple(files), tuple(problems))


def _ignored(name: str) -> bool:
    lower = name.lower()
    return (
        lower.startswith((".", "~$"))
        or lower.endswith(("~", *_TEMPORARY_ENDINGS))
        or lower in _SYSTEM_NAMES
    )


def _walk(folder: Path, root: Path, problems: list[SohoaError], depth: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as scan:
            entries = list(scan)
    except OSError as error:
        where = shown_name(PurePosixPath(folder.as_posix()))
        problems.append(InputVanished(where=where, detail=error.strerror or "folder"))
        return
    for entry in entries:
        if _ignored(entry.name):
            continue
        path = folder / entry.name
        try:
            if entry.is_symlink() and not _inside(path, root):
                shown = shown_name(PurePosixPath(path.relative_to(folder).as_posix()))
                problems.append(SymlinkOutside(where=shown))
            elif entry.is_dir(follow_symlinks=False):
                if depth < _DEEPEST:
                    yield from _walk(path, root, problems, depth + 1)
            elif entry.is_file():
                # Links to folders inside the inbox are not followed: their files are there.
                yield path
        except OSError as error:
            where = shown_name(PurePosixPath(entry.name))
            problems.append(InputVanished(where=where, detail=error.strerror or "file"))


def _inside(path: Path, root: Path) -> bool:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # dangling, or a loop of links
        return False
    return target == root or root in target.parents


def _file(path: Path, name: str, rows: dict[str, tuple[int, dict[str, str]]]) -> InputFile:
    size = path.stat().st_size
    row = rows.get(name)
    if row is None:
        parts = PurePosixPath(name).parts
        return InputFile(path, name, parts[0] if len(parts) > 1 else None, None, size)
    values = row[1]
    parts = PurePosixPath(name).parts
    code = values.get("dossier_code") or (parts[0] if len(parts) > 1 else None)
    extra = {key: value for key, value in values.items() if key not in ("path", "dossier_code")}
    return InputFile(path, name, code, extra, size, assigned="dossier_code" in values)


def _unpacked(
    path: Path,
    name: str,
    rows: dict[str, tuple[int, dict[str, str]]],
    limits: Limits,
    problems: list[SohoaError],
) -> list[InputFile]:
    """What an archive holds, each file with a name below the archive's."""
    found: list[InputFile] = []
    outer = PurePosixPath(name).parts
    for one in members(path, limits=limits, where=name):
        if isinstance(one, SohoaError):
            problems.append(one)
            continue
        inner = PurePosixPath(one.name.replace("\\", "/"))
        if any(_ignored(part) for part in inner.parts) or inner.parts[0] == "__MACOSX":
            continue
        shown = f"{name}/{unicodedata.normalize('NFC', inner.as_posix())}"
        values = rows.get(shown, (0, {}))[1]
        folder = inner.parts[0] if len(inner.parts) > 1 else PurePosixPath(name).stem
        code = values.get("dossier_code") or (outer[0] if len(outer) > 1 else folder)
        extra = {key: v for key, v in values.items() if key not in ("path", "dossier_code")}
        named = "dossier_code" in values
        found.append(InputFile(path, shown, code, extra or None, one.size, one.name, named))
    return found


# --- manifest --------------------------------------------------------------------------------


def _manifest(inbox: Path, problems: list[SohoaError]) -> dict[str, tuple[int, dict[str, str]]]:
    """Rows of ``manifest.csv`` by file name, with their row numbers (the header is row 1)."""
    path = inbox / MANIFEST
    if path.is_symlink() or not path.is_file():
        return {}

    def broken(row: int, detail: str) -> None:
        problems.append(ManifestInvalid(where=MANIFEST, row=row, detail=detail))

    try:
        with path.open("rb") as stream:
            raw = stream.read(_MANIFEST_BYTES + 1)
    except OSError as error:
        broken(0, error.strerror or "unreadable")
        return {}
    if len(raw) > _MANIFEST_BYTES:
        broken(0, f"more than {_MANIFEST_BYTES} bytes")
        return {}
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken(raw[: error.start].count(b"\n") + 1, "not UTF-8")
        return {}
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: dict[str, tuple[int, dict[str, str]]] = {}
    header: list[str] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number == 1:
                header = [cell.strip().lower() for cell in cells]
                unknown = [cell for cell in header if cell not in COLUMNS]
                if "path" not in header or unknown or len(set(header)) != len(header):
                    broken(1, f"header: {', '.join(unknown) or 'path'}")
                    return {}
                continue
            if not any(cell.strip() for cell in cells):
                continue
            fault = _row(header, cells, number, rows)
            if fault:
                broken(number, fault)
    except csv.Error as error:
        broken(number + 1, str(error))
    return rows


def _row(
    header: list[str],
    cells: list[str],
    number: int,
    rows: dict[str, tuple[int, dict[str, str]]],
) -> str:
    """Add one row to ``rows``; what is wrong with it, or nothing."""
    if len(cells) != len(header):
        return f"{len(cells)} columns instead of {len(header)}"
    values = {
        key: unicodedata.normalize("NFC", cell.strip())
        for key, cell in zip(header, cells, strict=True)
        if cell.strip()
    }
    if any(ord(c) < 32 for value in values.values() for c in value):
        return "control characters"
    name = values.get("path", "").replace("\\", "/")
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or ".." in parts or ":" in name[:3]:
        return f"path {name!r}"
    name = "/".join(part for part in parts if part != ".")
    if name in rows:
        return f"{name}: already in row {rows[name][0]}"
    copies = values.get("copies")
    if copies is not None and not (copies.isascii() and copies.isdecimal()):
        return f"copies {copies!r}"
    received = values.get("received_on")
    if received is not None:
        try:
            if date.fromisoformat(received).isoformat() != received:
                return f"received_on {received!r}"
        except ValueError:
            return f"received_on {received!r}"
    rows[name] = (number, values)
    return ""
