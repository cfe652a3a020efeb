"""Walking through a file of any size with a few megabytes of memory."""

from __future__ import annotations

import hashlib
import io
import mmap
from collections.abc import Iterator
from typing import Any

from sohoa_signing.verify.pdf_objects import Buffer

WINDOW = 4 << 20
_ADVICE = getattr(mmap, "MADV_DONTNEED", None)


def windows(data: Buffer, start: int = 0, end: int | None = None) -> Iterator[memoryview]:
    """``data[start:end]`` in pieces; what was mapped into memory for one is let go again."""
    stop = len(data) if end is None else end
    if isinstance(data, bytes):
        yield memoryview(data)[start:stop]
        return
    with memoryview(data) as view:
        for at in range(start, stop, WINDOW):
            with view[at : min(at + WINDOW, stop)] as piece:
                yield piece
            if _ADVICE is not None:
                first = at - at % mmap.PAGESIZE
                data.madvise(_ADVICE, first, min(WINDOW, len(data) - first))


def find_all(data: Buffer, token: bytes) -> Iterator[int]:
    """Every place where ``token`` starts."""
    if isinstance(data, bytes):
        at = data.find(token)
        while at >= 0:
            yield at
            at = data.find(token, at + len(token))
        return
    begin, tail = 0, b""
    for piece in windows(data):
        chunk = tail + bytes(piece)
        at = chunk.find(token)
        while at >= 0:
            yield begin - len(tail) + at
            at = chunk.find(token, at + len(token))
        begin += len(piece)
        tail = chunk[-(len(token) - 1) :]


class PrefixHashes:
    """Digests of ranges of one file; ranges that start at its beginning share the work.

    All signatures of a file sign its beginning, and the whole file begins so too: the bytes
    are hashed once, and a copy of the state goes its own way where each range ends.
    """

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self._states: dict[str, dict[int, Any]] = {}

    def digest(self, algorithm: str, *ranges: tuple[int, int]) -> bytes:
        """The digest of the ranges (start, end) in order."""
        (start, end), rest = ranges[0], ranges[1:]
        if start != 0:
            state, rest = hashlib.new(algorithm, usedforsecurity=False), ranges
        else:
            state = self._prefix(algorithm, end)
        for first, last in rest:
            for window in windows(self._data, first, last):
                state.update(window)
        found: bytes = state.digest()
        return found

    def _prefix(self, algorithm: str, end: int) -> Any:
        known = self._states.setdefault(
            algorithm, {0: hashlib.new(algorithm, usedforsecurity=False)}
        )
        nearest = max(place for place in known if place <= end)
        state = known[nearest].copy()
        for window in windows(self._data, nearest, end):
            state.update(window)
        known[end] = state
        return state.copy()


class LoadedBeginning(io.BytesIO):
    """The first ``size`` bytes of a loaded file as a file of its own, without copying them."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)  # shares the bytes until somebody writes
        self._size = min(size, len(data))

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_END:
            return super().seek(self._size + offset)
        return super().seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        room = self._size - self.tell()
        view = buffer if len(buffer) <= room else memoryview(buffer)[: max(0, room)]
        return super().readinto(view)

    def read(self, size: int | None = -1, /) -> bytes:
        room = max(0, self._size - self.tell())
        return super().read(room if size is None or size < 0 else min(size, room))


class Beginning(io.RawIOBase):
    """The first ``size`` bytes of a file as a file of its own, without copying them."""

    def __init__(self, data: Buffer, size: int) -> None:
        self._data, self._size, self._at = data, min(size, len(data)), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = self._data[self._at : min(self._at + len(buffer), self._size)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
