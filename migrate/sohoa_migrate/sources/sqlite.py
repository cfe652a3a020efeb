"""An old system's SQLite database: read only, one snapshot, nothing of it trusted.

The file is opened with ``mode=ro``; schema objects may not call unsafe functions; extensions
stay off; views and virtual tables are not read (they can run anything). All reading happens in
one read transaction, so that plan and run see the same rows while the old system works on.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sohoa_core.canonical import new_id
from sohoa_migrate.errors import (
    SourceDamaged,
    SourceForeign,
    SourceLocked,
    SourceMissing,
    SourceUnreadable,
)
from sohoa_migrate.sources.rows import (
    BrokenText,
    Line,
    encode,
    key_text,
    reference,
    row_hash,
    unkeyed,
)

_BUSY_SECONDS = 5.0


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return BrokenText(data)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class SqliteDatabase:
    """An open source database; close it after use."""

    def __init__(self, path: Path, *, value_bytes: int = 1_000_000) -> None:
        """Open and check ``path``.

        Raises :class:`SourceUnreadable`, :class:`SourceDamaged` or :class:`SourceLocked`.
        """
        self.path = path
        self.where = str(path)
        self.value_bytes = value_bytes
        #: Tells this snapshot from every other: a plan made on it needs no second look.
        self.snapshot = new_id()
        if not path.is_file():
            raise SourceMissing(where=self.where)
        with self._errors(), path.open("rb") as stream:
            head = stream.read(16)
        if head != b"SQLite format 3\x00":
            raise SourceForeign(where=self.where)
        uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        with self._errors():
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.text_factory = _text
        for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        self.tables = self._read_tables()
        with contextlib.closing(self._connection.execute("PRAGMA quick_check(1)")) as cursor:
            found = cursor.fetchone()
        if found is None or found[0] != "ok":
            detail = str(found[0])[:200] if found else "quick_check"
            raise SourceDamaged(where=self.where, detail=detail)

    def _read_tables(self) -> dict[str, tuple[str, ...]]:
        """Real tables with their columns; the database's own tables are left out."""
        found = {}
        listed = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        for name, sql in listed:
            if not isinstance(name, str) or name.startswith("sqlite_"):
                continue
            if not isinstance(sql, str) or sql.lstrip().upper().startswith("CREATE VIRTUAL"):
                continue
            rows = self._connection.execute(
                "SELECT name, hidden FROM pragma_table_xinfo(?)", (name,)
            ).fetchall()
            found[name] = tuple(str(column) for column, hidden in rows if hidden != 1)
        return found

    def close(self) -> None:
        """Let go of the snapshot and the file."""
        self._connection.close()

    def __enter__(self) -> SqliteDatabase:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DataError as error:
            raise _TooBig from error
        except sqlite3.DatabaseError as error:
            detail = str(error)
            if "locked" in detail or "busy" in detail:
                raise SourceLocked(where=self.where, detail=detail) from error
            if "malformed" in detail or "not a database" in detail or "disk I/O" in detail:
                raise SourceDamaged(where=self.where, detail=detail) from error
            raise SourceUnreadable(where=self.where, detail=detail[:200]) from error
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise SourceUnreadable(where=self.where, detail=detail) from error

    def count(self, table: str) -> int:
        """Number of rows of a table."""
        with self._errors():
            row = self._connection.execute(
                f"SELECT count(*) FROM {quoted(table)}"  # noqa: S608 - a quoted identifier
            ).fetchone()
        return int(row[0])

    def code_list(self, table: str, key: str, value: str, *, most: int) -> dict[str, str | int]:
        """A table as a code list; raises ``SourceUnreadable`` when it has more than ``most``."""
        found: dict[str, str | int] = {}
        with self._errors():
            for code, meaning in self._connection.execute(
                f"SELECT {quoted(key)}, {quoted(value)} FROM {quoted(table)}"  # noqa: S608
            ):
                if code is None or meaning is None or isinstance(code, bytes):
                    continue
                if isinstance(meaning, str | int):
                    found[str(code).strip()] = meaning
                if len(found) > most:
                    raise SourceUnreadable(where=f"{self.where}: {table}", detail=f"> {most}")
        return found

    def rows(
        self, table: str, order: tuple[str, ...], size: int, limits: Mapping[str, int]
    ) -> Iterator[list[tuple[Any, ...]]]:
        """All rows in chunks, in the order of ``order``.

        A value of more bytes than ``limits`` (by column) allows comes as :class:`TooLarge`.
        Values are first asked for as they are, under SQLite's own limit of length; only when
        that trips are the sizes asked for before the values, so that a value of a gigabyte is
        never loaded and ordinary tables pay nothing.
        """
        given = 0
        largest = max(limits.values(), default=1000)
        try:
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(largest, 100_000))
            for chunk in self._select(table, order, size, None):
                yield chunk
                given += len(chunk)
            return
        except _TooBig:
            pass
        finally:
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000_000)
        skip = given
        for chunk in self._select(table, order, size, limits):
            rest = chunk[skip:] if skip < len(chunk) else []
            skip = max(0, skip - len(chunk))
            if rest:
                yield rest

    def _select(
        self, table: str, order: tuple[str, ...], size: int, limits: Mapping[str, int] | None
    ) -> Iterator[list[tuple[Any, ...]]]:
        columns = self.tables[table]
        chosen = [quoted(column) for column in columns]
        if limits is not None:
            sizes = [f"length(CAST({name} AS BLOB))" for name in chosen]
            tests = [
                f"{measure} > {int(limits[column])}"
                for column, measure in zip(columns, sizes, strict=True)
            ]
            chosen = [
                f"CASE WHEN {test} THEN NULL ELSE {name} END"
                for name, test in zip(chosen, tests, strict=True)
            ] + [
                f"CASE WHEN {test} THEN {measure} END"
                for measure, test in zip(sizes, tests, strict=True)
            ]
        by = ", ".join(quoted(column) for column in order)
        statement = f"SELECT {', '.join(chosen)} FROM {quoted(table)} ORDER BY {by}"  # noqa: S608
        with self._errors():
            cursor = self._connection.execute(statement)
        with contextlib.closing(cursor):
            while True:
                with self._errors():
                    chunk = cursor.fetchmany(size)
                if not chunk:
                    return
                yield chunk if limits is None else [_marked(row, len(columns)) for row in chunk]


