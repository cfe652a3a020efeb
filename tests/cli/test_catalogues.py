"""Every message exists in both languages, with the same placeholders."""

from __future__ import annotations

import pytest

from catalogues import ROOMS, faults
from sohoa_core.i18n import PACKAGES


@pytest.mark.parametrize(("root", "package"), ROOMS)
def test_the_catalogue_is_complete(root: str, package: str) -> None:
    assert faults(root, package) == []


def test_every_package_has_its_catalogue_looked_up() -> None:
    assert sorted(package for _root, package in ROOMS) == sorted(PACKAGES)
