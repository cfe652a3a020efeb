"""One workspace into another: every record, every file, verified."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from migrate.old_systems import DATA, migrate, new_workspace, tiny
from sohoa_core import journal
from sohoa_core.records import Base, Dossier, JournalEntry, SourceRow
from sohoa_core.workspace import Workspace
from sohoa_migrate.errors import SourceDamaged, SourceUnreadable
from sohoa_migrate.mapping.load import load

WORKSPACE = Path("workspace")
_COPIED = (
    "parties", "party_identifiers", "party_addresses", "dossiers", "dossier_aliases", "items",
    "item_events", "documents", "versions", "pages", "fields", "signature_facts", "findings",
    "verdicts",
)  # fmt: skip


def rows(space: Workspace, table: str) -> list[dict[str, object]]:
    model = Base.metadata.tables[table]
    with space.store.read() as session:
        return [dict(r._mapping) for r in session.execute(select(model).order_by(model.c.id))]


def fill(space: Workspace, folder: Path) -> None:
    """Records of every kind: a migrated system, and more that other stages would write."""
    from sohoa_core.facts import PageFact, SignatureFact, VerdictFact
    from sohoa_core.records import Document, ItemEvent, Version
    from sohoa_core.records.recording import set_pages, set_signatures, set_verdicts

    migrate(tiny(folder), space)
    with space.store.write() as session:
        version = session.scalars(select(Version)).first()
        assert version is not None
        document = session.get(Document, version.document_id)
        assert document is not None
        assert document.item is not None
        set_pages(session, version, [PageFact(1, 100, 200, 300.0, quality={"blur": 0.5})])
        set_signatures(
            session,
            version,
            [SignatureFact("s", "passed", None, True, True, "good", True, "B-T", "x", "y")],
        )
        set_verdicts(
            session,
            "validate",
            [VerdictFact("complete", "yes", "all", "2026-11-01")],
            dossier_id=document.item.dossier_id,
        )
        session.add(ItemEvent(item_id=document.item_id, kind="revoked", effective_on="2024-01-01"))


def test_everything_is_copied_under_its_own_id(tmp_path: Path) -> None:
    with new_workspace(tmp_path / "one") as one, new_workspace(tmp_path / "two") as two:
        fill(one, tmp_path / "old")
        with one.store.read() as session:
            head = str(journal.head(session))
        plan, result = migrate(one.root, two, load(WORKSPACE), chunk=3)
        assert result.as_planned
        assert result.reconciliation.balanced
        assert plan.rejected == 0
        for table in _COPIED:
            assert rows(one, table), table
            assert rows(one, table) == rows(two, table), table
        assert list(one.vault.names()) == list(two.vault.names())
        for name in two.vault.names():
            two.vault.check(name)
        with two.store.read() as session:
            started = session.scalars(
                select(JournalEntry.data).where(JournalEntry.action == "migrate.started")
            ).one()
            assert head in started  # the history that stays behind is pinned
            before = journal.head(session)
        plan, _result = migrate(one.root, two, load(WORKSPACE))
        assert plan.nothing_to_do
        with two.store.read() as session:
            assert journal.head(session) == before


def test_agencies_and_addresses_of_an_older_workspace_are_brought_up_to_date(
    tmp_path: Path,
) -> None:
    with new_workspace(tmp_path / "one") as one, new_workspace(tmp_path / "two") as two:
        fill(one, tmp_path / "old")
        with one.store.write() as session:
            session.execute(text("UPDATE dossiers SET holder_agency_code = NULL"))
            session.execute(
                text(
                    "UPDATE party_addresses SET as_now = NULL, now_unit_code = NULL, "
                    "review = 'not_needed' WHERE unit_code = '13618'"
                )
            )
            session.execute(text("DELETE FROM dossier_aliases"))
        migrate(one.root, two, load(WORKSPACE))
        assert {row["holder_agency_code"] for row in rows(two, "dossiers")} == {"H42"}
        assert "thôn 3, Xã Trần Thương, Tỉnh Ninh Bình" in {
            row["as_now"] for row in rows(two, "party_addresses")
        }
        with two.store.read() as session:
            assert session.scalar(select(func.count()).select_from(Dossier)) == len(
                rows(two, "dossier_aliases")
            )
            kinds = set(session.scalars(select(SourceRow.target_kind)))
    assert {"party", "dossier", "item", "document"} <= kinds


def test_a_changed_file_is_rejected_with_its_document(tmp_path: Path) -> None:
    with new_workspace(tmp_path / "one") as one, new_workspace(tmp_path / "two") as two:
        fill(one, tmp_path / "old")
        name = next(iter(one.vault.names()))
        path = one.root / "vault" / "sha256" / name[:2] / name[2:4] / name
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        path.write_bytes(b"b")
        mapping = load(WORKSPACE)
        mapping = mapping.__class__(
            mapping.path,
            mapping.model.model_copy(
                update={
                    "limits": mapping.model.limits.model_copy(update={"max_rejects_percent": 50.0})
                }
            ),
            mapping.hash,
            mapping.lines,
        )
        plan, result = migrate(one.root, two, mapping)
        documents = next(table for table in plan.tables if table.target == "document")
        assert dict(documents.reasons) == {"file.digest": 1}
        assert result.reconciliation.balanced
        assert not list(two.vault.names())


def test_the_journal_of_the_source_must_be_intact(tmp_path: Path) -> None:
    with new_workspace(tmp_path / "one") as one, new_workspace(tmp_path / "two") as two:
        fill(one, tmp_path / "old")
        with one.store.write() as session:
            session.execute(text("DROP TRIGGER journal_no_update"))
            session.execute(text("UPDATE journal SET actor = 'other' WHERE seq = 2"))
        with pytest.raises(SourceDamaged):
            migrate(one.root, two, load(WORKSPACE))


def test_what_is_no_workspace(tmp_path: Path) -> None:
    with new_workspace(tmp_path / "two") as two:
        for place in (tmp_path, tmp_path / "nothing", DATA):
            with pytest.raises(SourceUnreadable):
                migrate(place, two, load(WORKSPACE))
        with new_workspace(tmp_path / "one") as one:
            root = one.root
        (root / "records.sqlite").write_bytes(b"SQLite format 3\x00 and nothing else" * 50)
        with pytest.raises(SourceUnreadable):
            migrate(root, two, load(WORKSPACE))
