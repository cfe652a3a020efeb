"""Reconciliation: what was read against what is in the store, counted on both sides apart.

The source side comes from the pass (and the source's own row counts), the store side from
queries that know nothing of the pass. Every row must be migrated, rejected or ignored by a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sohoa_core.records import RejectedRow, SourceRow
from sohoa_core.records.store import Store
from sohoa_migrate.ledger import ACCEPTED, LEFT_OUT, Ledger
from sohoa_migrate.outcome import record_id
from sohoa_migrate.plan import Sums, TablePlan, Totals, totals_dict
from sohoa_migrate.prepare import Prepared
from sohoa_migrate.targets import MAIN_TABLES, table_of
from sohoa_migrate.write import kept_values

_sources = table_of(SourceRow)
_rejects = table_of(RejectedRow)
_WINDOW = 1000


@dataclass(frozen=True, slots=True)
class TableAccount:
    """One table as one kind of record, on both sides.

    ``gone`` records came from rows that the source no longer has, or that are rejected or left
    out now; they stay as they are.
    """

    table: str
    target: str
    rows: int
    read: int
    accepted: int
    rejected: int
    ignored: int
    recorded: int
    rejections: int
    gone: int
    lost_records: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Both sides, and every way in which they disagree (``problems``; none means equal).

    ``changed_here`` dossiers were migrated earlier and changed in the new system since: they
    are counted as they are now.
    """

    tables: tuple[TableAccount, ...]
    source: Totals
    store: Totals
    changed_here: int = 0
    problems: tuple[str, ...] = field(default=())

    @property
    def balanced(self) -> bool:
        """Whether both sides agree."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "balanced": self.balanced,
            "problems": list(self.problems),
            "changed_here": self.changed_here,
            "tables": [
                {name: getattr(table, name) for name in TableAccount.__slots__}
                for table in self.tables
            ],
            "source": totals_dict(self.source),
            "store": totals_dict(self.store),
        }


def reconcile(
    prepared: Prepared,
    store: Store,
    ledger: Ledger,
    tables: Sequence[TablePlan],
    *,
    source: Sums,
    found: Sums,
    changed_here: int,
) -> Reconciliation:
    """Compare; ``source`` are the sums of the pass, ``found`` the files read back so far."""
    counts = {(feed.table, feed.target): feed.count() for feed, _mapper in prepared.feeds}
    accounts = []
    problems: list[str] = []
    with store.read() as session:
        for plan in tables:
            account = _account(
                session, prepared, ledger, plan, counts[plan.table, plan.target], found
            )
            accounts.append(account)
            problems += _faults(plan, account)
    left, right = source.totals(), found.totals()
    for name, one, two in (
        ("status", left.dossiers_by_status, right.dossiers_by_status),
        ("year", left.dossiers_by_year, right.dossiers_by_year),
        ("agency", left.dossiers_by_agency, right.dossiers_by_agency),
    ):
        for key in sorted({*one, *two}):
            if one.get(key, 0) != two.get(key, 0):
                problems.append(f"{name} {key}: {one.get(key, 0)} != {two.get(key, 0)}")
    if (left.files, left.file_bytes) != (right.files, right.file_bytes):
        problems.append(
            f"files: {left.files} ({left.file_bytes} B) != {right.files} ({right.file_bytes} B)"
        )
    elif left.file_digests != right.file_digests:
        problems.append("files: digests")
    return Reconciliation(tuple(accounts), left, right, changed_here, tuple(problems))


def _account(
    session: Session,
    prepared: Prepared,
    ledger: Ledger,
    plan: TablePlan,
    rows: int,
    found: Sums,
) -> TableAccount:
    recorded = gone = 0
    for ids in _windows(_record_ids(session, prepared.system, plan)):
        states = ledger.states(ids)
        here = [id_ for id_ in ids if states.get(id_) == ACCEPTED]
        recorded += len(here)
        gone += len(ids) - len(here)
        if plan.target == "dossier":
            for row in kept_values(session, here).values():
                found.dossier(row.status, row.received_on, row.agency_code)
    rejections = 0
    for keys in _windows(_rejected_keys(session, prepared.system, plan)):
        ids = [
            key if prepared.keeps_ids else record_id(prepared.system, plan.table, key, plan.target)
            for key in keys
        ]
        states = ledger.states(ids)
        rejections += sum(states.get(id_) == LEFT_OUT for id_ in ids)
    return TableAccount(
        table=plan.table,
        target=plan.target,
        rows=rows,
        read=plan.rows,
        accepted=plan.insert + plan.update + plan.unchanged,
        rejected=plan.rejected,
        ignored=plan.ignored,
        recorded=recorded,
        rejections=rejections,
        gone=gone,
        lost_records=_lost(session, prepared.system, plan),
    )


def _faults(plan: TablePlan, account: TableAccount) -> list[str]:
    place = f"{account.table} -> {account.target}"
    found = []
    if account.rows != account.read:
        found.append(f"{place}: {account.rows} rows in the source, {account.read} read")
    if not plan.accounted:
        found.append(f"{place}: rows that are neither accepted, rejected nor ignored")
    if account.accepted != account.recorded:
        found.append(f"{place}: {account.accepted} accepted, {account.recorded} recorded")
    if account.rejected != account.rejections:
        found.append(f"{place}: {account.rejected} rejected, {account.rejections} recorded")
    if account.lost_records:
        found.append(f"{place}: {account.lost_records} records are gone from the store")
    return found


def _record_ids(session: Session, system: str, plan: TablePlan) -> Iterator[str]:
    return iter(
        session.scalars(
            select(_sources.c.target_id)
            .where(
                _sources.c.system == system,
                _sources.c.source_table == plan.table,
                _sources.c.target_kind == plan.target,
            )
            .execution_options(yield_per=_WINDOW)
        )
    )


def _rejected_keys(session: Session, system: str, plan: TablePlan) -> Iterator[str]:
    """Keys of rejected rows, each once."""
    before = None
    for row in session.execute(
        select(_rejects.c.source_key, _rejects.c.args)
        .where(_rejects.c.system == system, _rejects.c.source_table == plan.table)
        .order_by(_rejects.c.source_key)
        .execution_options(yield_per=_WINDOW)
    ):
        if plan.target in row.args.get("targets", ()) and row.source_key != before:
            before = row.source_key
            yield row.source_key


def _lost(session: Session, system: str, plan: TablePlan) -> int:
    """Source rows whose record is no longer there."""
    main = MAIN_TABLES[plan.target]
    return int(
        session.scalar(
            select(func.count())
            .select_from(_sources.outerjoin(main, main.c.id == _sources.c.target_id))
            .where(
                _sources.c.system == system,
                _sources.c.source_table == plan.table,
                _sources.c.target_kind == plan.target,
                main.c.id.is_(None),
            )
        )
        or 0
    )


def _windows(values: Iterator[str]) -> Iterator[list[str]]:
    window: list[str] = []
    for value in values:
        window.append(value)
        if len(window) == _WINDOW:
            yield window
            window = []
    if window:
        yield window
