"""Number and symbol of a document (số, ký hiệu): ``15/QĐ-BNV``, ``05/BNV-VP``, ``26/2023/QH15``.

An administrative document of a type has ``number/type-agency``, an official letter (công văn)
``number/agency-unit``, laws and by-laws ``number/year/symbol`` (NĐ 30/2020/NĐ-CP Appendix III).
Numbers below 10 are padded to two digits. The number is often written by pen and the symbol
printed, so a missing number is a question for a person, not an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from sohoa_vietnam.confusion import Repair, letter_cost
from sohoa_vietnam.identifiers.result import Cleaned, Identifier, Kind, Raw, clean, empty
from sohoa_vietnam.messages import N_, Checked, Problem, Severity
from sohoa_vietnam.tables import read_tsv
from sohoa_vietnam.text import plain

_BASIS = "NĐ 30/2020/NĐ-CP Appendix III"
_LABEL = re.compile(
    r"^(?:(?:s[ốôo]|n[oº°])\s*(?:hi[ệê]u)?\s*(?:[,&]?\s*k[ýy]\s*hi[ệê]u)?)\s*[:.]*\s*",
    re.IGNORECASE,
)
_SHAPE = re.compile(
    r"(?P<number>[^/\s]{0,10}?)\s*/\s*(?:(?P<year>(?:19|20)\d{2})(?:\s*/\s*|$))?(?P<symbol>.*)"
)
# "15-QĐ/TU" of the Party, "1234 QĐ/UB" of older offices: the type before the stroke.
_TYPE_FIRST = re.compile(
    r"(?P<number>\d{1,6})\s*(?P<dash>[-–—]?)\s*(?P<type>[^\W\d_]{1,5})\s*/\s*(?P<rest>[^\W\d_].*)"
)
#: Agency symbols that are not written in capitals throughout.
_AGENCY_CASE = {"ttg": "TTg", "qh": "QH"}
_GROUP = re.compile(r"[\w&.]+")


@cache
def document_types() -> Mapping[str, Mapping[str, str]]:
    """Code -> row (``code``, ``name``, ``group``) of the shipped list."""
    return {row["code"]: row for row in read_tsv("document_types.tsv")}


@cache
def _by_folded() -> dict[str, str]:
    """Case-folded code -> code; ``TTR`` is how capitals print ``TTr``."""
    return {code.casefold(): code for code in document_types()}


@cache
def _by_plain() -> dict[str, str]:
    """Accent-free code -> code, only where no other code or agency reads so."""
    found: dict[str, str] = {}
    for code in document_types():
        found[plain(code)] = "" if plain(code) in found else code
    return {k: v for k, v in found.items() if v and k != v.casefold()}


def _problem(code: str, severity: Severity, message: str, **args: str) -> Problem:
    return Problem(
        f"{Kind.DOCUMENT_NUMBER}.{code}", severity, message, args, _BASIS, Checked.VERIFIED
    )


@lru_cache(maxsize=4096)
def _symbol_parts(symbol: str) -> tuple[tuple[str, str], ...]:
    """Named parts of a symbol, as pairs."""
    groups = symbol.split("-")
    code = _by_folded().get(groups[0].casefold())
    parts: list[tuple[str, str]] = []
    if code is not None and len(groups) > 1:
        row = document_types()[code]
        parts += [("type_code", code), ("type", row["name"]), ("agency", groups[1])]
        if len(groups) > 2:
            parts.append(("unit", "-".join(groups[2:])))
        parts.append(("form", "typed"))
    elif code is not None:
        parts += [("type_code", code), ("type", document_types()[code]["name"]), ("form", "typed")]
    elif len(groups) > 1:
        parts += [("agency", groups[0]), ("unit", "-".join(groups[1:])), ("form", "letter")]
    else:
        parts += [("agency", groups[0]), ("form", "other")]
    return tuple(parts)


def _symbol(text: str) -> str:
    """Symbol without stray spaces and dash variants; types in their own case (TTr)."""
    compact = re.sub(r"\s*[-–—−_]\s*", "-", text).strip(" .,;:-")
    compact = re.sub(r"\s+", " ", compact).replace("- ", "-")
    first, dash, rest = compact.partition("-")
    if compact.islower():
        first, rest = first.upper(), rest.upper()
    groups = [_AGENCY_CASE.get(g.casefold(), g) for g in rest.split("-")]
    return _by_folded().get(first.casefold(), first) + dash + "-".join(groups)


def read_document_number(raw: Raw) -> Identifier:
    """Read number and symbol, with or without the label ``Số:``.

    Parts: ``number``, ``year`` (of laws), ``symbol``, ``type_code``/``type``, ``agency``,
    ``unit``, ``form`` (typed, letter, register, type_first, other). ``125/2019`` is the number of
    a register, ``15-QĐ/TU`` the way of the Party and of older offices.
    """
    kind = Kind.DOCUMENT_NUMBER
    cleaned = clean(raw, kind)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    problems = list(cleaned.problems)
    text = re.sub(r"\s+", " ", _LABEL.sub("", cleaned.text)).strip(" .;,")
    if (old := _TYPE_FIRST.fullmatch(text)) and old["type"].casefold() in _by_folded():
        return _type_first(old, cleaned)
    match = _SHAPE.fullmatch(text)
    if match is None:
        if text.isascii() and text.isdigit():
            only = {"number": text, "form": "other"}
            return Identifier(kind, cleaned.raw, text, only, tuple(problems))
        message = N_("“{found}” has not the form number/symbol.")
        problems.append(_problem("form", Severity.REVIEW, message, found=text))
        return Identifier(kind, cleaned.raw, text, {}, tuple(problems))
    number = match["number"].strip(" .…_-")
    symbol = _symbol(match["symbol"] or "")
    fixes: list[Repair] = []
    parts: dict[str, str] = {}
    if not number:
        message = N_("The number before the symbol is missing; it is often written by pen.")
        problems.append(_problem("number_missing", Severity.REVIEW, message))
    elif not (number.isascii() and number.isdigit()):
        digits = re.fullmatch(r"(\d{1,6})([A-Za-zĐđ]{1,3})", number)
        if digits is None:
            message = N_("The number {found} is not made of digits.")
            problems.append(_problem("number_form", Severity.WARNING, message, found=number))
        else:
            parts["number_suffix"] = digits[2]  # 12a/QĐ-UBND: a number given twice
    padded = number.zfill(2) if number.isdigit() and number.isascii() else number
    if padded:
        parts["number"] = padded
    tail = f"{match['year']}/{symbol}" if match["year"] and symbol else (match["year"] or symbol)
    value = f"{padded}/{tail}" if tail else padded
    if match["year"]:
        parts["year"] = match["year"]
    if symbol:
        parts["symbol"] = symbol
        parts.update(_symbol_parts(symbol))
    elif match["year"]:
        parts["form"] = "register"
    else:
        message = N_("The symbol after the number is missing.")
        problems.append(_problem("symbol_missing", Severity.REVIEW, message))
    if not (number.isascii() and number.isdigit()) and number:
        fixes += _number_repairs(number, tail)
    if symbol:
        fixes += _type_repairs(padded, match["year"], symbol)
        if not all(_GROUP.fullmatch(g) for g in symbol.replace(" ", "").split("-")):
            message = N_("The symbol “{found}” holds characters no symbol has.")
            problems.append(_problem("symbol_form", Severity.WARNING, message, found=symbol))
    if fixes and "type_code" not in parts and symbol:
        message = N_("“{found}” is no known document type; it may be misread.")
        first = symbol.split("-")[0]
        if any(r.edits[0].startswith(first + "→") for r in fixes):
            problems.append(_problem("type", Severity.REVIEW, message, found=first))
    fixes.sort(key=lambda r: (r.cost, r.value))
    return Identifier(kind, cleaned.raw, value, parts, tuple(problems), tuple(fixes[:5]))


def _type_first(match: re.Match[str], cleaned: Cleaned) -> Identifier:
    code = _by_folded()[match["type"].casefold()]
    number = match["number"].zfill(2)
    agency = _symbol(match["rest"])
    joint = "-" if match["dash"] else " "
    parts = {
        "number": number,
        "symbol": f"{code}/{agency}",
        "type_code": code,
        "type": document_types()[code]["name"],
        "agency": agency,
        "form": "type_first",
    }
    value = f"{number}{joint}{code}/{agency}"
    return Identifier(Kind.DOCUMENT_NUMBER, cleaned.raw, value, parts, cleaned.problems)


def _number_repairs(number: str, tail: str) -> list[Repair]:
    cost = 0.0
    digits = []
    for c in number:
        best = min(((letter_cost(c, d), d) for d in "0123456789"), default=(1.0, c))
        if best[0] >= 0.5:
            return []
        cost += best[0]
        digits.append(best[1])
    value = "".join(digits).zfill(2)
    return [Repair(f"{value}/{tail}", round(cost, 3), (f"{number}→{''.join(digits)}@0",))]


def _type_repairs(number: str, year: str | None, symbol: str) -> list[Repair]:
    """QD-UBND, 0Đ-UBND, GĐ-...: a type code within one confusion of the first group."""
    first, dash, rest = symbol.partition("-")
    if first.casefold() in _by_folded() or not dash or len(first) > 4:
        return []
    found: dict[str, float] = {}
    exact = _by_plain().get(plain(first))
    if exact:
        found[exact] = 0.2
    for code in document_types():
        if len(code) == len(first) and len(code) > 1:
            costs = [letter_cost(a, b) for a, b in zip(first, code, strict=True)]
            wrong = [c for c in costs if c]
            # One confused letter; an agency like BNV must not turn into a type by two.
            if len(wrong) == 1 and wrong[0] <= 0.35:
                found[code] = min(found.get(code, 1.0), wrong[0])
    head = f"{number}/{year}/" if year else f"{number}/"
    return [
        Repair(f"{head}{code}-{rest}", round(cost, 3), (f"{first}→{code}@0",))
        for code, cost in found.items()
    ]
