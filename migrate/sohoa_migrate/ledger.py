"""What a pass over the source has decided so far, in a scratch database (flat memory)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

ACCEPTED, LEFT_OUT = 1, 0


class Ledger:
    """Which records a pass accepted, and which codes are taken.

    Kept in a temporary SQLite database that spills to disk and vanishes with the object.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-16000")
        self._db.execute("CREATE TABLE made (id TEXT PRIMARY KEY, state INT) WITHOUT ROWID")
        self._db.execute("CREATE TABLE taken (name TEXT PRIMARY KEY, id TEXT) WITHOUT ROWID")

    def close(self) -> None:
        """Throw the scratch database away."""
        self._db.close()

    def put(self, decided: Iterable[tuple[str, int]]) -> None:
        """Remember decisions: record id and ``ACCEPTED`` or ``LEFT_OUT``."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO made VALUES (?, ?)", decided)
        self._db.execute("COMMIT")

    def states(self, ids: Sequence[str]) -> dict[str, int]:
        """What was decided about ``ids``; unknown ones are left out."""
        return dict(self._in("SELECT id, state FROM made WHERE id IN", ids))

    def holders(self, names: Sequence[str]) -> dict[str, str]:
        """Which record took each of ``names``."""
        return dict(self._in("SELECT name, id FROM taken WHERE name IN", names))

    def take(self, claims: Iterable[tuple[str, str]]) -> None:
        """Remember that records took names."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO taken VALUES (?, ?)", claims)
        self._db.execute("COMMIT")

    def _in(self, statement: str, values: Sequence[str]) -> Iterable[tuple[str, Any]]:
        for start in range(0, len(values), 500):
            part = values[start : start + 500]
            marks = ",".join("?" * len(part))
            yield from self._db.execute(f"{statement} ({marks})", part)
