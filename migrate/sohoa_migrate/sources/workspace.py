"""Another sohoa workspace as a source: every record is copied under its own id, every file by
its hash and verified.

Agencies and addresses that the old workspace did not bring up to date are converted on the way.
Batches, the journal and the source rows of earlier migrations stay behind: they are the history
of that workspace; the head of its journal is told to ours.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sohoa_core import clock, journal, settings
from sohoa_core.canonical import new_id
from sohoa_core.errors import SohoaError, StoreError
from sohoa_core.records import dialects
from sohoa_core.records.store import HEAD, Store
from sohoa_core.settings import FILE_NAME
from sohoa_core.store_errors import JournalBroken, StoreCorrupt, StoreLocked
from sohoa_core.vault import Vault
from sohoa_core.workspace import RECORDS, VAULT
from sohoa_migrate import conversion
from sohoa_migrate.errors import SourceDamaged, SourceLocked, SourceUnreadable
from sohoa_migrate.holding import hold
from sohoa_migrate.mapping.load import LoadedMapping
from sohoa_migrate.mapping.model import OnMissing, WorkspaceSource
from sohoa_migrate.outcome import FilePlace, Made, Need, record_id
from sohoa_migrate.prepare import Prepared, TableCoverage
from sohoa_migrate.reasons import to_settle
from sohoa_migrate.sources.files import WantedFile
from sohoa_migrate.sources.rows import Line, row_hash
from sohoa_migrate.targets import CHILD_TABLES, MAIN_TABLES

#: What hangs on a record: target -> child table -> the column that names the parent. Pages and
#: signatures hang on versions, which hang on the document.
_CHILDREN: dict[str, dict[str, str]] = {
    "party": {"party_identifiers": "party_id", "party_addresses": "party_id"},
    "dossier": {"dossier_aliases": "dossier_id"},
    "item": {"item_events": "item_id"},
    "document": {"versions": "document_id", "fields": "document_id"},
    "finding": {},
    "verdict": {},
}
_OF_VERSIONS = ("pages", "signature_facts")
#: What a record refers to: target -> column -> (kind, what to do when it was not taken over).
_NEEDS: dict[str, dict[str, tuple[str, OnMissing]]] = {
    "party": {},
    "dossier": {"owner_id": ("party", OnMissing.NOTE)},
    "item": {"dossier_id": ("dossier", OnMissing.REJECT)},
    "document": {"item_id": ("item", OnMissing.REJECT)},
    "finding": {
        "dossier_id": ("dossier", OnMissing.REJECT),
        "document_id": ("document", OnMissing.REJECT),
    },
    "verdict": {
        "dossier_id": ("dossier", OnMissing.REJECT),
        "document_id": ("document", OnMissing.REJECT),
    },
}
_LEFT_BEHIND = {
    "batches": "history of the other workspace",
    "batch_items": "history of the other workspace",
    "journal": "history of the other workspace; its head is recorded",
    "source_rows": "history of the other workspace",
    "rejected_rows": "history of the other workspace",
}


@contextlib.contextmanager
def opened_workspace(path: Path, loaded: LoadedMapping, system: str) -> Iterator[Prepared]:
    """Open the workspace at ``path`` as a source, in one read transaction.

    Its journal must be intact. Raises :class:`SourceUnreadable` and its kinds.
    """
    source = loaded.model.source
    assert isinstance(source, WorkspaceSource)
    if not (path / FILE_NAME).is_file():
        raise SourceUnreadable(where=str(path), detail=FILE_NAME)
    # The environment speaks about our own workspace, never about the source.
    section = settings.load(path, environ={}).settings.store
    if not section.url and not (path / RECORDS).is_file():
        raise SourceUnreadable(where=str(path), detail=RECORDS)
    store = Store(section.url or f"sqlite:///{path.absolute() / RECORDS}")
    vault = Vault(section.vault or str(path.absolute() / VAULT))
    try:
        with _errors(path):
            store.check_revision()
            engine = store.engine.execution_options(sohoa_reads=True)
            if not dialects.is_sqlite(engine):
                engine = engine.execution_options(isolation_level="REPEATABLE READ")
            connection = engine.connect()
        with connection:
            with _errors(path), Session(connection) as session:
                head = journal.verify(session)
            yield Prepared(
                system=system,
                source=str(path),
                mapping=loaded,
                feeds=tuple(
                    (
                        WorkspaceFeed(connection, target, str(path)),
                        WorkspaceMapper(target, system, source),
                    )
                    for target in MAIN_TABLES
                ),
                coverage=_coverage(),
                snapshot=new_id(),
                lists_hash="",
                vault=vault,
                keeps_ids=True,
                origin={"journal_head": str(head), "schema": HEAD},
            )
    finally:
        store.close()


@contextlib.contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Trouble with the source is unreadable input, never trouble with our own store."""
    try:
        yield
    except DBAPIError as error:
        raise _as_source(dialects.explain(error, str(path)), path) from error
    except StoreError as error:
        raise _as_source(error, path) from error


