"""Carrying out a plan: chunks in transactions, each with its journal entry; idempotent.

A record's id follows from its source row, and a row whose hash and mapping are on record is left
alone. So a run that was killed goes on where it stopped by simply running again, and a second
run writes nothing at all, not even to the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from sohoa_core import clock, journal
from sohoa_core.canonical import fingerprint, new_id
from sohoa_core.errors import ExitCode
from sohoa_core.records import Batch, BatchItem, BatchState, ItemState
from sohoa_core.records.store import Store
from sohoa_core.vault import Vault
from sohoa_migrate.engine import Action, Decision, Pass, fingerprint_of
from sohoa_migrate.errors import ReconcileBroken, SourceChanged, TooManyRejects
from sohoa_migrate.outcome import Made, Refused
from sohoa_migrate.plan import (
    CHUNK,
    MigrationPlan,
    Progress,
    RejectedFact,
    Sums,
    TablePlan,
    Tally,
    rejected_fact,
    table_dict,
)
from sohoa_migrate.prepare import Prepared
from sohoa_migrate.reconcile import Reconciliation, reconcile
from sohoa_migrate.targets import table_of
from sohoa_migrate.write import kept_values, versions_of, write_chunk

STAGE = "migrate"
_batches = table_of(Batch)
_items = table_of(BatchItem)


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """What came of a run. ``as_planned``: every count is the plan's.

    ``batch`` is empty when there was nothing to do.
    """

    plan: MigrationPlan
    batch: str
    tables: tuple[TablePlan, ...]
    reconciliation: Reconciliation
    as_planned: bool

    @property
    def exit_code(self) -> ExitCode:
        """3 when rows were rejected."""
        rejected = any(table.rejected for table in self.tables)
        return ExitCode.SOME_FAILED if rejected else ExitCode.DONE

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without personal data."""
        return {
            "system": self.plan.system,
            "mapping_hash": self.plan.mapping_hash,
            "fingerprint": self.plan.fingerprint,
            "batch": self.batch,
            "as_planned": self.as_planned,
            "tables": [table_dict(table) for table in self.tables],
            "reconciliation": self.reconciliation.to_dict(),
            "exit_code": int(self.exit_code),
        }


def apply(
    plan: MigrationPlan,
    prepared: Prepared,
    store: Store,
    vault: Vault,
    *,
    actor: str,
    chunk: int = CHUNK,
    on_progress: Callable[[Progress], None] | None = None,
    on_reject: Callable[[RejectedFact], None] | None = None,
) -> MigrationResult:
    """Carry out ``plan``.

    Raises :class:`SourceChanged` when source or mapping are not those of the plan,
    :class:`TooManyRejects` above the threshold, ``BatchBusy`` when the same migration runs
    elsewhere, and :class:`ReconcileBroken` when the two sides disagree at the end.
    """
    if plan.mapping_hash != prepared.mapping.hash or plan.system != prepared.system:
        raise SourceChanged(where=prepared.mapping.path)
    if plan.snapshot != prepared.snapshot and plan.fingerprint != fingerprint_of(prepared, chunk):
        raise SourceChanged(where=prepared.source)
    if plan.stopped:
        raise TooManyRejects(
            where=prepared.source,
            rejected=plan.rejected,
            total=plan.rows,
            percent=f"{plan.rejects_percent:.1f}",
            allowed=f"{plan.max_rejects_percent:g}",
        )
    run = _Run(plan, prepared, store, vault, actor, chunk, on_progress, on_reject)
    if plan.nothing_to_do:
        return run.carry_out("")
    batch = _open_batch(plan, prepared, store, actor)
    with store.batch_lock(batch, STAGE):
        try:
            run.start(batch)
            result = run.carry_out(batch)
        except BaseException:
            _mark(store, batch, BatchState.STOPPED)
            raise
        run.finish(batch, result)
    return result


