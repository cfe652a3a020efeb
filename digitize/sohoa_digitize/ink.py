"""The colour of the ink under each word: pens write blue, printers black."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sohoa_digitize.source import Pixels
from sohoa_digitize.words import Line, Word

#: A page with fewer clearly coloured pixels than this has no coloured pens or stamps on it.
FEWEST = 0.0003


def with_ink(lines: Sequence[Line], pixels: Pixels, coloured: float) -> tuple[Line, ...]:
    """``lines`` (in pixels of ``pixels``) with the blue share of each word's ink."""
    if pixels.ndim != 3 or coloured < FEWEST:
        return tuple(lines)
    return tuple(
        replace(line, words=tuple(_inked(word, pixels) for word in line.words)) for line in lines
    )


def _inked(word: Word, pixels: Pixels) -> Word:
    x0, y0, x1, y1 = word.box
    cut = pixels[max(0, int(y0)) : int(y1) + 1, max(0, int(x0)) : int(x1) + 1]
    if cut.size == 0:
        return word
    share = blue_share(cut)
    return replace(word, blue=round(share, 3)) if share > 0.02 else word


def blue_share(cut: Pixels) -> float:
    """Share of blue or violet among the inked pixels of ``cut`` (RGB)."""
    red = cut[..., 0].astype(np.int16)
    green = cut[..., 1].astype(np.int16)
    blue = cut[..., 2].astype(np.int16)
    # Ink is clearly darker than the paper around it, in the channel where it is darkest.
    darkest = np.minimum(np.minimum(red, green), blue)
    inked = darkest < np.percentile(darkest, 90) - 50
    total = int(inked.sum())
    if total < 8:
        return 0.0
    is_blue = inked & (blue - red > 28) & (blue - green > 4)
    return float(is_blue.sum()) / total
