"""Chance that can be repeated: every decision draws from a stream named after its purpose.

A stream depends on the seed and its own name only, so a new paper in one dossier does not
change the next dossier.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Dice(random.Random):
    """A named, seeded stream; not for secrets."""

    def __init__(self, *name: object) -> None:
        self.name = tuple(name)
        digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
        super().__init__(int.from_bytes(digest[:8], "big"))

    def child(self, *name: object) -> Dice:
        """The stream of a part; independent of how far this one has been read."""
        return Dice(*self.name, *name)

    def happens(self, probability: float) -> bool:
        """True with ``probability``."""
        return self.random() < probability

    def weighted(self, choices: Sequence[tuple[T, float]]) -> T:
        """One of ``choices`` by weight."""
        return self.choices([c for c, _ in choices], [w for _, w in choices])[0]

    def numpy(self) -> np.random.Generator:
        """A numpy generator seeded from this stream."""
        return np.random.default_rng(self.getrandbits(63))
