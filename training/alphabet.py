"""The characters that the recognizer knows, in the order of the network's outputs.

Penned digits have outputs of their own behind the printed ones: the network tells print from
pen. In the texts of the training they stand as characters of Unicode's private use area.
"""

from __future__ import annotations

import unicodedata
from itertools import product

_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_CONSONANTS = "bcdđfghjklmnpqrstvwxz"
_REST = "0123456789 .,;:/()-–+%\"'&²³°!?*=_[]<>§@#$“”…•|~^{}\\₫×"


def characters() -> str:
    """Every character, each once; index 0 of the network is CTC's blank, so these begin at 1."""
    letters = [
        unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(_VOWELS, _TONES)
    ]
    letters += list(_CONSONANTS)
    both = "".join(letters) + "".join(letters).upper()
    return "".join(dict.fromkeys(both + _REST))


CHARACTERS = characters()
#: What a pen writes where the network can tell.
PENNED = "0123456789"
_PEN = {ord(digit): 0xE000 + ord(digit) for digit in PENNED}
_PRINT = {pen: digit for digit, pen in _PEN.items()}
#: What the outputs of the network say, from output 1 on.
LABELS = CHARACTERS + PENNED.translate(_PEN)
#: Label -> output of the network.
INDEX = {label: place for place, label in enumerate(LABELS, 1)}


def as_penned(text: str) -> str:
    """``text`` with its digits as those of a pen."""
    return text.translate(_PEN)


def plain(labels: str) -> str:
    """What ``labels`` say, whoever wrote it."""
    return labels.translate(_PRINT)


def known(text: str) -> bool:
    """Whether every character of ``text`` can be learnt."""
    return all(character in INDEX for character in text)
