"""The plan: what a run would do, counted by the same code that does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sohoa_core.records.store import Store
from sohoa_migrate import conversion
from sohoa_migrate.engine import Action, Decision, Pass
from sohoa_migrate.outcome import Made, Refused, Skipped
from sohoa_migrate.prepare import Prepared, TableCoverage

CHUNK = 500
_MOST_CODES = 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass is: rows of all tables, and the rejected ones among them."""

    total: int
    done: int
    rejected: int
    table: str


@dataclass(frozen=True, slots=True)
class RejectedFact:
    """One rejected row, without its content."""

    table: str
    key: str
    target: str
    reason: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What happens to the rows of one table as one kind of record.

    ``new_rejects`` of the ``rejected`` rows are not on record yet; ``resolved`` accepted rows
    were rejected by an earlier run.
    """

    table: str
    target: str
    rows: int
    insert: int
    update: int
    unchanged: int
    rejected: int
    ignored: int
    new_rejects: int = 0
    resolved: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    ignored_by: Mapping[str, int] = field(default_factory=dict)
    reviews: Mapping[str, int] = field(default_factory=dict)

    @property
    def accounted(self) -> bool:
        """Whether every row is somewhere."""
        parts = self.insert + self.update + self.unchanged + self.rejected + self.ignored
        return parts == self.rows


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums that must agree on both sides; keys are texts, ``-`` where the source says nothing."""

    dossiers_by_status: Mapping[str, int] = field(default_factory=dict)
    dossiers_by_year: Mapping[str, int] = field(default_factory=dict)
    dossiers_by_agency: Mapping[str, int] = field(default_factory=dict)
    files: int = 0
    file_bytes: int = 0
    #: Sum of all SHA-256 values modulo 2**256: independent of order, equal only for equal sets.
    file_digests: str = "0" * 64


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """A finished plan; ``apply`` carries out exactly this one.

    ``fingerprint`` is the hash of all source rows and code lists read, ``mapping_hash`` that of
    the mapping file, ``versions`` those of the unit tables.
    """

    system: str
    source: str
    mapping: str
    mapping_hash: str
    fingerprint: str
    snapshot: str
    tables: tuple[TablePlan, ...]
    coverage: tuple[TableCoverage, ...]
    unmapped: Mapping[str, Mapping[str, int]]
    totals: Totals
    max_rejects_percent: float
    versions: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """Rows read; a table that makes two kinds of record counts twice."""
        return sum(table.rows for table in self.tables)

    @property
    def rejected(self) -> int:
        """Rows that would not be taken over."""
        return sum(table.rejected for table in self.tables)

    @property
    def rejects_percent(self) -> float:
        """Rejected rows in a hundred, of those that no rule leaves out."""
        counted = self.rows - sum(table.ignored for table in self.tables)
        return 100.0 * self.rejected / counted if counted else 0.0

    @property
    def stopped(self) -> bool:
        """Whether the threshold forbids the run."""
        return self.rejects_percent > self.max_rejects_percent

    @property
    def nothing_to_do(self) -> bool:
        """Whether a run would change nothing."""
        return not any(
            table.insert or table.update or table.new_rejects or table.resolved
            for table in self.tables
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without personal data."""
        return {
            "system": self.system,
            "source": self.source,
            "mapping": self.mapping,
            "mapping_hash": self.mapping_hash,
            "fingerprint": self.fingerprint,
            "versions": dict(self.versions),
            "rows": self.rows,
            "rejected": self.rejected,
            "rejects_percent": round(self.rejects_percent, 3),
            "max_rejects_percent": self.max_rejects_percent,
            "stopped": self.stopped,
            "nothing_to_do": self.nothing_to_do,
            "tables": [table_dict(table) for table in self.tables],
            "coverage": [
                {
                    "table": table.table,
                    "used_as": table.used_as,
                    "mapped": list(table.mapped),
                    "ignored": dict(table.ignored),
                }
                for table in self.coverage
            ],
            "unmapped_codes": {name: dict(codes) for name, codes in self.unmapped.items()},
            "totals": totals_dict(self.totals),
        }


def table_dict(table: TablePlan) -> dict[str, Any]:
    """A table's counts as plain data."""
    return {
        "table": table.table,
        "target": table.target,
        "rows": table.rows,
        "insert": table.insert,
        "update": table.update,
        "unchanged": table.unchanged,
        "rejected": table.rejected,
        "ignored": table.ignored,
        "new_rejects": table.new_rejects,
        "resolved": table.resolved,
        "reasons": dict(table.reasons),
        "ignored_by": dict(table.ignored_by),
        "reviews": dict(table.reviews),
    }


def totals_dict(totals: Totals) -> dict[str, Any]:
    """Sums as plain data."""
    return {
        "dossiers_by_status": dict(totals.dossiers_by_status),
        "dossiers_by_year": dict(totals.dossiers_by_year),
        "dossiers_by_agency": dict(totals.dossiers_by_agency),
        "files": totals.files,
        "file_bytes": totals.file_bytes,
        "file_digests": totals.file_digests,
    }


class Tally:
    """Counts the decisions of a pass."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], Counter[str]] = {}
        self._reasons: dict[tuple[str, str], Counter[str]] = {}
        self._ignored: dict[tuple[str, str], Counter[str]] = {}
        self._reviews: dict[tuple[str, str], Counter[str]] = {}
        self.unmapped: dict[str, Counter[str]] = {}
        self.sums = Sums()

    def add(self, table: str, target: str, decisions: list[Decision]) -> None:
        """Count one chunk."""
        place = (table, target)
        counts = self._tables.setdefault(place, Counter())
        reasons = self._reasons.setdefault(place, Counter())
        ignored = self._ignored.setdefault(place, Counter())
        reviews = self._reviews.setdefault(place, Counter())
        for decision in decisions:
            counts["rows"] += 1
            counts[decision.action.value] += 1
            outcome = decision.outcome
            if isinstance(outcome, Refused):
                reasons[outcome.reason] += 1
                counts["new_rejects"] += decision.fresh
                if outcome.reason == "lookup.unknown":
                    self._unmapped(outcome.args)
            elif isinstance(outcome, Skipped):
                ignored[outcome.reason] += 1
            if decision.resolved:
                counts["resolved"] += 1
            if isinstance(outcome, Made):
                if decision.action is not Action.UNCHANGED:
                    reviews.update(set(outcome.reviews))
                for note in outcome.notes:
                    if note.get("code") == "lookup.unknown":
                        self._unmapped(note)

    def _unmapped(self, args: Mapping[str, Any]) -> None:
        codes = self.unmapped.setdefault(str(args.get("list")), Counter())
        value = str(args.get("value"))
        if value in codes or len(codes) < _MOST_CODES:
            codes[value] += 1

    def tables(self) -> tuple[TablePlan, ...]:
        """The counts so far, in the order of the work."""
        return tuple(
            TablePlan(
                table,
                target,
                rows=counts["rows"],
                insert=counts["insert"],
                update=counts["update"],
                unchanged=counts["unchanged"],
                rejected=counts["reject"],
                ignored=counts["ignore"],
                new_rejects=counts["new_rejects"],
                resolved=counts["resolved"],
                reasons=dict(sorted(self._reasons[table, target].items())),
                ignored_by=dict(sorted(self._ignored[table, target].items())),
                reviews=dict(sorted(self._reviews[table, target].items())),
            )
            for (table, target), counts in self._tables.items()
        )


class Sums:
    """The totals of one side."""

    def __init__(self) -> None:
        self.status: Counter[str] = Counter()
        self.year: Counter[str] = Counter()
        self.agency: Counter[str] = Counter()
        self.files = self.bytes = self._digests = 0

    def dossier(self, status: int, received_on: str | None, agency: str | None, n: int = 1) -> None:
        """Count a dossier (or ``n`` alike)."""
        self.status[str(status)] += n
        self.year[(received_on or "-")[:4]] += n
        self.agency[agency or "-"] += n

    def file(self, sha256: str, size: int) -> None:
        """Count a file."""
        self.files += 1
        self.bytes += size
        self._digests = (self._digests + int(sha256, 16)) % (1 << 256)

    def totals(self) -> Totals:
        """The sums as plain frozen values, in order, without what came to nothing."""
        return Totals(
            _sorted(self.status),
            _sorted(self.year),
            _sorted(self.agency),
            self.files,
            self.bytes,
            f"{self._digests:064x}",
        )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts) if counts[name]}


def make_plan(
    prepared: Prepared,
    store: Store | None,
    *,
    max_rejects_percent: float | None = None,
    chunk: int = CHUNK,
    on_progress: Callable[[Progress], None] | None = None,
    on_reject: Callable[[RejectedFact], None] | None = None,
) -> MigrationPlan:
    """Go through the whole source and count what a run into ``store`` would do; writes nothing.

    ``store`` ``None`` stands for a new, empty workspace.
    """
    tally = Tally()
    total = sum(feed.count() for feed, _mapper in prepared.feeds)
    done = rejected = 0
    work = Pass(prepared, store, vault=None, chunk=chunk)
    for feed, _mapper in prepared.feeds:  # tables without rows are part of the plan too
        tally.add(feed.table, feed.target, [])
    try:
        for feed, decisions in work.run():
            tally.add(feed.table, feed.target, decisions)
            done += len(decisions)
            for decision in decisions:
                if isinstance(decision.outcome, Refused):
                    rejected += 1
                    if on_reject is not None:
                        on_reject(rejected_fact(feed.table, feed.target, decision))
                elif feed.target == "dossier" and isinstance(decision.outcome, Made):
                    record = decision.made.record
                    tally.sums.dossier(
                        record["status"], record["received_on"], record["agency_code"]
                    )
                for seen in decision.seen_files:
                    if isinstance(decision.outcome, Made):
                        tally.sums.file(seen.sha256, seen.size)
            if on_progress is not None:
                on_progress(Progress(total, done, rejected, feed.table))
        found = work.fingerprint
    finally:
        work.close()
    limits = prepared.mapping.model.limits
    return MigrationPlan(
        system=prepared.system,
        source=prepared.source,
        mapping=prepared.mapping.path,
        mapping_hash=prepared.mapping.hash,
        fingerprint=found,
        snapshot=prepared.snapshot,
        tables=tally.tables(),
        coverage=prepared.coverage,
        unmapped={
            name: dict(sorted(codes.items())) for name, codes in sorted(tally.unmapped.items())
        },
        totals=tally.sums.totals(),
        max_rejects_percent=(
            limits.max_rejects_percent if max_rejects_percent is None else max_rejects_percent
        ),
        versions=conversion.versions(),
    )


def rejected_fact(table: str, target: str, decision: Decision) -> RejectedFact:
    """What may be said about a rejected row."""
    outcome = decision.outcome
    assert isinstance(outcome, Refused)
    return RejectedFact(table, decision.line.key, target, outcome.reason, outcome.args)
