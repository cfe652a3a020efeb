"""Is an appended update well formed from its first to its last byte?"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sohoa_signing.verify.pdf_objects import Dict, StructureError, read_indirect, skip_space
from sohoa_signing.verify.revisions import TAIL, Document, Revision


def walk_increment(
    document: Document, revision: Revision, signatures: Set[int] = frozenset()
) -> list[str]:
    """Read an update from its first to its last byte and report what no honest writer leaves.

    Every object must be listed by the update's own cross-references at its place, once;
    nothing else may lie between them. A reader that rebuilds the cross-references would
    otherwise see another document than one that trusts them. No dictionary may name a key
    twice, of which readers take one or the other. ``signatures`` are the numbers of the
    objects that hold a signature some field leads to: there may be no other.
    """
    data = document.data
    problems: list[str] = []
    view = document.view(revision.index)
    sections = {section.offset: section for section in revision.sections}
    found: dict[int, int] = {}
    for section in revision.sections:
        if not all(key.isascii() and key.isprintable() for key in section.trailer):
            problems.append("increment_garbage")  # readers differ on such names
    pos = skip_space(data, revision.start)
    while pos < revision.end:
        if pos in sections and sections[pos].own_number is None:
            pos = skip_space(data, sections[pos].end)
            continue
        if data[pos : pos + 9] == b"startxref":
            tail = TAIL.match(data, pos)
            if tail is None or tail.end() != revision.end:
                problems.append("increment_tail")
            break
        try:
            # What was read strictly at this very place need not be read again.
            current = document.parsed.get(pos) or read_indirect(data, pos, view.length_of)
        except StructureError:
            problems.append("increment_garbage")
            break
        if current.number in found:
            problems.append("object_twice")
        found[current.number] = current.start
        listed = revision.entries.get(current.number)
        if listed is not None and listed.kind == "n" and listed.second != current.generation:
            problems.append("object_unlisted")
        if _names_twice(current.value):
            problems.append("increment_garbage")
        value = current.value
        if (
            isinstance(value, Dict)
            and value.keys() >= {"ByteRange", "Contents"}
            and current.number not in signatures
        ):
            # Somebody cut the way to it: it was there to be judged.
            problems.append("signature_unreachable")
        pos = skip_space(data, current.end)
    for number, offset in found.items():
        entry = revision.entries.get(number)
        own = any(s.own_number == number and s.offset == offset for s in revision.sections)
        if not own and (entry is None or entry.kind != "n" or entry.first != offset):
            problems.append("object_unlisted")
    earlier = document.view(revision.index - 1) if revision.index else None
    for number, entry in revision.entries.items():
        if entry.kind == "n" and found.get(number) != entry.first:
            known = earlier.locate(number)[0] if earlier else None
            if known != entry:
                problems.append("object_redirected")
        elif entry.kind == "c":
            known = earlier.locate(number)[0] if earlier else None
            if known != entry and entry.first not in found:
                problems.append("object_redirected")
    return list(dict.fromkeys(problems))


_HOLDERS = (Dict, list)


def _names_twice(value: Any) -> bool:
    stack = [getattr(value, "fields", value)]
    while stack:
        item = stack.pop()
        if isinstance(item, Dict):
            if item.twice:
                return True
            stack.extend(inner for inner in item.values() if isinstance(inner, _HOLDERS))
        elif isinstance(item, list):
            stack.extend(inner for inner in item if isinstance(inner, _HOLDERS))
    return False
