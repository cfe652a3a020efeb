"""Judge one signed PDF, offline: bytes, later changes, signature, time, trust, verdict.

The order matters: what the bytes say comes before any library; a broken file is told as
broken, whatever its certificates are. Newest timestamps are judged first, because they prove
that everything older existed when they were made (EN 319 102-1 clause 5.6).

Whatever a hostile file makes a library do, the answer is a report, never an exception and
never ``VALID``.
"""

from __future__ import annotations

import contextlib
import io
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptography import x509

from sohoa_core.errors import InputMissing, InputUnreadable
from sohoa_core.facts import SignatureFact
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_signing.certificates import subject_of
from sohoa_signing.crypto import Digest, digest_by, known_digest
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
from sohoa_signing.verify.dss import first_store, read_dss
from sohoa_signing.verify.facts import ByteFacts, FileFacts, read_file
from sohoa_signing.verify.pdf_objects import Buffer, StructureError
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
from sohoa_signing.verify.qpdf_look import open_strictly, qpdf_look
from sohoa_signing.verify.report import FileReport
from sohoa_signing.verify.revisions import Document
from sohoa_signing.verify.signature_facts import signature_fact
from sohoa_signing.verify.windows import Beginning, LoadedBeginning, PrefixHashes

#: Larger files are mapped into memory instead of read.
_LOADED = 64_000_000
#: So much is copied sooner than read through a window.
_COPIED = 1_000_000
#: Later revisions of these kinds alone leave everything as it was shown.
_HARMLESS = frozenset({"signature", "timestamp", "validation_data", "annotation", "metadata"})
_GRAVITY = (Verdict.VALID, Verdict.INDETERMINATE, Verdict.INVALID)


def trust_of(policy: VerifyPolicy) -> Trust:
    """Parse the anchors and material of ``policy`` once, to share them across many files.

    Raises ``ValueError`` when something the caller gave is not a certificate.
    """
    fetch = None
    if policy.online:
        from sohoa_signing.online import OnlineStatus

        fetch = OnlineStatus(policy.online)
    return Trust(policy.stores, policy.certificates, policy.crls, policy.ocsps, fetch=fetch)


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
    if isinstance(source, Path):
        with _opened(source, bounds) as data:
            return _verify(data, source, name or source.name, rules, bounds, trust)
    bounds.check("file_megabytes", len(source) / 1e6)
    return _verify(source, None, name or "", rules, bounds, trust)


def _verify(
    data: Buffer,
    path: Path | None,
    label: str,
    rules: VerifyPolicy,
    bounds: Limits,
    trust: Trust | None,
) -> FileReport:
    anchors = trust or trust_of(rules)
    now = datetime.now(UTC)
    judged_at = rules.at.astimezone(UTC) if rules.at else now
    report = FileReport(
        file=label,
        sha256="",
        verdict=Verdict.MALFORMED,
        integrity=Integrity.MALFORMED,
        indication=None,
        subindication=None,
        code="unforeseen",
        message=N_("The file is damaged or built in a way that cannot be examined."),
        verified_at=now.isoformat(timespec="seconds"),
    )
    session = _Session(data, path, rules, bounds, anchors, now, judged_at)
    try:
        report = session.run(report)
    except (RecursionError, MemoryError):
        report = replace(report, code="limit")
    except Exception as error:
        report = replace(report, notes=(type(error).__name__,))
    finally:
        session.release()
    return replace(report, sha256=session.hashes.digest("sha256", (0, len(data))).hex())


@contextlib.contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[Buffer]:
    """The bytes of the file, or the file mapped into memory when it is large."""
    try:
        size = path.stat().st_size
        limits.check("file_megabytes", size / 1e6, where=path.name)
        if size <= _LOADED:
            data: Buffer = path.read_bytes()
        else:
            with path.open("rb") as stream:
                data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise InputMissing(where=path.name) from None
    except OSError as error:
        raise InputUnreadable(where=path.name, detail=error.strerror or "") from None
    try:
        yield data
    finally:
        if isinstance(data, mmap.mmap):
            with contextlib.suppress(BufferError):
                data.close()


