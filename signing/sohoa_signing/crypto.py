"""One private look at raw signatures: does this value, under this key, sign these bytes?

Every signature in this room (document, timestamp, revocation list, status answer) is checked
here, so that padding rules are stated once. Unknown or degenerate parameters are a "no",
never an exception.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - old signatures are recognised, then refused by policy
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha512_224": hashes.SHA512_224(),
    "sha512_256": hashes.SHA512_256(),
    "sha3_224": hashes.SHA3_224(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How a signature was made: scheme, hash, and for PSS the mask's hash and salt length.

    ``scheme`` is ``rsa_pkcs1``, ``rsa_pss``, ``ecdsa``, ``eddsa`` or ``unknown``.
    """

    scheme: str
    digest: str
    mask_digest: str = ""
    salt_length: int = 0


#: Turns the name of an algorithm into the digest of some content; ``None`` when unknown.
Digest = Callable[[str], bytes | None]


def known_digest(algorithm: str) -> bool:
    """Whether digests of this name can be made."""
    return algorithm in _HASHES


def digest_of(algorithm: str, *parts: bytes) -> bytes | None:
    """The digest of ``parts`` in order; ``None`` for an algorithm that is not known."""
    if algorithm not in _HASHES:
        return None
    state = hashlib.new(algorithm, usedforsecurity=False)
    for part in parts:
        state.update(part)
    return state.digest()


def digest_by(*parts: bytes) -> Digest:
    """How to hash ``parts``, once the algorithm is known."""
    return lambda algorithm: digest_of(algorithm, *parts)


def signature_holds(key: object, mechanism: Mechanism, signature: bytes, data: bytes) -> bool:
    """Whether ``signature`` over ``data`` verifies under the public ``key``."""
    algorithm = _HASHES.get(mechanism.digest)
    try:
        if mechanism.scheme == "eddsa" and isinstance(
            key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
        ):
            key.verify(signature, data)
        elif algorithm is None:
            return False
        elif mechanism.scheme == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm))
        elif mechanism.scheme == "rsa_pkcs1" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif mechanism.scheme == "rsa_pss" and isinstance(key, rsa.RSAPublicKey):
            mask = _HASHES.get(mechanism.mask_digest)
            if mask is None or mechanism.salt_length < 0:
                return False
            scheme = padding.PSS(padding.MGF1(mask), mechanism.salt_length)
            key.verify(signature, data, scheme, algorithm)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, OverflowError):
        return False
    return True
