"""What scanners and years do to a page: light, folds, show-through, skew, blur, noise, speckle.

Three levels: ``clean`` (almost perfect, 300 dpi), ``office`` (a good office scanner: skew up to
0.7 degrees, light noise, 200-300 dpi) and ``rough`` (old machines: bilevel with speckle, or
colour at 150-200 dpi with skew up to 2.5 degrees, folds, shadows, show-through).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa_samples.dice import Dice

Pixels = NDArray[np.uint8]
LEVELS = ("clean", "office", "rough")
_TILE = 1024


@dataclass(frozen=True, slots=True)
class Scanner:
    """How one paper is scanned; all its pages share the machine, not the accidents.

    ``skew`` is the largest tilt in degrees, ``noise`` the standard deviation of grey values,
    ``blur`` a sigma in pixels, ``shade`` the depth of uneven light, ``speckle`` specks for
    each square inch, ``jpeg`` the quality. ``bilevel`` pages are black and white only.
    """

    dpi: int
    skew: float
    noise: float
    blur: float
    shade: float
    folds: int
    through: float
    jpeg: int
    bilevel: bool = False
    speckle: float = 0.0
    grey: bool = False
    lid_open: bool = False


def choose_scanner(level: str, dice: Dice) -> Scanner:
    """A scanner that fits the level."""
    if level == "clean":
        return Scanner(300, 0.0, 1.2, 0.35, 0.0, 0, 0.0, 92)
    if level == "office":
        dpi = dice.weighted([(300, 0.5), (200, 0.35), (240, 0.15)])
        return Scanner(
            dpi=dpi,
            skew=0.7,
            noise=dice.uniform(1.5, 3.5),
            blur=dice.uniform(0.45, 0.8) * dpi / 300,
            shade=dice.uniform(0.0, 0.04),
            folds=int(dice.happens(0.15)),
            through=dice.uniform(0.0, 0.03),
            jpeg=dice.randint(77, 84),
            grey=dice.happens(0.08),
        )
    if dice.happens(0.38):
        return Scanner(
            dpi=dice.choice((200, 200, 300)),
            skew=2.0,
            noise=6.0,
            blur=0.9,
            shade=dice.uniform(0.02, 0.08),
            folds=int(dice.happens(0.4)),
            through=dice.uniform(0.0, 0.06),
            jpeg=60,
            bilevel=True,
            speckle=dice.uniform(4, 40),
            lid_open=dice.happens(0.35),
        )
    return Scanner(
        dpi=dice.choice((150, 200, 200)),
        skew=2.5,
        noise=dice.uniform(4, 8),
        blur=dice.uniform(0.55, 1.0),
        shade=dice.uniform(0.1, 0.28),
        folds=dice.randint(0, 2),
        through=dice.uniform(0.04, 0.14),
        jpeg=dice.randint(45, 60),
        lid_open=dice.happens(0.4),
        grey=dice.happens(0.15),
    )


@lru_cache(maxsize=1)
def _noise() -> NDArray[np.float32]:
    """One square of unit noise, a little correlated as sensors are; shifted for each page."""
    rng = np.random.default_rng(20250701)
    raw = rng.standard_normal((_TILE, _TILE)).astype(np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), 0.7)
    mixed = raw * 0.6 + soft / soft.std() * 0.8
    return np.asarray(mixed / mixed.std(), np.float32)


def add_noise(image: Pixels, sigma: float, dice: Dice) -> Pixels:
    """Grey noise of ``sigma``; whites stay within range."""
    if sigma <= 0:
        return image
    tile = np.clip(
        np.roll(_noise(), (dice.randrange(_TILE), dice.randrange(_TILE)), (0, 1)) * sigma, -120, 120
    )
    rows, columns = -(-image.shape[0] // _TILE), -(-image.shape[1] // _TILE)
    result = image.copy()
    plus = np.maximum(tile, 0).astype(np.uint8)
    minus = np.maximum(-tile, 0).astype(np.uint8)
    if image.ndim == 3:
        plus, minus = cv2.merge([plus] * 3), cv2.merge([minus] * 3)
    for row in range(rows):
        for column in range(columns):
            part = result[row * _TILE : (row + 1) * _TILE, column * _TILE : (column + 1) * _TILE]
            h, w = part.shape[:2]
            part[:] = cv2.subtract(cv2.add(part, plus[:h, :w]), minus[:h, :w])
    return result


def _light(shape: tuple[int, ...], scanner: Scanner, dice: Dice) -> Pixels | None:
    """A map of the light (255 is full): slope, shadow of the spine, fold lines."""
    if scanner.shade <= 0.005 and not scanner.folds:
        return None
    height, width = shape[0] // 4, shape[1] // 4
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    angle = dice.uniform(0, 2 * np.pi)
    light = 1 - scanner.shade * (0.5 + np.cos(angle) * x + np.sin(angle) * y)
    if scanner.shade > 0.08 and dice.happens(0.6):
        side = dice.choice((-1.0, 1.0))
        light -= scanner.shade * 0.9 * np.exp(-(((x - side * 0.5) / 0.07) ** 2))
    for fold in range(scanner.folds):
        across = dice.happens(0.75)
        at = dice.choice((-0.17, 0.0, 0.17)) + dice.uniform(-0.01, 0.01) + fold * 0.02
        d = ((y if across else x) - at + dice.uniform(-0.012, 0.012) * (x if across else y)) * 297
        light -= 0.16 * np.exp(-((d / 0.7) ** 2)) + 0.06 * np.exp(
            -(((d - 3.0) / 4.0) ** 2)
        ) * np.sign(d)
    full = cv2.resize(
        np.clip(light, 0.2, 1.0), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(full * 255, np.float32).astype(np.uint8)


def _bytes(image: object) -> Pixels:
    return np.asarray(image, np.uint8)


def _multiply(image: Pixels, light: Pixels) -> Pixels:
    factor = light if image.ndim == 2 else cv2.merge([light] * 3)
    return np.asarray(cv2.multiply(image, factor, scale=1 / 255), np.uint8)


def _tilt(image: Pixels, scanner: Scanner, dice: Dice) -> Pixels:
    if scanner.skew <= 0:
        return image
    height, width = image.shape[:2]
    angle = dice.uniform(-scanner.skew, scanner.skew)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1 + dice.uniform(-0.003, 0.003))
    turn[:, 2] += (dice.uniform(-1, 1) * width * 0.004, dice.uniform(-1, 1) * height * 0.004)
    beyond = (34, 34, 36) if scanner.lid_open else (250, 250, 250)
    border = beyond if image.ndim == 3 else beyond[0]
    tilted = cv2.warpAffine(
        image, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=border
    )
    return np.asarray(tilted, np.uint8)


def photocopy(image: Pixels, dice: Dice) -> Pixels:
    """The page after a trip through a copier: grey, harder, a few toner specks."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    table = np.clip((np.arange(256) - 70) * 1.55, 18, 246).astype(np.uint8)
    grey = cv2.LUT(grey, table)
    rng = dice.numpy()
    for _ in range(dice.randint(10, 60)):
        at = (int(rng.integers(grey.shape[1])), int(rng.integers(grey.shape[0])))
        cv2.circle(grey, at, int(rng.integers(1, 3)), int(rng.integers(40, 150)), -1, cv2.LINE_AA)
    return np.asarray(cv2.merge([grey] * 3), np.uint8)


