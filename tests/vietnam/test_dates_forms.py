"""Dates in all printed forms, with the damage of recognition, never more precise than printed."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_vietnam.dates import (
    Precision,
    date_in_words,
    date_key,
    find_dates,
    format_date,
    parse_date,
)

CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "data" / "dates.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("raw", "value", "precision", "codes", "alternative"), CASES)
def test_golden(raw: str, value: str, precision: str, codes: str, alternative: str) -> None:
    date = parse_date(raw)
    if precision == "none":
        assert date is None
        return
    assert date is not None
    assert date.raw == raw
    assert date.value == value.strip("-")
    assert date.precision == precision
    assert " ".join(p.code.removeprefix("date.") for p in date.problems) == codes.strip("-")
    if alternative != "-":
        assert alternative in date.alternatives


DAYS = st.dates(datetime.date(1800, 1, 2), datetime.date(2199, 12, 31))


@settings(max_examples=300, deadline=None)
@given(DAYS)
def test_every_day_in_every_form(day: datetime.date) -> None:
    forms = [
        format_date(day),
        format_date(day).upper(),
        date_in_words(day),
        day.strftime("%d/%m/%Y"),
        f"{day.day}-{day.month}-{day.year}",
        f"{day.day} . {day.month} . {day.year}",
        day.isoformat(),
        day.strftime("%Y%m%d%H%M%S"),
        f"Hà Nội, {format_date(day)}.",
    ]
    for form in forms:
        found = parse_date(form)
        assert found is not None
        assert found.value == day.isoformat(), form
        assert found.precision is Precision.DAY


@settings(max_examples=100, deadline=None)
@given(DAYS, st.sampled_from([("0", "O"), ("1", "l"), ("5", "S"), ("1", "I"), ("0", "o")]))
def test_letters_for_digits(day: datetime.date, confusion: tuple[str, str]) -> None:
    clean = format_date(day)
    damaged = clean.replace(*confusion)
    found = parse_date(damaged)
    assert found is not None
    assert found.value == day.isoformat()
    assert found.problems == () if damaged == clean else found.problems[0].code == "date.letters"


def test_span_and_may_equal() -> None:
    year, month, day = (parse_date(t) for t in ("1980", "tháng 2/1980", "29/02/1980"))
    assert year is not None
    assert month is not None
    assert day is not None
    assert month.span() == (datetime.date(1980, 2, 1), datetime.date(1980, 2, 29))
    assert year.may_equal(day)
    assert month.may_equal(day)
    other = parse_date("01/03/1980")
    assert other is not None
    assert not month.may_equal(other)


def test_find_in_running_text() -> None:
    text = (
        "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020; Quyết định 15/QĐ ngày "
        "6/7/2021, "
        "sinh năm 1980, số 01/2023/TT-VPCP, sổ 125/2019, ngày … tháng … năm 2022"
    )
    assert [f.date.value for f in find_dates(text)] == ["2020-03-05", "2021-07-06", "1980", "2022"]
    first = find_dates(text)[0]
    assert text[first.start : first.end] == "ngày 05 tháng 3 năm 2020"


def test_dates_given_as_dates_and_numbers() -> None:
    day = parse_date(datetime.datetime(2020, 1, 5, 9, 0))  # noqa: DTZ001 - as a database gives it
    assert day is not None
    assert (day.value, day.precision) == ("2020-01-05", Precision.DAY)
    serial = parse_date(43835)
    assert serial is not None
    assert (serial.value, serial.alternatives) == ("", ("2020-01-05",))


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="0123456789/-. OlIngàythámămnăĐ", max_size=30),
        st.integers(),
        st.floats(),
    )
)
def test_anything(raw: str | int | float) -> None:
    date = parse_date(raw)
    if date is not None:
        for value in (date.value, *date.alternatives):
            if value:
                assert value.count("-") <= 2
                again = parse_date(value)
                assert again is not None
                assert again.value == value
        if date.value:
            assert (date.value.count("-")) == ("year", "month", "day").index(date.precision)
    if isinstance(raw, str):
        assert date_key(date_key(raw)) == date_key(raw)


def test_hostile_text_costs_little_time() -> None:
    start = time.process_time()
    find_dates("ngày" + "." * 100_000 + " ngày " * 1000)
    find_dates("1/" * 20_000)
    find_dates("ngày a tháng b năm " * 2000)
    assert time.process_time() - start < 2.0
