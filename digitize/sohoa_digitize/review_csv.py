"""The review as a spreadsheet: a CSV file out, decisions back in.

Spreadsheets run cells that begin like formulas and change numbers and dates on their own. So
such cells leave with an apostrophe before them and lose it on the way back, and a row is
recognized by a fingerprint that no spreadsheet changes, never by the value it shows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from sohoa_core.errors import SohoaError
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_digitize.errors import ReviewChanged, ReviewCsvInvalid, ReviewRowInvalid
from sohoa_digitize.review import Decision, Entry, accept, correct, found

COLUMNS = (
    "id",
    "fingerprint",
    "dossier",
    "document",
    "page",
    "field",
    "value",
    "confidence",
    "reason",
    "image",
    "decision",
    "new_value",
)
ACCEPT = frozenset({"accept", "accepted", "ok", "x", "đúng", "dung", "chấp nhận"})
#: First characters that make a spreadsheet run a cell (OWASP, CSV injection).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")
_ROWS = 1_000_000


def guarded(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs; :func:`unguarded` gives it back."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def unguarded(cell: str) -> str:
    """The inverse of :func:`guarded`."""
    return cell[1:] if cell.startswith("'") else cell


def written(entries: Iterable[tuple[Entry, str]]) -> bytes:
    """The CSV file: UTF-8 with a byte order mark, without which spreadsheets guess.

    ``entries`` come with the name of the image of the place (or nothing).
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for entry, image in entries:
        cells = (
            entry.id,
            entry.fingerprint,
            entry.dossier,
            entry.document,
            str(entry.page or ""),
            entry.field,
            entry.value,
            f"{entry.confidence:.3f}",
            entry.reason or "",
            image,
            "",
            "",
        )
        writer.writerow([cells[0], cells[1], *map(guarded, cells[2:])])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8")


@dataclass(frozen=True, slots=True)
class Row:
    """A filled-in row; ``number`` counts from 1, which is the header."""

    number: int
    id: str
    fingerprint: str
    accepts: bool
    new_value: str


def read(data: bytes, *, name: str, limits: Limits) -> Iterator[Row | SohoaError]:
    """The rows in which something was decided; an error in the place of a row that is none.

    Raises ``ReviewCsvInvalid`` when the file as a whole is no such export.
    """
    limits.check("file_megabytes", len(data) / 1_000_000, where=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReviewCsvInvalid(where=name, detail=N_("it is not UTF-8")) from error
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        needed = ("id", "fingerprint", "decision", "new_value")
        if any(header.count(column) != 1 for column in needed):
            raise ReviewCsvInvalid(where=name, detail=N_("its columns are not those of an export"))
        at = {column: header.index(column) for column in needed}
        for number, cells in enumerate(reader, 2):
            if number > _ROWS:
                raise ReviewCsvInvalid(where=name, detail=N_("it has too many rows"))
            if any(cell.strip() for cell in cells):
                row = _row(number, cells, header, at)
                if row is not None:
                    yield row
    except csv.Error as error:
        raise ReviewCsvInvalid(where=name, detail=str(error)) from error


def _row(
    number: int, cells: list[str], header: list[str], at: dict[str, int]
) -> Row | SohoaError | None:
    if len(cells) != len(header):
        detail = f"{len(cells)} / {len(header)}"
        return ReviewRowInvalid(where=str(number), row=number, detail=detail)
    decision = unguarded(cells[at["decision"]].strip()).strip().casefold()
    # Only blanks around the guard are the spreadsheet's; the value is the person's.
    new_value = unguarded(cells[at["new_value"]].strip()).strip()
    if not decision and not new_value:
        return None
    if decision and decision not in ACCEPT:
        return ReviewRowInvalid(where=str(number), row=number, detail=decision[:40])
    return Row(
        number,
        cells[at["id"]].strip(),
        cells[at["fingerprint"]].strip(),
        accepts=not new_value,
        new_value=new_value,
    )


def applied(session: Session, row: Row, *, actor: str, four_eyes: bool) -> Decision:
    """Carry one row out. Raises the errors of a single decision, and ``ReviewChanged``."""
    entry = found(session, row.id)
    if entry.fingerprint != row.fingerprint:
        raise ReviewChanged(where=str(row.number), detail="")
    if row.accepts:
        return accept(session, entry.id, actor=actor, four_eyes=four_eyes, way="csv")
    return correct(session, entry.id, row.new_value, actor=actor, four_eyes=four_eyes, way="csv")
