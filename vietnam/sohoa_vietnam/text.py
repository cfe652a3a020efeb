"""Text as Vietnamese systems store it: one stored form, and keys that compare.

Guarantees, each held by a property test over any Unicode text:

* :func:`nfc` is idempotent and changes no letter: it composes (TCVN 6909:2001 asks for the
  composed form), repairs combining marks in the wrong order, which NFC leaves alone, and turns
  the Icelandic ``Ð``/``ð`` and African ``Ɖ``/``ɖ`` into ``Đ``/``đ`` where a Vietnamese word
  stands. It never moves a tone mark from one vowel to another: ``hoà`` and ``hòa`` are two
  spellings a legal name may have.
* :func:`plain` and :func:`match_key` are keys to compare with, never values to store;
  ``key(x) == key(nfc(x)) == key(key(x))``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

#: Tone marks by name of the tone: huyền, sắc, hỏi, ngã, nặng (ngang has none).
TONE_MARKS = {
    "huyen": "\u0300",
    "sac": "\u0301",
    "hoi": "\u0309",
    "nga": "\u0303",
    "nang": "\u0323",
}
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_BASE_VOWELS = "aăâeêioôơuưy"

# --- composed letters, once ------------------------------------------------------------------

#: ``TONED["ê"]`` is ``"êềếểễệ"``: the vowel with no tone, huyền, sắc, hỏi, ngã, nặng.
TONED: dict[str, str] = {
    v: v + "".join(unicodedata.normalize("NFC", v + t) for t in _TONES) for v in _BASE_VOWELS
}
#: Every toned lower-case vowel -> (vowel without tone, index of the tone 0-5).
TONE_SPLIT: dict[str, tuple[str, int]] = {
    c: (v, i) for v, row in TONED.items() for i, c in enumerate(row)
}
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyzđ") | frozenset(TONE_SPLIT)
#: All letters of Vietnamese text, both cases (f, j, w, z included: foreign names use them).
VIETNAMESE_LETTERS = _LOWER | frozenset(c.upper() for c in _LOWER)
#: Letters that, among living orthographies in Latin script, mark text as Vietnamese.
_ONLY_VIETNAMESE = frozenset(
    c
    for c in VIETNAMESE_LETTERS
    if c in "đĐăĂơƠưƯ" or (0x1EA0 <= ord(c) <= 0x1EF9 and c not in "ẼẽỸỹ")
)

# NFC leaves tone-before-circumflex (or breve) as "á" + U+0302; these are the composed letters.
_WRONG_ORDER: dict[str, str] = {}
for _quality, _mark in (("âêô", "\u0302"), ("ă", "\u0306")):
    for _v in _quality + _quality.upper():
        _bare = unicodedata.normalize("NFD", _v)[0]
        for _t in _TONES:
            _seen = unicodedata.normalize("NFC", _bare + _t + _mark)
            _meant = unicodedata.normalize("NFC", _v + _t)
            if _seen != _meant:
                _WRONG_ORDER[_seen] = _meant
_WRONG_ORDER_RE = re.compile("|".join(map(re.escape, _WRONG_ORDER)))

_ETH = {"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ"}
_ETH_TABLE = str.maketrans(_ETH)
_ETH_RE = re.compile("[ÐðƉɖ]")
# \w without digits and underscore, plus the combining marks that a broken text leaves behind.
# Every run is matched, not only those with an eth: looking ahead for one would cost the square.
_RUN_RE = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+")
_NOT_VIETNAMESE = re.compile("[þÞæÆœŒøØ]")
_VOWEL_RE = re.compile(r"[aeiouy]", re.IGNORECASE)


def _eth_run(match: re.Match[str]) -> str:
    run = match.group()
    if not _ETH_RE.search(run) or _NOT_VIETNAMESE.search(run):
        return run
    # Icelandic and Faroese words never begin with eth; Vietnamese Đ stands almost only there,
    # or inside abbreviations without a vowel (QĐ, HĐND, QSDĐ).
    if (
        run[0] in _ETH
        or not _ONLY_VIETNAMESE.isdisjoint(run)
        or not _VOWEL_RE.search(unicodedata.normalize("NFD", run))
    ):
        return run.translate(_ETH_TABLE)
    return run


def nfc(s: str) -> str:
    """The stored form of ``s``: composed, marks in order, ``Đ`` where ``Ð`` was meant.

    Fast for text that is already clean. Does not trim, change case, move tones or remove
    control characters (see :func:`strip_controls`).
    """
    if s.isascii():
        return s
    out = unicodedata.normalize("NFC", s)
    if "\u0302" in out or "\u0306" in out:
        out = _WRONG_ORDER_RE.sub(lambda m: _WRONG_ORDER[m.group()], out)
    if _ETH_RE.search(out):
        out = _RUN_RE.sub(_eth_run, out)
    return out


@dataclass(frozen=True, slots=True)
class NfcReport:
    """What :func:`nfc` did to a text: three separate questions.

    ``composed``: was it decomposed before; ``mark_order``: how many letters had their marks in
    the wrong order; ``eth``: how many foreign letters became ``Đ``/``đ``.
    """

    text: str
    composed: bool
    mark_order: int
    eth: int

    @property
    def changed(self) -> bool:
        """Whether the stored form differs from what was given."""
        return self.composed or bool(self.mark_order or self.eth)


def nfc_report(s: str) -> NfcReport:
    """:func:`nfc` with an account of what it changed, for migration reports."""
    composed = unicodedata.normalize("NFC", s)
    out = nfc(s)
    before = len(_ETH_RE.findall(composed))
    return NfcReport(
        out,
        composed != s,
        len(_WRONG_ORDER_RE.findall(composed)),
        before - len(_ETH_RE.findall(out)),
    )


# --- invisible characters --------------------------------------------------------------------

# Format characters that are visible (Arabic number signs and their kin) are left alone.
_VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
_SPACE_CONTROLS = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f\x85")
_KEEP_CONTROLS = frozenset("\t\n\r")
SOFT_HYPHEN = "\u00ad"


@cache
def _invisible(c: str) -> bool:
    category = unicodedata.category(c)
    if category == "Cc":
        return c not in _KEEP_CONTROLS
    if category == "Cf":
        return c not in _VISIBLE_FORMAT and c != SOFT_HYPHEN
    code = ord(c)
    # Lone surrogates cannot be written to any file; noncharacters and variation selectors
    # carry nothing; the Hangul fillers and the braille blank look like nothing at all.
    return (
        category == "Cs"
        or 0xFE00 <= code <= 0xFE0F
        or 0xFDD0 <= code <= 0xFDEF
        or (code & 0xFFFE) == 0xFFFE
        or code in (0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0)
    )


@dataclass(frozen=True, slots=True)
class Removed:
    """One character taken out: its index in the text given, the character, what replaced it."""

    index: int
    char: str
    replaced_by: str

    @property
    def name(self) -> str:
        """For reports: ``U+200B ZERO WIDTH SPACE``."""
        return f"U+{ord(self.char):04X} {unicodedata.name(self.char, 'CONTROL')}"


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without invisible characters, and everything that was taken out of it."""

    text: str
    removed: tuple[Removed, ...]