@dataclass
class _Session:
    """The work on one file; lives as long as one call."""

    data: Buffer
    path: Path | None
    policy: VerifyPolicy
    limits: Limits
    trust: Trust
    now: datetime
    judged_at: datetime
    pool: list[x509.Certificate] = field(default_factory=list)
    revocation: RevocationData = field(default_factory=RevocationData)
    proofs: list[tuple[int, datetime]] = field(default_factory=list)
    has_dss: bool = False
    first_dss: int = 0
    second: dict[str, tuple[str, str]] | None = None
    hashes: PrefixHashes = field(init=False)
    #: The document as the other reader sees it, once it was opened.
    other: Any = None
    document: Document | None = None

    def __post_init__(self) -> None:
        self.hashes = PrefixHashes(self.data)

    def release(self) -> None:
        """Let go of everything that holds the file."""
        if self.other is not None:
            self.other.close()
        if self.document is not None:
            self.document.release()

    def run(self, report: FileReport) -> FileReport:
        if not self.data:
            return replace(report, code="empty", message=N_("The file is empty (0 bytes)."))
        limit = self.limits.decompressed_megabytes * 1_000_000
        facts = read_file(self.data, max_inflated=min(limit, 256_000_000))
        self.document = facts.document
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
        outcomes: dict[int, tuple[Judgement, SignatureFact]] = {}
        # Newest first: a later timestamp proves the time of what it covers.
        for index in reversed(range(len(facts.signatures))):
            signature = facts.signatures[index]
            certified = [
                s.permission for s in facts.signatures[: index + 1] if s.permission is not None
            ]
            permission = min(certified, default=2)
            changes = self._changes(facts, signature, permission)
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

    def _digest(self, signature: ByteFacts) -> Digest:
        """How to hash what a signature covers: the file is passed once for all of them."""

        def digest(algorithm: str) -> bytes | None:
            if len(signature.byte_range) != 4 or not known_digest(algorithm):
                return None
            first, length, second, rest = signature.byte_range
            end = min(second + rest, len(self.data))
            return self.hashes.digest(algorithm, (first, first + length), (second, end))

        return digest

    def _read_signature(self, signature: ByteFacts) -> CmsFacts | TokenFacts:
        covered = self._digest(signature)
        if signature.kind == "timestamp":
            token = read_token(signature.contents, covered, padded=True)
            self._learn(token.cms)
            return token
        facts = read_cms(signature.contents, covered, padded=True)
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
            self.first_dss = first_store(facts.document)
            self.revocation |= RevocationData(material.crls, material.ocsps)

    def _stream(self) -> BinaryIO:
        """The file once more, for the libraries of the second look."""
        if isinstance(self.data, bytes):
            return io.BytesIO(self.data)
        assert self.path is not None
        return self.path.open("rb")

    def _other_view(self, facts: FileFacts) -> list[str]:
        """Do the pages that qpdf sees, without repairing, equal the pages of the strict view?"""
        document = facts.document
        if document is None:
            return []
        try:
            ours = [tuple(ref) for ref in document.last.pages(MAX_PAGES)]
            self.other = open_strictly(self._stream())
            theirs = [tuple(page.objgen) for page in self.other.pages]
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
    ) -> ChangeFacts:
        changes = changes_after(facts, signature, permission)
        if not changes.later or facts.document is None:
            return changes
        kinds = {kind for later in changes.later for kind in later.kinds}
        if kinds <= _HARMLESS:
            # Nothing but signatures and what validates them: a reader must show the same.
            end = facts.document.revisions[signature.revision].end
            signed: BinaryIO
            if end <= _COPIED:
                signed = io.BytesIO(self.data[:end])
            elif isinstance(self.data, bytes):
                signed = LoadedBeginning(self.data, end)
            else:
                signed = cast(BinaryIO, Beginning(self.data, end))
            opinion, detail = ("failed", "not_opened")
            if self.other is not None:
                opinion, detail = qpdf_look(signed, self.other)
        else:
            if self.second is None:
                self.second = second_look(self._stream(), facts.signatures)
            opinion, detail = self.second.get(signature.field_name, ("failed", "not_found"))
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
        signer = subject_of(cms.signer).name if cms.signer else ""
        judgement = judge_signature(evidence, self.policy, {"signer": signer})
        if is_stamp and judgement.verdict is Verdict.VALID and stamp_at is not None:
            self.proofs.append((signature.revision, stamp_at))
        fact = signature_fact(
            signature,
            evidence,
            judgement,
            changes,
            level=self._level(signature, evidence, stamp_at),
            stamp_at=stamp_at,
            judged_at=self.judged_at,
            demo_marks=self.policy.demo_marks,
        )
        return judgement, fact

    def _signature_stamps(self, cms: CmsFacts, control: datetime) -> tuple[datetime | None, str]:
        """Earliest time that a trusted signature timestamp proves, and the trouble with any."""
        earliest: datetime | None = None
        trouble = ""
        for raw in cms.tokens:
            token = read_token(raw, digest_by(cms.signature), padded=False)
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

    def _level(self, signature: ByteFacts, evidence: Evidence, stamp_at: datetime | None) -> str:
        """The PAdES level that the file shows for this signature (trust not considered)."""
        if evidence.is_timestamp:
            return "DTS"
        if signature.sub_filter != "ETSI.CAdES.detached":
            return "PKCS#7"
        later = [index for index, _ in self.proofs if index > signature.revision]
        if stamp_at is None and not later:
            return "B-B"
        if not self.has_dss:
            return "B-T"
        closed = any(index > self.first_dss for index in later)
        return "B-LTA" if closed else "B-LT"


__all__ = ["Indication", "trust_of", "verify_pdf"]
