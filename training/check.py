"""Errors on generated lines that no training sees: other series, and writers kept aside."""

from __future__ import annotations

import random
from functools import cache

import torch

from training import lines, texts, wear
from training.alphabet import LABELS, PENNED, as_penned, plain
from training.feed import stacked
from training.network import Reader, frames

#: The series of the checked lines, and the pens that write the checked numbers.
SEED, WRITERS = 424_242, range(9_001, 9_401)
MODES = ("easy", "hard", "penned")


@cache
def some(mode: str, count: int = 400) -> tuple[tuple[lines.Gray, str], ...]:
    """``count`` lines: little wear, full wear, or numbers of pens never trained on."""
    if mode == "penned":
        return tuple(_penned(number) for number in range(count))
    hard = {"easy": 0.25, "hard": 1.0}[mode]
    return tuple(lines.sample(SEED, number, hard) for number in range(count))


def _penned(number: int) -> tuple[lines.Gray, str]:
    rng = random.Random(f"{SEED}/pen/{number}")
    em, text = rng.uniform(26, 46), texts.penned(rng)
    image, base = lines.written(rng, text, em, rng.choice(WRITERS))
    image = wear.on_paper(rng, image, base, em, 0.4)
    inked = (image < 128).any(axis=0).nonzero()[0]
    ends = (float(inked[0]), float(inked[-1] + 1)) if inked.size else (0.0, em)
    return lines.fitted(rng, image, ends, base, em, 0.4), as_penned(text)


def greedy(best: list[int]) -> str:
    """Labels of the best output of each frame (CTC: repeats merge, blanks vanish)."""
    kept = [now for now, before in zip(best, [0, *best], strict=False) if now and now != before]
    return "".join(LABELS[place - 1] for place in kept)


@torch.no_grad()
def read(network: Reader, some: list[tuple[lines.Gray, str]], device: str = "cpu") -> list[str]:
    """The labels that the network reads in ``some`` lines."""
    found: list[str] = []
    for start in range(0, len(some), 32):
        part = stacked(some[start : start + 32])
        pixels = torch.from_numpy(part.pixels).to(device)
        out = network((255 - pixels).float().div(255).unsqueeze(1)).argmax(2).tolist()
        found += [greedy(row[: frames(int(w))]) for row, w in zip(out, part.widths, strict=True)]
    return found


def distance(a: str, b: str) -> int:
    """Edit distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def figures(network: Reader, device: str = "cpu") -> dict[str, float]:
    """Wrong letters of easy and hard lines, and whole penned values read right, in percent."""
    found: dict[str, float] = {}
    for mode in MODES:
        truth = some(mode)
        got = read(network, sorted(truth, key=lambda pair: pair[0].shape[1]), device)
        said = [text for _, text in sorted(truth, key=lambda pair: pair[0].shape[1])]
        if mode == "penned":
            right = sum(plain(a) == plain(b) for a, b in zip(got, said, strict=True))
            found["penned exact %"] = round(100 * right / len(said), 2)
            digits = [label for text in got for label in text if plain(label) in PENNED]
            told = sum(label != plain(label) for label in digits)
            found["told as pen %"] = round(100 * told / max(1, len(digits)), 2)
        else:
            wrong = sum(distance(plain(a), plain(b)) for a, b in zip(got, said, strict=True))
            found[f"{mode} CER %"] = round(100 * wrong / sum(map(len, said)), 3)
    return found