def strip_controls(s: str, *, soft_hyphens: bool = False) -> Stripped:
    """Take out control, zero-width, direction and other invisible characters, and say which.

    Tab, line feed and carriage return stay; form feed, vertical tab and their like become a
    space, because they part words. The soft hyphen U+00AD stays unless ``soft_hyphens``: it is
    the letter ``ư`` of TCVN3 text that was read as Latin-1, so settle the charset first. The
    same holds for the C1 controls, which VPS and VISCII use for letters.
    """
    if s.isascii() and s.isprintable():
        return Stripped(s, ())
    removed: list[Removed] = []
    out: list[str] = []
    for i, c in enumerate(s):
        if _invisible(c) or (soft_hyphens and c == SOFT_HYPHEN):
            substitute = " " if c in _SPACE_CONTROLS else ""
            removed.append(Removed(i, c, substitute))
            out.append(substitute)
        else:
            out.append(c)
    return Stripped("".join(out), tuple(removed)) if removed else Stripped(s, ())


# --- keys ------------------------------------------------------------------------------------

_LOOK_ALIKE = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4\u0060\uff07", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"'),
    **dict.fromkeys("ÐðƉɖĐđ", "d"),
}


def _plain_char(c: str) -> str:
    """The accent-free form of one character, applied until it no longer changes."""
    seen = c
    for _ in range(6):
        if seen in _LOOK_ALIKE:
            return _LOOK_ALIKE[seen]
        out = []
        for d in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", seen).casefold()):
            if d in _LOOK_ALIKE:
                out.append(_LOOK_ALIKE[d])
            elif d.isspace():
                out.append(" ")
            elif not (unicodedata.combining(d) or _invisible(d) or d in (SOFT_HYPHEN, "\t")):
                out.append(d)
        after = "".join(out)
        if after == seen:
            break
        seen = after
    return seen


