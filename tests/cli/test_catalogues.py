"""Every message exists in both languages, with the same placeholders."""

from __future__ import annotations

import re

import pytest

from catalogues import ROOMS, TOP, faults
from sohoa_core.i18n import PACKAGES


@pytest.mark.parametrize(("root", "package"), ROOMS)
def test_the_catalogue_is_complete(root: str, package: str) -> None:
    assert faults(root, package) == []


def test_every_package_has_its_catalogue_looked_up() -> None:
    assert sorted(package for _root, package in ROOMS) == sorted(PACKAGES)


def test_no_message_hides_in_an_f_string() -> None:
    """Not every Python's tokenizer shows them to the extractor: they would stay untranslated."""
    hidden = re.compile(r"""f(["']).*?\{_\((["'])""")
    for root, package in ROOMS:
        for path in (TOP / root / package).rglob("*.py"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                assert not hidden.search(line), f"{path}:{number}"
