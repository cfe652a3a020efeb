"""The batch engine: what an item costs the parent, whether memory stays flat, start-up.

The peer is the plain thing that a script would do: a ``ProcessPoolExecutor`` without any
records, journal or resume. The floor is the price of the promise alone: one SQLite transaction
an item, written with the standard library.
"""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.report import in_child, line
from sohoa_core import workspace
from sohoa_core.batch.executors import make_executor
from sohoa_core.batch.runner import BatchRunner, Progress
from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.limits import Limits

BENCH = "batch"


def work(_context: WorkerContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Nothing worth mentioning."""
    return {"n": payload["n"] + 1}


def peer_work(n: int) -> int:
    """The same for the peer."""
    return n + 1


class Trivial:
    """``count`` items that cost nothing."""

    name, version, source = "bench", "1", "numbers"
    params: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, count: int) -> None:
        self.count = count

    def tasks(self) -> Iterable[Task]:
        return (Task(str(n), f"item {n}", {"n": n}) for n in range(self.count))

    def job(self) -> Job:
        return Job(work, WorkerContext(None, Limits()))

    def load(self, _session: object, task: Task) -> Any:
        return task.payload

    def commit(self, _session: object, _task: Task, value: Any) -> Committed:
        return Committed(summary={"n": value["n"]})


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def measure(kind: str, count: int) -> dict[str, float]:
    """Parent CPU, wall time and memory of one batch in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "w"
        workspace.create(root)
        with workspace.opened(root) as space:
            memory: list[float] = []

            def watch(progress: Progress) -> None:
                if progress.done and progress.done % (count // 10) == 0:
                    memory.append(_megabytes())

            runner = BatchRunner(
                space.store, make_executor(kind, workers=2), actor="bench", on_progress=watch
            )
            cpu, wall = time.process_time(), time.perf_counter()
            runner.run(Trivial(count))
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            again = time.process_time()
            runner.run(Trivial(count))
            again = time.process_time() - again
    return {
        "cpu_ms": cpu / count * 1000,
        "wall_ms": wall / count * 1000,
        "growth_mb": memory[-1] - memory[1],
        "peak_mb": max(memory),
        "again_ms": again / count * 1000,
    }


def peer(count: int) -> float:
    """Parent CPU an item of a bare process pool (nothing is kept)."""
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(peer_work, range(2)))
        cpu = time.process_time()
        for future in [pool.submit(peer_work, n) for n in range(count)]:
            future.result()
        return (time.process_time() - cpu) / count * 1000


def floor(count: int) -> float:
    """CPU of one durable SQLite transaction an item, two statements, standard library only."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "f.sqlite", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT)")
        cpu = time.process_time()
        for n in range(count):
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO t VALUES (?, ?)", (n, "x" * 300))
            database.execute("UPDATE t SET s = ? WHERE n = ?", ("y" * 300, n))
            database.execute("COMMIT")
        database.close()
        return (time.process_time() - cpu) / count * 1000


def help_cpu() -> float:
    """CPU seconds of ``sohoa --help``, the best of five."""
    best = 9.0
    for _try in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "sohoa_cli", "--help"], check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, used)
    return best


def run(*, quick: bool) -> None:
    """Print all figures."""
    count = 1_000 if quick else 10_000
    floor_ms = in_child(floor, count)
    peer_ms = in_child(peer, count)
    for kind in ("processes", "serial"):
        found = in_child(measure, kind, count)
        line(
            BENCH,
            f"parent CPU an item, {kind}",
            found["cpu_ms"],
            "ms",
            goal=2.0,
            peer="ProcessPoolExecutor without records",
            peer_value=peer_ms,
            floor=floor_ms,
            items=count,
        )
        line(BENCH, f"wall time an item, {kind}", found["wall_ms"], "ms", items=count)
        line(
            BENCH,
            f"memory growth from 20 % to the end, {kind}",
            found["growth_mb"],
            "MB",
            goal=5.0,
            peak=round(found["peak_mb"], 1),
        )
        line(BENCH, f"parent CPU an item when all is done, {kind}", found["again_ms"], "ms")
    line(BENCH, "sohoa --help", help_cpu(), "CPU s", goal=0.3)
