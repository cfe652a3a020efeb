"""Codes and names on a date: found, checked, converted both ways; bare codes are refused."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa_vietnam import units
from sohoa_vietnam.messages import Severity
from sohoa_vietnam.units import (
    BadQuestion,
    CodeSet,
    CodeWithoutDate,
    Decides,
    Kind,
    Level,
    Relation,
    Status,
    StepKind,
    chain,
    check,
    convert,
    find,
    get,
    names_on,
    path_text,
    predecessors,
    tables,
)


def codes(problems) -> list[str]:
    return [p.code for p in problems]


# --- a bare code is an error -------------------------------------------------------------------


@pytest.mark.parametrize("call", [convert, get, lambda code: check(code, "Ngọc Hà")])
def test_a_code_without_date_or_set_is_refused(call) -> None:
    with pytest.raises(CodeWithoutDate, match="00008"):
        call("00008")


def test_the_same_code_before_and_after() -> None:
    before, after = get("00008", as_of="2025-06-30"), get("00008", as_of=date(2025, 7, 1))
    assert before is not None and after is not None
    assert path_text(before) == "Phường Liễu Giai, Quận Ba Đình, Thành phố Hà Nội"
    assert path_text(after) == "Phường Ngọc Hà, Thành phố Hà Nội"
    assert before.id != after.id


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [("15", "Yên Bái", "Lào Cai"), ("24", "Bắc Giang", "Bắc Ninh"),
     ("44", "Quảng Bình", "Quảng Trị"), ("52", "Bình Định", "Gia Lai"),
     ("80", "Long An", "Tây Ninh"), ("82", "Tiền Giang", "Đồng Tháp"),
     ("91", "Kiên Giang", "An Giang")],
)  # fmt: skip
def test_the_seven_province_codes_that_changed_meaning(code: str, old: str, new: str) -> None:
    assert get(code, as_of="2025-01-02").name == old
    assert get(code, as_of="2025-08-01").name == new
    assert convert(code, code_set="gso-2004").unit.name == new


@pytest.mark.parametrize("code", ["10", "27", "45", "64", "72", "87", "89"])
def test_province_codes_that_are_gone(code: str) -> None:
    assert get(code, as_of="2025-08-01") is None
    assert codes(convert(code, as_of="2025-08-01").problems) == ["unit.code_unknown"]


def test_every_old_province_has_one_successor() -> None:
    held = tables()
    for which, code in held.provinces:
        if which == "gso-2004":
            answer = convert(code, code_set=which)
            assert answer.status is Status.ONE and answer.unit.level is Level.PROVINCE


# --- corrected faults of the official table ----------------------------------------------------


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [("01651", "Xã Mỹ Hưng", "Xã Phục Hòa"), ("01615", "Xã Hồng Quang", "Xã Bế Văn Đàn"),
     ("02482", "Xã Phú Thịnh", "Xã Thái Bình"), ("02485", "Xã Công Đa", "Xã Trung Sơn"),
     ("00553", "Xã Cổ Bi", None), ("00556", "Xã Đặng Xá", None),
     ("27691", "Phường 4", "Phường Long An"), ("30781", "Xã Tiên Hải", "Xã Tiên Hải"),
     ("31843", "Thị trấn Ngan Dừa", "Xã Hồng Dân"), ("09383", "Phường Trang Hạ", None)],
)  # fmt: skip
def test_corrections_reach_the_answers(code: str, old: str, new: str | None) -> None:
    answer = convert(code, code_set="gso-2004")
    assert answer.asked is not None and answer.asked.full_name == old
    if new:
        assert answer.unit is not None and answer.unit.full_name == new
    assert get("27691", code_set="gso-2004").province_code == "80"
    assert get("471", code_set="gso-2004").province_code == "45"


# --- codes as columns hold them ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "code_set", "level", "found", "said"),
    [
        ("1651", "gso-2004", None, "Xã Mỹ Hưng", ["unit.code_padded"]),
        (1651, "gso-2004", None, "Xã Mỹ Hưng", ["unit.code_padded"]),
        ("1651.0", "gso-2004", None, "Xã Mỹ Hưng", ["unit.code_padded"]),
        ("694", "gso-2025", None, "Phường Hà Giang 1", ["unit.code_padded"]),
        (4, "gso-2025", "commune", "Phường Ba Đình", ["unit.code_padded"]),
        (1, "gso-2004", Level.PROVINCE, "Thành phố Hà Nội", ["unit.code_padded"]),
        ("'00004", "gso-2025", None, "Phường Ba Đình", []),
        (" 00004 ", "gso-2025", None, "Phường Ba Đình", []),
        ("4", "gso-2025", None, None, ["unit.code_level_needed"]),
        ("000004", "gso-2025", None, None, ["unit.code_malformed"]),
        ("12345", "gso-2025", "province", None, ["unit.code_width"]),
        ("99999", "gso-2025", None, None, ["unit.code_unknown"]),
        ("", "gso-2025", None, None, ["unit.code_malformed"]),
        ("٠٠٠٠٤", "gso-2025", None, None, ["unit.code_malformed"]),
        ("0000\u200b4", "gso-2025", None, None, ["unit.code_malformed"]),
    ],
)
def test_codes_from_spreadsheets(given_, code_set, level, found, said) -> None:
    answer = convert(given_, code_set=code_set, level=level)
    assert codes(p for p in answer.problems if p.code.startswith("unit.code")) == said
    assert (answer.asked.full_name if answer.asked else None) == found


@given(st.text(max_size=40) | st.integers() | st.floats() | st.none() | st.binary(max_size=8))
def test_any_value_as_a_code_ends_in_an_answer(value) -> None:
    answer = convert(value, code_set="gso-2004")
    assert answer.status in Status
    assert answer.asked is not None or any(p.severity is Severity.ERROR for p in answer.problems)
    for problem in answer.problems:
        assert problem.text().isprintable()


@pytest.mark.parametrize(
    "arguments",
    [{"code_set": "gso"}, {"as_of": "hôm qua"}, {"code_set": "gso-2004", "on": "2025-13-01"},
     {"code_set": "gso-2004", "level": "ward"}],
)  # fmt: skip
def test_arguments_that_make_no_sense(arguments) -> None:
    with pytest.raises(BadQuestion):
        convert("00004", **arguments)


def test_dates_may_be_datetimes_and_texts() -> None:
    assert get("00008", as_of=datetime(2025, 7, 1, 8, tzinfo=UTC)) == get(
        "00008", as_of="2025-07-01"
    )


# --- dated answers -----------------------------------------------------------------------------


def test_changes_of_2026_are_dated() -> None:
    assert convert("25270", code_set="gso-2025", on="2026-04-29").unit.kind is Kind.XA
    assert convert("25270", code_set="gso-2025", on="2026-04-30").unit.kind is Kind.PHUONG
    assert convert("25270", code_set="gso-2004", on="2025-12-01").unit.full_name == "Xã Lộc Ninh"
    assert convert("75", code_set="gso-2004", on="2026-01-01").unit.full_name == "Tỉnh Đồng Nai"
    assert convert("70", code_set="gso-2004").unit.full_name == "Thành phố Đồng Nai"


def test_reported_but_undated_changes_are_told_not_applied() -> None:
    answer = convert("27", code_set="gso-2004")
    assert answer.unit.full_name == "Tỉnh Bắc Ninh"
    assert codes(answer.problems) == ["unit.reported_change"]
    assert codes(convert("01", code_set="gso-2004").problems) == []


def test_hue_was_a_province_until_2024() -> None:
    assert get("46", as_of="2024-12-31").full_name == "Tỉnh Thừa Thiên Huế"
    assert get("46", as_of="2025-01-01").full_name == "Thành phố Huế"


def test_a_district_has_no_successor_but_the_islands_do() -> None:
    answer = convert("001", code_set="gso-2004")
    assert answer.status is Status.NONE and answer.unit is None
    assert answer.decides == (Decides.FUNCTION, Decides.FULL_ADDRESS)
    assert "Phường Ba Đình" in {c.unit.full_name for c in answer.candidates}
    for code in ("318", "471", "498", "536", "755"):
        island = convert(code, code_set="gso-2004")
        assert island.status is Status.ONE and island.unit.kind is Kind.DAC_KHU
    assert convert("376", code_set="gso-2004").status is Status.NONE  # only a coastal flat


def test_backward() -> None:
    answer = convert("00004", code_set="gso-2025", on="2025-06-30")
    assert answer.status is Status.SEVERAL and len(answer.candidates) == 10
    assert answer.decides == (Decides.FULL_ADDRESS,)
    kept = convert("02425", code_set="gso-2025", on="2024-01-01")
    assert kept.status is Status.ONE and kept.candidates[0].relation is Relation.UNCHANGED
    merged = convert("25", code_set="gso-2025", on="2025-01-01")
    assert {c.unit.name for c in merged.candidates} == {"Phú Thọ", "Vĩnh Phúc", "Hòa Bình"}


def test_forward_and_backward_agree() -> None:
    held = tables()
    for code in list(held.new_communes)[::7]:
        unit = held.units(CodeSet.GSO_2025, Level.COMMUNE, code)[-1]
        for back in predecessors(unit):
            again = units.convert_unit(back.unit)
            found = {c.unit.code for c in again.candidates}
            if back.unit.level is Level.COMMUNE:
                assert code in found


def test_a_code_of_the_wrong_set_for_its_date_is_reported() -> None:
    answer = convert("00008", code_set="gso-2004", as_of="2026-01-01")
    assert "unit.code_set_and_date" in codes(answer.problems)


# --- code and name -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name", "on", "agrees", "said"),
    [
        ("00008", "Phường Liễu Giai", "2020-01-01", True, []),
        ("00008", "liễu giai", "2020-01-01", True, []),
        ("00008", "P. Lieu Giai", "2020-01-01", True, ["unit.name_bare"]),
        ("00008", "Xã Liễu Giai", "2020-01-01", True, ["unit.name_kind"]),
        ("00008", "Phường Liều Giài", "2020-01-01", False, ["unit.name_accents"]),
        ("00008", "Phường Liễu Giai", "2025-08-01", False,
         ["unit.code_name_disagree", "unit.other_code_set"]),
        ("00008", "Phường Ngọc Hà", "2025-08-01", True, []),
        ("22366", "Phước Tiến", "2020-01-01", True, ["unit.former_name"]),
        ("25462", "Phường 4", "2020-01-01", True, []),
        ("10417", "Xã Hoà Xá", "2025-08-01", True, []),
        ("99999", "Xã Không Có", "2025-08-01", None, ["unit.code_unknown"]),
        ("mã", "x", "2025-08-01", None, ["unit.code_malformed"]),
    ],
)  # fmt: skip
def test_code_and_name(code: str, name: str, on: str, agrees: bool | None, said: list) -> None:
    got = check(code, name, on)
    assert got.agrees is agrees
    assert codes(got.problems) == said


def test_a_wrong_code_is_answered_with_what_was_meant() -> None:
    got = check("00008", "Phường Bến Nghé", "2020-01-01")
    assert got.agrees is False
    assert [u.code for u in got.meant] == ["26740"]


def test_reading_new_codes_as_old_ones_is_nearly_always_seen() -> None:
    held = tables()
    different = seen = 0
    for code in list(held.new_communes)[::5]:
        if code not in held.old_communes:
            continue
        name = held.units(CodeSet.GSO_2025, Level.COMMUNE, code)[0].full_name
        old = held.units(CodeSet.GSO_2004, Level.COMMUNE, code)[0]
        if old.full_name == name:
            continue
        different += 1
        seen += bool(check(code, name, "2025-01-01").problems)
    assert different > 300 and seen == different


# --- names -------------------------------------------------------------------------------------


def found_ids(text: str, on: str | None = None, **more) -> list[str]:
    return [f.unit.id for f in find(text, on, **more)]


def test_find() -> None:
    assert found_ids("Phường Bến Nghé") == ["gso-2004:26740"]
    assert found_ids("ben nghe", "2025-01-01") == ["gso-2004:26740"]
    assert found_ids("Bến Nghé", "2025-08-01") == []
    assert found_ids("TP HCM", level="province") == ["gso-2004:79", "gso-2025:79"]
    assert found_ids("00008") == ["gso-2004:00008", "gso-2025:00008"]
    assert "gso-2004:22366" in found_ids("Phước Tiến", "2020-01-01")
    assert found_ids("") == [] and found_ids("\u200b\u202e") == []
    former = [f for f in find("Quận 9", "2025-01-01", level="district") if f.former]
    assert [f.unit.full_name for f in former] == ["Thành phố Thủ Đức"]
    assert find("Hà Tây", "2020-01-01", level="province")[0].former.before == date(2008, 8, 1)
    best = find("Buôn Ma Thuột", "2025-01-01")[0]
    assert best.how == "exact" and best.unit.kind is Kind.THANH_PHO


@given(st.text(max_size=60))
def test_find_takes_any_text(text: str) -> None:
    for found in find(text, limit=5):
        assert found.unit.code


# --- history -----------------------------------------------------------------------------------


def test_the_chain_of_nha_trang() -> None:
    steps = chain("22366", code_set="gso-2025")
    former = [s for s in steps if s.kind is StepKind.FORMER]
    assert "Phước Tiến" in {s.former.name for s in former}
    assert all(s.former.source and s.until <= date(2025, 7, 1) for s in former)
    assert {s.edge.old for s in steps if s.kind is StepKind.REORGANIZED} >= {"22363", "22366"}
    dated = chain("25270", code_set="gso-2025")
    assert dated[-1].kind is StepKind.CHANGED and dated[-1].unit.kind is Kind.PHUONG
    assert chain("99999", code_set="gso-2025") == ()


@pytest.mark.parametrize(
    ("on", "texts", "certain"),
    [("2018-01-01", ["Phường Phước Tiến"], False),
     ("2024-12-01", ["Phường Phước Tiến", "Phường Tân Tiến"], False),
     ("2025-07-01", ["Phường Nha Trang"], True)],
)  # fmt: skip
def test_names_on_a_date(on: str, texts: list[str], certain: bool) -> None:
    found = names_on("22366", on)
    assert [n.text for n in found] == texts
    assert all(n.certain is certain for n in found)
    assert [n.certain for n in names_on("00001", "2025-01-01")] == [True]
    assert [n.certain for n in names_on("00001", "2010-01-01")] == [False]
    assert names_on("99999", "2010-01-01") == () == names_on("99999", "2026-01-01")


def test_a_code_that_ended_before_2025_leads_on_but_to_a_reviewer() -> None:
    answer = convert("00010", code_set="gso-2004")  # Nguyễn Trung Trực, into Trúc Bạch
    assert answer.unit.full_name == "Phường Ba Đình"
    assert answer.needs_review and codes(answer.problems) == ["unit.former_code"]
    assert answer.problems[0].basis


# --- batches -----------------------------------------------------------------------------------


def test_a_batch_goes_on_past_bad_rows() -> None:
    rows = [
        {"code": "00016", "code_set": "gso-2004", "name": "Phường Ngọc Hà"},
        {"code": "00008", "as_of": "2020-01-01"},
        {"code": "00008"},
        {"address": "P.12, Q.3, TP.HCM"},
        {},
        {"code": "abc", "as_of": "2020-01-01"},
        {"code": "00016", "as_of": "hôm qua"},
        {"code": "00004", "as_of": "2026-01-01", "level": "ward"},
        {"code": "00008", "as_of": "2025-08-01", "name": "Liễu Giai"},
        {"code": None, "address": None},
    ]
    got = list(units.batch_convert(rows))
    assert [r.number for r in got] == list(range(1, 11))
    cells = [r.columns() for r in got]
    assert tuple(cells[0]) == units.OUTPUT_COLUMNS
    assert cells[0]["candidates"] == "00004 Phường Ba Đình;00008 Phường Ngọc Hà"
    assert cells[0]["decides"] == "hamlet_or_street" and cells[0]["code_now"] == ""
    assert cells[1]["code_now"] == "00008" and cells[1]["basis"] == "NQ 1656/NQ-UBTVQH15"
    assert cells[3]["address_now"] == "Phường Nhiêu Lộc, Thành phố Hồ Chí Minh"
    assert [c["problems"] for c in cells[4:]] == [
        "unit.row_empty", "unit.code_malformed", "unit.bad_question", "unit.bad_question",
        "unit.code_name_disagree;unit.other_code_set", "unit.row_empty",
    ]  # fmt: skip
    assert cells[2]["problems"] == "unit.code_without_date"
    assert next(iter(units.batch_convert([{"code": "00008"}], code_set="gso-2025"))).unit
    assert got[8].needs_review and not got[1].needs_review


def test_answers_survive_a_worker_process() -> None:
    answer = convert("00016", code_set="gso-2004")
    assert pickle.loads(pickle.dumps(answer)) == answer
    error = pickle.loads(pickle.dumps(CodeWithoutDate(value="1")))
    assert isinstance(error, CodeWithoutDate) and "1" in str(error)
