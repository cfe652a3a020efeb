"""The vault: whole files or none, verified when read, the same for a folder and a bucket."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_core.errors import StoreError
from sohoa_core.store_errors import StoreFull, StoreReadOnly, VaultCorrupt, VaultMissing
from sohoa_core.vault import Vault, store_fault


def test_what_goes_in_comes_out(vault: Vault) -> None:
    stored = vault.put("Hồ sơ".encode())
    assert stored.sha256 == hashlib.sha256("Hồ sơ".encode()).hexdigest()
    assert vault.get(stored.sha256).decode() == "Hồ sơ"
    assert vault.check(stored.sha256) == stored.size
    assert vault.has(stored.sha256) and not vault.has("0" * 64)


def test_files_are_read_only_and_stored_once(vault: Vault, tmp_path: Path) -> None:
    first, second = vault.put(b"x"), vault.put(b"x")
    assert first == second and list(vault.names()) == [first.sha256]
    path = next((tmp_path / "vault" / "sha256").rglob(first.sha256))
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert not list((tmp_path / "vault" / "tmp").iterdir())


def test_a_changed_file_is_never_served(vault: Vault, tmp_path: Path) -> None:
    stored = vault.put(b"genuine")
    path = next((tmp_path / "vault" / "sha256").rglob(stored.sha256))
    path.chmod(0o644)
    path.write_bytes(b"changed")
    for read in (vault.get, vault.check):
        with pytest.raises(VaultCorrupt):
            read(stored.sha256)


@pytest.mark.parametrize("name", ["0" * 64, "../../../etc/passwd", "", "A" * 64, "0" * 63])
def test_a_missing_or_crooked_name_is_an_error(vault: Vault, name: str) -> None:
    with pytest.raises(VaultMissing):
        vault.get(name)


def test_it_travels_to_workers(vault: Vault) -> None:
    stored = vault.put(b"x")
    assert pickle.loads(pickle.dumps(vault)).get(stored.sha256) == b"x"


def test_an_object_store_serves_the_same(tmp_path: Path) -> None:
    vault = Vault("memory://bucket/vault")
    stored = vault.put(b"in memory")
    assert vault.get(stored.sha256) == b"in memory"
    assert vault.check(stored.sha256) == 9
    assert list(vault.names()) == [stored.sha256]
    vault._fs.pipe_file(vault._name(stored.sha256), b"other")
    with pytest.raises(VaultCorrupt):
        vault.get(stored.sha256)


def test_stray_temporary_files_are_swept(vault: Vault, tmp_path: Path) -> None:
    vault.put(b"x")
    (tmp_path / "vault" / "tmp" / "stray").write_bytes(b"half")
    assert vault.sweep() == 1
    assert len(list(vault.names())) == 1


@pytest.mark.parametrize(
    ("number", "kind"),
    [(28, StoreFull), (122, StoreFull), (27, StoreFull), (30, StoreReadOnly), (13, StoreReadOnly)],
)
def test_operating_system_errors_say_what_they_mean(number: int, kind: type[StoreError]) -> None:
    assert isinstance(store_fault(OSError(number, os.strerror(number)), "vault"), kind)


def test_a_quota_is_a_full_store_and_leaves_nothing_half(tmp_path: Path) -> None:
    """A real limit on file size, in a process of its own (SIGXFSZ ignored, as Python does)."""
    script = textwrap.dedent(
        """
        import resource, sys
        from sohoa_core.vault import Vault
        from sohoa_core.store_errors import StoreFull
        vault = Vault(sys.argv[1])
        kept = vault.put(b"small")
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            vault.put(b"x" * 100_000)
        except StoreFull:
            assert vault.get(kept.sha256) == b"small"
            assert list(vault.names()) == [kept.sha256]
            print("refused")
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "v")], capture_output=True, text=True
    )
    assert done.stdout == "refused\n", done.stderr
    assert not list((tmp_path / "v" / "tmp").iterdir())


@given(st.binary(max_size=2000))
@settings(max_examples=50, deadline=None)
def test_round_trip(data: bytes) -> None:
    vault = Vault("memory://properties")
    assert vault.get(vault.put(data).sha256) == data
