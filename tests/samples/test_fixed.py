"""The fixed set in the repository is the generator's, small, and complete."""

from __future__ import annotations

import csv
from pathlib import Path

from sohoa_samples import fixed
from sohoa_samples.generator import as_scanned
from sohoa_samples.scripts import invent_dossier

FOLDER = Path(__file__).parents[2] / "samples" / "fixed"


def test_the_fixed_set_is_small() -> None:
    assert sum(p.stat().st_size for p in FOLDER.rglob("*") if p.is_file()) < 1_500_000


def test_its_texts_are_what_the_generator_invents() -> None:
    told = {
        p.relative_to(FOLDER / "truth").as_posix(): p.read_text("utf-8")
        for p in FOLDER.rglob("*.txt")
    }
    made = {}
    for index in range(fixed.DOSSIERS):
        dossier = as_scanned(invent_dossier(fixed.SEED, index), fixed.SEED, index)
        for number, item in enumerate(dossier.items, 1):
            made[f"{dossier.code}/{number:02d}-{item.paper.slug}.txt"] = item.paper.text
    assert told == made


def test_its_manifest_names_its_files() -> None:
    with (FOLDER / "inbox" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    files = {p.relative_to(FOLDER / "inbox").as_posix() for p in FOLDER.glob("inbox/*/*")}
    assert {row["path"] for row in rows} == files
    assert any(row["kind"] == "result" for row in rows)
