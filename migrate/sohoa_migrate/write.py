"""Writing the decisions of one chunk: Core statements with many rows each, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from sohoa_core import clock
from sohoa_core.canonical import new_id
from sohoa_core.records import Item, RejectedRow, SourceRow
from sohoa_migrate.engine import Action, Decision
from sohoa_migrate.outcome import Refused, record_id
from sohoa_migrate.targets import CHILD_TABLES, MAIN_TABLES, REPLACED, complete, table_of

_sources = table_of(SourceRow)
_rejects = table_of(RejectedRow)
_items = table_of(Item)
_DECIDED = ("accepted", "corrected")


def write_chunk(
    session: Session,
    decisions: Sequence[Decision],
    *,
    system: str,
    table: str,
    target: str,
    mapping_hash: str,
) -> bool:
    """Write what the decisions say inside the caller's transaction; whether anything changed."""
    new = [d for d in decisions if d.action is Action.INSERT]
    changed = [d for d in decisions if d.action is Action.UPDATE]
    refused = [d for d in decisions if d.action is Action.REJECT and d.fresh]
    resolved = [d for d in decisions if d.resolved]
    if target == "item":
        _number_items(session, new, changed)
    main = MAIN_TABLES[target]
    if new:
        session.execute(
            insert(main), [complete(main, {"id": d.made.id, **d.made.record}) for d in new]
        )
    if changed:
        _update(session, main, changed)
        _clear_children(session, target, [d.made.id for d in changed])
    _insert_children(session, [*new, *changed], fresh_ids={d.made.id for d in new})
    _write_sources(session, new, changed, system, table, target, mapping_hash)
    for decision in resolved:
        _withdraw(session, decision, system, table, target)
    if refused:
        _write_rejects(session, refused, system, table, target, mapping_hash)
    return bool(new or changed or refused or resolved)


def _update(session: Session, main: Table, changed: Sequence[Decision]) -> None:
    for decision in changed:
        session.execute(
            update(main).where(main.c.id == decision.made.id).values(**decision.made.record)
        )


def _number_items(session: Session, new: Sequence[Decision], changed: Sequence[Decision]) -> None:
    """Give each new item its place in the dossier: the one it wants, or the next free one."""
    dossiers = {d.made.record["dossier_id"] for d in new}
    taken: dict[str, set[int]] = {dossier: set() for dossier in dossiers}
    if dossiers:
        for row in session.execute(
            select(_items.c.dossier_id, _items.c.ordinal).where(
                _items.c.dossier_id.in_(list(dossiers))
            )
        ):
            taken[row.dossier_id].add(row.ordinal)
    for decision in new:
        places = taken[decision.made.record["dossier_id"]]
        place = decision.made.wanted_ordinal
        if place is None or place in places:
            place = max(places, default=0) + 1
        places.add(place)
        decision.made.record["ordinal"] = place
    for decision in changed:
        decision.made.record.pop("ordinal", None)  # it keeps the place it has


def _clear_children(session: Session, target: str, ids: Sequence[str]) -> None:
    for name, column in REPLACED[target].items():
        child = CHILD_TABLES[name]
        statement = delete(child).where(child.c[column].in_(ids))
        if name == "party_addresses":
            statement = statement.where(child.c.review.not_in(_DECIDED))
        if name == "findings":
            statement = statement.where(child.c.stage == "migrate")
        session.execute(statement)


def _insert_children(
    session: Session, accepted: Sequence[Decision], *, fresh_ids: set[str]
) -> None:
    """Insert what hangs on the records; of updated records only what is not there."""
    for name, child in CHILD_TABLES.items():
        rows = [
            complete(child, row)
            for decision in accepted
            for row in decision.made.children.get(name, ())
        ]
        if not rows:
            continue
        old = [
            row["id"]
            for decision in accepted
            if decision.made.id not in fresh_ids
            for row in decision.made.children.get(name, ())
        ]
        if old:
            present = set(session.scalars(select(child.c.id).where(child.c.id.in_(old))))
            rows = [row for row in rows if row["id"] not in present]
        if rows:
            session.execute(insert(child), rows)


