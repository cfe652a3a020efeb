"""A run that the kill test starts in a process of its own: ``killed_run.py WORKSPACE COUNT``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from core.trivial_stage import TrivialStage
from sohoa_core.batch.executors import make_executor
from sohoa_core.batch.runner import BatchRunner
from sohoa_core.workspace import opened


def main() -> None:
    root, count = Path(sys.argv[1]), int(sys.argv[2])
    with opened(root) as space:
        pause = {n: {"fault": "sleep", "seconds": 0.004} for n in range(count)}
        pause[3] = {"fault": "error"}
        stage = TrivialStage(count, pause, vault=space.vault)
        BatchRunner(space.store, make_executor("processes", workers=2), actor="tester").run(stage)


if __name__ == "__main__":
    main()
