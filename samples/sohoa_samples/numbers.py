"""Invented but well-formed identifiers: personal, tax, dossier and paper numbers.

Rules: structure of the 12-digit number as in NĐ 137/2015/NĐ-CP Art 13; the tax code's check
digit uses the weights of the public validators; dossier codes as in NĐ 61/2018/NĐ-CP.
"""

from __future__ import annotations

from datetime import date

from sohoa_samples.dice import Dice
from sohoa_samples.places import Commune

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def personal_id(dice: Dice, commune: Commune, *, female: bool, born: date) -> str:
    """Twelve digits: province of birth, century and sex, year of birth, six at random."""
    century_sex = (born.year - 1900) // 100 * 2 + int(female)
    random_part = dice.randint(1000, 99999)
    return f"0{commune.old_province_code}{century_sex}{born.year % 100:02d}{random_part:06d}"


def wrong_digit(dice: Dice, number: str) -> str:
    """``number`` with one of its last six digits changed (a typist's slip)."""
    place = dice.randrange(len(number) - 6, len(number))
    other = dice.choice([d for d in "0123456789" if d != number[place]])
    return number[:place] + other + number[place + 1 :]


def tax_check_digit(first_nine: str) -> int | None:
    """Tenth digit of a tax code, or None when these nine digits have none."""
    check = 10 - sum(int(d) * w for d, w in zip(first_nine, _TAX_WEIGHTS, strict=True)) % 11
    return check if check < 10 else None


def tax_code(dice: Dice, commune: Commune) -> str:
    """Ten digits with a right check digit."""
    while True:
        first = f"{commune.old_province_code}{dice.randint(10_000, 9_999_999):07d}"
        check = tax_check_digit(first)
        if check is not None:
            return f"{first}{check}"


def dossier_code(agency: str, received: date, serial: int) -> str:
    """``H42.125-251008-0975`` or, before the reform, ``000.31.15.H25-240312-0012``."""
    return f"{agency}-{received:%y%m%d}-{serial:04d}"


def phone(dice: Dice) -> str:
    """A mobile number in a block that no operator has been given."""
    return f"0100{dice.randint(0, 999_999):06d}"