def _as_source(error: SohoaError, path: Path) -> SourceUnreadable:
    kind = SourceUnreadable
    if isinstance(error, StoreCorrupt | JournalBroken):
        kind = SourceDamaged
    elif isinstance(error, StoreLocked):
        kind = SourceLocked
    return kind(where=str(path), detail=error.message())


def _coverage() -> tuple[TableCoverage, ...]:
    copied = {table.name: table for table in (*MAIN_TABLES.values(), *CHILD_TABLES.values())}
    return tuple(
        TableCoverage(name, tuple(column.name for column in table.columns), {}, "records")
        for name, table in sorted(copied.items())
    ) + tuple(
        TableCoverage(name, (), {}, f"ignored: {reason}") for name, reason in _LEFT_BEHIND.items()
    )


class WorkspaceFeed:
    """The records of one kind with what hangs on them, in the order of their ids."""

    def __init__(self, connection: Connection, target: str, where: str) -> None:
        self._connection = connection
        self._target = target
        self._where = Path(where)
        self._main = MAIN_TABLES[target]

    @property
    def table(self) -> str:
        """The table of the other workspace."""
        return self._main.name

    @property
    def target(self) -> str:
        """The kind of record."""
        return self._target

    def count(self) -> int:
        """How many there are."""
        with _errors(self._where):
            return int(self._connection.scalar(select(func.count()).select_from(self._main)) or 0)

    def chunks(self, size: int) -> Iterator[list[Line]]:
        """All records; ids are the order, so the next chunk begins after the last id."""
        after = ""
        while True:
            with _errors(self._where):
                rows = [
                    dict(row._mapping)
                    for row in self._connection.execute(
                        select(self._main)
                        .where(self._main.c.id > after)
                        .order_by(self._main.c.id)
                        .limit(size)
                    )
                ]
                if not rows:
                    return
                children = self._children([row["id"] for row in rows])
            yield [self._line(row, children.get(row["id"], {})) for row in rows]
            after = rows[-1]["id"]

    def _line(self, row: dict[str, Any], children: dict[str, list[dict[str, Any]]]) -> Line:
        raw = {
            "record": _plain(row),
            **{name: [_plain(child) for child in rows] for name, rows in children.items()},
        }
        return Line(row["id"], (row, children), raw, row_hash(raw))

    def _children(self, ids: list[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
        found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for name, column in _CHILDREN[self._target].items():
            owners: dict[str, str] = {}
            for row in self._rows(CHILD_TABLES[name], column, ids):
                found.setdefault(row[column], {}).setdefault(name, []).append(row)
                owners[row["id"]] = row[column]
            if name == "versions" and owners:
                for below in _OF_VERSIONS:
                    for row in self._rows(CHILD_TABLES[below], "version_id", list(owners)):
                        owner = owners[row["version_id"]]
                        found[owner].setdefault(below, []).append(row)
        return found

    def _rows(self, table: Table, column: str, ids: list[str]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(ids), 500):
            statement = select(table).where(table.c[column].in_(ids[start : start + 500]))
            if "created_at" in table.c:
                # A version made from another comes after it.
                statement = statement.order_by(table.c.created_at, table.c.id)
            else:
                statement = statement.order_by(table.c.id)
            for row in self._connection.execute(statement):
                yield dict(row._mapping)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: clock.iso(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


class WorkspaceMapper:
    """Copies one record, bringing its agency and addresses up to date."""

    def __init__(self, target: str, system: str, source: WorkspaceSource) -> None:
        self.target = target
        self.system = system
        self.source = source

    def map(self, line: Line) -> Made:
        """The same record under the same id."""
        row, children = line.values
        record = {name: value for name, value in row.items() if name != "id"}
        made = Made(row["id"], record)
        made.children = {
            name: [dict(child) for child in rows]
            for name, rows in children.items()
            if name != "versions"
        }
        for column, (target, policy) in _NEEDS[self.target].items():
            if record[column] is not None:
                made.needs.append(
                    Need(
                        target,
                        MAIN_TABLES[target].name,
                        record[column],
                        record[column],
                        column,
                        policy,
                    )
                )
        if self.target == "dossier":
            self._dossier(made)
        elif self.target == "party":
            self._party(made)
        elif self.target == "item":
            made.wanted_ordinal = record["ordinal"]
        elif self.target == "document":
            self._files(made, children.get("versions", []))
        for reason, _args in to_settle(made.notes):
            if reason not in made.reviews:
                made.reviews.append(reason)
        return made

    def _dossier(self, made: Made) -> None:
        record = made.record
        record["source_system"] = record["source_system"] or self.system
        record["source_key"] = record["source_key"] or made.id
        made.unique = f"{record['code']}\x1f{record['source_system']}"
        aliases = made.children.setdefault("dossier_aliases", [])
        if all(alias["alias"] != record["code"] for alias in aliases):
            aliases.append(
                {
                    "id": record_id(made.id, "alias", record["code"]),
                    "dossier_id": made.id,
                    "alias": record["code"],
                    "kind": "before_merger",
                    "since": record["received_on"],
                }
            )
        if self.source.convert_agencies and record["holder_agency_code"] is None:
            record["holder_agency_code"] = hold(
                made,
                record["agency_code"],
                record["agency_name_printed"],
                record["agency_as_of"],
                None,
            )["holder_agency_code"]

    def _party(self, made: Made) -> None:
        if not self.source.convert_addresses:
            return
        for number, address in enumerate(made.children.get("party_addresses", ())):
            if address["as_now"] is not None or address["review"] != conversion.NOT_NEEDED:
                continue
            text, as_of = address["as_printed"], address["unit_as_of"]
            if not text.strip():
                continue
            found = conversion.by_text(text, as_of)
            if address["unit_code"] not in (None, found.unit_code):
                reasons: tuple[str, ...] = ("address.code_and_text",)
            else:
                reasons = found.reasons
                address.update(
                    as_now=found.as_now,
                    now_unit_code=found.now_unit_code,
                    now_unit_code_set=found.now_unit_code_set,
                    mapping_version=found.mapping_version,
                    confidence=found.confidence,
                )
            if reasons:
                address["review"] = conversion.NEEDED
            made.notes += [
                {
                    "field": f"party_addresses.{number}",
                    "code": reason,
                    "candidates": list(found.candidates),
                }
                for reason in reasons
            ]

    def _files(self, made: Made, versions: list[dict[str, Any]]) -> None:
        for version in versions:
            made.files.append(
                FilePlace(
                    WantedFile(sha256=version["sha256"], size=version["size"]),
                    None,
                    dict(version),
                    OnMissing.REJECT,
                    True,
                )
            )
