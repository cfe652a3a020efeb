"""Keys and signed files, made once a session: making keys costs more than using them."""

from __future__ import annotations

import pytest

from sohoa_signing.sign import SignerRole
from tests.signing.kit import Authority, make_authority, make_pdf, sign


@pytest.fixture(scope="session")
def authority() -> Authority:
    return make_authority()


@pytest.fixture(scope="session")
def stranger() -> Authority:
    return make_authority("B")


@pytest.fixture(scope="session")
def paper() -> bytes:
    return make_pdf()


@pytest.fixture(scope="session")
def once(paper, authority) -> bytes:
    """Signed by the officer, visible mark."""
    return sign(paper, authority, mark=True).pdf


@pytest.fixture(scope="session")
def twice(once, authority) -> bytes:
    """Signed by the officer, then by the agency with a timestamp."""
    return sign(once, authority, "agency", role=SignerRole.AGENCY, stamp=True).pdf
