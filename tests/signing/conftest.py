"""Keys and signed files, made once a session: making keys costs more than using them."""

from __future__ import annotations

import pytest

from sohoa_signing.sign import SignerRole
from sohoa_signing.token_key import TokenChoice
from tests.signing.kit import Authority, make_authority, make_pdf, sign
from tests.signing.softhsm import SoftToken, make_token


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


@pytest.fixture(scope="session")
def soft_token(tmp_path_factory, authority) -> SoftToken:
    """A software token with the officer's, the agency's and an RSA signer's key."""
    return make_token(tmp_path_factory.mktemp("softhsm"), authority, "officer", "rsa", "agency")


@pytest.fixture
def token(soft_token) -> TokenChoice:
    """How the token is chosen."""
    return soft_token.choice
