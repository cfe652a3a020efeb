"""Shared by all tests: no network, a clean environment, stores on both databases."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
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


# --- A real PostgreSQL, for whoever asks ------------------------------------------------------


def _postgres_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    assert program, "PostgreSQL is not installed: `./run test` installs it"
    return Path(program).resolve().parent


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A throw-away PostgreSQL server on a Unix socket; gives the URL of its main database."""
    binaries = _postgres_bin()
    root = Path(tempfile.mkdtemp(prefix="sohoa-pg-"))  # short: a socket's path has a limit
    root.chmod(0o755)
    # The server refuses to run as root; Debian's package brings its own user.
    as_user = "postgres" if os.geteuid() == 0 else None
    if as_user:
        entry = pwd.getpwnam(as_user)
        os.chown(root, entry.pw_uid, entry.pw_gid)

    def call(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, user=as_user, cwd=root, timeout=60)

    user = as_user or pwd.getpwuid(os.geteuid()).pw_name
    data = root / "data"
    call(
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
        "--locale=C.UTF-8",
    )
    call(
        str(binaries / "pg_ctl"),
        "-D",
        str(data),
        "-w",
        "-l",
        str(root / "log"),
        "-o",
        f"-c listen_addresses='' -k {root} -c fsync=off",
        "start",
    )
    try:
        yield f"postgresql+psycopg://{user}@/postgres?host={root}"
    finally:
        call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh database on that server."""
    import sqlalchemy as sa

    name = f"t{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield postgres_server.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.dispose()
