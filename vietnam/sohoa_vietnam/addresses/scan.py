"""Cut a free-text address into folded words that remember where they stood.

Robust against anything a column may hold: invisible characters, decomposed letters, lines,
right-to-left marks, kilobytes of noise. Abbreviations glued to a number or a name (``P12``,
``Q.Tân Bình``, ``TPHCM``) are parted.
"""

from __future__ import annotations

import re

from sohoa_vietnam.text import nfc, strip_controls
from sohoa_vietnam.units.names import Word, word

#: Longer texts are no addresses; only their end is read.
MAX_LENGTH = 400
_PIECE = re.compile(r"[^\W_]+|[,;|\n\r]|(?<=\s)[-–—](?=\s)")
_GLUED = re.compile(r"^(p|q|f|tp|tx|tt|h|x)(\d{1,2})$", re.IGNORECASE)
_DIGITS = frozenset("0123456789")
_TAILS = (("viet", "nam"), ("vietnam",), ("vn",))
_TAIL_ENDS = frozenset(tail[-1] for tail in _TAILS)


class Token:
    """A word of the text: its folded forms, its span, and whether a comma stands before it."""

    __slots__ = ("apart", "end", "start", "word")

    def __init__(self, folded: Word, start: int, end: int, apart: int) -> None:
        self.word = folded
        self.start = start
        self.end = end
        #: 0 nothing between this word and the one before, 1 a dash or line end, 2 a comma
        self.apart = apart


def clean(raw: str) -> tuple[str, bool]:
    """The text to read, and whether it had to be cut."""
    cut = len(raw) > MAX_LENGTH * 4
    text = raw[-MAX_LENGTH * 4 :] if cut else raw
    if not text.isprintable():  # control, format and odd space characters are not
        text = strip_controls(text).text
    text = nfc(text)
    if len(text) > MAX_LENGTH:
        return text[-MAX_LENGTH:], True
    return text, cut


def scan(text: str) -> list[Token]:
    """The words of a cleaned text, without a trailing country name."""
    tokens: list[Token] = []
    apart = 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if not piece[0].isalnum():
            # A line end may part two segments or wrap inside a name: as weak as a dash.
            apart = max(apart, 1 if piece in "-–—\r\n" else 2)
            continue
        start = match.start()
        glued = _GLUED.match(piece) if len(piece) <= 4 and piece[-1] in _DIGITS else None
        if glued:
            middle = start + len(glued[1])
            tokens.append(Token(word(glued[1]), start, middle, apart))
            tokens.append(Token(word(glued[2]), middle, match.end(), 0))
        else:
            tokens.append(Token(word(piece), start, match.end(), apart))
        apart = 0
    for tail in _TAILS if tokens and tokens[-1].word.key in _TAIL_ENDS else ():
        size = len(tail)
        if len(tokens) > size and tuple(t.word.key for t in tokens[-size:]) == tail:
            del tokens[-size:]
            break
    return tokens
