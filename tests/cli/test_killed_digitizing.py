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

import pypdfium2
from PIL import Image
from sqlalchemy import select

from cli.program import environment, sohoa
from cli.test_bad_input import page
from sohoa_core import journal
from sohoa_core.records import BatchItem, Document, Field, Page, Version
from sohoa_core.workspace import opened
from sohoa_samples.separator import sheets_pdf

_PAGES = 8
_KILLS = 4


def _start(inbox: Path, space: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sohoa_cli", "digitize", str(inbox), "-w", str(space), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )


def _result(space_path: Path, papers: int = _PAGES) -> dict[str, Any]:
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
    assert set(told.values()) == {1} and len(told) == papers
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


def test_a_pile_with_separator_sheets_survives_being_killed(tmp_path: Path) -> None:
    """Killed while looking for sheets or while digitizing: the same papers in the same dossiers."""
    chance = random.Random(5)
    inbox, quiet, torn = tmp_path / "inbox", tmp_path / "quiet", tmp_path / "torn"
    inbox.mkdir()
    pile: list[Image.Image] = []
    codes = [f"H26-260930-{number:04}" for number in range(4)]
    with pypdfium2.PdfDocument(sheets_pdf(codes)) as pdf:
        for number, printed in enumerate(pdf):
            pile.append(printed.render(scale=1.5).to_pil())
            for offset in range(1 + number % 2):
                page(tmp_path / "one.jpg", 20 + 2 * number + offset)
                with Image.open(tmp_path / "one.jpg") as scan:
                    pile.append(scan.convert("RGB"))
    pile[0].save(
        inbox / "chồng.tif", "TIFF", save_all=True, append_images=pile[1:], compression="tiff_lzw"
    )
    for space in (quiet, torn):
        assert sohoa("init", space).code == 0
    assert _start(inbox, quiet, "--separators").wait(timeout=200) == 0
    for _kill in range(_KILLS - 1):
        process = _start(inbox, torn, "--separators")
        try:
            process.wait(timeout=chance.uniform(1.0, 3.5))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert _start(inbox, torn, "--separators").wait(timeout=200) == 0
    assert _result(torn, len(codes)) == _result(quiet, len(codes))


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