class _Run:
    """One run of a plan."""

    def __init__(
        self,
        plan: MigrationPlan,
        prepared: Prepared,
        store: Store,
        vault: Vault,
        actor: str,
        chunk: int,
        on_progress: Callable[[Progress], None] | None,
        on_reject: Callable[[RejectedFact], None] | None,
    ) -> None:
        self.plan = plan
        self.prepared = prepared
        self.store = store
        self.vault = vault
        self.actor = actor
        self.chunk = chunk
        self.on_progress = on_progress
        self.on_reject = on_reject
        self.tally = Tally()
        self.found = Sums()
        self.changed_here = 0

    def start(self, batch: str) -> None:
        """Tell the journal what is going to happen, before anything does."""
        with self.store.write() as session:
            journal.append(
                session,
                actor=self.actor,
                action="migrate.started",
                subject_kind="batch",
                subject_id=batch,
                data={
                    "system": self.plan.system,
                    "mapping": self.plan.mapping_hash,
                    "source": self.plan.fingerprint,
                    "origin": dict(self.prepared.origin),
                    "tables": [table_dict(table) for table in self.plan.tables],
                },
            )

    def finish(self, batch: str, result: MigrationResult) -> None:
        """Close the batch and tell the journal how it ended."""
        review = any(table.reviews for table in result.tables)
        with self.store.write() as session:
            session.execute(
                update(_items)
                .where(_items.c.batch_id == batch)
                .values(
                    state=ItemState.REVIEW if review else ItemState.DONE, finished_at=clock.now()
                )
            )
            session.execute(
                update(_batches)
                .where(_batches.c.id == batch)
                .values(state=BatchState.DONE, updated_at=clock.now())
            )
            journal.append(
                session,
                actor=self.actor,
                action="migrate.finished",
                subject_kind="batch",
                subject_id=batch,
                data={
                    "system": self.plan.system,
                    "mapping": self.plan.mapping_hash,
                    "balanced": result.reconciliation.balanced,
                    "as_planned": result.as_planned,
                    "tables": [table_dict(table) for table in result.tables],
                },
            )

    def carry_out(self, batch: str) -> MigrationResult:
        """Go through the source once, write what changes, and reconcile."""
        work = Pass(self.prepared, self.store, vault=self.vault, chunk=self.chunk)
        for feed, _mapper in self.prepared.feeds:
            self.tally.add(feed.table, feed.target, [])
        done = rejected = 0
        try:
            for feed, decisions in work.run():
                if batch:
                    self._write(batch, feed.table, feed.target, decisions)
                self.tally.add(feed.table, feed.target, decisions)
                self._count(feed.target, decisions)
                done += len(decisions)
                for decision in decisions:
                    if isinstance(decision.outcome, Refused):
                        rejected += 1
                        if self.on_reject is not None:
                            self.on_reject(rejected_fact(feed.table, feed.target, decision))
                if self.on_progress is not None:
                    self.on_progress(Progress(self.plan.rows, done, rejected, feed.table))
            tables = self.tally.tables()
            report = reconcile(
                self.prepared,
                self.store,
                work.ledger,
                tables,
                source=self.tally.sums,
                found=self.found,
                changed_here=self.changed_here,
            )
        finally:
            work.close()
        if not report.balanced:
            raise ReconcileBroken(
                where=self.prepared.system,
                detail="; ".join(report.problems[:5]),
                report=report.to_dict(),
            )
        return MigrationResult(
            self.plan, batch, tables, report, as_planned=tables == self.plan.tables
        )

    def _write(self, batch: str, table: str, target: str, decisions: list[Decision]) -> None:
        if not any(
            d.action in (Action.INSERT, Action.UPDATE)
            or (d.action is Action.REJECT and d.fresh)
            or d.resolved
            for d in decisions
        ):
            return
        counts: dict[str, int] = {}
        for decision in decisions:
            counts[decision.action.value] = counts.get(decision.action.value, 0) + 1
        last = decisions[-1].line.key
        with self.store.write() as session:
            write_chunk(
                session,
                decisions,
                system=self.plan.system,
                table=table,
                target=target,
                mapping_hash=self.plan.mapping_hash,
            )
            session.execute(
                update(_items)
                .where(_items.c.batch_id == batch, _items.c.key == f"{table} -> {target}")
                .values(
                    state=ItemState.RUNNING,
                    result={"checkpoint": fingerprint(last), "chunk": counts},
                )
            )
            journal.append(
                session,
                actor=self.actor,
                action="migrate.chunk",
                subject_kind="batch",
                subject_id=batch,
                data={
                    "table": table,
                    "target": target,
                    "counts": counts,
                    "mapping": self.plan.mapping_hash,
                },
            )

    def _count(self, target: str, decisions: list[Decision]) -> None:
        """Count the source side of a chunk, and read its files back from the store."""
        versions = []
        for decision in decisions:
            if not isinstance(decision.outcome, Made):
                continue
            for seen in decision.seen_files:
                self.tally.sums.file(seen.sha256, seen.size)
            if decision.seen_files:
                versions += [row["id"] for row in decision.made.children.get("versions", ())]
        if versions:
            with self.store.read() as session:
                for sha256, _size in versions_of(session, versions):
                    self.found.file(sha256, self.vault.check(sha256))
        if target == "dossier":
            self._count_dossiers([d for d in decisions if isinstance(d.outcome, Made)])

    def _count_dossiers(self, accepted: list[Decision]) -> None:
        old = [d.made.id for d in accepted if d.action is Action.UNCHANGED]
        kept: dict[str, Any] = {}
        if old:
            with self.store.read() as session:
                kept = kept_values(session, old)
        for decision in accepted:
            record = decision.made.record
            values = (record["status"], record["received_on"], record["agency_code"])
            now = kept.get(decision.made.id)
            if now is not None:
                here = (now.status, now.received_on, now.agency_code)
                self.changed_here += here != values
                values = here
            self.tally.sums.dossier(*values)


