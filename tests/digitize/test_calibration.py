"""Confidence is a measured share: the table rises, is dated, is used, and only adds reviews."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitize.conftest import draw, encoded
from sohoa_core.facts import FieldFact, ReviewState, Source
from sohoa_core.limits import Limits
from sohoa_digitize import calibration
from sohoa_digitize.calibration import (
    HIGHEST,
    PLAIN_ENGINE,
    Curve,
    calibrated,
    curve_for,
    group_of,
    state_of,
    tables,
)
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.work import digitize_file


def fact(name: str = "date", score: float = 0.95, **more: object) -> FieldFact:
    return FieldFact(name, "2024-01-05", "raw", score, Source.OCR, 1, **more)  # type: ignore[arg-type]


def one(some: FieldFact, *, review_below: float = 0.9, engine: str = PLAIN_ENGINE) -> FieldFact:
    (made,) = calibrated([some], doc_type="quyet_dinh", engine=engine, review_below=review_below)
    return made


def test_every_curve_of_the_table_rises() -> None:
    curves = tables()[PLAIN_ENGINE]
    assert {"ocr/sure/*", "ocr/doubt/*", "ocr/slot/*"} <= set(curves)
    for engine in tables().values():
        for name, curve in engine.items():
            assert len(curve.scores) == len(curve.shares) > 0 and curve.count >= 20, name
            assert all(a < b for a, b in pairwise(curve.scores)), name
            assert all(a <= b for a, b in pairwise(curve.shares)), name
            assert curve.shares[0] > 0 and curve.shares[-1] < 1, name
            points = [curve.at(score / 100) for score in range(101)]
            assert points == sorted(points)


def test_the_table_says_when_and_on_what_it_was_measured() -> None:
    stored = json.loads(files("sohoa_digitize").joinpath("data/calibration.json").read_text())
    for engine in stored["engines"]:
        measured = stored["measured"][engine]
        assert measured["on"] > "2026-01-01" and measured["values"] > 500
        # The seeds of the published figures and of the tests were not fitted.
        assert measured["seeds"] and min(measured["seeds"]) >= 4001
        assert max(measured["seeds"]) < 5000


def test_what_was_sure_is_surer_than_what_was_doubted() -> None:
    sure, doubt, slot = (
        curve_for(PLAIN_ENGINE, Source.OCR, state, "*") for state in ("sure", "doubt", "slot")
    )
    assert sure is not None and doubt is not None and slot is not None
    assert sure.at(0.95) > 0.97 > doubt.at(0.8) > slot.at(0.5)


def test_a_score_becomes_the_share_between_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    curves = {"ocr/sure/*": Curve((0.8, 0.9), (0.5, 0.7), 99)}
    monkeypatch.setattr(calibration, "tables", lambda: {PLAIN_ENGINE: curves})
    shares = [one(fact(score=s)).confidence for s in (0.1, 0.8, 0.85, 0.9, 0.99)]
    assert shares == pytest.approx([0.5, 0.5, 0.6, 0.7, 0.7])
    # A share that is too small goes to a person, although the score was above the limit.
    below = one(fact(score=0.99), review_below=0.4)
    assert (below.review, below.reason) == (ReviewState.NEEDED, "low_confidence")
    # An engine that nobody measured takes the curves of the plain one.
    assert one(fact(score=0.8), engine="new").confidence == 0.5


def test_nothing_is_taken_out_of_review_and_codes_keep_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    curves = {f"ocr/{state}/*": Curve((0.5,), (1.0,), 99) for state in ("sure", "doubt", "slot")}
    monkeypatch.setattr(calibration, "tables", lambda: {PLAIN_ENGINE: curves})
    for reason in ("low_confidence", "penned_or_empty"):
        asked = one(fact(score=0.4, review=ReviewState.NEEDED, reason=reason))
        assert (asked.review, asked.reason) == (ReviewState.NEEDED, reason)
        assert asked.confidence == HIGHEST
    code = FieldFact("ho_ten", "Lê An", "", 0.7, Source.BARCODE, 1)
    assert one(code) is code
    empty = FieldFact("date", "", "", 0.0, Source.OCR, 1, None, ReviewState.NEEDED, "not_found")
    assert one(empty).confidence == 0.0


def test_groups_and_states_of_values() -> None:
    assert group_of("quyet_dinh", "parent_agency") == "agency"
    assert group_of("quyet_dinh", "date") == "date"
    assert group_of("giay_khai_sinh", "so_dinh_danh") == "personal_id"
    assert group_of("no_such_type", "anything") == "text"
    assert state_of(fact()) == "sure"
    for reason, state in (("disagrees", "broken"), ("penned_or_empty", "slot"), (None, "broken")):
        assert state_of(fact(review=ReviewState.NEEDED, reason=reason)) == state


def test_digitizing_applies_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(draw(), "PNG", dpi=(200, 200))
    options = DigitizeOptions(engine="tesseract")

    def read() -> dict[str, FieldFact]:
        found = digitize_file(data, name="a.png", options=options, limits=Limits())
        return {field.name: field for field in found.fields}

    as_shipped = read()
    assert as_shipped["date"].review is ReviewState.NOT_NEEDED
    assert as_shipped["date"].confidence > 0.95
    flat = {"ocr/sure/*": Curve((0.5,), (0.123,), 99)}
    monkeypatch.setattr(calibration, "tables", lambda: {PLAIN_ENGINE: flat})
    changed = read()["date"]
    assert changed.confidence == 0.123 and changed.review is ReviewState.NEEDED


def test_a_stricter_limit_asks_for_more_reviews() -> None:
    sure = curve_for(PLAIN_ENGINE, Source.OCR, "sure", "date")
    assert sure is not None
    share = min(HIGHEST, sure.at(0.95))
    assert one(fact(), review_below=round(share, 3)).review is ReviewState.NOT_NEEDED
    assert one(fact(), review_below=0.999).review is ReviewState.NEEDED


@given(st.lists(st.tuples(st.integers(0, 99).map(lambda x: x / 100), st.booleans()), min_size=1))
@settings(max_examples=100, deadline=None)
def test_fitted_curves_rise_whatever_was_measured(pairs: list[tuple[float, bool]]) -> None:
    from benchmarks.calibrate_digitize import rising

    scores, shares = rising(pairs)
    assert len(scores) == len(shares) >= 1
    assert all(a < b for a, b in pairwise(scores)) and shares == sorted(shares)
    assert all(0 < share < 1 for share in shares)


def test_a_fitted_curve_finds_the_shares_that_are_there() -> None:
    from benchmarks.calibrate_digitize import rising

    pairs = [(score, number % 100 < 100 * score) for score in (0.2, 0.8) for number in range(400)]
    curve = Curve(*map(tuple, rising(pairs)), len(pairs))
    assert curve.at(0.2) == pytest.approx(0.2, abs=0.02)
    assert curve.at(0.8) == pytest.approx(0.8, abs=0.02)
