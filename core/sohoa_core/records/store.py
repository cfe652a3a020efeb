"""The store: one database of records, opened, checked and written in transactions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sohoa_core.errors import StoreError
from sohoa_core.i18n import N_
from sohoa_core.records import dialects
from sohoa_core.store_errors import StoreTooNew, StoreTooOld

#: All revisions of the schema, oldest first; a test compares them with the migrations.
REVISIONS = ("0001", "0002")
HEAD = REVISIONS[-1]


class Store:
    """The records of a workspace.

    ``write`` gives a session in one transaction that commits at the end of the block or not
    at all; ``read`` gives one that never writes. Every fault of the database comes out as a
    :class:`sohoa_core.errors.StoreError` that names the cause.
    """

    def __init__(self, url: str, *, busy_seconds: float = dialects.BUSY_SECONDS) -> None:
        self.engine = dialects.connect(url, busy_seconds=busy_seconds)
        self.where = self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one write transaction."""
        with self._errors(), Session(self.engine, expire_on_commit=False) as session:
            with session.begin():
                yield session

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; it never waits for a writer on SQLite (WAL)."""
        with self._errors():
            engine = self.engine.execution_options(sohoa_reads=True)
            with Session(engine, expire_on_commit=False) as session:
                yield session
                session.rollback()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise dialects.explain(error, self.where) from error

    def batch_lock(self, batch_id: str, stage: str) -> contextlib.AbstractContextManager[None]:
        """Hold the right to work on a batch; raises ``BatchBusy``."""
        return dialects.batch_lock(self.engine, batch_id, stage)

    def revision(self) -> str | None:
        """The schema revision of the database; ``None`` when it holds no records yet."""
        with self.read() as session:
            if not inspect(session.connection()).has_table("alembic_version"):
                return None
            found = session.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)

    def check_revision(self) -> None:
        """Raise ``StoreTooOld``, ``StoreTooNew`` or ``StoreError`` unless we know the schema."""
        found = self.revision()
        if found == HEAD:
            return
        if found is None:
            raise StoreError(where=self.where, detail=N_("no records in this database"))
        kind = StoreTooOld if found in REVISIONS else StoreTooNew
        raise kind(where=self.where, found=found, known=HEAD)

    def upgrade(self) -> None:
        """Bring the schema to ``HEAD``, creating it where there is none (Alembic)."""
        from sohoa_core.records.migrations import upgrade_to

        found = self.revision()
        if found is not None and found not in REVISIONS:
            raise StoreTooNew(where=self.where, found=found, known=HEAD)
        with self._errors():
            upgrade_to(self.engine, HEAD)
