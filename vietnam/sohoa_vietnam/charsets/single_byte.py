"""The charsets with one byte for each letter: TCVN3 (ABC), VISCII and VPS.

The tables were written from the published charts: TCVN 5712:1993 (VN3) for TCVN3, RFC 1456 for
VISCII, and the chart of the Vietnamese Professionals Society for VPS.

* **TCVN3** has no capital vowels with a tone; fonts whose names end in H draw the small ones as
  capitals (see :mod:`sohoa_vietnam.charsets.capitals`). Its ``ư`` is 0xAD, which editors and
  HTML take for a soft hyphen and throw away (see ``lost_u_horn`` in ``charsets.mangled``).
* Where a chart leaves 0x80-0x9F free, Windows text carries the curly quotes and dashes of
  CP1252 there; they are read and written as such. Other free positions are errors.
* **VISCII** and **VPS** use some C0 controls for capitals.
"""

from __future__ import annotations

import codecs

from sohoa_vietnam.charsets.base import Charset
from sohoa_vietnam.text import nfc

_UNDEFINED = "\ufffe"  # what codecs.charmap_decode takes for "no such character"


def _rows(high: str) -> dict[int, str]:
    """``"A1 ĂÂÊ"`` lines: letters from the given position on; ``·`` marks a free position."""
    table: dict[int, str] = {}
    for line in high.strip().splitlines():
        start, letters = line.split()
        for offset, letter in enumerate(letters):
            if letter != "·":
                table[int(start, 16) + offset] = letter
    return table


_TCVN3 = _rows(
    """
    A1 ĂÂÊÔƠƯĐăâêôơưđ
    B5 àảãáạ·ằẳẵắ
    C6 ặầẩẫấậè·ẻẽéẹềểễếệìỉ
    DC ĩíịò·ỏõóọồổỗốộờởỡớợù·ủũúụừửữứựỳỷỹýỵ
    """
)

_VISCII = _rows(
    """
    02 Ẳ··ẴẪ
    14 Ỷ····Ỹ····Ỵ
    80 ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ
    90 ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ
    A0 Õắằặấầẩậẽẹếềểễệố
    B0 ồổỗỠƠộờởịỰỨỪỬơớƯ
    C0 ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ
    D0 ĐứÒÓÔạỷừửÙÚỹỵÝỡư
    E0 àáâãảăữẫèéêẻìíĩỉ
    F0 đựòóôõỏọụùúũủýợỮ
    """
)

_VPS = _rows(
    """
    02 ẠẬẶẸỆ
    10 ỊỌỘỢỤỰ···Ỵ··ẪỮ
    80 ÀẢÃẤẦẨọỗĂếềểệẮẰẲ
    90 Ế··ỀỂỄỐỒỔỖýỷỵỚỜỞ
    A1 ắằẳẵặỠớÙờởỡŨỨợỪ
    B0 ổỬỲỸÍÌộỈĨÓửữÒỎÕự
    C0 ầÁÂấẩẫậđẻÉÊẹỉễịỹ
    D0 ƯỦồốÔỏơÈừứÚũưÝẺ·
    E0 àáâãảạă·èéêẽìí·ĩ
    F0 ẴĐòóôõ·Ơụùúủ·ỶẼỳ
    """
)


class SingleByte(Charset):
    """A charset with a plain table of 256 positions; the work is done in C."""

    def __init__(
        self, name: str, aliases: tuple[str, ...], letters: dict[int, str], controls: bool
    ) -> None:
        super().__init__(name, aliases)
        chars = [chr(i) for i in range(0x80)] + [_UNDEFINED] * 0x80
        for i in range(0x80, 0xA0):
            # The quotes and dashes of CP1252, where the chart has no letter.
            chars[i] = bytes([i]).decode("cp1252", "replace").replace("\ufffd", _UNDEFINED)
        chars[0xA0] = "\xa0"
        taken = set(letters.values())
        for i, letter in letters.items():
            if not controls and i < 0x20:
                continue
            chars[i] = letter
        # A letter the chart has elsewhere must not be reachable through CP1252 as well.
        for i in range(0x80, 0xA0):
            if i not in letters and chars[i] in taken:
                chars[i] = _UNDEFINED
        self.table = "".join(chars)
        self._encoding = codecs.charmap_build(self.table)

    def decode(self, data: bytes, errors: str = "strict") -> str:
        """Letter for byte; raises UnicodeDecodeError at a free position unless told otherwise."""
        return codecs.charmap_decode(data, errors, self.table)[0]

    def encode(self, text: str, errors: str = "strict") -> bytes:
        """Byte for letter; text is brought to NFC first."""
        return codecs.charmap_encode(nfc(text), errors, self._encoding)[0]


TCVN3 = SingleByte("tcvn3", ("abc", "tcvn5712-3", "vn3"), _TCVN3, controls=False)
VISCII = SingleByte("viscii", ("viscii1.1",), _VISCII, controls=True)
VPS = SingleByte("vps", ("x-viet-vps",), _VPS, controls=True)
