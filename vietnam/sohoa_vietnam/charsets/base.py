"""What every legacy charset offers, whatever its shape."""

from __future__ import annotations

from abc import ABC, abstractmethod

#: Version of all tables and rules of this package; kept with every decision and conversion.
TABLE_VERSION = "2026.11"


class Charset(ABC):
    """A way to write Vietnamese as bytes.

    ``decode(encode(x)) == nfc(x)`` for every text the charset can carry. ``errors`` follows
    the codecs of Python: ``strict`` raises UnicodeError, ``replace`` puts U+FFFD (or ``?``).
    """

    def __init__(self, name: str, aliases: tuple[str, ...] = ()) -> None:
        self.name = name
        self.aliases = aliases

    @abstractmethod
    def decode(self, data: bytes, errors: str = "strict") -> str:
        """Bytes to NFC text."""

    @abstractmethod
    def encode(self, text: str, errors: str = "strict") -> bytes:
        """Text to bytes."""

    def pending(self, data: bytes) -> int:
        """How many bytes at the end of ``data`` may still combine with what follows."""
        return 0

    def __repr__(self) -> str:
        return f"<charset {self.name}>"
