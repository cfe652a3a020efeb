"""The records of the golden tests lie once in SQLite and once in PostgreSQL."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Empty for the workspace's own SQLite file."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
