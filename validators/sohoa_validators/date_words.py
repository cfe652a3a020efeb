"""Dates in words, as certificates repeat them: ``Ngày một, tháng mười một, năm hai nghìn ...``."""

from __future__ import annotations

import re
from datetime import date

from sohoa_vietnam.numerals import parse_number
from sohoa_vietnam.text import nfc

LONGEST = 200
_SHAPE = re.compile(
    r"\s*ngày\s+(?:mồng|mùng)?\s*(?P<day>\w+(?:\s+\w+){0,2}?)\s*,?\s+"
    r"tháng\s+(?P<month>\w+(?:\s+\w+)?)\s*,?\s+"
    r"năm\s+(?P<year>(?:một|hai)\s+(?:nghìn|ngàn)\b[\w\s]*?)\s*[.,;]?\s*",
    re.IGNORECASE,
)
#: Months that have a name of their own.
_MONTHS = {"giêng": 1, "chạp": 12, "tư": 4}


def date_from_words(text: str) -> date | None:
    """The date that words say; None when they cannot be read or name no day of the calendar."""
    match = _SHAPE.fullmatch(nfc(text[:LONGEST]))
    if match is None:
        return None
    month = _MONTHS.get(match["month"].casefold(), _number(match["month"]))
    day, year = _number(match["day"]), _number(match["year"])
    if day is None or month is None or year is None:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _number(words: str) -> int | None:
    parsed = parse_number(words)
    return parsed.integer if parsed is not None else None
