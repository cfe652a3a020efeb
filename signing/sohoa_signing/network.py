"""The network, asked only for what the user named: small requests, hard limits, no detours.

Nothing here follows a redirect, uses a proxy of the environment, or speaks to a host that was
not named: an address inside a certificate is a stranger's wish, not an order. A service that
hangs, drips or sends too much is cut off.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sohoa_core.i18n import N_


class Unreachable(Exception):
    """The service did not give a usable answer; ``reason`` is a message template.

    ``status`` is the HTTP status of an answer that says no, else 0.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Address:
    """One service: scheme, host, port and path."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """The address ``url``; raises ``ValueError`` for anything but plain http and https."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError(url)
        if any(ord(letter) < 0x21 or ord(letter) > 0x7E for letter in url):
            raise ValueError(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        path = parts.path or "/"
        return cls(
            parts.scheme, parts.hostname, port, path + (f"?{parts.query}" if parts.query else "")
        )

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return self.host.lower(), self.port


class Allowed:
    """The hosts that the user named."""

    def __init__(self, urls: Iterable[str] = ()) -> None:
        self._places = {Address.parse(url).place for url in urls}

    def __bool__(self) -> bool:
        return bool(self._places)

    def check(self, url: str) -> Address:
        """The address, when its host was named; raises :class:`Unreachable` otherwise."""
        try:
            address = Address.parse(url)
        except ValueError:
            raise Unreachable(N_("the address is not a plain http or https address")) from None
        if address.place not in self._places:
            raise Unreachable(N_("the service was not named with --online"))
        return address


class Channel:
    """A connection to one service that is kept open between requests; for one thread."""

    def __init__(self, address: Address, *, seconds: float = 10.0) -> None:
        self.address = address
        self.seconds = seconds
        self._connection: http.client.HTTPConnection | None = None

    def request(
        self,
        *,
        limit: int,
        body: bytes | None = None,
        content_type: str = "",
        accept: str = "",
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """The answer's body, at most ``limit`` bytes; POST when there is a ``body``.

        Raises :class:`Unreachable`; whatever happens, the call ends within ``seconds``.
        """
        fresh = self._connection is None
        try:
            return self._ask(limit, body, content_type, accept, headers or {})
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if fresh:
                raise Unreachable(N_("the service closed the connection")) from None
        except TimeoutError:
            self.close()
            raise Unreachable(N_("the service did not answer in time")) from None
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            raise Unreachable(N_("the service cannot be reached or does not speak HTTP")) from None
        # The service closed an idle connection: once more on a new one.
        return self.request(
            limit=limit, body=body, content_type=content_type, accept=accept, headers=headers
        )

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(
        self, limit: int, body: bytes | None, content_type: str, accept: str, extra: dict[str, str]
    ) -> bytes:
        connection = self._connect()
        headers = {"User-Agent": "sohoa", **extra}
        if content_type:
            headers["Content-Type"] = content_type
        if accept:
            headers["Accept"] = accept
        late = threading.Event()
        watch = threading.Timer(self.seconds, self._cut, (connection, late))
        watch.daemon = True
        watch.start()
        try:
            connection.request("GET" if body is None else "POST", self.address.path, body, headers)
            answer = connection.getresponse()
            if answer.status != 200:
                self.close()
                raise Unreachable(
                    N_("the service sent a redirect, which is not followed")
                    if 300 <= answer.status < 400
                    else N_("the service answered with an error"),
                    answer.status,
                )
            data = answer.read(limit + 1)
        except Exception:
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            watch.cancel()
        if late.is_set():
            raise TimeoutError
        if len(data) > limit or not answer.isclosed():
            self.close()
            if len(data) > limit:
                raise Unreachable(N_("the service sent more than such an answer may hold"))
        return data

    @staticmethod
    def _cut(connection: http.client.HTTPConnection, late: threading.Event) -> None:
        late.set()
        sock: socket.socket | None = connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            kind = (
                http.client.HTTPSConnection
                if self.address.scheme == "https"
                else http.client.HTTPConnection
            )
            self._connection = kind(
                self.address.host, self.address.port, timeout=min(self.seconds, 10.0)
            )
        return self._connection
