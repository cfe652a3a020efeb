"""Values behind printed labels: "Họ, chữ đệm, tên: NGUYỄN VĂN AN   Giới tính: Nam"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sohoa_core.facts import FieldFact
from sohoa_digitize.catalogue.load import DocumentType, LabelField
from sohoa_digitize.extract.dates import parse_long, parse_short, possible
from sohoa_digitize.extract.facts import ReadPage, make
from sohoa_digitize.extract.pen import penned
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.matching import distance, key
from sohoa_digitize.names import doubtful_given, has_family, natural_name, proposed, spelled
from sohoa_digitize.words import Line, Word

_FILLING = " .,:;_…·-'`\"|"


@dataclass(frozen=True, slots=True)
class _Found:
    """A label in a line: words from ``start`` to ``end`` are the label."""

    field: LabelField | None
    line: int
    start: int
    end: int
    strength: float


def extract_labels(pages: Sequence[ReadPage], kind: DocumentType, floor: float) -> list[FieldFact]:
    """One fact for each label of ``kind`` that is printed on the pages."""
    facts: list[FieldFact] = []
    done: set[str] = set()
    for page in pages:
        found = _labels(page.text.lines, kind)
        last_named: dict[str, int] = {}
        for index, item in enumerate(found):
            spec = item.field
            if spec is None:
                continue
            if spec.name in done or (spec.after and spec.after not in last_named):
                spec = _by_anchor(item, kind, last_named, done)
            if spec is None:
                continue
            following = found[index + 1] if index + 1 < len(found) else None
            words = _value_words(page.text.lines, item, following, spec)
            line = page.text.lines[item.line]
            fact = _fact(spec, words, page, line, floor)
            if spec.kind == "text" and _breaks_off(words, line, page, item.line):
                fact = make(
                    spec.name,
                    fact.value,
                    fact.raw,
                    words,
                    page,
                    floor=floor,
                    reason=Reason.INCOMPLETE,
                )
            if spec.kind == "name" and _cut_off(words, line, page):
                fact = make(
                    spec.name,
                    fact.value,
                    fact.raw,
                    words,
                    page,
                    floor=floor,
                    reason=Reason.INCOMPLETE,
                )
            facts.append(fact)
            done.add(spec.name)
            last_named[spec.name] = item.line
    return facts


def _cut_off(words: Sequence[Word], line: Line, page: ReadPage) -> bool:
    """A name of two words that ends where the lines end may go on in a line that was lost."""
    if len(words) > 2 or not words or words[-1] is not line.words[-1]:
        return False
    return line.box[2] >= 0.96 * max(other.box[2] for other in page.text.lines)


def _breaks_off(words: Sequence[Word], line: Line, page: ReadPage, index: int) -> bool:
    """A long value that ends with a full line while the next one has no label of its own."""
    lines = page.text.lines
    if not words or index + 1 >= len(lines) or words[-1] is not line.words[-1]:
        return False
    following = lines[index + 1]
    full = line.box[2] >= 0.9 * max(other.box[2] for other in lines)
    close = following.baseline[1] - line.baseline[1] < 3.2 * line.size
    return full and close and following.zone == line.zone and ":" not in following.text


def _by_anchor(
    item: _Found, kind: DocumentType, last_named: dict[str, int], done: set[str]
) -> LabelField | None:
    """For a label that stands more than once: the field whose anchor was seen last."""
    assert item.field is not None
    same = [f for f in kind.labels if set(f.labels) & set(item.field.labels) and f.after]
    ready = [f for f in same if f.after in last_named and f.name not in done]
    return max(ready, key=lambda f: last_named[f.after], default=None)


def _labels(lines: Sequence[Line], kind: DocumentType) -> list[_Found]:
    """All labels of the page in reading order; longer labels win over shorter ones."""
    specs = sorted(
        ((label, spec) for spec in kind.labels for label in spec.labels),
        key=lambda pair: -len(key(pair[0]).split()),
    )
    found: list[_Found] = []
    for number, line in enumerate(lines):
        taken: list[tuple[int, int]] = []
        texts = [word.text for word in line.words]
        for label, spec in specs:
            wanted = key(label).split()
            for start in range(len(texts)):
                end = _match(texts, start, wanted)
                if end is None or any(a < end and start < b for a, b in taken):
                    continue
                # A label ends with a colon, or a value on leaders follows at once.
                if not _colon(texts, end):
                    continue
                taken.append((start, end))
                found.append(_Found(spec, number, start, end, 1.0))
        # Labels that are not asked for still end the value before them.
        for start, end in _other_labels(texts):
            if not any(a < end and start < b for a, b in taken):
                found.append(_Found(None, number, start, end, 0.5))
    return sorted(found, key=lambda f: (f.line, f.start))


def _match(texts: Sequence[str], start: int, wanted: Sequence[str]) -> int | None:
    """Where the label that begins at ``start`` ends, or None; a letter or two may be wrong."""
    got: list[str] = []
    position = start
    while position < len(texts) and len(got) < len(wanted):
        parts = key(texts[position]).split()
        got += parts or []
        position += 1
    if len(got) < len(wanted):
        return None
    same = all(_same(a, b) for a, b in zip(got, wanted, strict=False))
    return position if same else None


def _same(read: str, wanted: str) -> bool:
    """Short words decide ("người mẹ", "người cha") and must be right; long ones may err once."""
    return read == wanted or (len(wanted) >= 4 and distance(read, wanted, 1) <= 1)


def _colon(texts: Sequence[str], end: int) -> bool:
    near = "".join(texts[end - 1 : end + 2])
    return ":" in near or ";" in texts[end - 1] or end >= len(texts)


def _other_labels(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Short phrases that end in a colon and begin with a capital."""
    spans: list[tuple[int, int]] = []
    for end, text in enumerate(texts):
        if not text.endswith(":") or len(text) < 2:
            continue
        start = end
        while start > 0 and end - start < 4 and not texts[start][:1].isupper():
            start -= 1
        if texts[start][:1].isupper():
            spans.append((start, end + 1))
    return spans


