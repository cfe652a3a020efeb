"""A stage that costs nothing, for measuring and torturing the engine itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.errors import InputEmpty
from sohoa_core.limits import Limits
from sohoa_core.vault import Vault


def work(context: WorkerContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Double a number; misbehave where the payload says so."""
    match payload.get("fault"):
        case "error":
            raise InputEmpty(where=f"item {payload['n']}")
        case "bug":
            raise ZeroDivisionError("secret content of the input")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
        case "memory":
            return {"n": len(bytearray(8 << 30))}
        case "sleep":
            time.sleep(payload["seconds"])
    if context.vault is not None:
        context.vault.put(b"%d" % payload["n"])
    return {"n": payload["n"] * 2}


class TrivialStage:
    """``count`` items; ``faults`` maps item numbers to misbehaviour."""

    name = "trivial"
    version = "1"
    source = "numbers"

    def __init__(
        self,
        count: int,
        faults: dict[int, dict[str, Any]] | None = None,
        *,
        limits: Limits | None = None,
        vault: Vault | None = None,
        params: dict[str, Any] | None = None,
    ) -> None:
        self.count = count
        self.faults = faults or {}
        self.limits = limits or Limits()
        self.vault = vault
        self.params = params or {}
        self.committed: list[int] = []

    def tasks(self) -> Iterable[Task]:
        for n in range(self.count):
            yield Task(f"n/{n}", f"number {n}", {"n": n, **self.faults.get(n, {})})

    def job(self) -> Job:
        return Job(work, WorkerContext(self.vault, self.limits))

    def load(self, session: Session, task: Task) -> Any:
        return task.payload

    def commit(self, session: Session, task: Task, value: Any) -> Committed:
        self.committed.append(value["n"])
        return Committed(review=value["n"] % 10 == 4, summary={"n": value["n"]})
