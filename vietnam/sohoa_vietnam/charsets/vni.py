"""VNI-Windows: most letters are a base letter and a byte for its marks ("aù" is á).

Written from the published VNI chart for Windows fonts. Case belongs to the base letter; the
mark byte normally has the same case, but is accepted in either. A mark byte that follows no
letter it fits is what remains when a field was cut in the middle of a letter: it is an error,
never silently dropped.
"""

from __future__ import annotations

import codecs
import re

from sohoa_vietnam.charsets.base import Charset
from sohoa_vietnam.text import TONED, nfc

# Mark letters (as CP1252 shows them) in the order of text.TONED: none, huyền, sắc, hỏi, ngã, nặng.
_TONE = ("", "ø", "ù", "û", "õ", "ï")
_CIRCUMFLEX = ("â", "à", "á", "å", "ã", "ä")
_BREVE = ("ê", "è", "é", "ú", "ü", "ë")
_ALONE = {"í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "đ": "ñ", "ơ": "ô", "ư": "ö"}


def _sequences() -> dict[str, str]:
    """NFC letter -> its VNI spelling, as CP1252 characters."""
    table: dict[str, str] = dict(_ALONE)
    for vowel in "aeouy":
        for letter, mark in zip(TONED[vowel][1:], _TONE[1:], strict=True):
            table.setdefault(letter, vowel + mark)
    for vowel, base, marks in (
        ("â", "a", _CIRCUMFLEX),
        ("ê", "e", _CIRCUMFLEX),
        ("ô", "o", _CIRCUMFLEX),
        ("ă", "a", _BREVE),
        ("ơ", "ô", _TONE),
        ("ư", "ö", _TONE),
    ):
        for letter, mark in zip(TONED[vowel], marks, strict=True):
            table[letter] = base + mark
    return {**table, **{k.upper(): v.upper() for k, v in table.items()}}


_ENCODE = _sequences()
_DECODE = {spelling: letter for letter, spelling in _ENCODE.items()}
# Either case of the mark byte: the base letter decides the case of the result.
for _spelling, _letter in list(_DECODE.items()):
    if len(_spelling) == 2:
        _DECODE.setdefault(_spelling[0] + _spelling[1].swapcase(), _letter)
_BASES = "aeouyôöAEOUYÔÖ"
_MARKS = "".join(sorted({s[1] for s in _DECODE if len(s) == 2}))
_SINGLES = "".join(sorted(s for s in _DECODE if len(s) == 1))
_PATTERN = re.compile(f"[{_BASES}][{_MARKS}]|[{_MARKS}{_SINGLES}]")
# 0x80-0x9F as CP1252, falling back to C1 controls; 0xA0-0xBF as Latin-1; letters as Latin-1.
_BYTES_AS_TEXT = "".join(
    chr(i) if not 0x80 <= i < 0xA0 else bytes([i]).decode("cp1252", "replace") for i in range(256)
)
_TEXT_AS_BYTES = codecs.charmap_build(_BYTES_AS_TEXT.replace("\ufffd", "\ufffe"))
# Latin-1 letters are not literal text in VNI, they are marks or other letters.
_LITERAL = re.compile("[À-ÿ]")


class _Orphan(Exception):
    def __init__(self, at: int) -> None:
        self.at = at


class Vni(Charset):
    """VNI-Windows; every Vietnamese letter in both cases."""

    def decode(self, data: bytes, errors: str = "strict") -> str:
        """Raises UnicodeDecodeError at a mark byte that belongs to no letter."""
        shown = codecs.charmap_decode(data, "replace", _BYTES_AS_TEXT)[0]
        strict = errors == "strict"

        def one(match: re.Match[str]) -> str:
            found = match.group()
            letter = _DECODE.get(found)
            if letter is not None:
                return letter
            if strict:
                raise _Orphan(match.start() + len(found) - 1)
            kept = "" if errors == "ignore" else "\ufffd"
            return (found[0] if len(found) == 2 else "") + kept

        try:
            text = _PATTERN.sub(one, shown)
        except _Orphan as orphan:
            reason = "VNI mark byte that belongs to no letter"
            raise UnicodeDecodeError("vni", data, orphan.at, orphan.at + 1, reason) from None
        return nfc(text)

    def encode(self, text: str, errors: str = "strict") -> bytes:
        """Raises UnicodeEncodeError at letters VNI has no spelling for (ñ, ü, ...)."""
        composed = nfc(text)
        parts: list[str] = []
        for i, c in enumerate(composed):
            spelled = _ENCODE.get(c)
            if spelled is None and _LITERAL.match(c):
                if errors == "strict":
                    raise UnicodeEncodeError("vni", composed, i, i + 1, "no such letter in VNI")
                spelled = "" if errors == "ignore" else "?"
            parts.append(c if spelled is None else spelled)
        return codecs.charmap_encode("".join(parts), errors, _TEXT_AS_BYTES)[0]

    def pending(self, data: bytes) -> int:
        return 1 if data and _BYTES_AS_TEXT[data[-1]] in _BASES else 0


VNI = Vni("vni", ("vni-windows", "vni-win"))


def maybe_truncated(data: bytes, width: int) -> bool:
    """Whether a VNI value that fills its field of ``width`` bytes may have lost a mark.

    Such a value ends in a letter that could have been followed by a mark byte; the mark cannot
    be recovered, so the value needs a person or another source.
    """
    return len(data) >= width > 0 and VNI.pending(data) == 1
