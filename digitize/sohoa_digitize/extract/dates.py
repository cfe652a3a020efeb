"""The date of a document: "Hà Nội, ngày 05 tháng 01 năm 2020"; day and month may be penned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sohoa_core.facts import FieldFact
from sohoa_digitize.extract.facts import ReadPage, make, missing
from sohoa_digitize.extract.pen import penned
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.words import Line, Word

_LONG = re.compile(
    r"ng[aàáâăảạã]y(?!\s*,)\s*(?P<day>[^,]{0,8}?)\s*th[aáàâăảạã]ng\s*(?P<month>[^,]{0,8}?)\s*"
    r"n[aăâáàảạãắằ]m(?!\s*sinh)\s*(?P<year>\S{0,6})",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(?P<day>\d{1,2})\s*[/.\-⁄]\s*(?P<month>\d{1,2})\s*[/.\-⁄]\s*(?P<year>\d{4})")
_PLACE_LABEL = re.compile(r"^\W*L[àa]m\s+t[ạa]i\s*:?", re.IGNORECASE)
_FILLING = " .,:;_…·-'`\"|"

#: Documents of this system begin with the state that made them; later dates are impossible.
EARLIEST = date(1945, 9, 2)


def parse_long(text: str) -> tuple[str, str, bool] | None:
    """ISO date (as precise as could be read), the text it came from, and whether it is whole."""
    match = _LONG.search(text)
    if match is None:
        return None
    parts = {key: match[key].strip(_FILLING) for key in ("day", "month", "year")}
    if not any(c.isdigit() for c in match.group()) and not _slotted(text):
        return None
    return _iso(parts), match.group(), _whole(parts)


def _slotted(text: str) -> bool:
    """Whether the line is a place and date to be filled in: "Làm tại: ..., ngày ... tháng"."""
    return len(text.split()) <= 12


def parse_short(text: str) -> tuple[str, str, bool] | None:
    """The same for ``05/01/2020`` and its kin."""
    match = _SHORT.search(text)
    if match is None:
        return None
    parts = match.groupdict()
    return _iso(parts), match.group(), _whole(parts)


def _whole(parts: dict[str, str]) -> bool:
    return all(part.isdecimal() for part in parts.values())


def _iso(parts: dict[str, str]) -> str:
    """``2020-01-05``, or what can be said of it: ``2020-01``, ``2020``, or nothing."""
    if not re.fullmatch(r"(19|20)\d\d", parts["year"]):
        return ""
    year = int(parts["year"])
    month = int(parts["month"]) if re.fullmatch(r"\d{1,2}", parts["month"]) else 0
    day = int(parts["day"]) if re.fullmatch(r"\d{1,2}", parts["day"]) else 0
    if not 1 <= month <= 12:
        return f"{year:04d}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return f"{year:04d}-{month:02d}"


def possible(iso: str) -> bool:
    """Whether a full ISO date can be the date of a document."""
    try:
        value = date.fromisoformat(iso)
    except ValueError:
        return False
    # No clock here: the same input gives the same output. The validators know today's date.
    return EARLIEST <= value <= date(2099, 12, 31)


def find_date_line(page: ReadPage) -> Line | None:
    """The place-and-date line: in the right head block, else the last one before the signer."""
    lines = page.text.lines
    head = [line for line in lines if line.zone == "head_right"]
    for line in (*head, *(li for li in lines[:12] if li.zone in ("head_left", "body"))):
        match = _LONG.search(line.text)
        if match is not None and (line.zone == "head_right" or _is_place_line(line, match)):
            return line
    for line in reversed(lines):
        match = _LONG.search(line.text)
        if match is not None and _is_place_line(line, match):
            return line
    return None


def _is_place_line(line: Line, match: re.Match[str]) -> bool:
    """Whether the line is only place and date; sentences of the body quote dates too."""
    before, after = line.text[: match.start()], line.text[match.end() :]
    return len(before.split()) <= 8 and len(after.strip(_FILLING).split()) <= 1


def extract_date(pages: Sequence[ReadPage], floor: float, *, expected: bool) -> list[FieldFact]:
    """The fact ``date`` (ISO), and ``place`` where it stands before it."""
    for page in _order(pages):
        line = find_date_line(page)
        if line is None:
            continue
        parsed = parse_long(line.text)
        if parsed is None:
            continue
        iso, raw, whole = parsed
        words = _words_of(line, raw)
        reason: Reason | None = None
        if not whole:
            reason = Reason.PENNED_OR_EMPTY
        elif not possible(iso):
            reason = Reason.IMPOSSIBLE
        elif penned(page, [w for w in words if any(c.isdigit() for c in w.text)], line):
            reason = Reason.PENNED_OR_EMPTY
        facts = [make("date", iso, raw, words, page, floor=floor, reason=reason)]
        place = _PLACE_LABEL.sub("", line.text[: line.text.find(raw)]).strip(_FILLING)
        if 1 <= len(place.split()) <= 8 and place[:1].isupper():
            where = [w for w in line.words if w not in words]
            facts.append(make("place", place, place, where, page, floor=floor))
        return facts
    return [missing("date", pages[0])] if expected and pages else []


def _order(pages: Sequence[ReadPage]) -> list[ReadPage]:
    """First page, then from the last one backwards: a date stands at the head or the end."""
    return [*pages[:1], *reversed(pages[1:])]


def _words_of(line: Line, raw: str) -> list[Word]:
    start = line.text.find(raw)
    end = start + len(raw)
    words: list[Word] = []
    position = 0
    for word in line.words:
        if position < end and position + len(word.text) > start:
            words.append(word)
        position += len(word.text) + 1
    return words
