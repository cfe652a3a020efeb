"""The batch engine: list, commit the list, work, commit each result with its journal entry.

Guarantees, and how they are kept:

* *Nothing lost*: the batch and its items are committed before work starts; value, item state
  and journal entry of an item are one transaction.
* *Nothing twice*: only items that are not finished are given out; one process at a time holds
  the batch; an input keeps its key, so listing again adds only what is new.
* *One bad input never stops the rest*: an error of an item is stored with the item. A
  ``StoreError`` is our own trouble and stops the batch at once. Another error that would meet
  every item (``stops_batch``: a token was pulled out) stops it as soon as what is in the
  workers' hands has ended; its items stay in the queue for the next run.
* *Flat memory*: items are read in windows, results are handled one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session

from sohoa_core import clock, journal
from sohoa_core.batch.executors import Executor, Ticket
from sohoa_core.batch.stage import Committed, Outcome, Stage, Task
from sohoa_core.canonical import fingerprint, new_id
from sohoa_core.errors import ExitCode, SohoaError, StoreError, most_serious
from sohoa_core.records.batches import Batch, BatchItem, BatchState, ItemState
from sohoa_core.records.store import Store

_WINDOW = 256
_FINISHED = (ItemState.DONE, ItemState.REVIEW, ItemState.FAILED)
_items = cast(Table, BatchItem.__table__)
_batches = cast(Table, Batch.__table__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is; counts of items. ``label`` is the item that just ended, if any."""

    total: int
    done: int
    failed: int
    review: int
    label: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What a run would do: the same object that a dry run prints and a run carries out.

    ``known`` inputs are finished already, ``new`` ones have not been seen, ``again`` are
    unfinished or (when asked) failed ones.
    """

    stage: str
    source: str
    params: dict[str, Any]
    batch_id: str | None
    known: int
    again: int
    new: int
    changed_params: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of a run. Counts are of the whole batch; ``worked`` of this run alone."""

    batch_id: str
    total: int
    done: int
    failed: int
    review: int
    worked: int
    exit_code: ExitCode
    errors: dict[str, int] = field(default_factory=dict)


