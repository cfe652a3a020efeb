"""Agency codes on a date, both notations, codes inside codes, and a user's own file."""

from __future__ import annotations

import pickle
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa_vietnam.agencies import (
    NEW_NOTATION,
    OLD_NOTATION,
    AgencyRowBroken,
    agencies,
    load_agencies,
    mentions,
    other_notation,
    parse_agencies,
)
from sohoa_vietnam.messages import Checked
from sohoa_vietnam.units import tables

HEADER = "code,name,valid_from,valid_to,successor,source\n"


def codes(problems) -> list[str]:
    return [p.code for p in problems]


def test_counts() -> None:
    registry = agencies()
    provincial = [c for c in registry.codes() if c[0] == "H"]
    assert len(provincial) == 63
    assert sum(bool(registry.is_open(c, "2025-06-30")) for c in provincial) == 63
    assert sum(bool(registry.is_open(c, "2025-07-01")) for c in provincial) == 34
    councils = [c for c in registry.codes() if c[0] == "K"]
    assert [c[1:] for c in councils] == [c[1:] for c in provincial]


def test_successors_follow_the_merger_of_provinces() -> None:
    """The code follows the name, the province code follows the seat: two independent tables."""
    held, registry = tables(), agencies()
    names = {r[-1][1] for (s, _), r in held.provinces.items() if s == "gso-2025"}
    for (which, code), rows in held.provinces.items():
        if which != "gso-2004":
            continue
        name = rows[-1][1]
        agency = next(
            c for c in registry.codes()
            if c[0] == "H" and re.search(rf" {name}$", registry.states(c)[0].name
                                         .replace("Thừa Thiên Huế", "Huế"))
        )  # fmt: skip
        (successor,) = registry.successor(agency, "2025-07-01")
        new_code = held.new_province_of[code]
        new_name = held.provinces["gso-2025", new_code][-1][1]
        assert registry.name_on(successor, "2025-07-01").endswith(" " + new_name)
        assert (successor == agency) is (name == new_name) is (name in names)


@pytest.mark.parametrize(
    ("code", "on", "is_open", "name", "successors"),
    [
        ("H02", "2025-06-30", True, "Ủy ban nhân dân tỉnh Bắc Giang", ()),
        ("H02", "2025-07-01", False, "Ủy ban nhân dân tỉnh Bắc Giang", ("H05",)),
        ("K02", "2025-07-01", False, "Hội đồng nhân dân tỉnh Bắc Giang", ("K05",)),
        ("H57", "2024-12-31", True, "Ủy ban nhân dân tỉnh Thừa Thiên Huế", ()),
        ("H57", "2025-01-01", True, "Ủy ban nhân dân thành phố Huế", ()),
        ("H19", "2026-04-30", True, "Ủy ban nhân dân thành phố Đồng Nai", ()),
        ("G10", "2025-02-28", True, "Bộ Nông nghiệp và Phát triển nông thôn", ()),
        ("G10", "2025-03-01", True, "Bộ Nông nghiệp và Môi trường", ()),
        ("G21", "2025-03-01", True, "Bộ Dân tộc và Tôn giáo", ()),
        ("G05", "2025-03-01", False, "Bộ Kế hoạch và Đầu tư", ("G12",)),
        ("G13", "2026-01-01", False, "Bộ Tài nguyên và Môi trường", ("G10",)),
        ("G14", "2026-01-01", False, "Bộ Thông tin và Truyền thông", ("G06", "G16")),
        ("G34", "2026-01-01", False, "Ủy ban Giám sát tài chính Quốc gia", ("G12", "G19")),
        ("000.00.04.G14", "2024-01-01", True, "Bộ Thông tin và Truyền thông", ()),
        ("H49.64.33", "2026-01-01", True, "Ủy ban nhân dân tỉnh Quảng Ninh", ()),
    ],
)
def test_agency_on_a_date(code, on, is_open, name, successors) -> None:
    got = agencies().on(code, on)
    assert (got.open, got.name, got.successors) == (is_open, name, successors)
    assert agencies().is_open(code, on) is is_open


def test_what_is_unverified_says_so() -> None:
    verified = {"H21", "H27", "H29", "H30", "H38", "H41", "H48", "H49", "H56", "H57", "K57"}
    registry = agencies()
    for code in registry.codes():
        said = "agency.unverified" in codes(registry.on(code, "2025-01-01").problems)
        if code[0] in "HK":
            assert said is (code not in verified), code
    assert registry.states("H26")[0].code_checked is Checked.SECONDARY
    assert registry.states("H02")[0].code_checked is Checked.UNVERIFIED


