"""Serial number printed on a land certificate (số phát hành giấy chứng nhận)."""

from __future__ import annotations

import re

from sohoa_vietnam.confusion import Repair
from sohoa_vietnam.identifiers.result import (
    Identifier,
    Kind,
    Raw,
    clean,
    digits_only,
    empty,
    malformed,
    repaired,
)
from sohoa_vietnam.messages import N_, Checked, Problem, Severity

_SERIAL = re.compile(r"([A-ZĐ]{1,2})([0-9]{6,8})")


def read_land_certificate(raw: Raw) -> Identifier:
    """Read a serial such as ``AM 143443`` (6 digits) or ``AA 01695788`` (8, form of 2024).

    The oldest books have one letter. Seven digits occur in no known form: a warning.
    """
    kind = Kind.LAND_CERTIFICATE
    cleaned = clean(raw, kind)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    compact = digits_only(cleaned.text).upper()
    match = _SERIAL.fullmatch(compact)
    if match is None:
        message = N_(
            "A land certificate serial has 1 or 2 letters and 6 or 8 digits; found “{found}”."
        )
        letters = 2 if compact[1:2] and not compact[1].isdigit() else 1
        fixes = tuple(
            Repair(_SERIAL.sub(r"\1 \2", r.value), r.cost, r.edits)
            for r in repaired(compact, lambda v: bool(_SERIAL.fullmatch(v)), lambda i: i >= letters)
        )
        problem = malformed(kind, message, cleaned.text)
        return Identifier(
            kind, cleaned.raw, cleaned.text, problems=(*cleaned.problems, problem), repairs=fixes
        )
    series, number = match.groups()
    problems = list(cleaned.problems)
    if len(number) == 7:
        problems.append(
            Problem(
                f"{kind}.seven_digits",
                Severity.WARNING,
                N_("No known form of the land certificate has 7 digits."),
                checked=Checked.UNVERIFIED,
            )
        )
    form = "2024" if len(number) == 8 else "earlier"
    return Identifier(
        kind,
        cleaned.raw,
        f"{series} {number}",
        {"series": series, "number": number, "form": form},
        tuple(problems),
    )
