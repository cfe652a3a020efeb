"""What a pen does: handwriting and signatures as smooth strokes in millimetres.

A writer is a number; the same writer always has the same slant, width and haste, while each
word differs a little, as it does on paper.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sohoa_samples.dice import Dice
from sohoa_samples.pen_letters import ACCENTS, LETTERS

Stroke = NDArray[np.float64]
_HORN, _DOT = "\u031b", "\u0323"
_SPACE = 0.62


def _smooth(points: Sequence[tuple[float, float]] | Stroke, steps: int = 7) -> Stroke:
    """A Catmull-Rom curve through the points."""
    p = np.asarray(points, dtype=np.float64)
    if len(p) < 3:
        return p
    p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                   + (3 * b - a - 3 * c + d) * t**3)
        )  # fmt: skip
    return np.vstack([*pieces, p[-2][None, :]])


@lru_cache(maxsize=512)
def _glyph(letter: str) -> tuple[float, tuple[Stroke, ...]]:
    """Width and smooth strokes of one composed letter, in units of the x-height."""
    if letter in "đĐ":
        width, plain = _glyph("d" if letter == "đ" else "D")
        bar = [(0.5, 1.55), (1.1, 1.58)] if letter == "đ" else [(-0.1, 0.98), (0.55, 1.0)]
        return width, (*plain, np.asarray(bar))
    base, *accents = list(unicodedata.normalize("NFD", letter))
    if base not in LETTERS:
        base, accents = "-", []
    width, raw = LETTERS[base]
    strokes = [_smooth(stroke) for stroke in raw]
    if base == "i" and set(accents) - {_DOT}:
        strokes = strokes[:1]
    top = 2.0 if base.isupper() else 1.08
    for accent in accents:
        for stroke in ACCENTS[accent]:
            moved = _smooth(stroke)
            if accent == _HORN:
                moved += (width * 0.86, 1.6 if base.isupper() else 0.8)
            elif accent == _DOT:
                moved += (width * 0.5, 0.0)
            else:
                moved += (width * 0.5, top)
            strokes.append(moved)
        if accent not in (_HORN, _DOT):
            top += 0.3
    return width, tuple(strokes)


@lru_cache(maxsize=256)
def _manner(writer: int) -> tuple[float, float, float, float]:
    dice = Dice("writer", writer)
    return (
        dice.uniform(0.05, 0.38),  # slant
        dice.uniform(0.95, 1.18),  # breadth of letters
        dice.uniform(0.08, 0.22),  # gap between letters
        dice.uniform(0.012, 0.035),  # unsteadiness
    )


def width_mm(text: str, size: float, writer: int) -> float:
    """Length of handwritten ``text``; ``size`` is the x-height in millimetres."""
    _, breadth, gap, _ = _manner(writer)
    units = sum(_SPACE if c == " " else _glyph(c)[0] * breadth + gap for c in text)
    return units * size


def write(text: str, x: float, y: float, size: float, writer: int) -> list[Stroke]:
    """Strokes of ``text`` from ``x`` on the baseline ``y`` (page coordinates, y down)."""
    slant, breadth, gap, shake = _manner(writer)
    rng = Dice("write", writer, text, round(x, 1), round(y, 1)).numpy()
    strokes: list[Stroke] = []
    at = 0.0
    rise = rng.normal(0, 0.012)
    drift = 0.0
    for letter in text:
        if letter == " ":
            at += _SPACE
            continue
        width, shapes = _glyph(letter)
        grow = 1 + rng.normal(0, 0.05)
        drift = 0.7 * drift + rng.normal(0, 0.035)
        for shape in shapes:
            s = shape * (breadth, grow) + rng.normal(0, shake, shape.shape)
            s[:, 0] += s[:, 1] * slant + at
            s[:, 1] += drift + at * rise * 0.3
            strokes.append(np.column_stack([x + s[:, 0] * size, y - s[:, 1] * size]))
        at += width * breadth + gap
    return strokes


def sign(x: float, y: float, width: float, writer: int) -> list[Stroke]:
    """A signature around ``x``, ``y``: an initial, a run of loops or waves, mostly a flourish."""
    dice = Dice("sign", writer)
    height = width * dice.uniform(0.2, 0.36)
    left = x - width / 2
    strokes: list[Stroke] = []
    if dice.happens(0.7):
        strokes += _initial(dice, left, y, width, height)
    else:
        start = [
            (left + width * (0.02 + 0.055 * step) + dice.uniform(-1, 1) * width * 0.05,
             y + (-1) ** step * height * dice.uniform(0.3, 0.95))
            for step in range(dice.randint(4, 6))
        ]  # fmt: skip
        strokes.append(_smooth(start, 14))
    strokes.append(_run(dice, left, y, width, height))
    if dice.happens(0.7):
        strokes.append(_flourish(dice, left, y, width, height))
    tilt = np.radians(dice.uniform(-16, 4))
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    return [(stroke - (x, y)) @ turn.T + (x, y) for stroke in strokes]


def _initial(dice: Dice, left: float, y: float, width: float, height: float) -> list[Stroke]:
    """A capital, drawn out tall and leaning."""
    _, shapes = _glyph(dice.choice("ABCDGHKLMNPQSTVXY"))
    size, lean = height * dice.uniform(0.7, 1.05), dice.uniform(0.1, 0.6)
    strokes = []
    for shape in shapes:
        moved = shape * (dice.uniform(0.8, 1.3), 1.0)
        moved[:, 0] += moved[:, 1] * lean
        strokes.append(
            np.column_stack([left + moved[:, 0] * size, y + height * 0.45 - moved[:, 1] * size])
        )
    return strokes


def _run(dice: Dice, left: float, y: float, width: float, height: float) -> Stroke:
    """The hasty middle of a signature: loops that shrink, or waves with one tall letter."""
    begin, length = dice.uniform(0.18, 0.36), dice.uniform(0.4, 0.62)
    turns = dice.randint(4, 9)
    t = np.linspace(0, 1, turns * 16)
    swing = dice.uniform(0.0, 0.055) * width
    phase = 2 * np.pi * turns * t + dice.uniform(0, 6)
    size = height * dice.uniform(0.16, 0.42) * (1 - dice.uniform(0.3, 0.8) * t)
    size = size * (1 + dice.uniform(0.5, 1.8) * np.exp(-(((t - dice.random()) / 0.07) ** 2)))
    xs = left + width * (begin + length * t) + swing * np.cos(phase)
    ys = y + size * np.sin(phase) + height * dice.uniform(-0.25, 0.15) * t
    tail_x = xs[-1] + width * np.linspace(0.02, dice.uniform(0.1, 0.3), 8)
    tail_y = ys[-1] - height * dice.uniform(-0.2, 0.5) * np.linspace(0, 1, 8) ** 1.6
    return np.column_stack([np.append(xs, tail_x), np.append(ys, tail_y)])


def _flourish(dice: Dice, left: float, y: float, width: float, height: float) -> Stroke:
    kind = dice.randrange(3)
    if kind == 0:
        points = [(0.85, 0.2), (0.3, 0.5), (0.02, 0.72), (0.5, 0.6), (1.08, 0.28)]
    elif kind == 1:
        points = [(-0.05, 0.55), (0.4, 0.42), (0.8, 0.5), (1.2, 0.3)]
    else:
        points = [(0.95, -0.3), (1.1, 0.2), (0.6, 0.62), (0.1, 0.5), (0.2, 0.2), (0.8, 0.35)]
    return _smooth(
        [
            (
                left + width * (a + dice.uniform(-0.06, 0.06)),
                y + height * (b + dice.uniform(-0.08, 0.08)),
            )
            for a, b in points
        ],
        16,
    )
