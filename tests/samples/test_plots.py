"""Plots: components as the procedure asks, and faults that really show where the truth says."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest

from sohoa_samples.catalogue import components
from sohoa_samples.dossier import Dossier
from sohoa_samples.generator import SampleSet
from sohoa_samples.places import REFORM
from sohoa_samples.scripts import SCRIPTS, invent_dossier
from tests.samples.conftest import papers_of

_DISTRICTS = ("huyện ", "quận ", "thị xã ")


@pytest.fixture(scope="module")
def dossiers() -> list[Dossier]:
    return [invent_dossier(seed, index) for seed in range(8) for index in range(3 * len(SCRIPTS))]


def _paper(dossier: Dossier, component: str):  # type: ignore[no-untyped-def]
    return next(item.paper for item in dossier.items if item.component == component)


def test_a_minority_has_a_planted_fault(dossiers: list[Dossier]) -> None:
    faulty = [d for d in dossiers if d.faults]
    assert 0.2 < len(faulty) / len(dossiers) < 0.45
    kinds = Counter(fault.code for d in faulty for fault in d.faults)
    assert set(kinds) == {
        "missing_component", "birth_date_mismatch", "wrong_id_digit",
        "district_after_reform", "expired_paper", "date_words_mismatch",
    }  # fmt: skip


def test_faults_show_where_the_truth_says(dossiers: list[Dossier]) -> None:
    for dossier in dossiers:
        people = {person.id for _, person in dossier.parties}
        for fault in dossier.faults:
            if fault.code == "missing_component":
                assert fault.component in dossier.expected
                assert fault.component not in [item.component for item in dossier.items]
                continue
            paper = _paper(dossier, fault.component)
            value = paper.fields[fault.field]
            if fault.code == "wrong_id_digit":
                assert value not in people
                assert any(sum(a != b for a, b in zip(value, p, strict=True)) == 1 for p in people)
            elif fault.code == "district_after_reform":
                assert date.fromisoformat(paper.fields["date"]) >= REFORM
                assert any(word in value for word in (*_DISTRICTS, "thành phố "))
                assert value.count(",") >= 2
            elif fault.code == "expired_paper":
                assert (dossier.received - date.fromisoformat(value)).days > 184
            elif fault.code == "birth_date_mismatch":
                born = {p.born.isoformat() for _, p in dossier.parties} | {
                    p.born.year for _, p in dossier.parties
                }
                assert value not in born
            else:
                assert fault.code == "date_words_mismatch"


def test_sound_dossiers_are_complete_and_consistent(dossiers: list[Dossier]) -> None:
    for dossier in (d for d in dossiers if not d.faults):
        present = [item.component for item in dossier.items if item.kind == "component"]
        assert present == list(dossier.expected)
        assert any(item.kind == "result" for item in dossier.items)
        known = {p.id for _, p in dossier.parties}
        for item in dossier.items:
            fields = item.paper.fields
            if fields.get("so_dinh_danh") and item.paper.doc_type != "the_can_cuoc":
                assert fields["so_dinh_danh"] in known
            on = date.fromisoformat(fields["date"])
            if on >= REFORM and item.paper.doc_type != "the_can_cuoc":
                assert not any(word in item.paper.text for word in _DISTRICTS), item.paper.slug


def test_each_component_is_in_the_table(dossiers: list[Dossier]) -> None:
    codes = {c.code for c in components().values()}
    assert {item.component for d in dossiers for item in d.items} <= codes


def test_dates_and_agencies_agree(dossiers: list[Dossier]) -> None:
    for dossier in dossiers:
        assert dossier.received <= date(2026, 11, 1) and dossier.received.weekday() < 5
        assert dossier.agency.startswith(("H", "G")) is (dossier.received >= REFORM)
        for item in dossier.items:
            if item.submission == "submit" and item.kind == "component":
                pass
            if item.agency != "G01" and item.kind == "result":
                on = date.fromisoformat(item.paper.fields["date"])
                assert item.agency[0].isalpha() is (on >= REFORM), (
                    item.paper.slug,
                    item.agency,
                    on,
                )


def test_planted_faults_are_written_down(rough_set: SampleSet) -> None:
    told = 0
    for file in rough_set.directory.glob("truth/*/dossier.json"):
        truth = json.loads(file.read_text("utf-8"))
        told += len(truth["faults"])
        missing = [c for c in truth["components_expected"] if c not in truth["components_present"]]
        planted = [f["component"] for f in truth["faults"] if f["code"] == "missing_component"]
        assert missing == planted
        assert len(truth["files"]) == len(
            [p for p in papers_of(rough_set) if p.parent.name == truth["code"]]
        )
    assert told == rough_set.faults > 0
