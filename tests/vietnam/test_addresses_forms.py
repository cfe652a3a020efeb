"""Free-text addresses: golden pairs, every old commune in many forms, hostile text."""

from __future__ import annotations

import importlib.util
import pickle
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_vietnam.addresses import Evidence, convert_address, parse_address
from sohoa_vietnam.units import (
    BadQuestion,
    CodeSet,
    Decides,
    Level,
    LocalityRowBroken,
    Status,
    convert,
    load_locality_table,
    parse_locality_table,
    path_text,
    tables,
)

HERE = Path(__file__).parent
GOLDEN = [
    line.split("\t")
    for line in (HERE / "data" / "addresses.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(
    ("text", "as_of", "status", "codes", "detail"), GOLDEN, ids=[g[0] for g in GOLDEN]
)
def test_golden(text: str, as_of: str, status: str, codes: str, detail: str) -> None:
    got = convert_address(text, as_of=as_of or None)
    assert got.raw == text  # the address as printed is kept, whatever happens
    assert got.status.value == status
    assert ",".join(sorted(c.unit.code for c in got.candidates)) == codes
    assert (got.unit is not None) is (got.present is not None) is (status == "one")
    if detail:
        reading = got.parsed.reading
        assert reading is not None and reading.detail == detail
        assert got.present is None or got.present.startswith(detail + ", ")
    assert got.mapping_version == tables().version
    assert got.needs_review or got.confidence >= 0.6


# --- every unit --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    path = HERE.parents[1] / "vietnam" / "build" / "measure.py"
    spec = importlib.util.spec_from_file_location("measure", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_old_commune_in_its_plain_form(measure: ModuleType) -> None:
    found = measure.recognition(["plain"])["plain"]
    assert found["right %"] >= 99.5, found
    assert found["wrong %"] == 0, found
    assert found["divided complete"] == 442, found
    assert "divided wrong" not in found and "divided incomplete" not in found


FORMS = [
    "no diacritics",
    "other tone place",
    "abbreviated",
    "abbreviated, glued",
    "upper case",
    "decomposed (NFD)",
    "no commas",
    "no unit words",
    "no unit words, no commas",
    "no unit words, no commas, no diacritics",
    "with a street before",
    "with a hamlet before, no commas",
    "identity card",
    "identity card, upper case",
    "bare, short",
    "dashes",
]


@pytest.mark.parametrize("form", FORMS)
def test_old_communes_in_other_forms(measure: ModuleType, form: str) -> None:
    """Every seventh commune; ``vietnam/build/measure.py`` takes all of them."""
    found = measure.recognition([form], step=7)[form]
    assert found["right %"] >= 99.0, found
    assert found["wrong %"] == 0, found
    assert "divided wrong" not in found and "divided incomplete" not in found


def test_every_new_commune_reads_as_itself() -> None:
    held = tables()
    for code in list(held.new_communes)[::3]:
        unit = held.units(CodeSet.GSO_2025, Level.COMMUNE, code)[-1]
        got = convert_address(path_text(unit), as_of="2026-11-01")
        assert got.unit is not None and got.unit.code == code
        assert got.confidence == 1.0 and got.present == path_text(unit)


def test_old_district_under_the_new_province() -> None:
    held = tables()
    for code in list(held.old_communes)[::11]:
        unit = held.units(CodeSet.GSO_2004, Level.COMMUNE, code)[0]
        district = held.units(CodeSet.GSO_2004, Level.DISTRICT, unit.district_code or "")[0]
        new = held.new_province_of[unit.province_code]
        province = held.units(CodeSet.GSO_2025, Level.PROVINCE, new)[-1]
        text = f"{unit.full_name}, {district.full_name}, {province.full_name}"
        truth, got = convert(code, code_set="gso-2004"), convert_address(text)
        if truth.status is Status.ONE and got.status is Status.ONE:
            assert got.unit == truth.unit, text
        else:
            found = {c.unit.code for c in got.candidates}
            assert {c.unit.code for c in truth.candidates} <= found, text


def test_the_same_words_before_and_after_july_2025() -> None:
    text = "Phường Ngọc Hà, thành phố Hà Nội"
    old = convert_address(text, as_of="2020-05-06")
    assert old.status is Status.SEVERAL  # that ward was divided
    new = convert_address(text, as_of="2025-08-01")
    assert new.unit is not None and new.unit.code == "00008" and not new.needs_review
    undated = convert_address(text)
    assert undated.unit is not None and undated.needs_review
    assert [p.code for p in undated.problems] == ["address.undated"]


def test_an_undated_address_that_could_mislead_goes_to_a_reviewer() -> None:
    """Without district and date, the words of an old address may be those of a present one."""
    held = tables()
    misleading = 0
    for code in list(held.old_communes)[::5]:
        unit = held.units(CodeSet.GSO_2004, Level.COMMUNE, code)[0]
        province = held.units(CodeSet.GSO_2004, Level.PROVINCE, unit.province_code)[-1]
        got = convert_address(f"{unit.full_name}, {province.full_name}")
        truth = convert(code, code_set="gso-2004")
        if got.status is Status.ONE and got.unit != truth.unit:
            misleading += 1
            assert got.needs_review and "address.undated" in [p.code for p in got.problems]
    assert misleading > 10


def test_a_name_that_is_a_new_ward_and_an_old_district() -> None:
    """The ward left out, as people do: the district that ended, or the ward of 2025?"""
    got = convert_address("số 1 Đại Cồ Việt, Hai Bà Trưng, Hà Nội")
    assert got.parsed.status is Status.SEVERAL and got.status is Status.SEVERAL
    assert got.present is None and Decides.DATE in got.decides
    assert "Phường Hai Bà Trưng" in {c.unit.full_name for c in got.candidates}
    assert len(got.candidates) > 1


def test_two_communes_of_one_name_are_both_shown() -> None:
    got = convert_address("Xã Phú Tân, Huyện Châu Thành, Thành phố Cần Thơ")
    assert got.parsed.status is Status.SEVERAL and got.parsed.reading is None
    provinces = {r.province.name for r in got.parsed.alternatives if r.province}
    assert provinces == {"Hậu Giang", "Sóc Trăng"}
    assert got.status is Status.SEVERAL and got.present is None


def test_evidence_and_confidence_fall_with_every_doubt() -> None:
    texts = [
        ("Xã Tân Khai, huyện Hớn Quản, tỉnh Bình Phước", None),
        ("xa Tan Khai, huyen Hon Quan, tinh Binh Phuoc", Evidence.BARE),
        ("Tan Khai, Hon Quan, Binh Phuoc", Evidence.KIND_MISSING),
        ("Phường Tân Khải, Hớn Quản, Bình Phước", Evidence.ACCENTS),
    ]
    last = 1.1
    for text, expected in texts:
        reading = parse_address(text).reading or parse_address(text).alternatives[0]
        assert reading.confidence < last
        assert expected is None or expected in reading.evidence
        last = reading.confidence


def test_spelling_that_differs_goes_to_a_reviewer() -> None:
    got = convert_address("Xã Hớn Quán, huyện Hớn Quản, tỉnh Bình Phước")
    assert got.needs_review
    off = convert_address("Phường Phúc Xà, quận Ba Đình, Hà Nội")
    assert "address.spelling" in [p.code for p in off.problems] and off.needs_review


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Xã Hợp Thàmh, huyện Sơn Dương, tỉnh Tuyên Quang", "02536"),
        ("12 Trần Phú, Phường Bến Nghè, Quận 1, TP. Hồ Chí Minh", "26740"),
        ("P. Bến Nghỉ, Quận 1, TP. Hồ Chí Minh", "26740"),
        ("phường Ngọc Hò, thành phố Hà Nội", "00008"),
    ],
)
def test_a_misread_name_is_suggested_never_chosen(text: str, code: str) -> None:
    got = convert_address(text)
    assert got.needs_review
    assert code in {c.unit.code for c in got.candidates}
    if got.status is Status.ONE:  # only the accents differ from the one name there
        assert "address.spelling" in [p.code for p in got.problems]
    else:
        assert got.present is None and Decides.SPELLING in got.decides


