"""The characters that the recognizer knows, in the order of the network's outputs."""

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
#: Character -> output of the network.
INDEX = {character: place for place, character in enumerate(CHARACTERS, 1)}


def known(text: str) -> bool:
    """Whether every character of ``text`` can be learnt."""
    return all(character in INDEX for character in text)
