"""Codes of document types and results (mã loại giấy tờ, mã kết quả), in whatever shape.

The national portal alone shows half a dozen shapes (``000.00.00.G15-KQ003204``,
``G17-KQ005477``, ``KQ.G15.000031``, ``TPHS.H21.000010``, ``H35.KQ.22``), so nothing is ever
rejected for its shape: the code is taken into owner agency, kind and serial where that can be
done, and the raw value is the truth. The agency inside is historical (``KQ.G07`` outlives the
ministry G07) and is never rewritten.
"""

from __future__ import annotations

import re

from sohoa_vietnam.confusion import repairs
from sohoa_vietnam.identifiers.result import Identifier, Kind, Raw, clean, empty
from sohoa_vietnam.messages import N_, Checked, Problem, Severity

COMPONENT, RESULT = "TP", "KQ"
_KINDS = {"KQ": RESULT, "KQGQ": RESULT, "TP": COMPONENT, "TPHS": COMPONENT}
_OLD_PREFIX = re.compile(r"(\d{3}\.\d{2}\.\d{2})\.(?=[A-Z]\d{2}\b)", re.ASCII)
_TOKEN = re.compile(r"[A-Z]+\d*|\d+", re.ASCII)
_AGENCY = re.compile(r"[A-Z]\d{2}", re.ASCII)
_KIND_SERIAL = re.compile(r"([A-Z]{2,4})(\d*)", re.ASCII)
_ALLOWED = re.compile(r"[A-Z0-9.\-]+", re.ASCII)


def split_paper_code(code: str) -> dict[str, str] | None:
    """``owner_agency``, ``document_kind`` (KQ result, TP component, if said), ``serial``,
    ``serial_number`` (without zeros, for comparing across shapes); None when unclear."""
    if not _ALLOWED.fullmatch(code):
        return None
    prefix = _OLD_PREFIX.match(code)
    rest = code[prefix.end() :] if prefix else code
    agencies: list[str] = []
    kinds: list[str] = []
    serials: list[str] = []
    for token in _TOKEN.findall(rest):
        if _AGENCY.fullmatch(token) and not agencies:
            agencies.append(token)
        elif token.isdigit():
            serials.append(token)
        elif (match := _KIND_SERIAL.fullmatch(token)) and match[1] in _KINDS:
            kinds.append(_KINDS[match[1]])
            if match[2]:
                serials.append(match[2])
        else:
            return None
    if len(agencies) != 1 or len(serials) != 1 or len(set(kinds)) > 1:
        return None
    parts = {
        "owner_agency": agencies[0],
        "serial": serials[0],
        "serial_number": serials[0].lstrip("0") or "0",
    }
    if kinds:
        parts["document_kind"] = kinds[0]
    if prefix:
        parts["agency_code"] = f"{prefix[1]}.{agencies[0]}"
    return parts


def paper_code_key(parts: dict[str, str]) -> str:
    """One key for the same paper in several shapes: ``G15/KQ/31``."""
    kind = parts.get("document_kind", "?")
    return f"{parts['owner_agency']}/{kind}/{parts['serial_number']}"


def read_paper_code(raw: Raw) -> Identifier:
    """Read the code of a document type or result; see the module for what is promised."""
    kind = Kind.PAPER_CODE
    cleaned = clean(raw, kind)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    value = re.sub(r"\s+", "", re.sub(r"[–—−]", "-", cleaned.text)).upper()
    parts = split_paper_code(value)
    if parts is not None:
        return Identifier(kind, cleaned.raw, value, parts, cleaned.problems)
    note = Problem(
        f"{kind}.shape",
        Severity.INFO,
        N_("The code has no known shape; it is kept as it is."),
        checked=Checked.SECONDARY,
    )
    fixes = repairs(
        value,
        lambda v: "document_kind" in (split_paper_code(v) or {}),
        digits=lambda i: value[max(0, i - 1) : i + 2].strip("0123456789") == value[i],
    )
    return Identifier(
        kind, cleaned.raw, value, problems=(*cleaned.problems, note), repairs=fixes[:4]
    )
