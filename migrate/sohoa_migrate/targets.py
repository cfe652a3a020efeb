"""Into which tables a record goes, in what order, and what an update may replace."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table

from sohoa_core import clock
from sohoa_core.records import (
    Document,
    Dossier,
    DossierAlias,
    Field,
    Finding,
    Item,
    ItemEvent,
    Page,
    Party,
    PartyAddress,
    PartyIdentifier,
    SignatureRecord,
    Verdict,
    Version,
)


def table_of(model: Any) -> Table:
    """The table behind a record class."""
    return cast(Table, model.__table__)


MAIN_TABLES: dict[str, Table] = {
    "party": table_of(Party),
    "dossier": table_of(Dossier),
    "item": table_of(Item),
    "document": table_of(Document),
    "finding": table_of(Finding),
    "verdict": table_of(Verdict),
}

#: Child tables in the order in which they can be inserted.
CHILD_TABLES: dict[str, Table] = {
    table.name: table
    for table in map(
        table_of,
        (
            PartyIdentifier,
            PartyAddress,
            DossierAlias,
            Finding,
            ItemEvent,
            Document,
            Version,
            Page,
            Field,
            SignatureRecord,
        ),
    )
}

#: Children that an update replaces: table -> the column that names their parent. What a person
#: decided stays, and so do documents and their versions: they are immutable.
REPLACED: dict[str, dict[str, str]] = {
    "party": {"party_identifiers": "party_id", "party_addresses": "party_id"},
    "dossier": {"dossier_aliases": "dossier_id", "findings": "dossier_id"},
    "item": {},
    "document": {},
    "finding": {},
    "verdict": {},
}


def complete(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """``row`` with every column of ``table``: one statement then fits all rows of a chunk."""
    found = {}
    for column in table.columns:
        name = column.name
        if name in row:
            found[name] = row[name]
        elif column.default is not None and column.default.is_scalar:
            found[name] = cast(Any, column.default).arg
        elif name in ("created_at", "at"):
            found[name] = clock.now()
        else:
            found[name] = None
    return found
