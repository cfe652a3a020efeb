"""Social insurance number (mã số BHXH, 10 digits) and health insurance card (BHYT)."""

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

_CARD = re.compile(r"([A-Z]{2})(\d)(\d{2})(\d{10})", re.ASCII)


def read_social_insurance(raw: Raw, *, numeric: bool = False) -> Identifier:
    """Read a social insurance number; it has no public check digit."""
    message = N_("A social insurance number has 10 digits; found “{found}”.")
    return fixed_digits(Kind.SOCIAL_INSURANCE, raw, 10, message, numeric=numeric)


def read_health_card(raw: Raw, *, numeric: bool = False) -> Identifier:
    """Read the number of a health insurance card.

    15 characters (group, benefit level, province, social insurance number) or, on newer cards,
    the 10 digits of the social insurance number alone. The meaning of the first five characters
    is not verified, so it gives warnings only.
    """
    kind = Kind.HEALTH_CARD
    cleaned = clean(raw, kind, numeric=numeric)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    compact = digits_only(cleaned.text).upper()
    if cleaned.numeric or re.fullmatch(r"\d{10}", compact):
        number = read_social_insurance(cleaned.text, numeric=cleaned.numeric)
        problems = tuple(
            replace(p, code=p.code.replace(Kind.SOCIAL_INSURANCE, kind)) for p in number.problems
        )
        parts = {"social_insurance": number.value} if number.valid else {}
        return Identifier(
            kind,
            cleaned.raw,
            number.value.upper(),
            parts,
            (*cleaned.problems, *problems),
            number.repairs,
        )
    match = _CARD.fullmatch(compact)
    if match is None:
        message = N_("A health card has 2 letters and 13 digits, or 10 digits; found “{found}”.")
        return Identifier(
            kind,
            cleaned.raw,
            compact,
            problems=(*cleaned.problems, malformed(kind, message, compact)),
            repairs=repaired(compact, lambda v: bool(_CARD.fullmatch(v)), lambda i: i >= 2),
        )
    group, level, province, number_ = match.groups()
    parts = {
        "group": group,
        "benefit_level": level,
        "province_code": province,
        "social_insurance": number_,
    }
    found = list(cleaned.problems)
    name = provinces().get("0" + province)
    if name:
        parts["province"] = name
    elif province != "97":  # cards of the army's insurance, not verified
        found.append(
            _doubt("province", N_("{code} is no province code of the old list."), province)
        )
    if level not in "12345":
        found.append(_doubt("level", N_("The benefit level {code} is not between 1 and 5."), level))
    return Identifier(kind, cleaned.raw, compact, parts, tuple(found))


def _doubt(code: str, message: str, value: str) -> Problem:
    return Problem(
        f"{Kind.HEALTH_CARD}.{code}",
        Severity.WARNING,
        message,
        {"code": value},
        checked=Checked.UNVERIFIED,
    )
