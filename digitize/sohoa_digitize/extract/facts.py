"""Makes the facts: a value, where it stood, how sure it is, and whether a person must look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sohoa_core.facts import FieldFact, ReviewState, Source
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.words import PageText, Word, mean_confidence, to_millimetres, union
from sohoa_vietnam.text import nfc

#: A higher limit for review is asked of the calibrated confidence, not of the score.
SURE = 0.9


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as extraction sees it; ``dpi`` is of the upright image."""

    number: int
    text: PageText
    dpi: tuple[float, float]
    source: Source


def sureness(words: Sequence[Word]) -> float:
    """Confidence that a value made of ``words`` is right: its weakest word weighs most."""
    if not words:
        return 0.0
    return 0.35 * mean_confidence(words) + 0.65 * min(word.confidence for word in words)


def make(
    name: str,
    value: str,
    raw: str,
    words: Sequence[Word],
    page: ReadPage,
    *,
    floor: float,
    reason: Reason | None = None,
    factor: float = 1.0,
) -> FieldFact:
    """A fact read from ``words``; ``floor`` is the score under which a person looks.

    The confidence here is a score: :mod:`sohoa_digitize.calibration` makes a share of it.

    ``factor`` lowers the confidence where the rule that found the value is itself unsure;
    ``reason`` sends it to a person whatever the confidence.
    """
    confidence = round(max(0.0, min(0.99, sureness(words) * factor)), 3)
    if reason is not None:
        confidence = min(confidence, 0.6)
    elif confidence < min(floor, SURE):
        reason = Reason.LOW_CONFIDENCE
    box = to_millimetres(union(word.box for word in words), page.dpi) if words else None
    return FieldFact(
        name,
        nfc(value),
        raw,
        confidence,
        page.source,
        page.number,
        box,
        ReviewState.NEEDED if reason is not None else ReviewState.NOT_NEEDED,
        str(reason) if reason is not None else None,
    )


def missing(name: str, page: ReadPage) -> FieldFact:
    """The fact that a value which the document must have was not found."""
    return FieldFact(
        name,
        "",
        "",
        0.0,
        page.source,
        page.number,
        None,
        ReviewState.NEEDED,
        str(Reason.NOT_FOUND),
    )
