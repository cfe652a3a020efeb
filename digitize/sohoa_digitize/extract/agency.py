"""The issuing agency (cơ quan ban hành): the left head block above the number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa_core.facts import FieldFact
from sohoa_digitize.extract.facts import ReadPage, make, missing
from sohoa_digitize.extract.number import find_number_line
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.matching import key
from sohoa_digitize.words import Line

#: A stop behind a whole word ("Thái. Thụy") is dirt; behind "TP" it is none.
_DIRT = re.compile(r"[^\W\d_]{3}[.:;]\s+\w")
_UNITS = ("tinh", "thanh pho", "quan", "huyen", "thi xa", "phuong", "xa", "thi tran", "dac khu")
_BODIES = ("uy ban nhan dan", "hoi dong nhan dan", "cong an", "mat tran to quoc viet nam")
_SMALL = {
    *("ủy ban nhân dân", "uỷ ban nhân dân", "hội đồng nhân dân"),
    *("tỉnh", "thành phố", "quận", "huyện", "thị xã", "phường", "xã", "thị trấn", "đặc khu"),
}


def _is_caps(line: Line) -> bool:
    letters = [c for c in line.text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) >= 0.7 * len(letters)


def natural_case(text: str) -> str:
    """``ỦY BAN NHÂN DÂN PHƯỜNG BẾN NGHÉ`` as it is written in a sentence.

    Only what is certain is changed: people's committees and councils with their unit. Other
    names stay as printed, for which of their words are names cannot be told from capitals.
    """
    lower = text.lower()
    for body in ("ủy ban nhân dân", "uỷ ban nhân dân", "hội đồng nhân dân", "ubnd", "hđnd"):
        if not lower.startswith(body):
            continue
        rest = lower[len(body) :].strip()
        kind = next(
            (s for s in sorted(_SMALL, key=len, reverse=True) if rest.startswith(s + " ")), ""
        )
        name = rest[len(kind) :].strip()
        shown = body.upper() if body in ("ubnd", "hđnd") else body.capitalize()
        proper = " ".join(part[:1].upper() + part[1:] for part in name.split())
        return " ".join(part for part in (shown, kind, proper) if part)
    return text


def extract_agency(pages: Sequence[ReadPage], floor: float, *, expected: bool) -> list[FieldFact]:
    """Facts ``agency`` and, where a parent stands above it, ``parent_agency``."""
    if not pages:
        return []
    page = pages[0]
    number = find_number_line(pages)
    left: list[Line] = []
    for line in page.text.lines:
        if line.zone != "head_left" or (number is not None and line is number.line):
            break
        if not _is_caps(line) or len(key(line.text)) < 4:
            if left:
                break
            continue
        left.append(line)
    if not left:
        return [missing("agency", page)] if expected else []
    groups: list[list[Line]] = []
    for line in left:
        text = key(line.text)
        continues = any(text.startswith(unit + " ") for unit in _UNITS) and bool(groups)
        if continues and any(key(groups[-1][-1].text) == body for body in _BODIES):
            groups[-1].append(line)
        else:
            groups.append([line])
    # A long name of one agency runs over lines; the parent is the first line, the rest issuer.
    parent = groups[0] if len(groups) > 1 else []
    issuer = [line for group in groups[1:] for line in group] if len(groups) > 1 else groups[0]
    facts = []
    for name, some in (("agency", issuer), ("parent_agency", parent)):
        if not some:
            continue
        raw = re.sub(r"\s+", " ", " ".join(line.text for line in some)).strip(" .-_")
        words = [word for line in some for word in line.words]
        reason = Reason.LOW_CONFIDENCE if _DIRT.search(raw) else None
        if key(raw).startswith("giay "):  # the title of a certificate, where its head was lost
            reason = Reason.IMPOSSIBLE
        elif key(raw).startswith(tuple(f"{unit} " for unit in _UNITS)):
            reason = Reason.INCOMPLETE  # "XÃ BA SAO": the line above, with the body, is lost
        facts.append(make(name, natural_case(raw), raw, words, page, floor=floor, reason=reason))
    return facts
