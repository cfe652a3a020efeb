"""Limits that guard every item: what a hostile or broken input may cost at most.

Every reader of untrusted input takes a :class:`Limits`; the values come from the settings
(section ``[limits]``). Exceeding one raises :class:`sohoa_core.errors.InputTooLarge`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sohoa_core.errors import InputTooLarge


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, megabytes, pixels, pages, nesting levels, bytes; all are maxima for one item."""

    item_seconds: float = 300.0
    item_megabytes: int = 2048
    file_megabytes: int = 512
    page_pixels: int = 150_000_000
    page_side: int = 30_000
    pages: int = 2000
    nesting: int = 64
    decompressed_megabytes: int = 2048

    def check(self, limit: str, value: float, *, where: str | None = None) -> None:
        """Raise ``InputTooLarge`` when ``value`` passes the limit called ``limit``."""
        allowed = getattr(self, limit)
        if value > allowed:
            raise InputTooLarge(where=where, limit=limit, value=value, allowed=allowed)
