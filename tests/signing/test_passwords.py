"""Passwords from descriptors, private files and the system's keyring; never from arguments."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sohoa_core.errors import InputMissing, MissingTool, SafetyRefusal, UsageError
from sohoa_signing.errors import PasswordMissing
from sohoa_signing.passwords import (
    KEYRING_SERVICE,
    password_from_descriptor,
    password_from_file,
    password_from_keyring,
)
from tests.signing.commands import secret, signed_files, sohoa
from tests.signing.csc_dummy import ACCESS, CREDENTIAL, Csc, serving_csc
from tests.signing.csc_dummy import PIN as CSC_PIN
from tests.signing.signing_space import distinct, make_space
from tests.signing.softhsm import MODULE, PIN

SECRET = "bí mật 123"


class Ring:
    """Entries in memory; ``locked`` makes it fail as a locked keyring does."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise RuntimeError(f"cannot unlock, password {SECRET}")
        return self.entries.get((service, username))


@pytest.fixture
def ring(monkeypatch) -> Iterator[Ring]:
    """The system's keyring, in memory: the real package with a backend of ours where it is
    installed (it is an extra), else a module with its one function that we call."""
    memory = Ring()
    if importlib.util.find_spec("keyring") is None:
        stand_in = ModuleType("keyring")
        stand_in.get_password = memory.get_password
        monkeypatch.setitem(sys.modules, "keyring", stand_in)
        yield memory
        return
    import keyring
    from keyring.backend import KeyringBackend

    class Backend(KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return memory.get_password(service, username)

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(Backend())
    yield memory
    keyring.set_keyring(before)


def test_the_first_line_counts(tmp_path):
    for content in (SECRET, f"{SECRET}\n", f"{SECRET}\r\nzweite\n"):
        path = secret(tmp_path / "p", content.encode())
        assert password_from_file(path) == SECRET.encode()
        assert password_from_descriptor(os.open(path, os.O_RDONLY)) == SECRET.encode()


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"x" * 5000])
def test_no_password_is_none(tmp_path, content):
    path = secret(tmp_path / "p", content)
    with pytest.raises(PasswordMissing):
        password_from_file(path)
    with pytest.raises(PasswordMissing):
        password_from_descriptor(os.open(path, os.O_RDONLY))


def test_files_that_others_may_read_are_refused(tmp_path):
    for mode in (0o604, 0o640, 0o660, 0o601):
        with pytest.raises(SafetyRefusal):
            password_from_file(secret(tmp_path / "p", b"x", mode))
    with pytest.raises(InputMissing):
        password_from_file(tmp_path / "none")
    with pytest.raises(InputMissing):
        password_from_file(tmp_path)
    with pytest.raises(SafetyRefusal):
        password_from_file(Path("/dev/null"))
    with pytest.raises(UsageError):
        password_from_descriptor(187)


def test_an_entry_of_the_keyring(ring):
    ring.entries[KEYRING_SERVICE, "van-thu"] = SECRET
    assert password_from_keyring("van-thu") == SECRET.encode()
    with pytest.raises(PasswordMissing) as caught:
        password_from_keyring("another")
    assert "keyring set sohoa" in caught.value.remedy("vi")
    ring.locked = True
    with pytest.raises(PasswordMissing) as caught:
        password_from_keyring("van-thu")
    assert SECRET not in str(caught.value.to_dict()), "texts of a backend may tell secrets"
    assert caught.value.__cause__ is None


def test_without_the_package_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingTool) as caught:
        password_from_keyring("x")
    assert "sohoa[keyring]" in caught.value.remedy("en")


def test_sign_with_a_pin_from_the_keyring(ring, soft_token, authority, paper, tmp_path):
    root = make_space(tmp_path / "w", distinct(paper, 2))
    from tests.signing.test_sign_with_token import certificate_of

    token = ["--token-module", MODULE, "--token-label", "sohoa"]
    token += ["--token-certificate", certificate_of(authority, "officer")]
    words = ["sign", "-w", root, "--role", "officer", *token]
    ran = sohoa(*words, "--password-keyring", "token")
    assert (ran.code, ran.error) == (8, "key.no_password")
    ring.entries[KEYRING_SERVICE, "token"] = PIN.decode()
    assert sohoa(*words, "--password-keyring", "token", "--password-fd", 0).code == 2
    assert sohoa(*words, "--password-keyring", "token", "--dry-run").code == 0
    with (root / "sohoa.toml").open("a") as stream:
        stream.write('\n[sign]\npassword_keyring = "token"\n')
    assert sohoa(*words).code == 0
    assert len(signed_files(root, "officer")) == 2


def test_both_secrets_of_a_remote_key_from_the_keyring(ring, authority, paper, tmp_path):
    root = make_space(tmp_path / "w", distinct(paper, 1))
    ring.entries[KEYRING_SERVICE, "csc"] = ACCESS
    ring.entries[KEYRING_SERVICE, "pin"] = CSC_PIN
    with serving_csc(Csc(authority, "officer")) as url:
        ran = sohoa(
            *("sign", "-w", root, "--role", "officer", "--csc-url", f"{url}/v1"),
            *("--csc-credential", CREDENTIAL, "--csc-token-keyring", "csc"),
            *("--password-keyring", "pin"),
        )
    assert ran.code == 0, ran.records
    assert len(signed_files(root, "officer")) == 1
