"""Passport and driving licence numbers; their forms are known from use, not from a rule."""

from __future__ import annotations

import re
from dataclasses import replace

from sohoa_vietnam.identifiers.personal import provinces
from sohoa_vietnam.identifiers.result import (
    Identifier,
    Kind,
    Raw,
    clean,
    digits_only,
    empty,
    fixed_digits,
    malformed,
    repaired,
)
from sohoa_vietnam.messages import N_, Checked, Problem, Severity

_PASSPORT = re.compile(r"[A-Z]\d{7,8}", re.ASCII)


def read_passport(raw: Raw) -> Identifier:
    """Read a Vietnamese passport number: one letter and 7 digits, 8 in newer series."""
    kind = Kind.PASSPORT
    cleaned = clean(raw, kind)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    compact = digits_only(cleaned.text).upper()
    if _PASSPORT.fullmatch(compact):
        parts = {"series": compact[0], "number": compact[1:]}
        return Identifier(kind, cleaned.raw, compact, parts, cleaned.problems)
    message = N_("A passport number has one letter and 7 or 8 digits; found “{found}”.")
    problem = malformed(kind, message, compact, checked=Checked.UNVERIFIED)
    fixes = repaired(compact, lambda v: bool(_PASSPORT.fullmatch(v)), lambda i: i >= 1)
    return Identifier(
        kind, cleaned.raw, compact, problems=(*cleaned.problems, problem), repairs=fixes
    )


def read_driving_licence(raw: Raw, *, numeric: bool = False) -> Identifier:
    """Read the number of a plastic driving licence: 12 digits, the first two the issuing
    province of the old list (not verified, so a warning)."""
    kind = Kind.DRIVING_LICENCE
    message = N_("A driving licence has 12 digits; found “{found}”.")
    result = fixed_digits(kind, raw, 12, message, numeric=numeric, checked=Checked.UNVERIFIED)
    if not result.valid:
        return result
    parts = {"province_code": result.value[:2], "number": result.value[2:]}
    name = provinces().get("0" + result.value[:2])
    if name is not None:
        return replace(result, parts={**parts, "province": name})
    doubt = Problem(
        f"{kind}.province",
        Severity.WARNING,
        N_("{code} is no province code of the old list."),
        {"code": result.value[:2]},
        checked=Checked.UNVERIFIED,
    )
    return replace(result, parts=parts, problems=(*result.problems, doubt))
