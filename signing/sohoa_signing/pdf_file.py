"""Large files without loading them: a PDF read in windows, and the place its update goes to.

The structure of a file is read through a memory map that touches a few pages; its bytes pass
through one small buffer that hashes and copies them. A result on disk is written beside its
final place and moved there when it is whole: a full disk or a pulled token leaves nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sohoa_core.errors import InputEmpty, InputMissing, InputUnreadable
from sohoa_signing.errors import ResultNotWritten
from sohoa_signing.verify.pdf_objects import Buffer

WINDOW = 1 << 18
#: Smaller files are read at once: mapping them would cost more than reading them.
_SMALL = 1 << 20


class Source:
    """A PDF in memory, or on disk and mapped into memory."""

    def __init__(self, origin: bytes | Path) -> None:
        self.path: Path | None = None
        self._handle: int | None = None
        if isinstance(origin, bytes):
            self.data: Buffer = origin
            self.size = len(origin)
            return
        self.path = origin
        try:
            self._handle = os.open(origin, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            self.size = os.fstat(self._handle).st_size
            if not self.size:
                raise InputEmpty(where=origin.name)
            if self.size <= _SMALL:
                self.data = os.read(self._handle, self.size)
                if len(self.data) == self.size:
                    self.close()
                    return
            self.data = mmap.mmap(self._handle, 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise InputMissing(where=origin.name) from None
        except (OSError, ValueError) as error:
            self.close()
            raise InputUnreadable(where=origin.name, detail=type(error).__name__) from None

    def windows(self) -> Iterator[memoryview]:
        """The bytes in order; each window is valid until the next one is asked for."""
        if self._handle is None:
            yield memoryview(self.data)
            return
        buffer = bytearray(min(WINDOW, self.size))
        view = memoryview(buffer)
        at = 0
        while at < self.size:
            count = os.preadv(self._handle, [buffer], at)
            if not count:
                raise InputUnreadable(where=self.path.name if self.path else None, detail="EOF")
            yield view[:count]
            at += count

    def close(self) -> None:
        """Let the file go."""
        if isinstance(getattr(self, "data", None), mmap.mmap):
            with contextlib.suppress(BufferError):
                self.data.close()  # type: ignore[union-attr]
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class Sink:
    """Where the signed file grows: the original first, then one update after the other.

    ``target`` ``None`` keeps it in memory; ``durable`` waits until the disk has the file.
    Hash states run along, so that nothing is read twice: :meth:`digest` is that of everything
    written so far.
    """

    def __init__(self, target: Path | None, digest: str, *, durable: bool = True) -> None:
        self.target = target
        self._durable = durable
        self._states = {name: hashlib.new(name) for name in dict.fromkeys((digest, "sha256"))}
        self._parts: list[bytes] = []
        self._handle: int | None = None
        self._temporary: Path | None = None
        self._map: mmap.mmap | None = None
        self.size = 0

    def copy(self, source: Source) -> None:
        """Take the original over, whole."""
        for window in source.windows():
            for state in self._states.values():
                state.update(window)
            self.size += len(window)
            if isinstance(source.data, bytes) and self.target is None:
                self._parts.append(source.data)
                continue
            self._write(window)

    def append(self, update: bytes) -> None:
        """Write one finished update."""
        for state in self._states.values():
            state.update(update)
        self.size += len(update)
        if self.target is None:
            self._parts.append(update)
        else:
            self._write(memoryview(update))

    def digest(self, name: str, *more: memoryview) -> bytes:
        """The digest of what was written so far and ``more``."""
        state = self._states[name].copy()
        for part in more:
            state.update(part)
        return state.digest()

    def buffer(self) -> Buffer:
        """Everything written so far, to be read as a document."""
        if self.target is None:
            if len(self._parts) > 1:
                self._parts = [b"".join(self._parts)]
            return self._parts[0]
        self._close_map()
        self._map = mmap.mmap(self._open(), 0, access=mmap.ACCESS_READ)
        return self._map

    def finish(self) -> bytes:
        """Put the result in its place; returns its bytes when it stays in memory.

        Raises :class:`ResultNotWritten`.
        """
        self._close_map()
        if self.target is None:
            return b"".join(self._parts)
        try:
            handle = self._open()
            if self._durable:
                os.fsync(handle)
            os.close(handle)
            self._handle = None
            if self._temporary is not None:
                self._temporary.replace(self.target)
            self._temporary = None
        except OSError as error:
            raise ResultNotWritten(where=self.target.name, detail=error.strerror or "") from None
        return b""

    def discard(self) -> None:
        """Leave nothing behind."""
        self._close_map()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def _open(self) -> int:
        if self._handle is None:
            assert self.target is not None
            path = self.target.with_name(f".{self.target.name[:40]}.{secrets.token_hex(8)}.part")
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            self._handle = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
            self._temporary = path
        return self._handle

    def _write(self, data: Any) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._open(), rest) :]
        except OSError as error:
            name = self.target.name if self.target else None
            raise ResultNotWritten(where=name, detail=error.strerror or "") from None

    def _close_map(self) -> None:
        if self._map is not None:
            with contextlib.suppress(BufferError):
                self._map.close()
            self._map = None
