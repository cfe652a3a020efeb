"""SIGKILL at any instant loses no finished item and repeats none."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sohoa_core import journal, workspace
from sohoa_core.records import BatchItem

_SCRIPT = Path(__file__).with_name("killed_run.py")
_COUNT = 300
_KILLS = 50


def _start(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(_SCRIPT), str(root), str(_COUNT)], start_new_session=True
    )


def _result(root: Path) -> dict[str, Any]:
    """Everything of a run that does not depend on the moment: states, results, files, journal."""
    with workspace.opened(root) as space:
        with space.store.read() as session:
            items = {
                row.label: (row.state, row.error_code, json.dumps(row.result))
                for row in session.execute(
                    select(BatchItem.label, BatchItem.state, BatchItem.error_code, BatchItem.result)
                )
            }
            journal.verify(session)
            told = Counter(
                (entry.action, entry.subject_id)
                for entry in journal.entries(session)
                if entry.subject_kind == "batch_item"
            )
        space.vault.sweep()
        files = list(space.vault.names())
        for name in files:
            space.vault.check(name)
    return {"items": items, "told": told, "files": files}


def _finished(root: Path) -> int:
    with workspace.opened(root) as space, space.store.read() as session:
        states = session.scalars(select(BatchItem.state)).all()
    return sum(state in ("done", "review", "failed") for state in states)


def test_fifty_kills_change_nothing(tmp_path: Path) -> None:
    chance = random.Random(20261121)
    quiet, torn = tmp_path / "quiet", tmp_path / "torn"
    workspace.create(quiet)
    workspace.create(torn)
    began = time.monotonic()
    assert _start(quiet).wait(timeout=120) == 0
    whole = time.monotonic() - began

    kills = in_the_middle = 0
    while kills < _KILLS:
        process = _start(torn)
        try:
            # Spread the kills over start-up, work and end, however fast the machine is.
            process.wait(timeout=chance.uniform(0.15, 0.95) * whole)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            done = _finished(torn)
            in_the_middle += 0 < done < _COUNT
            if done == 0:  # still starting up: the machine has become slower
                whole *= 1.1
            continue
        assert process.returncode == 0
        whole = max(0.4, 0.8 * whole)  # it was faster than we thought
        if _finished(torn) == _COUNT:  # it got to its end: tear at a fresh one
            assert _result(torn) == _result(quiet)
            torn = tmp_path / f"torn{kills}"
            workspace.create(torn)
    assert in_the_middle >= _KILLS // 5, "the kills missed the work: adjust the pauses"
    assert _start(torn).wait(timeout=120) == 0
    assert _result(torn) == _result(quiet)
    told = _result(torn)["told"]
    assert len(told) == _COUNT and set(told.values()) == {1}


def test_workers_die_with_their_parent(tmp_path: Path) -> None:
    root = tmp_path / "w"
    workspace.create(root)
    process = _start(root)
    deadline = time.monotonic() + 20
    children: list[int] = []
    while len(children) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
        listing = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if listing.exists():
            children = [int(word) for word in listing.read_text().split()]
    assert len(children) >= 2
    time.sleep(0.5)  # let the workers settle in
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 10
    while any(_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(child) for child in children)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
