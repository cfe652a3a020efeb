"""In which charset is a column written? Decided on the column, never on one cell.

Every candidate decodes every word that carries evidence (non-ASCII characters, or VIQR
spellings), and is scored by the share of legal Vietnamese syllables that come out. The winner
must be good (``ACCEPT``) and clearly better than every rival that reads differently
(``MARGIN``); else the answer is *ask*. Text that is good as it stands is never suspected.

A column may be mixed: some values already Unicode, others still legacy. Then each value has
one good reading, and those that are good both ways (``Lê`` is ``Lờ`` in TCVN3) stay questions.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from sohoa_vietnam.charsets.base import TABLE_VERSION
from sohoa_vietnam.charsets.mangled import Reading, to_bytes
from sohoa_vietnam.charsets.registry import CHARSETS
from sohoa_vietnam.charsets.viqr import decode_loose
from sohoa_vietnam.syllables import count_syllables
from sohoa_vietnam.text import nfc

#: The name given to text that needs no table: UTF-8 bytes, or clean Unicode text.
UNICODE = "unicode"
#: UTF-8 bytes that were read as CP1252 and stored as text.
UTF8_MANGLED = "utf-8"
ACCEPT = 0.9
MARGIN = 0.1
#: With fewer words of evidence a legacy charset is never decided on, only asked about.
ENOUGH_WORDS = 5
#: Words looked at most; more add time, not certainty.
SAMPLE_WORDS = 4000


class Status(enum.StrEnum):
    """Outcome: one charset; two in one column; a person must choose; nothing to decide on."""

    DECIDED = "decided"
    MIXED = "mixed"
    ASK = "ask"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read the column. ``score`` is the share of legal syllables among ``words``
    pieces of evidence, ``undecodable`` how many of them cannot be read so at all."""

    charset: str
    reading: Reading
    score: float
    words: int
    undecodable: int


@dataclass(frozen=True, slots=True)
class Detection:
    """The decision about a column, fit to be kept with the data it was applied to.

    ``margin`` is the distance to the best rival that reads anything differently. For a mixed
    column ``charset`` is the legacy part; ``as_is``, ``legacy``, ``either`` and ``neither``
    count the values that carry evidence by which reading makes them legal.
    """

    status: Status
    charset: str | None
    reading: Reading
    score: float
    margin: float
    candidates: tuple[Candidate, ...]
    values: int
    as_is: int = 0
    legacy: int = 0
    either: int = 0
    neither: int = 0
    table_version: str = TABLE_VERSION


Value = str | bytes
# Not at U+00A0: in UTF-8 read as CP1252 it is half of a letter.
_SPACE_TEXT = re.compile(r"[ \t\r\n\x00]+")
# NUL is the padding of old record formats.
_SPACE_BYTES = re.compile(rb"[ \t\r\n\x00]+")
# Signs of VIQR that plain ASCII text hardly has: a final full stop or question mark is none.
_VIQR_HINT = re.compile(
    r"[aeoAEO]\^|[aA]\([a-z`'?~.]|[ouOU][+*](?![0-9])|[aeiouyAEIOUY][`~]|[aeiouy][.?'](?=[a-z])"
    r"|[AEIOUY][.?'](?=[A-Z]{2})|^[dD]{2}(?=[aeiouyAEIOUY])"
)
_CONTROL = re.compile(r"[\x00-\x1f]")
_ADDRESS = re.compile(r"@|//|www\.", re.IGNORECASE)


def decode_word(word: Value, name: str, reading: Reading) -> str | None:
    """``word`` read by one candidate; None when it cannot be read so."""
    if name == UNICODE:
        if isinstance(word, str):
            return nfc(word)
        try:
            return nfc(word.decode("utf-8"))
        except UnicodeDecodeError:
            return None
    if isinstance(word, str):
        if name == "viqr":
            return decode_loose(word).text if word.isascii() else None
        data = to_bytes(word, reading)
        if data is None:
            return None
    else:
        data = word
    try:
        if name == UTF8_MANGLED:
            return nfc(data.decode("utf-8"))
        if name == "viqr":
            return decode_loose(data.decode("ascii")).text
        return CHARSETS[name].decode(data)
    except UnicodeError:
        return None


_LEGACY_BYTES = tuple((name, Reading.NONE) for name in CHARSETS)
_LEGACY_TEXT = (
    *(
        (name, reading)
        for reading in (Reading.WESTERN, Reading.CP1258)
        for name in ("tcvn3", "vni", "viscii", "vps")
    ),
    ("cp1258-nfc", Reading.WESTERN),
    (UTF8_MANGLED, Reading.WESTERN),
    ("viqr", Reading.NONE),
)


