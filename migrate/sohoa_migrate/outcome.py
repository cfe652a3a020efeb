"""What the mapping makes of one source row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sohoa_core.canonical import sha256_hex
from sohoa_migrate.mapping.model import OnMissing
from sohoa_migrate.sources.files import WantedFile


def record_id(*parts: str) -> str:
    """The id of a migrated record: the same source row always becomes the same record.

    So a killed run can go on without asking what it made, references need no look-up, and two
    runs of one plan give equal records.
    """
    return sha256_hex("\x1f".join(parts))[:32]


@dataclass(slots=True)
class Need:
    """A record that must have been migrated before; its id goes into ``column``."""

    target: str
    table: str
    key: str
    id: str
    column: str
    on_missing: OnMissing


@dataclass(slots=True)
class FilePlace:
    """A file and the version that it becomes; ``document`` where that is made with it."""

    wanted: WantedFile
    document: dict[str, Any] | None
    version: dict[str, Any]
    on_missing: OnMissing
    reject_invalid: bool


@dataclass(slots=True)
class Made:
    """A record with what hangs on it, ready to be written.

    ``children`` are rows of other tables by table name; ``also`` further records that this row
    becomes (target kind, id). ``unique`` is what no other row may claim. ``reviews`` are codes
    of why a person must look; ``totals`` what the reconciliation counts it under.
    """

    id: str
    record: dict[str, Any]
    children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    needs: list[Need] = field(default_factory=list)
    files: list[FilePlace] = field(default_factory=list)
    also: list[tuple[str, str]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[str] = field(default_factory=list)
    unique: str | None = None
    wanted_ordinal: int | None = None


@dataclass(slots=True)
class Refused:
    """A row that is not taken over, and why; ``args`` hold no personal data."""

    reason: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Skipped:
    """A row that a rule of the mapping leaves out."""

    reason: str
