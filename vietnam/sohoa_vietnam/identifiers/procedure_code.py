"""Procedure code (mã thủ tục hành chính) of the national database of procedures.

National ``1.004222``, a case of it ``1.001193.02``, a local variant
``1.011442.000.00.00.H38``. Join on the first 8 characters; the leading digit carries no
meaning software may rely on.
"""

from __future__ import annotations

import re

from sohoa_vietnam.confusion import Repair
from sohoa_vietnam.identifiers.result import (
    Identifier,
    Kind,
    Raw,
    clean,
    empty,
    malformed,
    repaired,
)
from sohoa_vietnam.messages import N_, Checked, Problem, Severity

_FORM = re.compile(
    r"(?P<base>\d\.\d{6})(?:\.(?P<case>\d{2})|(?:\.000\.00\.00)?\.(?P<agency>H\d{2})(?:\.(?P<local>\d{2}))?)?",
    re.ASCII,
)
# 1.00422 is what a spreadsheet leaves of 1.004220; a comma where it speaks Vietnamese.
_NUMBER = re.compile(r"(\d)[.,](\d{1,6})", re.ASCII)


def read_procedure_code(raw: Raw, *, numeric: bool = False) -> Identifier:
    """Read a procedure code. Parts: ``base`` (the join key), ``form``, ``case``, ``agency``.

    A spreadsheet takes ``1.004220`` for a number and drops the last zero: with a numeric value
    the zeros are put back and flagged for review.
    """
    kind = Kind.PROCEDURE_CODE
    cleaned = clean(raw, kind, numeric=numeric)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    value = re.sub(r"\s+", "", cleaned.text).upper().strip(".,;:")
    problems = list(cleaned.problems)
    match = _FORM.fullmatch(value)
    if match is None:
        number = _NUMBER.fullmatch(value)
        padded = f"{number[1]}.{number[2].ljust(6, '0')}" if number else ""
        if padded and cleaned.numeric:
            problems.append(
                Problem(
                    f"{kind}.trailing_zeros",
                    Severity.REVIEW,
                    N_("Trailing zeros were put back: the value was stored as a number."),
                )
            )
            value = padded
            match = _FORM.fullmatch(value)
        else:
            message = N_("“{found}” has not the form of a procedure code (1.004222).")
            problems.append(malformed(kind, message, value))
            fixes = repaired(value, lambda v: bool(_FORM.fullmatch(v)), lambda i: i != 1)
            if padded:
                fixes = tuple(r for r in fixes if r.value != padded)
                fixes = (Repair(padded, 0.15, ("∅→0@end",)), *fixes)
            return Identifier(kind, cleaned.raw, value, problems=tuple(problems), repairs=fixes)
    if match is None:  # pragma: no cover - the padded form always matches
        return Identifier(kind, cleaned.raw, value, problems=tuple(problems))
    parts = {"base": match["base"], "form": "national"}
    if match["case"]:
        parts.update(form="case", case=match["case"])
    elif match["agency"]:
        parts.update(form="local", agency=match["agency"])
        if match["local"]:
            parts["local"] = match["local"]
    return Identifier(kind, cleaned.raw, value, parts, tuple(problems))


_FIELD = re.compile(r"([A-Z]\d{2})-([A-Z]{2})(\d{2,4})", re.ASCII)


def read_field_code(raw: Raw) -> Identifier:
    """Read the code of a field of administration (mã lĩnh vực) such as ``G15-TP07``."""
    kind = Kind.FIELD_CODE
    cleaned = clean(raw, kind)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    value = re.sub(r"\s*[-–—]\s*", "-", cleaned.text).upper()
    match = _FIELD.fullmatch(value)
    if match is not None:
        parts = {"owner_agency": match[1], "sector": match[2], "number": match[3]}
        return Identifier(kind, cleaned.raw, value, parts, cleaned.problems)
    message = N_("“{found}” has not the form of a field code (G15-TP07).")
    problem = malformed(kind, message, value, checked=Checked.SECONDARY)
    fixes = repaired(value, lambda v: bool(_FIELD.fullmatch(v)), lambda i: i in (1, 2) or i > 5)
    return Identifier(
        kind, cleaned.raw, value, problems=(*cleaned.problems, problem), repairs=fixes
    )
