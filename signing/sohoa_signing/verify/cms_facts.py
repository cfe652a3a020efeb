"""What a CMS signature says and whether it holds: digest, signature value, bound certificate.

Taken apart by :mod:`sohoa_signing.verify.cms_parts`, verified with cryptography. No trust and
no time is judged here. Used for document signatures and for timestamp tokens alike (RFC 5652,
RFC 3161, RFC 5035, ETSI EN 319 122-1, EN 319 142-1 clause 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import algos, cms, core, tsp
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sohoa_signing.certificates import der, names_in_der, readable
from sohoa_signing.crypto import Digest, Mechanism, digest_by, digest_of, signature_holds
from sohoa_signing.verify.cms_parts import Parts, archived, take_apart
from sohoa_signing.verify.der import OCTETS, NotDer, first_element
from sohoa_signing.verify.remember import remembered
from sohoa_signing.verify.stamp_info import stamp_info

_ERRORS = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
_SCHEMES = {
    "rsassa_pkcs1v15": "rsa_pkcs1",
    "rsassa_pss": "rsa_pss",
    "ecdsa": "ecdsa",
    "ed25519": "eddsa",
    "ed448": "eddsa",
}


@dataclass(frozen=True, slots=True)
class CmsFacts:
    """One SignedData. ``problems`` are codes; ``notes`` decide nothing.

    ``digest_holds``: the message digest equals that of the content. ``signature_holds``: the
    value verifies under the signer's certificate. ``content`` is the enveloped content.
    """

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    digest: str = ""
    mechanism: Mechanism = field(default_factory=lambda: Mechanism("unknown", ""))
    signer: x509.Certificate | None = None
    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    digest_holds: bool = False
    signature_holds: bool = False
    signature: bytes = field(default=b"", repr=False)
    signing_time: datetime | None = None
    has_signing_certificate: bool = False
    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)
    size: int = 0


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """One timestamp token: its CMS facts, time, and whether it stamps the given bytes."""

    cms: CmsFacts
    gen_time: datetime | None
    imprint_holds: bool
    imprint_digest: str
    problems: tuple[str, ...]


def read_cms(data: bytes, covered: Digest | None, *, padded: bool = False) -> CmsFacts:
    """Facts about the CMS ``data`` that signs ``covered`` (``None``: its own content).

    ``padded``: zeros may follow, as in a PDF's ``/Contents``. Never raises.
    """
    try:
        return _read(data, covered, padded)
    except (*_ERRORS, UnsupportedAlgorithm, RecursionError):
        return CmsFacts(problems=("cms",))


def _read(data: bytes, covered: Digest | None, padded: bool) -> CmsFacts:
    problems: list[str] = []
    notes: list[str] = []
    parts = take_apart(data)
    if parts is None:
        return CmsFacts(problems=("cms",))
    if not parts.is_der:
        notes.append("not_der")
    rest = data[parts.size :]
    if rest and not (padded and not rest.strip(b"\x00")):
        problems.append("padding")
    content = b""
    if covered is None:
        if parts.content is None:
            return CmsFacts(problems=("cms",))
        content = parts.content
        covered = digest_by(content)
        if parts.kind != "tst_info":
            problems.append("content_type")
    else:
        if parts.kind != "data":
            problems.append("content_type")
        if parts.enclosed:
            # Content inside a detached signature: readers differ on which one was signed.
            problems.append("inner_content")
    if parts.signers != 1:
        problems.append("signer_count")
        if not parts.signers:
            return CmsFacts(problems=tuple(problems))
    certificates = [load_certificate(raw) for raw in parts.certificates]
    if None in certificates:
        notes.append("certificate_unreadable")
    known = tuple(certificate for certificate in certificates if certificate is not None)
    digest = _digest_name(parts.digest_algorithm)
    mechanism = _mechanism(parts.mechanism, digest)
    if mechanism.digest != digest or mechanism.scheme == "unknown":
        problems.append("algorithm_mismatch")
    signer = _signer(parts.sid, known)
    if signer is None:
        problems.append("no_signer_certificate")
    attributes = _attributes(parts, problems)
    digest_value = covered(digest)
    if digest_value is None:
        problems.append("digest_unknown")
    stated = _one(attributes, "message_digest", problems)
    digest_holds = (
        digest_value is not None and stated is not None and _octets(stated) == digest_value
    )
    type_stated = _one(attributes, "content_type", problems)
    if type_stated is None or _type_name(type_stated) != parts.kind:
        problems.append("content_type")
    bound = _check_bound_certificate(attributes, signer, problems)
    _check_protection(attributes, parts, problems)
    encoded = [item[0] for item in parts.attributes]
    if encoded != sorted(encoded):
        notes.append("attribute_order")
    holds = False
    if signer is not None and parts.signed:
        holds = _verify(signer, mechanism, parts.signature, parts.signed)
    crls, ocsps = _revocation(parts, attributes)
    return CmsFacts(
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(dict.fromkeys(notes)),
        digest=digest,
        mechanism=mechanism,
        signer=signer,
        certificates=known,
        crls=crls,
        ocsps=ocsps,
        digest_holds=digest_holds,
        signature_holds=holds,
        signature=parts.signature,
        signing_time=_signing_time(attributes),
        has_signing_certificate=bound,
        tokens=_tokens(parts),
        content=content,
        size=parts.size,
    )


def _verify(
    signer: x509.Certificate, mechanism: Mechanism, signature: bytes, covered: bytes
) -> bool:
    try:
        key = _public_key(signer)
    except (*_ERRORS, UnsupportedAlgorithm):
        return False  # a degenerate key, such as exponent 1
    return signature_holds(key, mechanism, signature, covered)


@lru_cache(maxsize=1024)
def _public_key(certificate: x509.Certificate) -> object:
    return certificate.public_key()


@remembered
def load_certificate(data: bytes) -> x509.Certificate | None:
    """The DER certificate ``data``, or ``None`` when any part of it cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(data)
    except (*_ERRORS, x509.InvalidVersion):
        return None
    return certificate if readable(certificate) else None


