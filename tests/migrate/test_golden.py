"""A tiny old system and the records it must become, in plain text."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from migrate.old_systems import DATA, described, migrate, new_workspace, plan_only, tiny
from sohoa_core import journal
from sohoa_core.errors import ExitCode
from sohoa_core.records import Batch, JournalEntry, RejectedRow, SourceRow


def test_the_records_are_those_of_the_golden_file(tmp_path: Path, store_url: str) -> None:
    with new_workspace(tmp_path / "new", store_url) as space:
        plan, result = migrate(tiny(tmp_path / "old"), space)
        with space.store.read() as session:
            found = described(session)
            journal.verify(session)
    assert found == (DATA / "tiny.expected.txt").read_text(encoding="utf-8")
    assert result.as_planned
    assert result.reconciliation.balanced
    assert result.exit_code == ExitCode.SOME_FAILED
    assert plan.unmapped == {"trang_thai": {"HUY": 1}}


def test_a_dry_run_counts_what_a_run_does_and_writes_nothing(
    tmp_path: Path, store_url: str
) -> None:
    source = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new", store_url) as space:
        with space.store.read() as session:
            before = journal.head(session)
        dry = plan_only(source, space)
        with space.store.read() as session:
            assert journal.head(session) == before
            assert session.scalar(select(SourceRow.id)) is None
        assert not list(space.vault.names())
        plan, result = migrate(source, space)
    assert dry.tables == plan.tables == result.tables
    assert dry.totals == plan.totals == result.reconciliation.source == result.reconciliation.store
    assert dry.fingerprint == plan.fingerprint
    assert all(table.accounted for table in result.tables)
    without_store = plan_only(source)
    assert without_store.tables == dry.tables


def test_the_second_run_finds_nothing_to_do(tmp_path: Path, store_url: str) -> None:
    source = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new", store_url) as space:
        migrate(source, space)
        with space.store.read() as session:
            head, before = journal.head(session), described(session)
        plan, result = migrate(source, space)
        with space.store.read() as session:
            assert journal.head(session) == head
            assert described(session) == before
    assert plan.nothing_to_do
    assert result.batch == ""
    assert sum(table.unchanged for table in plan.tables) == 11
    assert {table.insert + table.update for table in plan.tables} == {0}
    assert result.exit_code == ExitCode.SOME_FAILED  # rejected rows are still rejected


def test_a_changed_row_is_updated_and_a_mended_one_taken_over(
    tmp_path: Path, store_url: str
) -> None:
    source = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new", store_url) as space:
        migrate(source, space)
        source.unlink()
        changes = (
            "UPDATE ho_so SET tt = 'TRA' WHERE id = 2;"
            "UPDATE ho_so SET tt = 'TN' WHERE id = 6;"
            "DELETE FROM ho_so WHERE id = 5;"
        )
        plan, result = migrate(tiny(tmp_path / "old", more=changes), space)
        dossiers = next(table for table in plan.tables if table.target == "dossier")
        assert (dossiers.insert, dossiers.update, dossiers.resolved) == (1, 1, 1)
        account = next(t for t in result.reconciliation.tables if t.target == "dossier")
        assert account.gone == 1  # what the source no longer has stays here and is counted
        with space.store.read() as session:
            text = described(session)
            assert (
                session.scalar(select(RejectedRow.id).where(RejectedRow.reason == "lookup.unknown"))
                is None
            )
    assert "000.00.00.H25-250601-0001 | status 10" in text
    assert "DOSSIER 6: 000.28.73.H25-230403-0006 | status 2" in text
    assert "DOSSIER 5:" in text


def test_every_entry_of_the_journal_names_the_mapping_and_no_person(
    tmp_path: Path, store_url: str
) -> None:
    with new_workspace(tmp_path / "new", store_url) as space:
        plan, _result = migrate(tiny(tmp_path / "old"), space, chunk=2)
        with space.store.read() as session:
            entries = [
                (entry.action, entry.subject_id, entry.data)
                for entry in session.scalars(
                    select(JournalEntry)
                    .where(JournalEntry.action.like("migrate.%"))
                    .order_by(JournalEntry.seq)
                )
            ]
            batch, state = session.execute(select(Batch.id, Batch.state)).one()
            hashes = set(session.scalars(select(SourceRow.mapping_hash)))
    assert entries[0][0] == "migrate.started"
    assert entries[-1][0] == "migrate.finished"
    assert len(entries) > 4
    assert hashes == {plan.mapping_hash}
    for _action, subject, data in entries:
        assert plan.mapping_hash in data
        assert subject == batch
        for secret in ("NGUYỄN", "Trần Văn Tý", "035180000018", "Chi Lăng"):
            assert secret not in data
    assert state == "done"


def test_a_dossier_changed_here_keeps_its_change(tmp_path: Path, store_url: str) -> None:
    from sqlalchemy import update

    from sohoa_core.records import Dossier

    source = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new", store_url) as space:
        migrate(source, space)
        with space.store.write() as session:
            session.execute(
                update(Dossier).where(Dossier.code == "000.00.00.H25-250601-0001").values(status=9)
            )
        _plan, result = migrate(source, space)
    assert result.reconciliation.changed_here == 1
    assert result.reconciliation.store.dossiers_by_status["9"] == 1


def test_lost_records_break_the_reconciliation(tmp_path: Path, store_url: str) -> None:
    import pytest
    from sqlalchemy import delete

    from sohoa_core.records import Item
    from sohoa_migrate.errors import ReconcileBroken

    source = tiny(tmp_path / "old")
    with new_workspace(tmp_path / "new", store_url) as space:
        migrate(source, space)
        with space.store.write() as session:
            session.execute(delete(Item).where(Item.title == "Bản giấy"))
        with pytest.raises(ReconcileBroken) as caught:
            migrate(source, space)
    assert caught.value.exit_code == ExitCode.STORE
    assert "giay_to -> item: 1 records" in caught.value.message("en")
