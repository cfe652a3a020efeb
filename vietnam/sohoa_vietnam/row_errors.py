"""One shape for "this row of this file cannot be used": shipped tables and users' own files.

The reason is itself a template of the catalogue, so a clerk reads the whole message in her
language; it always names the file and the line.
"""

from __future__ import annotations

from typing import Any

from sohoa_vietnam.messages import N_
from sohoa_vietnam.tables import TableBroken

CELLS = N_("File {table}, line {line}: {cells} cells, {expected} expected")
TOO_LARGE = N_("File {table} is larger than {limit} MB")
UNREADABLE = N_("File {table} cannot be read as UTF-8 text ({error})")
EMPTY = N_("File {table} is empty")
MISQUOTED = N_("File {table}, line {line}: quotation marks do not close ({error})")
COLUMNS = N_("File {table}, line {line}: the columns must be {columns}")
SOURCE_EMPTY = N_("File {table}, line {line}: source is empty; name the act")


class RowBroken(TableBroken):
    """A row cannot be used. Arguments: ``table``, ``line``, ``reason`` (a template marked for
    translation) and what fills it."""

    code = "row.broken"
    message = N_("File {table}, line {line}: the row cannot be used")

    def __init__(self, **args: Any) -> None:
        super().__init__(**args)
        reason = args.get("reason")
        if isinstance(reason, str):
            self.message = reason
