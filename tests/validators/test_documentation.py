"""The YAML of the manual is what the program takes."""

import re
from pathlib import Path

import pytest
import yaml

from sohoa_validators.catalogue import load_catalogue, read_procedure
from sohoa_validators.examples import example_faults
from sohoa_validators.exports.mapping import load_mapping

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", ["validation.md", "validation.vi.md"])
def test_examples_of_the_manual_hold(page: str, tmp_path: Path) -> None:
    procedure, rules, mapping = blocks(page)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(rules, encoding="utf-8")
    (tmp_path / "p.yaml").write_text(procedure, encoding="utf-8")
    (tmp_path / "m.yaml").write_text(mapping, encoding="utf-8")
    assert read_procedure(tmp_path / "p.yaml").code == "1.001193"
    assert not list(example_faults(load_catalogue(tmp_path), declared=False))
    assert load_mapping(tmp_path / "m.yaml").group_by == "MaHoSo"


def test_both_languages_show_the_same() -> None:
    pages = [blocks(page) for page in ("validation.md", "validation.vi.md")]
    for one, other in zip(*pages, strict=True):
        texts = [yaml.safe_load(text) for text in (one, other)]
        for loaded in texts:
            loaded.pop("open_points", None)
        assert texts[0] == texts[1]


def test_pictures_are_there_and_small() -> None:
    for page in ("validation.md", "validation.vi.md"):
        names = re.findall(r"\]\((img/[^)]+)\)", (DOCS / page).read_text(encoding="utf-8"))
        assert names
        for name in names:
            assert 1_000 < (DOCS / name).stat().st_size < 200_000