@lru_cache(maxsize=65536)
def _judge(word: Value, name: str, reading: Reading) -> tuple[float, float, str | None]:
    """(legal weight, judged weight, text) of one word under one candidate."""
    text = decode_word(word, name, reading)
    if text is None:
        return 0.0, 1.0, None
    if name == UNICODE and text.isascii() and _VIQR_HINT.search(text):
        return 0.0, 1.0, text  # "Ho^`" is no word, though its letters alone would be one
    count = count_syllables(text)
    judged = count.legal + count.illegal
    if not judged:
        # Nothing but signs: harmless where ASCII or punctuation, suspicious where letters
        # turned into symbols.
        strange = any(c > "\x7f" for c in text)
        return (0.0, 0.5, text) if strange else (0.0, 0.0, text)
    legal = float(count.legal)
    # Capitals inside small letters are a wrong table's work, except in TCVN3, where small
    # toned vowels stand among capitals by design.
    if name != "tcvn3" and _odd_case(text):
        legal *= 0.5
    if any(c < " " or "\x7f" <= c < "\xa0" for c in text):
        legal *= 0.5
    return legal, float(judged), text


def _odd_case(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return any(a.islower() and b.isupper() for a, b in pairwise(letters))


def _split(value: Value) -> list[Value]:
    # A word of more than 80 is no word; its beginning shows the charset as well.
    if isinstance(value, str):
        return [w[:80] for w in _SPACE_TEXT.split(value[:2000]) if w]
    return [w[:80] for w in _SPACE_BYTES.split(value[:2000]) if w]


def _shown(word: Value) -> str:
    return word if isinstance(word, str) else word.decode("latin-1")


def _has_evidence(word: Value) -> bool:
    if not word.isascii():
        return True
    text = _shown(word)
    if _CONTROL.search(text):
        return True
    return _VIQR_HINT.search(text) is not None and not _ADDRESS.search(text)


def _score(words: Counter[Value], name: str, reading: Reading) -> Candidate:
    legal = judged = 0.0
    undecodable = 0
    for word, times in words.items():
        good, all_, text = _judge(word, name, reading)
        legal += good * times
        judged += all_ * times
        undecodable += times if text is None else 0
    return Candidate(name, reading, legal / judged if judged else 0.0, words.total(), undecodable)


def _one_reading_each(legacy: list[Candidate], doubtful: Counter[Value]) -> list[Candidate]:
    """Of two readings of one charset, the one that can read more of the doubtful words.

    They differ only in a handful of positions, so they are no rivals of each other; words that
    are fine as they stand must not weigh in, or the clean half of a mixed column would choose.
    """
    best: dict[str, tuple[tuple[int, float], Candidate]] = {}
    for candidate in legacy:
        seen = _score(doubtful, candidate.charset, candidate.reading)
        rank = (seen.undecodable, -seen.score)
        if candidate.charset not in best or rank < best[candidate.charset][0]:
            best[candidate.charset] = (rank, candidate)
    return [candidate for _, candidate in best.values()]


def _reads_the_same(words: Iterable[Value], a: Candidate, b: Candidate) -> bool:
    return all(
        _judge(w, a.charset, a.reading)[2] == _judge(w, b.charset, b.reading)[2] for w in words
    )


def _good(words: Sequence[Value], name: str, reading: Reading) -> bool:
    legal = judged = 0.0
    for word in words:
        good, all_, text = _judge(word, name, reading)
        if text is None:
            return False
        legal += good
        judged += all_
    return judged > 0 and legal / judged >= ACCEPT


def _sample(values: Sequence[Value | None]) -> list[Value]:
    """At most SAMPLE_WORDS values, spread evenly over the column, never the head alone."""
    step = max(1, -(-len(values) // SAMPLE_WORDS))
    return [v for v in values[::step] if v]


def detect(values: Sequence[Value | None]) -> Detection:
    """Decide on the charset of a column of values (all text, or all bytes as stored).

    Empty values and None (NULL) are skipped. Text values may be clean, decomposed or mangled;
    byte values are UTF-8 or one of the legacy charsets. Never raises on any content.
    """
    sample = _sample(values)
    per_value = [[w for w in _split(v) if _has_evidence(w)] for v in sample]
    words: Counter[Value] = Counter(w for ws in per_value for w in ws)
    if not words:
        none = Candidate(UNICODE, Reading.NONE, 1.0, 0, 0)
        return Detection(Status.NOTHING, UNICODE, Reading.NONE, 1.0, 1.0, (none,), len(values))
    of_bytes = isinstance(next(iter(words)), bytes)
    as_is = _score(words, UNICODE, Reading.NONE)
    ways: tuple[tuple[str, Reading], ...] = _LEGACY_BYTES if of_bytes else _LEGACY_TEXT
    if all(w.isascii() and not _CONTROL.search(_shown(w)) for w in words):
        ways = (("viqr", Reading.NONE),)  # nothing else reads plain ASCII differently
    legacy = [_score(words, n, r) for n, r in ways]
    carriers = [ws for ws in per_value if ws]
    stands = [_good(ws, UNICODE, Reading.NONE) for ws in carriers]
    rest = [ws for ws, fine in zip(carriers, stands, strict=True) if not fine]
    legacy = _one_reading_each(legacy, Counter(w for ws in rest for w in ws))
    legacy.sort(key=lambda c: -c.score)
    ranked = tuple(sorted((as_is, *legacy), key=lambda c: -c.score))
    best = legacy[0]
    rival = next((c for c in legacy[1:] if not _reads_the_same(words, best, c)), None)
    rivals = [as_is.score, rival.score if rival else 0.0]

    def result(status: Status, won: Candidate, margin: float) -> Detection:
        return Detection(status, won.charset, won.reading, won.score, margin, ranked, len(values))

    if as_is.score >= ACCEPT and sum(stands) >= 0.98 * len(carriers):
        return result(Status.DECIDED, as_is, as_is.score - best.score)
    enough = words.total() >= ENOUGH_WORDS
    if enough and best.score >= ACCEPT and as_is.score < best.score - MARGIN:
        margin = best.score - max(rivals)
        if margin >= MARGIN and not any(stands):
            return result(Status.DECIDED, best, margin)
    mixed = _mixture(carriers, rest, stands, legacy, result)
    if mixed is not None:
        return mixed
    if enough and best.score >= ACCEPT and best.score - max(rivals) >= MARGIN:
        return result(Status.DECIDED, best, best.score - max(rivals))
    explained = max(sum(_good(ws, c.charset, c.reading) for ws in rest) for c in legacy)
    strays = as_is.score >= ACCEPT and (explained < 2 or explained < 0.4 * len(rest))
    if strays or (explained < 0.4 * len(rest) and best.score < 0.6):
        # Foreign names and noise: no table does better than leaving the text alone. A single
        # legacy value among clean ones is left to ``stray``.
        return result(Status.DECIDED, as_is, as_is.score - best.score)
    return result(Status.ASK, best, best.score - max(rivals))


def _mixture(
    carriers: list[list[Value]],
    rest: list[list[Value]],
    stands: list[bool],
    legacy: list[Candidate],
    result: Callable[[Status, Candidate, float], Detection],
) -> Detection | None:
    """A column in two minds: each value good as it stands or under one legacy reading."""
    if not rest or not any(stands):
        return None
    by_count = sorted(
        ((sum(_good(ws, c.charset, c.reading) for ws in rest), c) for c in legacy),
        key=lambda pair: -pair[0],
    )
    reached, chosen = by_count[0]
    if reached < 2 or reached < 0.8 * len(rest) or reached < 0.02 * len(carriers):
        return None
    flat = [w for ws in rest for w in ws]
    second = next((n for n, c in by_count[1:] if not _reads_the_same(flat, chosen, c)), 0)
    margin = (reached - second) / len(rest)
    good = [_good(ws, chosen.charset, chosen.reading) for ws in carriers]
    pairs = list(zip(stands, good, strict=True))
    as_is = pairs.count((True, False))
    by_table = pairs.count((False, True))
    # Where hardly a value stands only as it is, "either" is coincidence: the column is legacy.
    if as_is == 0 or as_is < 0.02 * by_table:
        if chosen.score < ACCEPT or margin < MARGIN:
            return None
        status = Status.DECIDED
    else:
        status = Status.MIXED if margin >= MARGIN else Status.ASK
    return replace(
        result(status, chosen, margin),
        as_is=as_is,
        legacy=by_table,
        either=pairs.count((True, True)),
        neither=pairs.count((False, False)),
    )


def stray(value: Value) -> tuple[str, Reading, str] | None:
    """A single value that is wrong as it stands but right under a legacy charset.

    For columns decided as Unicode: one mangled row among thousands is too few to sway the
    column, yet should be seen. Gives (charset, reading, text), or None; asks for two words of
    evidence, because a foreign name may pass for one.
    """
    words = [w for w in _split(value) if _has_evidence(w)]
    if len(words) < 2 or _good(words, UNICODE, Reading.NONE):
        return None
    for name, reading in _LEGACY_BYTES if isinstance(value, bytes) else _LEGACY_TEXT:
        if _good(words, name, reading):
            text = decode_word(value, name, reading)
            if text is not None:
                return name, reading, text
    return None
