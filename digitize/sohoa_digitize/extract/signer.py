"""Signer and title (người ký, chức vụ): the right foot block, or the last lines on the right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa_core.facts import FieldFact
from sohoa_digitize.extract.facts import ReadPage, make, missing
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.matching import key
from sohoa_digitize.names import (
    AUTHORITY,
    doubtful_given,
    has_family,
    is_cut_title,
    is_name,
    is_title,
    natural_name,
    proposed,
    spelled,
)
from sohoa_digitize.words import Line

_DEPUTY = re.compile(r"^\W*K\W?T\s*[.,:]", re.IGNORECASE)
_HONORIFICS = re.compile(r"^(?:TS|ThS|PGS|GS|BS|CN|KS|Ông|Bà|Dr)\b[.,]?\s*", re.IGNORECASE)


def extract_signer(pages: Sequence[ReadPage], floor: float, *, expected: bool) -> list[FieldFact]:
    """Facts ``signer`` and ``signer_title``."""
    for page in reversed(pages):
        block = [line for line in page.text.lines if line.zone == "foot_right"] or _right_end(page)
        titles, name = _read_block(block)
        if name is None:
            under = _under_title(page)
            titles, name = (under[0], under[1]) if under[1] is not None else (titles, name)
            titles = titles or under[0]
        if name is None and not titles:
            continue
        facts: list[FieldFact] = []
        if name is not None:
            raw = _bare(name)
            sound = spelled(raw) and has_family(raw) and not doubtful_given(raw)
            doubt = None if sound else Reason.LOW_CONFIDENCE
            value = natural_name(raw if sound else proposed(raw))
            facts.append(make("signer", value, raw, name.words, page, floor=floor, reason=doubt))
        elif expected:
            facts.append(missing("signer", page))
        if titles:
            facts += _titles(titles, page, floor, damaged=name is None)
        return facts
    return [missing("signer", pages[-1])] if expected and pages else []


def _bare(line: Line) -> str:
    """The text of a line without honorifics, and without the capitals of a seal before a name."""
    words = _HONORIFICS.sub("", line.text.strip(" .,-_*'`~\"")).split()
    named = len(words) > 2 and all(map(str.istitle, words[-2:]))
    while named and len(words) > 2 and words[0].isupper() and not has_family(words[0]):
        words.pop(0)
    return " ".join(words)


def _read_block(block: Sequence[Line]) -> tuple[list[Line], Line | None]:
    """The titles and the name in a signature block."""
    titles: list[Line] = []
    name: Line | None = None
    for line in block:
        if name is None and (is_title(line.text) or (titles and _wraps(line, titles))):
            titles.append(line)
        elif is_name(_bare(line)) and line.confidence >= 0.3 and (titles or line is block[-1]):
            name = line
    return titles, name


def _under_title(page: ReadPage) -> tuple[list[Line], Line | None]:
    """The last title on the right half of a page, and the name that stands below it."""
    lines = [line for line in page.text.lines if not line.zone.startswith("head")]
    half = page.text.width * 0.42
    for last in reversed(lines):
        middle = (last.box[0] + last.box[2]) / 2
        if middle < half or not (is_title(last.text) or key(last.text).startswith("nguoi ky")):
            continue
        near = [
            line
            for line in lines
            if abs((line.box[0] + line.box[2]) / 2 - middle) < 9 * last.size
            and -7 * last.size < line.baseline[1] - last.baseline[1] < 17 * last.size
        ]
        near.sort(key=lambda line: line.baseline[1])
        titles, name = _read_block(near)
        if name is None and not titles:
            below = [line for line in near if line.baseline[1] > last.baseline[1]]
            name = next((line for line in below if is_name(_bare(line))), None)
        if titles or name is not None:
            return titles, name
    return [], None


def _titles(
    titles: Sequence[Line], page: ReadPage, floor: float, *, damaged: bool
) -> list[FieldFact]:
    """The signer's own title is the last line; the whole block is the signing authority.

    Where the name is lost (``damaged``), a seal lies on the block and may have taken words.
    """
    last = titles[-1]
    raw = last.text.strip(" .,-_\"'`")
    value = AUTHORITY.sub("", raw)
    # "TM. ỦY BAN NHÂN DÂN" names the body for which a person signs; the office is missing.
    body = key(value).startswith(("uy ban", "hoi dong", "ubnd", "hdnd"))
    reason = Reason.INCOMPLETE if body or damaged else None
    # KT. is signed by a deputy: without "Phó" a word is lost.
    acting = any(_DEPUTY.match(line.text) for line in titles)
    if acting and not key(value).startswith("pho"):
        reason = Reason.INCOMPLETE
    if len(value.split()) < 2 or is_cut_title(value):  # "Phòng": no office has a name of one word
        reason = Reason.INCOMPLETE
    title = value.capitalize()
    facts = [make("signer_title", title, raw, last.words, page, floor=floor, reason=reason)]
    block = " ".join(line.text for line in titles).strip(" .,-_\"'`")
    if AUTHORITY.match(block):
        words = [word for line in titles for word in line.words]
        facts.append(
            make("signing_authority", block, block, words, page, floor=floor, reason=reason)
        )
    return facts


def _wraps(line: Line, titles: Sequence[Line]) -> bool:
    """A further line of the title: capitals close under the line before."""
    letters = [c for c in line.text if c.isalpha()]
    above = titles[-1]
    near = line.baseline[1] - above.baseline[1] < 2.2 * above.size
    # Words inside a seal stand aside of the title and are smaller.
    aside = abs((line.box[0] + line.box[2]) - (above.box[0] + above.box[2])) / 2
    near = near and aside < 3 * above.size and line.size > 0.75 * above.size
    return near and len(letters) > 2 and sum(c.isupper() for c in letters) >= 0.85 * len(letters)


def _right_end(page: ReadPage) -> list[Line]:
    """The last lines of a page without recipients that stand in its right half."""
    half = page.text.width * 0.42
    block: list[Line] = []
    for line in reversed(page.text.lines):
        if line.box[0] >= half:
            block.append(line)
        elif (block and len(block) >= 2) or (len(block) == 0 and len(line.text) > 40):
            break
    return list(reversed(block))