class _TooBig(Exception):
    """SQLite met a value above its limit of length."""


class TooLarge:
    """Stands for a value that was not loaded; ``size`` in bytes."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size


def _marked(row: tuple[Any, ...], width: int) -> tuple[Any, ...]:
    sizes = row[width:]
    return tuple(
        value if size is None else TooLarge(size)
        for value, size in zip(row[:width], sizes, strict=True)
    )


class SqliteFeed:
    """The rows of one table for one rule; ``files`` are columns that hold whole files."""

    def __init__(
        self,
        database: SqliteDatabase,
        table: str,
        target: str,
        key: tuple[str, ...],
        *,
        files: Mapping[str, int] | None = None,
    ) -> None:
        self.database = database
        self._table = table
        self._target = target
        self.columns = database.tables[table]
        self.key = key
        self.files = dict(files or {})
        self._key_places = [self.columns.index(name) for name in key]
        self._limits = {name: self.files.get(name, database.value_bytes) for name in self.columns}

    @property
    def table(self) -> str:
        """The table of the source."""
        return self._table

    @property
    def target(self) -> str:
        """The kind of record."""
        return self._target

    def count(self) -> int:
        """How many rows the table has."""
        return self.database.count(self._table)

    def chunks(self, size: int) -> Iterator[list[Line]]:
        """All rows in the order of the key; a key that comes twice is a fault of the row."""
        before: str | None = None
        for rows in self.database.rows(self._table, self.key, size, self._limits):
            lines = []
            for values in rows:
                line = self._line(values)
                if line.key == before:
                    line.fault = "key.duplicate"
                    line.key = f"{line.key[:200]}#{line.hash[:16]}"
                else:
                    before = line.key
                lines.append(line)
            yield lines

    def _line(self, values: tuple[Any, ...]) -> Line:
        fault = None
        raw: dict[str, Any] = {}
        for name, value in zip(self.columns, values, strict=True):
            kind = value.__class__
            if kind is str or kind is bytes or kind is BrokenText:
                # Four bytes a letter at most: the exact length is measured only when it may matter.
                if len(value) * 4 > self._limits[name] and _bytes(value) > self._limits[name]:
                    fault = "value.too_large"
                    raw[name] = {"$omitted": _bytes(value)}
                elif kind is str:
                    raw[name] = value
                else:
                    raw[name] = reference(value) if name in self.files else encode(value)
            elif kind is TooLarge:
                fault = "value.too_large"
                raw[name] = {"$omitted": value.size}
            elif kind is float:
                raw[name] = encode(value)
            else:
                raw[name] = value
        digest = row_hash(raw)
        key = key_text([values[place] for place in self._key_places]) if not fault else None
        if key is None:
            key = unkeyed(digest)
            fault = fault or "key.missing"
        return Line(key, values, raw, digest, fault)


def _bytes(value: str | bytes) -> int:
    return len(value) if isinstance(value, bytes) else len(value.encode("utf-8"))
