"""Was a certificate revoked (thu hồi)? Answers from lists and status answers at hand.

Nothing is fetched here: material comes from the file or from the caller. Silence is
``UNKNOWN``, never ``GOOD``. A list or answer counts only when the certificate's own issuer
(or a responder that the issuer delegated) signed it, when it speaks about this certificate,
and when it is fresh enough for the moment in question (RFC 5280 section 6.3, RFC 6960
section 3.2, EN 319 102-1 clause 5.2.5).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from asn1crypto import pem
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from sohoa_signing.certificates import is_authority
from sohoa_signing.crypto import Mechanism, signature_holds

#: Clocks differ: material may come from this far in the future.
CLOCK_SKEW = timedelta(minutes=5)
#: Lists up to this size stay parsed for the life of the process: files repeat them.
_KEPT = 1_000_000
_PARSE_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    OverflowError,
    x509.InvalidVersion,
)


class Revocation(enum.StrEnum):
    """What is known about the revocation of one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RevocationAnswer:
    """The answer for one certificate; ``problem`` names why it is unknown.

    ``problem``: ``no_data``, ``stale``, ``other_issuer``, ``unusable`` or empty.
    """

    status: Revocation
    source: str = ""
    revoked_at: datetime | None = None
    reason: str = ""
    this_update: datetime | None = None
    next_update: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Statement:
    """What one list or one answer says about the certificate."""

    source: str
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    reason: str
    known: bool = True


class _List:
    """A revocation list with the answers to "did this issuer sign it?" kept: lists are long."""

    def __init__(self, data: bytes) -> None:
        self.crl = _load_crl(data)
        self._signed_by: dict[bytes, bool] = {}

    def signed_by(self, issuer: x509.Certificate) -> bool:
        key = issuer.public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return False
        name = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if name not in self._signed_by:
            self._signed_by[name] = self.crl.is_signature_valid(key)
        return self._signed_by[name]


@lru_cache(maxsize=256)
def _known_list(data: bytes) -> _List:
    return _List(data)


class RevocationData:
    """Lists (CRL) and status answers (OCSP) at hand, parsed once and asked many times."""

    def __init__(self, crls: Iterable[bytes] = (), ocsps: Iterable[bytes] = ()) -> None:
        self._crls: list[_List] = []
        self._ocsps: list[ocsp.OCSPResponse] = []
        self.unreadable = 0
        for data in crls:
            try:
                self._crls.append(_known_list(data) if len(data) <= _KEPT else _List(data))
            except _PARSE_ERRORS:
                self.unreadable += 1
        for data in ocsps:
            try:
                response = ocsp.load_der_ocsp_response(data)
            except _PARSE_ERRORS:
                self.unreadable += 1
                continue
            if response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
                self._ocsps.append(response)

    @property
    def crl_der(self) -> bytes:
        """The first list in DER: what goes into a file, even when it came as PEM."""
        return self._crls[0].crl.public_bytes(Encoding.DER)

    def __or__(self, other: RevocationData) -> RevocationData:
        both = RevocationData()
        # The same list often comes twice: inside the file and from the caller.
        both._crls = list(dict.fromkeys((*self._crls, *other._crls)))
        both._ocsps = [*self._ocsps, *other._ocsps]
        both.unreadable = self.unreadable + other.unreadable
        return both

    def check(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        *,
        used_at: datetime,
        known_at: datetime,
        judged_at: datetime | None = None,
    ) -> RevocationAnswer:
        """What is known about ``certificate`` for a use at ``used_at``.

        ``known_at`` is now: material dated later is from a wrong clock or a forger and is
        ignored. ``judged_at`` is the moment as of which the caller asks (now by default): a
        revocation that came later did not exist then. A revocation counts even from a stale
        list (it does not go away); "good" needs material that was still current at
        ``used_at`` or is newer.
        """
        statements: list[_Statement] = []
        problem = "no_data"
        for found, reason in self._statements(certificate, issuer):
            if found is None:
                problem = reason
            elif found.this_update > known_at + CLOCK_SKEW:
                problem = "unusable"
            else:
                statements.append(found)
        horizon = judged_at or known_at
        revoked = [s for s in statements if s.revoked_at is not None and s.revoked_at <= horizon]
        if revoked:
            first = min(revoked, key=lambda s: s.revoked_at or s.this_update)
            return RevocationAnswer(
                Revocation.REVOKED,
                first.source,
                first.revoked_at,
                first.reason,
                first.this_update,
                first.next_update,
            )
        fresh = [s for s in statements if s.known and _fresh(s, certificate, used_at)]
        if fresh:
            best = max(fresh, key=lambda s: s.this_update)
            return RevocationAnswer(
                Revocation.GOOD,
                best.source,
                this_update=best.this_update,
                next_update=best.next_update,
            )
        if statements:
            problem = "stale"
        return RevocationAnswer(Revocation.UNKNOWN, problem=problem)

    def _statements(
        self, certificate: x509.Certificate, issuer: x509.Certificate
    ) -> Iterable[tuple[_Statement | None, str]]:
        for crl in self._crls:
            try:
                yield _ask_crl(crl, certificate, issuer)
            except _PARSE_ERRORS:
                yield None, "unusable"
        for response in self._ocsps:
            try:
                yield from _ask_ocsp(response, certificate, issuer)
            except _PARSE_ERRORS:
                yield None, "unusable"


