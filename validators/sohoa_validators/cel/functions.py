"""Operators and functions of the language, each with its types; standard ones first, then ours.

An implementation gets known values only and may return None (not known, CEL's error).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sohoa_validators.cel.types import BOOL, DATE, DOUBLE, INT, STRING, Type
from sohoa_validators.moments import Span, add_months, age_on, span
from sohoa_validators.names import Likeness, likeness
from sohoa_validators.sexes import sex_of
from sohoa_vietnam.text import plain

#: Longer texts are cut before they are searched, and never grow beyond this by ``+``.
MAX_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature: the types of the arguments (a method's target first), result, function."""

    takes: tuple[Type, ...]
    gives: Type
    run: Callable[..., Any]
    cost: int = 1


def _int(value: int) -> int | None:
    return value if -(2**63) <= value < 2**63 else None


def _divide(one: int, other: int) -> int | None:
    if other == 0:
        return None
    quotient = abs(one) // abs(other)
    return _int(quotient if (one < 0) == (other < 0) else -quotient)


def _remainder(one: int, other: int) -> int | None:
    if other == 0:
        return None
    left = abs(one) % abs(other)
    return -left if one < 0 else left


def _ratio(one: float, other: float) -> float | None:
    try:
        return one / other
    except ZeroDivisionError:
        # IEEE 754, as CEL has it: an infinity or no number.
        return float("nan") if one == 0 or one != one else float("inf") * (1 if one > 0 else -1)


def _joined(one: str, other: str) -> str | None:
    return one + other if len(one) + len(other) <= MAX_TEXT else None


def _to_int(text: str) -> int | None:
    return _int(int(text)) if re.fullmatch(r"[+-]?[0-9]{1,19}", text) else None


def _truncated(value: float) -> int | None:
    return _int(int(value)) if abs(value) < 2**63 else None


def _matches(text: str, pattern: str) -> bool:
    return re.search(pattern, text[:MAX_TEXT]) is not None


# --- dates: certain answers only ---------------------------------------------------------------


def _before(one: Span, other: Span) -> bool | None:
    if one.last < other.first:
        return True
    return False if one.first >= other.last else None


def _not_after(one: Span, other: Span) -> bool | None:
    if one.last <= other.first:
        return True
    return False if one.first > other.last else None


def same_day(one: Span, other: Span) -> bool | None:
    """Whether two dates are the same day; None when their precision does not tell."""
    if not one.may_equal(other):
        return False
    return True if one.exact and other.exact else None


def _ages(birth: Span, on: Span) -> tuple[int, int]:
    return age_on(birth.last, on.first), age_on(birth.first, on.last)


def _years(birth: Span, on: Span) -> int | None:
    least, most = _ages(birth, on)
    return least if least == most else None


def _age_at_least(birth: Span, on: Span, years: int) -> bool | None:
    least, most = _ages(birth, on)
    if least >= years:
        return True
    return False if most < years else None


def _days(one: Span, other: Span) -> int | None:
    return (other.first - one.first).days if one.exact and other.exact else None


def _year(one: Span) -> int | None:
    return one.first.year if one.first.year == one.last.year else None


def _months_after(one: Span, months: int) -> Span | None:
    try:
        return Span(add_months(one.first, months), add_months(one.last, months))
    except OverflowError:
        return None


# --- names and numbers of papers ---------------------------------------------------------------


def _alike(one: str, other: str) -> bool | None:
    """Names: lost accents or a letter are no answer."""
    found = likeness(one, other)
    if found is Likeness.SAME:
        return True
    return False if found is Likeness.OTHER else None


def _digits(text: str) -> str:
    return "".join(c for c in text[:MAX_TEXT] if c.isascii() and c.isdigit())


