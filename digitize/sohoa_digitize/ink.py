"""The colour of the ink under each word: pens write blue, printers black."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sohoa_digitize.source import Pixels
from sohoa_digitize.words import Line, Word

#: A page with fewer clearly coloured pixels than this has no coloured pens or stamps on it.
FEWEST = 0.00002


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
    """Share of blue or violet among the inked pixels of ``cut`` (RGB, one word).

    The share of its bluest stretch, as long as the word is high: of ``12/QĐ-UBND`` often only
    the 12 is penned.
    """
    red = cut[..., 0].astype(np.int16)
    green = cut[..., 1].astype(np.int16)
    blue = cut[..., 2].astype(np.int16)
    is_blue = (blue - red > 28) & (blue - green > 4)
    if not is_blue.any():
        return 0.0
    # Ink is clearly darker than the paper around it, in the channel where it is darkest.
    darkest = np.minimum(np.minimum(red, green), blue)
    inked = darkest < np.percentile(darkest, 90) - 50
    high, wide = inked.shape
    starts = np.arange(0, max(1, wide - high // 2), max(1, high // 2))
    ends = np.minimum(starts + high, wide)
    both = np.array([inked.sum(axis=0), (inked & is_blue).sum(axis=0)])
    sums = np.concatenate([np.zeros((2, 1), np.int64), np.cumsum(both, axis=1)], axis=1)
    total, coloured = sums[:, ends] - sums[:, starts]
    enough = total >= max(8, high // 2)
    if not enough.any():
        return 0.0
    return float((coloured[enough] / total[enough]).max())