# --- localities --------------------------------------------------------------------------------

TABLE = """old_code,place,new_code,from,to,side,source
00019,phố Trần Phú,00004,1,40,,NQ 01/2026/NQ-HĐND
00019,phố Trần Phú,00070,41,,,NQ 01/2026/NQ-HĐND
00019,Hoàng Diệu,00004,,,,NQ 01/2026/NQ-HĐND
00019,tổ dân phố 5,00190,,,,NQ 01/2026/NQ-HĐND
00019,Lê Hồng Phong,00004,,,odd,NQ 01/2026/NQ-HĐND
00019,Lê Hồng Phong,00226,,,even,NQ 01/2026/NQ-HĐND
"""


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ("Số 12 phố Trần Phú", "00004"),
        ("45 Trần Phú", "00070"),
        ("45B TRẦN PHÚ", "00070"),
        ("phố Trần Phú", None),  # the number decides, and it is missing
        ("số 3 Lê Hồng Phong", "00004"),
        ("số 4 Lê Hồng Phong", "00226"),
        ("tổ dân phố 5", "00190"),
        ("số 5 phố Nguyễn Thái Học", None),  # no "tổ 5", and not in the table
        ("ngõ 7 Hoang Dieu", "00004"),
        ("", None),
    ],
)
def test_a_locality_table_settles_divided_communes(detail: str, code: str | None) -> None:
    table = parse_locality_table(TABLE, "hanoi.csv")
    text = f"{detail}, phường Điện Biên, quận Ba Đình, Hà Nội".lstrip(", ")
    got = convert_address(text, locality=table)
    if code is None:
        assert got.status is Status.SEVERAL and len(got.candidates) == 4
    else:
        assert got.status is Status.ONE and got.unit is not None and got.unit.code == code
        assert got.basis == "NQ 01/2026/NQ-HĐND"


