"""Tax code (mã số thuế, also the enterprise code): 10 digits with a check digit, or 13.

The tenth digit is 10 minus (the weighted sum of the first nine modulo 11). Dependent units add
a three-digit suffix. Since 1/7/2025 households and individuals use the 12-digit personal
identifier instead (TT 86/2024/TT-BTC): no check digit, so "not checkable", not "invalid".
"""

from __future__ import annotations

import re

from sohoa_vietnam.confusion import Repair, repairs
from sohoa_vietnam.identifiers.personal import structure
from sohoa_vietnam.identifiers.result import (
    Identifier,
    Kind,
    Raw,
    clean,
    digits_only,
    empty,
    malformed,
    zeros_restored,
)
from sohoa_vietnam.messages import N_, Checked, Problem, Severity

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
#: Only the 12-digit rule is cited; the check digit is known from official validators.
_BASIS = "TT 86/2024/TT-BTC"
_FORM = re.compile(r"\d{10}(?:\d{3})?", re.ASCII)


def check_digit(first_nine: str) -> int | None:
    """The check digit of nine digits, or None when no valid number begins with them."""
    rest = sum(int(d) * w for d, w in zip(first_nine, _WEIGHTS, strict=True)) % 11
    return None if rest == 0 else 10 - rest


def _sound(value: str) -> bool:
    return (
        _FORM.fullmatch(value) is not None
        and check_digit(value[:9]) == int(value[9])
        and value[10:] != "000"
    )


def _error(
    code: str, message: str, severity: Severity = Severity.ERROR, basis: str | None = None
) -> Problem:
    return Problem(
        f"{Kind.TAX_CODE}.{code}", severity, message, basis=basis, checked=Checked.SECONDARY
    )


def read_tax_code(raw: Raw, *, numeric: bool = False) -> Identifier:
    """Read a tax code; normalized as ``0100109106`` or ``0100109106-001``."""
    cleaned = clean(raw, Kind.TAX_CODE, numeric=numeric)
    if (nothing := empty(Kind.TAX_CODE, cleaned)) is not None:
        return nothing
    problems = list(cleaned.problems)
    compact = digits_only(cleaned.text)
    fixes: tuple[Repair, ...] = ()
    short = compact.isascii() and compact.isdigit() and len(compact) in (9, 12)
    if short and _sound("0" + compact):
        if len(compact) == 12:
            # A dependent unit without its zero, or a person's number: only the source can tell.
            if cleaned.numeric:
                message = N_("This may be a 13-digit tax code that lost its leading zero.")
                problems.append(_error("lost_zero", message, Severity.REVIEW))
                fixes = (Repair(_show("0" + compact), 0.3, ("∅→0@0",)),)
        elif cleaned.numeric:
            problems.append(zeros_restored(Kind.TAX_CODE, 1))
            compact = "0" + compact
    parts: dict[str, str] = {}
    if len(compact) == 12 and compact.isascii() and compact.isdigit():
        message = N_("12 digits: a personal identifier used as tax code; it has no check digit.")
        problems.append(_error("not_checkable", message, Severity.INFO, _BASIS))
        parts = {"holder": "person", **structure(compact)}
    elif _FORM.fullmatch(compact):
        parts = {"holder": "organization", "number": compact[:10]}
        if compact[10:]:
            parts["branch"] = compact[10:]
        problems.extend(_check(compact))
        if any(p.severity is Severity.ERROR for p in problems):
            fixes = _repairs(compact)
    else:
        message = N_("A tax code has 10, 12 or 13 digits; found “{found}”.")
        problems.append(malformed(Kind.TAX_CODE, message, compact, basis=_BASIS))
        fixes = _repairs(compact)
        if short and _sound("0" + compact):
            fixes = (Repair(_show("0" + compact), 0.3, ("∅→0@0",)), *fixes)
    return Identifier(Kind.TAX_CODE, cleaned.raw, _show(compact), parts, tuple(problems), fixes)


def _check(compact: str) -> list[Problem]:
    found: list[Problem] = []
    expected = check_digit(compact[:9])
    if expected is None:
        if compact[9] == "0":
            message = N_("No tax code can begin with these digits; some programs write 0 here.")
            found.append(_error("check_digit_none", message, Severity.WARNING))
        else:
            found.append(_error("check_digit", N_("No tax code can begin with these digits.")))
    elif expected != int(compact[9]):
        found.append(_error("check_digit", N_("The check digit of the tax code is wrong.")))
    if compact[10:] == "000":
        found.append(_error("branch", N_("The number of a dependent unit runs from 001 to 999.")))
    return found


def _show(compact: str) -> str:
    return (
        f"{compact[:10]}-{compact[10:]}" if _FORM.fullmatch(compact) and compact[10:] else compact
    )


def _repairs(compact: str) -> tuple[Repair, ...]:
    found = [Repair(_show(r.value), r.cost, r.edits) for r in repairs(compact, _sound)]
    if _FORM.fullmatch(compact) and (right := check_digit(compact[:9])) is not None:
        # Last of all: nine good digits and a check digit that looks like none it should be.
        value = compact[:9] + str(right) + compact[10:]
        if _sound(value) and all(r.value != _show(value) for r in found):
            found.append(Repair(_show(value), 0.9, (f"{compact[9]}→{right}@9",)))
    return tuple(found)
