"""Opening a source with its mapping: everything that must hold before the first row is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sohoa_core.canonical import fingerprint
from sohoa_core.vault import Vault
from sohoa_migrate.errors import ColumnsUnmapped, MappingInvalid, SourceUnreadable
from sohoa_migrate.mapping.expressions import CodeList
from sohoa_migrate.mapping.load import LoadedMapping
from sohoa_migrate.mapping.model import InlineList, ItemRule, SqliteSource, TableList
from sohoa_migrate.outcome import Made, Refused, Skipped
from sohoa_migrate.rules import RuleMapper
from sohoa_migrate.sources.rows import Feed, Line
from sohoa_migrate.sources.sqlite import SqliteDatabase, SqliteFeed

_LONGEST_LIST = 200_000


class Mapper(Protocol):
    """Maps the rows of one feed."""

    def map(self, line: Line) -> Made | Refused | Skipped:
        """What becomes of one row."""


@dataclass(frozen=True, slots=True)
class TableCoverage:
    """What the mapping does with the columns of one source table."""

    table: str
    mapped: tuple[str, ...]
    ignored: Mapping[str, str]
    used_as: str  # "records", "code list", "ignored: REASON"


@dataclass(frozen=True)
class Prepared:
    """An open source with compiled rules, in the order of the work."""

    system: str
    source: str
    mapping: LoadedMapping
    feeds: tuple[tuple[Feed, Mapper], ...]
    coverage: tuple[TableCoverage, ...]
    snapshot: str
    lists_hash: str
    folder: Path | None = None
    vault: Vault | None = None
    keeps_ids: bool = False
    origin: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def opened(path: Path, loaded: LoadedMapping, *, system: str | None = None) -> Iterator[Prepared]:
    """Open the source at ``path`` for the length of the block.

    Raises the errors of the mapping (9) and of the source (10).
    """
    source = loaded.model.source
    if source.kind == "workspace":
        from sohoa_migrate.sources.workspace import opened_workspace

        with opened_workspace(path, loaded, system or source.system) as prepared:
            yield prepared
        return
    if path.is_dir():
        raise SourceUnreadable(where=str(path), detail="kind: sqlite")
    with SqliteDatabase(path, value_bytes=loaded.model.limits.value_bytes) as database:
        yield _prepare(database, loaded, source, system or source.system)


def _prepare(
    database: SqliteDatabase, loaded: LoadedMapping, source: SqliteSource, system: str
) -> Prepared:
    coverage = _coverage(database, loaded, source)
    lists = _code_lists(database, loaded)
    largest = loaded.model.limits.file_megabytes * 1_000_000
    feeds: list[tuple[Feed, Mapper]] = []
    for number, rule in enumerate(loaded.model.rules):
        files: dict[str, int] = {}
        if isinstance(rule, ItemRule) and rule.document and rule.document.file.column:
            files[rule.document.file.column] = largest
        mapper = RuleMapper(loaded, number, system=system, tables=database.tables, lists=lists)
        key = tuple(source.tables[rule.table].key)
        feeds.append((SqliteFeed(database, rule.table, rule.target, key, files=files), mapper))
    return Prepared(
        system=system,
        source=database.where,
        mapping=loaded,
        feeds=tuple(feeds),
        coverage=coverage,
        snapshot=database.snapshot,
        lists_hash=fingerprint({name: dict(codes.values) for name, codes in lists.items()}),
        folder=_folder(database.path, source),
    )


def _folder(path: Path, source: SqliteSource) -> Path | None:
    """The attachment folder, beside the database."""
    if source.attachments is None:
        return None
    return path.absolute().parent / source.attachments


def _code_lists(database: SqliteDatabase, loaded: LoadedMapping) -> dict[str, CodeList]:
    found = {}
    for name, spec in loaded.model.lists.items():
        if isinstance(spec, InlineList):
            values: dict[str, str | int] = dict(spec.values)
        else:
            values = database.code_list(spec.table, spec.key, spec.value, most=_LONGEST_LIST)
        found[name] = CodeList(name, values)
    return found


def _coverage(
    database: SqliteDatabase, loaded: LoadedMapping, source: SqliteSource
) -> tuple[TableCoverage, ...]:
    """Every column of the source must be mapped or ignored with a reason.

    Raises :class:`MappingInvalid` for a name that the source does not have, with its line, and
    :class:`ColumnsUnmapped` for columns that nobody decided about.
    """
    used, records = _used_columns(loaded, source)
    problems: list[str] = []
    found = []
    for table in [*source.tables, *source.ignore_tables]:
        if table not in database.tables:
            part = "tables" if table in source.tables else "ignore_tables"
            raise _unknown(loaded, ("source", part, table), table)
    for table, columns in database.tables.items():
        if table in source.ignore_tables:
            reason = source.ignore_tables[table]
            found.append(
                TableCoverage(table, (), dict.fromkeys(columns, reason), f"ignored: {reason}")
            )
            continue
        spec = source.tables.get(table)
        if spec is None:
            problems.append(f"{table}.*")
            continue
        for column in sorted((used[table] | set(spec.ignore)) - set(columns)):
            raise _unknown(loaded, _place_of(loaded, table, column), f"{table}.{column}")
        problems += [
            f"{table}.{column}"
            for column in columns
            if column not in used[table] and column not in spec.ignore
        ]
        mapped = tuple(column for column in columns if column in used[table])
        kind = "records" if table in records else "code list"
        found.append(TableCoverage(table, mapped, dict(spec.ignore), kind))
    if problems:
        raise ColumnsUnmapped(where=loaded.path, columns=", ".join(problems))
    return tuple(found)


def _used_columns(
    loaded: LoadedMapping, source: SqliteSource
) -> tuple[dict[str, set[str]], set[str]]:
    used: dict[str, set[str]] = {table: set(spec.key) for table, spec in source.tables.items()}
    records = set()
    for table, spec in source.tables.items():
        for skip in spec.skip:
            used[table] |= set(skip.when.columns())
    for rule in loaded.model.rules:
        records.add(rule.table)
        for expression in rule.expressions():
            used[rule.table] |= set(expression.columns())
        if isinstance(rule, ItemRule) and rule.document and rule.document.file.column:
            used[rule.table].add(rule.document.file.column)
    for codes in loaded.model.lists.values():
        if isinstance(codes, TableList):
            used[codes.table] |= {codes.key, codes.value}
    return used, records


def _place_of(loaded: LoadedMapping, table: str, column: str) -> tuple[str | int, ...]:
    """The first place in the file that speaks of a column of a table."""
    for number, rule in enumerate(loaded.model.rules):
        if rule.table != table:
            continue
        for name, value in rule:
            inner = _columns_in(value)
            if column in inner:
                return ("rules", number, name)
    return ("source", "tables", table)


def _columns_in(value: Any) -> set[str]:
    from sohoa_migrate.mapping.model import expressions_in

    return {name for expression in expressions_in(value) for name in expression.columns()}


def _unknown(loaded: LoadedMapping, place: tuple[str | int, ...], name: str) -> MappingInvalid:
    return MappingInvalid(
        where=f"{loaded.path}:{loaded.line_of(place)}",
        place=".".join(str(part) for part in place),
        detail=f"{name} ?",
    )