@pytest.mark.parametrize(
    ("row", "line", "said"),
    [
        ("19,X,00004,,,,s", 8, "old_code must have 5 digits"),
        ("99999,X,00004,,,,s", 8, "99999 is no commune of June 2025"),
        ("00019,X,99999,,,,s", 8, "99999 is no unit of the new list"),
        ("00001,X,00097,,,,s", 8, "00001 was not divided"),
        ("00019,X,00097,,,,s", 8, "no piece of 00019 went to 00097"),
        ("00019,,00004,,,,s", 8, "place is empty"),
        ("00019,X,00004,,,,", 8, "source is empty"),
        ("00019,X,00004,a,,,s", 8, "from must be a house number"),
        ("00019,X,00004,9,3,,s", 8, "from 9 is greater"),
        ("00019,X,00004,,,left,s", 8, "side must be odd"),
        ("00019,X,00004,s", 8, "4 cells, 7 expected"),
        ("00019,HOÀNG DIỆU,00070,,,,s", 8, "contradicts line 4 (00004 or 00070?)"),
        ('00019,"X,00004,,,,s', 8, "cells"),
    ],
)
def test_a_wrong_row_refuses_the_table(row: str, line: int, said: str) -> None:
    with pytest.raises(LocalityRowBroken) as caught:
        parse_locality_table(TABLE + row + "\n", "hanoi.csv")
    assert caught.value.args_by_name["line"] == line
    assert said in str(caught.value) and "hanoi.csv" in str(caught.value)


def test_locality_files(tmp_path: Path) -> None:
    path = tmp_path / "bảng.csv"
    path.write_bytes(b"\xef\xbb\xbf" + TABLE.replace(",", ";").encode())
    assert len(load_locality_table(path)) == 6
    for bad in (b"\xff\xfe\x00", b"", b"a,b\n"):
        path.write_bytes(bad)
        with pytest.raises(LocalityRowBroken):
            load_locality_table(path)
    with pytest.raises(LocalityRowBroken):
        load_locality_table(tmp_path / "none.csv")


@given(st.text(max_size=200))
def test_any_text_as_a_locality_table(text: str) -> None:
    try:
        parse_locality_table(text, "x.csv")
    except LocalityRowBroken as error:
        assert error.args_by_name["table"] == "x.csv"


# --- hostile text ------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["Xã", "phường", "P.", "Q.1", "TP.HCM", "tỉnh", "Hà Nội", "Ba Đình", "Ngọc Hà", "-", ",", ";",
     "\n", "\u202e", "\u200b", "\u0301", "Phúc Xá", "12/3A", "Huế", "IV", "Đồng Nai", "\x00", " "]
)  # fmt: skip


@given(st.text(max_size=120) | st.lists(PIECES, max_size=25).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_text_ends_in_an_answer(text: str) -> None:
    got = convert_address(text)
    assert got.raw == text
    assert (got.present is not None) == (got.status is Status.ONE)
    if got.status is not Status.ONE:
        assert got.problems or got.candidates
    for problem in (*got.problems, *got.parsed.problems):
        assert problem.text()
    again = pickle.loads(pickle.dumps(got))
    assert again.status is got.status and again.present == got.present


@given(
    st.sampled_from([g[0] for g in GOLDEN if g[2] == "one"]),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([" ", "  ", "\u00a0", "\t", "\n "]),
    st.sampled_from([str, str.upper, str.lower, str.title]),
    st.sampled_from(["", "\u200b", "\u200f", "\ufeff"]),
)
def test_spelling_of_the_machine_changes_nothing(text, form, space, case, invisible) -> None:
    plain = convert_address(text)
    changed = unicodedata.normalize(form, case(text)).replace(" ", space)
    got = convert_address(invisible + changed + invisible)
    assert got.unit == plain.unit
    assert got.status is plain.status


@pytest.mark.parametrize("noise", ["a" * 100_000, "xã " * 20_000, ", " * 50_000, "Hà Nội " * 9_999])
def test_kilobytes_of_noise_are_cheap(noise: str) -> None:
    got = convert_address(noise + "Xã Phú Thịnh, huyện Yên Sơn, tỉnh Tuyên Quang")
    assert got.unit is not None and got.unit.code == "02494"
    assert "address.too_long" in [p.code for p in got.problems]


def test_bad_arguments() -> None:
    with pytest.raises(BadQuestion):
        convert_address("Hà Nội", as_of="05/2020")
    with pytest.raises(BadQuestion):
        convert_address("Hà Nội", on="2025-06-30")
