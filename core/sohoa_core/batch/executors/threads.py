"""Threads of this process: for a stage whose items wait for one device or service.

A token signs one item at a time and takes its time over it; reading, checking and writing the
others fits into that time, and the device's login cannot be shared between processes. Tickets
are drawn and outcomes handed over in the caller's thread alone, so that the records stay the
parent's business. An item that runs past the time limit fails and its thread is given up: a
thread cannot be killed, but it is a daemon and holds nobody back. The memory limit of an item
cannot be kept here; stages that read strangers' files belong into ``processes``.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator

from sohoa_core.batch.executors import Ticket
from sohoa_core.batch.stage import Job, Outcome
from sohoa_core.batch.worker import run_one
from sohoa_core.errors import ItemTimeout

#: Items between drawing and handing over, so that a freed thread never waits for the parent.
_DEPTH = 2
_GOODBYE_SECONDS = 5.0


class ThreadExecutor:
    """See the module; ``threads`` items are worked on at a time."""

    def __init__(self, threads: int = 8) -> None:
        self.threads = max(1, threads)

    def run(self, job: Job, tickets: Iterable[Ticket]) -> Iterator[Outcome]:
        """Yield outcomes as the threads finish them."""
        source = iter(tickets)
        first = next(source, None)
        if first is None:
            return
        if job.warm is not None:
            job.warm(job.context)
        team = _Team(job)
        given: set[str] = set()
        limit = job.context.limits.item_seconds
        exhausted = False

        def give(ticket: Ticket) -> None:
            given.add(ticket[0])
            team.inbox.put(ticket)

        try:
            give(first)
            team.grow(self.threads)
            while True:
                while not exhausted and len(given) < self.threads * _DEPTH:
                    found = next(source, None)
                    if found is None:
                        exhausted = True
                        break
                    give(found)
                if not given:
                    return
                outcome = team.next_outcome(limit)
                if outcome is None:
                    for name in team.overdue(limit):
                        given.discard(name)
                        yield Outcome(name, None, ItemTimeout(seconds=f"{limit:g}"), limit)
                        team.grow(1)
                elif outcome.ticket in given:  # else it was given up before
                    given.discard(outcome.ticket)
                    yield outcome
        finally:
            team.stop()


class _Team:
    """The threads, what they are given and what they hand back."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.inbox: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self.outbox: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._begun: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._given_up = 0

    def grow(self, count: int) -> None:
        for _ in range(count):
            thread = threading.Thread(target=self._serve, name="item", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self) -> None:
        while True:
            ticket = self.inbox.get()
            if ticket is None or self._stopping.is_set():
                return
            with self._lock:
                self._begun[ticket[0]] = time.monotonic()
            outcome = run_one(self.job, *ticket)
            with self._lock:
                mine = self._begun.pop(ticket[0], None) is not None
            self.outbox.put(outcome)
            if not mine:  # given up: another thread has taken this one's place
                return

    def next_outcome(self, limit: float) -> Outcome | None:
        """The next outcome; ``None`` when an item has run past ``limit`` seconds meanwhile."""
        while True:
            with self._lock:
                oldest = min(self._begun.values(), default=time.monotonic())
            patience = oldest + limit - time.monotonic()
            try:
                # Nobody may have begun yet: look again soon.
                return self.outbox.get(timeout=min(max(patience, 0.001), 1.0))
            except queue.Empty:
                if patience <= 0:
                    return None

    def overdue(self, limit: float) -> list[str]:
        """Give up the items that ran past ``limit``."""
        now = time.monotonic()
        with self._lock:
            found = [name for name, since in self._begun.items() if now - since > limit]
            for name in found:
                del self._begun[name]
        self._given_up += len(found)
        return found

    def stop(self) -> None:
        """Let what has begun end, for a moment; what is left ends with the process."""
        self._stopping.set()
        for _ in self._threads:
            self.inbox.put(None)
        until = time.monotonic() + (0.0 if self._given_up else _GOODBYE_SECONDS)
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
