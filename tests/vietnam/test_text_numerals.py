"""Numbers and amounts in words, both directions; Vietnamese order; OCR distance and repairs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from name_pool import words

from sohoa_vietnam.collation import name_sort_key, sort, sort_key
from sohoa_vietnam.confusion import closest, digits_for, distance, letter_cost, repairs, similarity
from sohoa_vietnam.numerals import (
    OFFICIAL,
    SOUTHERN,
    NumberTooLarge,
    amount_to_words,
    amounts_agree,
    number_to_words,
    parse_amount,
    parse_number,
)
from sohoa_vietnam.text import plain


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "không"), (5, "năm"), (10, "mười"), (15, "mười lăm"), (21, "hai mươi mốt"),
        (24, "hai mươi tư"), (25, "hai mươi lăm"), (101, "một trăm linh một"),
        (115, "một trăm mười lăm"), (1005, "một nghìn không trăm linh năm"),
        (1205, "một nghìn hai trăm linh năm"), (1000005, "một triệu không trăm linh năm"),
        (2500000000, "hai tỷ năm trăm triệu"), (10**12, "một nghìn tỷ"), (-3, "âm ba"),
        (Decimal("12.05"), "mười hai phẩy không năm"),
    ],
)  # fmt: skip
def test_words(n: int | Decimal, words: str) -> None:
    assert number_to_words(n) == words
    parsed = parse_number(words)
    assert parsed is not None
    assert parsed.value == n


def test_southern_style() -> None:
    assert number_to_words(1204, SOUTHERN) == "một ngàn hai trăm lẻ bốn"
    assert number_to_words(24, SOUTHERN) == "hai mươi bốn"


@settings(max_examples=400, deadline=None)
@given(st.integers(-(10**27) + 1, 10**27 - 1), st.sampled_from([OFFICIAL, SOUTHERN]))
def test_both_directions(n: int, style) -> None:  # type: ignore[no-untyped-def]
    parsed = parse_number(number_to_words(n, style))
    assert parsed is not None
    assert parsed.integer == n
    assert not parsed.problems


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
def test_without_accents(n: int) -> None:
    parsed = parse_number(plain(number_to_words(n)))
    assert parsed is not None
    assert parsed.integer == n


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("một trăm hai", 120, ["numeral.short"]), ("hai triệu rưỡi", 2500000, ["numeral.short"]),
        ("hăm mốt", 21, []), ("ba mươi nhăm", 35, []), ("một vạn hai nghìn", 12000, []),
    ],
)  # fmt: skip
def test_spoken_forms(text: str, value: int, codes: list[str]) -> None:
    parsed = parse_number(text)
    assert parsed is not None
    assert (parsed.integer, [p.code for p in parsed.problems]) == (value, codes)


@pytest.mark.parametrize("text", ["", "xin chào", "một hai ba", "trăm", "nghìn", "12", "năm tháng"])
def test_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.250.000,50 đồng", "1250000.50"), ("1.250", "1250"), ("20 triệu đồng", "20000000"),
        ("12 500 000 đ", "12500000"), ("1,5 tỷ", "1500000000"), ("3.000.000 VNĐ", "3000000"),
        ("Bằng chữ: Một trăm triệu đồng", "100000000"), ("1,250,000", "1250000"),
        ("Hai mươi nghìn đồng Việt Nam chẵn", "20000"),
    ],
)  # fmt: skip
def test_amounts(text: str, value: str) -> None:
    amount = parse_amount(text)
    assert amount is not None
    assert amount.value == Decimal(value)
    assert bool(amount.problems) == (text == "1,250,000")


def test_amount_words_and_agreement() -> None:
    assert amount_to_words(20000) == "Hai mươi nghìn đồng chẵn"
    assert amounts_agree("1.205.000 đ", "Một triệu hai trăm linh năm nghìn đồng chẵn") is True
    assert amounts_agree("1.250.000 đ", "Một triệu hai trăm linh năm nghìn đồng") is False
    assert amounts_agree("abc", "một đồng") is None
    for bad in (10**27, Decimal("NaN"), Decimal("1E-400"), -(10**30)):
        with pytest.raises(NumberTooLarge):
            number_to_words(bad)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_as_number(text: str) -> None:
    parse_number(text)
    parse_amount(text)


def test_dictionary_order() -> None:
    right = words(
        "an ăn ân Ba Bạ ban bàn bản bang bàng da dam dăm dâm đa Đà đi em ê hoa hoà hòa hỏa "
        "Phường-2 Phường-10 quan uống ưng"
    )
    assert sort(reversed(right)) == right
    assert sort(["Phường 10", "Phường 2"]) == ["Phường 2", "Phường 10"]
    people = ["Trần Văn Bình", "Lê Văn An", "Nguyễn Thị An", "Hồ Ánh"]
    assert sorted(people, key=name_sort_key) == [
        "Lê Văn An", "Nguyễn Thị An", "Hồ Ánh", "Trần Văn Bình",
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=15), st.text(max_size=15))
def test_order_is_total(a: str, b: str) -> None:
    assert (sort_key(a) < sort_key(b)) + (sort_key(b) < sort_key(a)) + (
        sort_key(a) == sort_key(b)
    ) == 1


@pytest.mark.parametrize(
    ("a", "b", "cost"),
    [
        ("Nguyễn", "Nguyên", 0.25), ("Trưrn", "Trưm", 0.2), ("O01", "001", 0.1), ("QĐ", "QD", 0.2),
        ("thôn", "tliôn", 0.35), ("Đặng", "Ðặng", 0.0), ("Hòa", "Hóa", 0.3), ("", "a", 0.8),
    ],
)  # fmt: skip
def test_distance(a: str, b: str, cost: float) -> None:
    assert distance(a, b) == pytest.approx(cost)
    assert distance(b, a) == pytest.approx(cost)


def _reference(a: str, b: str) -> float:
    """The same costs in the plainest recursion, as judge of the table-driven one."""
    from functools import cache

    from sohoa_vietnam.confusion import _gap, _pairs

    groups = _pairs()[1]

    @cache
    def cost(i: int, j: int) -> float:
        if i == len(a) and j == len(b):
            return 0.0
        options = []
        if i < len(a):
            options.append(_gap(a[i]) + cost(i + 1, j))
        if j < len(b):
            options.append(_gap(b[j]) + cost(i, j + 1))
        if i < len(a) and j < len(b):
            options.append(letter_cost(a[i], b[j]) + cost(i + 1, j + 1))
        for x in (1, 2):
            for y in (1, 2):
                if x + y > 2 and i + x <= len(a) and j + y <= len(b):
                    pair = (a[i : i + x], b[j : j + y])
                    if pair in groups:
                        options.append(groups[pair] + cost(i + x, j + y))
        if a[i : i + 2] == b[j : j + 2][::-1] and len(a[i : i + 2]) == 2:
            options.append(0.7 + cost(i + 2, j + 2))
        return min(options)

    return cost(0, 0)


@settings(max_examples=300, deadline=None)
@given(*(st.text(alphabet="rnmclduươáà01OlI VWw.", max_size=7) for _ in range(2)))
def test_distance_against_the_plain_recursion(a: str, b: str) -> None:
    got = distance(a, b)
    assert got == pytest.approx(_reference(a, b))
    assert got == pytest.approx(distance(b, a))
    assert distance(a, b, limit=got + 0.01) == pytest.approx(got)
    assert 0.0 <= similarity(a, b) <= 1.0


def test_closest_and_repairs() -> None:
    assert closest("Nguyên", ["Lê", "Nguyễn", "Trần"])[0][0] == "Nguyễn"
    assert digits_for("O")[0] == ("0", 0.1)
    found = repairs("O01195OOO123", lambda s: len(s) == 12 and s.isdigit())
    assert found[0].value == "001195000123"
    assert repairs("x" * 1000, lambda s: True) == ()
    assert repairs("12", lambda s: s == "12") == ()