def test_papers_between_the_merger_and_the_new_list() -> None:
    assert "agency.between_lists" in codes(agencies().on("G05", "2025-03-20").problems)
    assert "agency.closed" in codes(agencies().on("G05", "2025-04-14").problems)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("000.00.04.G14", ["G14.04", "G14.4"]),
        ("000.00.00.H49", ["H49"]),
        ("013.05.50.H15", ["H15.50.05.013", "H15.50.05.13", "H15.50.5.13"]),
        ("H15.50.05.13", ["013.05.50.H15"]),
        ("G09.20", ["000.00.20.G09"]),
        ("H26", ["000.00.00.H26"]),
        ("H55.242", []),
        ("H1.2", []),
        ("", []),
    ],
)
def test_the_other_notation(code: str, expected: list[str]) -> None:
    got = other_notation(code)
    assert [c.code for c in got] == expected
    assert all(c.checked is Checked.UNVERIFIED for c in got)


@given(st.from_regex(OLD_NOTATION, fullmatch=True))
def test_notations_lead_back(code: str) -> None:
    for candidate in other_notation(code):
        assert NEW_NOTATION.fullmatch(candidate.code)
        assert [c.code for c in other_notation(candidate.code)] == [code]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KQ.G07.000122", [("G07", ("G09", "G03", "G18", "G10"))]),
        ("000.00.00.G15-KQ003204", [("G15", ())]),
        ("G13-TN02", [("G13", ("G10",))]),
        ("000.00.53.H48-220921-0099", [("H48", ())]),
        ("1.001612.000.00.00.H30", [("H30", ("H13",))]),
        ("TP-H56.0000071; H37.0000024", [("H56", ()), ("H37", ())]),
        ("AG07B, H5, G123", []),
    ],
)
def test_codes_inside_other_codes(text: str, expected: list) -> None:
    got = mentions(text, "2026-01-01")
    assert [(m.code, m.answer.successors) for m in got] == expected
    assert all(text[m.start : m.start + 3] == m.code for m in got)


def test_a_file_of_the_user_overrides_and_adds() -> None:
    registry = parse_agencies(
        HEADER
        + "H02,UBND tỉnh Bắc Giang,,2025-06-30,H05,Phụ lục QĐ 20/2020\n"
        + "H05.12,Sở Tư pháp tỉnh Bắc Ninh,2025-07-01,,,Danh mục của tỉnh\n",
        "own.csv",
    )
    state = registry.on("H02", "2025-08-01").state
    assert state.overridden and state.checked is Checked.VERIFIED
    assert "agency.unverified" not in codes(registry.on("H02", "2025-08-01").problems)
    assert registry.name_on("H05.12", "2025-08-01") == "Sở Tư pháp tỉnh Bắc Ninh"
    assert registry.is_open("H05.12", "2025-01-01") is False
    assert not agencies().states("H05.12"), "the shipped registry stays as it is"
    assert registry.name_on("G10", "2026-01-01") == "Bộ Nông nghiệp và Môi trường"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("X99,A,,,,s", "'X99' is not a code like"),
        ("H5,A,,,,s", "'H5' is not a code"),
        ("H05,,,,,s", "name is empty"),
        ("H05,A,,,,", "source is empty"),
        ("H05,A,2025-13-01,,,s", "valid_from must be like"),
        ("H05,A,2025-07-01,2025-06-30,,s", "valid_to lies before"),
        ("H05,A,,,H06,s", "a successor needs valid_to"),
        ("H05,A,,2025-01-01,H99,s", "the successor H99 is in no list"),
        ("H05,A,,2025-01-01,h-6,s", "'H-6' is not a code"),
        ("H05,A", "2 cells, 6 expected"),
        ("H07,B,2020-01-01,,,s", "the dates of H07 overlap line 2"),
    ],
)
def test_a_wrong_row_names_the_line(row: str, said: str) -> None:
    with pytest.raises(AgencyRowBroken) as caught:
        parse_agencies(HEADER + "H07,Bến Tre,,,,s\n" + row + "\n", "own.csv")
    assert caught.value.args_by_name["line"] == 3
    assert said in str(caught.value)


def test_agency_files(tmp_path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(HEADER.replace(",", "\t") + "H02\tA\t\t\t\ts\n", encoding="utf-8-sig")
    assert load_agencies(path).name_on("H02", "2030-01-01") == "A"
    for bad in (b"\xff", b"", b"a,b\n"):
        path.write_bytes(bad)
        with pytest.raises(AgencyRowBroken):
            load_agencies(path)
    with pytest.raises(AgencyRowBroken):
        load_agencies(tmp_path / "none.csv")


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    got = agencies().on(text, date(2026, 1, 1))
    assert got.open is not None or got.problems
    assert all(p.text().isprintable() for p in got.problems if p.code == "agency.code_malformed")
    other_notation(text)
    mentions(text)
    try:
        parse_agencies(HEADER + text, "x")
    except AgencyRowBroken as error:
        assert error.args_by_name["line"] >= 0


def test_answers_are_picklable() -> None:
    got = agencies().on("G07", "2026-01-01")
    assert pickle.loads(pickle.dumps(got)) == got