def _write_sources(
    session: Session,
    new: Sequence[Decision],
    changed: Sequence[Decision],
    system: str,
    table: str,
    target: str,
    mapping_hash: str,
) -> None:
    at = clock.now()
    rows = []
    for decision in [*new, *changed]:
        for kind, id_ in [(target, decision.made.id), *decision.made.also]:
            rows.append(
                {
                    "id": record_id("source", system, table, decision.line.key, kind),
                    "system": system,
                    "source_table": table,
                    "source_key": decision.line.key,
                    "row_hash": decision.line.hash,
                    "raw": decision.line.raw,
                    "target_kind": kind,
                    "target_id": id_,
                    "mapping_hash": mapping_hash,
                    "notes": decision.made.notes,
                    "migrated_at": at,
                }
            )
    if changed:
        gone = [record_id("source", system, table, d.line.key, target) for d in changed]
        gone += [
            record_id("source", system, table, d.line.key, kind)
            for d in changed
            for kind, _id in d.made.also
        ]
        session.execute(delete(_sources).where(_sources.c.id.in_(gone)))
    if rows:
        session.execute(insert(_sources), rows)


def _withdraw(session: Session, decision: Decision, system: str, table: str, target: str) -> None:
    """Take back the rejections that no longer hold for this kind of record."""
    for row in _rejections(session, system, table, [decision.line.key]):
        if row.reason not in decision.resolved:
            continue
        left = [name for name in row.args.get("targets", ()) if name != target]
        if left:
            session.execute(
                update(_rejects)
                .where(_rejects.c.id == row.id)
                .values(args={**row.args, "targets": left})
            )
        else:
            session.execute(delete(_rejects).where(_rejects.c.id == row.id))


def _rejections(session: Session, system: str, table: str, keys: Sequence[str]) -> list[Any]:
    return list(
        session.execute(
            select(_rejects.c.id, _rejects.c.source_key, _rejects.c.reason, _rejects.c.args).where(
                _rejects.c.system == system,
                _rejects.c.source_table == table,
                _rejects.c.source_key.in_(keys),
            )
        )
    )


def _write_rejects(
    session: Session,
    refused: Sequence[Decision],
    system: str,
    table: str,
    target: str,
    mapping_hash: str,
) -> None:
    """Keep the original of each rejected row; one entry a row and reason, whatever it was to
    become."""
    at = clock.now()
    before = {
        (row.source_key, row.reason): row
        for row in _rejections(session, system, table, [d.line.key for d in refused])
    }
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    replaced = []
    for decision in refused:
        outcome = decision.outcome
        assert isinstance(outcome, Refused)
        place = (decision.line.key, outcome.reason)
        targets = {target}
        if place in before:
            targets |= set(before[place].args.get("targets", ()))
            replaced.append(before[place].id)
        rows[place] = {
            "id": new_id(),
            "system": system,
            "source_table": table,
            "source_key": decision.line.key,
            "raw": decision.line.raw,
            "reason": outcome.reason,
            "args": {**outcome.args, "targets": sorted(targets)},
            "mapping_hash": mapping_hash,
            "rejected_at": at,
        }
    if replaced:
        session.execute(delete(_rejects).where(_rejects.c.id.in_(replaced)))
    session.execute(insert(_rejects), list(rows.values()))


def kept_values(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    """Status, date and agency of dossiers as they are in the store now, by id."""
    table = MAIN_TABLES["dossier"]
    return {
        row.id: row
        for row in session.execute(
            select(table.c.id, table.c.status, table.c.received_on, table.c.agency_code).where(
                table.c.id.in_(ids)
            )
        )
    }


def versions_of(session: Session, ids: Sequence[str]) -> list[tuple[str, int]]:
    """SHA-256 and size of the versions with these ids."""
    table = CHILD_TABLES["versions"]
    return [
        (row.sha256, row.size)
        for row in session.execute(select(table.c.sha256, table.c.size).where(table.c.id.in_(ids)))
    ]
