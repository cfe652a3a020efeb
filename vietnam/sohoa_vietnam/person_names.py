"""Person names: family (họ), middle (chữ đệm) and given name (tên), and what a match is worth.

Vietnamese names run family - middle - given and are sorted and addressed by the given name. The
split is a reading aid with a confidence; matching should use the whole name. Minority names
(``Y Bhăm Niê``, ``H'Hen Niê``, ``Giàng A Páo``, ``K'Brel``) keep apostrophes, single letters
and their own order, and are never "corrected".

Frequencies (``data/name_frequencies.tsv``) tell how much two people sharing a name says:
Nguyễn is about three in ten, so agreeing on it says little. They weigh; they prove nothing.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from sohoa_vietnam.confusion import Repair, closest, distance
from sohoa_vietnam.messages import N_, Problem, Severity
from sohoa_vietnam.tables import read_tsv
from sohoa_vietnam.text import collapse_spaces, match_key, nfc, plain, strip_controls

_LIMIT = 150
#: Percent assumed for a name the table does not have.
_RARE = 0.01
_HONORIFICS = frozenset(
    map(match_key, ("ông", "bà", "anh", "chị", "cụ", "cháu", "em", "mr", "ms", "mrs"))
)
_ALLOWED = re.compile(r"[^\W\d_]+(?:['’ʼ.\-][^\W\d_]*)*|['’ʼ]?[^\W\d_]+['’ʼ]?")
_PARENTHESIS = re.compile(r"\s*\(([^()]*[^\W\d_][^()]*)\)\s*")
_OTHER_NAME = re.compile(
    r"\s*(?:,|;|\(|\s-)?\s*(?:tên\s+gọi\s+khác|tên\s+khác|tức|bí\s+danh|tên\s+thường\s+gọi)"
    r"\s*:?\s*(?P<other>[^()]+)\)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as read.

    ``full`` is the stored form (NFC, single spaces, case as given); ``family``, ``middle`` and
    ``given`` its reading with ``confidence`` 0.0 to 1.0; ``title`` an honorific that stood
    before it; ``other_name`` an alias the text adds (``tức``, ``bí danh``). ``repairs`` are
    likely readings when the family name looks misread.
    """

    raw: str
    full: str
    family: str
    middle: str
    given: str
    confidence: float
    title: str = ""
    other_name: str = ""
    problems: tuple[Problem, ...] = ()
    repairs: tuple[Repair, ...] = ()


@cache
def _tables() -> Mapping[tuple[str, str], Mapping[str, float]]:
    """(kind, sex or "-") -> match key -> percent."""
    tables: dict[tuple[str, str], dict[str, float]] = {}
    for row in read_tsv("name_frequencies.tsv"):
        table = tables.setdefault((row["kind"], row["sex"]), {})
        key = match_key(row["name"])
        table[key] = table.get(key, 0.0) + float(row["percent"])
    return tables


@cache
def _families() -> Mapping[str, str]:
    """Match key -> family name as written."""
    rows = read_tsv("name_frequencies.tsv")
    return {match_key(r["name"]): r["name"] for r in rows if r["kind"] == "family"}


def family_percent(name: str) -> float:
    """Percent of people with this family name; 0.01 for one the table does not have."""
    return _tables()["family", "-"].get(match_key(name), _RARE)


def given_percent(name: str, sex: str | None = None) -> float:
    """Percent of men, of women, or (``sex`` None) of all with this given name."""
    return _part_percent("given", name, sex)


def middle_percent(name: str, sex: str | None = None) -> float:
    """Percent with this word as (part of) their middle name; see :func:`given_percent`."""
    return _part_percent("middle", name, sex)


def _part_percent(kind: str, name: str, sex: str | None) -> float:
    key = match_key(name)
    if sex is not None:
        return _tables()[kind, sex].get(key, _RARE)
    both = [_tables()[kind, s].get(key, 0.0) for s in ("male", "female")]
    return max(sum(both) / 2, _RARE)


def _problem(code: str, severity: Severity, message: str, **args: str) -> Problem:
    return Problem(f"name.{code}", severity, message, args)


def split_name(raw: str) -> PersonName:
    """Read a person's name; never raises, an unusable one carries an error."""
    return _split_cached(raw) if len(raw) <= _LIMIT else _split(raw)


