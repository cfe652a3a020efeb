"""Parts of a page prepared anew: larger, or with other ink left, where a second look pays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_digitize.prepare import Gray, Prepared, prepare
from sohoa_digitize.source import Pixels
from sohoa_digitize.words import PixelBox, Word

#: So many letters around a part tell the colour of its paper.
AROUND = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of a page, 8-bit gray, dark ink on white.

    ``there`` is the 2x3 matrix from pixels of the page's first preparation to pixels of
    ``gray``; both stand upright, so it scales and moves only.
    """

    gray: Gray
    there: NDArray[np.float64]

    def x(self, value: float) -> float:
        """The x in the first preparation of an x in ``gray``."""
        return float((value - self.there[0, 2]) / self.there[0, 0])

    def y(self, value: float) -> float:
        """The y in the first preparation of a y in ``gray``."""
        return float((value - self.there[1, 2]) / self.there[1, 1])

    def back(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """``words`` of ``gray`` with boxes in the first preparation."""
        return tuple(
            replace(w, box=(self.x(w.box[0]), self.y(w.box[1]), self.x(w.box[2]), self.y(w.box[3])))
            for w in words
        )

    def framed(self, pad: int) -> Part:
        """With ``pad`` white pixels around it."""
        gray = cv2.copyMakeBorder(self.gray, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=255)
        there = self.there.copy()
        there[:, 2] += pad
        return Part(np.asarray(gray, np.uint8), there)


def prepared_part(
    pixels: Pixels,
    prepared: Prepared,
    box: PixelBox,
    *,
    larger: float = 1.0,
    channel: Callable[[NDArray[np.uint8]], Gray],
) -> Part:
    """The ``box`` (pixels of ``prepared``) of a page prepared anew from its ``pixels``.

    Letters become ``larger`` times as high as on ``prepared``; ``channel`` says what is ink.
    A box outside of the page gives a part without pixels.
    """
    height, width = pixels.shape[:2]
    ends = np.array([(x, y, 1.0) for x in box[::2] for y in box[1::2]]) @ prepared.back.T
    more = AROUND * prepared.letter
    x0, y0 = (max(0, int(v - more)) for v in ends.min(axis=0))
    x1 = min(width, int(ends[:, 0].max() + more) + 1)
    y1 = min(height, int(ends[:, 1].max() + more) + 1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return Part(np.zeros((0, 0), np.uint8), np.eye(2, 3))
    target = prepared.letter * prepared.scale * larger
    again = prepare(pixels[y0:y1, x0:x1], target=target, like=prepared, channel=channel)
    back = again.back.copy()
    back[:, 2] += (x0, y0)
    there = np.asarray(
        (np.vstack([cv2.invertAffineTransform(back), [0, 0, 1]]))[:2]
        @ np.vstack([prepared.back, [0, 0, 1]]),
        np.float64,
    )
    left = max(0, int(there[0, 0] * box[0] + there[0, 2]))
    top = max(0, int(there[1, 1] * box[1] + there[1, 2]))
    right = int(there[0, 0] * box[2] + there[0, 2]) + 1
    bottom = int(there[1, 1] * box[3] + there[1, 2]) + 1
    there[:, 2] -= (left, top)
    return Part(again.gray[top : max(top, bottom), left : max(left, right)], there)


def box_of(prepared: Prepared, delivered: PixelBox) -> PixelBox:
    """The box in pixels of ``prepared`` around a box of the delivered page."""
    forward = cv2.invertAffineTransform(prepared.back)
    ends = np.array([(x, y, 1.0) for x in delivered[::2] for y in delivered[1::2]]) @ forward.T
    return (
        float(ends[:, 0].min()),
        float(ends[:, 1].min()),
        float(ends[:, 0].max()),
        float(ends[:, 1].max()),
    )
