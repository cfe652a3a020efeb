"""Threads for stages that wait for one device, and errors that stop a whole batch."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import select

from core.trivial_stage import TrivialStage, work
from sohoa_core import journal
from sohoa_core.batch.executors import make_executor
from sohoa_core.batch.executors.threads import ThreadExecutor
from sohoa_core.batch.runner import BatchRunner
from sohoa_core.batch.stage import Job, WorkerContext
from sohoa_core.errors import MissingTool, SohoaError, StoreError
from sohoa_core.limits import Limits
from sohoa_core.records import Batch, BatchItem
from sohoa_core.records.store import Store
from sohoa_core.store_errors import StoreFull


class TokenGone(MissingTool):
    """What a stage may raise when its device is gone."""

    code = "test.token_gone"
    stops_batch = True


def run(store: Store, stage: TrivialStage, kind: str = "threads") -> Any:
    return BatchRunner(store, make_executor(kind), actor="tester").run(stage)


def states(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(BatchItem.state).order_by(BatchItem.ordinal)))


class Device(TrivialStage):
    """Items are worked on by ``function(n)``, in threads of this process."""

    function: Any = None

    def job(self) -> Job:
        return Job(self._work, WorkerContext(None, self.limits))

    def _work(self, context: WorkerContext, payload: dict[str, Any]) -> dict[str, Any]:
        if self.function is not None:
            self.function(payload["n"])
        return work(context, payload)


def test_many_items_at_a_time_each_of_them_once(store: Store) -> None:
    stage = Device(60)
    seen, most = set(), 0
    lock = threading.Lock()

    def function(n: int) -> None:
        nonlocal most
        with lock:
            seen.add(n)
            most = max(most, len(seen))
        time.sleep(0.01)
        with lock:
            seen.discard(n)

    stage.function = function
    result = run(store, stage)
    assert (result.done + result.review, result.failed) == (60, 0)
    assert sorted(stage.committed) == [2 * n for n in range(60)]
    assert 4 <= most <= 8
    with store.read() as session:
        assert journal.verify(session).seq == 62


def test_tickets_are_drawn_as_they_are_needed_and_in_the_callers_thread() -> None:
    me, drawn, handed = threading.get_ident(), 0, 0

    def tickets() -> Any:
        nonlocal drawn
        for n in range(500):
            assert threading.get_ident() == me
            drawn += 1
            yield str(n), {"n": n}

    for _outcome in ThreadExecutor(3).run(Job(work, WorkerContext(None, Limits())), tickets()):
        handed += 1
        assert drawn - handed <= 6
    assert handed == drawn == 500


def test_faulty_items_fail_alone(store: Store) -> None:
    faults = {2: {"fault": "error"}, 5: {"fault": "bug"}}
    result = run(store, Device(12, faults))
    assert result.errors == {"input.empty": 1, "item.unexpected": 1}
    assert result.done + result.review == 10


def test_an_item_that_hangs_is_given_up_and_the_rest_goes_on(store: Store) -> None:
    free = threading.Event()
    stage = Device(30, limits=Limits(item_seconds=0.3))
    stage.function = lambda n: free.wait(20) if n in (3, 4, 29) else None
    began = time.monotonic()
    result = run(store, stage)
    assert result.errors == {"item.timeout": 3}
    assert result.done + result.review == 27
    assert time.monotonic() - began < 5
    free.set()
    assert run(store, Device(30)).worked == 0


@pytest.mark.parametrize("kind", ["serial", "threads"])
def test_an_error_that_would_meet_every_item_stops_the_batch_and_it_resumes(
    store: Store, kind: str
) -> None:
    stage = Device(40)
    worked = []

    def function(n: int) -> None:
        if len(worked) >= 10:
            raise TokenGone(tool="token", remedy="plug it in")
        worked.append(n)

    stage.function = function
    with pytest.raises(TokenGone):
        run(store, stage, kind)
    assert set(states(store)) == {"done", "review", "queued"}, "nothing failed for it"
    finished = set(stage.committed)
    assert finished == {2 * n for n in worked}, "what the device finished is kept"
    with store.read() as session:
        assert session.scalar(select(Batch.state)) == "stopped"
        journal.verify(session)
    stage.function = None
    result = run(store, stage, kind)
    assert result.done + result.review == 40 and result.worked == 40 - len(finished)
    assert sorted(stage.committed) == [2 * n for n in range(40)]


def test_a_fault_of_the_store_stops_at_once(store: Store) -> None:
    stage = Device(40)
    stage.function = lambda n: (_ for _ in ()).throw(StoreFull(where="vault")) if n == 7 else None
    with pytest.raises(StoreError):
        run(store, stage)
    assert "failed" not in states(store)
    stage.function = None
    assert run(store, stage).total == 40
    assert set(states(store)) <= {"done", "review"}


def test_what_cannot_be_warmed_up_is_told_before_any_item() -> None:
    def warm(context: WorkerContext) -> None:
        raise TokenGone(tool="token", remedy="plug it in")

    job = Job(work, WorkerContext(None, Limits()), warm)
    with pytest.raises(SohoaError):
        list(ThreadExecutor(2).run(job, iter([("a", {"n": 1})])))
    assert list(ThreadExecutor(2).run(job, iter([]))) == []
