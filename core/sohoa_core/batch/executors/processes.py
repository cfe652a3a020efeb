"""The default executor: worker processes that keep their engines loaded.

Each worker has its own pipe and holds at most two items, the one it works on and the next, so
that it never waits for the parent and the parent always knows which item a dead worker was
working on. A worker that runs past the time limit is killed and replaced; only its item
fails. Workers are spawned, not forked: no lock or database connection of the parent is copied.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from sohoa_core.batch.executors import Ticket
from sohoa_core.batch.stage import Job, Outcome
from sohoa_core.batch.worker import run_one, settle_in
from sohoa_core.errors import ItemTimeout, MissingTool, SohoaError, WorkerDied
from sohoa_core.i18n import N_

_DEPTH = 2  # items in the hands of one worker
_RETIRE_AFTER_DEATHS = 50  # workers that die before their first item: something is broken


def _serve(pipe: Connection, job: Job) -> None:
    """The life of a worker: settle in, then answer until the pipe closes."""
    try:
        settle_in(job)
    except SohoaError as error:
        pipe.send(error)
        return
    pipe.send(None)
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            return
        if message is None:
            return
        pipe.send(run_one(job, *message))


class _Worker:
    """The parent's side of one worker process."""

    def __init__(self, context: Any, job: Job) -> None:
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, job), daemon=True)
        self.process.start()
        theirs.close()
        self.ready = False
        self.held: deque[Ticket] = deque()
        self.since = time.monotonic()

    def give(self, ticket: Ticket) -> None:
        if not self.held:
            self.since = time.monotonic()
        self.held.append(ticket)
        with contextlib.suppress(BrokenPipeError, OSError):  # its death is noticed by wait()
            self.pipe.send(ticket)

    def stop(self, *, kill: bool) -> None:
        with contextlib.suppress(BrokenPipeError, OSError):
            if not kill:
                self.pipe.send(None)
        if kill and self.process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
        self.process.join(timeout=None if kill else 5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


class ProcessExecutor:
    """See the module; ``workers`` 0 means one for each core this process may use."""

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))

    def run(self, job: Job, tickets: Iterable[Ticket]) -> Iterator[Outcome]:
        """Yield outcomes as workers finish them."""
        context = multiprocessing.get_context("spawn")
        source = iter(tickets)
        returned: deque[Ticket] = deque()  # items of a dead worker that it had not begun
        team: list[_Worker] = []
        deaths_in_a_row = 0
        exhausted = False
        clean = False

        def next_ticket() -> Ticket | None:
            nonlocal exhausted
            if returned:
                return returned.popleft()
            if exhausted:
                return None
            found = next(source, None)
            exhausted = found is None
            return found

        def feed(worker: _Worker) -> None:
            while worker.ready and len(worker.held) < _DEPTH:
                ticket = next_ticket()
                if ticket is None:
                    return
                worker.give(ticket)

        def replace(worker: _Worker, error: SohoaError) -> Iterator[Outcome]:
            """Take a dead worker out of the team; its first item failed, the rest goes back."""
            worker.stop(kill=True)
            team.remove(worker)
            if worker.held:
                yield Outcome(
                    worker.held.popleft()[0], None, error, time.monotonic() - worker.since
                )
                returned.extendleft(reversed(worker.held))
            if returned or not exhausted:
                team.append(_Worker(context, job))

        try:
            first = next_ticket()
            if first is None:
                return
            returned.append(first)
            team.extend(_Worker(context, job) for _ in range(self.workers))
            limit = job.context.limits.item_seconds
            while any(worker.held for worker in team) or returned or not exhausted:
                now = time.monotonic()
                busy = [w for w in team if w.held]
                deadline = min((w.since + limit for w in busy), default=now + 60)
                for pipe in wait([w.pipe for w in team], timeout=max(0.0, deadline - now)):
                    worker = next(w for w in team if w.pipe is pipe)
                    try:
                        message = worker.pipe.recv()
                    except (EOFError, OSError):
                        worker.process.join(timeout=5)
                        code = worker.process.exitcode
                        if not worker.ready:
                            deaths_in_a_row += 1
                            if deaths_in_a_row >= min(_RETIRE_AFTER_DEATHS, 2 * self.workers):
                                raise MissingTool(
                                    tool=N_("a worker process"),
                                    remedy=f"workers die at start, exit status {code}",
                                ) from None
                        yield from replace(worker, WorkerDied(detail=_say(code)))
                        continue
                    if not worker.ready:
                        if isinstance(message, SohoaError):
                            raise message
                        worker.ready = True
                        deaths_in_a_row = 0
                    else:
                        worker.held.popleft()
                        worker.since = time.monotonic()
                        feed(worker)
                        yield message
                        continue
                    feed(worker)
                now = time.monotonic()
                for worker in [w for w in team if w.held and now - w.since > limit]:
                    yield from replace(worker, ItemTimeout(seconds=f"{limit:g}"))
                for worker in team:
                    feed(worker)
            clean = True
        finally:
            for worker in team:
                worker.stop(kill=not clean)


def _say(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit status {code}"
