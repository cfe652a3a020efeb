"""The subject (trích yếu): the bold lines under the title, or "V/v ..." of an official letter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa_core.facts import FieldFact
from sohoa_digitize.catalogue.load import DocumentType
from sohoa_digitize.extract.facts import ReadPage, make, missing
from sohoa_digitize.matching import alike, key
from sohoa_digitize.words import Line

_LETTER = re.compile(r"^\W*[Vv]\s*[/⁄]\s*[vV]\s*[:.]?\s*")
_BODY_STARTS = (
    *("can cu", "kinh gui", "thuc hien", "theo", "nham", "de", "xet", "hom nay", "ngay"),
    *("dieu 1", "chuong i", "phan", "i", "1", "so", "ho chu dem", "ten"),
)
MOST_LINES = 7


def extract_subject(
    pages: Sequence[ReadPage], kind: DocumentType, floor: float, *, expected: bool
) -> list[FieldFact]:
    """The fact ``subject``."""
    if not pages:
        return []
    page = pages[0]
    lines = _of_letter(page.text.lines) or _under_title(page, kind)
    if not lines and kind.labels:
        return _title_itself(page, kind, floor)
    if not lines:
        return [missing("subject", page)] if expected else []
    raw = " ".join(line.text for line in lines)
    value = re.sub(r"\s+", " ", raw).strip(" .-_*")
    words = [word for line in lines for word in line.words]
    # Where a subject ends is a guess; one line under a title is a surer one than four.
    return [make("subject", value, raw, words, page, floor=floor * 0.9)]


def _title_itself(page: ReadPage, kind: DocumentType, floor: float) -> list[FieldFact]:
    """Forms and certificates have no subject but their title."""
    for line in page.text.lines[:20]:
        if any(alike(line.text, title) > 0.8 for title in kind.titles):
            return [make("subject", kind.name, line.text, line.words, page, floor=floor * 0.8)]
    return []


def _of_letter(lines: Sequence[Line]) -> list[Line]:
    for index, line in enumerate(lines[:14]):
        if line.zone == "head_right" or not _LETTER.match(line.text):
            continue
        found = [line]
        for other in lines[index + 1 : index + MOST_LINES]:
            if other.zone != line.zone or _starts_body(other):
                break
            if other.baseline[1] - found[-1].baseline[1] > 2.4 * max(line.size, other.size):
                break
            if abs(other.box[0] - line.box[0]) > 12 * line.size:
                break
            found.append(other)
        return found
    return []


def _starts_body(line: Line) -> bool:
    text = key(line.text)
    return any(text == s or text.startswith(s + " ") for s in _BODY_STARTS)


def _capital(line: Line) -> bool:
    letters = [c for c in line.text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) >= 0.8 * len(letters)


def _under_title(page: ReadPage, kind: DocumentType) -> list[Line]:
    lines = page.text.lines
    index = next(
        (
            i
            for i, line in enumerate(lines[:18])
            if any(_titles(line, title) for title in kind.titles)
        ),
        None,
    )
    if index is None:
        return []
    found: list[Line] = []
    previous = lines[index]
    step: float | None = None
    for line in lines[index + 1 : index + 1 + MOST_LINES]:
        gap = line.baseline[1] - previous.baseline[1]
        # "Để xác định ..." right under a title belongs to it; further down it is body.
        purpose = not found and key(line.text).startswith("de ")
        if line.zone != previous.zone or (_starts_body(line) and not purpose):
            break
        # Capitals continue only a subject that is in capitals itself.
        if kind.labels and ":" in line.text:  # the first label of a form
            break
        goes_on = _continues(found) and _capital(found[-1])
        if _capital(line) and (found or len(line.words) > 1) and not goes_on:
            break
        if gap > 2.6 * max(line.size, 1.0) or (step is not None and gap > 1.55 * step):
            break
        if not _centred(line, page.text.width) and not (found and _continues(found)):
            break
        if found:
            step = gap if step is None else max(step, gap)
        found.append(line)
        previous = line
    return found


def _titles(line: Line, title: str) -> bool:
    """Whether ``line`` is the title, or its first line in capitals (the rest is the subject)."""
    if alike(line.text, title) > 0.8:
        return True
    start = key(line.text)
    return _capital(line) and len(start) > 6 and key(title).startswith(start + " ")


def _continues(found: Sequence[Line]) -> bool:
    return bool(found) and len(found[-1].text) > 45


def _centred(line: Line, width: int) -> bool:
    box = line.box
    left, right = box[0], width - box[2]
    return abs(left - right) < 0.16 * width
