"""The shipped data says what the register says: no datum changes unnoticed."""

import difflib

import pytest

from sohoa_validators.catalogue import shipped_catalogue
from validators.register import FOLDER, written


@pytest.mark.parametrize(
    "name", ["procedures.txt", "papers.txt", "rules.txt", "declared_rules.txt", "laws.txt"]
)
def test_the_register_agrees(name: str) -> None:
    """When this fails: read the difference; if it is meant, run ``register.py``."""
    kept = (FOLDER / name).read_text(encoding="utf-8")
    now = written(shipped_catalogue())[name]
    changes = difflib.unified_diff(kept.splitlines(), now.splitlines(), lineterm="", n=0)
    assert kept == now, "\n".join(list(changes)[:40])
