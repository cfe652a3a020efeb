"""Small dated tables shipped with the package: TSV with a header comment.

A table begins with ``#`` lines (what it is, source, checked), then one line of column names,
then rows; UTF-8, NFC, tabs between cells, no quoting. A damaged table fails the load and names
the line, so an edited copy cannot silently lose rows.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from sohoa_vietnam.messages import N_, VietnamError


class TableBroken(VietnamError):
    """A table cannot be used; the subclasses say why, all name the table."""

    code = "table.broken"
    message = N_("Table {table} cannot be used: row “{row}”.")


class TableUnreadable(TableBroken):
    """The file is missing or is not UTF-8."""

    code = "table.unreadable"
    message = N_("Table {table} is missing or is not UTF-8 text.")


class TableHeader(TableBroken):
    """The line of column names is missing, or names repeat or are empty."""

    code = "table.header"
    message = N_("Table {table}, line {line}: column names are missing or repeat.")


class TableRow(TableBroken):
    """A row has too few or too many cells."""

    code = "table.row"
    message = N_("Table {table}, line {line}: {found} cells where {expected} are expected.")


def parse_tsv(text: str, name: str) -> list[dict[str, str]]:
    """Rows of a table given as text; raises :class:`TableHeader` or :class:`TableRow`."""
    columns: list[str] | None = None
    rows: list[dict[str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if columns is None:
            columns = cells
            if len(set(columns)) != len(columns) or not all(columns):
                raise TableHeader(table=name, line=number)
            continue
        if len(cells) != len(columns):
            raise TableRow(table=name, line=number, found=len(cells), expected=len(columns))
        rows.append(dict(zip(columns, cells, strict=True)))
    if columns is None:
        raise TableHeader(table=name, line=0)
    return rows


@cache
def read_tsv(name: str) -> tuple[dict[str, str], ...]:
    """Rows of the shipped table ``data/<name>``; do not change the dictionaries."""
    path = resources.files("sohoa_vietnam").joinpath("data", name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TableUnreadable(table=name) from error
    return tuple(parse_tsv(text, name))
