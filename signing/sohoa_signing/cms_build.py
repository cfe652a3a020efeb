"""Building CMS signatures: the smallest SignedData that PAdES asks for.

One SignerInfo, detached content, signed attributes content-type, message-digest,
signing-certificate-v2 and CMS algorithm protection (ETSI EN 319 122-1 clause 5, EN 319
142-1 clause 6.2; RFC 6211). The claimed time stands in ``/M`` of the signature dictionary,
not here (EN 319 142-1 clause 6.3).

Of two signatures by one key only the digest and the value differ. Everything else is encoded
once for a key (:class:`CmsTemplate`); a signature is then a matter of joining bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from sohoa_signing.certificates import der, key_strength, to_asn1

DIGESTS = ("sha256", "sha384", "sha512")
_MOST_SIZES = 100
_SEQUENCE, _SET, _OCTETS, _EXPLICIT, _UNSIGNED = 0x30, 0x31, 0x04, 0xA0, 0xA1


def attribute(kind: str, value: Any) -> Any:
    """One CMS attribute with a single value."""
    return cms.CMSAttribute({"type": kind, "values": (value,)})


def signature_algorithm(certificate: x509.Certificate, digest: str, *, pss: bool) -> Any:
    """The algorithm identifier for a signature by the certificate's key.

    RSASSA-PSS states hash, mask generation and salt length in full (RFC 4055): readers that
    meet defaults there would assume SHA-1.
    """
    kind, _ = key_strength(certificate)
    if kind == "ec":
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    if not pss:
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"})
    hash_algorithm = {"algorithm": digest}
    parameters = algos.RSASSAPSSParams(
        {
            "hash_algorithm": hash_algorithm,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hash_algorithm},
            "salt_length": hashlib.new(digest).digest_size,
        }
    )
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})


def signing_certificate_v2(certificate: x509.Certificate, digest: str) -> Any:
    """The ``ESSCertIDv2`` attribute value that binds the signer's certificate (RFC 5035)."""
    parsed = to_asn1(certificate)
    identifier = tsp.ESSCertIDv2(
        {
            "hash_algorithm": {"algorithm": digest},
            "cert_hash": hashlib.new(digest, der(certificate)).digest(),
            "issuer_serial": {
                "issuer": [
                    asn1_x509.GeneralName(name="directory_name", value=parsed.issuer),
                ],
                "serial_number": parsed.serial_number,
            },
        }
    )
    return tsp.SigningCertificateV2({"certs": (identifier,)})


