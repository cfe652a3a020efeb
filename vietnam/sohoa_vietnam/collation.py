"""Vietnamese dictionary order, and the order in which lists of people are kept.

The alphabet runs a ă â b c d đ e ê g h i k l m n o ô ơ p q r s t u ư v x y (f, j, w, z of
foreign words at their Latin places). Syllable by syllable the letters decide first, then the
tone (ngang, huyền, hỏi, ngã, sắc, nặng), then the next syllable: ``ban`` < ``bàn`` < ``bản``
< ``bang``. Numbers sort by value, before letters; case decides last of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from sohoa_vietnam.syllables import Tone
from sohoa_vietnam.text import TONE_SPLIT, nfc

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(0x61 + i) for i, letter in enumerate(_ALPHABET)}
# Order of the tones by their index in text.TONED (ngang, huyền, sắc, hỏi, ngã, nặng).
_TONE_RANK = tuple(
    str(int(tone)) for tone in (Tone.NGANG, Tone.HUYEN, Tone.SAC, Tone.HOI, Tone.NGA, Tone.NANG)
)
_PIECE = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")


@lru_cache(maxsize=65536)
def _piece_key(piece: str) -> str:
    if piece.isdecimal():
        digits = str(int(piece)) if len(piece) < 4000 else piece
        # Length first makes "9" < "10"; kept below every letter.
        return f"1{len(digits):04d}{digits}"
    if not piece[0].isalpha():
        return "0" + piece
    letters, tones = [], []
    for c in piece.lower():
        bare, tone = TONE_SPLIT.get(c, (c, 0))
        letters.append(_RANK.get(bare, "\x7f" + bare))
        if tone:
            tones.append(_TONE_RANK[tone])
    # Tones come after all letters of the syllable and without their place: hoà sorts with hòa.
    return f"2{''.join(letters)}\x02{''.join(tones)}"


def sort_key(text: str) -> str:
    """A text that sorts as ``text`` should in Vietnamese; fit for a database column.

    Spellings that differ only in tone placement sort together; small letters before capitals.
    """
    composed = nfc(text)
    keys = [_piece_key(piece) for piece in _PIECE.findall(composed)]
    return "\x01".join(keys) + "\x00" + composed.swapcase()


def name_sort_key(full_name: str) -> str:
    """Key of a person's name in a list: given name first, then family name, then the middle.

    The order of class lists and registers: An before Bình, whatever their families.
    """
    words = nfc(full_name).split()
    if len(words) < 2:
        return sort_key(full_name)
    return sort_key(" ".join([words[-1], words[0], *words[1:-1]]))


def sort(texts: Iterable[str]) -> list[str]:
    """``texts`` in Vietnamese order."""
    return sorted(texts, key=sort_key)
