"""Which type a document is: by its printed title, its symbol and the phrases it shows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa_digitize.catalogue.load import DocumentType, by_code, document_types
from sohoa_digitize.matching import alike, contains
from sohoa_digitize.words import Line, PageText

#: The title stands among the first lines of the first page.
TITLE_LINES = 16
_SYMBOL = re.compile(r"[/⁄\\|]\s*([A-ZĐƯƠ][A-Za-zĐđƯưƠơ]{0,3})\s*[-–]\s*[A-ZĐƯƠ]")
_LETTER = re.compile(r"\b[Vv]\s*/\s*[vV]\b")


def title_candidates(page: PageText) -> list[tuple[int, str]]:
    """Lines that may be a title (mostly capitals), alone and with the lines that follow.

    A title may run over lines, and its subject may be what tells it apart.
    """
    found: list[tuple[int, str]] = []
    lines = page.lines[:TITLE_LINES]
    for index, line in enumerate(lines):
        if line.zone.startswith("foot") or not _capital(line):
            continue
        found.append((index, line.text))
        joined = line.text
        for other in lines[index + 1 : index + 4]:
            if other.zone != line.zone:
                break
            joined += " " + other.text
            found.append((index, joined))
    return found


def _capital(line: Line) -> bool:
    letters = [c for c in line.text if c.isalpha()]
    return len(letters) >= 4 and sum(c.isupper() for c in letters) >= 0.8 * len(letters)


def classify(pages: Sequence[PageText]) -> tuple[DocumentType, float]:
    """The document type (loại giấy tờ) and the confidence 0-1 that it is right."""
    generic = by_code("khac")
    if not pages or not pages[0].lines:
        return generic, 0.0
    first = pages[0]
    text = "\n".join(page.text for page in pages)
    head = [line for line in first.lines if line.zone in ("head_left", "body")][:10]
    symbol = next((m.group(1) for line in head if (m := _symbol(line.text))), "")
    candidates = title_candidates(first)
    best: tuple[float, int, DocumentType] | None = None
    for kind in document_types():
        match = max((alike(c, title) for title in kind.titles for _, c in candidates), default=0.0)
        if match == 0.0:
            continue
        score = 0.55 + 0.35 * (match - 0.8) / 0.2
        shown = sum(contains(text, anchor) for anchor in kind.anchors)
        if kind.anchors:
            score += 0.09 * shown / len(kind.anchors)
        if kind.symbol and symbol:
            score += 0.09 if kind.symbol == symbol else -0.2
        length = max(len(title) for title in kind.titles)
        if best is None or (score, length) > best[:2]:
            best = score, length, kind
    if best is not None and best[0] >= 0.5:
        return best[2], round(min(best[0], 0.99), 3)
    letter = next((line for line in first.lines[:14] if _LETTER.search(line.text)), None)
    addressed = any(contains(line.text, "Kính gửi") for line in first.lines[:16])
    if addressed and (letter is not None or symbol):
        return by_code("cong_van"), 0.9 if letter is not None else 0.7
    if symbol:
        for kind in document_types():
            if kind.symbol == symbol:
                return kind, 0.6
    return generic, 0.3


def _symbol(text: str) -> re.Match[str] | None:
    return _SYMBOL.search(text) if re.match(r"\W*[Ss][ốôồổỗộoóòõ06]", text) else None
