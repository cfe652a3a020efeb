"""VIQR: Vietnamese in plain ASCII, marks as punctuation after the letter (RFC 1456).

``Vie^.t Nam``, ``ddu+o+`ng``. The trouble is punctuation that is meant as punctuation: RFC 1456
has it escaped (``ba\\.``), real files do not. The codec is strict, so it round-trips;
:func:`decode_loose` reads what people wrote and weighs each sentence mark by whether the
syllable is legal with it or without it, counting what stays ambiguous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sohoa_vietnam.charsets.base import Charset
from sohoa_vietnam.syllables import is_legal
from sohoa_vietnam.text import TONED, nfc

_TONE = ("", "`", "'", "?", "~", ".")
_QUALITY = {"ă": "a(", "â": "a^", "ê": "e^", "ô": "o^", "ơ": "o+", "ư": "u+"}


def _spellings() -> dict[str, str]:
    table = {"đ": "dd"}
    for vowel, row in TONED.items():
        for letter, mark in zip(row, _TONE, strict=True):
            table[letter] = _QUALITY.get(vowel, vowel) + mark
    upper = {k.upper(): v[0].upper() + v[1:] for k, v in table.items() if k != "đ"}
    return {**table, **upper, "Đ": "DD"}


_ENCODE = {k: v for k, v in _spellings().items() if k != v}
_DECODE = {v: k for k, v in _ENCODE.items()}
_DECODE.update({"Dd": "Đ", "dD": "Đ"})
for _v, _k in list(_DECODE.items()):
    if "+" in _v:  # some programs wrote the horn as an asterisk
        _DECODE[_v.replace("+", "*")] = _k
_LETTER = (
    r"[Aa](?:[(^][`'?~.]?|[`'?~.])|[Ee](?:\^[`'?~.]?|[`'?~.])|[Oo](?:[\^+*][`'?~.]?|[`'?~.])"
    r"|[Uu](?:[+*][`'?~.]?|[`'?~.])|[IiYy][`'?~.]|[Dd][Dd]"
)
_STRICT = re.compile(r"\\(.)|" + _LETTER, re.DOTALL)
_SPECIAL = frozenset("(^+*`'?~.")
_VOWEL = frozenset("aeiouyAEIOUY")


class Viqr(Charset):
    """VIQR as RFC 1456 section 2.1 defines it, backslash escapes included."""

    def decode(self, data: bytes, errors: str = "strict") -> str:
        text = data.decode("ascii", errors)
        return nfc(_STRICT.sub(lambda m: m.group(1) or _DECODE[m.group()], text))

    def encode(self, text: str, errors: str = "strict") -> bytes:
        composed = nfc(text)
        out: list[str] = []
        for i, c in enumerate(composed):
            spelled = _ENCODE.get(c)
            if spelled is not None:
                out.append(spelled)
                continue
            last = out[-1][-1:] if out else ""
            following = composed[i + 1 : i + 2]
            if (
                c == "\\"
                or (c in _SPECIAL and (last in _VOWEL or last in _SPECIAL))
                or (c in "dD" and following and following in "dDđĐ")
            ):
                out.append("\\" + c)
            else:
                out.append(c)
        return "".join(out).encode("ascii", errors)

    def pending(self, data: bytes) -> int:
        # The whole last word: whether its d or mark is complete shows only from its beginning.
        match = _LAST_WORD.search(data[-64:])
        return len(match.group()) if match else 0


_LAST_WORD = re.compile(rb"\S+$")
VIQR = Viqr("viqr")

_WORD = re.compile(r"[^\s]+")
# Where a sentence mark may stand: at the end of a word, before closing quotes and brackets.
_END_MARK = re.compile(r"([.?'])([\"')\]»,;:!]{0,6})$")


@dataclass(frozen=True, slots=True)
class LooseViqr:
    """VIQR text as people wrote it, decoded; ``ambiguous`` counts marks that could be either."""

    text: str
    ambiguous: int


def _strict_word(word: str) -> str:
    return nfc(_STRICT.sub(lambda m: m.group(1) or _DECODE[m.group()], word))


def _letters(word: str) -> str:
    return word.strip(".,;:!?'\"()[]<>«»-/")


def _inner_d(word: str) -> str:
    """Shield a dd that cannot be đ: inside a word with small letters (address, add)."""
    return re.sub(r"(?<=[a-zA-Z])d(?=d)", r"\\d", word) if any(map(str.islower, word)) else word


def decode_loose(text: str) -> LooseViqr:
    """Decode VIQR whose punctuation was not escaped.

    A final ``.``, ``?`` or ``'`` after a vowel is a tone when only so the syllable is legal, a
    sentence mark when only without it; when both are legal the tone is taken (RFC 1456 would)
    and counted as ambiguous.
    """
    ambiguous = 0

    def one(match: re.Match[str]) -> str:
        nonlocal ambiguous
        word = _inner_d(match.group())
        as_tone = _strict_word(word)
        end = _END_MARK.search(word)
        if end is None:
            return as_tone
        as_mark = _strict_word(word[: end.start()]) + word[end.start() :]
        if as_mark == as_tone:
            return as_tone
        tone_legal = is_legal(_letters(as_tone))
        mark_legal = is_legal(_letters(as_mark))
        if mark_legal and not tone_legal:
            return as_mark
        if mark_legal and tone_legal:
            ambiguous += 1
        return as_tone

    return LooseViqr(_WORD.sub(one, text), ambiguous)
