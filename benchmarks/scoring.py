"""How well a text was read: errors of each printed line wherever it stands, and lost words.

The order of lines is left out of account: readers disagree about forms and columns without
being wrong. Dashes and quotes are taken as equal, runs of leader dots as a blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

_EQUAL = str.maketrans("–—−“”„’‘•\f\ufeff\xad", '---"""\'\'-   ')
#: Place of handwriting in a transcribed page: unknown text of unknown length.
UNKNOWN = "[[P]]"


def normal(text: str) -> str:
    """``text`` as it is compared."""
    text = unicodedata.normalize("NFC", text).translate(_EQUAL)
    return " ".join(re.sub(r"[.…_·]{3,}", " ", text).split())


def nearest(line: str, text: str) -> int:
    """Edit distance between ``line`` and that part of ``text`` that is most like it.

    Sellers' algorithm: a match may begin and end anywhere in ``text`` at no cost.
    """
    if not text:
        return len(line)
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    steps = np.arange(len(text) + 1)
    row = np.zeros(len(text) + 1, dtype=np.int64)
    for number, letter in enumerate(line, 1):
        best = np.empty_like(row)
        best[0] = number
        best[1:] = np.minimum(row[:-1] + (letters != ord(letter)), row[1:] + 1)
        row = np.minimum.accumulate(best - steps) + steps
    return min(int(row.min()), len(line))


def errors(lines: Iterable[str], read: str) -> tuple[int, int]:
    """Wrong letters and all letters of printed ``lines``, looked for anywhere in ``read``."""
    text = normal(read)
    wrong = total = 0
    for line in map(normal, lines):
        if line and UNKNOWN not in line:
            wrong += nearest(line, text)
            total += len(line)
    return wrong, total


def missed(lines: Iterable[str], read: str) -> tuple[int, int]:
    """Words of ``lines`` that ``read`` has too few of, and all words of ``lines``."""
    wanted = Counter(word for line in lines for word in normal(line).split())
    have = Counter(normal(read).split())
    return sum((wanted - have).values()), sum(wanted.values())


def printed_parts(line: str, penned: Sequence[str]) -> list[str]:
    """The printed parts of ``line``, without what a pen wrote into it."""
    parts = [line]
    for text in sorted(set(penned), key=len, reverse=True):
        pattern = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
        parts = [piece for part in parts for piece in pattern.split(part)]
    if len(parts) == 1:
        return parts
    # A few letters between two slots are found anywhere; they would prove nothing.
    return [part.strip() for part in parts if sum(map(str.isalpha, part)) >= 4]
