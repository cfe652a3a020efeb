"""Signer and title (người ký, chức vụ): the right foot block, or the last lines on the right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa_core.facts import FieldFact
from sohoa_digitize.extract.facts import ReadPage, make, missing
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.matching import key
from sohoa_digitize.names import AUTHORITY, has_family, is_name, is_title, natural_name, spelled
from sohoa_digitize.words import Line

_HONORIFICS = re.compile(r"^(?:TS|ThS|PGS|GS|BS|CN|KS|Ông|Bà|Dr)\b[.,]?\s*", re.IGNORECASE)


def extract_signer(pages: Sequence[ReadPage], floor: float, *, expected: bool) -> list[FieldFact]:
    """Facts ``signer`` and ``signer_title``."""
    for page in reversed(pages):
        block = [line for line in page.text.lines if line.zone == "foot_right"] or _right_end(page)
        if not block:
            continue
        titles: list[Line] = []
        name: Line | None = None
        for line in block:
            text = _HONORIFICS.sub("", line.text.strip(" .,-_*'`~"))
            if name is None and (is_title(line.text) or (titles and _wraps(line, titles))):
                titles.append(line)
            elif is_name(text) and line.confidence >= 0.3 and (titles or line is block[-1]):
                name = line
        if name is None and not titles:
            continue
        facts: list[FieldFact] = []
        if name is not None:
            raw = _HONORIFICS.sub("", name.text.strip(" .,-_*'`~"))
            sound = spelled(raw) and has_family(raw)
            doubt = None if sound else Reason.LOW_CONFIDENCE
            value = natural_name(raw)
            facts.append(make("signer", value, raw, name.words, page, floor=floor, reason=doubt))
        elif expected:
            facts.append(missing("signer", page))
        if titles:
            facts += _titles(titles, page, floor)
        return facts
    return [missing("signer", pages[-1])] if expected and pages else []


def _titles(titles: Sequence[Line], page: ReadPage, floor: float) -> list[FieldFact]:
    """The signer's own title is the last line; the whole block is the signing authority."""
    last = titles[-1]
    raw = last.text.strip(" .,-_\"'`")
    value = AUTHORITY.sub("", raw)
    # "TM. ỦY BAN NHÂN DÂN" names the body for which a person signs; the office is missing.
    body = key(value).startswith(("uy ban", "hoi dong", "ubnd", "hdnd"))
    reason = Reason.INCOMPLETE if body else None
    title = value.capitalize()
    facts = [make("signer_title", title, raw, last.words, page, floor=floor, reason=reason)]
    block = " ".join(line.text for line in titles).strip(" .,-_\"'`")
    if AUTHORITY.match(block):
        words = [word for line in titles for word in line.words]
        facts.append(make("signing_authority", block, block, words, page, floor=floor))
    return facts


def _wraps(line: Line, titles: Sequence[Line]) -> bool:
    """A further line of the title: capitals close under the line before."""
    letters = [c for c in line.text if c.isalpha()]
    near = line.baseline[1] - titles[-1].baseline[1] < 2.2 * titles[-1].size
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
