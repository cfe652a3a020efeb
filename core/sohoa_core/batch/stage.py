"""What a stage offers to the batch engine, and what crosses to the workers and back.

The parent lists tasks and commits results; a worker turns one payload into one result and
touches nothing but its input and the vault. Payloads and results are plain JSON-able dicts or
small picklable values; files travel as vault hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.orm import Session

from sohoa_core.errors import SohoaError
from sohoa_core.limits import Limits
from sohoa_core.vault import Vault


@dataclass(frozen=True, slots=True)
class Task:
    """One input of a batch.

    ``key`` tells it from every other input of the batch and never changes for the same input
    (path and content hash, or record id); ``label`` is what a person sees; ``payload`` is what
    the worker gets (plain JSON).
    """

    key: str
    label: str
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What every item of a job shares in a worker: vault, limits and the stage's options."""

    vault: Vault | None
    limits: Limits
    options: Any = None


Work = Callable[[WorkerContext, Any], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """The work of a batch as it is given to an executor.

    ``work`` must be a function at the top level of a module (it is pickled by name); ``warm``
    is called once in each worker before the first item, to load engines.
    """

    work: Work
    context: WorkerContext
    warm: Callable[[WorkerContext], None] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one item: a value or an error, and the seconds it took in the worker."""

    ticket: str
    value: Any = None
    error: SohoaError | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Committed:
    """What a stage tells the engine after it stored a result.

    ``review`` is True when a person must look at something; ``summary`` is kept with the item
    and goes into the journal (plain data without personal data).
    """

    review: bool = False
    summary: dict[str, Any] = field(default_factory=dict)


class Stage(Protocol):
    """One stage of the main job.

    ``params`` holds everything that can change a result, as plain JSON: its hash tells batches
    apart. ``commit`` runs in the parent inside the item's transaction.
    """

    @property
    def name(self) -> str:
        """Stable name, such as ``digitize``."""

    @property
    def version(self) -> str:
        """Version of the stage's own logic; part of what tells batches apart."""

    @property
    def source(self) -> str:
        """What the batch is about: an inbox folder, a set of records."""

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the run."""

    def tasks(self) -> Iterable[Task]:
        """List the inputs; called once a run, may be long."""

    def job(self) -> Job:
        """The work for the executors."""

    def load(self, session: Session, task: Task) -> Any:
        """What the worker gets for ``task``, read just before it is given out.

        Most stages return ``task.payload``; a stage over records reads them here, so that
        workers never touch the database. May raise ``SohoaError``: the item then fails.
        """

    def commit(self, session: Session, task: Task, value: Any) -> Committed:
        """Store one result; everything happens in the caller's transaction."""
