"""The main job with its records in PostgreSQL instead of SQLite."""

from __future__ import annotations

from pathlib import Path

from cli.program import sohoa
from cli.test_bad_input import page


def test_the_main_job_runs_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    space, inbox = tmp_path / "w", tmp_path / "inbox"
    assert sohoa("init", space, "--store", postgres_url, "--agency-name", "UBND xã").code == 0
    assert not (space / "records.sqlite").exists()
    page(inbox / "000.00.01.H26-260105-0001" / "1.jpg")
    (inbox / "000.00.01.H26-260105-0001" / "2.pdf").write_bytes(b"")
    ran = sohoa("digitize", inbox, "-w", space, "--json")
    (batch,) = ran.of("sohoa.batch/1")
    assert ran.code == 3 and (batch["total"], batch["failed"]) == (2, 1)
    assert sohoa("sign", "--demo", "-w", space).code == 0
    assert sohoa("validate", "-w", space).code in (0, 4)
    assert sohoa("journal", "verify", "-w", space).code == 0
    assert sohoa("export", tmp_path / "ra", "-w", space).code == 0
    assert len(list((tmp_path / "ra").rglob("*.pdf"))) == 1
    assert sohoa("doctor", "--vault", "-w", space).code == 0


def test_a_password_is_neither_taken_as_an_argument_nor_shown(tmp_path: Path) -> None:
    url = "postgresql://clerk:geheim@127.0.0.1:1/records?connect_timeout=2"
    refused = sohoa("init", tmp_path / "w", "--store", url, "--json")
    assert refused.code == 11
    gone = sohoa("init", tmp_path / "w", "--json", SOHOA_STORE__URL=url)
    assert gone.code == 12 and gone.of("sohoa.error/1")[0]["code"] == "store.unreachable"
    shown = sohoa("config", "show", "--json", SOHOA_STORE__URL=url)
    assert "clerk:***@127.0.0.1" in shown.out
    for ran in (refused, gone, shown):
        assert "geheim" not in ran.out + ran.err
