"""What validates a signature later: certificates of the path and the issuers' answers.

Levels B-LT and B-LTA keep it in the file (ETSI EN 319 142-1 clause 5.4). Only what really
answers is taken: a list of another issuer or an outdated one would be ballast that looks
like proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography import x509

from sohoa_signing.certificates import der, load_certificates, subject_of
from sohoa_signing.errors import CertificateRevoked, ValidationDataMissing
from sohoa_signing.revocation import Revocation, RevocationData

#: Finds answers for a certificate and its issuer elsewhere: lists and status answers.
Fetch = Callable[[x509.Certificate, x509.Certificate], tuple[tuple[bytes, ...], tuple[bytes, ...]]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates, lists and status answers, each in DER."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)

    def __or__(self, other: Evidence) -> Evidence:
        return Evidence(
            tuple(dict.fromkeys((*self.certificates, *other.certificates))),
            tuple(dict.fromkeys((*self.crls, *other.crls))),
            tuple(dict.fromkeys((*self.ocsps, *other.ocsps))),
        )


class EvidenceSource:
    """Material that was given, and a way to fetch more; asked once for each certificate.

    ``fetch`` is used only when what was given does not answer. The answers are kept for the
    life of the object, as long as they are current.
    """

    def __init__(
        self,
        *,
        certificates: Iterable[bytes] = (),
        crls: Iterable[bytes] = (),
        ocsps: Iterable[bytes] = (),
        fetch: Fetch | None = None,
    ) -> None:
        self._pool = [c for data in certificates for c in load_certificates(data)]
        self._fetch = fetch
        self._crls = [(data, RevocationData((data,))) for data in crls]
        self._ocsps = [(data, RevocationData((), (data,))) for data in ocsps]
        self._known: dict[tuple[bytes, bytes], tuple[Evidence, datetime]] = {}

    @property
    def asks(self) -> bool:
        """Whether services are asked for what was not given."""
        return self._fetch is not None

    def collect(
        self, leaf: x509.Certificate, others: Iterable[x509.Certificate], moment: datetime
    ) -> Evidence:
        """What validates ``leaf`` and its issuers as of ``moment``.

        Raises :class:`ValidationDataMissing`, :class:`CertificateRevoked`.
        """
        found = Evidence()
        pool = [*others, *self._pool]
        current, seen = leaf, {der(leaf)}
        while current.issuer != current.subject:
            above = next(
                (c for c in pool if c.subject == current.issuer and _issued(c, current)), None
            )
            if above is None:
                raise ValidationDataMissing(subject=subject_of(current).name)
            found |= self._answer(current, above, moment)
            if der(above) in seen:
                break
            seen.add(der(above))
            current = above
        return Evidence((der(leaf), *found.certificates), found.crls, found.ocsps)

    def _answer(
        self, certificate: x509.Certificate, issuer: x509.Certificate, moment: datetime
    ) -> Evidence:
        key = (der(certificate), der(issuer))
        known = self._known.get(key)
        if known is not None and moment <= known[1]:
            return known[0]
        found = self._search(certificate, issuer, moment)
        if found is None and self._fetch is not None:
            crls, ocsps = self._fetch(certificate, issuer)
            self._crls += [(data, RevocationData((data,))) for data in crls]
            self._ocsps += [(data, RevocationData((), (data,))) for data in ocsps]
            found = self._search(certificate, issuer, moment)
        if found is None:
            raise ValidationDataMissing(subject=subject_of(certificate).name)
        self._known[key] = found
        return found[0]

    def _search(
        self, certificate: x509.Certificate, issuer: x509.Certificate, moment: datetime
    ) -> tuple[Evidence, datetime] | None:
        for kind, items in (("ocsp", self._ocsps), ("crl", self._crls)):
            for data, parsed in reversed(items):
                answer = parsed.check(certificate, issuer, used_at=moment, known_at=moment)
                if answer.status is Revocation.REVOKED:
                    raise CertificateRevoked(
                        subject=subject_of(certificate).name,
                        since=answer.revoked_at.date().isoformat() if answer.revoked_at else "?",
                    )
                if answer.status is Revocation.GOOD and answer.next_update is not None:
                    raw = parsed.crl_der if kind == "crl" else data
                    evidence = Evidence(
                        (der(issuer),),
                        (raw,) if kind == "crl" else (),
                        (raw,) if kind == "ocsp" else (),
                    )
                    return evidence, answer.next_update
        return None


@lru_cache(maxsize=1024)
def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:
        return False
    return True