def _split(raw: str) -> PersonName:
    problems: list[Problem] = []
    stripped = strip_controls(raw[:_LIMIT], soft_hyphens=True)
    if stripped.removed:
        names = ", ".join(sorted({r.name for r in stripped.removed}))
        message = N_("Invisible characters were left out: {names}.")
        problems.append(_problem("invisible", Severity.INFO, message, names=names))
    text = collapse_spaces(nfc(stripped.text)).strip(" .,;:/|_*")
    text, other = _take_aliases(text)
    words = text.split()
    title = ""
    # "Bà" is an honorific before a family name, but nothing else stands before a single word.
    if (
        len(words) > 2
        and match_key(words[0].rstrip(".:")) in _HONORIFICS
        and match_key(words[1]) in _families()
    ):
        title, words = words[0].rstrip(".:"), words[1:]
    full = " ".join(words)
    if not words:
        problems.append(_problem("empty", Severity.ERROR, N_("There is no name.")))
        return PersonName(raw, "", "", "", "", 0.0, title, other, tuple(problems))
    if any(map(str.isdigit, full)):
        message = N_("There are digits in the name “{name}”.")
        problems.append(_problem("digits", Severity.WARNING, message, name=full))
    elif not all(_ALLOWED.fullmatch(w) for w in words):
        message = N_("There are characters in “{name}” that no name has.")
        problems.append(_problem("characters", Severity.WARNING, message, name=full))
    if len(words) > 7:
        message = N_("“{name}” has {count} words; that may be more than one name.")
        problems.append(
            _problem("long", Severity.REVIEW, message, name=full, count=str(len(words)))
        )
    if len(words) == 1:
        message = N_("“{name}” is a single word; family or given name is missing.")
        problems.append(_problem("single", Severity.REVIEW, message, name=full))
        return PersonName(raw, full, "", "", full, 0.3, title, other, tuple(problems))
    size, confidence = _family_size(words)
    repairs: tuple[Repair, ...] = ()
    if confidence < 0.5:
        repairs = _family_repairs(words)
        if repairs:
            message = N_("“{name}” is no known family name; it may be misread.")
            problems.append(_problem("family", Severity.REVIEW, message, name=words[0]))
    return PersonName(
        raw,
        full,
        " ".join(words[:size]),
        " ".join(words[size:-1]),
        words[-1],
        confidence,
        title,
        other,
        tuple(problems),
        repairs,
    )


_split_cached = lru_cache(maxsize=65536)(_split)


def _take_aliases(text: str) -> tuple[str, str]:
    """(the name alone, other names it gave in words or brackets)."""
    others: list[str] = []
    while True:
        if alias := _OTHER_NAME.search(text):
            others.append(alias["other"].strip())
            text = text[: alias.start()]
        elif aside := _PARENTHESIS.search(text):
            others.append(aside[1].strip())
            text = f"{text[: aside.start()]} {text[aside.end() :]}"
        else:
            return text, ", ".join(others)
        text = collapse_spaces(text).strip(" .,;:/|_*(-")


def _family_size(words: list[str]) -> tuple[int, float]:
    """How many words the family name takes, and how sure that is."""
    families = _families()
    for size in (4, 3, 2):
        if len(words) > size and match_key(" ".join(words[:size])) in families:
            return size, 0.9
    first = match_key(words[0])
    # Y Bhăm Niê, H'Hen Niê: the clan name stands last; the order is kept, the reading doubtful.
    if len(words[0]) == 1 or first.startswith(("h'", "k'")):
        return 1, 0.5
    if first in families:
        return 1, 0.95
    return 1, 0.4


@lru_cache(maxsize=16384)
def _likely_families(word: str) -> tuple[tuple[str, float], ...]:
    """Known family names a misread one may have been: (name, cost), likeliest first."""
    upper = word.isupper()
    candidates = [n.upper() if upper else n for n in _families().values() if " " not in n]
    near = [pair for pair in closest(word, candidates, limit=0.55, count=8) if pair[1]]
    # Between equally near names the frequent one is likelier.
    near.sort(key=lambda pair: pair[1] - 0.05 * math.log10(family_percent(pair[0]) / _RARE))
    return tuple(near[:3])


def _family_repairs(words: list[str]) -> tuple[Repair, ...]:
    if len(words[0]) > 20:
        return ()
    rest = " ".join(words[1:])
    return tuple(
        Repair(f"{name} {rest}", round(cost, 3), (f"{words[0]}→{name}@0",))
        for name, cost in _likely_families(words[0])
    )


#: A wrong letter is as unlikely as a name that so many times fewer people bear.
_WRONG_LETTER = 25.0


@lru_cache(maxsize=4096)
def likely_family(word: str) -> str | None:
    """The family name that a badly read ``word`` most probably was, for a person to confirm.

    What was misread weighs against how many people bear the name: ``Nũ`` was ``Vũ``. None
    where nothing is near, or where another name is a third as likely.
    """
    if len(word) > 20:
        return None
    limit = 1.2 if len(word) < 4 else 0.36 * len(word)
    weighed = sorted(
        (family_percent(name) * _WRONG_LETTER**-cost, name)
        for name in _families().values()
        if (cost := distance(word.capitalize(), name, limit)) <= limit
    )
    if not weighed or (len(weighed) > 1 and weighed[-2][0] * 3 > weighed[-1][0]):
        return None
    best = weighed[-1][1]
    return best.upper() if word.isupper() else best