def tlv(tag: int, *parts: bytes) -> bytes:
    """One DER element (X.690 clause 8.1): tag, definite length, contents."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def tlv_set(tag: int, items: Iterable[bytes]) -> bytes:
    """A DER SET OF: its members in ascending order of their encodings (X.690 11.6)."""
    return tlv(tag, *sorted(items))


class CmsTemplate:
    """Everything of a SignedData that does not change from one signature of a key to the next.

    ``kind`` is the content type: ``data`` for documents (detached), ``tst_info`` for
    timestamp tokens (the content is enclosed).
    """

    def __init__(
        self,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
        digest: str,
        *,
        pss: bool,
        kind: str = "data",
    ) -> None:
        mechanism = signature_algorithm(certificate, digest, pss=pss)
        digest_algorithm = algos.DigestAlgorithm({"algorithm": digest})
        protection = cms.CMSAlgorithmProtection(
            {"digest_algorithm": digest_algorithm, "signature_algorithm": mechanism}
        )
        self.digest = digest
        self.kind = kind
        self._sizes: dict[int, int] = {}
        self._fixed = tuple(
            attribute(name, value).dump()
            for name, value in (
                ("content_type", kind),
                ("signing_certificate_v2", signing_certificate_v2(certificate, digest)),
                ("cms_algorithm_protection", protection),
            )
        )
        self._type = cms.ContentType(kind).dump()
        self._signed_data_type = cms.ContentType("signed_data").dump()
        self._digest_type = cms.CMSAttributeType("message_digest").dump()
        self._stamp_type = cms.CMSAttributeType("signature_time_stamp_token").dump()
        self._digest_algorithm = digest_algorithm.dump()
        self._mechanism = mechanism.dump()
        parsed = to_asn1(certificate)
        self._signer = tlv(
            _SEQUENCE, parsed.issuer.dump(), core.Integer(parsed.serial_number).dump()
        )
        own = [certificate, *(c for c in chain if c.subject != c.issuer)]
        self._certificates = tlv_set(_EXPLICIT, {der(c) for c in own})
        _, bits = key_strength(certificate)
        #: The longest value the key can make: RSA its modulus, ECDSA two numbers in DER.
        self.longest_value = (
            bits // 8 + 1 if mechanism.signature_algo != "ecdsa" else bits // 4 + 16
        )

    def signed_attributes(self, message_digest: bytes) -> bytes:
        """The signed attributes as they are signed: DER with the tag of a SET (RFC 5652 5.4)."""
        stated = tlv(_SEQUENCE, self._digest_type, tlv(_SET, tlv(_OCTETS, message_digest)))
        return tlv_set(_SET, (*self._fixed, stated))

    def content_info(
        self, attributes: bytes, value: bytes, *, token: bytes = b"", content: bytes | None = None
    ) -> bytes:
        """The finished ContentInfo; ``token`` is a timestamp over ``value`` (level B-T)."""
        unsigned = b""
        if token:
            unsigned = tlv(_UNSIGNED, tlv(_SEQUENCE, self._stamp_type, tlv(_SET, token)))
        info = tlv(
            _SEQUENCE,
            b"\x02\x01\x01",
            self._signer,
            self._digest_algorithm,
            bytes((_EXPLICIT,)) + attributes[1:],
            self._mechanism,
            tlv(_OCTETS, value),
            unsigned,
        )
        inner = b"" if content is None else tlv(_EXPLICIT, tlv(_OCTETS, content))
        signed = tlv(
            _SEQUENCE,
            b"\x02\x01\x01" if content is None else b"\x02\x01\x03",
            tlv(_SET, self._digest_algorithm),
            tlv(_SEQUENCE, self._type, inner),
            self._certificates,
            tlv(_SET, info),
        )
        return tlv(_SEQUENCE, self._signed_data_type, tlv(_EXPLICIT, signed))

    def size(self, token: int = 0) -> int:
        """An upper bound of the finished ContentInfo in bytes; ``token`` is a token's size."""
        known = self._sizes.get(token)
        if known is not None:
            return known
        digest = b"\x00" * hashlib.new(self.digest).digest_size
        empty = self.content_info(
            self.signed_attributes(digest), b"\x00" * self.longest_value, token=b"\x00" * token
        )
        if len(self._sizes) < _MOST_SIZES:
            self._sizes[token] = len(empty)
        return len(empty)


@lru_cache(maxsize=64)
def template(
    certificate: x509.Certificate,
    chain: tuple[x509.Certificate, ...],
    digest: str,
    pss: bool,
    kind: str = "data",
) -> CmsTemplate:
    """The template of a key, made once for the life of the process."""
    return CmsTemplate(certificate, chain, digest, pss=pss, kind=kind)


def build_signed_data(
    message_digest: bytes,
    *,
    certificate: x509.Certificate,
    chain: Iterable[x509.Certificate],
    digest: str,
    pss: bool,
    sign: Callable[[bytes], bytes],
    timestamp: Callable[[bytes], bytes] | None = None,
    content: tuple[str, bytes] | None = None,
) -> bytes:
    """A CMS ContentInfo (DER) over content with ``message_digest``.

    ``sign`` signs the DER of the signed attributes; ``timestamp`` turns the digest of the
    signature value into an RFC 3161 token (level B-T). ``content`` (type and bytes) makes
    the signature enveloping, as a timestamp token is; documents leave it out.
    """
    kind = content[0] if content else "data"
    made = template(certificate, tuple(chain), digest, pss, kind)
    attributes = made.signed_attributes(message_digest)
    value = sign(attributes)
    token = timestamp(hashlib.new(digest, value).digest()) if timestamp else b""
    return made.content_info(
        attributes, value, token=token, content=content[1] if content else None
    )
