"""ZIP files in an inbox: each file inside is an input of its own.

Only the directory of the archive is read when listing; a member is unpacked in memory when
its turn comes, never to a path, and never further than the limits allow. Archives inside
archives are not opened.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sohoa_core.errors import InputEncrypted, InputTooLarge, InputUnsupported, SohoaError
from sohoa_core.limits import Limits
from sohoa_digitize.errors import InputBroken, InputVanished, MemberOutside, SymlinkOutside

#: More members than this in one archive are an attack or a mistake.
MOST_MEMBERS = 20_000
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name as stored there, and its unpacked size as claimed."""

    name: str
    size: int


def is_archive(path: Path) -> bool:
    """Whether ``path`` is a ZIP by its name and its first bytes (office files are not meant)."""
    if path.suffix.lower() != ".zip":
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def members(path: Path, *, limits: Limits, where: str) -> Iterator[Member | SohoaError]:
    """The files of an archive in order of name; an error in the place of one that is refused.

    Refused are names that lead out of the archive, links, encrypted members, and the whole
    archive when its members together claim to be larger than the limits allow.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except _FAULTS as error:
        yield InputBroken(where=where, detail=type(error).__name__)
        return
    if len(infos) > MOST_MEMBERS:
        yield InputTooLarge(where=where, limit="members", value=len(infos), allowed=MOST_MEMBERS)
        return
    total = sum(info.file_size for info in infos) / 1_000_000
    if total > limits.decompressed_megabytes:
        yield InputTooLarge(
            where=where,
            limit="decompressed_megabytes",
            value=round(total),
            allowed=limits.decompressed_megabytes,
        )
        return
    seen: set[str] = set()
    for info in sorted(infos, key=lambda one: one.filename):
        if info.is_dir() or info.filename in seen:
            continue
        seen.add(info.filename)
        shown = f"{where}/{info.filename}"
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if not parts or ".." in parts or parts[0].startswith(("/", "~")) or ":" in parts[0]:
            yield MemberOutside(where=shown)
        elif stat.S_ISLNK(info.external_attr >> 16):
            yield SymlinkOutside(where=shown)
        elif info.flag_bits & 1:
            yield InputEncrypted(where=shown)
        else:
            yield Member(info.filename, info.file_size)


def read_member(path: Path, name: str, *, limits: Limits, where: str) -> bytes:
    """The bytes of one member, at most as many as a file may have.

    Raises ``InputTooLarge``, ``InputBroken``, ``InputVanished``.
    """
    most = limits.file_megabytes * 1_000_000
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            # What the directory claims is not believed: reading stops one byte past the limit.
            data = stream.read(most + 1)
    except FileNotFoundError as error:
        raise InputVanished(where=where, detail="archive") from error
    except KeyError as error:
        raise InputVanished(where=where, detail="member") from error
    except _FAULTS as error:
        raise InputBroken(where=where, detail=type(error).__name__) from error
    limits.check("file_megabytes", len(data) / 1_000_000, where=where)
    if data[:4] == b"PK\x03\x04" and name.lower().endswith(".zip"):
        raise InputUnsupported(where=where, found="ZIP / ZIP")
    return data
