"""Edit distance that knows what optical recognition confuses, and repairs of one such error.

A lost tone mark is a small difference, ``rn`` for ``m`` one error and not two, ``0`` for ``O``
almost none. Pair costs come from ``data/ocr_confusions.tsv``; costs of marks and tones follow
from the parts of the letter. Costs lie between 0 (the same) and 1 (nothing in common).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from sohoa_vietnam.tables import TableBroken, read_tsv
from sohoa_vietnam.text import TONE_SPLIT, nfc

_QUALITY = {
    "ă": ("a", "ă"),
    "â": ("a", "â"),
    "ê": ("e", "â"),
    "ô": ("o", "â"),
    "ơ": ("o", "ơ"),
    "ư": ("u", "ơ"),
    "đ": ("d", "đ"),
}
_CASE = 0.05
_MARK_LOST = 0.2  # ơ read as o, đ as d
_MARK_TAKEN = 0.15  # ă for â, ô for ơ
_TONE_LOST = 0.25
_DOT_LOST = 0.2  # nặng is a dot, the first thing a scan loses
# Indices of text.TONED: 1 huyền, 2 sắc, 3 hỏi, 4 ngã, 5 nặng.
_TONES = {
    frozenset((3, 4)): 0.15,
    frozenset((2, 3)): 0.2,
    frozenset((1, 2)): 0.3,
    frozenset((1, 4)): 0.3,
    frozenset((2, 4)): 0.3,
    frozenset((1, 3)): 0.3,
}
_INSERT = 0.8
_INSERT_CHEAP = {" ": 0.3, ".": 0.35, ",": 0.35, "'": 0.35, "-": 0.35, "i": 0.6, "l": 0.6}


@cache
def _pairs() -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float], dict[str, str]]:
    """(single letters, groups, letter -> all it is confused with)."""
    single: dict[tuple[str, str], float] = {}
    groups: dict[tuple[str, str], float] = {}
    others: dict[str, str] = {}
    for row in read_tsv("ocr_confusions.tsv"):
        left, right, cost = row["left"], row["right"], float(row["cost"])
        if not 0 < cost < 1 or len(left) > 2 or len(right) > 2:
            raise TableBroken(table="ocr_confusions.tsv", row=f"{left} {right}")
        for a, b in ((left, right), (right, left)):
            if len(a) == len(b) == 1:
                single[a, b] = cost
                others[a] = others.get(a, "") + b
            else:
                groups[a, b] = cost
    return single, groups, others


@lru_cache(maxsize=4096)
def _split(c: str) -> tuple[str, str, int, bool]:
    """(base letter in small, quality mark, tone index, capital?)."""
    low = c.lower()
    vowel, tone = TONE_SPLIT.get(low, (low, 0))
    base, quality = _QUALITY.get(vowel, (vowel, ""))
    return base, quality, tone, low != c


@lru_cache(maxsize=65536)
def letter_cost(a: str, b: str) -> float:
    """What it costs to take the one character ``a`` for ``b``; symmetric, 0.0 to 1.0."""
    if a == b:
        return 0.0
    single = _pairs()[0]
    direct = single.get((a, b))
    if direct is not None:
        return direct
    base_a, quality_a, tone_a, upper_a = _split(a)
    base_b, quality_b, tone_b, upper_b = _split(b)
    cost = _CASE if upper_a != upper_b else 0.0
    if base_a != base_b:
        shapes = (
            single.get(
                (base_a.upper() if upper_a else base_a, base_b.upper() if upper_b else base_b)
            ),
            single.get((base_a, base_b)),
        )
        cost += min((s for s in shapes if s is not None), default=1.0)
    if quality_a != quality_b:
        cost += _MARK_TAKEN if quality_a and quality_b else _MARK_LOST
    if tone_a != tone_b:
        if tone_a and tone_b:
            cost += _TONES.get(frozenset((tone_a, tone_b)), 0.35)
        else:
            cost += _DOT_LOST if 5 in (tone_a, tone_b) else _TONE_LOST
    return min(1.0, cost)


def _gap(c: str) -> float:
    return _INSERT_CHEAP.get(c, _INSERT)


def distance(a: str, b: str, limit: float = float("inf")) -> float:
    """Cheapest way to take ``a`` for ``b``: letters, gaps, swapped neighbours, letter groups.

    Symmetric; 0.0 for equal texts. Returns ``inf`` as soon as ``limit`` is surely passed.
    """
    a, b = nfc(a), nfc(b)
    if a == b:
        return 0.0
    if abs(len(a) - len(b)) * 0.15 > limit:
        return float("inf")
    groups = _pairs()[1]
    width = len(b) + 1
    rows: list[list[float]] = []
    first = [0.0] * width
    for j in range(1, width):
        first[j] = first[j - 1] + _gap(b[j - 1])
        if j == 2:
            first[j] = min(first[j], first[1] + _gap(b[1]))
    rows.append(first)
    for i in range(1, len(a) + 1):
        ca = a[i - 1]
        above = rows[i - 1]
        row = [above[0] + _gap(ca)] + [0.0] * (width - 1)
        two_above = rows[i - 2] if i > 1 else None
        pair_a = a[i - 2 : i] if i > 1 else ""
        for j in range(1, width):
            cb = b[j - 1]
            best = above[j - 1] + (0.0 if ca == cb else letter_cost(ca, cb))
            other = above[j] + _gap(ca)
            if other < best:
                best = other
            other = row[j - 1] + _gap(cb)
            if other < best:
                best = other
            pair_b = b[j - 2 : j] if j > 1 else ""
            if pair_b and (ca, pair_b) in groups:
                best = min(best, above[j - 2] + groups[ca, pair_b])
            if two_above is not None:
                if (pair_a, cb) in groups:
                    best = min(best, two_above[j - 1] + groups[pair_a, cb])
                if pair_b:
                    if (pair_a, pair_b) in groups:
                        best = min(best, two_above[j - 2] + groups[pair_a, pair_b])
                    if pair_a == pair_b[::-1]:
                        best = min(best, two_above[j - 2] + 0.7)
            row[j] = best
        rows.append(row)
        # Group operations may reach two rows back, so both must have passed the limit.
        if min(row) > limit and min(above) > limit:
            return float("inf")
    result = rows[-1][-1]
    return result if result <= limit else float("inf")


def similarity(a: str, b: str) -> float:
    """1.0 for equal texts, towards 0.0 the less one can be taken for the other."""
    longest = max(len(a), len(b))
    return max(0.0, 1.0 - distance(a, b) / longest) if longest else 1.0


def closest(
    word: str, candidates: Iterable[str], limit: float = 2.0, count: int = 5
) -> list[tuple[str, float]]:
    """The ``count`` candidates nearest to ``word`` within ``limit``, best first, with costs."""
    found = []
    for candidate in candidates:
        cost = distance(word, candidate, limit)
        if cost <= limit:
            found.append((candidate, cost))
    found.sort(key=lambda pair: (pair[1], pair[0]))
    return found[:count]


@dataclass(frozen=True, slots=True)
class Repair:
    """One likely reading behind a wrong value: ``edits`` like ``O→0@3`` (index from 0)."""

    value: str
    cost: float
    edits: tuple[str, ...]


_DIGITS = "0123456789"


@cache
def _digit_for() -> dict[str, tuple[tuple[str, float], ...]]:
    single = _pairs()[0]
    table: dict[str, list[tuple[str, float]]] = {}
    for (a, b), cost in single.items():
        if b in _DIGITS and a not in _DIGITS:
            table.setdefault(a, []).append((b, cost))
    return {a: tuple(sorted(found, key=lambda p: p[1])) for a, found in table.items()}


def digits_for(c: str) -> tuple[tuple[str, float], ...]:
    """The digits a letter may have been, cheapest first: ``O`` -> ``(("0", 0.1),)``."""
    return _digit_for().get(c, ())


def repairs(
    text: str,
    valid: Callable[[str], bool],
    *,
    digits: Callable[[int], bool] | None = None,
    count: int = 8,
) -> tuple[Repair, ...]:
    """Values that satisfy ``valid`` and may be what ``text`` was before recognition.

    Tried are: every letter in a digit's place taken for its digit, at once (``digits`` tells by
    index where digits belong; all places when None); one confused character; one character too
    many; two neighbours swapped. Cheapest first; ``text`` itself is never among them.
    """
    found: dict[str, Repair] = {}

    def offer(value: str, cost: float, *edits: str) -> None:
        known = found.get(value)
        if value != text and (known is None or cost < known.cost) and valid(value):
            found[value] = Repair(value, round(cost, 3), edits)

    if len(text) > 64:  # no identifier is so long; hostile input must not cost time
        return ()
    all_at_once, total, edits = list(text), 0.0, []
    for i, c in enumerate(text):
        if c not in _DIGITS and (digits is None or digits(i)):
            options = digits_for(c)
            if options:
                all_at_once[i] = options[0][0]
                total += options[0][1]
                edits.append(f"{c}→{options[0][0]}@{i}")
    if edits:
        offer("".join(all_at_once), total, *edits)
    others = _pairs()[2]
    for i, c in enumerate(text):
        for other in others.get(c, ""):
            cost = letter_cost(c, other)
            offer(text[:i] + other + text[i + 1 :], cost, f"{c}→{other}@{i}")
        doubled = i > 0 and text[i - 1] == c
        offer(text[:i] + text[i + 1 :], 0.6 if doubled else _INSERT, f"{c}→∅@{i}")
        if i > 0 and text[i - 1] != c:
            swapped = text[: i - 1] + c + text[i - 1] + text[i + 1 :]
            offer(swapped, 0.7, f"{text[i - 1 : i + 1]}→{c}{text[i - 1]}@{i - 1}")
    ranked = sorted(found.values(), key=lambda r: (r.cost, r.value))
    return tuple(ranked[:count])
