"""Executors: one interface, four ways to run a job's items.

``serial`` is the plain reference, ``processes`` the default, ``dask`` for users who outgrow one
machine; ``threads`` is for a stage whose items wait for one device. All of them draw tasks
lazily (memory stays flat however many there are), yield outcomes in any order, and stop their
workers when the iterator is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from sohoa_core.batch.stage import Job, Outcome
from sohoa_core.errors import ConfigError
from sohoa_core.i18n import N_

Ticket = tuple[str, Any]


class Executor(Protocol):
    """Runs the items of a job."""

    def run(self, job: Job, tickets: Iterable[Ticket]) -> Iterator[Outcome]:
        """Yield one outcome for each ``(ticket, payload)``, in any order."""


def make_executor(kind: str, *, workers: int = 0, dask_address: str = "") -> Executor:
    """The executor called ``kind``; ``workers`` 0 means one for each core (eight threads).

    Raises ``ConfigError`` for an unknown kind, ``MissingTool`` when dask is not installed.
    """
    if kind == "serial":
        from sohoa_core.batch.executors.serial import SerialExecutor

        return SerialExecutor()
    if kind == "processes":
        from sohoa_core.batch.executors.processes import ProcessExecutor

        return ProcessExecutor(workers)
    if kind == "threads":
        from sohoa_core.batch.executors.threads import ThreadExecutor

        return ThreadExecutor(workers) if workers else ThreadExecutor()
    if kind == "dask":
        from sohoa_core.batch.executors.dask import DaskExecutor

        return DaskExecutor(dask_address)
    raise ConfigError(where="batch.executor", detail=N_("there is no such executor"))