_LETTER_RUN = re.compile(r"[^\W\d_]+")


def title_case(name: str) -> str:
    """``NGUYỄN THỊ H'MÔNG`` -> ``Nguyễn Thị H'Mông``; for showing, not for storing."""
    return _LETTER_RUN.sub(lambda m: m.group()[0].upper() + m.group()[1:].lower(), nfc(name))


def rarity(name: PersonName) -> float:
    """Bits of information in a name: how surprising it is that two strangers share it.

    ``Nguyễn Văn Hùng`` gives about 11, a rare name 30 and more. Words of the middle name count
    half: they follow sex, generation and family, so they are far from independent.
    """
    bits = -math.log2(min(family_percent(name.family), 99.0) / 100) if name.family else 0.0
    bits += -math.log2(given_percent(name.given) / 100)
    for word in name.middle.split():
        bits += -math.log2(middle_percent(word) / 100) / 2
    return round(bits, 2)


class NameMatch(enum.StrEnum):
    """How two names agree, from the same letters to nothing in common."""

    SAME = "same"
    SPELLING = "spelling"  # tone placement, i/y, case
    ACCENTS = "accents"  # equal once accents fall away
    MISREAD = "misread"  # within what recognition confuses
    INITIALS = "initials"  # one is the other abbreviated: Ng. V. Hùng
    PART = "part"  # one lacks words of the other
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class NameComparison:
    """``match``, its cost in edits (0 to inf), and the bits that the agreement is worth."""

    match: NameMatch
    cost: float
    bits: float


def compare_names(a: str, b: str) -> NameComparison:
    """Compare two full names as wholes; see :class:`NameMatch`."""
    one, two = split_name(a), split_name(b)
    if not one.full or not two.full:
        return NameComparison(NameMatch.DIFFERENT, math.inf, 0.0)
    bits = min(rarity(one), rarity(two))
    if one.full == two.full:
        return NameComparison(NameMatch.SAME, 0.0, bits)
    if match_key(one.full) == match_key(two.full):
        return NameComparison(NameMatch.SPELLING, 0.0, bits)
    bare = plain(one.full)
    if bare == plain(two.full) and bare in (_caseless(one.full), _caseless(two.full)):
        # One side was written without accents, so part of the information is lost.
        return NameComparison(NameMatch.ACCENTS, 0.5, round(bits * 0.7, 2))
    words_a, words_b = plain(one.full).split(), plain(two.full).split()
    if _abbreviates(words_a, words_b) or _abbreviates(words_b, words_a):
        return NameComparison(NameMatch.INITIALS, 1.0, round(bits * 0.4, 2))
    cost = distance(title_case(one.full), title_case(two.full), limit=3.0)
    if cost <= 0.2 * max(len(words_a), len(words_b)) + 0.2:
        return NameComparison(NameMatch.MISREAD, round(cost, 3), round(bits * 0.6, 2))
    short, long = sorted((words_a, words_b), key=len)
    if len(short) < len(long) and len(short) > 1 and _is_part(short, long):
        return NameComparison(NameMatch.PART, float(len(long) - len(short)), round(bits * 0.5, 2))
    return NameComparison(NameMatch.DIFFERENT, round(cost, 3), 0.0)


def _caseless(name: str) -> str:
    """The name without case, but with its accents: equal to ``plain`` only if it has none."""
    return collapse_spaces(nfc(name)).casefold()


def _abbreviates(short: list[str], long: list[str]) -> bool:
    """Every word the same or an initial with a dot; the given name written out."""
    if len(short) != len(long) or short[-1] != long[-1]:
        return False
    dotted = [w.endswith(".") for w in short]
    return any(dotted) and all(
        b.startswith(a[:-1]) if dot else a == b
        for a, b, dot in zip(short, long, dotted, strict=True)
    )


def _is_part(short: list[str], long: list[str]) -> bool:
    if short[0] != long[0] or short[-1] != long[-1]:
        return False
    rest = iter(long)
    return all(word in rest for word in short)


def sex_hint(name: PersonName) -> tuple[str, float] | None:
    """(``male`` or ``female``, 0.5 to 1.0) as the name suggests, or None.

    For finding misread fields only: a name never decides about a person.
    """
    odds = 0.0
    middle = name.middle.split()
    for kind, word in (("given", name.given), *(("middle", w) for w in middle)):
        key = match_key(word)
        male = _tables()[kind, "male"].get(key, 0.0)
        female = _tables()[kind, "female"].get(key, 0.0)
        if male or female:
            odds += math.log((male + 0.05) / (female + 0.05))
    if abs(odds) < 0.7:
        return None
    sure = 1 / (1 + math.exp(-abs(odds)))
    return ("male" if odds > 0 else "female"), round(sure, 3)
