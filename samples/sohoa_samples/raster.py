"""Pages as pixels: toner, pen and seal ink on paper, before any scanner sees them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sohoa_samples import ground, pen, seal
from sohoa_samples.fonts import Family
from sohoa_samples.sheet import (
    HEIGHT,
    WIDTH,
    Leader,
    Mark,
    Page,
    Penned,
    Portrait,
    Rule,
    Seal,
    Signature,
    Stamp,
    Text,
)

Pixels = NDArray[np.uint8]

#: Ink by name -> (red, green, blue) where it lies thickest.
INKS: dict[str, tuple[int, int, int]] = {
    "black": (28, 27, 30),
    "blue": (36, 58, 158),
    "darkblue": (22, 28, 92),
    "red": (206, 32, 44),
    "maroon": (150, 30, 40),
}


@lru_cache(maxsize=256)
def _font(path: str, points: float, dpi: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        path, round(points * dpi / 72, 2), layout_engine=ImageFont.Layout.BASIC
    )


def lay_ink(image: Pixels, mask: Pixels, x: int, y: int, ink: tuple[int, int, int]) -> None:
    """Multiply ``ink`` into ``image`` where ``mask`` is; the mask may hang over the edge."""
    height, width = mask.shape
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(image.shape[1], x + width), min(image.shape[0], y + height)
    if x0 >= x1 or y0 >= y1:
        return
    part = mask[y0 - y : y1 - y, x0 - x : x1 - x]
    region = image[y0:y1, x0:x1]
    for channel in range(3):
        table = (255 - np.arange(256) * (255 - ink[channel]) / 255).astype(np.uint8)
        region[..., channel] = cv2.multiply(
            np.ascontiguousarray(region[..., channel]), cv2.LUT(part, table), scale=1 / 255
        )


def draw_strokes(
    strokes: list[pen.Stroke], dpi: int, thickness_mm: float
) -> tuple[Pixels, int, int] | None:
    """Strokes in millimetres as a mask and its place in pixels."""
    if not strokes:
        return None
    scale = dpi / 25.4
    every = np.vstack(strokes) * scale
    pad = 8
    x, y = int(every[:, 0].min()) - pad, int(every[:, 1].min()) - pad
    width = int(every[:, 0].max()) + pad - x
    height = int(every[:, 1].max()) + pad - y
    mask = np.zeros((max(1, height), max(1, width)), np.uint8)
    thick = max(1, round(thickness_mm * scale))
    for stroke in strokes:
        points = np.round((stroke * scale - (x, y)) * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(mask, [points], False, 255, thick, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(mask, (3, 3), 0.6), np.uint8), x, y


def _toner(marks: Sequence[Mark], family: Family, dpi: int, ink: str) -> Pixels | None:
    """Everything a printer put down in one colour."""
    scale = dpi / 25.4
    size = (round(WIDTH * scale), round(HEIGHT * scale))
    canvas = Image.new("L", size, 0)
    draw = ImageDraw.Draw(canvas)
    used = False
    for mark in marks:
        match mark:
            case Text() if mark.ink == ink:
                font = _font(family.file(mark.style), mark.size, dpi)
                draw.text((mark.x * scale, mark.y * scale), mark.text, 255, font, anchor="ls")
                used = True
            case Leader() if ink == "black":
                font = _font(family.file("regular"), mark.size * 0.86, dpi)
                one = font.getlength(".")
                count = int((mark.x1 - mark.x0) * scale / one)
                if count > 0:
                    used = True
                    draw.text(
                        (mark.x0 * scale, mark.y * scale), "." * count, 225, font, anchor="ls"
                    )
            case Rule() if mark.ink == ink:
                weight = max(1, round(mark.weight * dpi / 72))
                draw.line(
                    (mark.x0 * scale, mark.y0 * scale, mark.x1 * scale, mark.y1 * scale),
                    235,
                    weight,
                )
                used = True
            case _:
                pass
    return np.asarray(canvas) if used else None


def _portrait(image: Pixels, mark: Portrait, dpi: int) -> None:
    scale = dpi / 25.4
    w, h = round(mark.width * scale), round(mark.height * scale)
    x, y = round(mark.x * scale), round(mark.y * scale)
    photo = np.full((h, w), 205, np.uint8)
    cv2.ellipse(
        photo,
        (w // 2, round(h * 1.02)),
        (round(w * 0.46), round(h * 0.36)),
        0,
        0,
        360,
        88,
        -1,
        cv2.LINE_AA,
    )
    cv2.ellipse(
        photo,
        (w // 2, round(h * 0.42)),
        (round(w * 0.2), round(h * 0.24)),
        0,
        0,
        360,
        158,
        -1,
        cv2.LINE_AA,
    )
    cv2.ellipse(
        photo,
        (w // 2, round(h * 0.3)),
        (round(w * 0.23), round(h * 0.16)),
        0,
        180,
        360,
        40,
        -1,
        cv2.LINE_AA,
    )
    soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), dpi / 110), np.uint8)
    image[y : y + h, x : x + w] = soft[..., None]


def draw(page: Page, family: Family, dpi: int, *, pattern: bool = True) -> Pixels:
    """``page`` as an RGB image of A4 size at ``dpi``; ``pattern`` as in ``ground.paper``."""
    image = ground.paper(page.ground, dpi, pattern).copy()
    put_on(image, page.marks, family, dpi)
    return image


def put_on(image: Pixels, marks: Sequence[Mark], family: Family, dpi: int) -> None:
    """Put ``marks`` on a page that may have been through a copier."""
    for ink in ("black", "red", "maroon", "blue"):
        mask = _toner(marks, family, dpi, ink)
        if mask is not None:
            lay_ink(image, mask, 0, 0, INKS[ink])
    scale = dpi / 25.4
    for mark in marks:
        match mark:
            case Penned():
                strokes = pen.write(mark.text, mark.x, mark.y, mark.size, mark.writer)
                drawn = draw_strokes(strokes, dpi, 0.3)
                if drawn:
                    lay_ink(image, *drawn, INKS[mark.ink])
            case Signature():
                drawn = draw_strokes(pen.sign(mark.x, mark.y, mark.width, mark.writer), dpi, 0.36)
                if drawn:
                    lay_ink(image, *drawn, INKS[mark.ink])
            case Seal():
                mask = seal.round_seal(mark, dpi)
                half = mask.shape[0] // 2
                lay_ink(
                    image,
                    mask,
                    round(mark.x * scale) - half,
                    round(mark.y * scale) - half,
                    INKS[mark.ink],
                )
            case Stamp():
                mask = seal.rubber_stamp(mark, dpi)
                lay_ink(image, mask, round(mark.x * scale), round(mark.y * scale), INKS[mark.ink])
            case Portrait():
                _portrait(image, mark, dpi)
            case _:
                pass
