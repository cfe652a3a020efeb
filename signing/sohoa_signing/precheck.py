"""May this certificate sign now? Asked before the key is used, for it and its issuers.

Circular 15/2025/TT-BKHCN, Article 5: check the signer's certificate and the issuer's status
first, and refuse when either is not valid.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from cryptography import x509

from sohoa_signing.certificates import signature_usage_problem, subject_of, window
from sohoa_signing.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    CertificateUnsuitable,
    RevocationUnknown,
)
from sohoa_signing.keys import Key
from sohoa_signing.revocation import Revocation, RevocationAnswer, RevocationData


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
    links = (key.certificate, *key.chain)
    for certificate in links:
        _check_window(certificate, min(signed_at, checked_at), max(signed_at, checked_at))
    # A night's batch asks for one certificate: the answer holds for the minute it was given in.
    minute = checked_at.replace(second=0, microsecond=0)
    for subject, answer in _answers(links, crls, ocsps, minute):
        if answer.status is Revocation.REVOKED:
            raise CertificateRevoked(
                subject=subject,
                since=answer.revoked_at.date().isoformat() if answer.revoked_at else "?",
            )
        if answer.status is Revocation.UNKNOWN:
            if require:
                raise RevocationUnknown(subject=subject)
            return Revocation.UNKNOWN
    return Revocation.GOOD


@lru_cache(maxsize=32)
def _data(crls: tuple[bytes, ...], ocsps: tuple[bytes, ...]) -> RevocationData:
    return RevocationData(crls, ocsps)


@lru_cache(maxsize=256)
def _answers(
    links: tuple[x509.Certificate, ...],
    crls: tuple[bytes, ...],
    ocsps: tuple[bytes, ...],
    moment: datetime,
) -> tuple[tuple[str, RevocationAnswer], ...]:
    """For each certificate but a root (which answers to nobody): what its issuer says.

    What forbids stands before what is merely unknown.
    """
    data = _data(crls, ocsps)
    found: list[tuple[str, RevocationAnswer]] = []
    for index, certificate in enumerate(links):
        if certificate.issuer == certificate.subject:
            continue
        issuer = links[index + 1] if index + 1 < len(links) else None
        answer = RevocationAnswer(Revocation.UNKNOWN, problem="no_data")
        if issuer is not None:
            answer = data.check(certificate, issuer, used_at=moment, known_at=moment)
        found.append((subject_of(certificate).name, answer))
    return tuple(sorted(found, key=lambda pair: pair[1].status is not Revocation.REVOKED))


def _check_window(certificate: x509.Certificate, first: datetime, last: datetime) -> None:
    since, until = window(certificate)
    subject = subject_of(certificate).name
    if first < since:
        raise CertificateNotYetValid(subject=subject, since=since.date().isoformat())
    if last > until:
        raise CertificateExpired(subject=subject, until=until.date().isoformat())
