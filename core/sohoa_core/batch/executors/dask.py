"""Many machines: an existing dask scheduler by address (extra ``sohoa[scale]``).

The vault must be reachable from every worker (a shared folder or an S3 bucket), and the
records should be in PostgreSQL. A bounded number of items is in flight, so that memory stays
flat here and on the scheduler.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from sohoa_core.batch.executors import Ticket
from sohoa_core.batch.stage import Job, Outcome
from sohoa_core.batch.worker import run_one
from sohoa_core.errors import ConfigError, MissingTool, WorkerDied
from sohoa_core.i18n import N_

_PER_THREAD = 2

_warmed: set[tuple[int, str]] = set()


def _run_there(job: Job, ticket: str, payload: Any) -> Outcome:
    """Run one item in a dask worker, loading engines the first time."""
    key = (os.getpid(), f"{job.work.__module__}.{job.work.__qualname__}")
    if job.warm is not None and key not in _warmed:
        job.warm(job.context)
        _warmed.add(key)
    return run_one(job, ticket, payload)


class DaskExecutor:
    """See the module. Raises ``MissingTool`` without dask, ``ConfigError`` without address."""

    def __init__(self, address: str) -> None:
        if not address:
            raise ConfigError(where="batch.dask_address", detail=N_("no scheduler address given"))
        self.address = address

    def run(self, job: Job, tickets: Iterable[Ticket]) -> Iterator[Outcome]:
        """Yield outcomes as the cluster finishes them."""
        try:
            from distributed import Client, as_completed
        except ModuleNotFoundError as error:
            raise MissingTool(tool="dask", remedy="pip install 'sohoa[scale]'") from error
        source = iter(tickets)
        try:
            client = Client(self.address, timeout=10)
        except (OSError, TimeoutError) as error:
            raise ConfigError(
                where="batch.dask_address", detail=N_("the scheduler does not answer")
            ) from error
        with client:
            threads = sum(client.nthreads().values()) or 1
            shared = client.scatter(job, broadcast=True, hash=False)
            running: dict[Any, str] = {}
            pool = as_completed()

            def submit() -> bool:
                found = next(source, None)
                if found is None:
                    return False
                ticket, payload = found
                future = client.submit(_run_there, shared, ticket, payload, pure=False, retries=1)
                running[future.key] = ticket
                pool.add(future)
                return True

            for _ in range(threads * _PER_THREAD):
                if not submit():
                    break
            for future in pool:
                ticket = running.pop(future.key)
                if future.status == "finished":
                    yield future.result()
                else:
                    yield Outcome(ticket, None, WorkerDied(detail=f"dask: {future.status}"))
                future.release()
                submit()