def _signer(encoded: bytes, certificates: tuple[x509.Certificate, ...]) -> x509.Certificate | None:
    issuer, wanted = _identifier(encoded)
    for certificate in certificates:
        its_issuer, its_key = names_in_der(certificate)
        if issuer is None:
            if wanted == its_key:
                return certificate
        elif wanted == certificate.serial_number and issuer == its_issuer:
            return certificate
    return None


@remembered
def _identifier(encoded: bytes) -> tuple[bytes | None, object]:
    """Issuer and serial number of the signer's certificate; or ``None`` and its key identifier."""
    sid = cms.SignerIdentifier.load(encoded, strict=True)
    if sid.name == "issuer_and_serial_number":
        return sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
    return None, sid.chosen.native


@remembered
def _digest_name(encoded: bytes) -> str:
    return str(algos.DigestAlgorithm.load(encoded, strict=True)["algorithm"].native)


@remembered
def _type_name(encoded: bytes) -> str:
    return str(cms.ContentType.load(encoded, strict=True).native)


def _octets(encoded: bytes) -> bytes:
    """The value of an encoded octet string; a constructed one is put together."""
    try:
        element = first_element(encoded, OCTETS)
        if element[3] == len(encoded):
            return encoded[element[2] :]
    except NotDer:
        pass
    return bytes(core.OctetString.load(encoded, strict=True).native)


