"""So many bytes at a time: several threads share the memory of one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ByteGate:
    """Lets work in while the bytes it holds stay below ``capacity``; one always goes in."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held = 0
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Wait for room, keep ``size`` bytes of it while the block runs."""
        with self._changed:
            while self._held and self._held + size > self._capacity:
                self._changed.wait()
            self._held += size
        try:
            yield
        finally:
            with self._changed:
                self._held -= size
                self._changed.notify_all()
