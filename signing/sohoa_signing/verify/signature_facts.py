"""What was found out about one signature, in the form that is kept and shown."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography import x509

from sohoa_core.facts import SignatureFact
from sohoa_signing.certificates import fingerprint, issuer_of, subject_of, window
from sohoa_signing.revocation import Revocation
from sohoa_signing.verify.changes import ChangeFacts
from sohoa_signing.verify.cms_facts import CmsFacts
from sohoa_signing.verify.facts import ByteFacts
from sohoa_signing.verify.policy import Evidence, Integrity, Judgement


def signature_fact(
    signature: ByteFacts,
    evidence: Evidence,
    judgement: Judgement,
    changes: ChangeFacts,
    *,
    level: str,
    stamp_at: datetime | None,
    judged_at: datetime,
    demo_marks: tuple[str, ...],
) -> SignatureFact:
    """The record of one signature; keys of ``details`` are a contract with scripts."""
    cms, chain = evidence.cms, evidence.chain
    intact = judgement.integrity is Integrity.INTACT
    trusted = not chain.problem and bool(chain.path)
    signer = subject_of(cms.signer) if cms.signer else None
    notes = list(cms.notes)
    if evidence.algorithms.legacy:
        notes.append("legacy_algorithm")
    if chain.path and any(m in _names(chain.path[-1]) for m in demo_marks):
        notes.append("demo_authority")
    details: dict[str, Any] = {
        "verdict": judgement.verdict.value,
        "code": judgement.code,
        "message": judgement.message,
        "args": judgement.args,
        "kind": signature.kind,
        "sub_filter": signature.sub_filter,
        "managing_unit": signer.managing_unit if signer else "",
        "title": signer.title if signer else "",
        "identifier": signer.identifier if signer else "",
        "reason": signature.reason,
        "location": signature.location,
        "store": chain.store,
        "algorithm": _algorithm(cms),
        "legacy": list(evidence.algorithms.legacy),
        "problems": list(evidence.problems),
        "notes": notes,
        "revision": signature.revision,
        "later_changes": [
            {"revision": item.index, "kinds": list(item.kinds)} for item in changes.later
        ],
        "second_look": changes.second,
        "valid_at_signing": _valid_at_signing(evidence),
    }
    if cms.signer is not None:
        since, until = window(cms.signer)
        details |= {
            "certificate_from": since.isoformat(),
            "certificate_until": until.isoformat(),
            "certificate_sha256": fingerprint(cms.signer),
            "certificate_serial": f"{cms.signer.serial_number:x}",
        }
    if chain.revocation.status is not Revocation.UNKNOWN:
        details["revocation_source"] = chain.revocation.source
    if chain.revocation.revoked_at is not None:
        details["revoked_at"] = chain.revocation.revoked_at.isoformat()
    claimed = evidence.claimed_at
    return SignatureFact(
        field_name=signature.field_name,
        indication=judgement.indication.value,
        subindication=judgement.subindication,
        intact=intact,
        trusted=trusted,
        revocation=chain.revocation.status.value,
        covers_whole_file=signature.covers_whole_file,
        level=level,
        signer=signer.name if signer else "",
        issuer=issuer_of(cms.signer).name if cms.signer else "",
        signed_at=claimed.isoformat() if claimed else None,
        timestamp_at=stamp_at.isoformat() if stamp_at else None,
        verified_at=judged_at.isoformat(timespec="seconds"),
        anchors=(chain.anchor,) if chain.anchor else (),
        details=details,
    )


def _algorithm(cms: CmsFacts) -> str:
    return f"{cms.mechanism.scheme} {cms.digest}".strip()


@lru_cache(maxsize=256)
def _names(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _valid_at_signing(evidence: Evidence) -> bool | None:
    """Whether the certificate was inside its window at the (proven or claimed) signing time."""
    certificate = evidence.cms.signer
    moment = evidence.proven_at if evidence.has_proof else evidence.claimed_at
    if certificate is None or moment is None:
        return None
    since, until = window(certificate)
    return since <= moment <= until
