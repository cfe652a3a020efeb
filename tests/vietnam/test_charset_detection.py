"""Detection on columns: accuracy, no false alarms, mixtures, and what conversion keeps."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from name_pool import clean_values, name

from sohoa_vietnam.charsets.capitals import CapitalRule, encode_tcvn3_capitals
from sohoa_vietnam.charsets.convert import convert, convert_column
from sohoa_vietnam.charsets.detect import Status, detect
from sohoa_vietnam.charsets.mangled import Reading, mangle
from sohoa_vietnam.charsets.registry import CHARSETS, UnknownCharset

WAYS = [
    *((n, Reading.NONE) for n in CHARSETS),
    *((n, r) for n in ("tcvn3", "vni", "viscii", "vps") for r in (Reading.WESTERN, Reading.CP1258)),
    ("cp1258-nfc", Reading.WESTERN),
    ("utf-8", Reading.WESTERN),
]


def _encode(text: str, charset: str) -> bytes:
    if charset == "tcvn3":
        return encode_tcvn3_capitals(text)
    return text.encode(charset)


def _store(text: str, charset: str, reading: Reading) -> str | bytes:
    data = _encode(text, charset)
    if reading is Reading.NONE:
        return data
    shown = mangle(data, reading)
    return unicodedata.normalize("NFC", shown) if reading is Reading.CP1258 else shown


@pytest.mark.parametrize(("charset", "reading"), WAYS)
@pytest.mark.parametrize("form", [str.title, str.upper])
def test_columns_of_50_names(charset: str, reading: Reading, form) -> None:  # type: ignore[no-untyped-def]
    rnd = random.Random(f"{charset}{reading}{form}")
    right = 0
    for _ in range(15):
        names = [form(name(rnd)) for _ in range(50)]
        found = detect([_store(n, charset, reading) for n in names])
        right += found.status is Status.DECIDED and found.charset == charset
        stored = [_store(n, charset, reading) for n in names]
        texts = [c.text for c in convert_column(stored, found, CapitalRule.TITLE)]
        assert texts == names
    assert right == 15


def test_no_false_alarm_on_10000_clean_values() -> None:
    values = clean_values(random.Random(7), 10_000)
    # Bearing each alone is harder than bearing them in columns.
    for value in dict.fromkeys(values):
        found = detect([value])
        assert found.charset == "unicode", value
        assert found.status in (Status.DECIDED, Status.NOTHING), value
    whole = detect(values)
    assert (whole.status, whole.charset) == (Status.DECIDED, "unicode")
    for value, result in zip(values, convert_column(values, whole), strict=True):
        assert (result.text, result.problems) == (value, ())


def test_decomposed_and_wrongly_ordered_text_is_unicode() -> None:
    rnd = random.Random(1)
    names = [name(rnd) for _ in range(50)]
    column = [unicodedata.normalize("NFD", n) for n in names]
    column[0] = "Nguye\u0303\u0302n"
    found = detect(column)
    assert (found.status, found.charset) == (Status.DECIDED, "unicode")
    texts = [c.text for c in convert_column(column, found)]
    assert texts == ["Nguyễn", *names[1:]]


@pytest.mark.parametrize("charset", ["tcvn3", "vni", "viscii", "vps"])
def test_half_unicode_half_legacy(charset: str) -> None:
    rnd = random.Random(charset)
    decided = 0
    for _ in range(20):
        names = [name(rnd) for _ in range(50)]
        column = [
            n if i % 2 else mangle(_encode(n, charset), Reading.WESTERN)
            for i, n in enumerate(names)
        ]
        found = detect(column)
        assert found.status in (Status.MIXED, Status.ASK)
        decided += found.status is Status.MIXED
        for meant, got in zip(names, convert_column(column, found, CapitalRule.TITLE), strict=True):
            # Never silently wrong: another text comes with a question.
            assert got.text == meant or got.problems
    assert decided >= 19


def test_what_could_be_either_is_asked() -> None:
    column = ["Nguyễn Văn An", "Trần Thị Bưởi", "NguyÔn V¨n B×nh", "TrÇn §øc HiÕu", "Lê"]
    found = detect(column)
    assert (found.status, found.charset) == (Status.MIXED, "tcvn3")
    converted = list(convert_column(column, found))
    assert [c.text for c in converted] == [
        "Nguyễn Văn An", "Trần Thị Bưởi", "Nguyễn Văn Bình", "Trần Đức Hiếu", "Lê",
    ]  # fmt: skip
    assert [p.code for p in converted[4].problems] == ["charset.either"]


def test_nulls_padding_and_foreign_types_do_not_disturb() -> None:
    rnd = random.Random(8)
    names = [name(rnd) for _ in range(30)]
    padded = [_encode(n, "vni").ljust(40, b"\x00") for n in names]
    found = detect([None, b"", *padded])
    assert (found.status, found.charset) == (Status.DECIDED, "vni")
    assert found.values == 32
    assert detect(["Nguyễn", b"Nguy\xd4n"]).status in Status


@pytest.mark.parametrize("size", [15, 200])
def test_one_stray_value_is_seen(size: int) -> None:
    rnd = random.Random(2)
    column = [name(rnd) for _ in range(size)]
    column[7] = "NguyÔn V¨n B×nh"
    found = detect(column)
    assert (found.status, found.charset) == (Status.DECIDED, "unicode")
    flagged = [c for c in convert_column(column, found) if c.problems]
    assert [c.original for c in flagged] == ["NguyÔn V¨n B×nh"]
    assert flagged[0].text == "NguyÔn V¨n B×nh"  # a question, not a change
    assert flagged[0].problems[0].args["legacy"] == "Nguyễn Văn Bình"


def test_columns_of_bytes_may_be_mixed_too() -> None:
    rnd = random.Random(4)
    names = [name(rnd) for _ in range(60)]
    column = [n.encode() if i % 2 else _encode(n, "tcvn3") for i, n in enumerate(names)]
    found = detect(column)
    assert (found.status, found.charset) == (Status.MIXED, "tcvn3")
    assert [c.text for c in convert_column(column, found, CapitalRule.TITLE)] == names


@pytest.mark.parametrize(
    "people",
    [
        "Y Bhăm Niê Kđăm;H'Brăk Êban;Rơ Châm Krơng;Ksor H'Bơ Khắp;Rmah Đoan;Siu Blưh;K'Brểu",
        "José García;François Lefèvre;Jürgen Müller;Renée Gélinas;Hélène Côté;Björn Ångström",
    ],
)
def test_minority_and_foreign_names_are_left_alone(people: str) -> None:
    column = people.split(";")
    found = detect(column)
    assert (found.status, found.charset) == (Status.DECIDED, "unicode")
    assert [c.text for c in convert_column(column, found)] == column


def test_close_races_are_asked() -> None:
    # One word that two tables read as Vietnamese is not enough to choose between them.
    found = detect([b"B\xb5", b"b\xb8"])
    assert found.status is Status.ASK
    converted = next(convert_column([b"B\xb5"], found))
    assert [p.code for p in converted.problems][-1] == "charset.ask"
    assert converted.original == b"B\xb5"


def test_original_bytes_and_decision_are_kept() -> None:
    result = convert("PH¹M V¨N H\xadng", "abc", Reading.WESTERN)
    assert result.charset == "tcvn3"
    assert result.original == "PH¹M V¨N H\xadng"
    assert result.original_bytes == b"PH\xb9M V\xa8N H\xadng"
    assert result.table_version
    assert result.changed
    assert "charset.lost_u_horn" in [
        p.code for p in convert("NguyÔn Hng", "tcvn3", Reading.WESTERN).problems
    ]


def test_undecodable_values_are_left_alone() -> None:
    result = convert("Nguyễn", "tcvn3", Reading.WESTERN)
    assert result.text == "Nguyễn"
    assert [p.code for p in result.problems] == ["charset.undecodable"]
    with pytest.raises(UnknownCharset):
        convert(b"x", "nothing")


ASCII_COLUMNS = [
    ["nguyen.van.a@gmail.com", "le.thi.b@yahoo.com.vn"],
    ["http://www.example.vn/a.html?x=1"],
    ["Nguyen Van A.", "Le Thi B.", "Hoang Thi Hoa.", "Ba.", "Me.", "Co?"],
    ["TP.HCM", "Q.1, P.2", "U.B.N.D", "don't know?", "O'Neill", "add", "Hidden"],
    ["1.004222", "000.00.00.H26", "So nha 5. Duong Le Lai. Phuong 3."],
]


@pytest.mark.parametrize("column", ASCII_COLUMNS)
def test_punctuation_is_not_viqr(column: list[str]) -> None:
    found = detect(column)
    assert (found.status, found.charset) == (Status.NOTHING, "unicode")


def test_short_columns_are_asked_about_never_wrong() -> None:
    rnd = random.Random(5)
    for size in (1, 2, 3, 5):
        for charset in CHARSETS:
            for _ in range(40):
                names = [name(rnd) for _ in range(size)]
                found = detect([_encode(n, charset) for n in names])
                assert found.charset == charset or found.status is not Status.DECIDED


def test_nothing_to_decide() -> None:
    assert detect([]).status is Status.NOTHING
    assert detect(["", "Nguyen Van An", "15/2020"]).status is Status.NOTHING


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=12)), max_size=6),
    st.lists(st.binary(max_size=12), max_size=6),
)
def test_any_column(texts: list[str], raw: list[bytes]) -> None:
    for column in (texts, raw):
        found = detect(column)
        for value, result in zip(column, convert_column(column, found), strict=True):
            assert result.original == value
