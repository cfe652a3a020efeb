"""Invented people and numbers are well-formed."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_samples import numbers, wording
from sohoa_samples.dice import Dice
from sohoa_samples.people import invent_person
from sohoa_samples.places import REFORM, communes

_seeds = st.integers(0, 10**9)
_OLD = re.compile(r"^\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}$")
_NEW = re.compile(r"^[A-Z]\d{2}(\.\d{1,3}){0,4}$")


@given(_seeds, st.sampled_from(communes()), st.dates(date(2021, 1, 1), date(2026, 10, 1)))
def test_the_personal_identifier_tells_province_sex_and_year(seed: int, commune, on: date) -> None:
    person = invent_person(Dice(seed), commune, on=on)
    assert re.fullmatch(r"\d{12}", person.id)
    assert person.id[:3] == "0" + commune.old_province_code
    assert int(person.id[3]) % 2 == int(person.female)
    assert int(person.id[3]) // 2 == (person.born.year - 1900) // 100
    assert person.id[4:6] == f"{person.born.year % 100:02d}"
    assert 2 <= len(person.name.split()) <= 5


@given(_seeds, st.sampled_from(communes()))
def test_a_tax_code_has_a_right_check_digit(seed: int, commune) -> None:
    code = numbers.tax_code(Dice(seed), commune)
    total = sum(
        int(d) * w for d, w in zip(code[:9], (31, 29, 23, 19, 17, 13, 7, 5, 3), strict=True)
    )
    assert (total + int(code[9])) % 11 == 10 and len(code) == 10


def test_tax_check_digit_of_real_examples() -> None:
    assert numbers.tax_check_digit("010010910") == 6
    assert numbers.tax_check_digit("030058856") == 9


@given(_seeds, st.text("0123456789", min_size=12, max_size=12))
def test_a_slip_changes_exactly_one_digit(seed: int, number: str) -> None:
    slip = numbers.wrong_digit(Dice(seed), number)
    assert sum(a != b for a, b in zip(number, slip, strict=True)) == 1
    assert slip[:6] == number[:6]


@given(st.sampled_from(communes()), st.dates(date(2019, 1, 1), date(2026, 10, 1)))
def test_agency_codes_have_the_form_of_their_day(commune, on: date) -> None:
    form = _NEW if on >= REFORM else _OLD
    for code in (commune.agency_code(on), commune.police_code(on), commune.land_office_code(on)):
        assert form.fullmatch(code)
    assert ("huyện" in commune.levels(on) or "quận" in commune.levels(on)) <= (on < REFORM)


def test_agency_codes_do_not_collide() -> None:
    for on in (date(2024, 1, 1), date(2026, 1, 1)):
        for code in ("agency_code", "police_code"):
            seen = [getattr(c, code)(on) for c in communes()]
            assert len(set(seen)) == len(
                {c.new_code if on >= REFORM else c.old_code for c in communes()}
            )


def test_numbers_in_words() -> None:
    assert wording.in_words(0) == "không"
    assert wording.in_words(21) == "hai mươi mốt"
    assert wording.in_words(115) == "một trăm mười lăm"
    assert wording.in_words(2005) == "hai nghìn không trăm linh năm"
    assert wording.in_words(1_460_000_000) == "một tỷ bốn trăm sáu mươi triệu"
    assert (
        wording.date_in_words(date(2024, 10, 5))
        == "Ngày năm, tháng mười, năm hai nghìn không trăm hai mươi bốn"
    )
    assert wording.long_date(date(2020, 1, 5)) == "ngày 05 tháng 01 năm 2020"
    assert wording.long_date(date(2020, 4, 15)) == "ngày 15 tháng 4 năm 2020"


@given(st.integers(0, 999_999_999_999))
@settings(max_examples=200)
def test_words_of_different_numbers_differ(number: int) -> None:
    assert wording.in_words(number) != wording.in_words(number + 1)
