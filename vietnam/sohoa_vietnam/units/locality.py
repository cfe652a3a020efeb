"""A locality's own decision table: which hamlet or street of a divided commune went where.

People's Councils settle by their own acts what the national table leaves open. The caller
supplies such a table as CSV text (comma, semicolon or tab; UTF-8) with the columns

=============  ==================================================================
old_code       5-digit code (gso-2004) of the divided commune
place          hamlet (thôn, xóm, ấp, bản, tổ dân phố) or street, as people write it
new_code       5-digit code (gso-2025) it went to
from, to       optional house numbers on a street, both included
side           optional: ``odd``, ``even`` or empty for both sides
source         the act that says so
=============  ==================================================================

Every row is checked against the national table: the commune must have been divided and the new
unit must be one of its pieces. A wrong row refuses the table and names the line and the cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sohoa_vietnam.messages import N_
from sohoa_vietnam.row_errors import (
    CELLS,
    COLUMNS,
    EMPTY,
    MISQUOTED,
    SOURCE_EMPTY,
    TOO_LARGE,
    UNREADABLE,
)
from sohoa_vietnam.text import nfc
from sohoa_vietnam.units.errors import LocalityRowBroken
from sohoa_vietnam.units.model import CodeSet, Level, Unit
from sohoa_vietnam.units.names import Word, compare_words, word, words
from sohoa_vietnam.units.tables import Tables, tables

REQUIRED = ("old_code", "place", "new_code", "source")
OPTIONAL = ("from", "to", "side")
MAX_ROWS = 200_000
MAX_BYTES = 32 * 1024 * 1024
_CODE = re.compile(r"[0-9]{5}", re.ASCII)
_HOUSE = re.compile(
    r"(?:^|\bsố(?:\s+nhà)?\s+|\bso(?:\s+nha)?\s+)(\d{1,5})(?=[\s/A-Za-z,-]|$)", re.I
)
#: Words before the name of a hamlet or street that may be written or left out.
_PLACE_WORDS = {
    "thon",
    "xom",
    "ap",
    "ban",
    "buon",
    "lang",
    "khu",
    "to",
    "khom",
    "duong",
    "pho",
    "ngo",
    "hem",
    "so",
    "tdp",
    "kp",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One row: this place of the old commune went to that new one, by this act."""

    old_code: str
    place: str
    new_code: str
    source: str
    line: int
    first: int | None = None
    last: int | None = None
    side: str = ""

    def covers(self, house: int | None) -> bool | None:
        """Whether a house number falls under the row; ``None`` when that needs a number."""
        if self.first is None and self.last is None and not self.side:
            return True
        if house is None:
            return None
        if self.first is not None and house < self.first:
            return False
        if self.last is not None and house > self.last:
            return False
        return not self.side or (house % 2 == 1) == (self.side == "odd")


@dataclass(frozen=True, slots=True)
class LocalityMatch:
    """What a table says of an address: the new units its matching rows name, and those rows.

    More than one unit means the table does not settle this address."""

    units: tuple[Unit, ...]
    rows: tuple[Decision, ...]


class LocalityTable:
    """Decisions of one or more localities, by old commune."""

    def __init__(self, decisions: Iterable[Decision], name: str) -> None:
        self.name = name
        self._by_old: dict[str, list[tuple[tuple[Word, ...], Decision]]] = {}
        for decision in decisions:
            self._by_old.setdefault(decision.old_code, []).append(
                (_place_words(decision.place), decision)
            )

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._by_old.values())

    def decide(
        self, old_code: str, detail: str, source: Tables | None = None
    ) -> LocalityMatch | None:
        """The decision for the part of an address below the commune; ``None`` when no row fits.

        The longest place name found in the text wins; accents must not contradict. A row that
        depends on a house number which the text lacks keeps its unit among the possible ones.
        """
        rows = self._by_old.get(old_code)
        if not rows:
            return None
        held = source or tables()
        text = nfc(detail)[:500]
        given = words(text)
        house_match = _HOUSE.search(text)
        house = int(house_match[1]) if house_match else None
        best = 0
        hits: list[Decision] = []
        for place, decision in rows:
            if decision.covers(house) is False or not _within(place, given):
                continue
            size = sum(len(w.key) for w in place)
            if size > best:
                best, hits = size, [decision]
            elif size == best:
                hits.append(decision)
        if not hits:
            return None
        found: dict[str, Unit] = {}
        for decision in hits:
            unit = held.units(CodeSet.GSO_2025, Level.COMMUNE, decision.new_code)[-1]
            found.setdefault(unit.code, unit)
        return LocalityMatch(tuple(found.values()), tuple(hits))


def _place_words(place: str) -> tuple[Word, ...]:
    found = words(nfc(place))
    while len(found) > 1 and found[0].key in _PLACE_WORDS:
        found = found[1:]
    return found


def _within(place: tuple[Word, ...], given: tuple[Word, ...]) -> bool:
    """Whether the place name stands in the text, word by word, accents not contradicting."""
    size = len(place)
    keys = [w.key for w in place]
    for start in range(len(given) - size + 1):
        part = given[start : start + size]
        if [w.key for w in part] == keys and compare_words(part, place) != "accents":
            # "Ấp 1" must not be found in a house number
            if size > 1 or not place[0].key.isdigit():
                return True
            if start and given[start - 1].key in _PLACE_WORDS:
                return True
    return False