@lru_cache(maxsize=256)
def _mechanism(encoded: bytes, digest: str) -> Mechanism:
    algorithm = algos.SignedDigestAlgorithm.load(encoded)
    scheme = _SCHEMES.get(algorithm.signature_algo, "unknown")
    if scheme == "rsa_pss":
        parameters = algorithm["parameters"]
        mask = parameters["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1" or parameters["trailer_field"].native != (
            "trailer_field_bc"
        ):
            return Mechanism("unknown", "")
        return Mechanism(
            scheme,
            str(parameters["hash_algorithm"]["algorithm"].native),
            str(mask["parameters"]["algorithm"].native),
            int(parameters["salt_length"].native),
        )
    if scheme == "eddsa":
        return Mechanism(scheme, digest)
    name = algorithm["algorithm"].native
    stated = digest if name in ("rsassa_pkcs1v15", "ecdsa") else str(algorithm.hash_algo)
    return Mechanism(scheme, stated)


def _attributes(parts: Parts, problems: list[str]) -> dict[str, list[bytes]]:
    """Values of signed attributes by type; one that occurs twice, or without one value, is a
    problem."""
    result: dict[str, list[bytes]] = {}
    if not parts.signed:
        problems.append("no_signed_attributes")
        return result
    for _, kind, values in parts.attributes:
        if kind in result:
            problems.append("attribute_twice")
        result.setdefault(kind, []).extend(values)
    return result


def _one(attributes: dict[str, list[bytes]], kind: str, problems: list[str]) -> bytes | None:
    values = attributes.get(kind, [])
    if len(values) > 1:
        problems.append("attribute_twice")
    return values[0] if values else None


@remembered
def _bound_v1(encoded: bytes) -> tuple[str, bytes] | None:
    identifiers = tsp.SigningCertificate.load(encoded, strict=True)["certs"]
    return ("sha1", bytes(identifiers[0]["cert_hash"].native)) if len(identifiers) else None


@remembered
def _bound_v2(encoded: bytes) -> tuple[str, bytes] | None:
    identifiers = tsp.SigningCertificateV2.load(encoded, strict=True)["certs"]
    if len(identifiers) < 1:
        return None
    first = identifiers[0]
    name = first["hash_algorithm"]["algorithm"].native
    return str(name), bytes(first["cert_hash"].native)


#: Algorithm and hash of the first certificate that each of the attributes names (RFC 5035).
_BOUND = {"signing_certificate_v2": _bound_v2, "signing_certificate": _bound_v1}


def _check_bound_certificate(
    attributes: dict[str, list[bytes]], signer: x509.Certificate | None, problems: list[str]
) -> bool:
    """Whether a signing-certificate attribute is there; a wrong one is a problem."""
    present = False
    for kind, read in _BOUND.items():
        value = _one(attributes, kind, problems)
        if value is None:
            continue
        present = True
        stated = read(value)
        if signer is None or stated is None or _hash_of(signer, stated[0]) != stated[1]:
            problems.append("signing_certificate")
    return present


@lru_cache(maxsize=1024)
def _hash_of(certificate: x509.Certificate, algorithm: str) -> bytes | None:
    return digest_of(algorithm, der(certificate))


@remembered
def _protected(encoded: bytes) -> tuple[str, str]:
    value = cms.CMSAlgorithmProtection.load(encoded, strict=True)
    digest, mechanism = value["digest_algorithm"], value["signature_algorithm"]
    return str(digest["algorithm"].native), str(mechanism["algorithm"].native)


@remembered
def _mechanism_name(encoded: bytes) -> str:
    return str(algos.SignedDigestAlgorithm.load(encoded, strict=True)["algorithm"].native)


def _check_protection(
    attributes: dict[str, list[bytes]], parts: Parts, problems: list[str]
) -> None:
    """RFC 6211: the protected algorithms must be the ones in use."""
    value = _one(attributes, "cms_algorithm_protection", problems)
    if value is None:
        return
    in_use = (_digest_name(parts.digest_algorithm), _mechanism_name(parts.mechanism))
    if _protected(value) != in_use:
        problems.append("algorithm_mismatch")


def _signing_time(attributes: dict[str, list[bytes]]) -> datetime | None:
    values = attributes.get("signing_time", [])
    try:
        found = cms.Time.load(values[0], strict=True).native if values else None
    except _ERRORS:
        return None
    return found.astimezone(UTC) if isinstance(found, datetime) and found.tzinfo else None


def _tokens(parts: Parts) -> tuple[bytes, ...]:
    return tuple(
        value
        for _, kind, values in parts.unsigned
        if kind == "signature_time_stamp_token"
        for value in values
    )


def _revocation(
    parts: Parts, attributes: dict[str, list[bytes]]
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Lists and answers carried inside: CMS ``crls`` and Adobe's archival attribute."""
    crls = parts.crls
    ocsps: tuple[bytes, ...] = ()
    for value in attributes.get("adobe_revocation_info_archival", []):
        more_crls, more_ocsps = archived(value)
        crls, ocsps = (*crls, *more_crls), (*ocsps, *more_ocsps)
    return crls, ocsps


def read_token(data: bytes, covered: Digest, *, padded: bool) -> TokenFacts:
    """Facts about the timestamp token ``data`` that should stamp ``covered``. Never raises."""
    facts = read_cms(data, None, padded=padded)
    problems = list(facts.problems)
    try:
        algorithm, imprint, gen_time = stamp_info(facts.content)
        holds = covered(algorithm) == imprint
    except (*_ERRORS, RecursionError):
        return TokenFacts(facts, None, False, "", (*problems, "token"))
    return TokenFacts(facts, gen_time, holds, algorithm, tuple(problems))
