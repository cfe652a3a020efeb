"""Repairs of impossible readings; golden pairs in ``data/correct.txt``."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa_digitize.correct import correct
from sohoa_digitize.words import Line, Word

PAIRS = [
    tuple(part.strip() for part in line.split("=>"))
    for line in (Path(__file__).parent / "data/correct.txt").read_text("utf-8").splitlines()
    if "=>" in line and not line.startswith("#")
]


def line_of(text: str, confidence: float = 0.9) -> Line:
    words = tuple(Word(part, (0, 0, 9, 9), confidence) for part in text.split())
    return Line(words, (0, 9, 99, 9), 9)


@pytest.mark.parametrize(("read", "right"), PAIRS)
def test_golden_pairs(read: str, right: str) -> None:
    (line,) = correct([line_of(read)])
    assert line.text == right
    assert line.as_read == read


@given(st.lists(st.text("0123456789/-.QĐUBND", min_size=1, max_size=12), min_size=1, max_size=6))
def test_numbers_and_codes_are_never_touched(parts: list[str]) -> None:
    kept = [p for p in parts if p not in ("--", "-")]
    if kept:
        (line,) = correct([line_of(" ".join(kept))])
        assert line.text.split() == kept


@given(st.text(min_size=1, max_size=40))
def test_repairs_are_stable(text: str) -> None:
    if not text.split():
        return
    once = correct([line_of(text)])
    assert correct(once)[0].text == once[0].text
    assert len(once[0].words) == len(text.split())
