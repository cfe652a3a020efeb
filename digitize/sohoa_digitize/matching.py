"""Comparing damaged print with known phrases: without marks, with a few wrong letters."""

from __future__ import annotations

from functools import lru_cache

from sohoa_vietnam.text import plain


def distance(a: str, b: str, most: int) -> int:
    """Levenshtein distance of ``a`` and ``b``; ``most + 1`` when it is larger than ``most``."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        previous, row[0] = row[0], i
        low = i
        for j, cb in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (ca != cb))
            low = min(low, row[j])
        if low > most:
            return most + 1
    return row[-1]


@lru_cache(maxsize=8192)
def key(text: str) -> str:
    """``text`` without marks, case and signs: letters and digits with single spaces."""
    return " ".join("".join(c if c.isalnum() else " " for c in plain(text)).split())


def alike(a: str, b: str, share: float = 0.15) -> float:
    """How well two phrases agree, 1.0 (the same letters) to 0.0 (more than ``share`` wrong)."""
    ka, kb = key(a), key(b)
    if not ka or not kb:
        return 0.0
    if ka == kb:
        return 1.0
    most = int(max(len(ka), len(kb)) * share)
    wrong = distance(ka, kb, most)
    return 0.0 if wrong > most else 1.0 - wrong / max(len(ka), len(kb))


def contains(text: str, phrase: str) -> bool:
    """Whether the letters of ``phrase`` stand in ``text`` one after another."""
    return key(phrase) in key(text)