def load_locality_table(path: Path | str, *, source: Tables | None = None) -> LocalityTable:
    """Read a decision table from a file; raises :class:`LocalityRowBroken` with the line."""
    place = Path(path)
    try:
        if place.stat().st_size > MAX_BYTES:
            raise LocalityRowBroken(table=place.name, line=0, reason=TOO_LARGE, limit=32)
        text = place.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LocalityRowBroken(
            table=place.name, line=0, reason=UNREADABLE, error=type(error).__name__
        ) from error
    return parse_locality_table(text, place.name, source=source)


def parse_locality_table(text: str, name: str, *, source: Tables | None = None) -> LocalityTable:
    """The same for text already read."""
    held = source or tables()
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    decisions: list[Decision] = []
    columns: list[str] | None = None
    try:
        for cells in reader:
            line = reader.line_num
            if not any(c.strip() for c in cells):
                continue
            if columns is None:
                columns = _header([c.strip().lower() for c in cells], name, line)
                continue
            if len(cells) != len(columns):
                raise LocalityRowBroken(
                    table=name, line=line, reason=CELLS, cells=len(cells), expected=len(columns)
                )
            if len(decisions) >= MAX_ROWS:
                raise LocalityRowBroken(
                    table=name,
                    line=line,
                    reason=N_("File {table}, line {line}: more than {limit} rows"),
                    limit=MAX_ROWS,
                )
            row = dict(zip(columns, (c.strip() for c in cells), strict=True))
            decisions.append(_decision(row, name, line, held))
    except csv.Error as error:
        raise LocalityRowBroken(
            table=name, line=reader.line_num, reason=MISQUOTED, error=str(error)
        ) from error
    if columns is None:
        raise LocalityRowBroken(table=name, line=0, reason=EMPTY)
    _refuse_contradictions(decisions, name)
    return LocalityTable(decisions, name)


def _header(columns: list[str], name: str, line: int) -> list[str]:
    known = REQUIRED + OPTIONAL
    if (
        not set(REQUIRED) <= set(columns)
        or not set(columns) <= set(known)
        or len(set(columns)) != len(columns)
    ):
        raise LocalityRowBroken(table=name, line=line, reason=COLUMNS, columns=", ".join(known))
    return columns


def _decision(row: dict[str, str], name: str, line: int, held: Tables) -> Decision:
    def refuse(reason: str, **args: object) -> LocalityRowBroken:
        return LocalityRowBroken(table=name, line=line, reason=reason, **args)

    old, new = row["old_code"], row["new_code"]
    for column, code in (("old_code", old), ("new_code", new)):
        if not _CODE.fullmatch(code):
            raise refuse(
                N_("File {table}, line {line}: {column} must have 5 digits, not '{value}'"),
                column=column,
                value=code[:20],
            )
    edges = held.edges_from.get((Level.COMMUNE.value, old))
    if edges is None:
        raise refuse(
            N_("File {table}, line {line}: {value} is no commune of June 2025 (gso-2004)"),
            value=old,
        )
    if new not in held.new_communes:
        raise refuse(
            N_("File {table}, line {line}: {value} is no unit of the new list (gso-2025)"),
            value=new,
        )
    pieces = [e[2] for e in edges]
    if len(pieces) == 1:
        raise refuse(
            N_("File {table}, line {line}: {value} was not divided; it went whole to {unit}"),
            value=old,
            unit=pieces[0],
        )
    if new not in pieces:
        raise refuse(
            N_(
                "File {table}, line {line}: no piece of {value} went to {unit}; its pieces: {units}"
            ),
            value=old,
            unit=new,
            units=", ".join(pieces),
        )
    if not _place_words(row["place"]):
        raise refuse(N_("File {table}, line {line}: place is empty"))
    if not row["source"]:
        raise refuse(SOURCE_EMPTY)
    numbers: list[int | None] = []
    for column in ("from", "to"):
        cell = row.get(column, "")
        if cell and not (cell.isascii() and cell.isdigit() and len(cell) <= 5):
            raise refuse(
                N_("File {table}, line {line}: {column} must be a house number, not '{value}'"),
                column=column,
                value=cell[:20],
            )
        numbers.append(int(cell) if cell else None)
    low, high = numbers
    if low is not None and high is not None and low > high:
        raise refuse(
            N_("File {table}, line {line}: from {low} is greater than to {high}"),
            low=low,
            high=high,
        )
    side = row.get("side", "").lower()
    if side not in ("", "odd", "even"):
        raise refuse(
            N_("File {table}, line {line}: side must be odd, even or empty, not '{value}'"),
            value=side[:20],
        )
    return Decision(old, nfc(row["place"]), new, nfc(row["source"]), line, low, high, side)


def _refuse_contradictions(decisions: list[Decision], name: str) -> None:
    """Two rows that send one place, without house numbers, to different units."""
    seen: dict[tuple[str, str, int | None, int | None, str], Decision] = {}
    for d in decisions:
        mark = " ".join(w.mark for w in (word(x) for x in d.place.split()))
        place = (d.old_code, mark, d.first, d.last, d.side)
        before = seen.setdefault(place, d)
        if before.new_code != d.new_code:
            raise LocalityRowBroken(
                table=name,
                line=d.line,
                reason=N_("File {table}, line {line}: contradicts line {other} ({one} or {two}?)"),
                other=before.line,
                one=before.new_code,
                two=d.new_code,
            )
