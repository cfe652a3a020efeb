"""What paper, pens, seals, scanners and telephones do to a line, at the size it has on the scan."""

from __future__ import annotations

import math
import random

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
_NOISE = np.random.default_rng(20260101).standard_normal((256, 2048)).astype(np.float32)


def on_paper(rng: random.Random, image: Gray, base: float, em: float, hard: float) -> Gray:
    """``image`` after its life on paper; ``base`` is the y of its baseline.

    ``hard`` scales how often and how strongly each kind of wear strikes.
    """

    def struck(share: float) -> bool:
        return rng.random() < share * hard

    if struck(0.3):
        image = _weighted(rng, image, em)
    if struck(0.4):
        image = _moved(rng, image, base, em)
    if struck(0.3):
        image = _neighbours(rng, image, base, em)
    if struck(0.22):
        _rules(rng, image, base, em)
    if struck(0.1):
        _leaders(rng, image, base, em)
    if struck(0.15):
        image = _seal(rng, image, em)
    if struck(0.08):
        _signature(rng, image, em)
    if struck(0.15):
        image = _faint(rng, image)
    if struck(0.12):
        image = _through(rng, image)
    if struck(0.75):
        sigma = rng.uniform(0.3, 0.95) * min(1.6, max(0.75, em / 26))
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
    if struck(0.1):
        image = _smeared(rng, image)
    if struck(0.7):
        image = _grain(rng, image, rng.uniform(1.5, 13))
    if struck(0.16):
        image = _bilevel(rng, image, em)
    elif struck(0.5):
        quality = rng.randint(25, 85)
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if done else image
    if struck(0.5):
        # Dividing by the background (as the page was prepared) leaves some gray and some glare.
        low, high = rng.randint(0, 70), rng.randint(225, 262)
        table = np.clip(np.linspace(low, high, 256), 0, 255).astype(np.uint8)
        image = cv2.LUT(image, table)
    return np.asarray(image, np.uint8)


def dirt(rng: random.Random, image: Gray, em: float) -> Gray:
    """``image`` with traces that are no text: rules, a seal, a signature, grain."""
    base = em * 1.35
    if rng.random() < 0.5:
        _rules(rng, image, base, em)
    if rng.random() < 0.5:
        image = _seal(rng, image, em)
    if rng.random() < 0.6:
        _signature(rng, image, em)
    if rng.random() < 0.3:
        _leaders(rng, image, base, em)
    return _grain(rng, image, rng.uniform(1, 14))


def _weighted(rng: random.Random, image: Gray, em: float) -> Gray:
    """Thicker or thinner strokes: too much toner, worn ribbons, photocopies of photocopies."""
    size = 2 if em < 34 else rng.choice((2, 3))
    kernel = np.ones((size, rng.choice((1, size))), np.uint8)
    changed = cv2.erode(image, kernel) if rng.random() < 0.62 else cv2.dilate(image, kernel)
    share = rng.uniform(0.25, 0.9)
    return np.asarray(cv2.addWeighted(changed, share, image, 1 - share, 0), np.uint8)


def _moved(rng: random.Random, image: Gray, base: float, em: float) -> Gray:
    """Lean, tilt, and the curl of a sheet that a telephone photographed."""
    height, width = image.shape
    lean = rng.gauss(0, 0.06)
    tilt = math.tan(math.radians(rng.gauss(0, 0.5))) * min(1.0, 300 / width)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    middle = width / 2
    xs = x + lean * (y - base)
    ys = y + tilt * (x - middle)
    if rng.random() < 0.35:
        swing = rng.uniform(0.02, 0.09) * em
        ys += swing * np.sin(x * (2 * math.pi / rng.uniform(6, 30) / em) + rng.uniform(0, 6))
    moved = cv2.remap(
        image, xs.astype(np.float32), ys.astype(np.float32), cv2.INTER_LINEAR, borderValue=255
    )
    return np.asarray(moved, np.uint8)


