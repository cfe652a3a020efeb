"""Stores for the tests of the core: every test that asks for ``store`` runs on both databases."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa_core.records.store import Store
from sohoa_core.vault import Vault


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
    root = Path(f"/tmp/sohoa-pg-{uuid.uuid4().hex[:8]}")
    root.mkdir(mode=0o755)
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


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with the newest schema."""
    opened = Store(store_url)
    opened.upgrade()
    yield opened
    opened.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(str(tmp_path / "vault"))
