"""Windows-1258: composed base letters with combining tones, to NFC and back.

Python's own ``cp1258`` leaves text decomposed and refuses to write ``ế``; this codec composes
when reading and takes letters apart when writing, as Windows' Vietnamese keyboard did (the tone
always as a combining mark).
"""

from __future__ import annotations

import re

from sohoa_vietnam.charsets.base import Charset
from sohoa_vietnam.text import TONE_MARKS, TONED, nfc

_SPLIT = {
    letter: vowel + mark
    for vowel, row in TONED.items()
    for letter, mark in zip(row[1:], TONE_MARKS.values(), strict=True)
}

# A letter and the tones (grave, hook, tilde, acute, dot) that may follow it.
_OPEN_LETTER = re.compile(rb"[A-Za-z\xc0-\xff][\xcc\xd2\xde\xec\xf2]*$")


class Cp1258(Charset):
    """Windows-1258 with NFC on the outside."""

    _table = str.maketrans(
        {**_SPLIT, **{k.upper(): v[0].upper() + v[1:] for k, v in _SPLIT.items()}}
    )

    def decode(self, data: bytes, errors: str = "strict") -> str:
        return nfc(data.decode("cp1258", errors))

    def encode(self, text: str, errors: str = "strict") -> bytes:
        return nfc(text).translate(self._table).encode("cp1258", errors)

    def pending(self, data: bytes) -> int:
        # Any letter may still receive its combining tone.
        match = _OPEN_LETTER.search(data[-8:])
        return len(match.group()) if match else 0


CP1258 = Cp1258("cp1258-nfc", ("windows-1258-nfc", "x-viet-1258"))
