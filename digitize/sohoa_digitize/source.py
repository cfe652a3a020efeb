"""What decoding hands on: pages with their pixels and the bytes that will be stored.

A :class:`StoredImage` is the image exactly as it will stand in the archival file. Where the
input allows it these are the input's own bytes; its pixels are decoded separately, for
reading only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sohoa_core.facts import FindingFact
from sohoa_digitize.words import Word

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image stream: bytes under a PDF ``filter``, and what a reader must know to show it.

    ``colour`` is ``gray``, ``rgb``, ``cmyk`` or ``indexed`` (with an RGB ``palette``);
    ``parms`` are the filter's /DecodeParms; ``decode`` the /Decode array; ``icc`` an ICC
    profile for the colours; ``shared`` the /JBIG2Globals.
    """

    data: bytes
    width: int
    height: int
    filter: str
    colour: str
    bits: int
    parms: dict[str, int | bool] = field(default_factory=dict)
    decode: tuple[float, ...] | None = None
    palette: bytes | None = None
    icc: bytes | None = None
    shared: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes of the stream."""
        return len(self.data) + len(self.shared or b"") + len(self.palette or b"")


@dataclass(frozen=True, slots=True, eq=False)
class SourcePage:
    """One page of an input; ``number`` counts from 1.

    ``stored`` is as delivered; ``rotation`` the clockwise quarter turns (degrees) that show
    it upright. ``pixels`` decodes it upright (gray or RGB). ``dpi`` is for the stored
    image's own axes; ``dpi_stated`` tells whether the input states it. ``layer`` holds the
    words of a text layer that can be relied on, in upright pixels. ``size_bytes`` is what
    the page's image took in the input.
    """

    number: int
    stored: StoredImage
    pixels: Callable[[], Pixels]
    dpi: tuple[float, float]
    dpi_stated: bool
    rotation: int = 0
    layer: tuple[Word, ...] | None = None
    layer_hidden: bool = False
    rendered: bool = False
    findings: tuple[FindingFact, ...] = ()

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height in pixels as displayed."""
        if self.rotation % 180:
            return self.stored.height, self.stored.width
        return self.stored.width, self.stored.height

    @property
    def upright_dpi(self) -> tuple[float, float]:
        return (self.dpi[1], self.dpi[0]) if self.rotation % 180 else self.dpi


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An opened input: its media type, number of pages, findings, and its pages one by one.

    ``pages`` takes the places of the wanted pages, counted from 0.
    """

    media_type: str
    page_count: int
    pages: Callable[[range], Iterator[SourcePage]]
    findings: tuple[FindingFact, ...] = ()
    signed: bool = False


def turn(pixels: Pixels, rotation: int) -> Pixels:
    """``pixels`` turned clockwise by ``rotation`` degrees (a multiple of 90)."""
    turns = (rotation // 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, -turns)) if turns else pixels