def _neighbours(rng: random.Random, image: Gray, base: float, em: float) -> Gray:
    """Feet of the line above and heads of the line below, as crops of dense pages have them."""
    height, width = image.shape
    other = np.roll(image, rng.randrange(1, max(2, width)), axis=1)
    step = rng.uniform(1.08, 1.5) * em
    out = image
    for sign in (-1, 1):
        if rng.random() < 0.7:
            shift = round(sign * step)
            moved = np.full_like(image, 255)
            if shift < 0:
                moved[:shift] = other[-shift:]
            else:
                moved[shift:] = other[: height - shift]
            out = cv2.min(out, moved)
    return np.asarray(out, np.uint8)


def _rules(rng: random.Random, image: Gray, base: float, em: float) -> None:
    """Underlines, table rules, box edges."""
    height, width = image.shape
    shade = rng.randint(0, 140)
    thick = max(1, round(em * rng.uniform(0.02, 0.07)))
    slope = rng.gauss(0, 0.006) * width
    if rng.random() < 0.75:
        at = base + em * rng.choice((rng.uniform(0.08, 0.36), rng.uniform(0.3, 0.5), -1.2))
        ends = (0, width) if rng.random() < 0.6 else sorted((rng.randrange(width), width // 2))
        first, last = (int(ends[0]), round(at)), (int(ends[1]), round(at + slope))
        cv2.line(image, first, last, shade, thick, cv2.LINE_AA)
    if rng.random() < 0.4:
        x = rng.choice((rng.uniform(0, em * 0.7), width - rng.uniform(0, em * 0.7)))
        cv2.line(image, (round(x), 0), (round(x), height), shade, thick, cv2.LINE_AA)


def _leaders(rng: random.Random, image: Gray, base: float, em: float) -> None:
    """Dots under what was filled in, or remains of them beside it."""
    width = image.shape[1]
    pitch, size = em * rng.uniform(0.16, 0.3), max(1, round(em * 0.045))
    at = base + em * rng.uniform(0.0, 0.14)
    whole = rng.random() < 0.4
    for number in range(int(width / pitch)):
        x = number * pitch
        inside = em < x < width - em
        if not inside or whole:
            cv2.circle(image, (round(x), round(at)), size, rng.randint(20, 110), -1, cv2.LINE_AA)


def _seal(rng: random.Random, image: Gray, em: float) -> Gray:
    """The gray that is left of a red seal in the red channel, or a photocopy's black seal:
    rings, a star, letters around and inside."""
    width = image.shape[1]
    layer = np.full_like(image, 255)
    copied = rng.random() < 0.35
    shade = rng.randint(0, 90) if copied else rng.randint(120, 225)
    # On copies only a part of the line is covered: whole words under black cannot be learnt.
    x = rng.choice((0, width)) + rng.uniform(-3, 1.5) * em if copied else rng.randrange(width)
    centre = (round(x), round(rng.uniform(-3.6, 3.6 if copied else 3) * em))
    radius = em * rng.uniform(2.2, 4.5)
    for part in (1.0, 0.94, 0.66):
        thick = em * (rng.uniform(0.05, 0.14) if copied else 0.06)
        cv2.circle(layer, centre, round(radius * part), shade, max(1, round(thick)), cv2.LINE_AA)
    for turn in range(rng.randint(8, 22)):
        angle = turn * 0.33
        x = centre[0] + radius * 0.8 * math.cos(angle)
        y = centre[1] + radius * 0.8 * math.sin(angle)
        cv2.line(
            layer,
            (round(x), round(y)),
            (round(x + em * rng.uniform(-0.3, 0.3)), round(y + em * rng.uniform(-0.3, 0.3))),
            shade,
            max(1, round(em * 0.09)),
            cv2.LINE_AA,
        )
    if copied:
        for row in range(-1, 3):
            said = "".join(rng.choice("ABCDGHIKLMNOTUVXY ") for _ in range(rng.randint(4, 10)))
            at = round(centre[0] - radius * 0.55), round(centre[1] + row * em * 0.55)
            cv2.putText(layer, said, at, cv2.FONT_HERSHEY_SIMPLEX, em / 70, shade, 1, cv2.LINE_AA)
    return np.asarray(cv2.min(image, layer), np.uint8)


def _signature(rng: random.Random, image: Gray, em: float) -> None:
    """A stroke or two of somebody's signature across the letters."""
    height, width = image.shape
    for _ in range(rng.randint(1, 2)):
        count = rng.randint(4, 8)
        xs = np.sort(np.array([rng.uniform(-0.1, 1.1) * width for _ in range(count)]))
        ys = np.array([rng.uniform(-0.2, 1.2) * height for _ in range(count)])
        t = np.linspace(0, count - 1, 60)
        smooth = np.column_stack([np.interp(t, range(count), xs), np.interp(t, range(count), ys)])
        smooth = cv2.GaussianBlur(smooth.astype(np.float32), (1, 9), 2)
        points = np.round(smooth * 16).astype(np.int32)
        thick = max(1, round(em * rng.uniform(0.03, 0.08)))
        cv2.polylines(image, [points], False, rng.randint(30, 200), thick, cv2.LINE_AA, 4)


def _faint(rng: random.Random, image: Gray) -> Gray:
    """Weak toner, in patches."""
    height, width = image.shape
    few = np.array([[rng.uniform(0.0, 0.75) for _ in range(6)] for _ in range(2)], np.float32)
    weak = cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(255 - (255 - image.astype(np.float32)) * (1 - weak * 0.85), np.uint8)


def _through(rng: random.Random, image: Gray) -> Gray:
    """The other side of the sheet."""
    ghost = cv2.GaussianBlur(cv2.flip(image, 1), (0, 0), 1.5)
    ghost = np.roll(ghost, rng.randrange(image.shape[0]), axis=0)
    share = rng.uniform(0.04, 0.25)
    return np.asarray(cv2.min(image, (255 - (255 - ghost) * share).astype(np.uint8)), np.uint8)


def _smeared(rng: random.Random, image: Gray) -> Gray:
    """A hand that moved: blur along one direction."""
    size = rng.choice((3, 4, 5))
    kernel = np.zeros((size, size), np.float32)
    if rng.random() < 0.5:
        kernel[size // 2] = 1 / size
    else:
        np.fill_diagonal(kernel, 1 / size)
    return np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)


def _grain(rng: random.Random, image: Gray, sigma: float) -> Gray:
    height, width = image.shape
    y, x = rng.randrange(64), rng.randrange(512)
    noise = np.take(_NOISE[y : y + height], range(x, x + width), axis=1, mode="wrap")
    if noise.shape[0] < height:
        noise = np.resize(noise, image.shape)
    if rng.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 1.8
    return np.asarray(np.clip(image + noise * sigma, 0, 255), np.uint8)


def _bilevel(rng: random.Random, image: Gray, em: float) -> Gray:
    """Black and white only, with specks of dirt and of lost toner."""
    if rng.random() < 0.6:
        image = _grain(rng, image, rng.uniform(4, 22))
    level = rng.randint(110, 205)
    ink = int((image < 128).sum())
    black = np.where(image < level, 0, 255).astype(np.uint8)
    if int((black == 0).sum()) < 0.7 * ink or ink == 0:
        # Nobody could read what is left: a scanner's operator would have turned the knob.
        return image
    area = black.size
    for shade, most in ((0, 0.0018), (255, 0.0025)):
        if rng.random() < 0.6:
            for _ in range(int(area * rng.uniform(0, most))):
                y, x = rng.randrange(black.shape[0]), rng.randrange(black.shape[1])
                black[y : y + rng.randint(1, 2), x : x + rng.randint(1, 2)] = shade
    return black
