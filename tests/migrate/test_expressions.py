"""The expressions of mapping files, one by one, and date formats."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa_migrate.mapping import dates
from sohoa_migrate.mapping.expressions import (
    CodeList,
    ExpressionError,
    Invalid,
    compile_expression,
    parse,
)

COLUMNS = {"a": 0, "b": 1, "n": 2, "x": 3}
ROW = (" Hà Nam ", "", 12, b"\x00")
LISTS = {"l": CodeList("l", {"12": 7, "13": 8})}


def run(data: Any, row: tuple[Any, ...] = ROW) -> Any:
    return compile_expression(parse(data), COLUMNS, LISTS)(row)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("a", " Hà Nam "),
        ("b", None),
        ("n", "12"),
        ({"const": 7}, 7),
        ({"strip": "a"}, "Hà Nam"),
        ({"upper": {"strip": "a"}}, "HÀ NAM"),
        ({"lower": {"strip": "a"}}, "hà nam"),
        ({"spaces": {"const": " a  b "}}, "a b"),
        ({"concat": [{"strip": "a"}, "b", "n"], "sep": ", "}, "Hà Nam, 12"),
        ({"concat": ["b", "b"]}, None),
        ({"slice": {"const": "000.28"}, "start": 4}, "28"),
        ({"slice": {"const": "000.28"}, "end": 3}, "000"),
        ({"split": {"const": "x/y/z"}, "sep": "/", "index": -1}, "z"),
        ({"split": {"const": "x"}, "sep": "/", "index": 3}, None),
        ({"replace": {"const": "1/2"}, "find": "/", "with": "-"}, "1-2"),
        ({"pad": "n", "width": 5}, "00012"),
        ({"int": "n"}, 12),
        ({"lookup": "l", "key": "n"}, 7),
        ({"lookup": "l", "key": "b"}, None),
        ({"lookup": "l", "key": {"const": "?"}, "default": 4}, 4),
        ({"lookup": "l", "key": {"const": "?"}, "default": None}, None),
        ({"first": ["b", "n"]}, "12"),
        ({"if": {"equals": ["n", {"const": 12}]}, "then": "n", "else": "a"}, "12"),
        ({"if": {"empty": "n"}, "then": "n"}, None),
        ({"not": {"in": "n", "values": [12, "13"]}}, False),
        ({"parse_date": {"const": "5/1/2020"}, "formats": ["dd/mm/yyyy"]}, "2020-01-05"),
    ],
)
def test_values(data: Any, value: Any) -> None:
    assert run(data) == value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("x", "value.binary"),
        ({"int": "a"}, "value.not_whole"),
        ({"int": {"const": "9" * 40}}, "value.not_whole"),
        ({"lookup": "l", "key": "a"}, "lookup.unknown"),
        ({"parse_date": "a", "formats": ["dd/mm/yyyy"]}, "date.unreadable"),
        ({"parse_date": {"const": "31/02/2020"}, "formats": ["dd/mm/yyyy"]}, "date.impossible"),
    ],
)
def test_unusable_values(data: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        run(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        [],
        7,
        {},
        {"eval": "1+1"},
        {"strip": "a", "upper": "a"},
        {"strip": "a", "width": 3},
        {"concat": []},
        {"concat": [{"empty": "a"}]},
        {"split": "a", "sep": "", "index": 0},
        {"pad": "a", "width": 10_000_000},
        {"pad": "a", "width": 3, "fill": "ab"},
        {"if": "a", "then": "b"},
        {"not": "a"},
        {"const": 1.5},
        {"const": None},
        {"parse_date": "a", "formats": []},
        {"parse_date": "a", "formats": ["dd/yyyy"]},
        {"first": [{"const": 1}, {"empty": "a"}]},
    ],
)
def test_expressions_without_sense(data: Any) -> None:
    with pytest.raises(ExpressionError):
        parse(data)


def test_depth_is_limited() -> None:
    data: Any = "a"
    for _ in range(200):
        data = {"strip": data}
    with pytest.raises(ExpressionError):
        parse(data)


@pytest.mark.parametrize(
    ("text", "formats", "value"),
    [
        ("05/01/2020", ["dd/mm/yyyy"], "2020-01-05"),
        ("01/2020", ["dd/mm/yyyy", "mm/yyyy"], "2020-01"),
        ("2020", ["dd/mm/yyyy", "yyyy"], "2020"),
        ("20200105143000", ["yyyymmddHHMMSS"], "2020-01-05"),
        ("2020-01-05 23:59:59.123", ["yyyy-mm-dd HH:MM:SS"], "2020-01-05"),
        ("1577923200", ["unix"], "2020-01-02"),
        ("29/02/2024", ["dd/mm/yyyy"], "2024-02-29"),
        ("00/00/1985", ["dd/mm/yyyy"], "1985"),
        ("00/05/1985", ["dd/mm/yyyy"], "1985-05"),
    ],
)
def test_dates_keep_their_precision(text: str, formats: list[str], value: str) -> None:
    assert dates.reader(formats, zero_parts=True)(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "29/02/2023",
        "31/04/2020",
        "00/00/0000",
        "05/00/2020",
        "32/01/2020",
        "01/13/2020",
        "01/01/0999",
        "00/00/1985",
    ],
)
def test_impossible_dates(text: str) -> None:
    with pytest.raises(dates.DateImpossible):
        dates.reader(["dd/mm/yyyy"])(text)


@pytest.mark.parametrize("text", ["2020-01-05", "05/01/20", "05/01/2020 10:00", "٠٥/٠١/٢٠٢٠", "x"])
def test_unreadable_dates(text: str) -> None:
    with pytest.raises(dates.DateUnreadable):
        dates.reader(["dd/mm/yyyy"])(text)


@given(st.dates(min_value=__import__("datetime").date(1800, 1, 1)))
def test_every_day_comes_back(day: Any) -> None:
    if day.year <= dates.LATEST:
        read = dates.reader(["dd/mm/yyyy", "yyyymmdd"])
        assert read(day.strftime("%d/%m/") + f"{day.year:04}") == day.isoformat()
        assert read(f"{day.year:04}" + day.strftime("%m%d")) == day.isoformat()


@given(st.text())
def test_any_text_is_a_date_or_an_error(text: str) -> None:
    read = dates.reader(["dd/mm/yyyy", "unix"], zero_parts=True)
    with contextlib.suppress(dates.DateImpossible, dates.DateUnreadable):
        read(text)
