"""The batch engine: nothing lost, nothing twice, one bad input never stops the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.trivial_stage import TrivialStage
from sohoa_core import journal
from sohoa_core.batch.executors import make_executor
from sohoa_core.batch.runner import BatchRunner, Progress
from sohoa_core.errors import ExitCode, InputUnreadable, MissingTool
from sohoa_core.limits import Limits
from sohoa_core.records import BatchItem
from sohoa_core.records.store import Store
from sohoa_core.store_errors import BatchBusy, StoreFull
from sohoa_core.vault import Vault


def runner(store: Store, kind: str = "serial", **options: object) -> BatchRunner:
    return BatchRunner(store, make_executor(kind, workers=2), actor="tester", **options)  # type: ignore[arg-type]


def states(store: Store) -> dict[str, str]:
    with store.read() as session:
        rows = session.execute(select(BatchItem.label, BatchItem.state)).all()
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize("kind", ["serial", "processes"])
def test_every_item_is_worked_on_once(store: Store, kind: str) -> None:
    stage = TrivialStage(40)
    result = runner(store, kind).run(stage)
    assert (result.total, result.done, result.review, result.failed) == (40, 32, 8, 0)
    assert sorted(stage.committed) == [2 * n for n in range(40)]
    with store.read() as session:
        head = journal.verify(session)
    assert head.seq == 42  # created, 40 items, finished


def test_running_again_does_nothing(store: Store) -> None:
    runner(store).run(TrivialStage(10))
    again = TrivialStage(10)
    result = runner(store).run(again)
    assert result.worked == 0 and again.committed == []
    with store.read() as session:
        assert journal.verify(session).seq == 12  # no entry for a run without work


def test_new_inputs_join_the_same_batch(store: Store) -> None:
    first = runner(store).run(TrivialStage(5))
    more = TrivialStage(8)
    second = runner(store).run(more)
    assert second.batch_id == first.batch_id
    assert sorted(more.committed) == [10, 12, 14]


def test_changed_parameters_make_a_new_batch_and_are_named(store: Store) -> None:
    runner(store).run(TrivialStage(3, params={"dpi": 300, "lang": "vie"}))
    other = TrivialStage(3, params={"dpi": 200, "lang": "vie"})
    plan = runner(store).plan(other)
    assert plan.batch_id is None and plan.changed_params == ("dpi",)
    assert runner(store).run(other).worked == 3


def test_a_plan_writes_nothing_and_says_what_a_run_does(store: Store) -> None:
    stage = TrivialStage(6, {2: {"fault": "error"}})
    plan = runner(store).plan(stage)
    assert (plan.new, plan.again, plan.known) == (6, 0, 0)
    with store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM batches")) == 0
    runner(store).run(stage)
    assert runner(store).plan(stage).known == 6
    assert runner(store).plan(stage, retry_failed=True).again == 1


def test_faulty_items_fail_with_their_code_and_the_rest_goes_on(store: Store) -> None:
    faults = {
        1: {"fault": "error"},
        2: {"fault": "bug"},
        3: {"fault": "die"},
        4: {"fault": "hang"},
        5: {"fault": "memory"},
    }
    stage = TrivialStage(20, faults, limits=Limits(item_seconds=1.5, item_megabytes=512))
    result = runner(store, "processes").run(stage)
    assert result.exit_code == ExitCode.SOME_FAILED
    assert result.errors == {
        "input.empty": 1,
        "item.unexpected": 1,
        "item.worker_died": 1,
        "item.timeout": 1,
        "item.memory": 1,
    }
    assert sorted(stage.committed) == [2 * n for n in range(20) if n not in faults]


def test_what_an_unknown_exception_says_is_not_stored(store: Store) -> None:
    runner(store).run(TrivialStage(3, {1: {"fault": "bug"}}))
    with store.read() as session:
        errors = [str(row) for row in session.scalars(select(BatchItem.error)) if row]
        entries = [entry.data for entry in journal.entries(session)]
    assert len(errors) == 1 and "ZeroDivisionError" in errors[0]
    assert "secret" not in " ".join(errors + entries)


def test_failed_items_are_tried_again_only_when_asked(store: Store) -> None:
    runner(store).run(TrivialStage(4, {2: {"fault": "error"}}))
    cured = TrivialStage(4)
    assert runner(store).run(cured).failed == 1
    # The payload of a listed item stays as listed: the fault is still in it.
    result = runner(store).run(cured, retry_failed=True)
    assert result.worked == 1 and result.failed == 1
    with store.read() as session:
        attempts = session.scalar(select(BatchItem.attempts).where(BatchItem.label == "number 2"))
    assert attempts == 2


def test_a_batch_is_worked_on_by_one_process_at_a_time(store: Store) -> None:
    stage = TrivialStage(3)
    batch = runner(store).run(stage).batch_id
    with store.batch_lock(batch, "trivial"), pytest.raises(BatchBusy):
        runner(store).run(stage)
    assert runner(store).run(stage).worked == 0


def test_an_item_that_cannot_be_loaded_fails_alone(store: Store) -> None:
    class Unloadable(TrivialStage):
        def load(self, session, task):  # type: ignore[no-untyped-def]
            if task.payload["n"] % 2:
                raise InputUnreadable(where=task.label, detail="gone")
            return task.payload

    for kind in ("serial", "processes"):
        stage = Unloadable(6, params={"kind": kind})
        result = runner(store, kind).run(stage)
        assert (result.done + result.review, result.failed) == (3, 3)


def test_a_fault_of_our_own_store_stops_the_batch_and_it_resumes(store: Store) -> None:
    class FullOnce(TrivialStage):
        broken = True

        def commit(self, session, task, value):  # type: ignore[no-untyped-def]
            if self.broken and task.payload["n"] == 3:
                raise StoreFull(where="vault", detail="no space")
            return super().commit(session, task, value)

    stage = FullOnce(6)
    with pytest.raises(StoreFull):
        runner(store).run(stage)
    assert sorted(stage.committed) == [0, 2, 4]
    assert "running" not in states(store).values()
    stage.broken = False
    runner(store).run(stage)
    assert sorted(stage.committed) == [0, 2, 4, 6, 8, 10]


def test_progress_counts_every_item(store: Store) -> None:
    seen: list[Progress] = []
    runner(store, on_progress=seen.append).run(TrivialStage(7, {1: {"fault": "error"}}))
    assert (seen[0].done, seen[-1].total) == (0, 7)
    assert (seen[-1].done, seen[-1].review, seen[-1].failed) == (5, 1, 1)


def test_workers_that_cannot_start_are_a_missing_tool(store: Store, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    class Broken(TrivialStage):
        def job(self):  # type: ignore[no-untyped-def]
            from core.trivial_stage import work
            from sohoa_core.batch.stage import Job, WorkerContext

            return Job(work, WorkerContext(None, Limits()), warm=_no_model)

    with pytest.raises(MissingTool):
        runner(store, "processes").run(Broken(2))


def _no_model(context: object) -> None:
    raise MissingTool(tool="model", remedy="install it")


def test_dask_gives_the_same_result_as_the_reference(store: Store, vault: Vault) -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        stage = TrivialStage(12, {5: {"fault": "error"}}, vault=vault)
        executor = make_executor("dask", dask_address=cluster.scheduler_address)
        result = BatchRunner(store, executor, actor="tester").run(stage)
    reference = TrivialStage(12, {5: {"fault": "error"}}, params={"other": 1})
    expected = runner(store).run(reference)
    assert (result.done, result.review, result.failed) == (
        expected.done,
        expected.review,
        expected.failed,
    )
    assert sorted(stage.committed) == sorted(reference.committed)
    assert len(list(vault.names())) == 11


def test_batch_lock_leaves_no_file_behind(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'records.sqlite'}")
    store.upgrade()
    runner(store).run(TrivialStage(2))
    assert not list(tmp_path.glob(".batch-*"))
    store.close()
