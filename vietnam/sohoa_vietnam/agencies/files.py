"""A user's own agency file, laid over the shipped registry."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path

from sohoa_vietnam.agencies.registry import (
    LEVEL_ONE,
    NEW_NOTATION,
    Agencies,
    AgencyState,
    agencies,
)
from sohoa_vietnam.messages import N_, Checked
from sohoa_vietnam.row_errors import (
    CELLS,
    COLUMNS,
    EMPTY,
    MISQUOTED,
    SOURCE_EMPTY,
    TOO_LARGE,
    UNREADABLE,
    RowBroken,
)
from sohoa_vietnam.text import nfc

MAX_BYTES = 8 * 1024 * 1024
BAD_CODE = N_("File {table}, line {line}: '{value}' is not a code like H26 or H26.1.2")
BAD_DATE = N_("File {table}, line {line}: {column} must be like 2025-07-01, not '{value}'")
OVERLAP = N_("File {table}, line {line}: the dates of {value} overlap line {other}")
LAST_DAY = N_("File {table}, line {line}: a successor needs valid_to, the code's last day")


class AgencyRowBroken(RowBroken):
    """A row of a user's agency file cannot be used; the message says which cell and why."""

    code = "agency.row_broken"


_COLUMNS = ("code", "name", "valid_from", "valid_to", "successor", "source")


def load_agencies(path: Path | str, base: Agencies | None = None) -> Agencies:
    """The shipped registry with a user's file over it.

    The file is CSV (comma, semicolon or tab; UTF-8) with the columns code, name, valid_from,
    valid_to, successor, source; a code of it replaces all that is shipped for that code, and
    codes of levels 2-4 (new notation) may be added. Raises :class:`AgencyRowBroken` with the line.
    """
    place = Path(path)
    try:
        if place.stat().st_size > MAX_BYTES:
            raise AgencyRowBroken(table=place.name, line=0, reason=TOO_LARGE, limit=8)
        text = place.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AgencyRowBroken(
            table=place.name, line=0, reason=UNREADABLE, error=type(error).__name__
        ) from error
    return parse_agencies(text, place.name, base)


def parse_agencies(text: str, name: str, base: Agencies | None = None) -> Agencies:
    """The same for text already read."""
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] | None = None
    states: list[AgencyState] = []
    lines: list[int] = []
    try:
        for cells in reader:
            if not any(c.strip() for c in cells):
                continue
            if header is None:
                header = [c.strip().lower() for c in cells]
                if sorted(header) != sorted(_COLUMNS):
                    raise AgencyRowBroken(
                        table=name,
                        line=reader.line_num,
                        reason=COLUMNS,
                        columns=", ".join(_COLUMNS),
                    )
                continue
            if len(cells) != len(header):
                raise AgencyRowBroken(
                    table=name,
                    line=reader.line_num,
                    reason=CELLS,
                    cells=len(cells),
                    expected=len(header),
                )
            row = {k: nfc(v).strip() for k, v in zip(header, cells, strict=True)}
            states.append(_override(row, name, reader.line_num))
            lines.append(reader.line_num)
    except csv.Error as error:
        raise AgencyRowBroken(
            table=name, line=reader.line_num, reason=MISQUOTED, error=str(error)
        ) from error
    if header is None:
        raise AgencyRowBroken(table=name, line=0, reason=EMPTY)
    _refuse_overlaps(states, lines, name)
    registry = (base or agencies()).with_overrides(states)
    for state, line in zip(states, lines, strict=True):
        if state.successor and not registry.states(state.successor):
            raise AgencyRowBroken(
                table=name,
                line=line,
                reason=N_("File {table}, line {line}: the successor {value} is in no list"),
                value=state.successor,
            )
    return registry


def _override(row: Mapping[str, str], name: str, line: int) -> AgencyState:
    def refuse(reason: str, **args: object) -> AgencyRowBroken:
        return AgencyRowBroken(table=name, line=line, reason=reason, **args)

    code = row["code"].upper()
    if not NEW_NOTATION.fullmatch(code) or not LEVEL_ONE.fullmatch(code[:3]):
        raise refuse(BAD_CODE, value=row["code"][:20])
    if not row["name"]:
        raise refuse(N_("File {table}, line {line}: name is empty"))
    if not row["source"]:
        raise refuse(SOURCE_EMPTY)
    dates: list[date | None] = []
    for column in ("valid_from", "valid_to"):
        try:
            dates.append(date.fromisoformat(row[column]) if row[column] else None)
        except ValueError:
            raise refuse(
                BAD_DATE,
                column=column,
                value=row[column][:20],
            ) from None
    start, end = dates
    if start and end and end < start:
        raise refuse(N_("File {table}, line {line}: valid_to lies before valid_from"))
    successor = row["successor"].upper() or None
    if successor and not NEW_NOTATION.fullmatch(successor):
        raise refuse(BAD_CODE, value=successor[:20])
    if successor and end is None:
        raise refuse(LAST_DAY)
    return AgencyState(
        code, row["name"], start, end, successor, Checked.VERIFIED, Checked.VERIFIED, row["source"]
    )


def _refuse_overlaps(states: list[AgencyState], lines: list[int], name: str) -> None:
    by_code: dict[str, list[tuple[date, date, int]]] = {}
    for state, line in zip(states, lines, strict=True):
        span = (state.valid_from or date.min, state.valid_to or date.max, line)
        by_code.setdefault(state.code, []).append(span)
    for code, spans in by_code.items():
        spans.sort()
        for before, after in pairwise(spans):
            if after[0] <= before[1]:
                first, last = sorted((before[2], after[2]))
                raise AgencyRowBroken(
                    table=name,
                    line=last,
                    reason=OVERLAP,
                    value=code,
                    other=first,
                )
