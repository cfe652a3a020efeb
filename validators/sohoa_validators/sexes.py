"""Sex as papers and systems write it, brought to ``male`` and ``female``."""

from __future__ import annotations

from sohoa_vietnam.text import plain

_WORDS = {"male": "male", "nam": "male", "female": "female", "nu": "female"}


def sex_of(value: str) -> str | None:
    """``male`` or ``female``; None for anything else.

    Codes (1, 0, 2) differ between systems and are never guessed here: mappings translate them.
    """
    return _WORDS.get(plain(value[:20]).strip(" ."))