def _to_bilevel(image: Pixels, scanner: Scanner, dice: Dice) -> Pixels:
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    black = (grey < dice.randint(150, 186)).astype(np.uint8) * 255
    rng = dice.numpy()
    inches = image.shape[0] * image.shape[1] / scanner.dpi**2
    count = int(scanner.speckle * inches)
    ys, xs = rng.integers(0, grey.shape[0] - 2, count), rng.integers(0, grey.shape[1] - 2, count)
    kinds = rng.integers(0, 4, count)
    for dy, dx, least in ((0, 0, 0), (0, 1, 1), (1, 0, 2), (1, 1, 3)):
        chosen = kinds >= least
        black[ys[chosen] + dy, xs[chosen] + dx] = 255
    lost = count // 2
    black[rng.integers(0, grey.shape[0], lost), rng.integers(0, grey.shape[1], lost)] = 0
    return 255 - black


def scan(image: Pixels, scanner: Scanner, dice: Dice, *, behind: Pixels | None = None) -> Pixels:
    """``image`` (RGB) as this scanner delivers it: RGB, grey, or 0/255 when bilevel.

    ``behind`` is the other side of the sheet, which may show through.
    """
    if scanner.grey or scanner.bilevel:
        image = _bytes(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    if behind is not None and scanner.through > 0.01:
        ghost = cv2.cvtColor(cv2.flip(behind, 1), cv2.COLOR_RGB2GRAY)
        small = cv2.resize(ghost, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        ghost = cv2.resize(cv2.GaussianBlur(small, (0, 0), 1.2), (image.shape[1], image.shape[0]))
        table = (255 - (255 - np.arange(256)) * scanner.through).astype(np.uint8)
        image = _multiply(image, _bytes(cv2.LUT(ghost, table)))
    image = _tilt(image, scanner, dice.child("tilt"))
    light = _light(image.shape, scanner, dice.child("light"))
    if light is not None:
        image = _multiply(image, light)
    if scanner.blur > 0.2:
        kernel = (5, 5) if scanner.blur > 0.6 else (3, 3)
        image = _bytes(cv2.GaussianBlur(image, kernel, scanner.blur))
    image = add_noise(image, scanner.noise, dice.child("noise"))
    if scanner.bilevel:
        image = _to_bilevel(image, scanner, dice.child("bilevel"))
    return image