class BatchRunner:
    """Runs stages over the records of one store."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        *,
        actor: str,
        on_progress: Callable[[Progress], None] | None = None,
        on_item: Callable[[Task, Outcome, Committed | None], None] | None = None,
    ) -> None:
        self.store = store
        self.executor = executor
        self.actor = actor
        self.on_progress = on_progress or (lambda _progress: None)
        self.on_item = on_item

    # --- planning ---------------------------------------------------------------------------

    def plan(self, stage: Stage, *, retry_failed: bool = False) -> BatchPlan:
        """List the inputs and say what a run would do; writes nothing."""
        params_hash = _params_hash(stage)
        with self.store.read() as session:
            batch_id = _find(session, stage, params_hash)
            changed = () if batch_id else _changed(session, stage)
            known = again = new = 0
            labels: list[str] = []
            open_states = {ItemState.QUEUED, ItemState.RUNNING}
            if retry_failed:
                open_states.add(ItemState.FAILED)
            for chunk in _chunks(stage.tasks(), _WINDOW):
                states = _states(session, batch_id, [task.key for task in chunk])
                for task in chunk:
                    state = states.get(task.key)
                    if state is None:
                        new += 1
                    elif state in open_states:
                        again += 1
                    else:
                        known += 1
                        continue
                    if len(labels) < 1000:
                        labels.append(task.label)
        return BatchPlan(
            stage.name,
            stage.source,
            stage.params,
            batch_id,
            known,
            again,
            new,
            changed,
            tuple(labels),
        )

    # --- running ----------------------------------------------------------------------------

    def run(self, stage: Stage, *, retry_failed: bool = False) -> BatchResult:
        """Run or resume the stage's batch.

        Raises ``BatchBusy`` when another process works on it, ``StoreError`` when the store
        fails, and an item's own error when it ``stops_batch``; every finished item is safe.
        """
        batch_id = self._open(stage)
        with self.store.batch_lock(batch_id, stage.name):
            worked = 0
            try:
                self._list(stage, batch_id)
                self._requeue(batch_id, retry_failed=retry_failed)
                halted: list[SohoaError] = []
                for _outcome in self._work(stage, batch_id, halted):
                    worked += 1
                if halted:
                    raise halted[0]
            except BaseException:
                self._mark_stopped(batch_id)
                raise
            return self._close(batch_id, worked)

    def _open(self, stage: Stage) -> str:
        params_hash = _params_hash(stage)
        with self.store.write() as session:
            batch_id = _find(session, stage, params_hash)
            if batch_id is None:
                batch_id = new_id()
                session.execute(
                    insert(_batches).values(
                        id=batch_id,
                        stage=stage.name,
                        stage_version=stage.version,
                        source=stage.source,
                        params=stage.params,
                        params_hash=params_hash,
                        state=BatchState.LISTING,
                        runs=0,
                        created_at=clock.now(),
                        updated_at=clock.now(),
                    )
                )
                journal.append(
                    session,
                    actor=self.actor,
                    action="batch.created",
                    subject_kind="batch",
                    subject_id=batch_id,
                    data={"stage": stage.name, "params": params_hash},
                )
        return batch_id

    def _list(self, stage: Stage, batch_id: str) -> None:
        """Commit the list of inputs, adding what is new, in chunks."""
        with self.store.read() as session:
            last = session.scalar(
                select(func.max(_items.c.ordinal)).where(_items.c.batch_id == batch_id)
            )
        ordinal = (last or 0) + 1
        for chunk in _chunks(stage.tasks(), _WINDOW):
            with self.store.write() as session:
                known = _states(session, batch_id, [task.key for task in chunk])
                rows = []
                for task in chunk:
                    if task.key in known:
                        continue
                    known[task.key] = ItemState.QUEUED
                    rows.append(
                        {
                            "id": new_id(),
                            "batch_id": batch_id,
                            "ordinal": ordinal,
                            "key": task.key,
                            "label": task.label,
                            "payload": task.payload,
                            "state": ItemState.QUEUED,
                            "attempts": 0,
                        }
                    )
                    ordinal += 1
                if rows:
                    session.execute(insert(_items), rows)

    def _requeue(self, batch_id: str, *, retry_failed: bool) -> None:
        """Give items of a killed run back to the queue; failed ones when asked."""
        states = [ItemState.RUNNING, *([ItemState.FAILED] if retry_failed else [])]
        with self.store.write() as session:
            session.execute(
                update(_items)
                .where(_items.c.batch_id == batch_id, _items.c.state.in_(states))
                .values(state=ItemState.QUEUED)
            )
            session.execute(
                update(_batches)
                .where(_batches.c.id == batch_id)
                .values(
                    state=BatchState.RUNNING,
                    runs=_batches.c.runs + 1,
                    updated_at=clock.now(),
                )
            )

    def _work(self, stage: Stage, batch_id: str, halted: list[SohoaError]) -> Iterator[Outcome]:
        """Outcomes as they are settled; ``halted`` gets the errors that stop the batch."""
        counts = self._counts(batch_id)
        total = sum(counts.values())
        pending: dict[str, Task] = {}

        def report(label: str | None = None, code: str | None = None) -> None:
            self.on_progress(
                Progress(
                    total,
                    counts.get(ItemState.DONE, 0),
                    counts.get(ItemState.FAILED, 0),
                    counts.get(ItemState.REVIEW, 0),
                    label,
                    code,
                )
            )

        report()
        unloadable: deque[Outcome] = deque()

        def settle(outcome: Outcome) -> Outcome:
            task = pending.pop(outcome.ticket)
            if isinstance(outcome.error, StoreError):
                raise outcome.error
            if outcome.error is not None and outcome.error.stops_batch:
                halted.append(outcome.error)
                return outcome
            state, committed = self._commit(stage, batch_id, task, outcome)
            counts[state] = counts.get(state, 0) + 1
            if self.on_item is not None:
                self.on_item(task, outcome, committed)
            report(task.label, outcome.error.code if outcome.error else None)
            return outcome

        tickets = self._tickets(stage, batch_id, pending, unloadable, halted)
        outcomes = self.executor.run(stage.job(), tickets)
        try:
            for outcome in outcomes:
                yield settle(outcome)
                while unloadable:
                    yield settle(unloadable.popleft())
            while unloadable:
                yield settle(unloadable.popleft())
        finally:
            close = getattr(outcomes, "close", None)
            if close is not None:
                close()

    def _tickets(
        self,
        stage: Stage,
        batch_id: str,
        pending: dict[str, Task],
        unloadable: deque[Outcome],
        halted: list[SohoaError],
    ) -> Iterator[Ticket]:
        """Queued items in order, a window at a time, marked as running; none once ``halted``.

        Items whose records cannot be loaded never reach a worker: they fail through
        ``unloadable``.
        """
        after = 0
        while True:
            with self.store.write() as session:
                rows = session.execute(
                    select(
                        _items.c.id,
                        _items.c.ordinal,
                        _items.c.key,
                        _items.c.label,
                        _items.c.payload,
                    )
                    .where(
                        _items.c.batch_id == batch_id,
                        _items.c.state == ItemState.QUEUED,
                        _items.c.ordinal > after,
                    )
                    .order_by(_items.c.ordinal)
                    .limit(_WINDOW)
                ).all()
                if rows:
                    session.execute(
                        update(_items)
                        .where(
                            _items.c.batch_id == batch_id,
                            _items.c.state == ItemState.QUEUED,
                            _items.c.ordinal.between(rows[0].ordinal, rows[-1].ordinal),
                        )
                        .values(state=ItemState.RUNNING, attempts=_items.c.attempts + 1)
                    )
            if not rows:
                return
            after = rows[-1].ordinal
            for row in rows:
                if halted:
                    return
                task = pending[row.id] = Task(row.key, row.label, row.payload)
                try:
                    with self.store.read() as session:
                        loaded = stage.load(session, task)
                except StoreError:
                    raise
                except SohoaError as error:
                    unloadable.append(Outcome(row.id, None, error))
                    continue
                yield row.id, loaded

    def _commit(
        self, stage: Stage, batch_id: str, task: Task, outcome: Outcome
    ) -> tuple[ItemState, Committed | None]:
        """One transaction: the result, the item's state and the journal entry."""
        committed: Committed | None = None
        with self.store.write() as session:
            if outcome.error is None:
                committed = stage.commit(session, task, outcome.value)
                state = ItemState.REVIEW if committed.review else ItemState.DONE
                values: dict[str, Any] = {
                    "result": committed.summary,
                    "error": None,
                    "error_code": None,
                }
                data: dict[str, Any] = {"batch": batch_id, **committed.summary}
            else:
                state = ItemState.FAILED
                error = outcome.error.to_dict()
                values = {"error": error, "error_code": outcome.error.code, "result": None}
                data = {"batch": batch_id, "error": outcome.error.code}
            session.execute(
                update(_items)
                .where(_items.c.id == outcome.ticket)
                .values(
                    state=state,
                    seconds=round(outcome.seconds, 4),
                    finished_at=clock.now(),
                    **values,
                )
            )
            journal.append(
                session,
                actor=self.actor,
                action=f"{stage.name}.{'failed' if state == ItemState.FAILED else 'done'}",
                subject_kind="batch_item",
                subject_id=task.key,
                data=data,
            )
        return state, committed

    def _mark_stopped(self, batch_id: str) -> None:
        """Leave the batch readable; what cannot be written now is set right by the next run."""
        try:
            with self.store.write() as session:
                session.execute(
                    update(_items)
                    .where(_items.c.batch_id == batch_id, _items.c.state == ItemState.RUNNING)
                    .values(state=ItemState.QUEUED)
                )
                session.execute(
                    update(_batches)
                    .where(_batches.c.id == batch_id)
                    .values(state=BatchState.STOPPED, updated_at=clock.now())
                )
        except StoreError:
            return

    def _counts(self, batch_id: str) -> dict[str, int]:
        with self.store.read() as session:
            rows = session.execute(
                select(_items.c.state, func.count())
                .where(_items.c.batch_id == batch_id)
                .group_by(_items.c.state)
            ).all()
        return {row[0]: row[1] for row in rows}

    def _close(self, batch_id: str, worked: int) -> BatchResult:
        with self.store.write() as session:
            counts: dict[str, int] = dict(
                session.execute(
                    select(_items.c.state, func.count())
                    .where(_items.c.batch_id == batch_id)
                    .group_by(_items.c.state)
                ).all()
            )
            errors: dict[str, int] = dict(
                session.execute(
                    select(_items.c.error_code, func.count())
                    .where(_items.c.batch_id == batch_id, _items.c.state == ItemState.FAILED)
                    .group_by(_items.c.error_code)
                ).all()
            )
            failed = counts.get(ItemState.FAILED, 0)
            session.execute(
                update(_batches)
                .where(_batches.c.id == batch_id)
                .values(state=BatchState.DONE, updated_at=clock.now())
            )
            if worked:
                journal.append(
                    session,
                    actor=self.actor,
                    action="batch.finished",
                    subject_kind="batch",
                    subject_id=batch_id,
                    data={str(state): count for state, count in counts.items()},
                )
        return BatchResult(
            batch_id=batch_id,
            total=sum(counts.values()),
            done=counts.get(ItemState.DONE, 0),
            failed=failed,
            review=counts.get(ItemState.REVIEW, 0),
            worked=worked,
            exit_code=most_serious([ExitCode.SOME_FAILED] if failed else []),
            errors={str(code): count for code, count in errors.items()},
        )


