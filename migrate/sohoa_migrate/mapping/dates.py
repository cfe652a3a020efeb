"""Date formats of old systems, such as ``dd/mm/yyyy``, read into ISO dates of true precision."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

EARLIEST, LATEST = 1800, 2199
_TOKENS = {
    "yyyy": r"(?P<y>\d{4})",
    "dd": r"(?P<d>\d{1,2})",
    "mm": r"(?P<m>\d{1,2})",
    "HH": r"(?P<H>\d{1,2})",
    "MM": r"(?P<M>\d{1,2})",
    "SS": r"(?P<S>\d{1,2}(?:\.\d{1,9})?)",
}
_SPLIT = re.compile("(yyyy|dd|mm|HH|MM|SS)")


class DateImpossible(ValueError):
    """The text has the shape of a date, but there is no such day."""


class DateUnreadable(ValueError):
    """The text fits none of the formats."""


class Lowered(str):
    """A date whose day (and month) were written as 00: less precise than its format."""

    __slots__ = ()


def compile_format(text: str) -> re.Pattern[str]:
    """The pattern of a format made of ``dd mm yyyy HH MM SS`` and separators.

    Without separators every part has its full width. Raises ``ValueError`` for a format
    without year, with a part twice, or with letters that mean nothing.
    """
    parts = _SPLIT.split(text)
    used = [part for part in parts if part in _TOKENS]
    between = "".join(part for part in parts if part not in _TOKENS)
    if "yyyy" not in used or len(used) != len(set(used)) or any(c.isalnum() for c in between):
        raise ValueError(f"{text!r} is not a date format; an example: dd/mm/yyyy HH:MM")
    if "dd" in used and "mm" not in used:
        raise ValueError(f"{text!r} has a day without a month")
    pattern = ""
    for position, part in enumerate(parts):
        if part not in _TOKENS:
            pattern += re.escape(part)
            continue
        glued = (position + 1 < len(parts) - 1 and parts[position + 1] == "") or (
            position > 1 and parts[position - 1] == ""
        )
        pattern += _TOKENS[part].replace("{1,2}", "{2}") if glued else _TOKENS[part]
    return re.compile(pattern, re.ASCII)


def reader(formats: list[str], *, zero_parts: bool = False) -> Callable[[str], str]:
    """A function from the text of an old system to ``2020-01-05``, ``2020-01`` or ``2020``.

    The first format that fits decides; times of day are dropped. With ``zero_parts`` a day or
    month of 00 means "not known" and lowers the precision; otherwise it is impossible. The
    format ``unix`` reads seconds since 1970 (shown in Vietnam's zone).
    """
    compiled = [None if name == "unix" else compile_format(name) for name in formats]

    @lru_cache(maxsize=8192)
    def read(text: str) -> str:
        stripped = text.strip()
        for pattern in compiled:
            if pattern is None:
                if re.fullmatch(r"-?\d{1,11}", stripped):
                    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(stripped))
                    return (moment + timedelta(hours=7)).date().isoformat()
                continue
            match = pattern.fullmatch(stripped)
            if match:
                return _iso(match.groupdict(), zero_parts)
        raise DateUnreadable

    return read


def _iso(parts: dict[str, str | None], zero_parts: bool) -> str:
    year = int(parts["y"] or 0)
    month, day = parts.get("m"), parts.get("d")
    if not EARLIEST <= year <= LATEST:
        raise DateImpossible
    if int(parts.get("H") or 0) > 23 or int(parts.get("M") or 0) > 59:
        raise DateImpossible
    kind: type[str] = str
    if zero_parts:
        if day is not None and int(day) == 0:
            day, kind = None, Lowered
        if month is not None and int(month) == 0:
            if day is not None:
                raise DateImpossible
            month, kind = None, Lowered
    try:
        date(year, 1 if month is None else int(month), 1 if day is None else int(day))
    except ValueError:
        raise DateImpossible from None
    if month is None:
        return kind(f"{year:04}")
    if day is None:
        return kind(f"{year:04}-{int(month):02}")
    return f"{year:04}-{int(month):02}-{int(day):02}"