def _load_crl(data: bytes) -> x509.CertificateRevocationList:
    # Authorities publish lists as DER and as PEM under the same name: take both.
    if data[:1] != b"\x30" and pem.detect(data):
        return x509.load_pem_x509_crl(data)
    return x509.load_der_x509_crl(data)


def _fresh(statement: _Statement, certificate: x509.Certificate, used_at: datetime) -> bool:
    if statement.this_update >= used_at:
        # Newer than the use; but issuers may drop expired certificates from later lists.
        return statement.source == "ocsp" or (
            statement.this_update <= certificate.not_valid_after_utc
        )
    return statement.next_update is not None and used_at <= statement.next_update


def _ask_crl(
    listed: _List, certificate: x509.Certificate, issuer: x509.Certificate
) -> tuple[_Statement | None, str]:
    crl = listed.crl
    if crl.issuer != certificate.issuer or crl.issuer != issuer.subject:
        return None, "no_data"
    if not listed.signed_by(issuer):
        return None, "other_issuer"
    if not _crl_covers(crl, certificate):
        return None, "unusable"
    entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    revoked_at, reason = None, ""
    if entry is not None:
        reason = _entry_reason(entry)
        if reason != "removeFromCRL":
            revoked_at = entry.revocation_date_utc
    return (
        _Statement("crl", crl.last_update_utc, crl.next_update_utc, revoked_at, reason),
        "",
    )


def _entry_reason(entry: x509.RevokedCertificate) -> str:
    try:
        found = entry.extensions.get_extension_for_class(x509.CRLReason)
    except x509.ExtensionNotFound:
        return "unspecified"
    return str(found.value.reason.value)


def _crl_covers(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether the list speaks about this certificate in full (no delta, no partial scope)."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return False
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_contains_attribute_certs or value.only_some_reasons:
                return False
            authority = is_authority(certificate)
            if value.only_contains_ca_certs and not authority:
                return False
            if value.only_contains_user_certs and authority:
                return False
        elif extension.critical and isinstance(value, x509.UnrecognizedExtension):
            return False
    return True


def _ask_ocsp(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> Iterable[tuple[_Statement | None, str]]:
    for single in response.responses:
        if single.serial_number != certificate.serial_number:
            continue
        if not _names_issuer(single, issuer):
            continue
        if not _answer_is_signed(response, issuer):
            yield None, "other_issuer"
            continue
        status = single.certificate_status
        revoked_at = single.revocation_time_utc if status is ocsp.OCSPCertStatus.REVOKED else None
        reason = single.revocation_reason.value if single.revocation_reason else "unspecified"
        yield (
            _Statement(
                "ocsp",
                single.this_update_utc,
                single.next_update_utc,
                revoked_at,
                str(reason) if revoked_at else "",
                known=status is ocsp.OCSPCertStatus.GOOD,
            ),
            "",
        )


def _names_issuer(single: Any, issuer: x509.Certificate) -> bool:
    """Whether the answer's CertID names this issuer by name and key (RFC 6960 4.1.1)."""

    def hashed(data: bytes) -> bytes:
        state = hashes.Hash(single.hash_algorithm)
        state.update(data)
        return state.finalize()

    key = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key())
    if single.hash_algorithm.name == "sha1":
        key_matches = single.issuer_key_hash == key.digest
    else:
        key_matches = single.issuer_key_hash == hashed(_key_bits(issuer))
    return bool(key_matches and single.issuer_name_hash == hashed(issuer.subject.public_bytes()))


def _key_bits(certificate: x509.Certificate) -> bytes:
    key: Any = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return bytes(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _answer_is_signed(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Signed by the issuer itself, or by a responder the issuer certified for this purpose."""
    candidates = [issuer]
    for delegate in response.certificates:
        try:
            usage = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            if ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
                continue
            delegate.verify_directly_issued_by(issuer)
        except (x509.ExtensionNotFound, *_PARSE_ERRORS):
            continue
        except Exception:  # noqa: S112 - a bad signature and bad encoding alike: no delegate
            continue
        since, until = delegate.not_valid_before_utc, delegate.not_valid_after_utc
        if since <= response.produced_at_utc <= until:
            candidates.append(delegate)
    algorithm = response.signature_hash_algorithm
    if algorithm is None:
        return False
    digest = algorithm.name.replace("-", "_")
    for candidate in candidates:
        key = candidate.public_key()
        scheme = "ecdsa" if isinstance(key, ec.EllipticCurvePublicKey) else "rsa_pkcs1"
        if signature_holds(
            key, Mechanism(scheme, digest), response.signature, response.tbs_response_bytes
        ):
            return True
    return False
