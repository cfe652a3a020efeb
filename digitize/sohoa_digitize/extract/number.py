"""Number and symbol (số, ký hiệu): "Số: 15/QĐ-UBND", often with a penned number.

NĐ 30/2020/NĐ-CP, Appendix I: the number is followed by "/", groups of the symbol are joined
by "-". Engines read the slash as 1, l or |, and lose penned digits; so the printed symbol is
taken on its own, and the number is only trusted when it is printed digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sohoa_core.facts import FieldFact, Source
from sohoa_digitize.extract.facts import ReadPage, make, missing
from sohoa_digitize.extract.pen import penned
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.words import Line, Word

_LABEL = re.compile(r"^\W{0,3}S[ốôồỗổộoóòỏõọ0ð6]{1,2}\s*[:;.,]*(?=[\s\d:;.,/…]|$)", re.IGNORECASE)
_SYMBOL = re.compile(
    r"[/⁄\\|]\s*(?P<symbol>[A-ZĐƯƠ][A-Za-zĐđƯưƠơ]{0,9}(?:\s?[-–—]\s?[A-ZĐƯƠ0-9&][\w&]{0,15})*"
    r"(?:\s[A-ZĐƯ][\w]*){0,3})"
)
_YEAR_NUMBER = re.compile(r"^(?P<number>\d{1,6})\s*[/⁄]\s*(?P<year>(?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True)
class NumberLine:
    """The line that carries the number, with the parts as read."""

    line: Line
    page: ReadPage
    before: str
    symbol: str
    label_words: int


def find_number_line(pages: Sequence[ReadPage]) -> NumberLine | None:
    """The "Số:" line of the first page: in the head blocks, or among the first lines."""
    if not pages:
        return None
    page = pages[0]
    best: NumberLine | None = None
    for index, line in enumerate(page.text.lines[:24]):
        text = line.text
        label = _LABEL.match(text)
        if label is None:
            continue
        rest = text[label.end() :]
        symbol = _SYMBOL.search(rest)
        year = _YEAR_NUMBER.match(rest.strip(" .:"))
        if symbol is None and line.zone == "body" and year is None and index > 12:
            continue
        if symbol is None and len(rest.split()) > 3:
            continue
        before = rest[: symbol.start()] if symbol else rest
        found = NumberLine(
            line,
            page,
            before.strip(),
            _tidy(symbol.group("symbol")) if symbol else "",
            len(text[: label.end()].split()),
        )
        if symbol is not None:
            return found
        best = best or found
    return best


def _tidy(symbol: str) -> str:
    return re.sub(r"\s*[-–—]\s*", "-", symbol).strip(" .,;")


def extract_number(pages: Sequence[ReadPage], floor: float, *, expected: bool) -> list[FieldFact]:
    """Facts ``number`` and ``symbol``; ``expected`` says that the document must have them."""
    found = find_number_line(pages)
    if found is None:
        return [missing("number", pages[0])] if expected and pages else []
    line, page = found.line, found.page
    value, words, reason, raw = _number(found)
    facts = [make("number", value, raw, words, page, floor=floor, reason=reason)]
    if found.symbol:
        carriers = [w for w in line.words if any(c in w.text for c in "/⁄\\|-–")] or list(
            line.words[-1:]
        )
        ok = re.fullmatch(r"[A-ZĐƯƠ][A-Za-zĐđƯưƠơ]*(-[\wĐđ&]+)*( [\w]+)*", found.symbol)
        facts.append(
            make(
                "symbol",
                found.symbol,
                found.symbol,
                carriers,
                page,
                floor=floor,
                reason=None if ok else Reason.IMPOSSIBLE,
            )
        )
    return facts


def _number(found: NumberLine) -> tuple[str, list[Word], Reason | None, str]:
    line, page = found.line, found.page
    rest = found.before.strip(" .:,;_…-")
    year = _YEAR_NUMBER.match(rest)
    slot = _slot_words(line, found)
    if year is not None:
        value = f"{year['number']}/{year['year']}"
    elif re.fullmatch(r"\d{1,12}", rest):
        value = rest
    else:
        digits = re.sub(r"\D", "", rest)
        return digits, slot or list(line.words), Reason.PENNED_OR_EMPTY, rest
    words = slot or list(line.words)
    # Civil-status papers leave a slot for "125/2019"; neat hands are not told from print.
    by_slot = year is not None and not found.symbol and page.source is not Source.TEXT_LAYER
    if by_slot or penned(page, words, line):
        return value, words, Reason.PENNED_OR_EMPTY, rest
    return value, words, None, rest


def _slot_words(line: Line, found: NumberLine) -> list[Word]:
    """The words that hold digits of the number (a word may hold the symbol too)."""
    words: list[Word] = []
    for word in line.words:
        if any(c.isdigit() for c in word.text):
            words.append(word)
        if found.symbol and found.symbol.split("-")[0] in word.text:
            break
    return words
