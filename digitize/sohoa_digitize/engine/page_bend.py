"""How a page is bent, measured on the feet of its letters, and where they stood if it lay flat.

A page that was photographed, or that a binding held, bends its lines, and all of them much alike:
one smooth map for the page tells short lines their course too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The bend of a page is measured at places so many ems apart, at most so many across it and so
#: many down; less than this share of an em is none.
_APART_ACROSS, _ACROSS, _DOWN, _FLAT = 3.0, 18, 5, 0.06
#: It is measured on chains of so many letters at least, so many letters at least and at most.
_TELLING, _FEWEST, _MOST_TELLING = 4, 20, 5000
#: No page is bent by so many ems, nor does print stand less level than this when it is laid flat.
_WILD, _LIKELY = 8.0, 0.4
#: It is measured so many times, each time on the chains of the page laid flatter.
_ROUNDS = 3
#: How stiff the page is: across, down, and that it bends alike from top to bottom.
_STIFF = (1.0, 3.0, 0.3)


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """How far each place of a page stands below where it would stand if the page lay flat.

    ``drop`` holds that (pixels) at knots ``across`` and ``down`` pixels apart.
    """

    drop: Floats
    across: float
    down: float

    def knots(self, x: Floats, y: Floats) -> tuple[Ints, Floats]:
        """The four knots around each place, numbered row by row, and their shares in it."""
        rows, columns = self.drop.shape
        row = np.clip(y / self.down, 0, rows - 1.001)
        column = np.clip(x / self.across, 0, columns - 1.001)
        at = row.astype(np.int64) * columns + column.astype(np.int64)
        below, right = row % 1, column % 1
        shares = (
            (1 - below) * (1 - right),
            (1 - below) * right,
            below * (1 - right),
            below * right,
        )
        return np.stack([at, at + 1, at + columns, at + columns + 1], 1), np.stack(shares, 1)

    def at(self, x: Floats, y: Floats) -> Floats:
        """The drop at each ``x`` and ``y`` of the flat page."""
        near, shares = self.knots(x, y)
        return np.asarray((self.drop.ravel()[near] * shares).sum(axis=1))

    def flattened(self, parts: Floats) -> Floats:
        """``parts`` where they would stand if the page lay flat."""
        flat = parts.copy()
        x, y = parts[:, 0] + parts[:, 2] / 2, parts[:, 1] + parts[:, 3]
        level = y
        for _ in range(4):
            level = y - self.at(x, level)
        flat[:, 1] += level - y
        return flat


def bend_of(
    parts: Floats,
    line_of: Ints,
    usual: float,
    shape: tuple[int, int],
    chained: Callable[[Floats, float], Ints],
) -> Bend | None:
    """How a page of ``shape`` (height, width) is bent; None if it lies flat.

    ``parts`` are its letters (x, y, width, height, area; pixels), ``line_of`` numbers the line
    of each, ``usual`` is the em of its print; ``chained`` finds the lines anew.
    """
    columns = min(_ACROSS, max(4, round(shape[1] / (_APART_ACROSS * usual)) + 1))
    bend = Bend(np.zeros((_DOWN, columns)), shape[1] / (columns - 1), shape[0] / (_DOWN - 1))
    for turn in range(_ROUNDS):
        flat = bend.flattened(parts) if turn else parts
        line_of = chained(flat, usual) if turn else line_of
        telling = _telling(line_of)
        if int(telling.sum()) < _FEWEST:
            return None
        known = np.unique(line_of[telling], return_inverse=True)[1].astype(np.int64)
        more, level = _measured_bend(flat[telling], known, usual, bend, turns=4 if turn else 2)
        bend = replace(bend, drop=bend.drop + more)
        wild = level < _LIKELY or float(np.abs(bend.drop).max()) > _WILD * usual
        if wild or (turn == 0 and _flat(bend, parts[telling], usual)):
            return None
    return bend


def _telling(line_of: Ints) -> NDArray[np.bool_]:
    """Which letters tell of the bend: those of the longest chains."""
    count = np.bincount(line_of)
    longest = np.argsort(-count, kind="stable")
    told = np.zeros(len(count), np.bool_)
    told[longest[np.cumsum(count[longest]) <= _MOST_TELLING]] = True
    return np.asarray((told & (count >= _TELLING))[line_of])


def _flat(bend: Bend, parts: Floats, usual: float) -> bool:
    """Whether a page bent so is straight, if crooked, where its ``parts`` stand."""
    place = np.arange(bend.drop.shape[1]) * bend.across
    first, last = np.quantile(parts[:, 0] + parts[:, 2] / 2, (0.03, 0.97))
    inked = (place >= first - bend.across / 2) & (place <= last + bend.across / 2)
    place, drop = place[inked] - place[inked].mean(), bend.drop[:, inked]
    rest = drop - drop.mean(axis=1, keepdims=True)
    rest -= (rest @ place / max(float(place @ place), 1.0))[:, None] * place
    return float(np.abs(rest).max()) < _FLAT * usual


def _measured_bend(
    parts: Floats, line_of: Ints, usual: float, bend: Bend, *, turns: int
) -> tuple[Floats, float]:
    """The drop at the knots of ``bend`` that lays the feet of each chain level.

    Least squares with a height for each chain, which is not told, and a stiff page. The second
    number, from 0 to 1, tells how level they then are.
    """
    x, foot = parts[:, 0] + parts[:, 2] / 2, parts[:, 1] + parts[:, 3]
    number, count = int(line_of.max()) + 1, bend.drop.size
    mean = np.bincount(line_of, foot) / np.bincount(line_of)
    near, shares = bend.knots(x, mean[line_of])
    of_chain = line_of[:, None] * count + near
    pairs = near[:, :, None] * count + near[:, None, :]
    products = shares[:, :, None] * shares[:, None, :]
    stiff = _stiffness(bend.drop.shape)
    weight = np.ones(len(parts))
    drop: Floats = np.zeros(count)
    for _ in range(turns):
        held = weight[:, None] * shares
        total = np.maximum(np.bincount(line_of, weight, number), 1e-9)
        sums = np.bincount(of_chain.ravel(), held.ravel(), number * count).reshape(number, count)
        height = np.bincount(line_of, weight * foot, number)
        squares = np.bincount(pairs.ravel(), (weight[:, None, None] * products).ravel(), count**2)
        normal = squares.reshape(count, count) - (sums.T / total) @ sums + stiff
        right = np.bincount(near.ravel(), (held * foot[:, None]).ravel(), count)
        drop = np.asarray(np.linalg.solve(normal, right - sums.T @ (height / total)), np.float64)
        rest = foot - (drop[near] * shares).sum(axis=1) - ((height - sums @ drop) / total)[line_of]
        # What hangs below the line or floats above it counts little.
        weight = 1 / (1 + (rest / (0.06 * usual)) ** 2)
    return drop.reshape(bend.drop.shape), float(weight.mean())


@cache
def _stiffness(size: tuple[int, ...]) -> Floats:
    """What the knots of a page of ``size`` (rows, columns) cost by how they differ."""
    rows, columns = np.eye(size[0]), np.eye(size[1])
    across, down, alike = _STIFF
    found = 1e-4 * np.eye(size[0] * size[1])  # settles what no letter tells
    for price, order in ((across, 2), (1e-3, 1)):
        step = np.diff(columns, order, axis=0)
        found += price * np.kron(rows, step.T @ step)
    for price, order in ((down, 2), (alike, 1)):
        step = np.diff(rows, order, axis=0)
        found += price * np.kron(step.T @ step, columns)
    return found
