"""Files of the old system, named by its database: never outside the attachment folder."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from sohoa_core.vault import Vault
from sohoa_migrate.mapping.expressions import Invalid

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file that a source row speaks of.

    One of ``path`` (as the old system wrote it), ``content`` and ``sha256`` (a file of another
    vault) is set. ``digest`` and ``size`` are what the old system says about it.
    """

    path: str | None = None
    content: bytes | None = None
    sha256: str | None = None
    algorithm: str | None = None
    digest: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file that was read: SHA-256 and size in bytes."""

    sha256: str
    size: int


class FileReader:
    """Reads and checks files; puts them into ``vault`` when there is one.

    A dry run gives no vault: the same checks, nothing stored.
    """

    def __init__(
        self, root: Path | None, other: Vault | None, *, vault: Vault | None, largest: int
    ) -> None:
        self.root = root.resolve() if root is not None else None
        self.other = other
        self.vault = vault
        self.largest = largest

    def take(self, wanted: WantedFile) -> SeenFile:
        """Read, check and (in a run) store one file; raises :class:`Invalid` with the reason."""
        data = self._bytes(wanted)
        if not data:
            raise Invalid("file.empty")
        if wanted.size is not None and wanted.size != len(data):
            raise Invalid("file.size", expected=wanted.size, found=len(data))
        if wanted.digest is not None and wanted.algorithm is not None:
            found = hashlib.new(wanted.algorithm, data, usedforsecurity=False).hexdigest()
            if found != wanted.digest.strip().lower():
                raise Invalid("file.digest", algorithm=wanted.algorithm)
        if self.vault is not None:
            stored = self.vault.put(data)
            return SeenFile(stored.sha256, stored.size)
        return SeenFile(hashlib.sha256(data).hexdigest(), len(data))

    def _bytes(self, wanted: WantedFile) -> bytes:
        if wanted.content is not None:
            return bytes(wanted.content)
        if wanted.sha256 is not None:
            return self._from_vault(wanted.sha256)
        return self._from_folder(wanted.path or "")

    def _from_vault(self, sha256: str) -> bytes:
        from sohoa_core.store_errors import VaultCorrupt, VaultMissing

        if self.other is None:
            raise Invalid("file.missing")
        try:
            return self.other.get(sha256)
        except VaultMissing:
            raise Invalid("file.missing") from None
        except VaultCorrupt:
            raise Invalid("file.digest", algorithm="sha256") from None

    def _from_folder(self, name: str) -> bytes:
        """Follow a path of the old system; its separators may be Windows'."""
        if self.root is None:
            raise Invalid("file.no_folder")
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        if not parts or ".." in parts or "\x00" in name or ":" in parts[0]:
            raise Invalid("file.outside")
        path = self.root.joinpath(*parts)
        try:
            if not path.resolve().is_relative_to(self.root):
                raise Invalid("file.outside")
            # No device, no pipe that never ends, no link that points elsewhere meanwhile.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise Invalid("file.missing") from None
        except (OSError, RuntimeError, ValueError):
            raise Invalid("file.unreadable") from None
        with os.fdopen(descriptor, "rb") as stream:
            about = os.fstat(stream.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise Invalid("file.unreadable")
            if about.st_size > self.largest:
                raise Invalid("file.too_large", found=about.st_size, allowed=self.largest)
            try:
                return stream.read(self.largest)
            except OSError:
                raise Invalid("file.unreadable") from None
