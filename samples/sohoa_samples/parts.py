"""The parts of a form line: labels, bold labels and slots to fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bold:
    """A bold label on a form line."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A blank with its value; ``pen`` asks for handwriting even on a typed form."""

    value: str
    weight: float = 1.0
    pen: bool = False
    bold: bool = False


Part = str | Bold | Slot


def pairs_of(parts: Sequence[Part]) -> list[tuple[list[Part], Slot | None]]:
    """Each slot with the labels before it; labels at the end have no slot."""
    pairs: list[tuple[list[Part], Slot | None]] = []
    labels: list[Part] = []
    for part in parts:
        if isinstance(part, Slot):
            pairs.append((labels, part))
            labels = []
        else:
            labels.append(part)
    if labels:
        pairs.append((labels, None))
    return pairs
