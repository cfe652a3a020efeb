"""Seals and rubber stamps as ink masks; agencies, numbers and the word MẪU are invented.

No national emblem is drawn: a plain star takes its place.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sohoa_samples import fonts
from sohoa_samples.dice import Dice
from sohoa_samples.sheet import Seal, Stamp

Pixels = NDArray[np.uint8]


def _bold(pixels: float) -> ImageFont.FreeTypeFont:
    admitted = fonts.families()
    sans = next((admitted[n] for n in ("Liberation Sans", "Noto Sans") if n in admitted), None)
    return fonts.load((sans or fonts.times()).file("bold"), max(5, round(pixels)))


def _strip(text: str, height: int, length: int, share: float) -> Pixels:
    """``text`` centred on a strip that will be bent round the ring, on ``share`` of it."""
    canvas = Image.new("L", (length, height), 0)
    draw = ImageDraw.Draw(canvas)
    pixels = height * 0.8
    while _bold(pixels).getlength(text) > length * share and pixels > 5:
        pixels *= 0.95
    font = _bold(pixels)
    width = font.getlength(text)
    gap = max(0.0, min(height * 0.25, (length * share - width) / max(1, len(text))))
    x = (length - width - gap * (len(text) - 1)) / 2
    for letter in text:
        draw.text((x, height * 0.5), letter, 255, font, anchor="lm")
        x += font.getlength(letter) + gap
    return np.asarray(canvas)


def _star(mask: Pixels, x: float, y: float, radius: float) -> None:
    points = [
        (
            x + (radius if i % 2 == 0 else radius * 0.4) * math.sin(math.pi * i / 5),
            y - (radius if i % 2 == 0 else radius * 0.4) * math.cos(math.pi * i / 5),
        )
        for i in range(10)
    ]
    cv2.fillPoly(mask, [np.round(np.array(points) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)


def round_seal(seal: Seal, dpi: int) -> Pixels:
    """The ink of one impression, uneven as rubber is; square mask around the centre."""
    scale = dpi / 25.4
    radius = seal.radius * scale
    size = int(radius * 2.12) // 2 * 2 + 2
    centre = (size - 1) / 2
    mask = np.zeros((size, size), np.uint8)
    fixed = (round(centre * 16), round(centre * 16))
    inner = radius * 0.66
    for r, weight in ((radius, 0.05), (radius * 0.925, 0.016), (inner, 0.02)):
        cv2.circle(mask, fixed, round(r * 16), 255, max(1, round(radius * weight)), cv2.LINE_AA, 4)
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) - np.float32(centre)
    r = np.hypot(xx, yy)
    height = round(radius * 0.22)
    middle = (radius * 0.92 + inner) / 2
    length = round(2 * math.pi * middle)
    over = np.arctan2(xx, -yy)
    under = np.arctan2(xx, yy)
    for text, angle, sign, share in (
        (seal.ring, over, 1.0, 0.5),
        (seal.foot, under, -1.0, 0.36),
    ):
        if not text:
            continue
        map_x = (length / 2 + angle * middle).astype(np.float32)
        map_y = (height / 2 - sign * (r - middle)).astype(np.float32)
        bent = cv2.remap(_strip(text, height, length, share), map_x, map_y, cv2.INTER_LINEAR)
        mask = np.maximum(mask, bent)
    for side in (-1, 1):
        a = math.radians(104)
        _star(
            mask,
            centre + side * middle * math.sin(a),
            centre - middle * math.cos(a),
            radius * 0.065,
        )
    _middle(mask, seal.middle, centre, inner)
    return _uneven(mask, seal.angle, Dice("seal", seal.number, seal.ring, seal.foot))


def _middle(mask: Pixels, lines: tuple[str, ...], centre: float, inner: float) -> None:
    canvas = Image.new("L", (mask.shape[1], mask.shape[0]), 0)
    draw = ImageDraw.Draw(canvas)
    if not lines:
        return
    step = min(inner * 0.42, inner * 1.35 / len(lines))
    for index, line in enumerate(lines):
        y = centre + (index - (len(lines) - 1) / 2) * step
        pixels = step * 0.72
        room = 1.85 * math.sqrt(max(1.0, inner**2 - (abs(y - centre) + step * 0.4) ** 2))
        while _bold(pixels).getlength(line) > room and pixels > 5:
            pixels *= 0.93
        if line == "★":
            _star(mask, centre, y, step * 0.62)
        else:
            draw.text((centre, y), line, 255, _bold(pixels), anchor="mm")
    np.maximum(mask, np.asarray(canvas), out=mask)


def _uneven(mask: Pixels, angle: float, dice: Dice) -> Pixels:
    rng = dice.numpy()
    size = mask.shape[0]
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), angle, 1.0)
    turned = cv2.warpAffine(mask, turn, (size, size), flags=cv2.INTER_LINEAR)
    coarse = rng.random((7, 7)).astype(np.float32)
    fine = rng.random((max(8, size // 3), max(8, size // 3))).astype(np.float32)
    cover = 0.72 + 0.42 * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    cover -= 0.5 * (cv2.resize(fine, (size, size)) > 0.83)
    inked = cv2.GaussianBlur(turned, (0, 0), max(0.5, size / 700)).astype(np.float32) * np.clip(
        cover, 0.1, 1.0
    )
    return np.asarray(np.clip(inked * dice.uniform(0.82, 1.0), 0, 255)).astype(np.uint8)


def rubber_stamp(stamp: Stamp, dpi: int) -> Pixels:
    """Framed lines of a stamp, tilted a little."""
    pixels = stamp.size * dpi / 72
    font = _bold(pixels)
    pad = round(pixels * 0.6)
    width = round(max(font.getlength(line) for line in stamp.lines)) + 2 * pad
    step = pixels * 1.3
    height = round(step * len(stamp.lines)) + 2 * pad
    canvas = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(canvas)
    for index, line in enumerate(stamp.lines):
        draw.text((width / 2, pad + step * (index + 0.5)), line, 255, font, anchor="mm")
    draw.rectangle((2, 2, width - 3, height - 3), outline=255, width=max(1, round(dpi / 110)))
    spread = round(math.hypot(width, height) * 0.06) + 4
    mask = cv2.copyMakeBorder(
        np.asarray(canvas), spread, spread, spread, spread, cv2.BORDER_CONSTANT
    )
    turn = cv2.getRotationMatrix2D((mask.shape[1] / 2, mask.shape[0] / 2), stamp.angle, 1.0)
    turned = cv2.warpAffine(mask, turn, (mask.shape[1], mask.shape[0]))
    rng = Dice("stamp", *stamp.lines, round(stamp.x, 2)).numpy()
    coarse = rng.random((5, 9)).astype(np.float32)
    cover = 0.7 + 0.35 * cv2.resize(
        coarse, (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(np.clip(turned * np.clip(cover, 0.1, 1.0), 0, 255)).astype(np.uint8)
