"""Judge one signed PDF, offline: bytes, later changes, signature, time, trust, verdict.

The order matters: what the bytes say comes before any library; a broken file is told as
broken, whatever its certificates are. Newest timestamps are judged first, because they prove
that everything older existed when they were made (EN 319 102-1 clause 5.6).

Whatever a hostile file makes a library do, the answer is a report, never an exception and
never ``VALID``.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
from cryptography import x509

from sohoa_core.errors import InputMissing, InputUnreadable
from sohoa_core.facts import SignatureFact
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_signing.certificates import fingerprint, holder, window
from sohoa_signing.revocation import CLOCK_SKEW, Revocation, RevocationData
from sohoa_signing.verify.algorithms import AlgorithmFacts, judge_algorithms, judge_chain
from sohoa_signing.verify.chain import ChainFacts, Store, Trust
from sohoa_signing.verify.changes import MAX_PAGES, ChangeFacts, changes_after, second_look
from sohoa_signing.verify.cms_facts import (
    CmsFacts,
    TokenFacts,
    read_cms,
    read_token,
)
from sohoa_signing.verify.dss import read_dss
from sohoa_signing.verify.facts import ByteFacts, FileFacts, read_file
from sohoa_signing.verify.pdf_objects import StructureError
from sohoa_signing.verify.policy import (
    Evidence,
    Indication,
    Integrity,
    Judgement,
    Verdict,
    VerifyPolicy,
    judge_signature,
)
from sohoa_signing.verify.problems import sentence_of
from sohoa_signing.verify.report import FileReport

_GRAVITY = (Verdict.VALID, Verdict.INDETERMINATE, Verdict.INVALID)


def trust_of(policy: VerifyPolicy) -> Trust:
    """Parse the anchors and material of ``policy`` once, to share them across many files.

    Raises ``ValueError`` when something the caller gave is not a certificate.
    """
    return Trust(policy.stores, policy.certificates, policy.crls, policy.ocsps)


def verify_pdf(
    source: Path | bytes,
    *,
    name: str | None = None,
    policy: VerifyPolicy | None = None,
    limits: Limits | None = None,
    trust: Trust | None = None,
) -> FileReport:
    """The report on ``source`` under ``policy``; ``trust`` is :func:`trust_of` the policy.

    Raises only what concerns the caller: ``InputMissing``, ``InputUnreadable`` and
    ``InputTooLarge`` for a path that cannot be read, ``ValueError`` for anchors that are no
    certificates. Everything in the file's content ends in the report.
    """
    rules, bounds = policy or VerifyPolicy(), limits or Limits()
    data = source if isinstance(source, bytes) else _read_path(source, bounds)
    bounds.check("file_megabytes", len(data) / 1e6)
    label = name or ("" if isinstance(source, bytes) else source.name)
    anchors = trust or trust_of(rules)
    now = datetime.now(UTC)
    judged_at = rules.at.astimezone(UTC) if rules.at else now
    report = FileReport(
        file=label,
        sha256=hashlib.sha256(data).hexdigest(),
        verdict=Verdict.MALFORMED,
        integrity=Integrity.MALFORMED,
        indication=None,
        subindication=None,
        code="unforeseen",
        message=N_("The file is damaged or built in a way that cannot be examined."),
        verified_at=now.isoformat(timespec="seconds"),
    )
    try:
        return _Session(data, rules, bounds, anchors, now, judged_at).run(report)
    except (RecursionError, MemoryError):
        return replace(report, code="limit")
    except Exception as error:
        return replace(report, notes=(type(error).__name__,))


def _read_path(path: Path, limits: Limits) -> bytes:
    try:
        limits.check("file_megabytes", path.stat().st_size / 1e6, where=path.name)
        return path.read_bytes()
    except FileNotFoundError:
        raise InputMissing(where=path.name) from None
    except OSError as error:
        raise InputUnreadable(where=path.name, detail=error.strerror or "") from None


@dataclass
class _Session:
    """The work on one file; lives as long as one call."""

    data: bytes
    policy: VerifyPolicy
    limits: Limits
    trust: Trust
    now: datetime
    judged_at: datetime
    pool: list[x509.Certificate] = field(default_factory=list)
    revocation: RevocationData = field(default_factory=RevocationData)
    proofs: list[tuple[int, datetime]] = field(default_factory=list)
    has_dss: bool = False

    def run(self, report: FileReport) -> FileReport:
        if not self.data:
            return replace(report, code="empty", message=N_("The file is empty (0 bytes)."))
        limit = self.limits.decompressed_megabytes * 1_000_000
        facts = read_file(self.data, max_inflated=min(limit, 256_000_000))
        if facts.malformed:
            header = facts.malformed == "header"
            return replace(
                report,
                code=f"malformed.{facts.malformed}",
                message=N_("The file is not a PDF.") if header else report.message,
            )
        if facts.encrypted:
            return replace(
                report,
                verdict=Verdict.INDETERMINATE,
                code="encrypted",
                message=N_("The file is protected by a password and cannot be examined."),
            )
        if not facts.signatures and "loose_signature" in facts.notes:
            # Somebody or something cut the way to it: this was a signed file.
            return replace(
                report,
                verdict=Verdict.INVALID,
                integrity=Integrity.BROKEN,
                indication=Indication.FAILED,
                subindication="FORMAT_FAILURE",
                code="signature_unreachable",
                message=sentence_of("signature_unreachable"),
                notes=facts.notes,
            )
        if not facts.signatures:
            return replace(
                report,
                verdict=Verdict.UNSIGNED,
                integrity=Integrity.NOT_SIGNED,
                code="unsigned",
                message=N_("The file carries no digital signature."),
                notes=facts.notes,
            )
        return self._judge(facts, report)

    # --- gathering ------------------------------------------------------------------------

    def _judge(self, facts: FileFacts, report: FileReport) -> FileReport:
        self._collect_dss(facts)
        read: dict[int, CmsFacts | TokenFacts] = {}
        for index, signature in enumerate(facts.signatures):
            read[index] = self._read_signature(signature)
        common = list(facts.problems)
        common.extend(self._other_view(facts))
        last = len(facts.document.revisions) - 1 if facts.document else -1
        second: dict[str, tuple[str, str]] = {}
        if any(0 <= s.revision < last for s in facts.signatures):
            second = second_look(self.data, facts.signatures)
        outcomes: dict[int, tuple[Judgement, SignatureFact]] = {}
        # Newest first: a later timestamp proves the time of what it covers.
        for index in reversed(range(len(facts.signatures))):
            signature = facts.signatures[index]
            certified = [
                s.permission for s in facts.signatures[: index + 1] if s.permission is not None
            ]
            permission = min(certified, default=2)
            changes = self._changes(facts, signature, permission, second)
            outcomes[index] = self._one(signature, read[index], common, changes)
        ordered = [outcomes[index] for index in sorted(outcomes)]
        worst = max(ordered, key=lambda pair: _GRAVITY.index(pair[0].verdict))[0]
        message = worst.message
        if worst.verdict is Verdict.VALID and len(ordered) > 1:
            message = N_("All {count} signatures and timestamps are valid.")
        broken = any(j.integrity is Integrity.BROKEN for j, _ in ordered)
        return replace(
            report,
            verdict=worst.verdict,
            integrity=Integrity.BROKEN if broken else Integrity.INTACT,
            indication=worst.indication,
            subindication=worst.subindication,
            code=worst.code,
            message=message,
            args=worst.args | {"count": len(ordered)},
            signatures=tuple(fact for _, fact in ordered),
            notes=facts.notes,
        )

    def _parts(self, signature: ByteFacts) -> tuple[memoryview, ...]:
        if len(signature.byte_range) != 4:
            return ()
        first, length, second, rest = signature.byte_range
        view = memoryview(self.data)
        return view[first : first + length], view[second : second + rest]

    def _read_signature(self, signature: ByteFacts) -> CmsFacts | TokenFacts:
        parts = self._parts(signature)
        if signature.kind == "timestamp":
            token = read_token(signature.contents, parts, padded=True)
            self._learn(token.cms)
            return token
        facts = read_cms(signature.contents, parts, padded=True)
        self._learn(facts)
        return facts

    def _learn(self, facts: CmsFacts) -> None:
        self.pool.extend(facts.certificates)
        if facts.crls or facts.ocsps:
            self.revocation |= RevocationData(facts.crls, facts.ocsps)

    def _collect_dss(self, facts: FileFacts) -> None:
        if facts.document is None:
            return
        material = read_dss(facts.document)
        self.pool.extend(material.certificates)
        if material.crls or material.ocsps:
            self.has_dss = True
            self.revocation |= RevocationData(material.crls, material.ocsps)

    def _other_view(self, facts: FileFacts) -> list[str]:
        """Do the pages that qpdf sees, without repairing, equal the pages of the strict view?"""
        document = facts.document
        if document is None:
            return []
        try:
            ours = [tuple(ref) for ref in document.last.pages(MAX_PAGES)]
            with pikepdf.open(
                io.BytesIO(self.data), attempt_recovery=False, suppress_warnings=True
            ) as other:
                theirs = [tuple(page.objgen) for page in other.pages]
        except StructureError:
            return ["changed_structure"]
        except Exception:
            return ["other_view_failed"]
        return [] if ours == theirs else ["other_view"]

    def _changes(
        self,
        facts: FileFacts,
        signature: ByteFacts,
        permission: int,
        second: dict[str, tuple[str, str]],
    ) -> ChangeFacts:
        changes = changes_after(facts, signature, permission)
        if not changes.later:
            return changes
        opinion, detail = second.get(signature.field_name, ("failed", "not_found"))
        return replace(changes, second=opinion, second_detail=detail)

    # --- judging --------------------------------------------------------------------------

    def _one(
        self,
        signature: ByteFacts,
        read: CmsFacts | TokenFacts,
        common: list[str],
        changes: ChangeFacts,
    ) -> tuple[Judgement, SignatureFact]:
        is_stamp = isinstance(read, TokenFacts)
        cms = read.cms if isinstance(read, TokenFacts) else read
        control = min(
            (moment for index, moment in self.proofs if index > signature.revision),
            default=None,
        )
        proven_at, has_proof = control or self.judged_at, control is not None
        stamp_at, stamp_problem = None, ""
        imprint_holds = True
        problems = [*common, *signature.problems, *changes.problems, *cms.problems]
        if changes.second == "rejects" and not changes.problems:
            problems.append("second_look_rejects")
        elif changes.second == "failed":
            problems.append("second_look_failed")
        if isinstance(read, TokenFacts):
            problems.extend(read.problems)
            imprint_holds = read.imprint_holds
            stamp_at = read.gen_time
            if stamp_at is not None and stamp_at > self.judged_at + CLOCK_SKEW:
                stamp_problem = "stamp_order"
        else:
            stamp_at, stamp_problem = self._signature_stamps(cms, proven_at)
            if stamp_at is not None and not stamp_problem:
                proven_at, has_proof = min(proven_at, stamp_at), True
        chain = self._chain(cms.signer, proven_at, "timestamping" if is_stamp else "signing")
        own = judge_algorithms(cms.digest, cms.mechanism, cms.signer, proven_at)
        above = judge_chain(chain.path, proven_at)
        algorithms = AlgorithmFacts(own.legacy + above.legacy, own.refused + above.refused)
        claimed = cms.signing_time or signature.claimed_time
        evidence = Evidence(
            problems=tuple(dict.fromkeys(problems)),
            cms=cms,
            chain=chain,
            algorithms=algorithms,
            sub_filter=signature.sub_filter,
            is_timestamp=is_stamp,
            claimed_at=claimed,
            proven_at=proven_at,
            has_proof=has_proof,
            stamp_problem=stamp_problem,
            imprint_holds=imprint_holds,
        )
        signer = holder(cms.signer.subject).name if cms.signer else ""
        judgement = judge_signature(evidence, self.policy, {"signer": signer})
        if is_stamp and judgement.verdict is Verdict.VALID and stamp_at is not None:
            self.proofs.append((signature.revision, stamp_at))
        fact = self._fact(signature, evidence, judgement, changes, stamp_at)
        return judgement, fact

    def _signature_stamps(self, cms: CmsFacts, control: datetime) -> tuple[datetime | None, str]:
        """Earliest time that a trusted signature timestamp proves, and the trouble with any."""
        earliest: datetime | None = None
        trouble = ""
        for raw in cms.tokens:
            token = read_token(raw, (cms.signature,), padded=False)
            self._learn(token.cms)
            problem = self._stamp_problem(token, control)
            if problem:
                trouble = trouble or problem
            elif token.gen_time and (earliest is None or token.gen_time < earliest):
                earliest = token.gen_time
        return earliest, trouble

    def _stamp_problem(self, token: TokenFacts, control: datetime) -> str:
        cms = token.cms
        sound = (
            not token.problems
            and token.imprint_holds
            and cms.digest_holds
            and cms.signature_holds
            and cms.has_signing_certificate
            and cms.signer is not None
        )
        if not sound or token.gen_time is None:
            return "stamp_broken"
        if token.gen_time > self.judged_at + CLOCK_SKEW:
            return "stamp_order"
        chain = self._chain(cms.signer, control, "timestamping")
        if chain.problem in ("no_path", "path_invalid", "purpose"):
            return "stamp_untrusted"
        refused = judge_algorithms(cms.digest, cms.mechanism, cms.signer, control).refused
        good = chain.revocation.status is Revocation.GOOD
        if chain.problem or refused or not good:
            return "stamp_undecided"
        return ""

    def _chain(
        self, certificate: x509.Certificate | None, moment: datetime, purpose: str
    ) -> ChainFacts:
        if certificate is None:
            return ChainFacts("no_path", "no_certificate")
        stores: tuple[str, ...] = (Store.PUBLIC_SERVICE.value, Store.PUBLIC.value)
        if purpose == "timestamping":
            stores = (*stores, "timestamp")
        elif self.policy.required_store:
            stores = (self.policy.required_store,)
        return self.trust.judge(
            certificate,
            self.pool,
            stores=stores,
            moment=moment,
            known_at=max(self.now, self.judged_at),
            judged_at=self.judged_at,
            revocation=self.revocation,
            purpose=purpose,
        )

    # --- reporting ------------------------------------------------------------------------

    def _fact(
        self,
        signature: ByteFacts,
        evidence: Evidence,
        judgement: Judgement,
        changes: ChangeFacts,
        stamp_at: datetime | None,
    ) -> SignatureFact:
        cms, chain = evidence.cms, evidence.chain
        intact = judgement.integrity is Integrity.INTACT
        trusted = not chain.problem and bool(chain.path)
        signer = holder(cms.signer.subject) if cms.signer else None
        notes = list(cms.notes)
        if evidence.algorithms.legacy:
            notes.append("legacy_algorithm")
        if chain.path and any(m in _names(chain.path[-1]) for m in self.policy.demo_marks):
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
            level=self._level(signature, evidence, stamp_at),
            signer=signer.name if signer else "",
            issuer=holder(cms.signer.issuer).name if cms.signer else "",
            signed_at=claimed.isoformat() if claimed else None,
            timestamp_at=stamp_at.isoformat() if stamp_at else None,
            verified_at=self.judged_at.isoformat(timespec="seconds"),
            anchors=(chain.anchor,) if chain.anchor else (),
            details=details,
        )

    def _level(self, signature: ByteFacts, evidence: Evidence, stamp_at: datetime | None) -> str:
        """The PAdES level that the file shows for this signature (trust not considered)."""
        if evidence.is_timestamp:
            return "DTS"
        if signature.sub_filter != "ETSI.CAdES.detached":
            return "PKCS#7"
        covered = any(index > signature.revision for index, _ in self.proofs)
        if stamp_at is None and not covered:
            return "B-B"
        if not self.has_dss:
            return "B-T"
        return "B-LTA" if covered else "B-LT"


def _algorithm(cms: CmsFacts) -> str:
    return f"{cms.mechanism.scheme} {cms.digest}".strip()


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


__all__ = ["Indication", "trust_of", "verify_pdf"]
