"""Text already mangled into Unicode: legacy bytes that were read in the wrong charset.

``Nguyễn`` in TCVN3 read as Latin-1 is ``NguyÔn`` and sits so in NVARCHAR columns. Undoing it
means writing the text back in the charset it was wrongly read in (the *reading*) and decoding
the bytes rightly. Three readings occur:

* ``western``: CP1252, with Latin-1 for the five positions CP1252 leaves free. CP1252 and
  Latin-1 differ only in 0x80-0x9F, so one tolerant table undoes both.
* ``cp1258``: where 0xD2 and 0xDE are combining hook and tilde and 0xD0, 0xD5, 0xDD, 0xF0, 0xF5,
  0xFD letters of their own; later normalization may have fused the marks with their neighbours.
* ``utf8``: not a legacy charset at all but UTF-8 read as CP1252 (``Nguyá»…n``).
"""

from __future__ import annotations

import contextlib
import enum
import re
import unicodedata
from collections.abc import Iterable

from sohoa_vietnam.syllables import is_legal

_TO_WESTERN: dict[str, int] = {chr(i): i for i in range(256)}
for _i in range(0x80, 0xA0):
    with contextlib.suppress(UnicodeDecodeError):  # five are free; Latin-1 covers them already
        _TO_WESTERN[bytes([_i]).decode("cp1252")] = _i
_WESTERN = {ord(c): i for c, i in _TO_WESTERN.items()}


class Reading(enum.StrEnum):
    """In which charset the bytes were wrongly read; ``NONE``: they are bytes or clean text."""

    NONE = "none"
    WESTERN = "western"
    CP1258 = "cp1258"


def _cp1258_bytes(text: str) -> bytes | None:
    out = bytearray()
    for c in text:
        try:
            out += c.encode("cp1258")
        except UnicodeEncodeError:
            if 0x80 <= ord(c) < 0xA0:
                out.append(ord(c))  # free positions were read as C1 controls
                continue
            # Fused by a later normalization: ỉ was written as i and a hook.
            parts = unicodedata.normalize("NFD", c)
            head = unicodedata.normalize("NFC", parts[:-1])
            try:
                out += (head + parts[-1:]).encode("cp1258") if head else b"\xff\xff\xff"
            except UnicodeEncodeError:
                return None
            if not head:
                return None
    return bytes(out)


def to_bytes(text: str, reading: Reading) -> bytes | None:
    """The bytes that, wrongly read, gave ``text``; None when it cannot have come about so."""
    if reading is Reading.CP1258:
        return _cp1258_bytes(text)
    try:
        return bytes(map(_WESTERN.__getitem__, map(ord, text)))
    except KeyError:
        return None


def mangle(data: bytes, reading: Reading) -> str:
    """What a program shows that wrongly reads ``data``; the inverse of :func:`to_bytes`."""
    if reading is Reading.CP1258:
        return "".join(_show(b, "cp1258") for b in data)
    return "".join(_show(b, "cp1252") for b in data)


def _show(byte: int, encoding: str) -> str:
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)


_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = "ư", "ươ"


def lost_u_horn(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Words that are no syllable but become one when a lost ``ư`` is put back.

    The ``ư`` of TCVN3 is byte 0xAD, the soft hyphen, which editors and HTML delete: ``Hưng``
    comes out as ``Hng``, ``Lương`` (0xAD 0xAC) as ``Lơng``. Returns word -> possible originals.
    A suspicion for a person, never a repair: ``Lơng`` could be nothing else, ``tơi`` is a word.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in words:
        for match in _WORD.finditer(text):
            word = match.group()
            if word in found or not 2 <= len(word) <= 8 or is_legal(word) or word.isupper():
                continue
            options = {
                word[:i] + "ư" + word[i:]
                for i in range(1, len(word) + 1)
                if is_legal(word[:i] + "ư" + word[i:])
            }
            if options:
                found[word] = tuple(sorted(options))
    return found
