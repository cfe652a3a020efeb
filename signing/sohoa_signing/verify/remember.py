"""Answers kept for the life of the process, with a bound on what they may hold.

A batch brings the same few certificates and attributes again and again. A hostile one brings
others each time, as large as it likes: long arguments are never kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Answer = TypeVar("Answer")
_LONGEST = 16_384


def remembered(function: Callable[[bytes], Answer]) -> Callable[[bytes], Answer]:
    """``function`` with its newest 1024 answers kept, those to long arguments left out."""
    kept = lru_cache(maxsize=1024)(function)

    @wraps(function)
    def ask(data: bytes) -> Answer:
        return kept(data) if len(data) <= _LONGEST else function(data)

    return ask
