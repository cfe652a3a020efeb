"""Names in an address: which units the words before a place may name, and what speaks for it."""

from __future__ import annotations

from collections.abc import Iterator

from sohoa_vietnam.addresses.model import Evidence
from sohoa_vietnam.addresses.scan import Token
from sohoa_vietnam.units.model import Kind
from sohoa_vietnam.units.names import (
    COMMUNE_KINDS,
    KIND_BY_LAST,
    Entry,
    Names,
    compare_words,
)

_MAX_WORDS = 7
#: Words that belong to the part below the commune: a name after them is no unit.
_DETAIL_WORDS = frozenset(
    w
    for line in (
        "thon xom ap ban buon bon lang khom to tdp kp khu doi duong pho ngo hem ngach kiet so",
        "nha lo can tang toa chung cu kdc kdt ktt ql tl dl san cho cau",
    )
    for w in line.split()
)
#: Words for a kind that also end names: Phúc Xá, Nho Quan, Khâu Tinh, Đông Phương.
_NAME_ENDINGS = frozenset(["xa", "quan", "tinh", "phuong"])
_AREA_WORDS = frozenset(["pho", "khu"])


class Match:
    """A name found at ``[start, end)``; ``outer`` is where its word for the kind begins."""

    __slots__ = ("end", "entry", "evidence", "kinds", "outer", "start")

    def __init__(
        self,
        entry: Entry,
        start: int,
        end: int,
        outer: int,
        kinds: frozenset[Kind] | None,
        evidence: tuple[Evidence, ...],
    ) -> None:
        self.entry = entry
        self.start = start
        self.end = end
        self.outer = outer
        self.kinds = kinds
        self.evidence = evidence


def kind_before(tokens: list[Token], start: int) -> tuple[int, frozenset[Kind]] | None:
    """The word for a kind directly before a name, if any: where it begins, what it allows."""
    if start == 0 or tokens[start].apart == 2:
        return None
    last = tokens[start - 1].word.kind
    if not last:
        return None
    for pattern, kinds in KIND_BY_LAST.get(last, ()):
        begin = start - len(pattern)
        if len(pattern) == 1 or (
            begin >= 0 and tokens[begin].word.kind == pattern[0] and tokens[start - 1].apart < 2
        ):
            return begin, kinds
    return None


def matches(
    tokens: list[Token], names: Names, end: int, level_kinds: frozenset[Kind]
) -> Iterator[Match]:
    """Every name of a dictionary that the words before ``end`` may be."""
    key = ""
    for size in range(1, min(_MAX_WORDS, end) + 1):
        start = end - size
        if size > 1 and tokens[start + 1].apart == 2:
            return
        key = tokens[start].word.key + key
        entries = names.get(key)
        if not entries:
            continue
        before = kind_before(tokens, start)
        kinds: frozenset[Kind] | None = None
        outer = start
        if before is not None:
            if before[1] & level_kinds:
                outer, kinds = before[0], before[1]
            elif not _may_be_name(tokens, before, start):
                continue
        elif (
            level_kinds is COMMUNE_KINDS
            and start
            and tokens[start].apart == 0
            and tokens[start - 1].word.key in _DETAIL_WORDS
            and not _looks_like_name(tokens, start - 1)
        ):
            continue
        given = tuple(t.word for t in tokens[start:end])
        for entry in entries:
            how = "bare" if entry.accentless else compare_words(given, entry.words)
            evidence: list[Evidence] = []
            if how != "exact":
                evidence.append(Evidence(how))
            if kinds is None:
                evidence.append(Evidence.KIND_MISSING)
                if key.isdigit() and not _alone(tokens, start, end):
                    evidence.append(Evidence.BARE_NUMBER)
            elif entry.kind is not None and entry.kind not in kinds:
                evidence.append(Evidence.KIND_DIFFERS)
            if entry.former_row is not None:
                evidence.append(Evidence.FORMER_NAME)
            yield Match(entry, start, end, outer, kinds, tuple(evidence))
            if kinds is not None and _may_be_name(tokens, (outer, kinds), start):
                extra = (*(e for e in evidence if e is not Evidence.KIND_DIFFERS),)
                yield Match(entry, start, end, start, None, (*extra, Evidence.KIND_MISSING))


def _may_be_name(tokens: list[Token], before: tuple[int, frozenset[Kind]], start: int) -> bool:
    """Whether a word that looks like a kind may be the last word of the name before it: not
    abbreviated, and with a word of its own before it in the same segment (``Phuc Xa Ba Dinh``
    is Phúc Xá, Ba Đình; ``Xích Thổ Nho Quan Ninh Bình`` has no quận)."""
    outer, _ = before
    if start - outer != 1 or outer == 0 or tokens[outer].apart == 2:
        return False
    return tokens[outer].word.key in _NAME_ENDINGS


def _looks_like_name(tokens: list[Token], at: int) -> bool:
    """Whether a detail word may as well be the end of a name: not at the start of a segment."""
    return at > 0 and tokens[at].apart == 0 and tokens[at].word.key not in _AREA_WORDS


def _alone(tokens: list[Token], start: int, end: int) -> bool:
    """Whether a number fills its segment between commas."""
    opened = start == 0 or tokens[start].apart == 2
    return opened and (end == len(tokens) or tokens[end].apart == 2)
