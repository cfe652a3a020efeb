"""Capitals in TCVN3: the case rule for text whose capital vowels were drawn by the font.

TCVN3 has no capital vowel with a tone. Text in capitals was typed with the small codes and
shown by a font whose name ends in H (.VnTimeH), so ``PHẠM`` is stored as ``PH¹M`` or even
``ph¹m``, and decodes to ``PHạM``. The font's name is rarely in the database.

:func:`restore_capitals` sees that a word is in capitals when a capital stands anywhere after
its first letter and no plain small letter stands in it (small ASCII letters are real; small
toned vowels are not evidence). A word that could be either (``Hà``, ``Tú``: one capital, then
only toned vowels) follows its neighbours. What was typed all small in an H font cannot be told
from small text: for a column known to be set so, use ``CapitalRule.ALL``.
"""

from __future__ import annotations

import enum
import re

from sohoa_vietnam.charsets.base import Charset
from sohoa_vietnam.charsets.single_byte import TCVN3
from sohoa_vietnam.text import TONE_SPLIT, nfc

#: Small letters that TCVN3 has no capital for: toned vowels.
_NO_CAPITAL = frozenset(c for c, (_, tone) in TONE_SPLIT.items() if tone)
_SMALL_BASE = frozenset("ăâêôơưđ")  # capitals exist, yet H fonts were typed with the small ones
_LOWER_TABLE = str.maketrans({c.upper(): c for c in _NO_CAPITAL})
_WORD = re.compile(r"[^\W\d_]+")


class CapitalRule(enum.StrEnum):
    """What to do about capitals: nothing, the rule of this module, or all letters.

    ``TITLE`` is ``AUTO`` for columns of names: in a value whose other words begin with a
    capital, so does ``ánh``, because TCVN3 could not write ``Ánh``.
    """

    NONE = "none"
    AUTO = "auto"
    TITLE = "title"
    ALL = "all"


def _kind(word: str) -> int:
    """1 surely capitals, -1 surely not, 0 could be either."""
    plain_small = any(c.islower() and c not in _NO_CAPITAL and c not in _SMALL_BASE for c in word)
    if plain_small:
        return -1
    if any(map(str.isupper, word[1:])):
        return 1
    return 0


def restore_capitals(text: str, rule: CapitalRule = CapitalRule.AUTO) -> str:
    """Decoded TCVN3 text with its capitals put back; idempotent, changes case only."""
    if rule is CapitalRule.NONE:
        return text
    if rule is CapitalRule.ALL:
        return text.upper()
    words = list(_WORD.finditer(text))
    kinds = [_kind(m.group()) for m in words]
    title = rule is CapitalRule.TITLE and all(
        m.group()[0].isupper() or m.group()[0] in _NO_CAPITAL for m in words
    )
    title = title and any(m.group()[0].isupper() for m in words)
    if 1 not in kinds and not title:
        return text
    out: list[str] = []
    last = 0
    for i, match in enumerate(words):
        kind = kinds[i]
        if title and kind < 1 and match.group()[0] in _NO_CAPITAL:
            out.append(text[last : match.start()])
            out.append(match.group()[0].upper())
            last = match.start() + 1
            continue
        if kind == 0:
            # Nearest decided words on both sides must agree where both exist: "TP Hà Nội".
            before = next((k for k in reversed(kinds[:i]) if k), 0)
            after = next((k for k in kinds[i + 1 :] if k), 0)
            kind = 1 if 1 in (before, after) and -1 not in (before, after) else -1
        if kind == 1:
            out.append(text[last : match.start()])
            out.append(match.group().upper())
            last = match.end()
    out.append(text[last:])
    return "".join(out)


def encode_tcvn3_capitals(text: str, errors: str = "strict") -> bytes:
    """TCVN3 bytes of ``text`` as an H font shows it: toned capitals as their small codes."""
    return TCVN3.encode(nfc(text).translate(_LOWER_TABLE), errors)


class Tcvn3Capitals(Charset):
    """TCVN3 of a column set in an H font throughout: whatever its case, it shows capitals.

    ``decode(encode(x)) == nfc(x).upper()``: case is not carried, only how it looks.
    """

    def decode(self, data: bytes, errors: str = "strict") -> str:
        return TCVN3.decode(data, errors).upper()

    def encode(self, text: str, errors: str = "strict") -> bytes:
        return TCVN3.encode(nfc(text).lower(), errors)


TCVN3_CAPITALS = Tcvn3Capitals("tcvn3-h", ("vntimeh", "abc-h"))
