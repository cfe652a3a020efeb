"""The Vietnamese syllable as spelled: onset x glide x nucleus x coda x tone.

A model, not a word list: it knows that stop codas (c, ch, p, t) bear only sắc and nặng, that
k, gh and ngh stand before e, ê, i and c, g, ng everywhere else, that q needs its u, that labials
take no glide. Both tone placements (hòa and hoà) are legal. A few established loans that the
model would refuse are listed by name.

The share of legal syllables in a text (:func:`count_syllables`) is the ground truth by which
OCR output, scanner text layers and legacy charsets are judged.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from sohoa_vietnam.tables import read_tsv
from sohoa_vietnam.text import TONE_SPLIT, TONED, nfc


class Tone(enum.IntEnum):
    """The six tones (thanh điệu), in dictionary order."""

    NGANG = 0
    HUYEN = 1
    HOI = 2
    NGA = 3
    SAC = 4
    NANG = 5


# text.TONED lists marks as ngang, huyền, sắc, hỏi, ngã, nặng.
_TONE_OF_INDEX = (Tone.NGANG, Tone.HUYEN, Tone.SAC, Tone.HOI, Tone.NGA, Tone.NANG)
_INDEX_OF_TONE = {tone: i for i, tone in enumerate(_TONE_OF_INDEX)}


class TonePlacement(enum.StrEnum):
    """Where the tone of an open oa, oe, uy stands: ``new`` hoà, khoẻ, thuý; ``old`` hòa."""

    NEW = "new"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Syllable:
    """One syllable taken apart, all parts as spelled, lower case.

    ``glide`` is ``o`` or ``u`` or empty; ``coda`` a consonant or semivowel. For ``qu`` the
    onset is ``q`` and the glide ``u``; for ``giếng`` the onset is ``gi`` and the nucleus ``iê``.
    """

    onset: str
    glide: str
    nucleus: str
    coda: str
    tone: Tone


# --- rhymes: (glide, nucleus) -> codas -------------------------------------------------------

_RHYMES: dict[tuple[str, str], str] = {
    ("", "a"): "- i o u y c ch m n ng nh p t",
    ("", "ă"): "c m n ng p t",
    ("", "â"): "u y c m n ng p t",
    ("", "e"): "- o c m n ng p t",
    ("", "ê"): "- u ch m n nh p t",
    ("", "i"): "- u ch m n nh p t",
    ("", "ia"): "-",
    ("", "iê"): "u c m n ng p t",
    ("", "o"): "- i c m n ng p t",
    ("", "oo"): "c ng",
    ("", "ô"): "- i c m n ng p t",
    ("", "ơ"): "- i m n p t",
    ("", "u"): "- i c m n ng p t",
    ("", "ua"): "-",
    ("", "uô"): "i c m n ng t",
    ("", "ư"): "- i u c m n ng t",
    ("", "ưa"): "-",
    ("", "ươ"): "i u c m n ng p t",
    ("o", "a"): "- i o y c ch m n ng nh p t",
    ("o", "ă"): "c m n ng p t",
    ("o", "e"): "- o m n t",
    ("u", "â"): "y n ng t",
    ("u", "ê"): "- ch n nh",
    ("u", "ơ"): "- n",
    ("u", "y"): "- ch n nh p t u",
    ("u", "ya"): "-",
    ("u", "yê"): "n t",
}
# After q the glide is always u, and some rhymes exist only there.
_Q_RHYMES: dict[str, str] = {
    "a": "- i o u y c ch m n ng nh p t",
    "ă": "c m n ng p t",
    "â": "u y n ng t p",
    "e": "- o n t m ng",
    "ê": "- u ch n nh t",
    "i": "- ch n nh t",
    "y": "- ch n nh t",
    "yê": "n t",
    "ơ": "- i n t",
    "ô": "c",
}
_STOPS = frozenset({"c", "ch", "p", "t"})
_FRONT = frozenset("eêiy")
_ONSETS = [
    "-",
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "g",
    "gh",
    "gi",
    "h",
    "k",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "ngh",
    "nh",
    "p",
    "ph",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
]
_NO_GLIDE = frozenset({"b", "c", "gh", "gi", "k", "m", "ngh", "p", "ph", "v"})
_Y_FOR_I = frozenset({"h", "k", "l", "m", "n", "s", "t", "th", "v"})
# Loans every newspaper prints though the model has no place for them, taken apart.
_LOANS = (
    ("b", "u", "y", "t"),
    ("ph", "u", "y", ""),
    ("v", "o", "a", "n"),
    ("m", "o", "a", "y"),
)


def _spellable(onset: str, glide: str, nucleus: str) -> bool:
    first = (glide + nucleus)[0]
    if onset in ("k", "gh", "ngh"):
        return first in _FRONT and not glide
    if onset in ("c", "g", "ng") and first in _FRONT:
        return False
    if glide and onset in _NO_GLIDE:
        return False
    # góa and goòng are the only words where g meets a rounded start other than plain vowels
    return not (onset == "g" and glide and nucleus != "a")


def _parts() -> Iterator[tuple[str, Syllable]]:
    """Every (spelling without tone, its parts); tones are put on afterwards."""
    ngang = Tone.NGANG
    for (glide, nucleus), codas in _RHYMES.items():
        for coda in codas.split():
            coda = coda.strip("-")
            for onset in _ONSETS:
                onset = onset.strip("-")
                if not _spellable(onset, glide, nucleus):
                    continue
                spelled = glide + nucleus + coda
                if onset == "gi" and nucleus[0] == "i":
                    spelled = spelled[1:] if nucleus != "ia" else ""  # gi + in = gìn
                    if not spelled and nucleus == "ia":
                        continue  # gi + ia would read as gi + a
                if not onset and nucleus == "iê":
                    if coda in ("c", "p"):
                        continue
                    spelled = "y" + spelled[1:]  # yên, yêu: never iên at the start of a word
                yield onset + spelled, Syllable(onset, glide, nucleus, coda, ngang)
    for onset in ("", *sorted(_Y_FOR_I)):
        yield onset + "y", Syllable(onset, "", "y", "", ngang)
    for nucleus, codas in _Q_RHYMES.items():
        for coda in codas.split():
            coda = coda.strip("-")
            yield "qu" + nucleus + coda, Syllable("q", "u", nucleus, coda, ngang)
    for onset, glide, nucleus, coda in _LOANS:
        yield onset + glide + nucleus + coda, Syllable(onset, glide, nucleus, coda, ngang)


@cache
def _table() -> dict[str, Syllable]:
    table: dict[str, Syllable] = {}
    for spelled, parts in _parts():
        table.setdefault(spelled, parts)
    return table


def _tone_slots(spelled: str, parts: Syllable) -> tuple[int, ...]:
    """Index of the letter that bears the tone: new style first, then old where it differs."""
    start = len(parts.onset)
    if parts.onset == "gi" and parts.nucleus[0] == "i":
        start -= 1  # the i of gi is the nucleus: gì, gìn, giếng
        glide = 0
    else:
        glide = len(parts.glide)
    end = len(spelled) - len(parts.coda)
    vowels = spelled[start + glide : end]
    for i in range(len(vowels) - 1, -1, -1):
        if vowels[i] in "ăâêôơư":
            return (start + glide + i,)
    at = start + glide + (1 if vowels == "oo" else 0)
    if not parts.coda and parts.glide and parts.onset != "q" and len(vowels) == 1:
        return at, at - 1  # hoà, hòa
    return (at,)


def _tones_allowed(parts: Syllable) -> tuple[Tone, ...]:
    return (Tone.SAC, Tone.NANG) if parts.coda in _STOPS else tuple(Tone)


def _with_tone(spelled: str, at: int, tone: Tone) -> str:
    return spelled[:at] + TONED[spelled[at]][_INDEX_OF_TONE[tone]] + spelled[at + 1 :]


@cache
def _legal() -> frozenset[str]:
    return frozenset(
        _with_tone(spelled, at, tone)
        for spelled, parts in _table().items()
        for at in _tone_slots(spelled, parts)
        for tone in _tones_allowed(parts)
    )


def all_legal_syllables(placement: TonePlacement | None = None) -> list[str]:
    """Every legal syllable, lower case, NFC, sorted by code point.

    With ``placement`` one spelling each; without, both spellings of hòa/hoà and their kin.
    """
    if placement is None:
        return sorted(_legal())
    which = 0 if placement is TonePlacement.NEW else -1
    return sorted(
        {
            _with_tone(spelled, _tone_slots(spelled, parts)[which], tone)
            for spelled, parts in _table().items()
            for tone in _tones_allowed(parts)
        }
    )


def _untone(word: str) -> tuple[str, Tone, int] | None:
    """(letters without tone, tone, index of the toned letter); None when two tones stand."""
    letters = []
    tone, at = Tone.NGANG, -1
    for i, c in enumerate(word):
        bare, index = TONE_SPLIT.get(c, (c, 0))
        letters.append(bare)
        if index:
            if at >= 0:
                return None
            tone, at = _TONE_OF_INDEX[index], i
    return "".join(letters), tone, at


#: No syllable is longer, even decomposed; longer tokens are never kept in a cache.
_LONGEST = 16


@lru_cache(maxsize=65536)
def _is_legal(word: str) -> bool:
    return nfc(word).lower() in _legal()


def is_legal(word: str) -> bool:
    """Whether ``word`` is one legal Vietnamese syllable (any case, composed or not)."""
    return len(word) <= _LONGEST and _is_legal(word)


def parse_syllable(word: str) -> Syllable | None:
    """The parts of ``word``, or None when it is not one legal syllable."""
    low = nfc(word).lower()
    if low not in _legal():
        return None
    bare = _untone(low)
    if bare is None:  # pragma: no cover - legal syllables bear at most one tone
        return None
    spelled, tone, _ = bare
    p = _table()[spelled]
    return Syllable(p.onset, p.glide, p.nucleus, p.coda, tone)


_LETTERS_RE = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W\d_]*)*")


def _copy_case(model: str, word: str) -> str:
    return "".join(c.upper() if m.isupper() else c for m, c in zip(model, word, strict=True))


def respell(text: str, placement: TonePlacement) -> str:
    """``text`` (NFC) with the tone of every legal open oa, oe, uy moved to one placement.

    For building search terms and for texts of one's own. Never for a legal name, which keeps
    the spelling it was registered with; compare those with :func:`sohoa_vietnam.text.match_key`.
    """
    which = 0 if placement is TonePlacement.NEW else -1

    def one(match: re.Match[str]) -> str:
        word = match.group()
        low = word.lower()
        if len(low) != len(word) or low not in _legal():
            return word
        bare = _untone(low)
        if bare is None or bare[2] < 0:
            return word
        spelled, tone, _ = bare
        slots = _tone_slots(spelled, _table()[spelled])
        if len(slots) == 1:
            return word
        # Case belongs to the place in the word, not to the letter that bears the tone.
        return _copy_case(word, _with_tone(spelled, slots[which], tone))

    return _LETTERS_RE.sub(one, nfc(text))


# --- how Vietnamese is a text? ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SyllableCount:
    """Tokens of a text: legal syllables, letter tokens that are none, and those not judged
    (digits, abbreviations, single letters, known loans)."""

    legal: int
    illegal: int
    ignored: int

    @property
    def share(self) -> float:
        """Legal among judged, 0.0 to 1.0; 0.0 when nothing could be judged."""
        judged = self.legal + self.illegal
        return self.legal / judged if judged else 0.0


_TOKEN_RE = re.compile(r"[\w\u0300-\u036f\u00ad¡-¿]+")
_LEGAL, _ILLEGAL, _IGNORED, _CAPITALS = range(4)
_HAS_VOWEL = frozenset("aeiouy") | frozenset(TONE_SPLIT)


@cache
def _not_judged() -> frozenset[str]:
    """Abbreviations and loans of administrative texts, from ``data/not_judged.tsv``."""
    return frozenset(row["token"].lower() for row in read_tsv("not_judged.tsv"))


@lru_cache(maxsize=131072)
def _judge(token: str) -> int:
    word = nfc(token)
    low = word.lower()
    if low in _legal() and (len(word) > 1 or not word.isascii()):
        return _LEGAL
    if len(word) == 1 and (word.isascii() or word in "đĐ"):
        return _IGNORED
    if low in _not_judged() or not any(map(str.isalpha, word)):
        return _IGNORED
    if any(map(str.isdecimal, word)) and word.upper() == word:
        return _IGNORED  # 15, 2020, A4, KQ003204
    if word.isupper():
        if len(word) <= 8 and word.isalpha() and _HAS_VOWEL.isdisjoint(low):
            return _IGNORED  # QĐ, HĐND, CCCD
        if len(word) <= 5 and word.isalpha():
            return _CAPITALS  # UBND in running text; in an all-capitals text simply wrong
    return _ILLEGAL


def count_syllables(text: str) -> SyllableCount:
    """Judge every token of ``text``; robust to digits, abbreviations and capitals."""
    tally = [0, 0, 0, 0]
    for token in _TOKEN_RE.findall(text):
        tally[_judge(token) if len(token) <= 64 else _ILLEGAL] += 1
    legal, illegal, ignored, capitals = tally
    if capitals:
        if any(c.islower() for c in text):
            ignored += capitals
        else:
            illegal += capitals
    return SyllableCount(legal, illegal, ignored)


def legal_syllable_share(text: str) -> float:
    """Share of legal Vietnamese syllables among the words of ``text``, 0.0 to 1.0.

    Running Vietnamese administrative text gives 0.97 and more, English about 0.15, text in the
    wrong charset under 0.5. A text without any word to judge gives 0.0: ask
    :func:`count_syllables` when "nothing" and "nothing legal" differ.
    """
    return count_syllables(text).share
