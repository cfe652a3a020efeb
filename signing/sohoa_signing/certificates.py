"""Reading X.509 certificates: the few questions that signing and verifying both ask.

Names are shown as Vietnamese certificates write them: the person or organisation in ``CN``,
the agency in ``O``, the unit in ``OU``, the title (chức vụ) in ``T``, and an identifier such
as ``CCCD:…`` or ``MST:…`` in ``UID`` (read leniently: the forms differ between authorities).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from sohoa_core.i18n import N_

#: An identifier inside ``UID`` or ``serialNumber``: kind, colon, digits or letters.
_IDENTIFIER = re.compile(r"\b(CCCD|CMND|MST|HC|MNS|BHXH)\s*[:=]\s*([0-9A-Za-z.\-]{4,32})")


#: A batch asks the same few certificates the same questions for every file.
_remembered = lru_cache(maxsize=4096)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a certificate names (chủ chứng thư số); empty text where it is silent."""

    name: str
    agency: str
    unit: str
    title: str
    identifier: str

    @property
    def managing_unit(self) -> str:
        """The unit that manages the signer (cơ quan, đơn vị quản lý): unit and agency."""
        parts = [part for part in (self.unit, self.agency) if part]
        return ", ".join(dict.fromkeys(parts))


def _first(name: x509.Name, *oids: x509.ObjectIdentifier) -> str:
    for oid in oids:
        found = name.get_attributes_for_oid(oid)
        if found:
            return " ".join(str(found[-1].value).split())
    return ""


def holder(name: x509.Name) -> Holder:
    """The holder that the distinguished name ``name`` describes."""
    raw = _first(name, NameOID.USER_ID) or _first(name, NameOID.SERIAL_NUMBER)
    match = _IDENTIFIER.search(raw)
    return Holder(
        name=_first(name, NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME),
        agency=_first(name, NameOID.ORGANIZATION_NAME),
        unit=_first(name, NameOID.ORGANIZATIONAL_UNIT_NAME),
        title=_first(name, NameOID.TITLE),
        identifier=f"{match[1]}:{match[2]}" if match else raw,
    )


@_remembered
def subject_of(certificate: x509.Certificate) -> Holder:
    """The holder of ``certificate``."""
    return holder(certificate.subject)


@_remembered
def issuer_of(certificate: x509.Certificate) -> Holder:
    """Who issued ``certificate``."""
    return holder(certificate.issuer)


def load_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Every certificate in ``data``, DER or PEM (one or several).

    Raises ``ValueError`` when there is none or one cannot be read.
    """
    if pem.detect(data[:4096]) or b"-----BEGIN" in data:
        found = tuple(x509.load_pem_x509_certificates(data))
    else:
        found = (x509.load_der_x509_certificate(data),)
    if not found:
        raise ValueError("no certificate found")
    return found


@_remembered
def readable(certificate: x509.Certificate) -> bool:
    """Whether every part that is asked for later can be read: parsing happens late."""
    try:
        certificate.public_key()
        parts = (
            certificate.subject,
            certificate.issuer,
            certificate.extensions,
            certificate.version,
        )
        window(certificate)
        to_asn1(certificate).native  # noqa: B018 - the other parser must agree
    except Exception:
        return False
    return all(part is not None for part in parts)


def to_asn1(certificate: x509.Certificate) -> Any:
    """The same certificate as an ``asn1crypto`` object."""
    return asn1_x509.Certificate.load(der(certificate))


@_remembered
def names_in_der(certificate: x509.Certificate) -> tuple[bytes, bytes | None]:
    """The issuer's name as it is encoded, and the subject's key identifier."""
    parsed = to_asn1(certificate)
    return parsed.issuer.dump(), parsed.key_identifier


def der(certificate: x509.Certificate) -> bytes:
    """The certificate's bytes as the issuer signed them."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


@_remembered
def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the whole certificate, lower-case hexadecimal."""
    return hashlib.sha256(der(certificate)).hexdigest()


@_remembered
def window(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    """First and last moment of validity, in UTC."""
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


@_remembered
def key_strength(certificate: x509.Certificate) -> tuple[str, int]:
    """Kind (``rsa``, ``ec`` or the class name) and size in bits of the public key."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.curve.key_size
    return type(key).__name__.lower(), getattr(key, "key_size", 0)


@_remembered
def key_usages(certificate: x509.Certificate) -> frozenset[str] | None:
    """Names of the key usages that are switched on; ``None`` when the extension is absent."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    names = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign")
    return frozenset(name for name in names if getattr(usage, name))


@_remembered
def is_authority(certificate: x509.Certificate) -> bool:
    """Whether the certificate may issue others (basic constraints, RFC 5280 4.2.1.9)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return bool(found.value.ca)


@_remembered
def signature_usage_problem(certificate: x509.Certificate) -> str | None:
    """Why this certificate may not sign documents; ``None`` when it may.

    RFC 5280 4.2.1.3: ``digitalSignature`` or ``nonRepudiation`` must be set where the
    extension is present; an authority's certificate signs certificates, not documents.
    """
    if is_authority(certificate):
        return N_("it is the certificate of an authority, not of a signer")
    usages = key_usages(certificate)
    if usages is not None and not usages & {"digital_signature", "content_commitment"}:
        return N_("its key usage does not include digital signatures")
    return None


def utc(moment: datetime) -> datetime:
    """``moment`` in UTC; raises ``ValueError`` when it carries no zone."""
    if moment.tzinfo is None:
        raise ValueError("the time needs a zone")
    return moment.astimezone(UTC)
