"""Processing times: within the day and its cut-off, working days, days off."""

from datetime import date, time

import pytest

from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.deadline import WorkingDays, due_on
from sohoa_validators.schema import Processing, TimeUnit

SAME_DAY = Processing(unit=TimeUnit.SAME_DAY, amount=0, cutoff="15:00")
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)


@pytest.mark.parametrize(
    ("received", "at", "due"),
    [
        (date(2026, 11, 19), time(14, 59), date(2026, 11, 19)),
        (date(2026, 11, 19), time(15, 0), date(2026, 11, 19)),
        (date(2026, 11, 19), time(15, 0, 1), FRIDAY),
        (FRIDAY, time(16, 30), MONDAY),
        (date(2026, 11, 21), time(9, 0), MONDAY),  # a Saturday
        (date(2026, 4, 29), time(17, 0), date(2026, 5, 4)),  # 30/4, 1/5, then a weekend
    ],
)
def test_within_the_day_unless_after_the_cutoff(received: date, at: time, due: date) -> None:
    assert due_on(SAME_DAY, received, at) == (due, due)


def test_without_the_time_both_days_are_possible() -> None:
    assert due_on(SAME_DAY, FRIDAY, None) == (FRIDAY, MONDAY)


@pytest.mark.parametrize(
    ("amount", "received", "due"),
    [
        (3, FRIDAY, date(2026, 11, 25)),
        (1, FRIDAY, MONDAY),
        (18, date(2026, 10, 12), date(2026, 11, 5)),
        (3, date(2026, 8, 31), date(2026, 9, 4)),  # 2/9 is a day off
    ],
)
def test_working_days_do_not_count_the_first_day(amount: int, received: date, due: date) -> None:
    limit = Processing(unit=TimeUnit.WORKING_DAY, amount=amount)
    assert due_on(limit, received, None) == (due, due)


def test_announced_days_off_are_given_as_settings() -> None:
    tet = WorkingDays(frozenset({date(2026, 2, day) for day in range(16, 21)}))
    limit = Processing(unit=TimeUnit.WORKING_DAY, amount=1)
    assert due_on(limit, date(2026, 2, 13), None, tet) == (date(2026, 2, 23), date(2026, 2, 23))


def test_calendar_days_and_hours() -> None:
    days = Processing(unit=TimeUnit.DAY, amount=20)
    assert due_on(days, date(2026, 11, 1), None) == (date(2026, 11, 21), date(2026, 11, 21))
    assert due_on(Processing(unit=TimeUnit.HOUR, amount=1), FRIDAY, time(9, 0)) is None


def test_the_end_of_the_calendar_is_no_error() -> None:
    assert due_on(Processing(unit=TimeUnit.DAY, amount=5), date.max, None) is None
    assert due_on(SAME_DAY, date.max, time(16, 0)) is None


def test_civil_status_procedures_carry_the_cutoff() -> None:
    for code in ("1.001193", "1.000894", "1.000656", "2.000635"):
        procedure = shipped_catalogue().procedure(code, date(2026, 11, 1))
        assert procedure is not None
        assert [limit.cutoff for limit in procedure.processing] == ["15:00"]
