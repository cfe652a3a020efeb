"""All charsets by name, and their registration as Python codecs.

After :func:`register` (importing this module does it) ``b"...".decode("tcvn3")`` and
``open(path, encoding="vni")`` work, incrementally too: a letter cut by a buffer's edge is
completed with the next one.
"""

from __future__ import annotations

import codecs

from sohoa_vietnam.charsets.base import Charset
from sohoa_vietnam.charsets.capitals import TCVN3_CAPITALS
from sohoa_vietnam.charsets.cp1258 import CP1258
from sohoa_vietnam.charsets.single_byte import TCVN3, VISCII, VPS
from sohoa_vietnam.charsets.viqr import VIQR
from sohoa_vietnam.charsets.vni import VNI
from sohoa_vietnam.messages import N_, VietnamError

CHARSETS: dict[str, Charset] = {c.name: c for c in (TCVN3, VNI, VISCII, VPS, CP1258, VIQR)}


class UnknownCharset(VietnamError):
    """No such charset; names those that exist."""

    code = "charset.unknown"
    message = N_("There is no charset {name}; known are: {known}.")


def _key(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")


# "tcvn3-h" is a way to read, not a charset to detect: its bytes are those of TCVN3.
_BY_NAME = {_key(n): c for c in (*CHARSETS.values(), TCVN3_CAPITALS) for n in (c.name, *c.aliases)}


def charset(name: str) -> Charset:
    """The charset called ``name`` or one of its aliases; raises :class:`UnknownCharset`."""
    found = _BY_NAME.get(_key(name))
    if found is None:
        raise UnknownCharset(name=name, known=", ".join(sorted(CHARSETS)))
    return found


def _codec_info(found: Charset) -> codecs.CodecInfo:
    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        return found.encode(text, errors), len(text)

    def decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
        raw = bytes(data)
        return found.decode(raw, errors), len(raw)

    class Encoder(codecs.IncrementalEncoder):
        # One letter may reach us as base and mark in two calls, so the last one waits.
        def __init__(self, errors: str = "strict") -> None:
            super().__init__(errors)
            self._held = ""

        def encode(self, text: str, final: bool = False) -> bytes:
            pending = self._held + text
            cut = len(pending)
            if not final:
                while cut and not pending[cut - 1].isspace():
                    cut -= 1
            self._held = pending[cut:]
            return found.encode(pending[:cut], self.errors)

        def reset(self) -> None:
            self._held = ""

        def getstate(self) -> int:
            # The io layer only asks whether anything is held back.
            return int(bool(self._held))

        def setstate(self, state: int | str) -> None:
            self._held = ""

    class Decoder(codecs.BufferedIncrementalDecoder):
        def _buffer_decode(  # type: ignore[override]
            self, data: bytes, errors: str, final: bool
        ) -> tuple[str, int]:
            raw = bytes(data)
            used = len(raw) if final else len(raw) - found.pending(raw)
            return found.decode(raw[:used], errors), used

    class Writer(codecs.StreamWriter):
        def encode(self, text: str, errors: str = "strict") -> tuple[bytes, int]:
            return encode(text, errors)

    class Reader(codecs.StreamReader):
        def decode(self, data: bytes, errors: str = "strict") -> tuple[str, int]:
            used = len(data) - found.pending(bytes(data))
            return found.decode(bytes(data[:used]), errors), used

    return codecs.CodecInfo(
        name=found.name,
        encode=encode,
        decode=decode,  # type: ignore[arg-type]
        incrementalencoder=Encoder,
        incrementaldecoder=Decoder,
        streamreader=Reader,
        streamwriter=Writer,
    )


_INFOS: dict[str, codecs.CodecInfo] = {}


def _search(name: str) -> codecs.CodecInfo | None:
    found = _BY_NAME.get(_key(name))
    if found is None:
        return None
    if found.name not in _INFOS:
        _INFOS[found.name] = _codec_info(found)
    return _INFOS[found.name]


_registered = False


def register() -> None:
    """Make the charsets known to Python's ``codecs``; calling it again does nothing."""
    global _registered
    if not _registered:
        codecs.register(_search)
        _registered = True


register()
