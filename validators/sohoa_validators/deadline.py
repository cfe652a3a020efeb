"""When a dossier is due (hẹn trả kết quả): processing times with their units.

"0/1" day: within the day, the next working day when received after the cut-off (15:00). Other
limits do not count the day of reception (Bộ luật Dân sự 91/2015/QH13 Art 147).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta

from sohoa_validators import legal
from sohoa_validators.schema import Processing, TimeUnit


@dataclass(frozen=True)
class WorkingDays:
    """Which days are worked; ``holidays`` adds the days announced for a year (Tết ...)."""

    holidays: frozenset[date] = field(default_factory=frozenset)

    def works(self, day: date) -> bool:
        """Whether offices are open on ``day``."""
        known = legal.calendar()
        if day.isoweekday() in known.weekend or day in self.holidays:
            return False
        return not any((h.month, h.day) == (day.month, day.day) for h in known.holidays)

    def next(self, day: date) -> date:
        """The first working day after ``day``."""
        following = day + timedelta(days=1)
        while not self.works(following):
            following += timedelta(days=1)
        return following


def due_on(
    limit: Processing, received: date, at: time | None, days: WorkingDays | None = None
) -> tuple[date, date] | None:
    """The earliest and the latest day on which the result may fall due.

    They differ only where the time of reception is not known and decides. None for limits in
    hours (they end within a day or two and need the moment) and near the end of the calendar.
    """
    days = days or WorkingDays()
    try:
        if limit.unit is TimeUnit.SAME_DAY:
            return _same_day(limit, received, at, days)
        if limit.unit is TimeUnit.WORKING_DAY:
            due = received
            for _ in range(limit.amount):
                due = days.next(due)
            return due, due
        if limit.unit is TimeUnit.DAY:
            due = received + timedelta(days=limit.amount)
            return due, due
    except OverflowError:
        return None
    return None


def _same_day(
    limit: Processing, received: date, at: time | None, days: WorkingDays
) -> tuple[date, date]:
    if not days.works(received):
        following = days.next(received)
        return following, following
    if limit.cutoff is None:
        return received, received
    if at is None:
        return received, days.next(received)
    hour, minute = (int(part) for part in limit.cutoff.split(":"))
    # "After 15:00": a dossier of 15:00 sharp is still of the day.
    due = received if at <= time(hour, minute) else days.next(received)
    return due, due
