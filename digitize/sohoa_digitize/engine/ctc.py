"""From the network's outputs to words: the best path, its words, and how sure each is.

Connectionist temporal classification (Graves et al., 2006): each frame names a character or
the blank; repeats merge and blanks vanish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of a line: text, confidence 0-1, and the frame of each letter's peak.

    ``sure`` holds the probability of each character of ``text``.
    """

    text: str
    confidence: float
    frames: tuple[int, ...]
    sure: tuple[float, ...]


def probabilities(logits: Floats, heat: float = 1.0) -> Floats:
    """Softmax over the last axis; ``heat`` above 1 makes the network less sure of itself."""
    scaled = logits / heat
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    powers = np.exp(scaled)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def best_path(
    chances: Floats, characters: str, allowed: NDArray[np.bool_] | None = None
) -> list[tuple[str, float, int]]:
    """Characters of the best path with their probability and the frame of their peak.

    ``chances`` is frames x outputs; output 0 is the blank, output ``n`` is
    ``characters[n - 1]``. ``allowed`` masks outputs.
    """
    if allowed is not None:
        chances = np.where(allowed[None, :], chances, 0.0)
    best = chances.argmax(axis=1)
    peak = chances[np.arange(len(best)), best]
    found: list[tuple[str, float, int]] = []
    before = 0
    for frame, (place, sure) in enumerate(zip(best.tolist(), peak.tolist(), strict=True)):
        if place:
            if place != before:
                found.append((characters[place - 1], sure, frame))
            elif sure > found[-1][1]:
                found[-1] = (characters[place - 1], sure, frame)
        before = place
    return _parted(found, chances[:, characters.find(" ") + 1]) if " " in characters else found


def _parted(path: list[tuple[str, float, int]], spaces: Floats) -> list[tuple[str, float, int]]:
    """``path`` with the spaces that no single frame is sure of, but several together are:
    narrow ones, as between A and V. ``spaces`` holds the chance of one at each frame."""
    found = path[:1]
    for one, other in pairwise(path):
        if " " not in (one[0], other[0]):
            between = spaces[one[2] + 1 : other[2]]
            chance = 1 - float(np.prod(1 - between))
            if chance > 0.5:
                found.append((" ", chance, one[2] + 1 + int(between.argmax())))
        found.append(other)
    return found


def guesses(chances: Floats, characters: str, most: int = 4) -> tuple[tuple[str, float], ...]:
    """The likeliest characters of one frame (no blank) with their probabilities."""
    best = np.argpartition(-chances[1:], most)[:most]
    best = best[np.argsort(-chances[1:][best])]
    return tuple((characters[place], float(chances[place + 1])) for place in best)


def beam(
    chances: Floats, characters: str, *, width: int = 8, most: int = 4
) -> list[tuple[str, float]]:
    """The likeliest texts of one word's frames with their probabilities, best first.

    Prefix beam search (Graves and Jaitly, 2014): unlike the best path it adds up all paths of
    a text. ``width`` texts are followed, ``most`` characters considered at each frame; spaces
    count as blanks.
    """
    space = characters.find(" ") + 1
    # Text -> probability of its paths that end with a blank, and with its last character.
    texts: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for row in chances.tolist():
        blank = row[0] + (row[space] if space else 0.0)
        likely = sorted(range(1, len(row)), key=row.__getitem__, reverse=True)[: most + 1]
        likely = [place for place in likely if place != space and row[place] > 0.003]
        longer: dict[tuple[int, ...], list[float]] = {}
        for text, (paused, held) in texts.items():
            same = longer.setdefault(text, [0.0, 0.0])
            same[0] += (paused + held) * blank
            if text:
                same[1] += held * row[text[-1]]
            for place in likely:
                before = paused if text and text[-1] == place else paused + held
                longer.setdefault((*text, place), [0.0, 0.0])[1] += before * row[place]
        best = sorted(longer.items(), key=lambda item: -sum(item[1]))[:width]
        texts = {text: (both[0], both[1]) for text, both in best}
    return [
        ("".join(characters[place - 1] for place in text), sum(both))
        for text, both in texts.items()
    ]


def words(path: Sequence[tuple[str, float, int]]) -> list[Piece]:
    """The path cut at its spaces."""
    pieces: list[Piece] = []
    letters: list[tuple[str, float, int]] = []

    def close() -> None:
        if letters:
            sure = tuple(chance for _, chance, _ in letters)
            text = "".join(letter for letter, _, _ in letters)
            frames = tuple(frame for _, _, frame in letters)
            pieces.append(Piece(text, certainty(sure), frames, sure))
            letters.clear()

    for one in path:
        if one[0] == " ":
            close()
        else:
            letters.append(one)
    close()
    return pieces


def certainty(sure: Sequence[float]) -> float:
    """How sure a word is: as its weakest letter, a little less for each further doubtful one."""
    weakest = min(sure)
    return float(weakest * np.prod([0.5 + 0.5 * s for s in sorted(sure)[1:4]]))
