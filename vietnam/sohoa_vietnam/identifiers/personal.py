"""Personal identifier (số định danh cá nhân, the CCCD number) and the old 9-digit CMND.

The number has no check digit. Its structure (province or country of birth registration,
century and sex, year) stood in a circular that ended on 1/7/2024; Luật Căn cước 26/2023/QH15
Art 12 promises only "a natural number of 12 digits". So a structure that does not fit is a
warning, good for finding misread digits, and never a ground to reject anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from sohoa_vietnam.confusion import Repair, letter_cost, repairs
from sohoa_vietnam.identifiers.result import Identifier, Kind, Raw, fixed_digits
from sohoa_vietnam.messages import N_, Checked, Problem, Severity
from sohoa_vietnam.tables import read_tsv

_BASIS_FORM = "Luật Căn cước 26/2023/QH15 Art 12"
_BASIS_STRUCTURE = "NĐ 137/2015/NĐ-CP Art 13; TT 59/2021/TT-BCA (ended 1/7/2024)"
MALE, FEMALE = "male", "female"


@cache
def provinces() -> Mapping[str, str]:
    """Three-digit prefix -> province of the old list of 63."""
    return {row["prefix"]: row["province"] for row in read_tsv("personal_id_provinces.tsv")}


def structure(number: str) -> dict[str, str]:
    """The parts that 12 digits claim: province prefix (and name if known), sex, birth year."""
    digit = int(number[3])
    parts = {
        "prefix": number[:3],
        "sex": MALE if digit % 2 == 0 else FEMALE,
        "birth_year": str(1900 + 100 * (digit // 2) + int(number[4:6])),
        "serial": number[6:],
    }
    province = provinces().get(number[:3])
    if province:
        parts["province"] = province
    return parts


def _warning(code: str, message: str, args: dict[str, str]) -> Problem:
    return Problem(
        f"{Kind.PERSONAL}.{code}",
        Severity.WARNING,
        message,
        args,
        _BASIS_STRUCTURE,
        Checked.SECONDARY,
    )


def _structure_problems(
    parts: Mapping[str, str], birth_year: int | None, sex: str | None, this_year: int | None
) -> list[Problem]:
    found: list[Problem] = []
    if "province" not in parts:
        message = N_("{prefix} is no province of the old list; it may be a country of birth.")
        found.append(_warning("prefix", message, {"prefix": parts["prefix"]}))
    year = int(parts["birth_year"])
    if birth_year is not None and year != birth_year:
        message = N_("The number says born in {number}, the paper says {printed}.")
        found.append(
            _warning("birth_year", message, {"number": str(year), "printed": str(birth_year)})
        )
    elif this_year is not None and year > this_year:
        message = N_("The number says born in {number}, which is still to come.")
        found.append(_warning("birth_year_future", message, {"number": str(year)}))
    if sex is not None and parts["sex"] != sex:
        message = N_("The number and the paper disagree about the sex.")
        found.append(_warning("sex", message, {"number": parts["sex"], "printed": sex}))
    return found


def read_personal_id(
    raw: Raw,
    *,
    numeric: bool = False,
    birth_year: int | None = None,
    sex: str | None = None,
    this_year: int | None = None,
) -> Identifier:
    """Read a personal identifier.

    ``birth_year`` and ``sex`` (``male``/``female``) are what the paper prints, ``this_year``
    the year to hold birth years against; each check is made only when its value is given.
    Repairs prefer readings whose structure fits what the paper prints.
    """
    message = N_("A personal identifier has 12 digits; found “{found}”.")
    result = fixed_digits(
        Kind.PERSONAL,
        raw,
        12,
        message,
        numeric=numeric,
        basis=_BASIS_FORM,
        checked=Checked.SECONDARY,
    )

    def doubts(value: str) -> list[Problem]:
        return _structure_problems(structure(value), birth_year, sex, this_year)

    if not result.valid:
        ranked = sorted(result.repairs, key=lambda r: r.cost + 0.3 * len(doubts(r.value)))
        return replace(result, repairs=tuple(ranked))
    parts = structure(result.value)
    problems = doubts(result.value)
    fixes: tuple[Repair, ...] = ()
    if problems:
        # One misread digit among the first six explains most of them.
        fixes = tuple(
            r
            for r in _digit_repairs(result.value)
            if r.value[6:] == result.value[6:] and not doubts(r.value)
        )[:5]
    return replace(result, parts=parts, problems=(*result.problems, *problems), repairs=fixes)


def _digit_repairs(number: str) -> list[Repair]:
    found = [
        Repair(
            number[:i] + d + number[i + 1 :], letter_cost(number[i], d), (f"{number[i]}→{d}@{i}",)
        )
        for i in range(6)
        for d in "0123456789"
        if d != number[i] and letter_cost(number[i], d) < 1.0
    ]
    return sorted(found, key=lambda r: (r.cost, r.value))


def read_cmnd(raw: Raw, *, numeric: bool = False) -> Identifier:
    """Read the number of an old identity card (CMND): 9 digits; the late ones had 12.

    Not usable as an identity paper after 31/12/2024, but a fact to keep wherever a paper still
    in force prints it.
    """
    message = N_("A CMND has 9 digits (the late ones 12); found “{found}”.")
    result = fixed_digits(
        Kind.CMND, raw, 9, message, numeric=numeric, checked=Checked.UNVERIFIED, zeros=2
    )
    if len(result.value) == 12 and result.value.isdigit():
        twelve = read_personal_id(result.value)
        note = Problem(
            f"{Kind.CMND}.twelve_digits",
            Severity.INFO,
            N_("A CMND of 12 digits: the same number as the personal identifier."),
            checked=Checked.UNVERIFIED,
        )
        kept = tuple(p for p in result.problems if p.code != f"{Kind.CMND}.form")
        return replace(result, parts=twelve.parts, problems=(*kept, note), repairs=())
    if not result.valid and len(result.value) > 9:
        both = [
            *result.repairs,
            *repairs(result.value, lambda v: len(v) == 12 and v.isascii() and v.isdigit()),
        ]
        return replace(result, repairs=tuple(sorted(both, key=lambda r: r.cost)[:8]))
    return result
