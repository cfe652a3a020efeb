"""Stored form, invisible characters, comparison keys."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_vietnam.text import (
    match_key,
    nfc,
    nfc_report,
    plain,
    same,
    strip_controls,
)

BROKEN = st.text(
    alphabet="aeiouyghqnđĐÐðƉÂâĂơưáàảãạé QGþ\u200b\u00ad'"
    "\u0300\u0301\u0302\u0303\u0306\u0309\u0323\u031b",
    max_size=14,
)
ANYTHING = st.one_of(st.text(max_size=20), BROKEN)


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        (unicodedata.normalize("NFD", "Nguyễn Tấn Lộc"), "Nguyễn Tấn Lộc"),
        ("Nguye\u0303\u0302n", "Nguyễn"),  # tone before circumflex: NFC alone leaves it
        ("Nguy\u1ebd\u0302n", "Nguyễn"),
        ("Đa\u0301\u0306k La\u0306\u0301k", "Đắk Lắk"),
        ("Ðặng Ðình", "Đặng Đình"),
        ("QÐ-UBND, HÐND, NÐ-CP", "QĐ-UBND, HĐND, NĐ-CP"),
        ("FRIÐRIK, Guðmundur", "FRIÐRIK, Guðmundur"),  # Icelandic stays Icelandic
        ("hoà và hòa", "hoà và hòa"),  # never moves a tone
        ("a\u0340", "à"),
    ],
)
def test_nfc(given_text: str, stored: str) -> None:
    assert nfc(given_text) == stored


def test_nfc_report_tells_what_was_done() -> None:
    report = nfc_report("Nguye\u0303\u0302n Ðức")
    assert (report.text, report.mark_order, report.eth) == ("Nguyễn Đức", 1, 1)
    assert report.changed
    assert not nfc_report("Nguyễn Đức").changed


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("HOÀ BÌNH", "Hòa  Bình"), ("Lý", "Lí"), ("quý", "quí"), ("tíên", "tiến"), ("qúa", "quá"),
        ("gìa", "già"), ("Thuý", "Thúy"), ("Ủy", "Uỷ"), ("cuả", "của"), ("khoẻ", "khỏe"),
        ("tòan", "toàn"), ("yêu", "iêu"), ("H’Mông", "H'Mông"), ("A–B", "A-B"), ("Ðà", "đà"),
    ],
)  # fmt: skip
def test_match_key_unites(a: str, b: str) -> None:
    assert same(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [("tay", "tai"), ("thúy", "thúi"), ("quay", "quai"), ("ma", "má"), ("An", "Ân"), ("da", "đa")],
)
def test_match_key_keeps_apart(a: str, b: str) -> None:
    assert not same(a, b)


def test_plain() -> None:
    assert plain("  ĐẶNG\u00a0Thị\tHÒA ") == "dang thi hoa"
    assert plain("\uff10\uff11 – “Ơ”") == '01 - "o"'


def test_strip_controls_reports_and_restores() -> None:
    text = "\ufeffNGUYỄN\u200b VĂN\x0bA\u202e\x00"
    result = strip_controls(text)
    assert result.text == "NGUYỄN VĂN A"
    assert [r.char for r in result.removed] == ["\ufeff", "\u200b", "\x0b", "\u202e", "\x00"]
    assert result.removed[1].name == "U+200B ZERO WIDTH SPACE"
    rebuilt = list(result.text)
    for r in result.removed:
        rebuilt[r.index : r.index + len(r.replaced_by)] = [r.char]
    assert "".join(rebuilt) == text


def test_soft_hyphen_is_kept_because_it_is_a_letter_of_tcvn3() -> None:
    assert strip_controls("H\u00adng").text == "H\u00adng"
    assert strip_controls("H\u00adng", soft_hyphens=True).text == "Hng"


@settings(max_examples=400, deadline=None)
@given(ANYTHING)
def test_properties(s: str) -> None:
    stored = nfc(s)
    assert nfc(stored) == stored
    for key in (plain, match_key):
        assert key(s) == key(stored)
        assert key(key(s)) == key(s)
    assert not strip_controls(strip_controls(s).text).removed
    # No letter is lost: marks may fuse with theirs, letters stay as many.
    letters = sum(unicodedata.category(c)[0] == "L" for c in unicodedata.normalize("NFD", s))
    after = unicodedata.normalize("NFD", stored)
    assert sum(unicodedata.category(c)[0] == "L" for c in after) == letters


def test_hostile_length_costs_no_more_than_linear_time() -> None:
    start = time.process_time()
    nfc("a" * 200_000 + " Ð")
    match_key("á" * 200_000)
    plain("a\u0301" * 100_000)
    strip_controls("\u200b" * 100_000)
    assert time.process_time() - start < 2.0
