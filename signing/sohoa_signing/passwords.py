"""Where passwords, PINs and access tokens come from: descriptor, private file, keyring.

Never an argument, never a setting, never the environment: those are shown to every user of the
machine, end in histories and backups. What is read is kept as long as the key that it opens
and is no part of any error.
"""

from __future__ import annotations

import importlib
import os
import stat
from pathlib import Path
from typing import Any

from sohoa_core.errors import InputMissing, MissingTool, SafetyRefusal, UsageError
from sohoa_core.i18n import N_
from sohoa_signing.errors import PasswordMissing

#: The service under which the system's keyring (kho mật khẩu) keeps our entries.
KEYRING_SERVICE = "sohoa"
_MOST = 4096


def password_from_descriptor(descriptor: int) -> bytes:
    """The first line that an open file descriptor gives; it is closed afterwards.

    Raises ``UsageError`` when nothing is open there, :class:`PasswordMissing` when it is empty.
    """
    try:
        with os.fdopen(descriptor, "rb") as stream:
            return _first_line(stream.read(_MOST + 1), str(descriptor))
    except OSError as error:
        raise UsageError(
            where=str(descriptor), detail=N_("the file descriptor cannot be read")
        ) from error


def password_from_file(path: Path) -> bytes:
    """The first line of a file that only its owner can read.

    Raises ``InputMissing``, ``SafetyRefusal`` for a wrong mode, :class:`PasswordMissing`.
    """
    try:
        # Opened first, looked at then: nobody can put another file there in between.
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SafetyRefusal(where=str(path), detail=N_("not a regular file"))
            if stat.S_IMODE(status.st_mode) & 0o077:
                raise SafetyRefusal(where=str(path), detail=N_("its mode must be 0600"))
            return _first_line(stream.read(_MOST + 1), path.name)
    except OSError as error:
        raise InputMissing(where=str(path)) from error


def password_from_keyring(name: str) -> bytes:
    """The entry ``name`` of the service ``sohoa`` in the system's keyring.

    Put there once with ``keyring set sohoa NAME``. Raises ``MissingTool`` when the package is
    not installed or finds no keyring, :class:`PasswordMissing` when there is no such entry.
    """
    keyring = _keyring()
    try:
        found = keyring.get_password(KEYRING_SERVICE, name)
    except Exception as error:  # each backend has errors of its own; their texts may tell much
        raise PasswordMissing(
            where=name,
            detail=N_("the keyring is locked or cannot be used on this machine"),
            kind=type(error).__name__,
        ) from None
    if not found:
        raise PasswordMissing(where=name, detail=N_("there is no such entry in the keyring"))
    return str(found).encode("utf-8")


def _keyring() -> Any:
    try:
        return importlib.import_module("keyring")
    except ImportError as error:
        raise MissingTool(tool="keyring", remedy="pip install 'sohoa[keyring]'") from error


def _first_line(data: bytes, where: str) -> bytes:
    line = data.split(b"\n", 1)[0].rstrip(b"\r")
    if not line:
        raise PasswordMissing(where=where, detail=N_("it is empty"))
    if len(line) > _MOST:
        raise PasswordMissing(where=where, detail=N_("it is too long for a password"))
    return line
