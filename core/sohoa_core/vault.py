"""The vault (kho tệp): files by content, written once, verified whenever they are read.

A file lies at ``sha256/ab/cd/<64 hex digits>``. It is written under a temporary name, flushed
to the disk, renamed and made read-only, so that a name in place always stands for a whole
file: a killed program leaves at most a stray temporary file. The vault sits on fsspec: a
folder and an S3 bucket are the same to the parts (object stores show a whole object or none).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sohoa_core.canonical import new_id, sha256_hex
from sohoa_core.errors import StoreError
from sohoa_core.store_errors import StoreFull, StoreReadOnly, VaultCorrupt, VaultMissing

_CHUNK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the vault: its SHA-256 (lower-case hex) and its size in bytes."""

    sha256: str
    size: int


def store_fault(error: OSError, where: str) -> StoreError:
    """The store error that an operating system error means."""
    detail = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return StoreFull(where=where, detail=detail)
    if error.errno in _FORBIDDEN:
        return StoreReadOnly(where=where, detail=detail)
    return StoreError(where=where, detail=detail)


class Vault:
    """Content-addressed files under ``url`` (a folder, or any address that fsspec knows).

    Picklable: it travels to workers as its address.
    """

    def __init__(self, url: str) -> None:
        import fsspec
        from fsspec.implementations.local import LocalFileSystem

        self.url = url
        self._fs: Any
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._local = isinstance(self._fs, LocalFileSystem)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.url,)

    def _name(self, sha256: str) -> str:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise VaultMissing(where=self.url, sha256=str(sha256)[:80])
        return f"{self._root}/sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def put(self, data: bytes) -> Stored:
        """Store ``data``; storing the same bytes again changes nothing.

        Raises ``StoreFull``, ``StoreReadOnly`` or ``StoreError``.
        """
        digest = sha256_hex(data)
        name = self._name(digest)
        try:
            if self._local:
                self._put_local(Path(name), data)
            elif not self._fs.exists(name):
                self._fs.pipe_file(name, data)
        except OSError as error:
            raise store_fault(error, self.url) from error
        return Stored(digest, len(data))

    def _put_local(self, target: Path, data: bytes) -> None:
        if target.exists() and target.stat().st_size == len(data):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(self._root) / "tmp"
        scratch.mkdir(exist_ok=True)
        temporary = scratch / new_id()
        try:
            with temporary.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fchmod(stream.fileno(), stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
                os.fsync(stream.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _flush_folder(target.parent)

    def has(self, sha256: str) -> bool:
        """Whether a file of that name is there (its content is checked when it is read)."""
        return bool(self._fs.exists(self._name(sha256)))

    def get(self, sha256: str) -> bytes:
        """The bytes of a file, verified.

        Raises ``VaultMissing`` when it is not there and ``VaultCorrupt`` when it has changed.
        """
        try:
            data: bytes = self._fs.cat_file(self._name(sha256))
        except FileNotFoundError as error:
            raise VaultMissing(where=self.url, sha256=sha256) from error
        except OSError as error:
            raise store_fault(error, self.url) from error
        found = sha256_hex(data)
        if found != sha256:
            raise VaultCorrupt(where=self.url, sha256=sha256, found=found)
        return data

    def check(self, sha256: str) -> int:
        """Verify one file without holding it in memory; returns its size in bytes."""
        digest, size = hashlib.sha256(), 0
        try:
            with self._fs.open(self._name(sha256), "rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except FileNotFoundError as error:
            raise VaultMissing(where=self.url, sha256=sha256) from error
        except OSError as error:
            raise store_fault(error, self.url) from error
        if digest.hexdigest() != sha256:
            raise VaultCorrupt(where=self.url, sha256=sha256, found=digest.hexdigest())
        return size

    def names(self) -> Iterator[str]:
        """The SHA-256 names of all files, in order."""
        with contextlib.suppress(FileNotFoundError):
            found = self._fs.find(f"{self._root}/sha256")
            yield from sorted(path.rsplit("/", 1)[-1] for path in found)

    def sweep(self) -> int:
        """Remove temporary files that killed runs left behind; returns how many.

        Only for the one process that holds the workspace: a temporary file of a running
        writer would go too.
        """
        if not self._local:
            return 0
        count = 0
        for path in (Path(self._root) / "tmp").glob("*"):
            path.unlink(missing_ok=True)
            count += 1
        return count


def _flush_folder(folder: Path) -> None:
    """Make a rename durable (POSIX asks for it)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
