"""The QR code of the chip identity card (CCCD): seven fields joined by ``|``.

``<12 digits>|<old CMND or empty>|<FULL NAME>|<birth ddmmyyyy>|<sex>|<permanent address>|
<issue date ddmmyyyy>``, UTF-8. Cards since 7/2024 may add fields, which are kept. Many decoders
hand the bytes out as Latin-1; that is undone here.
"""

from __future__ import annotations

import re
from datetime import date

from sohoa_vietnam.charsets.mangled import Reading, to_bytes
from sohoa_vietnam.identifiers.personal import FEMALE, MALE, read_cmnd, read_personal_id
from sohoa_vietnam.identifiers.result import Identifier, Kind
from sohoa_vietnam.messages import N_, Checked, Problem, Severity
from sohoa_vietnam.text import collapse_spaces, nfc, plain, strip_controls

_LIMIT = 4000  # a QR code holds at most 2,953 bytes
_SEX = {"nam": MALE, "nu": FEMALE}
_FIELDS = ("personal_id", "cmnd", "name", "birth_date", "sex", "address", "issue_date")


def _problem(code: str, severity: Severity, message: str, **args: str) -> Problem:
    return Problem(f"{Kind.CARD_QR}.{code}", severity, message, args, checked=Checked.SECONDARY)


def _unmangle(text: str) -> str:
    data = to_bytes(text, Reading.WESTERN) if not text.isascii() else None
    if data is None:
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return text


def _day(text: str) -> date | None:
    digits = re.sub(r"[\s/.\-]", "", text)
    if not re.fullmatch(r"\d{8}", digits, re.ASCII):
        return None
    try:
        return date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None


def read_card_qr(raw: str | bytes) -> Identifier:
    """Read the text (or bytes) of a card's QR code; never raises.

    Parts: the seven fields (dates as ISO, sex as ``male``/``female``, empty ones left out), and
    ``extra`` with whatever follows, joined by ``|``. ``value`` is the personal identifier.
    """
    kind = Kind.CARD_QR
    shown = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    text = nfc(_unmangle(shown[:_LIMIT]))
    problems: list[Problem] = []
    if len(shown) > _LIMIT or "\ufffd" in text:
        message = N_("The text of the QR code is damaged or too long.")
        problems.append(_problem("damaged", Severity.ERROR, message))
    text = strip_controls(text, soft_hyphens=True).text.strip()
    fields = text.split("|")
    if len(fields) < len(_FIELDS):
        message = N_("A card's QR code has 7 fields; found {count}.")
        problems.append(_problem("fields", Severity.ERROR, message, count=str(len(fields))))
        return Identifier(kind, shown, text, {}, tuple(problems))
    given = dict(zip(_FIELDS, (collapse_spaces(f) for f in fields), strict=False))
    parts: dict[str, str] = {k: given[k] for k in ("name", "address") if given[k]}
    if not given["name"]:
        problems.append(_problem("name", Severity.ERROR, N_("The name is missing.")))
    birth = _date_part("birth_date", given, parts, problems)
    _date_part("issue_date", given, parts, problems)
    sex = _SEX.get(plain(given["sex"]))
    if sex:
        parts["sex"] = sex
    elif given["sex"]:
        message = N_("The sex “{found}” is neither Nam nor Nữ.")
        problems.append(_problem("sex", Severity.WARNING, message, found=given["sex"]))
    person = read_personal_id(
        given["personal_id"], birth_year=birth.year if birth else None, sex=sex
    )
    problems.extend(person.problems)
    if person.valid:
        parts["personal_id"] = person.value
        if "province" in person.parts:
            parts["birth_province"] = person.parts["province"]
    if given["cmnd"]:
        old = read_cmnd(given["cmnd"])
        parts["cmnd"] = old.value
        problems.extend(old.problems)
    if len(fields) > len(_FIELDS):
        parts["extra"] = "|".join(fields[len(_FIELDS) :])
        message = N_("The QR code has {count} more fields than the seven known; they are kept.")
        problems.append(
            _problem("extra", Severity.INFO, message, count=str(len(fields) - len(_FIELDS)))
        )
    return Identifier(kind, shown, person.value, parts, tuple(problems), person.repairs)


def _date_part(
    name: str, given: dict[str, str], parts: dict[str, str], problems: list[Problem]
) -> date | None:
    text = given[name]
    if not text:
        return None
    day = _day(text)
    if day is None:
        message = N_("“{found}” is no date in the form ddmmyyyy.")
        problems.append(_problem(name, Severity.WARNING, message, found=text))
        return None
    parts[name] = day.isoformat()
    return day