class _PlainTable(dict[int, str]):
    """``str.translate`` table filled as characters turn up; bounded by Unicode itself."""

    def __missing__(self, code: int) -> str:
        value = self[code] = _plain_char(chr(code))
        return value


_PLAIN = _PlainTable()


def plain(s: str) -> str:
    """The loosest key: no case, no accents, ``đ`` as ``d``, one space between words.

    Compatibility forms (full-width digits, ligatures), curly quotes and dashes are folded to
    their ASCII kin; invisible characters vanish.
    """
    return " ".join(s.translate(_PLAIN).split())


_VOWELS = frozenset("".join(TONED.values()))
_CLUSTER_RE = re.compile("[" + "".join(sorted(_VOWELS)) + "]+")
_MARKED = frozenset("ăâêôơư")


def _place_tone(match: re.Match[str]) -> str:
    """One vowel cluster of a folded word with ``y`` and tone in their one comparable place."""
    cluster = match.group()
    letters, tones = zip(*(TONE_SPLIT[c] for c in cluster), strict=True)
    found = [t for t in tones if t]
    if len(found) > 1:  # two tones in one cluster: glued or foreign words, leave them
        return cluster
    word = match.string
    start, end = match.span()
    if end < len(word) and unicodedata.combining(word[end]):
        return cluster  # a stray mark would fuse with whatever letter came to stand before it
    first = 0  # where the nucleus begins: after the u of "qu"
    before = word[start - 1] if start else ""
    if before == "q" and letters[0] == "u" and len(letters) > 1:
        first = 1
    vowels = list(letters)
    if vowels[first] == "y":  # lý = lí, quý = quí, yêu = iêu; never tay/tai or thuý/thúi
        vowels[first] = "i"
    if not found:
        return "".join(vowels)
    # gi before a vowel is an onset, and its i never bears the tone: già, giữa
    nucleus = first
    if before == "g" and vowels[0] == "i" and len(vowels) > 1:
        nucleus = 1
    count = len(vowels) - nucleus
    marked = [i for i in range(nucleus, len(vowels)) if vowels[i] in _MARKED]
    if marked:
        at = marked[-1]
    elif count == 1:
        at = nucleus
    elif count >= 3 or (end < len(word) and word[end].isalpha()):
        at = nucleus + 1
    else:
        pair = vowels[nucleus] + vowels[nucleus + 1]
        at = nucleus + 1 if pair in ("oa", "oe", "uy") else nucleus
    vowels[at] = TONED[vowels[at]][found[0]]
    return "".join(vowels)


def _fold(word: str) -> str:
    """Composed, caseless, without invisible characters; diacritics kept."""
    seen = word
    for _ in range(6):
        out = unicodedata.normalize("NFKC", nfc(seen)).casefold()
        out = "".join(
            "đ" if c in "ðɖđ" else _LOOK_ALIKE.get(c, c)
            for c in nfc(out)
            if not (_invisible(c) or c == SOFT_HYPHEN)
        )
        out = nfc(out)
        if out == seen:
            break
        seen = out
    return seen


def _match_word(word: str) -> str:
    return _CLUSTER_RE.sub(_place_tone, _fold(word))


_match_word_cached = lru_cache(maxsize=65536)(_match_word)
#: Longer "words" are garbage or attacks; keeping them would let one file fill the memory.
_CACHED_LENGTH = 64


def _match_words(text: str) -> Iterator[str]:
    for word in text.split():
        key = _match_word_cached(word) if len(word) <= _CACHED_LENGTH else _match_word(word)
        yield from key.split() if " " in key else (key,) if key else ()


def match_key(s: str) -> str:
    """The key for "the same words, however spelled": case, spaces, tone place and i/y fall away.

    ``HOÀ BÌNH`` = ``Hòa Bình``, ``Lý`` = ``Lí``, ``quý`` = ``quí``, ``tíên`` = ``tiến``; but
    ``tay`` and ``tai``, ``thúy`` and ``thúi`` stay apart, and all other diacritics count.
    """
    return " ".join(_match_words(s))


def same(a: str, b: str) -> bool:
    """Whether two texts differ only in case, spacing, composition, tone place or i/y."""
    return a == b or match_key(a) == match_key(b)


def collapse_spaces(s: str) -> str:
    """``s`` trimmed, every run of white space (no-break spaces too) one space."""
    return " ".join(s.split())


def has_vietnamese_letters(s: str) -> bool:
    """Whether ``s`` holds a letter that marks it as Vietnamese (đ, ă, ơ, ư, toned letters)."""
    return not _ONLY_VIETNAMESE.isdisjoint(nfc(s))
