"""Batches of lines, made by worker processes while the network learns from the last ones."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training import lines
from training.alphabet import INDEX

#: Pixels along the lines of one batch, and lines sorted by width at a time.
COLUMNS, POOL = 22_000, 1536
#: Every line ends with as much white, so that the last letters are not cut by the convolution.
TAIL = 12


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of about one width: ``pixels`` batch x 40 x width (uint8), what they say, widths.

    ``seen`` counts the lines of the series up to the end of this batch's pool.
    """

    pixels: NDArray[np.uint8]
    targets: NDArray[np.int32]
    lengths: NDArray[np.int32]
    widths: NDArray[np.int32]
    seen: int


def stacked(some: Sequence[tuple[lines.Gray, str]], seen: int = 0) -> Batch:
    """``some`` lines side by side, filled up with white."""
    widths = np.array([gray.shape[1] + TAIL for gray, _ in some], np.int32)
    pixels = np.full((len(some), lines.HEIGHT, -(-int(widths.max()) // 4) * 4), 255, np.uint8)
    for row, (gray, _) in enumerate(some):
        pixels[row, :, : gray.shape[1]] = gray
    lengths = np.array([len(text) for _, text in some], np.int32)
    targets = np.array([INDEX[letter] for _, text in some for letter in text], np.int32)
    return Batch(pixels, targets, lengths, widths, seen)


def _batches(some: list[tuple[lines.Gray, str]], rng: random.Random, seen: int) -> list[Batch]:
    some.sort(key=lambda pair: pair[0].shape[1])
    found, rows = [], []
    for pair in some:
        if rows and pair[0].shape[1] * (len(rows) + 1) > COLUMNS:
            found.append(stacked(rows, seen))
            rows = []
        rows.append(pair)
    found.append(stacked(rows, seen))
    rng.shuffle(found)
    return found


def _varied(rng: random.Random, gray: lines.Gray) -> lines.Gray:
    """A line a little moved, widened, and lighter or darker."""
    height, width = gray.shape
    wide = rng.uniform(0.9, 1.1)
    matrix = np.array([[wide, rng.gauss(0, 0.03), 0], [0, rng.uniform(0.95, 1.05), 0]])
    matrix[1, 2] = rng.gauss(0, 0.8) + (1 - matrix[1, 1]) * lines.BASE
    size = (max(8, round(width * wide)), height)
    moved = cv2.warpAffine(
        gray, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    table = 255 * (np.arange(256) / 255) ** np.exp(rng.gauss(0, 0.35))
    return np.asarray(cv2.LUT(moved, np.clip(table, 0, 255).astype(np.uint8)), np.uint8)


def hardness(number: int) -> float:
    """Wear of line ``number`` of the series: the first 80,000 are easier."""
    return min(1.0, 0.25 + number / 80_000)


def _make(seed: int, worker: int, workers: int, start: int, queue: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    cv2.setNumThreads(1)
    rng = random.Random(f"{seed}/{worker}/{start}")
    number = start + worker
    while True:
        some = []
        for _ in range(POOL):
            gray, text = lines.sample(seed, number, hardness(number))
            number += workers
            # CTC needs a frame for each letter and one more between equal ones.
            if gray.shape[1] / 4 > len(text) * 1.4:  # (nothing to read is also learnt)
                some.append((gray, text))
        # Printing costs as much as learning: each line is shown twice, the second time changed.
        again = [(_varied(rng, gray), text) for gray, text in some]
        for batch in _batches(some, rng, number) + _batches(again, rng, number):
            queue.put(batch)


def endless(seed: int, start: int, workers: int) -> Iterator[Batch]:
    """Batches from line ``start`` of the series on, made by ``workers`` processes."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(maxsize=60)
    for worker in range(workers):
        context.Process(
            target=_make, args=(seed, worker, workers, start, queue), daemon=True
        ).start()
    while True:
        yield queue.get()
