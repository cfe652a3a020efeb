"""Repairs what cannot be right in Vietnamese, and only that.

Engines lose marks more often than letters. Three repairs, in order of certainty:

* foreign look-alikes: ``Ð`` for ``Đ``, ``~`` for a dash;
* impossible syllables: a syllable that ends in c, ch, p or t bears sắc or nặng, so ``quyêt``
  was ``quyết`` (the dot of nặng is seldom lost, the stroke of sắc often);
* words of the field: ``thú tục`` was ``thủ tục``, where letters agree with a known word and
  only marks differ.

Numbers, codes, abbreviations and names are never touched, and the engine's own reading stays
in ``Word.raw``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files

from sohoa_digitize.words import Line, Word
from sohoa_vietnam.syllables import is_legal
from sohoa_vietnam.text import nfc, plain

_ACUTE = "\u0301"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_STOP = re.compile(r"(c|ch|p|t)$")
_PART = re.compile(r"^(\W*)([^\W\d_]+)(\W*)$")
_DASHES = {"~": "-", "¬": "-", "--": "-", "—-": "-", "_-": "-", "~-": "-", "-~": "-"}


@cache
def _known() -> dict[tuple[str, str], tuple[str, str] | None]:
    """Letters of two syllables -> the known word; None where several words share them."""
    table: dict[tuple[str, str], tuple[str, str] | None] = {}
    text = files(__package__).joinpath("data/pairs.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        first, second = nfc(line).split()
        letters = (plain(first), plain(second))
        table[letters] = None if letters in table else (first, second)
    # cộng hòa and cộng hoà are one word in two spellings; neither is wrong.
    return table


@cache
def _dotted() -> dict[str, str]:
    """Syllables without their tone -> the common syllable with nặng."""
    text = files(__package__).joinpath("data/stops.txt").read_text(encoding="utf-8")
    words = [nfc(line.strip().lower()) for line in text.splitlines() if not line.startswith("#")]
    return {_toneless(word): word for word in words if word}


def _toneless(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))


@lru_cache(maxsize=16384)
def _syllable(text: str) -> str:
    """``text`` with the tone that a stop ending cannot be without."""
    lower = text.lower()
    if is_legal(lower) or not _STOP.search(lower):
        return text
    dotted = _dotted().get(lower)
    if dotted is not None:
        return _like(dotted, text)
    parts = list(unicodedata.normalize("NFD", text))
    marked = [i for i, c in enumerate(parts) if c in "\u0302\u0306\u031b"]
    if not marked:
        return text
    at = marked[-1] + 1
    candidate = unicodedata.normalize("NFC", "".join([*parts[:at], _ACUTE, *parts[at:]]))
    return candidate if is_legal(candidate.lower()) else text


def correct(lines: Sequence[Line]) -> tuple[Line, ...]:
    """``lines`` with repaired words."""
    return tuple(_line(line) for line in lines)


def _line(line: Line) -> Line:
    words = [_word(word) for word in line.words]
    for index in range(len(words) - 1):
        pair = _pair(words[index], words[index + 1])
        if pair is not None:
            words[index], words[index + 1] = pair
    return replace(line, words=tuple(words))


def _changed(word: Word, text: str) -> Word:
    return word if text == word.text else replace(word, text=text, raw=word.raw or word.text)


def _word(word: Word) -> Word:
    text = word.text.replace("ĐÐ", "Đ").replace("ÐĐ", "Đ").replace("Ð", "Đ").replace("⁄", "/")
    text = _DASHES.get(text, text)
    match = _PART.match(text)
    if match is not None and _repairable(match.group(2)):
        text = match.group(1) + _syllable(match.group(2)) + match.group(3)
    return _changed(word, text)


def _repairable(letters: str) -> bool:
    """Words, not abbreviations: QĐ, TTYT, SYT and their kin have their own spelling."""
    if letters.isupper() and len(letters) <= 4 and letters.isascii():
        return False
    return not (any(c.isupper() for c in letters[1:]) and not letters.isupper())


def _pair(a: Word, b: Word) -> tuple[Word, Word] | None:
    first, second = _PART.match(a.text), _PART.match(b.text)
    if first is None or second is None or first.group(3):
        return None
    x, y = first.group(2), second.group(2)
    if not (_repairable(x) and _repairable(y)):
        return None
    # "Thành Phố", "Bình An": two capitalized words may be a name.
    if x[0].isupper() and y[0].isupper() and not (x.isupper() and y.isupper()):
        return None
    known = _known().get((plain(x), plain(y)))
    if known is None:
        return None
    if (x.lower(), y.lower()) == known or min(a.confidence, b.confidence) > 0.965:
        return None
    p, q = _like(known[0], x), _like(known[1], y)
    return (
        _changed(a, first.group(1) + p),
        _changed(b, second.group(1) + q + second.group(3)),
    )


def _like(word: str, model: str) -> str:
    if model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[0].isupper() else word
