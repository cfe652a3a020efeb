"""From facts to a verdict: the only place that decides.

Indications and sub-indications are those of ETSI EN 319 102-1 clause 5.1. What is known to
be wrong with the bytes or the signature is ``TOTAL-FAILED``; what cannot be relied on or
checked is ``INDETERMINATE``, never ``TOTAL-PASSED``. Each answer carries one plain sentence.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sohoa_core.i18n import N_
from sohoa_signing.certificates import signature_usage_problem, window
from sohoa_signing.revocation import Revocation
from sohoa_signing.verify.algorithms import AlgorithmFacts
from sohoa_signing.verify.chain import ChainFacts, TrustStores
from sohoa_signing.verify.cms_facts import CmsFacts
from sohoa_signing.verify.problems import Weight, sentence_of, weight_of


class Verdict(enum.StrEnum):
    """The plain answer for a signature or a file."""

    VALID = "VALID"
    INVALID = "INVALID"
    INDETERMINATE = "INDETERMINATE"
    UNSIGNED = "UNSIGNED"
    MALFORMED = "MALFORMED"


class Integrity(enum.StrEnum):
    """Whether the bytes are what was signed; says nothing about who signed."""

    INTACT = "INTACT"
    BROKEN = "BROKEN"
    NOT_SIGNED = "NOT_SIGNED"
    MALFORMED = "MALFORMED"


class Indication(enum.StrEnum):
    """Main indication of EN 319 102-1."""

    PASSED = "TOTAL-PASSED"
    FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


@dataclass(frozen=True)
class VerifyPolicy:
    """What a caller trusts and demands.

    ``stores`` are the anchors; ``required_store`` (``cong_vu`` or ``cong_cong``) limits the
    signer's chain to one of them. ``certificates``, ``crls`` and ``ocsps`` are further
    material (DER or PEM). ``online`` names the services that may be asked about revocation;
    nobody else is. ``at`` judges at another moment than now (with zone).
    ``require_timestamp`` refuses ``VALID`` without a trusted timestamp. ``demo_marks`` are
    words in an anchor's name that mark a demo authority; such a chain is always noted.
    """

    stores: TrustStores = field(default_factory=TrustStores)
    required_store: str | None = None
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    online: tuple[str, ...] = ()
    at: datetime | None = None
    require_timestamp: bool = False
    demo_marks: tuple[str, ...] = ("KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", "DEMO")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason: ``code`` is stable, ``message`` the template, ``args`` fill it."""

    verdict: Verdict
    integrity: Integrity
    indication: Indication
    subindication: str | None
    code: str
    message: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All facts about one signature, gathered for :func:`judge_signature`.

    ``problems`` come from bytes, changes and CMS together. ``proven_at`` is the earliest
    moment at which the signature is proven to have existed (the judging moment without a
    timestamp); ``has_proof`` says whether a timestamp proves it. ``stamp_problem`` is why a
    timestamp that is present does not count.
    """

    problems: tuple[str, ...]
    cms: CmsFacts
    chain: ChainFacts
    algorithms: AlgorithmFacts
    sub_filter: str
    is_timestamp: bool
    claimed_at: datetime | None
    proven_at: datetime
    has_proof: bool
    stamp_problem: str = ""
    imprint_holds: bool = True


_PASSED = N_("The signature of {signer} is valid.")
_PASSED_STAMP = N_("The timestamp by {signer} is valid.")

#: Vendors write local time and call it UTC: a claimed time may be off by Vietnam's offset.
CLAIM_TOLERANCE = timedelta(hours=7, minutes=5)
#: CMS problems that have a rule and a sub-indication of their own below.
_OWN_RULES = frozenset({"signing_certificate", "no_signer_certificate"})
#: Signature formats of ISO 32000-1 that ISO 32000-2 withdrew; recognised, not examined.
LEGACY_FORMATS = frozenset({"adbe.pkcs7.sha1", "adbe.x509.rsa_sha1"})
SUPPORTED = frozenset({"ETSI.CAdES.detached", "adbe.pkcs7.detached", "ETSI.RFC3161"})


def judge_signature(facts: Evidence, policy: VerifyPolicy, args: dict[str, Any]) -> Judgement:
    """The verdict on one signature; the first reason that applies is the one told."""

    def failed(sub: str, code: str, message: str, *, broken: bool = False) -> Judgement:
        integrity = Integrity.BROKEN if broken else Integrity.INTACT
        return Judgement(
            Verdict.INVALID, integrity, Indication.FAILED, sub, code, message, dict(args)
        )

    def undecided(sub: str, code: str, message: str) -> Judgement:
        return Judgement(
            Verdict.INDETERMINATE,
            Integrity.INTACT,
            Indication.INDETERMINATE,
            sub,
            code,
            message,
            dict(args),
        )

    cms = facts.cms
    problems = [code for code in facts.problems if code not in _OWN_RULES]
    weights: tuple[Weight, ...] = (Weight.BROKEN, Weight.FORMAT)
    if facts.sub_filter in LEGACY_FORMATS:
        # Their values have another form: what looks ill-formed here may be in order.
        weights = (Weight.BROKEN,)
    for weight in weights:
        for code in problems:
            if weight_of(code) is weight:
                return failed("FORMAT_FAILURE", code, sentence_of(code), broken=True)
    if facts.sub_filter in LEGACY_FORMATS:
        return undecided("SIG_CONSTRAINTS_FAILURE", "sub_filter", sentence_of("sub_filter"))
    if cms.signer is None:
        return undecided(
            "NO_SIGNING_CERTIFICATE_FOUND",
            "no_signer_certificate",
            N_("The signer's certificate is not in the file."),
        )
    if not cms.digest_holds or not facts.imprint_holds:
        return failed(
            "HASH_FAILURE",
            "hash",
            N_("The document was changed after signing: its content does not match the signature."),
            broken=True,
        )
    if not cms.signature_holds:
        return failed(
            "SIG_CRYPTO_FAILURE",
            "signature_value",
            N_("The signature value does not match the signer's certificate."),
            broken=True,
        )
    if facts.sub_filter not in SUPPORTED:
        return undecided("SIG_CONSTRAINTS_FAILURE", "sub_filter", sentence_of("sub_filter"))
    if "signing_certificate" in cms.problems:
        return undecided(
            "NO_SIGNING_CERTIFICATE_FOUND",
            "signing_certificate",
            N_("The certificate in the file is not the one the signer bound to the signature."),
        )
    for code in problems:
        return undecided("CUSTOM", code, sentence_of(code))
    if facts.sub_filter == "ETSI.CAdES.detached" and not cms.has_signing_certificate:
        return undecided(
            "SIG_CONSTRAINTS_FAILURE",
            "signing_certificate_missing",
            N_("The signature does not bind the signer's certificate as its format demands."),
        )
    judged = _judge_chain(facts, failed, undecided)
    if judged is not None:
        return judged
    if facts.algorithms.refused:
        args["algorithms"] = ", ".join(facts.algorithms.refused)
        return undecided(
            "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            "weak_algorithm",
            N_("The signature uses an algorithm that is no longer safe: {algorithms}."),
        )
    if facts.stamp_problem:
        return undecided(*_STAMP_PROBLEMS[facts.stamp_problem])
    if policy.require_timestamp and not facts.has_proof and not facts.is_timestamp:
        return undecided(
            "NO_POE",
            "timestamp_missing",
            N_("The signature has no trusted timestamp, and one is required."),
        )
    message = _PASSED_STAMP if facts.is_timestamp else _PASSED
    return Judgement(
        Verdict.VALID, Integrity.INTACT, Indication.PASSED, None, "valid", message, dict(args)
    )


_STAMP_PROBLEMS: dict[str, tuple[str, str, str]] = {
    "stamp_broken": (
        "SIG_CONSTRAINTS_FAILURE",
        "stamp_broken",
        N_("The signature carries a timestamp that does not belong to it or is damaged."),
    ),
    "stamp_untrusted": (
        "NO_CERTIFICATE_CHAIN_FOUND",
        "stamp_untrusted",
        N_("The timestamp's authority is not among the trusted ones."),
    ),
    "stamp_undecided": (
        "TRY_LATER",
        "stamp_undecided",
        N_("It cannot be decided whether the timestamp's certificate was valid."),
    ),
    "stamp_order": (
        "TIMESTAMP_ORDER_FAILURE",
        "stamp_order",
        N_("The timestamp is dated in the future."),
    ),
}


def _judge_chain(facts: Evidence, failed: Any, undecided: Any) -> Judgement | None:
    cms, chain = facts.cms, facts.chain
    certificate = cms.signer
    assert certificate is not None
    usage = None if facts.is_timestamp else signature_usage_problem(certificate)
    found: Judgement
    if chain.problem == "no_path":
        found = undecided(
            "NO_CERTIFICATE_CHAIN_FOUND",
            "untrusted",
            N_("The certificate of {signer} does not lead to an authority you trust."),
        )
        return found
    if chain.problem == "purpose":
        found = undecided(
            "CHAIN_CONSTRAINTS_FAILURE",
            "purpose",
            N_("The certificate of {signer} was not issued for this purpose."),
        )
        return found
    if chain.problem == "path_invalid":
        found = undecided(
            "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            "path_invalid",
            N_("The certificate chain of {signer} does not hold."),
        )
        return found
    if usage is not None:
        found = undecided(
            "CHAIN_CONSTRAINTS_FAILURE",
            "key_usage",
            N_("The certificate of {signer} may not be used to sign documents."),
        )
        return found
    revoked = _judge_revoked(facts, failed, undecided)
    if revoked is not None:
        return revoked
    if chain.problem == "outside_window":
        since, until = window(certificate)
        if facts.has_proof and facts.proven_at < since:
            found = failed(
                "NOT_YET_VALID",
                "not_yet_valid",
                N_("The signature is older than the certificate of {signer}."),
            )
        elif facts.claimed_at is not None and facts.claimed_at - CLAIM_TOLERANCE > until:
            found = failed(
                "EXPIRED",
                "expired",
                N_("The certificate of {signer} had expired when the document was signed."),
            )
        else:
            found = undecided(
                "OUT_OF_BOUNDS_NO_POE",
                "out_of_bounds",
                N_(
                    "The certificate of {signer} is outside its validity period and no timestamp "
                    "proves that the document was signed within it."
                ),
            )
        return found
    if chain.revocation.status is Revocation.UNKNOWN:
        found = undecided(
            "TRY_LATER",
            "revocation_unknown",
            N_("It could not be checked whether the certificate of {signer} was revoked."),
        )
        return found
    return None


def _judge_revoked(facts: Evidence, failed: Any, undecided: Any) -> Judgement | None:
    """Revoked before the proven time, or undated: no reliance. Revoked after it: no harm."""
    answer = facts.chain.revocation
    if answer.status is not Revocation.REVOKED:
        return None
    since = answer.revoked_at
    if since is not None and facts.has_proof and facts.proven_at < since:
        return None
    found: Judgement
    if facts.chain.revoked_authority:
        found = undecided(
            "REVOKED_CA_NO_POE",
            "authority_revoked",
            N_("The certificate of an issuer of {signer} was revoked."),
        )
    elif since is not None and facts.claimed_at is not None and facts.claimed_at >= since:
        found = failed(
            "REVOKED",
            "revoked",
            N_("The certificate of {signer} was revoked before the document was signed."),
        )
    else:
        found = undecided(
            "REVOKED_NO_POE",
            "revoked_no_proof",
            N_(
                "The certificate of {signer} was revoked and no timestamp proves that the "
                "document was signed before."
            ),
        )
    return found
