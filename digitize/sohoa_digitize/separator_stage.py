"""The stage ``separate``: looks for separator sheets before an inbox is digitized.

It is a batch of its own, so that looking at a pile of 2,000 pages has the limits of every
other work on strange files, runs on all cores, and is not done again when the run is resumed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sohoa_core.batch.executors import Executor
from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.errors import SohoaError
from sohoa_core.limits import Limits
from sohoa_core.records import Batch, BatchItem
from sohoa_digitize.errors import InputChanged
from sohoa_digitize.listing import address, listed, read_listed
from sohoa_digitize.separators import Looked, Sheet, find_sheets

STAGE = "separate"
VERSION = "1"


def look(context: WorkerContext, payload: dict[str, Any]) -> Looked:
    """Look at one listed file.

    A file that cannot be read is an answer here, not an error: digitizing it will say why.
    """
    try:
        data = read_listed(payload, limits=context.limits)
        wanted = payload["sha256"]
        if wanted and hashlib.sha256(data).hexdigest() != wanted:
            raise InputChanged(where=payload["name"])
        return find_sheets(data, name=payload["name"], limits=context.limits)
    except InputChanged:
        raise
    except SohoaError as error:
        return Looked(0, unreadable=error.code)


class SeparateStage:
    """Looks for the sheets of an inbox; :func:`seen_in` reads what was found.

    ``problems`` is as in :class:`sohoa_digitize.stage.DigitizeStage`.
    """

    name = STAGE
    version = VERSION

    def __init__(self, inbox: Path, *, limits: Limits, settle: float = 0.0) -> None:
        self.inbox = inbox.absolute()
        self.limits = limits
        self.settle = settle
        self.problems: tuple[SohoaError, ...] = ()

    @property
    def source(self) -> str:
        """The inbox."""
        return address(self.inbox)

    @property
    def params(self) -> dict[str, Any]:
        """None: what is on a page does not depend on options."""
        return {}

    def tasks(self) -> Iterator[Task]:
        """One task a file."""
        problems: list[SohoaError] = []
        for one in listed(self.inbox, limits=self.limits, settle=self.settle, problems=problems):
            yield Task(one.key, one.name, one.payload)
        self.problems = tuple(problems)

    def job(self) -> Job:
        """The work for the executors."""
        return Job(look, WorkerContext(None, self.limits))

    def load(self, session: Session, task: Task) -> Any:
        """Workers need no records."""
        return task.payload

    def commit(self, session: Session, task: Task, value: Looked) -> Committed:
        """The answer is kept with the item; nothing else is written."""
        return Committed(
            summary={
                "pages": value.pages,
                "sheets": [[sheet.page, sheet.code] for sheet in value.sheets],
                "unreadable": value.unreadable,
            }
        )


def seen_in(session: Session, source: str) -> dict[str, Looked]:
    """What the batch over ``source`` has seen so far, by the key of the file."""
    rows = session.execute(
        select(BatchItem.key, BatchItem.result)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(
            Batch.stage == STAGE,
            Batch.stage_version == VERSION,
            Batch.source == source,
            BatchItem.state == "done",
        )
    )
    found: dict[str, Looked] = {}
    for key, result in rows:
        sheets = tuple(Sheet(page, code) for page, code in result["sheets"])
        found[key] = Looked(result["pages"], sheets, result["unreadable"])
    return found


def look_without_records(
    stage: SeparateStage, seen: dict[str, Looked], executor: Executor
) -> dict[str, Looked]:
    """``seen`` and what the files say that are not in it: for plans, which write nothing."""
    todo = {task.key: task.payload for task in stage.tasks() if task.key not in seen}
    found = dict(seen)
    for outcome in executor.run(stage.job(), todo.items()):
        if outcome.error is None:
            found[outcome.ticket] = outcome.value
    return found
