"""Sample sets that several tests look at; each is made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sohoa_samples.generator import SampleSet, make

#: Twelve dossiers are two rounds of all six plots.
SEED = 4


@pytest.fixture(scope="session")
def rough_set(tmp_path_factory: pytest.TempPathFactory) -> SampleSet:
    """Rough: the cheapest level, so it carries the tests that need many papers."""
    return make(tmp_path_factory.mktemp("rough"), dossiers=12, seed=SEED, level="rough")


@pytest.fixture(scope="session")
def office_set(tmp_path_factory: pytest.TempPathFactory) -> SampleSet:
    """Office level at 100 dpi, without the old system."""
    folder = tmp_path_factory.mktemp("office")
    return make(folder, dossiers=3, seed=SEED, level="office", dpi=100, with_legacy=False)


def papers_of(made: SampleSet) -> list[Path]:
    """Every delivered file."""
    return sorted(
        p for p in (made.directory / "inbox").rglob("*") if p.is_file() and p.parent.name != "inbox"
    )