def _value_words(
    lines: Sequence[Line], item: _Found, following: _Found | None, spec: LabelField
) -> list[Word]:
    line = lines[item.line]
    stop = len(line.words)
    if following is not None and following.line == item.line:
        stop = following.start
    words = list(line.words[item.end : stop])
    if spec.kind == "text" and stop == len(line.words) and words:
        # Long values run on: a next line without any label, under the label's own text.
        nxt = item.line + 1
        free = following is None or following.line > nxt
        if free and nxt < len(lines) and lines[nxt].zone == line.zone:
            near = lines[nxt].baseline[1] - line.baseline[1] < 2.9 * line.size
            full = line.box[2] > 0.8 * max(li.box[2] for li in lines)
            if near and full and not lines[nxt].text.rstrip().endswith(":"):
                words += lines[nxt].words
    if spec.kind == "name" and stop == len(line.words) and words and item.line + 1 < len(lines):
        # A name in capitals that is broken over two lines.
        nxt_line = lines[item.line + 1]
        rest = nxt_line.text.strip(_FILLING)
        caps = rest.isupper() and all(w.text.isupper() for w in words)
        short = rest.replace(" ", "").isalpha() and len(rest.split()) <= 2
        if caps and short and nxt_line.baseline[1] - line.baseline[1] < 2.1 * line.size:
            words += nxt_line.words
    while words and not words[0].text.strip(_FILLING):
        words.pop(0)
    while words and not words[-1].text.strip(_FILLING):
        words.pop()
    return words


def _fact(
    spec: LabelField, words: Sequence[Word], page: ReadPage, line: Line, floor: float
) -> FieldFact:
    raw = " ".join(word.text for word in words).strip(_FILLING)
    if not raw:
        return make(
            spec.name, "", "", list(line.words), page, floor=floor, reason=Reason.PENNED_OR_EMPTY
        )
    value, reason = normalize(raw, spec.kind)
    if reason is None and penned(page, words, line):
        reason = Reason.PENNED_OR_EMPTY
    return make(spec.name, value, raw, words, page, floor=floor, reason=reason)


def normalize(raw: str, kind: str) -> tuple[str, Reason | None]:
    """The value of ``raw`` read as ``kind``, and why a person must look, if so."""
    if kind == "date":
        parsed = parse_short(raw) or parse_long(raw)
        if parsed is None:
            return "", Reason.IMPOSSIBLE
        return parsed[0], None if parsed[2] and possible(parsed[0]) else Reason.INCOMPLETE
    if kind == "year":
        match = re.search(r"\b(19|20)\d\d\b", raw)
        return (match.group(), None) if match else ("", Reason.IMPOSSIBLE)
    if kind == "sex":
        folded = key(raw)
        if folded in ("nam", "nu"):
            return ("Nam" if folded == "nam" else "Nữ"), None
        return raw, Reason.IMPOSSIBLE
    if kind == "personal_id":
        digits = re.sub(r"[\s.]", "", raw)
        match = re.search(r"(?<!\d)(?:\d{12}|\d{9})(?!\d)", digits)
        return (match.group(), None) if match else (digits, Reason.IMPOSSIBLE)
    if kind == "name":
        name = raw.strip(" .,;:")
        parts = name.split()
        good = 2 <= len(parts) <= 7 and all(p.replace("-", "").isalpha() for p in parts)
        if not good:
            return natural_name(name), Reason.IMPOSSIBLE
        # A lost mark often leaves a syllable that Vietnamese does not have: "Kien".
        # A lost word leaves a name that begins with no family name.
        sound = spelled(name) and has_family(name) and not doubtful_given(name)
        if sound:
            return natural_name(name), None
        return natural_name(proposed(name)), Reason.LOW_CONFIDENCE
    # "số-3", "xã. Tân": signs inside a text of small letters are dirt that was read.
    dirty = re.search(r"[a-zà-ỹđ][-.,:;'`|_~]+\w|(?<!\w)[|_~`]|[^\W\d_]{3}[.:;]\s+\w", raw)
    # Before a number it is always "tổ": the hook is the mark that is lost most easily.
    dirty = dirty or re.search(r"\bt[oóòõọốồỗộ]\s+\d", raw)
    return raw, Reason.LOW_CONFIDENCE if dirty else None
