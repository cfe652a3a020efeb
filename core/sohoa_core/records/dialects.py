"""Everything in which SQLite and PostgreSQL differ, in one place."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from sohoa_core.errors import ConfigError, MissingTool, StoreError
from sohoa_core.i18n import N_
from sohoa_core.store_errors import (
    BatchBusy,
    StoreCorrupt,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnreachable,
)

#: The lock number under which PostgreSQL writers take turns at the journal's end.
JOURNAL_LOCK = 0x50_48_4F_41

BUSY_SECONDS = 30.0


def connect(url_text: str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine for ``url_text``; no connection is made yet.

    Raises ``ConfigError`` for a malformed URL and ``MissingTool`` for a missing driver.
    """
    try:
        url = make_url(url_text)
    except ArgumentError as error:
        raise ConfigError(where="store.url", detail=N_("not a database URL")) from error
    backend = url.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url, busy_seconds)
    if backend == "postgresql":
        return _postgresql(url)
    raise ConfigError(where="store.url", detail=N_("only SQLite and PostgreSQL are supported"))


def _dumps(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _sqlite(url: URL, busy_seconds: float) -> Engine:
    engine = create_engine(url, json_serializer=_dumps, connect_args={"timeout": busy_seconds})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        # FULL: a finished item must survive a power cut, not only a killed process.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its place in the queue at once: upgrading a read transaction later
        # would fail with "database is locked" instead of waiting.
        reads = connection.get_execution_options().get("sohoa_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        return create_engine(url, json_serializer=_dumps, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise MissingTool(tool="psycopg", remedy="pip install 'sohoa[postgres]'") from error


def is_sqlite(bind: Engine | Connection | Session) -> bool:
    """Whether ``bind`` talks to SQLite."""
    target = bind.get_bind() if isinstance(bind, Session) else bind
    return target.dialect.name == "sqlite"


def serialize_journal_writers(session: Session | Connection) -> None:
    """Make this transaction the only one that may append to the journal until it ends.

    SQLite has one writer at a time anyway (``BEGIN IMMEDIATE``).
    """
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": JOURNAL_LOCK})


@contextlib.contextmanager
def batch_lock(engine: Engine, batch_id: str, stage: str) -> Iterator[None]:
    """Hold the right to work on a batch; it falls back by itself when the process dies.

    Raises ``BatchBusy`` when another process holds it.
    """
    if is_sqlite(engine):
        database = engine.url.database
        if not database or database == ":memory:":
            yield
            return
        descriptor = _locked_file(Path(database).parent / f".batch-{batch_id}.lock")
        if descriptor is None:
            raise BatchBusy(where=str(database), stage=stage)
        try:
            yield
        finally:
            (Path(database).parent / f".batch-{batch_id}.lock").unlink(missing_ok=True)
            os.close(descriptor)
        return
    key = zlib.crc32(batch_id.encode()) | (1 << 40)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            raise BatchBusy(where=engine.url.render_as_string(hide_password=True), stage=stage)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


def _locked_file(path: Path) -> int | None:
    """A descriptor that holds the lock on ``path``, or None when another process does.

    The file may be removed by its last holder between our opening and locking it; a lock on a
    removed file is worth nothing, so the name is looked up again.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except OSError:
            os.close(descriptor)
            return None
        os.close(descriptor)


def append_only(connection: Connection, table: str) -> None:
    """Have the database itself refuse UPDATE and DELETE on ``table``."""
    if not re.fullmatch(r"[a-z_]+", table):
        raise ValueError(table)
    if is_sqlite(connection):
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    connection.exec_driver_sql(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def not_append_only(connection: Connection, table: str) -> None:
    """Undo :func:`append_only` (for a downgrade)."""
    if is_sqlite(connection):
        for verb in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}")
        return
    connection.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")
    connection.exec_driver_sql(f"DROP FUNCTION {table}_append_only()")


def explain(error: DBAPIError, where: str) -> StoreError:
    """The store error that a driver's error means; no SQL and no values are carried over."""
    message = str(error.orig).lower()
    kinds: tuple[tuple[str, type[StoreError]], ...] = (
        ("disk is full", StoreFull),
        ("no space left", StoreFull),
        ("disk full", StoreFull),
        ("disk i/o error", StoreFull),
        ("file is not a database", StoreCorrupt),
        ("malformed", StoreCorrupt),
        ("database is locked", StoreLocked),
        ("database table is locked", StoreLocked),
        ("readonly database", StoreReadOnly),
        ("attempt to write a readonly", StoreReadOnly),
        ("unable to open database", StoreUnreachable),
        ("connection", StoreUnreachable),
        ("could not translate host", StoreUnreachable),
        ("server closed", StoreUnreachable),
        ("terminating", StoreUnreachable),
    )
    first_line = str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
    for needle, kind in kinds:
        if needle in message:
            return kind(where=where, detail=first_line)
    return StoreError(where=where, detail=first_line)
