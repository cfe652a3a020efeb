"""Shared by all tests: no network, a clean environment, stores on both databases."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

_real_connect = socket.socket.connect


def _local_only(self: socket.socket, address: object) -> None:
    """Let tests reach this machine only: a test that leaves it is a leak."""
    host = address[0] if isinstance(address, tuple) else ""
    if self.family == socket.AF_UNIX or host in ("127.0.0.1", "::1", "localhost"):
        return _real_connect(self, address)
    raise AssertionError(f"a test tried to reach the network: {address!r}")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    socket.socket.connect = _local_only  # type: ignore[method-assign]
    yield
    socket.socket.connect = _real_connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> None:
    """No setting of the machine may change a test, and none of the user's files is touched."""
    for name in list(os.environ):
        if name.startswith("SOHOA_") and name != "SOHOA_UNIT_SOURCES":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    from sohoa_core import i18n

    i18n.activate("vi")
