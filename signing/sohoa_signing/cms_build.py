"""Building CMS signatures: the smallest SignedData that PAdES asks for.

One SignerInfo, detached content, signed attributes content-type, message-digest,
signing-certificate-v2 and CMS algorithm protection (ETSI EN 319 122-1 clause 5, EN 319
142-1 clause 6.2; RFC 6211). The claimed time stands in ``/M`` of the signature dictionary,
not here (EN 319 142-1 clause 6.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from sohoa_signing.certificates import der, key_strength, to_asn1

DIGESTS = ("sha256", "sha384", "sha512")


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
    digest_algorithm = algos.DigestAlgorithm({"algorithm": digest})
    mechanism = signature_algorithm(certificate, digest, pss=pss)
    kind = content[0] if content else "data"
    attributes = cms.CMSAttributes(
        [
            attribute("content_type", kind),
            attribute("message_digest", message_digest),
            attribute("signing_certificate_v2", signing_certificate_v2(certificate, digest)),
            attribute(
                "cms_algorithm_protection",
                cms.CMSAlgorithmProtection(
                    {"digest_algorithm": digest_algorithm, "signature_algorithm": mechanism}
                ),
            ),
        ]
    )
    attributes = cms.CMSAttributes.load(attributes.dump())
    value = sign(attributes.dump())
    parsed = to_asn1(certificate)
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                    {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
                )
            }
        ),
        "digest_algorithm": digest_algorithm,
        "signature_algorithm": mechanism,
        "signed_attrs": attributes,
        "signature": value,
    }
    if timestamp is not None:
        token = cms.ContentInfo.load(timestamp(hashlib.new(digest, value).digest()))
        info["unsigned_attrs"] = cms.CMSAttributes([attribute("signature_time_stamp_token", token)])
    encapsulated: dict[str, Any] = {"content_type": kind}
    if content:
        encapsulated["content"] = core.ParsableOctetString(content[1])
    certificates = [parsed, *(to_asn1(c) for c in chain if c.subject != c.issuer)]
    signed = cms.SignedData(
        {
            "version": "v3" if content else "v1",
            "digest_algorithms": cms.DigestAlgorithms((digest_algorithm,)),
            "encap_content_info": encapsulated,
            "certificates": certificates,
            "signer_infos": [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())
