"""Confidence that means what it says: of values at 0.95, 95 in 100 are right.

Extraction gives a score: how surely the words of a value were read, and whether a rule doubts
it. What such a score is worth was measured on invented pages with known truth
(``benchmarks/calibrate_digitize.py``); the dated table ``data/calibration.json`` holds the
result, one rising curve for each kind of field, state and source. A value whose measured share
is under the limit for review, or under :data:`ACCEPTED`, goes to a person; nothing is taken out
of review here.

The pages are invented: on worse paper than the ``rough`` level the shares are lower.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from sohoa_core.facts import FieldFact, ReviewState, Source
from sohoa_digitize.catalogue.load import by_code
from sohoa_digitize.extract.reasons import Reason

SCHEMA = "sohoa.calibration/1"
#: Values in plain sight are wrong now and then too: the page may say something false.
HIGHEST = 0.995
#: No value is accepted without a person where fewer than this share were right.
ACCEPTED = 0.975
#: The engines whose curves serve for engines that were not measured.
LIKE, PLAIN_ENGINE = {"sohoa": "auto", "both": "auto"}, "tesserocr"
_OWN_GROUP = {
    "number": "number",
    "symbol": "symbol",
    "agency": "agency",
    "parent_agency": "agency",
    "subject": "subject",
    "signer": "signer",
    "signer_title": "title",
    "signing_authority": "title",
}
_STATES = {
    str(Reason.LOW_CONFIDENCE): "doubt",
    str(Reason.PENNED_OR_EMPTY): "slot",
    str(Reason.IMPOSSIBLE): "broken",
    str(Reason.INCOMPLETE): "broken",
    str(Reason.DISAGREES): "broken",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """Scores and the shares of right values at them, both rising; ``count`` values measured."""

    scores: tuple[float, ...]
    shares: tuple[float, ...]
    count: int

    def at(self, score: float) -> float:
        """The share at ``score``: between two points on the line between them."""
        place = bisect_right(self.scores, score)
        if place == 0:
            return self.shares[0]
        if place == len(self.scores):
            return self.shares[-1]
        x0, x1 = self.scores[place - 1 : place + 1]
        y0, y1 = self.shares[place - 1 : place + 1]
        return y0 + (y1 - y0) * (score - x0) / (x1 - x0)


def group_of(doc_type: str, field: str) -> str:
    """The kind of field that a curve is for."""
    if field in _OWN_GROUP:
        return _OWN_GROUP[field]
    if field == "date":
        return "date"
    try:
        labels = by_code(doc_type).labels
    except KeyError:
        return "text"
    return next((label.kind for label in labels if label.name == field), "text")


def state_of(fact: FieldFact) -> str:
    """``sure``, ``doubt``, ``slot`` (penned or empty) or ``broken``."""
    if fact.review is not ReviewState.NEEDED:
        return "sure"
    return _STATES.get(fact.reason or "", "broken")


@cache
def tables() -> dict[str, dict[str, Curve]]:
    """Engine -> ``source/state/group`` -> curve, from the dated data file."""
    text = files("sohoa_digitize").joinpath("data", "calibration.json").read_text("utf-8")
    stored = json.loads(text)
    assert stored["schema"] == SCHEMA
    return {
        engine: {
            name: Curve(tuple(one["scores"]), tuple(one["shares"]), one["count"])
            for name, one in curves.items()
        }
        for engine, curves in stored["engines"].items()
    }


def curve_for(engine: str, source: Source, state: str, group: str) -> Curve | None:
    """The curve of a value; of all kinds together where its own kind was met too rarely."""
    known = tables()
    curves = known.get(engine) or known.get(LIKE.get(engine, "")) or known.get(PLAIN_ENGINE) or {}
    for some in (str(source), str(Source.OCR)):
        for kind in (group, "*"):
            if curve := curves.get(f"{some}/{state}/{kind}"):
                return curve
    return None


def calibrated(
    fields: Sequence[FieldFact], *, doc_type: str, engine: str, review_below: float
) -> tuple[FieldFact, ...]:
    """``fields`` with measured shares for scores; empty values keep 0, codes keep their own."""
    return tuple(_one(fact, doc_type, engine, review_below) for fact in fields)


def _one(fact: FieldFact, doc_type: str, engine: str, review_below: float) -> FieldFact:
    if fact.source not in (Source.OCR, Source.TEXT_LAYER) or not fact.value:
        return fact
    curve = curve_for(engine, fact.source, state_of(fact), group_of(doc_type, fact.name))
    if curve is None:
        return fact
    confidence = round(min(HIGHEST, curve.at(fact.confidence)), 3)
    least = max(review_below, ACCEPTED)
    if fact.review is ReviewState.NOT_NEEDED and confidence < least:
        return replace(
            fact,
            confidence=confidence,
            review=ReviewState.NEEDED,
            reason=str(Reason.LOW_CONFIDENCE),
        )
    return replace(fact, confidence=confidence)