def _params_hash(stage: Stage) -> str:
    return fingerprint({"version": stage.version, "params": stage.params})


def _find(session: Session, stage: Stage, params_hash: str) -> str | None:
    return session.scalar(
        select(_batches.c.id).where(
            _batches.c.stage == stage.name,
            _batches.c.source == stage.source,
            _batches.c.params_hash == params_hash,
        )
    )


def _changed(session: Session, stage: Stage) -> tuple[str, ...]:
    """Names of the parameters that differ from the newest batch of the same source."""
    previous = session.execute(
        select(_batches.c.params, _batches.c.stage_version)
        .where(_batches.c.stage == stage.name, _batches.c.source == stage.source)
        .order_by(_batches.c.id.desc())
        .limit(1)
    ).first()
    if previous is None:
        return ()
    names = {
        name
        for name in {*previous.params, *stage.params}
        if previous.params.get(name) != stage.params.get(name)
    }
    if previous.stage_version != stage.version:
        names.add("stage version")
    return tuple(sorted(names))


def _states(session: Session, batch_id: str | None, keys: list[str]) -> dict[str, str]:
    if batch_id is None or not keys:
        return {}
    rows = session.execute(
        select(_items.c.key, _items.c.state).where(
            _items.c.batch_id == batch_id, _items.c.key.in_(keys)
        )
    ).all()
    return {row.key: row.state for row in rows}


def _chunks(tasks: Iterable[Task], size: int) -> Iterator[list[Task]]:
    source = iter(tasks)
    while chunk := list(islice(source, size)):
        yield chunk
