"""Dates with the precision they have, and the arithmetic of time limits.

A date of the records is ISO text: a year, a month, a day, or a moment. Its :class:`Span` is the
first and last day it may mean, so that "2020-05" is never taken for the first of May.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_TIME = re.compile(
    r"[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day that a date may mean; equal when the day is known."""

    first: date
    last: date

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    def surely_after(self, other: Span) -> bool:
        """Whether every day of this span is later than every day of ``other``."""
        return self.first > other.last

    def may_equal(self, other: Span) -> bool:
        """Whether both may mean the same day."""
        return self.first <= other.last and other.first <= self.last


@lru_cache(maxsize=4096)
def span(text: str) -> Span | None:
    """The span of ISO ``text`` (a date or a moment); None when it is none."""
    if not 4 <= len(text) <= 40:
        return None
    match = _DATE.match(text)
    if match is None or (match.end() != len(text) and not _TIME.fullmatch(text, match.end())):
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if year is None:
            return None
        if month is None:
            return Span(date(year, 1, 1), date(year, 12, 31))
        if day is None:
            last = calendar.monthrange(year, month)[1]
            return Span(date(year, month, 1), date(year, month, last))
        exact = date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None
    return Span(exact, exact)


def day_of(text: str) -> date | None:
    """The day of ISO ``text`` when it is known to the day."""
    found = span(text)
    return found.first if found is not None and found.exact else None


def time_of(text: str) -> time | None:
    """The time of day written in ISO ``text``, as written (local time); None without one."""
    match = _TIME.search(text, 10) if 16 <= len(text) <= 40 else None
    if match is None:
        return None
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        return None


def moment_of(text: str) -> datetime | None:
    """Day and time of ISO ``text``, zone left out; None when either is missing."""
    day, at = day_of(text), time_of(text)
    return None if day is None or at is None else datetime.combine(day, at)


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later; the last day of the month where there is no such day.

    Bộ luật Dân sự 91/2015/QH13 Art 148: a period in months ends at the end of the corresponding
    day, or on the last day of the month. Raises ``OverflowError`` outside years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(year)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def age_on(birth: date, on: date) -> int:
    """Full years of age; who is born on 29 February turns a year older on 1 March or 29."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def next_day(day: date) -> date:
    """The following day (the last one of the calendar stays)."""
    return day + timedelta(days=1) if day < date.max else day
