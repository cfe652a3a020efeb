"""A run killed at any instant and started again gives what an undisturbed run gives."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from migrate.old_systems import described, migrate, new_workspace, tiny
from sohoa_core import journal
from sohoa_core.records import Dossier, SourceRow

_MORE = """
WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 139)
INSERT INTO nguoi_dan SELECT i, 'Người ' || i, '1980', 1, NULL, NULL, NULL, NULL FROM n;
WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 139)
INSERT INTO ho_so SELECT i, '000.28.73.H25-230501-' || i, '1.001193', '000.28.73.H25', i,
    '01/05/2023', NULL, 'TN', 0 FROM n;
WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 139)
INSERT INTO giay_to SELECT i, i, 'Đơn', '2023/a.txt', NULL FROM n;
"""


@pytest.mark.parametrize("chunks", [1, 4, 9])
def test_killed_and_started_again(tmp_path: Path, chunks: int) -> None:
    source = tiny(tmp_path / "old", more=_MORE)
    script = Path(__file__).with_name("killed_run.py")
    command = [sys.executable, str(script), str(source), str(tmp_path / "killed"), "10", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(chunks):
            assert process.stdout.readline() == "chunk\n"
        process.send_signal(signal.SIGKILL)
    with new_workspace(tmp_path / "whole") as whole, new_workspace(tmp_path / "killed") as killed:
        migrate(source, whole, chunk=10)
        with killed.store.read() as session:
            done = session.scalar(select(func.count()).select_from(SourceRow)) or 0
        # The chunk that was being written is gone as a whole, those before it are whole.
        assert done > 0 if chunks > 1 else done == 0
        plan, result = migrate(source, killed, chunk=10)
        assert result.reconciliation.balanced
        assert sum(t.unchanged for t in plan.tables) > 0 if chunks > 1 else True
        with whole.store.read() as one, killed.store.read() as two:
            assert described(one) == described(two)
            ids = select(Dossier.id).order_by(Dossier.id)
            assert list(one.scalars(ids)) == list(two.scalars(ids))
            counted = select(func.count()).select_from(SourceRow)
            assert one.scalar(counted) == two.scalar(counted)
            journal.verify(two)
        assert list(whole.vault.names()) == list(killed.vault.names())
