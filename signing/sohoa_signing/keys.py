"""Signing keys (khóa ký) behind one protocol: a file today, a token or a service later.

A key says whether it can be used and why not, shows its certificate and chain, and signs
bytes. It is opened once and stays loaded for the whole batch: checking an RSA key costs more
than a hundred signatures. Passwords arrive as bytes or from a callable that asks for them,
never as argument text, and are never kept, logged or part of an error.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from sohoa_core.i18n import N_
from sohoa_signing.errors import (
    KeyExposed,
    KeyMissing,
    KeyPasswordWrong,
    KeyUnavailable,
    KeyUnreadable,
)

Password = bytes | Callable[[], bytes]

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
#: A PKCS#12 file is a few kilobytes; more is not a key.
_MAX_FILE = 1 << 20


@runtime_checkable
class Key(Protocol):
    """What signs: a certificate, the issuers above it, and one private-key operation."""

    @property
    def available(self) -> str | None:
        """``None`` when the key can sign now, else the reason (a message template)."""

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate (chứng thư số)."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Certificates of the issuers, nearest first; the root may be missing."""

    def sign_raw(self, data: bytes, *, digest: str, pss: bool) -> bytes:
        """Sign ``data`` (hashed here with ``digest``: sha256, sha384 or sha512).

        RSA uses RSASSA-PSS with a salt as long as the digest when ``pss`` is true, else
        PKCS#1 v1.5; ECDSA ignores ``pss`` and returns the DER form of RFC 3279.
        Raises :class:`KeyUnavailable` when the key was removed or refuses.
        """

    def close(self) -> None:
        """Let the private key go; afterwards :attr:`available` tells why."""


class LoadedKey:
    """A private key held in memory with its certificates."""

    def __init__(
        self,
        private_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...] = (),
    ) -> None:
        if private_key.public_key() != certificate.public_key():
            raise KeyUnreadable(detail=N_("the private key does not belong to the certificate"))
        self._private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = private_key
        self._certificate = certificate
        self._chain = ordered_chain(certificate, chain)

    @property
    def available(self) -> str | None:
        return None if self._private is not None else N_("The key was closed.")

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return self._chain

    def sign_raw(self, data: bytes, *, digest: str, pss: bool) -> bytes:
        if self._private is None:
            raise KeyUnavailable(detail=N_("The key was closed."))
        algorithm = _HASHES[digest]()
        if isinstance(self._private, ec.EllipticCurvePrivateKey):
            return self._private.sign(data, ec.ECDSA(algorithm))
        if pss:
            scheme = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
            return self._private.sign(data, scheme, algorithm)
        return self._private.sign(data, padding.PKCS1v15(), algorithm)

    def close(self) -> None:
        self._private = None


def ordered_chain(
    leaf: x509.Certificate, pool: tuple[x509.Certificate, ...]
) -> tuple[x509.Certificate, ...]:
    """``pool`` ordered from the issuer of ``leaf`` upwards; strangers are dropped."""
    found: list[x509.Certificate] = []
    current = leaf
    while current.issuer != current.subject:
        above = next((c for c in pool if c.subject == current.issuer and c not in found), None)
        if above is None:
            break
        found.append(above)
        current = above
    return tuple(found)


def open_pkcs12(path: Path, password: Password) -> LoadedKey:
    """Open the key in the PKCS#12 file at ``path``; only its owner may be able to read it.

    Raises :class:`KeyMissing`, :class:`KeyExposed`, :class:`KeyPasswordWrong` or
    :class:`KeyUnreadable`.
    """
    where = path.name
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise KeyUnreadable(where=where, detail=N_("not a regular file"))
        mode = stat.S_IMODE(status.st_mode)
        if mode & 0o077:
            raise KeyExposed(where=where, mode=f"{mode:04o}")
        if status.st_size > _MAX_FILE:
            raise KeyUnreadable(where=where, detail=N_("too large for a key file"))
        data = path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing(where=where) from None
    except OSError as error:
        raise KeyUnreadable(where=where, detail=error.strerror or "cannot be read") from None
    return load_pkcs12(data, password, where=where)


def load_pkcs12(data: bytes, password: Password, *, where: str | None = None) -> LoadedKey:
    """The key inside the PKCS#12 bytes ``data``; errors as :func:`open_pkcs12`."""
    if data[:1] != b"\x30":
        raise KeyUnreadable(where=where, detail=N_("not a PKCS#12 file"))
    secret = password() if callable(password) else password
    try:
        private, certificate, others = pkcs12.load_key_and_certificates(data, secret)
    except UnsupportedAlgorithm:
        raise KeyUnreadable(where=where, detail=N_("encrypted in an unknown way")) from None
    except ValueError as error:
        # The library tells a wrong password and a damaged file apart only by its text.
        if "password" in str(error).lower() or "mac" in str(error).lower():
            raise KeyPasswordWrong(where=where) from None
        raise KeyUnreadable(where=where, detail=N_("damaged PKCS#12 file")) from None
    if certificate is None or private is None:
        raise KeyUnreadable(where=where, detail=N_("it holds no certificate with private key"))
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyUnreadable(where=where, detail=N_("only RSA and ECDSA keys are supported"))
    return LoadedKey(private, certificate, tuple(others))
