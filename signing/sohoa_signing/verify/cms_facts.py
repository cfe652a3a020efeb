"""What a CMS signature says and whether it holds: digest, signature value, bound certificate.

Read with asn1crypto, verified with cryptography. No trust and no time is judged here. Used
for document signatures and for timestamp tokens alike (RFC 5652, RFC 3161, RFC 5035,
ETSI EN 319 122-1, EN 319 142-1 clause 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import algos, cms, core, parser, tsp
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sohoa_signing.certificates import der, names_in_der, readable
from sohoa_signing.crypto import Digest, Mechanism, digest_by, digest_of, signature_holds

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
    size = parser.peek(data)
    if data[1:2] == b"\x80":
        notes.append("not_der")
    rest = data[size:]
    if rest and not (padded and not rest.strip(b"\x00")):
        problems.append("padding")
    info = cms.ContentInfo.load(data[:size], strict=True)
    if info["content_type"].native != "signed_data":
        return CmsFacts(problems=("cms",))
    signed = info["content"]
    enclosed = signed["encap_content_info"]
    kind = enclosed["content_type"].native
    content = b""
    if covered is None:
        inner = enclosed["content"]
        if not isinstance(inner, core.OctetString | core.ParsableOctetString):
            return CmsFacts(problems=("cms",))
        content = bytes(inner)
        covered = digest_by(content)
        if kind != "tst_info":
            problems.append("content_type")
    else:
        if kind != "data":
            problems.append("content_type")
        if not isinstance(enclosed["content"], core.Void):
            # Content inside a detached signature: readers differ on which one was signed.
            problems.append("inner_content")
    signers = list(signed["signer_infos"])
    if len(signers) != 1:
        problems.append("signer_count")
        if not signers:
            return CmsFacts(problems=tuple(problems))
    signer_info = signers[0]
    # Taken before anything else: asn1crypto sorts a SET again once its parts were looked at,
    # and the signature is over the bytes as they stand, with the tag of a SET (RFC 5652 5.4).
    listed = signer_info["signed_attrs"]
    signed_bytes = b"\x31" + listed.dump()[1:] if isinstance(listed, cms.CMSAttributes) else b""
    encoded = [item.dump() for item in listed] if signed_bytes else []
    certificates = _certificates(signed, notes)
    digest = str(signer_info["digest_algorithm"]["algorithm"].native)
    mechanism = _mechanism(signer_info["signature_algorithm"].dump(), digest)
    if mechanism.digest != digest or mechanism.scheme == "unknown":
        problems.append("algorithm_mismatch")
    signer = _signer(signer_info["sid"], certificates)
    if signer is None:
        problems.append("no_signer_certificate")
    attributes = _attributes(signer_info, problems)
    digest_value = covered(digest)
    if digest_value is None:
        problems.append("digest_unknown")
    stated = _one(attributes, "message_digest", problems)
    digest_holds = digest_value is not None and stated is not None and stated.native == digest_value
    type_stated = _one(attributes, "content_type", problems)
    if type_stated is None or type_stated.native != kind:
        problems.append("content_type")
    bound = _check_bound_certificate(attributes, signer, problems)
    _check_protection(attributes, signer_info, problems)
    signature = bytes(signer_info["signature"].native)
    holds = False
    if encoded != sorted(encoded):
        notes.append("attribute_order")
    if signer is not None and signed_bytes:
        holds = _verify(signer, mechanism, signature, signed_bytes)
    crls, ocsps = _revocation(signed, attributes)
    return CmsFacts(
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(dict.fromkeys(notes)),
        digest=digest,
        mechanism=mechanism,
        signer=signer,
        certificates=tuple(certificates),
        crls=crls,
        ocsps=ocsps,
        digest_holds=digest_holds,
        signature_holds=holds,
        signature=signature,
        signing_time=_signing_time(attributes),
        has_signing_certificate=bound,
        tokens=_tokens(signer_info),
        content=content,
        size=size,
    )


def _verify(
    signer: x509.Certificate, mechanism: Mechanism, signature: bytes, covered: bytes
) -> bool:
    try:
        key = signer.public_key()
    except (*_ERRORS, UnsupportedAlgorithm):
        return False  # a degenerate key, such as exponent 1
    return signature_holds(key, mechanism, signature, covered)


def _certificates(signed: Any, notes: list[str]) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    listed = signed["certificates"]
    if isinstance(listed, core.Void):
        return found
    for choice in listed:
        if choice.name != "certificate":
            continue
        certificate = load_certificate(choice.chosen.dump())
        if certificate is None:
            notes.append("certificate_unreadable")
        else:
            found.append(certificate)
    return found


@lru_cache(maxsize=4096)
def load_certificate(data: bytes) -> x509.Certificate | None:
    """The DER certificate ``data``, or ``None`` when any part of it cannot be read."""
    try:
        certificate = x509.load_der_x509_certificate(data)
    except _ERRORS:
        return None
    return certificate if readable(certificate) else None


def _signer(sid: Any, certificates: list[x509.Certificate]) -> x509.Certificate | None:
    for certificate in certificates:
        issuer, key_identifier = names_in_der(certificate)
        if sid.name == "issuer_and_serial_number":
            wanted = sid.chosen
            if (
                wanted["serial_number"].native == certificate.serial_number
                and wanted["issuer"].dump() == issuer
            ):
                return certificate
        elif sid.chosen.native == key_identifier:
            return certificate
    return None


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


def _attributes(signer_info: Any, problems: list[str]) -> dict[str, list[Any]]:
    """Signed attributes by type; one that occurs twice, or without one value, is a problem."""
    result: dict[str, list[Any]] = {}
    listed = signer_info["signed_attrs"]
    if isinstance(listed, core.Void):
        problems.append("no_signed_attributes")
        return result
    for item in listed:
        kind = item["type"].native
        if kind in result:
            problems.append("attribute_twice")
        result.setdefault(kind, []).extend(item["values"])
    return result


def _one(attributes: dict[str, list[Any]], kind: str, problems: list[str]) -> Any:
    values = attributes.get(kind, [])
    if len(values) > 1:
        problems.append("attribute_twice")
    return values[0] if values else None


def _check_bound_certificate(
    attributes: dict[str, list[Any]], signer: x509.Certificate | None, problems: list[str]
) -> bool:
    """Whether a signing-certificate attribute is there; a wrong one is a problem."""
    present = False
    for kind in ("signing_certificate_v2", "signing_certificate"):
        value = _one(attributes, kind, problems)
        if value is None:
            continue
        present = True
        identifiers = value["certs"]
        if signer is None or len(identifiers) < 1:
            problems.append("signing_certificate")
            continue
        first = identifiers[0]
        algorithm = (
            "sha1" if kind == "signing_certificate" else first["hash_algorithm"]["algorithm"].native
        )
        if digest_of(str(algorithm), der(signer)) != first["cert_hash"].native:
            problems.append("signing_certificate")
    return present


def _check_protection(
    attributes: dict[str, list[Any]], signer_info: Any, problems: list[str]
) -> None:
    """RFC 6211: the protected algorithms must be the ones in use."""
    value = _one(attributes, "cms_algorithm_protection", problems)
    if value is None:
        return
    for part in ("digest_algorithm", "signature_algorithm"):
        if value[part]["algorithm"].native != signer_info[part]["algorithm"].native:
            problems.append("algorithm_mismatch")


def _signing_time(attributes: dict[str, list[Any]]) -> datetime | None:
    values = attributes.get("signing_time", [])
    try:
        found = values[0].native if values else None
    except _ERRORS:
        return None
    return found.astimezone(UTC) if isinstance(found, datetime) and found.tzinfo else None


def _tokens(signer_info: Any) -> tuple[bytes, ...]:
    listed = signer_info["unsigned_attrs"]
    if isinstance(listed, core.Void):
        return ()
    return tuple(
        value.dump()
        for item in listed
        if item["type"].native == "signature_time_stamp_token"
        for value in item["values"]
    )


def _revocation(
    signed: Any, attributes: dict[str, list[Any]]
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Lists and answers carried inside: CMS ``crls`` and Adobe's archival attribute."""
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    listed = signed["crls"]
    if not isinstance(listed, core.Void):
        crls.extend(item.chosen.dump() for item in listed if item.name == "certificate_list")
    for value in attributes.get("adobe_revocation_info_archival", []):
        for item in value["crl"] if value["crl"] else ():
            crls.append(item.dump())
        for item in value["ocsp"] if value["ocsp"] else ():
            ocsps.append(item.dump())
    return tuple(crls), tuple(ocsps)


def read_token(data: bytes, covered: Digest, *, padded: bool) -> TokenFacts:
    """Facts about the timestamp token ``data`` that should stamp ``covered``. Never raises."""
    facts = read_cms(data, None, padded=padded)
    problems = list(facts.problems)
    try:
        info = tsp.TSTInfo.load(facts.content, strict=True)
        imprint = info["message_imprint"]
        algorithm = str(imprint["hash_algorithm"]["algorithm"].native)
        holds = covered(algorithm) == imprint["hashed_message"].native
        moment = info["gen_time"].native
        gen_time = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (*_ERRORS, RecursionError):
        return TokenFacts(facts, None, False, "", (*problems, "token"))
    return TokenFacts(facts, gen_time, holds, algorithm, tuple(problems))
