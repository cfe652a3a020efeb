"""Paper and its printed background: white office paper, and the tinted forms of certificates."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_samples.sheet import HEIGHT, WIDTH

Pixels = NDArray[np.uint8]

_WHITE = (252, 251, 249)
#: Ground -> paper colour, pattern colour, colour of the frame.
_TINTS: dict[str, tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]] = {
    "birth": ((250, 247, 234), (243, 239, 220), (196, 148, 104)),
    "marriage": ((252, 241, 240), (248, 231, 229), (206, 122, 126)),
    "land": ((251, 238, 240), (247, 228, 232), (212, 124, 138)),
    "business": ((246, 249, 246), (233, 242, 236), (120, 168, 142)),
}
GROUNDS = ("plain", *_TINTS)


@lru_cache(maxsize=6)
def paper(ground: str, dpi: int, pattern: bool = True) -> Pixels:
    """An empty A4 sheet (RGB) at ``dpi``; shared, so copy before drawing.

    Without ``pattern`` a certificate keeps its colour and frame but not its fine lines.
    """
    width, height = round(WIDTH * dpi / 25.4), round(HEIGHT * dpi / 25.4)
    if ground not in _TINTS:
        return np.full((height, width, 3), _WHITE, np.uint8)
    base, tint, frame = _TINTS[ground]
    scale = dpi / 25.4
    if not pattern:
        flat = np.full((height, width, 3), base, np.uint8)
        _frame(flat, scale, frame)
        return flat
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32(scale)
    wave = np.sin(x * 1.9 + 2.6 * np.sin(y * 0.13)) + np.sin(y * 1.9 + 2.6 * np.sin(x * 0.13))
    rosette = np.hypot(x - WIDTH / 2, y - HEIGHT / 2)
    wave += 0.9 * np.sin(rosette * 1.3) * (rosette < 42)
    amount = np.clip((np.abs(wave) < 0.28).astype(np.float32), 0, 1)[..., None]
    amount = cv2.GaussianBlur(amount, (0, 0), dpi / 190)[..., None]
    image = np.array(base, np.float32) * (1 - amount) + np.array(tint, np.float32) * amount
    sheet: Pixels = np.asarray(image).astype(np.uint8)
    _frame(sheet, scale, frame)
    return sheet


def _frame(sheet: Pixels, scale: float, colour: tuple[int, int, int]) -> None:
    height, width = sheet.shape[:2]
    for inset, thick in ((9.0, 0.7), (10.2, 0.25), (14.2, 0.25), (15.2, 0.5)):
        a = round(inset * scale)
        cv2.rectangle(
            sheet,
            (a, a),
            (width - 1 - a, height - 1 - a),
            colour,
            max(1, round(thick * scale)),
            cv2.LINE_AA,
        )
    # Two long interlaced waves; round or short motifs would look like letters to a reader of text.
    middle, swing = 12.2 * scale, 1.35 * scale
    thin = max(1, round(0.28 * scale))
    for length, across in ((width, False), (height, True)):
        along = np.arange(middle, length - middle + 1, 0.25 * scale)
        for phase in (0.0, np.pi):
            waves = swing * np.sin(2 * np.pi * (along - middle) / (17.0 * scale) + phase)
            for side in (middle, (width if across else height) - 1 - middle):
                line = np.column_stack([side + waves, along] if across else [along, side + waves])
                points = np.round(line * 16).astype(np.int32).reshape(-1, 1, 2)
                cv2.polylines(sheet, [points], False, colour, thin, cv2.LINE_AA, 4)
