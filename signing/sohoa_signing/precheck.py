"""May this certificate sign now? Asked before the key is used, for it and its issuers.

Circular 15/2025/TT-BKHCN, Article 5: check the signer's certificate and the issuer's status
first, and refuse when either is not valid.
"""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from sohoa_signing.certificates import holder, signature_usage_problem, window
from sohoa_signing.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    CertificateUnsuitable,
    RevocationUnknown,
)
from sohoa_signing.keys import Key
from sohoa_signing.revocation import Revocation, RevocationData


def check_before_signing(
    key: Key,
    *,
    signed_at: datetime,
    checked_at: datetime,
    crls: tuple[bytes, ...],
    ocsps: tuple[bytes, ...],
    require: bool,
) -> Revocation:
    """Raise a :class:`SigningRefused` when the certificate or an issuer forbids signing.

    Returns ``GOOD`` when revocation data answered for the signer and every issuer that has
    an issuer above it at hand, else ``UNKNOWN`` (an error when ``require``).
    """
    problem = signature_usage_problem(key.certificate)
    if problem is not None:
        raise CertificateUnsuitable(detail=problem)
    links = [key.certificate, *key.chain]
    for certificate in links:
        _check_window(certificate, min(signed_at, checked_at), max(signed_at, checked_at))
    data = RevocationData(crls, ocsps)
    status = Revocation.GOOD
    for index, certificate in enumerate(links):
        if certificate.issuer == certificate.subject:
            continue  # a root answers to nobody
        issuer = links[index + 1] if index + 1 < len(links) else None
        answer = (
            data.check(certificate, issuer, used_at=checked_at, known_at=checked_at)
            if issuer is not None
            else None
        )
        if answer is not None and answer.status is Revocation.REVOKED:
            raise CertificateRevoked(
                subject=holder(certificate.subject).name,
                since=answer.revoked_at.date().isoformat() if answer.revoked_at else "?",
            )
        if answer is None or answer.status is Revocation.UNKNOWN:
            if require:
                raise RevocationUnknown(subject=holder(certificate.subject).name)
            status = Revocation.UNKNOWN
    return status


def _check_window(certificate: x509.Certificate, first: datetime, last: datetime) -> None:
    since, until = window(certificate)
    subject = holder(certificate.subject).name
    if first < since:
        raise CertificateNotYetValid(subject=subject, since=since.date().isoformat())
    if last > until:
        raise CertificateExpired(subject=subject, until=until.date().isoformat())
