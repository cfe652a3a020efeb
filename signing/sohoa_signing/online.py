"""Revocation asked over the network: only with ``--online``, only services that were named.

OCSP first (RFC 6960, small and current), then the issuer's list (RFC 5280). Addresses come
from the certificates, but a host that the user did not name is never spoken to. What comes
back is material like any other: it counts only when its signatures and dates hold.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from sohoa_signing.certificates import der
from sohoa_signing.network import Allowed, Channel, Unreachable

_OCSP_LIMIT = 65_536
_CRL_LIMIT = 32_000_000


class OnlineStatus:
    """Fetches lists and status answers; each address is asked once for one certificate.

    ``rewrite`` maps host names of services that moved (old certificates name the old ones).
    ``refused`` collects the addresses that were not asked, for the report.
    """

    def __init__(
        self, named: Iterable[str], *, seconds: float = 10.0, rewrite: dict[str, str] | None = None
    ) -> None:
        self._allowed = Allowed(named)
        self._seconds = seconds
        self._rewrite = rewrite or {}
        self._lists: dict[str, bytes | None] = {}
        self._answers: dict[bytes, bytes | None] = {}
        self._lock = threading.Lock()
        self.refused: dict[str, str] = {}

    def __call__(
        self, certificate: x509.Certificate, issuer: x509.Certificate
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Lists and status answers about ``certificate``; empty when nobody answers."""
        with self._lock:
            key = der(certificate)
            if key not in self._answers:
                self._answers[key] = self._ask_ocsp(certificate, issuer)
            answer = self._answers[key]
            if answer is not None:
                return (), (answer,)
            lists = []
            for url in crl_addresses(certificate):
                if url not in self._lists:
                    self._lists[url] = self._get(url, None, _CRL_LIMIT)
                found = self._lists[url]
                if found is not None:
                    lists.append(found)
                    break
            return tuple(lists), ()

    def _ask_ocsp(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes | None:
        builder = ocsp.OCSPRequestBuilder().add_certificate(
            certificate,
            issuer,
            hashes.SHA1(),  # noqa: S303 - names the certificate (RFC 5019), protects nothing
        )
        request = builder.build().public_bytes(Encoding.DER)
        for url in ocsp_addresses(certificate):
            answer = self._get(url, request, _OCSP_LIMIT)
            if answer is not None:
                return answer
        return None

    def _get(self, url: str, body: bytes | None, limit: int) -> bytes | None:
        for old, new in self._rewrite.items():
            url = url.replace(f"://{old}/", f"://{new}/", 1)
        try:
            address = self._allowed.check(url)
            channel = Channel(address, seconds=self._seconds)
            try:
                return channel.request(
                    limit=limit,
                    body=body,
                    content_type="application/ocsp-request" if body else "",
                )
            finally:
                channel.close()
        except Unreachable as error:
            self.refused[url] = error.reason
            return None


def ocsp_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the certificate says its status can be asked (RFC 5280 4.2.2.1)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(
        item.access_location.value
        for item in found.value
        if item.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(item.access_location, x509.UniformResourceIdentifier)
    )[:3]


def crl_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the certificate says its issuer's list lies (RFC 5280 4.2.1.13)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(
        name.value
        for point in found.value
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    )[:3]
