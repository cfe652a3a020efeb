"""Raising an existing signature to a higher level, and renewing archive timestamps.

Everything is appended; the signatures in the file are not touched. A file without a timestamp
gets one for the document (which proves the time just as well, ETSI EN 319 142-1 clause 6.3);
B-LT adds the validation data of every signature and timestamp; B-LTA closes them with a
document timestamp; renewal adds the data of the newest timestamp and the next one, before the
old one's certificate or algorithm ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from sohoa_core.errors import InputEmpty, InputUnreadable, NotSigned
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_signing.crypto import digest_by
from sohoa_signing.errors import DocumentDamaged, DocumentLocked, TimestampFailed
from sohoa_signing.evidence import Evidence, EvidenceSource
from sohoa_signing.long_term import add_archive_timestamp, add_evidence, vri_name
from sohoa_signing.pdf_file import Sink, Source
from sohoa_signing.pdf_text import NotPlain
from sohoa_signing.request import Level
from sohoa_signing.timestamp import Timestamper
from sohoa_signing.verify.cms_facts import CmsFacts, read_cms, read_token
from sohoa_signing.verify.facts import ByteFacts, FileFacts, read_file
from sohoa_signing.verify.pdf_objects import StructureError
from sohoa_signing.verify.policy import Integrity
from sohoa_signing.verify.verify import verify_pdf

_MAX_INFLATED = 256_000_000


@dataclass(frozen=True, slots=True)
class Extended:
    """The extended file: ``added`` says in order what was appended (``timestamp``,
    ``validation_data``); empty when the level was reached already."""

    pdf: bytes = field(repr=False)
    sha256: str
    size: int
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Holder:
    """A certificate that has to be validated later, with what came along with it."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    name: str


def extend(
    source: bytes | Path,
    level: Level,
    *,
    timestamper: Timestamper | None,
    evidence: EvidenceSource,
    target: Path | None = None,
    digest: str = "sha256",
    now: datetime | None = None,
    limits: Limits | None = None,
) -> Extended:
    """Raise every signature of the file to ``level`` (B-T, B-LT or B-LTA).

    Raises ``NotSigned``, :class:`DocumentDamaged`, :class:`DocumentLocked`,
    :class:`TimestampFailed`, :class:`ValidationDataMissing`, ``InputUnreadable``.
    """
    return _append(source, level, False, timestamper, evidence, target, digest, now, limits)


def renew(
    source: bytes | Path,
    *,
    timestamper: Timestamper,
    evidence: EvidenceSource,
    target: Path | None = None,
    digest: str = "sha256",
    now: datetime | None = None,
    limits: Limits | None = None,
) -> Extended:
    """Add a further archive timestamp, and the data that validate the newest one.

    Raises what :func:`extend` raises.
    """
    return _append(source, Level.B_LTA, True, timestamper, evidence, target, digest, now, limits)


def _append(
    source: bytes | Path,
    level: Level,
    again: bool,
    timestamper: Timestamper | None,
    evidence: EvidenceSource,
    target: Path | None,
    digest: str,
    now: datetime | None,
    limits: Limits | None,
) -> Extended:
    bounds = limits or Limits()
    if isinstance(source, bytes) and not source:
        raise InputEmpty()
    opened = Source(source)
    sink = Sink(target, digest)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    limit = min(bounds.decompressed_megabytes * 1_000_000, _MAX_INFLATED)
    added: list[str] = []
    try:
        bounds.check("file_megabytes", opened.size / 1e6)
        facts = _usable(source, opened, limit, bounds)
        sink.copy(opened)

        def stamp() -> None:
            if timestamper is None:
                raise TimestampFailed(detail=N_("no timestamp authority was given"))
            add_archive_timestamp(sink, timestamper, digest, limit)
            added.append("timestamp")

        if not again and not _stamped(facts):
            stamp()
        done = not again and _closed(facts)
        if level.long_term and not done:
            present = read_file(sink.buffer(), max_inflated=limit, look_for_loose=False)
            holders = list(_holders(present))
            if again:
                newest = [s for s in present.signatures if s.kind == "timestamp"][-1:]
                holders = list(_holders(FileFacts(signatures=tuple(newest)))) or holders
            everything = tuple(c for holder in holders for c in holder.others)
            found = Evidence()
            for one in holders:
                found |= evidence.collect(one.certificate, (*one.others, *everything), moment)
            names = tuple(dict.fromkeys(holder.name for holder in holders))
            if add_evidence(sink, found, names, limit):
                added.append("validation_data")
        if level is Level.B_LTA and not done:
            stamp()
        sha256, size = sink.digest("sha256").hex(), sink.size
        return Extended(sink.finish(), sha256, size, tuple(added))
    except (NotPlain, StructureError) as error:
        raise InputUnreadable(detail=str(error)) from None
    finally:
        sink.discard()
        opened.close()


def _usable(source: bytes | Path, opened: Source, limit: int, limits: Limits) -> FileFacts:
    report = verify_pdf(source, limits=limits)
    if report.integrity is Integrity.MALFORMED:
        raise InputUnreadable(detail=report.code)
    if report.integrity is Integrity.NOT_SIGNED:
        raise NotSigned()
    if report.integrity is Integrity.BROKEN:
        raise DocumentDamaged()
    facts = read_file(opened.data, max_inflated=limit, look_for_loose=False)
    if any(signature.permission == 1 for signature in facts.signatures):
        # Validation data and timestamps may still come, by ISO 32000-2; by 32000-1 nothing may.
        raise DocumentLocked()
    return facts


def _read(signature: ByteFacts) -> CmsFacts:
    nothing = digest_by()
    if signature.kind == "timestamp":
        return read_token(signature.contents, nothing, padded=True).cms
    return read_cms(signature.contents, nothing, padded=True)


def _stamped(facts: FileFacts) -> bool:
    """Whether each signature carries a timestamp or is covered by one of the document."""
    newest = max((s.revision for s in facts.signatures if s.kind == "timestamp"), default=-1)
    return all(
        signature.kind == "timestamp" or signature.revision < newest or _read(signature).tokens
        for signature in facts.signatures
    )


def _closed(facts: FileFacts) -> bool:
    """Whether a document timestamp covers everything, validation data included."""
    document = facts.document
    last = facts.signatures[-1]
    return (
        document is not None
        and last.kind == "timestamp"
        and last.revision == len(document.revisions) - 1
        and "DSS" in document.view(last.revision - 1).root
    )


def _holders(facts: FileFacts) -> Iterator[_Holder]:
    for signature in facts.signatures:
        cms = _read(signature)
        name = vri_name(signature.contents)
        if cms.signer is not None:
            yield _Holder(cms.signer, cms.certificates, name)
        for raw in cms.tokens:
            token = read_token(raw, digest_by(), padded=False).cms
            if token.signer is not None:
                yield _Holder(token.signer, (*token.certificates, *cms.certificates), name)
