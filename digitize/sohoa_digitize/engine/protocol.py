"""The few functions that every recognition engine offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.words import Word


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Whether an engine can be used, which version it is, and which languages it has.

    ``reader`` is the version of our own weights where they read too; ``reason`` says why an
    engine, or our own reader beside it, cannot be used.
    """

    name: str
    available: bool
    version: str = ""
    languages: tuple[str, ...] = ()
    data: str = ""
    reason: str = ""
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine read: lines of words (pixels of the given image) with baselines.

    ``baselines`` holds for each line the y of its baseline at the line's middle.
    """

    lines: tuple[tuple[Word, ...], ...]
    baselines: tuple[float, ...]
    confidence: float


class Engine(Protocol):
    """A loaded engine; it is kept for the life of the process."""

    info: EngineInfo

    def read(self, gray: NDArray[np.uint8], *, dpi: int, block: bool = False) -> Reading:
        """Read an 8-bit gray image; ``block`` says that it is one block without columns."""
        ...

    def read_line(self, gray: NDArray[np.uint8], *, dpi: int, letters: str = "") -> Reading:
        """Read an image of one line; ``letters`` restricts what may be read."""
        ...

    def read_lines(self, grays: Sequence[NDArray[np.uint8]], *, dpi: int) -> tuple[Reading, ...]:
        """Read images of one line each."""
        ...

    def orientation(self, gray: NDArray[np.uint8]) -> tuple[int, float]:
        """Clockwise quarter turns in degrees (0, 90, 180, 270) that show the page upright,
        and the engine's confidence in that."""
        ...
