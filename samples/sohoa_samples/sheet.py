"""What is on a page, before it is ink: marks with places in millimetres, and the exact text.

A page is described once and drawn twice: as pixels for a scan (``raster``) or as text and
curves for a digital-born PDF (``born_digital``). ``lines`` is the truth: one entry for each
printed line in the order in which a person reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: A4 portrait, millimetres.
WIDTH, HEIGHT = 210.0, 297.0


@dataclass(frozen=True, slots=True)
class Text:
    """Printed words; ``y`` is the baseline, ``size`` points, ``ink`` black, blue or red."""

    x: float
    y: float
    text: str
    style: str
    size: float
    ink: str = "black"


@dataclass(frozen=True, slots=True)
class Penned:
    """Words written by hand; ``size`` is the height of a small x in millimetres."""

    x: float
    y: float
    text: str
    size: float
    ink: str
    writer: int


@dataclass(frozen=True, slots=True)
class Leader:
    """Dots from ``x0`` to ``x1`` that wait for a value."""

    x0: float
    x1: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line; ``weight`` in points."""

    x0: float
    y0: float
    x1: float
    y1: float
    weight: float = 0.6
    ink: str = "black"


@dataclass(frozen=True, slots=True)
class Seal:
    """A round seal: words along the ring above and below, words across the middle."""

    x: float
    y: float
    radius: float
    ring: str
    foot: str
    middle: tuple[str, ...]
    angle: float
    number: int
    ink: str = "red"


@dataclass(frozen=True, slots=True)
class Signature:
    """Strokes of a pen around ``x``, ``y`` (centre), ``width`` millimetres wide."""

    x: float
    y: float
    width: float
    writer: int
    ink: str = "blue"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Lines of a rubber stamp with its frame (certified copy, incoming mail)."""

    x: float
    y: float
    lines: tuple[str, ...]
    size: float
    angle: float
    ink: str = "red"


@dataclass(frozen=True, slots=True)
class Portrait:
    """A grey head-and-shoulders shape where a photograph would be."""

    x: float
    y: float
    width: float
    height: float


Mark = Text | Penned | Leader | Rule | Seal | Signature | Stamp | Portrait


@dataclass(frozen=True, slots=True)
class Page:
    """One side of paper. ``ground`` names the printed background (``plain`` is white).

    ``over`` is what was put on a photocopy of the page afterwards, in ink of its own.
    """

    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    ground: str = "plain"
    over: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a dossier with everything that is true about it.

    ``form``: original, copy or certified_copy; ``family``: name of the font family.
    ``fields`` holds ISO dates and normalized values, ``penned`` names those written by hand.
    """

    slug: str
    title: str
    doc_type: str
    pages: tuple[Page, ...]
    family: str
    fields: dict[str, Any] = field(default_factory=dict)
    penned: tuple[str, ...] = ()
    form: str = "original"
    digital: bool = False

    @property
    def text(self) -> str:
        """The whole text: lines ended by line feeds, pages parted by form feeds."""
        return "\f".join("".join(line + "\n" for line in page.lines) for page in self.pages)