_ORDERED = (INT, DOUBLE, STRING)
FUNCTIONS: dict[str, tuple[Overload, ...]] = {
    "_+_": (
        Overload((INT, INT), INT, lambda a, b: _int(a + b)),
        Overload((DOUBLE, DOUBLE), DOUBLE, lambda a, b: a + b),
        Overload((STRING, STRING), STRING, _joined, 2),
    ),
    "_-_": (
        Overload((INT, INT), INT, lambda a, b: _int(a - b)),
        Overload((DOUBLE, DOUBLE), DOUBLE, lambda a, b: a - b),
    ),
    "_*_": (
        Overload((INT, INT), INT, lambda a, b: _int(a * b)),
        Overload((DOUBLE, DOUBLE), DOUBLE, lambda a, b: a * b),
    ),
    "_/_": (Overload((INT, INT), INT, _divide), Overload((DOUBLE, DOUBLE), DOUBLE, _ratio)),
    "_%_": (Overload((INT, INT), INT, _remainder),),
    "-_": (
        Overload((INT,), INT, lambda a: _int(-a)),
        Overload((DOUBLE,), DOUBLE, lambda a: -a),
    ),
    "!_": (Overload((BOOL,), BOOL, lambda a: not a),),
    "_<_": (*(Overload((t, t), BOOL, lambda a, b: a < b) for t in _ORDERED),
            Overload((DATE, DATE), BOOL, _before)),
    "_<=_": (*(Overload((t, t), BOOL, lambda a, b: a <= b) for t in _ORDERED),
             Overload((DATE, DATE), BOOL, _not_after)),
    "_>_": (*(Overload((t, t), BOOL, lambda a, b: a > b) for t in _ORDERED),
            Overload((DATE, DATE), BOOL, lambda a, b: _before(b, a))),
    "_>=_": (*(Overload((t, t), BOOL, lambda a, b: a >= b) for t in _ORDERED),
             Overload((DATE, DATE), BOOL, lambda a, b: _not_after(b, a))),
    "size": (Overload((STRING,), INT, len),),
    "int": (
        Overload((STRING,), INT, _to_int),
        Overload((DOUBLE,), INT, _truncated),
        Overload((INT,), INT, lambda a: a),
    ),
    "double": (
        Overload((INT,), DOUBLE, float),
        Overload((DOUBLE,), DOUBLE, lambda a: a),
    ),
    "string": (Overload((INT,), STRING, str), Overload((STRING,), STRING, lambda a: a)),
    # Ours.
    "date": (Overload((STRING,), DATE, span, 3),),
    "years": (Overload((DATE, DATE), INT, _years, 3),),
    "age_at_least": (Overload((DATE, DATE, INT), BOOL, _age_at_least, 3),),
    "days": (Overload((DATE, DATE), INT, _days, 2),),
    "year": (Overload((DATE,), INT, _year, 2),),
    "months_after": (Overload((DATE, INT), DATE, _months_after, 3),),
    "alike": (Overload((STRING, STRING), BOOL, _alike, 20),),
    "plain": (Overload((STRING,), STRING, lambda a: plain(a[:MAX_TEXT]), 10),),
    "digits": (Overload((STRING,), STRING, _digits, 5),),
    "sex": (Overload((STRING,), STRING, sex_of, 3),),
}  # fmt: skip

#: Called with a target: ``text.startsWith("a")``.
METHODS: dict[str, tuple[Overload, ...]] = {
    "startsWith": (Overload((STRING, STRING), BOOL, str.startswith),),
    "endsWith": (Overload((STRING, STRING), BOOL, str.endswith),),
    "contains": (Overload((STRING, STRING), BOOL, lambda a, b: b in a, 3),),
    "matches": (Overload((STRING, STRING), BOOL, _matches, 20),),
    "size": (Overload((STRING,), INT, len),),
}

LITERAL_PATTERNS = ("matches",)
_RISKY = re.compile(r"[)\]][+*{].*[)\]][+*{]|\([^)]*[+*][^)]*\)[+*{]")


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern is refused: RE2 has neither look-around nor references, and it never runs
    long; Python's engine must not be given what RE2 would refuse or what could run long."""
    if len(pattern) > 200:
        return "a pattern of more than 200 characters"
    if re.search(r"\(\?(?!:|i\))|\\[1-9]", pattern):
        return "look-around and references are not part of the language"
    if _RISKY.search(pattern):
        return "the pattern repeats a repetition: it could run for ever"
    try:
        re.compile(pattern)
    except re.error as error:
        return f"not a regular expression: {error}"
    return None
