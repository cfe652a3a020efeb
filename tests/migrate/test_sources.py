"""Damaged, locked, hostile and changed sources."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from migrate.old_systems import TINY, migrate, new_workspace, plan_only, tiny
from sohoa_core.errors import ExitCode
from sohoa_core.records import RejectedRow, SourceRow
from sohoa_migrate import prepare
from sohoa_migrate.apply import apply
from sohoa_migrate.errors import (
    SourceChanged,
    SourceDamaged,
    SourceLocked,
    SourceUnreadable,
    TooManyRejects,
)
from sohoa_migrate.mapping.load import load, loads
from sohoa_migrate.plan import make_plan


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"x" * 99]
)
def test_what_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "old.sqlite"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable) as caught:
        plan_only(path)
    assert caught.value.exit_code == ExitCode.UNREADABLE_INPUT


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.sqlite", tmp_path):
        with pytest.raises(SourceUnreadable):
            plan_only(path)


def test_truncated_database(tmp_path: Path) -> None:
    path = tiny(
        tmp_path / "old", more="CREATE TABLE x (a); INSERT INTO x VALUES (zeroblob(60000));"
    )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceDamaged):
        plan_only(path)


def test_damaged_page(tmp_path: Path) -> None:
    path = tiny(tmp_path / "old")
    data = bytearray(path.read_bytes())
    data[4096 : 4096 + 200] = b"\xff" * 200
    path.write_bytes(bytes(data))
    with pytest.raises(SourceDamaged):
        plan_only(path)


def test_database_held_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sohoa_migrate.sources import sqlite

    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.1)
    path = tiny(tmp_path / "old")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceLocked):
            plan_only(path)


def test_a_database_in_wal_mode_is_read_in_one_snapshot(tmp_path: Path) -> None:
    path = tiny(tmp_path / "old")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        with prepare.opened(path, load(TINY)) as prepared:
            other.execute("DELETE FROM giay_to")
            plan = make_plan(prepared, None)
        assert {t.target: t.rows for t in plan.tables}["item"] == 7
        assert {t.target: t.rows for t in plan_only(path).tables}["item"] == 0


def test_the_source_is_never_written(tmp_path: Path) -> None:
    path = tiny(tmp_path / "old")
    before = path.read_bytes()
    path.chmod(0o400)
    with new_workspace(tmp_path / "new") as space:
        migrate(path, space)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["old.sqlite", "tep"]


def test_a_source_that_changed_after_the_plan_is_refused(tmp_path: Path) -> None:
    path = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new") as space:
        plan = plan_only(path, space)
        with contextlib.closing(sqlite3.connect(path)) as base, base:
            base.execute("UPDATE nguoi_dan SET ho_ten = 'Khác' WHERE id = 1")
        with prepare.opened(path, load(TINY)) as prepared:
            with pytest.raises(SourceChanged):
                apply(plan, prepared, space.store, space.vault, actor="test")
        with contextlib.closing(sqlite3.connect(path)) as base, base:
            base.execute("UPDATE nguoi_dan SET ho_ten = 'NGUYỄN THỊ HOÀ' WHERE id = 1")
        with prepare.opened(path, load(TINY)) as prepared:  # as it was: the plan holds again
            assert apply(plan, prepared, space.store, space.vault, actor="test").as_planned


def test_another_mapping_than_that_of_the_plan_is_refused(tmp_path: Path) -> None:
    path = tiny(tmp_path / "old")
    text = TINY.read_text(encoding="utf-8")
    with new_workspace(tmp_path / "new") as space:
        plan = plan_only(path, space)
        other = loads(text.replace("kind: before_merger", "kind: other"), "m.yaml")
        with prepare.opened(path, other) as prepared, pytest.raises(SourceChanged):
            apply(plan, prepared, space.store, space.vault, actor="test")


def test_comments_do_not_change_the_hash_of_a_mapping() -> None:
    text = TINY.read_text(encoding="utf-8")
    assert loads(text, "a").hash == loads("# xin chào\n" + text, "b").hash
    assert loads(text, "a").hash != loads(text.replace("10528", "1").replace("nho", "to"), "b").hash


def test_too_many_rejects_stop_the_run_before_anything_is_written(tmp_path: Path) -> None:
    with new_workspace(tmp_path / "new") as space:
        with prepare.opened(tiny(tmp_path / "old"), load(TINY)) as prepared:
            plan = make_plan(prepared, space.store, max_rejects_percent=10)
            assert plan.stopped
            with pytest.raises(TooManyRejects) as caught:
                apply(plan, prepared, space.store, space.vault, actor="test")
        with space.store.read() as session:
            assert session.scalar(select(SourceRow.id)) is None
            assert session.scalar(select(RejectedRow.id)) is None
    assert caught.value.exit_code == ExitCode.REFUSED


def test_hostile_rows_are_rejected_one_by_one(tmp_path: Path) -> None:
    more = """
    DROP TABLE nguoi_dan;
    CREATE TABLE nguoi_dan (id, ho_ten, ngay_sinh, gioi_tinh, cccd, dia_chi, ma_xa, mat_khau);
    INSERT INTO nguoi_dan (id, ho_ten) VALUES
      (NULL, 'không khóa'), (1, 'một'), (1, 'một lần nữa'), ('1', 'một bằng chữ'),
      (2, x'ff00ff'), (3, CAST(x'c3c3c3' AS TEXT)), (4, 9e999),
      (6, 'A' || char(0) || 'B' || char(7)), (7, hex(zeroblob(20000)));
    INSERT INTO nguoi_dan (id, ho_ten, mat_khau) VALUES (5, 'lớn', zeroblob(3000000));
    """
    with new_workspace(tmp_path / "new") as space:
        path = tiny(tmp_path / "old", more=more)
        _plan, result = migrate(path, space)
        with space.store.read() as session:
            rejected = {
                row.source_key: (row.reason, row.raw)
                for row in session.scalars(
                    select(RejectedRow).where(RejectedRow.source_table == "nguoi_dan")
                )
            }
            kept = {
                row.source_key: row.raw["ho_ten"]
                for row in session.scalars(
                    select(SourceRow).where(SourceRow.target_kind == "party")
                )
            }
    reasons = sorted((key.split(":")[0].split("#")[0], r[0]) for key, r in rejected.items())
    assert reasons == [
        ("1", "key.duplicate"),
        ("1", "key.duplicate"),
        ("2", "value.binary"),
        ("3", "value.binary"),
        ("4", "value.number"),
        ("7", "text.too_long"),
        ("no-key", "key.missing"),
        ("no-key", "value.too_large"),
    ]
    assert rejected["2"][1]["ho_ten"] == {"$bytes": "/wD/"}
    assert rejected["3"][1]["ho_ten"] == {"$text": "w8PD"}
    assert kept == {"1": "một", "6": "A\x00B\x07"}
    assert result.reconciliation.balanced


def test_views_and_virtual_tables_are_not_read(tmp_path: Path) -> None:
    more = "CREATE VIEW v AS SELECT * FROM ho_so; CREATE VIRTUAL TABLE f USING fts5(a);"
    path = tiny(tmp_path / "old", more=more)
    text = TINY.read_text(encoding="utf-8").replace(
        "    nhat_ky: log of the old system",
        "".join(
            f"    {name}: index\n"
            for name in ("nhat_ky", "f_data", "f_idx", "f_content", "f_docsize", "f_config")
        ),
    )
    assert plan_only(path, text=text).rows == plan_only(tiny(tmp_path / "plain")).rows


def test_links_and_pipes_are_no_attachments(tmp_path: Path) -> None:
    import os

    path = tiny(tmp_path / "old", more="UPDATE giay_to SET tep = '2023/pipe' WHERE id = 7;")
    outside = tmp_path / "secret.txt"
    outside.write_bytes(b"a")
    folder = path.parent / "tep" / "2023"
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(outside)
    os.mkfifo(folder / "pipe")
    plan = plan_only(path)
    items = next(table for table in plan.tables if table.target == "item")
    assert items.reasons["file.outside"] == 2
    assert items.reasons["file.unreadable"] == 1
