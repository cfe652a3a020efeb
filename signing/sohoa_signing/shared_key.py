"""One key for several threads: the device behind it sees one request at a time.

While one file is at the key, the next are being read and hashed and the last ones checked and
written; :attr:`OneAtATime.busy_share` tells how well that went. A key that is gone, that
refused a PIN or that does not answer any more is not asked again: tokens lock after a few
wrong PINs, and nobody gains from waiting for a dead service once for each file.
"""

from __future__ import annotations

import threading
import time

from cryptography import x509

from sohoa_core.i18n import N_
from sohoa_signing.errors import KeyUnavailable
from sohoa_signing.keys import Key

#: A token that is silent for longer is dead: the slowest need two or three seconds.
PATIENCE = 60.0


class OneAtATime:
    """See the module; ``patience`` is how long (seconds) one request may hold up the others."""

    def __init__(self, key: Key, *, patience: float = PATIENCE) -> None:
        self._key = key
        self._patience = patience
        self._lock = threading.Lock()
        self._error: KeyUnavailable | None = None
        self._began = self._first = self._last = 0.0
        self._busy = 0.0
        self.signatures = 0

    @property
    def gone(self) -> str | None:
        """Why no more signatures can be had, if that is so (a message template)."""
        if self._error is None:
            return None
        return str(self._error.args_by_name.get("detail") or self._error.what)

    @property
    def busy_share(self) -> float:
        """The part of the time between the first and the last request that the key worked."""
        span = self._last - self._first
        return self._busy / span if span > 0 else 1.0

    @property
    def available(self) -> str | None:
        return self.gone or self._key.available

    @property
    def certificate(self) -> x509.Certificate:
        return self._key.certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return self._key.chain

    def sign_raw(self, data: bytes, *, digest: str, pss: bool) -> bytes:
        self._take()
        began = self._began
        try:
            if self._error is not None:
                raise self._end(self._error)
            value = self._key.sign_raw(data, digest=digest, pss=pss)
            self.signatures += 1
            return value
        except KeyUnavailable as error:
            raise self._end(error) from None
        finally:
            self._last = time.monotonic()
            self._first = self._first or began
            self._busy += self._last - began
            self._lock.release()

    def close(self) -> None:
        self._key.close()

    def _take(self) -> None:
        """Wait for the turn, however many are before; but for no single one too long."""
        while not self._lock.acquire(timeout=0.5):
            if time.monotonic() - self._began > self._patience:
                raise self._end(KeyUnavailable(detail=N_("The key does not answer any more.")))
        self._began = time.monotonic()

    def _end(self, error: KeyUnavailable) -> KeyUnavailable:
        """Remember the first reason; every caller gets an error object of its own."""
        self._error = self._error or error
        return type(self._error)(where=self._error.where, **self._error.args_by_name)