def _open_batch(plan: MigrationPlan, prepared: Prepared, store: Store, actor: str) -> str:
    """The batch of this migration: the same system and mapping always have the same one."""
    params = {"system": plan.system, "mapping": plan.mapping_hash, "kind": STAGE}
    params_hash = fingerprint(params)
    with store.write() as session:
        batch = session.scalar(
            select(_batches.c.id).where(
                _batches.c.stage == STAGE,
                _batches.c.source == plan.system,
                _batches.c.params_hash == params_hash,
            )
        )
        if batch is None:
            batch = new_id()
            session.execute(
                insert(_batches).values(
                    id=batch,
                    stage=STAGE,
                    stage_version="1",
                    source=plan.system,
                    params=params,
                    params_hash=params_hash,
                    state=BatchState.LISTING,
                    runs=0,
                    created_at=clock.now(),
                    updated_at=clock.now(),
                )
            )
        known = set(session.scalars(select(_items.c.key).where(_items.c.batch_id == batch)))
        for ordinal, (feed, _mapper) in enumerate(prepared.feeds, start=1):
            key = f"{feed.table} -> {feed.target}"
            if key not in known:
                session.execute(
                    insert(_items).values(
                        id=new_id(),
                        batch_id=batch,
                        ordinal=ordinal,
                        key=key,
                        label=f"{feed.table} -> {feed.target}",
                        payload={"table": feed.table, "target": feed.target},
                        state=ItemState.QUEUED,
                        attempts=0,
                    )
                )
        session.execute(
            update(_items)
            .where(_items.c.batch_id == batch)
            .values(state=ItemState.QUEUED, attempts=_items.c.attempts + 1)
        )
        session.execute(
            update(_batches)
            .where(_batches.c.id == batch)
            .values(state=BatchState.RUNNING, runs=_batches.c.runs + 1, updated_at=clock.now())
        )
    return str(batch)


def _mark(store: Store, batch: str, state: BatchState) -> None:
    """Note the state of a batch, if the store still can."""
    import contextlib

    from sohoa_core.errors import StoreError

    with contextlib.suppress(StoreError), store.write() as session:
        session.execute(
            update(_batches)
            .where(_batches.c.id == batch)
            .values(state=state, updated_at=clock.now())
        )
