"""``sohoa migrate`` as a script sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from migrate.old_systems import TINY, new_workspace, tiny
from sohoa_core.records import SourceRow


def sohoa(*arguments: object, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SOHOA_LANG": lang}
    command = [sys.executable, "-m", "sohoa_cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def records(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_dry_run_then_run_then_again(tmp_path: Path) -> None:
    source = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new"):
        pass
    where = ("--mapping", TINY, "--workspace", tmp_path / "new", "--json")
    dry = sohoa("migrate", source, *where, "--dry-run")
    assert dry.returncode == 3, dry.stderr
    plan = records(dry.stdout)
    assert plan[-1]["schema"] == "sohoa.migrate.plan/1"
    assert {r["schema"] for r in plan[:-1]} == {"sohoa.migrate.reject/1"}
    assert len(plan) - 1 == plan[-1]["rejected"] == 7
    report = tmp_path / "report.json"
    real = sohoa("migrate", source, *where, "--report", report)
    assert real.returncode == 3, real.stderr
    found = records(real.stdout)
    assert found[0]["tables"] == plan[-1]["tables"]
    assert found[-1]["schema"] == "sohoa.migrate.result/1"
    assert found[-1]["reconciliation"]["balanced"]
    written = json.loads(report.read_text(encoding="utf-8"))
    assert written["schema"] == "sohoa.migrate.report/1"
    assert written["plan"]["tables"] == found[0]["tables"]
    again = records(sohoa("migrate", source, *where).stdout)
    assert again[0]["nothing_to_do"] is True
    for output in (dry.stdout, real.stdout):  # nothing personal in what scripts log
        assert "NGUYỄN" not in output
        assert "035180000018" not in output


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_for_people_and_without_workspace(tmp_path: Path, lang: str) -> None:
    source = tiny(tmp_path / "old")
    found = sohoa("migrate", source, "-m", TINY, "--dry-run", "-w", tmp_path / "none", lang=lang)
    assert found.returncode == 3, found.stderr
    assert "ho_so" in found.stdout
    assert "Traceback" not in found.stderr
    assert not (tmp_path / "none").exists()


def test_exit_codes(tmp_path: Path) -> None:
    source = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new") as space:
        root = space.root
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: x\n", encoding="utf-8")
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"SQLite format 3\x00" + bytes(500))
    for code, arguments in (
        (9, (source, "-m", bad, "-w", root)),
        (10, (broken, "-m", TINY, "-w", root)),
        (11, (source, "-m", TINY, "-w", root, "--max-rejects", "1")),
        (11, (root / "records.sqlite", "-m", TINY, "-w", root)),
        (2, (source, "-w", root)),
        (2, (source, "-m", TINY, "-w", tmp_path / "none")),
    ):
        found = sohoa("migrate", *arguments)
        assert found.returncode == code, (arguments, found.stderr)
        assert "Traceback" not in found.stderr
    with new_workspace(root) as space, space.store.read() as session:
        from sqlalchemy import select

        assert session.scalar(select(SourceRow.id)) is None
