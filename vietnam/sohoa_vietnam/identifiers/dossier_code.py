"""Dossier code (mã hồ sơ) in its three live forms.

* classic ``000.00.01.H26-260930-0012``: old agency code, YYMMDD, 4 digits
  (TT 01/2018/TT-VPCP Art 19; NĐ 61/2018/NĐ-CP Art 26);
* new agency code ``H15.50.05.13-261008-0975``;
* ministry portal ``G09.20-20260609-0092637``: YYYYMMDD and 7 digits.

A historic code is never rewritten; a system that gives a new one keeps the old as alias.
"""

from __future__ import annotations

import re
from datetime import date

from sohoa_vietnam.confusion import Repair
from sohoa_vietnam.identifiers.agency_code import LETTERS, split_agency_code
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

_BASIS = "TT 01/2018/TT-VPCP Art 19; NĐ 61/2018/NĐ-CP Art 26"
_FORM = re.compile(
    r"(?P<agency>\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.\d{1,3}){0,4})"
    r"-(?P<date>\d{8}|\d{6})-(?P<serial>\d{4,7})",
    re.ASCII,
)
_DASH = re.compile(r"\s*[-–—−_]\s*")


def _day(text: str) -> date | None:
    year = text[:-4] if len(text) == 8 else "20" + text[:-4]
    try:
        return date(int(year), int(text[-4:-2]), int(text[-2:]))
    except ValueError:
        return None


def _sound(value: str) -> bool:
    match = _FORM.fullmatch(value)
    return match is not None and _day(match["date"]) is not None


def _error(code: str, message: str, args: dict[str, str]) -> Problem:
    return Problem(
        f"{Kind.DOSSIER_CODE}.{code}", Severity.ERROR, message, args, _BASIS, Checked.VERIFIED
    )


def read_dossier_code(raw: Raw, *, today: date | None = None) -> Identifier:
    """Read a dossier code; with ``today`` a date after it is an error.

    Parts: ``agency`` (and its own parts), ``date`` (ISO), ``serial``, ``form``.
    """
    kind = Kind.DOSSIER_CODE
    cleaned = clean(raw, kind)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    value = _DASH.sub("-", re.sub(r"\s*\.\s*", ".", cleaned.text)).upper()
    problems = list(cleaned.problems)
    match = _FORM.fullmatch(value)
    if match is None:
        message = N_("“{found}” has not the form of a dossier code.")
        problems.append(malformed(kind, message, value, basis=_BASIS, checked=Checked.VERIFIED))
        return Identifier(
            kind, cleaned.raw, value, problems=tuple(problems), repairs=_repairs(value)
        )
    parts = split_agency_code(match["agency"]) or {}
    parts["agency"] = match["agency"]
    parts["serial"] = match["serial"]
    long_date = len(match["date"]) == 8
    if parts.get("notation") == "old":
        parts["form"] = "classic"
    else:
        parts["form"] = "portal" if long_date else "new"
    expected = 7 if long_date else 4
    if len(match["serial"]) != expected:
        problems.append(
            Problem(
                f"{kind}.serial",
                Severity.WARNING,
                N_("The serial has {count} digits; this form has {expected}."),
                {"count": len(match["serial"]), "expected": expected},
                _BASIS,
                Checked.SECONDARY,
            )
        )
    if match["agency"].lstrip("0123456789.")[:1] not in LETTERS:
        problems.append(
            Problem(
                f"{kind}.agency",
                Severity.WARNING,
                N_("Agency codes known today begin with G, H or K, not {letter}."),
                {"letter": parts["level1"][0]},
                checked=Checked.SECONDARY,
            )
        )
    day = _day(match["date"])
    if day is None:
        message = N_("{date} in the dossier code is no day of the calendar.")
        problems.append(_error("date", message, {"date": match["date"]}))
        return Identifier(kind, cleaned.raw, value, parts, tuple(problems), _repairs(value))
    parts["date"] = day.isoformat()
    if today is not None and day > today:
        message = N_("The dossier code bears the date {date}, which is still to come.")
        problems.append(_error("date_future", message, {"date": day.isoformat()}))
    return Identifier(kind, cleaned.raw, value, parts, tuple(problems))


def _repairs(value: str) -> tuple[Repair, ...]:
    head = value.split("-", 1)[0]
    old = head[:1].isdigit() or (head.count(".") == 3 and not head[-3:-2].isdigit())
    letter_at = head.rfind(".") + 1 if old else 0
    return repaired(value, _sound, lambda i: i != letter_at)
