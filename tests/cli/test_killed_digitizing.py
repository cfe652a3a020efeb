"""Real digitizing killed at random instants and resumed: the same result, nothing twice."""

from __future__ import annotations

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

from cli.program import environment, sohoa
from cli.test_bad_input import page
from sohoa_core import journal
from sohoa_core.records import BatchItem, Document, Field, Page, Version
from sohoa_core.workspace import opened

_PAGES = 8
_KILLS = 4


def _start(inbox: Path, space: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sohoa_cli", "digitize", str(inbox), "-w", str(space)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )


def _result(space_path: Path) -> dict[str, Any]:
    """All records that do not depend on ids and moments, and the files themselves."""
    with opened(space_path) as space:
        with space.store.read() as session:
            journal.verify(session)
            told = Counter(
                entry.subject_id
                for entry in journal.entries(session)
                if entry.action == "digitize.done"
            )
            found = {
                "states": sorted(session.execute(select(BatchItem.label, BatchItem.state)).all()),
                "documents": sorted(session.scalars(select(Document.name))),
                "versions": sorted(
                    session.execute(
                        select(Document.name, Version.role, Version.sha256).join(Version)
                    ).all()
                ),
                "fields": sorted(
                    session.execute(
                        select(Document.name, Field.name, Field.value, Field.confidence).join(Field)
                    ).all()
                ),
                "pages": session.scalars(select(Page.width).order_by(Page.width)).all(),
            }
        space.vault.sweep()
        found["files"] = list(space.vault.names())
        for name in found["files"]:
            space.vault.check(name)
    assert set(told.values()) == {1} and len(told) == _PAGES
    return found


def _finished(space_path: Path) -> int:
    with opened(space_path) as space, space.store.read() as session:
        return len(
            session.scalars(select(BatchItem.id).where(BatchItem.seconds.is_not(None))).all()
        )


def test_a_digitizing_run_survives_being_killed(tmp_path: Path) -> None:
    chance = random.Random(11)
    inbox, quiet, torn = tmp_path / "inbox", tmp_path / "quiet", tmp_path / "torn"
    for number in range(_PAGES):
        page(inbox / f"hồ sơ {number % 3}" / f"{number}.jpg", 20 + number)
    for space in (quiet, torn):
        assert sohoa("init", space).code == 0
    assert _start(inbox, quiet).wait(timeout=200) == 0

    for _kill in range(_KILLS):
        process = _start(inbox, torn)
        try:
            process.wait(timeout=chance.uniform(1.2, 3.2))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert _start(inbox, torn).wait(timeout=200) == 0
    assert _result(torn) == _result(quiet)


def test_a_polite_stop_leaves_the_batch_resumable(tmp_path: Path) -> None:
    inbox, space = tmp_path / "inbox", tmp_path / "w"
    for number in range(_PAGES):
        page(inbox / f"{number}.jpg", 20 + number)
    sohoa("init", space)
    process = _start(inbox, space)
    while not _finished(space) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 130
    (batch,) = sohoa("status", "--json", "-w", space).of("sohoa.status.batch/1")
    assert batch["state"] == "stopped" and batch["left"] > 0
    assert _start(inbox, space).wait(timeout=200) == 0
    _result(space)
