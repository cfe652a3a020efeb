"""Papers that came in twice: the same bytes, or scans that look and read alike.

They are reported and never dropped: two copies of a certificate are two papers, and a page
with a sticky note is scanned with and without it (TT 01/2023/TT-VPCP Article 8).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: Side of the grid of ink on which pages are compared.
GRID = 32
#: Pages that differ in fewer cells than this share look alike.
ALIKE = 0.10
#: Words in common (Jaccard, estimated) from which two looks read alike; forms that different
#: people filled in share less.
WORDS = 0.86
_HASHES = 64


@dataclass(frozen=True, slots=True)
class Look:
    """What is compared of a page: where its ink lies, and a sketch of its words.

    ``ink`` is a hexadecimal bit grid, ``words`` the minima of 64 hash functions.
    """

    ink: str
    words: tuple[int, ...]

    def plain(self) -> list[object]:
        """As plain JSON."""
        return [self.ink, list(self.words)]


def look(gray: NDArray[np.uint8], words: Iterable[str]) -> Look | None:
    """The look of a prepared page; None for pages with hardly any ink."""
    ink = (gray < 160).astype(np.uint8)
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    some = sorted({word for word in words if len(word) > 1})
    if columns.size < GRID or rows.size < GRID or len(some) < 8:
        return None
    # The area between the outermost percents of ink: specks at the edges must not shift it.
    x0, x1 = np.percentile(columns, (1, 99)).astype(int)
    y0, y1 = np.percentile(rows, (1, 99)).astype(int)
    cut = ink[y0 : y1 + 1, x0 : x1 + 1] * np.uint8(255)
    small = cv2.resize(cut, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float32)
    grid = cv2.GaussianBlur(small, (3, 3), 0)
    bits = np.packbits(grid > np.median(grid))
    return Look(bits.tobytes().hex(), _sketch(some))


def _sketch(words: Sequence[str]) -> tuple[int, ...]:
    values = np.array(
        [int.from_bytes(hashlib.blake2b(w.encode(), digest_size=4).digest()) for w in words],
        dtype=np.uint64,
    )
    chance = np.random.default_rng(2018)  # fixed: the same words give the same sketch
    factors = chance.integers(1, 1 << 31, _HASHES, dtype=np.uint64) | np.uint64(1)
    shifts = chance.integers(0, 1 << 31, _HASHES, dtype=np.uint64)
    mixed = (values[:, None] * factors + shifts) % np.uint64((1 << 61) - 1) % np.uint64(1 << 32)
    return tuple(int(v) for v in mixed.min(axis=0))


def alike(a: Sequence[object], b: Sequence[object]) -> bool:
    """Whether two looks (as plain JSON) are of the same page."""
    ink_a, ink_b = str(a[0]), str(b[0])
    words_a, words_b = a[1], b[1]
    if len(ink_a) != len(ink_b) or not isinstance(words_a, list) or not isinstance(words_b, list):
        return False
    differ = (int(ink_a, 16) ^ int(ink_b, 16)).bit_count() / (4 * len(ink_a))
    same = sum(x == y for x, y in zip(words_a, words_b, strict=False)) / _HASHES
    return differ <= ALIKE and same >= WORDS
