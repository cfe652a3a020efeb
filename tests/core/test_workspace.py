"""Workspaces: made, found, upgraded, refused when they are not ours or too new."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from sohoa_core import journal, workspace
from sohoa_core.records import Base
from sohoa_core.records.migrations import downgrade_to, upgrade_to
from sohoa_core.records.store import HEAD, REVISIONS, Store
from sohoa_core.store_errors import (
    NoWorkspace,
    StoreCorrupt,
    StoreLocked,
    StoreTooNew,
    StoreTooOld,
    WorkspaceOccupied,
)


def test_made_once_and_left_alone_afterwards(tmp_path: Path) -> None:
    root = tmp_path / "nơi làm việc"
    assert workspace.create(root, agency_name='UBND "phường" \\ A').created
    before = (root / "sohoa.toml").read_bytes()
    assert not workspace.create(root).created
    assert (root / "sohoa.toml").read_bytes() == before
    with workspace.opened(root) as space:
        assert space.loaded.settings.workspace.agency_name == 'UBND "phường" \\ A'
        with space.store.read() as session:
            assert journal.verify(session).seq == 1


def test_a_folder_with_other_files_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(WorkspaceOccupied):
        workspace.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_found_from_below_by_name_and_by_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "w"
    workspace.create(root)
    inner = root / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert workspace.find() == root
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoWorkspace):
        workspace.find()
    assert workspace.find(root) == root
    monkeypatch.setenv("SOHOA_WORKSPACE", str(root))
    assert workspace.find() == root


def test_an_older_workspace_is_named_then_upgraded_with_a_backup(tmp_path: Path) -> None:
    root = tmp_path / "w"
    workspace.create(root)
    store = Store(f"sqlite:///{root / 'records.sqlite'}")
    downgrade_to(store.engine, "0001")
    store.close()
    with pytest.raises(StoreTooOld), workspace.opened(root):
        pass
    made = workspace.create(root)
    assert made.upgraded_from == "0001" and made.backup is not None
    with sqlite3.connect(made.backup) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    with workspace.opened(root) as space, space.store.read() as session:
        actions = [entry.action for entry in journal.entries(session)]
    assert actions == ["workspace.created", "workspace.upgraded"]


def test_a_workspace_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "w"
    workspace.create(root)
    with sqlite3.connect(root / "records.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (lambda: workspace.opened(root).__enter__(), lambda: workspace.create(root)):
        with pytest.raises(StoreTooNew):
            attempt()


def test_a_damaged_records_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    root = tmp_path / "w"
    workspace.create(root)
    for name in ("records.sqlite-wal", "records.sqlite-shm"):
        (root / name).unlink(missing_ok=True)
    (root / "records.sqlite").write_bytes(b"this is no database" * 300)
    with pytest.raises(StoreCorrupt), workspace.opened(root):
        pass


def test_a_locked_records_file_is_said_to_be_locked(tmp_path: Path) -> None:
    root = tmp_path / "w"
    workspace.create(root)
    with (root / "sohoa.toml").open("a") as stream:
        stream.write("\n[store]\nbusy_seconds = 0.2\n")
    other = sqlite3.connect(root / "records.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with workspace.opened(root) as space:
        with space.store.read() as session:  # reading goes on
            assert journal.head(session).seq == 1
        with pytest.raises(StoreLocked), space.store.write() as session:
            journal.append(session, actor="a", action="b", subject_kind="c", subject_id="d")
    other.close()


def test_an_interrupted_making_is_finished_by_the_next(tmp_path: Path) -> None:
    root = tmp_path / "w"
    root.mkdir()
    (root / "sohoa.toml").write_text("")  # as a killed `init` leaves it
    assert workspace.create(root).created
    with workspace.opened(root) as space:
        space.store.check_revision()


def test_an_unwritable_folder_is_a_clear_error(tmp_path: Path) -> None:
    """Root has to give up its right to ignore permissions."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from sohoa_core import workspace\n"
        "from sohoa_core.errors import StoreError\n"
        "try:\n"
        "    workspace.create(Path(sys.argv[1]) / 'w')\n"
        "except StoreError as error:\n"
        "    print(error.code)\n"
    )
    words = [sys.executable, "-c", script, str(locked)]
    if os.geteuid() == 0:
        words = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *words]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.stdout == "store.read_only\n", done.stderr


# --- The schema, on both databases ------------------------------------------------------------


def test_the_migrations_make_exactly_the_models(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_program_knows_every_revision() -> None:
    folder = Path(sys.modules["sohoa_core.records.migrations"].__file__ or "").parent
    script = ScriptDirectory(str(folder))
    assert tuple(r.revision for r in reversed(list(script.walk_revisions()))) == REVISIONS
    assert script.get_current_head() == HEAD


def test_an_upgrade_keeps_the_records_and_a_downgrade_empties_the_database(store_url: str) -> None:
    store = Store(store_url)
    upgrade_to(store.engine, "0001")
    with store.write() as session:
        head = journal.append(session, actor="a", action="b", subject_kind="c", subject_id="d")
    assert store.revision() == "0001"
    store.upgrade()
    store.check_revision()
    with store.read() as session:
        assert journal.verify(session) == head
    downgrade_to(store.engine, "base")
    with store.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 0
    store.close()
