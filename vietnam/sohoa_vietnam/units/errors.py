"""Errors of the unit tables and questions.

::

    VietnamError
    ├── CodeWithoutDate        a bare code: it may mean two different places
    ├── BadQuestion            an argument that no answer could fit
    └── TableBroken
        ├── TableAltered       a shipped table is not the one that was built
        ├── TableMissing       a shipped table is not there
        └── RowBroken
            └── LocalityRowBroken  a row of a locality's own decision table
"""

from __future__ import annotations

from sohoa_vietnam.messages import N_, VietnamError
from sohoa_vietnam.row_errors import RowBroken
from sohoa_vietnam.tables import TableBroken


class CodeWithoutDate(VietnamError):
    """A unit code without a code set or a date (3,316 of 3,321 new codes were old codes too)."""

    code = "unit.code_without_date"
    message = N_(
        "The unit code {value} is ambiguous without a code set (gso-2004, gso-2025) or a date: "
        "the same number names different places before and after 1 July 2025"
    )


class BadQuestion(VietnamError):
    """An argument of the wrong shape: an unknown code set or level, a date that is none."""

    code = "unit.bad_question"
    message = N_("{argument} cannot be {value}")


CONTENT_DIFFERS = N_(
    "Table {table}, line {line}: the row is not the one that was built and checked"
)
ROWS_LOST = N_("Table {table}, line {line}: rows are missing from here on")
ROW_ADDED = N_("Table {table}, line {line}: the row was added after the table was built")
MANIFEST_BROKEN = N_("Table {table}, line {line}: the list of tables is damaged")


class TableAltered(RowBroken):
    """A shipped table differs from the one that was built and checked; the line is named."""

    code = "table.altered"
    message = CONTENT_DIFFERS


class TableMissing(TableBroken):
    """A table of the package cannot be read."""

    code = "table.missing"
    message = N_("Table {table} cannot be read ({error}); install the package again")


class LocalityRowBroken(RowBroken):
    """A row of a locality's decision table cannot be used; the message says which cell and why."""

    code = "locality.row_broken"
