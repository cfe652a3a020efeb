"""The stage ``sign``: one signature on every digitized document that still lacks it.

The key stays loaded in each worker; the file goes back into the vault as a new version, and
what our own verifier says of it is recorded with it. A file whose new signature does not hold
is a failed item, never a version.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sohoa_core import clock
from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.facts import Role, SignatureFact
from sohoa_core.limits import Limits
from sohoa_core.records import Document, Version
from sohoa_core.records.recording import add_version, set_signatures
from sohoa_core.records.store import Store
from sohoa_core.vault import Stored, Vault
from sohoa_signing.errors import OwnSignatureBroken
from sohoa_signing.evidence import EvidenceSource
from sohoa_signing.keys import Key, open_pkcs12
from sohoa_signing.marks import (
    Conversion,
    MarkWording,
    agency_mark,
    conversion_mark,
    officer_mark,
)
from sohoa_signing.online import OnlineStatus
from sohoa_signing.sign import Level, Profile, SignerRole, SignRequest, sign_pdf
from sohoa_signing.timestamp import LocalTimestamper, Timestamper
from sohoa_signing.token_key import TokenChoice, open_token
from sohoa_signing.tsa import HttpTimestamper, TsaAddress
from sohoa_signing.verify.chain import TrustStores
from sohoa_signing.verify.policy import Integrity, VerifyPolicy
from sohoa_signing.verify.verify import verify_pdf

_SOURCES = {
    SignerRole.OFFICER: (Role.ARCHIVAL,),
    SignerRole.AGENCY: (Role.OFFICER_SIGNED, Role.ARCHIVAL),
}
_TARGETS = {
    SignerRole.OFFICER: Role.OFFICER_SIGNED,
    SignerRole.AGENCY: Role.AGENCY_SIGNED,
}


@dataclass(frozen=True, slots=True)
class SignOptions:
    """How the documents of a run are signed.

    ``name`` stands in the mark, ``converter`` in the conversion mark, which the first signature
    of a document brings along (Decree 137/2024/NĐ-CP Article 4).
    ``p12`` and ``tsa_p12`` are PKCS#12 files, ``token`` names a key on a PKCS#11 token instead;
    ``password`` (or PIN) opens them. ``tsa`` are timestamp authorities (URLs), ``online`` the
    services that may be asked about revocation. ``level`` is B-T with a timestamp authority and
    B-B without when it is not given. The password travels to workers
    through their pipe and is never stored or shown.
    """

    role: SignerRole
    p12: Path
    password: bytes = field(repr=False)
    name: str = ""
    converter: str = ""
    form_of_copy: str = "Sao y"
    time_pattern: str = "%d/%m/%Y %H:%M:%S %z"
    profile: Profile = Profile.TT15
    level: Level | None = None
    tsa_p12: Path | None = None
    tsa: tuple[str, ...] = ()
    online: tuple[str, ...] = ()
    token: TokenChoice | None = None
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    anchors: tuple[bytes, ...] = field(default=(), repr=False)
    certificate_sha256: str = ""


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """What a worker sends back."""

    stored: Stored
    how: dict[str, Any]
    signatures: tuple[SignatureFact, ...]


_loaded: dict[Path | TokenChoice, Key] = {}
_stampers: dict[tuple[str, ...], HttpTimestamper] = {}
_evidence: dict[SignOptions, EvidenceSource] = {}


def warm(context: WorkerContext) -> None:
    """Open the keys once for the life of the worker."""
    options: SignOptions = context.options
    if options.token is not None:
        if options.token not in _loaded:
            _loaded[options.token] = open_token(options.token, options.password)
    elif options.p12 not in _loaded:
        _loaded[options.p12] = open_pkcs12(options.p12, options.password)
    if options.tsa_p12 is not None and options.tsa_p12 not in _loaded:
        _loaded[options.tsa_p12] = open_pkcs12(options.tsa_p12, options.password)
    if options.tsa and options.tsa not in _stampers:
        _stampers[options.tsa] = HttpTimestamper(tuple(map(TsaAddress, options.tsa)))
    if options not in _evidence:
        _evidence[options] = EvidenceSource(
            certificates=(*options.certificates, *options.anchors),
            crls=options.crls,
            fetch=OnlineStatus(options.online) if options.online else None,
        )


def adopt(key: Key, options: SignOptions) -> None:
    """Use a key that is open already: a token asks for its PIN once, not once a stage."""
    _loaded[options.token or options.p12] = key


def work(context: WorkerContext, payload: dict[str, Any]) -> SignedRecord:
    """Sign one version and look at the result with our own verifier."""
    options: SignOptions = context.options
    assert context.vault is not None
    source = context.vault.get(payload["sha256"])
    signed_at = clock.now().astimezone(clock.VIETNAM)
    scanned_at = clock.parse(payload["scanned_at"])
    wording = MarkWording(time_pattern=options.time_pattern)
    if options.role is SignerRole.OFFICER:
        mark = officer_mark(options.name, scanned_at, wording)
        moment = scanned_at
    else:
        mark = agency_mark(options.form_of_copy, options.name, signed_at, wording=wording)
        moment = signed_at
    marks = [_mark(options.role.value, mark.paragraphs, moment, options.name)]
    page_mark = None
    if payload["convert"]:
        # Part of the page, so it has to be there before the first signature.
        page_mark = conversion_mark(Conversion(options.converter, scanned_at), wording)
        marks.append(_mark("conversion", page_mark.paragraphs, scanned_at, options.converter))
    stamper: Timestamper | None = None
    if options.tsa:
        stamper = _stampers[options.tsa]
    elif options.tsa_p12:
        stamper = LocalTimestamper(_loaded[options.tsa_p12])
    request = SignRequest(
        role=options.role,
        signed_at=signed_at,
        mark=mark,
        page_mark=page_mark,
        profile=options.profile,
        level=options.level or (Level.B_T if stamper else Level.B_B),
        crls=options.crls,
        limits=context.limits,
    )
    signed = sign_pdf(
        source,
        request,
        _loaded[options.token or options.p12],
        timestamper=stamper,
        evidence=_evidence[options],
    )
    policy = VerifyPolicy(stores=TrustStores(cong_vu=options.anchors), crls=options.crls)
    report = verify_pdf(signed.pdf, name=payload["name"], policy=policy, limits=context.limits)
    if report.integrity is not Integrity.INTACT or not signed.pdf.startswith(source):
        raise OwnSignatureBroken(where=payload["name"], detail=report.code)
    return SignedRecord(
        stored=context.vault.put(signed.pdf),
        how={
            "field": signed.field_name,
            "profile": signed.profile.value,
            "level": signed.level.value,
            "algorithm": signed.algorithm,
            "certificate": signed.certificate_sha256,
            "zone": signed.zone,
            "over_content": signed.placed_over_content,
            "marks": marks,
            "lane": signed.lane.value,
        },
        signatures=report.signatures,
    )


def _mark(kind: str, lines: tuple[str, ...], moment: datetime, name: str) -> dict[str, str]:
    time = moment.astimezone(clock.VIETNAM).isoformat(timespec="seconds")
    return {"kind": kind, "text": "\n".join(lines), "time": time, "name": name}


class SignStage:
    """Signs what still lacks the signature of a role; ``dossier`` narrows it to one code."""

    name = "sign"
    version = "1"

    def __init__(
        self,
        store: Store,
        *,
        vault: Vault,
        limits: Limits,
        options: SignOptions,
        dossier: str | None = None,
    ) -> None:
        self.store = store
        self.vault = vault
        self.limits = limits
        self.options = options
        self.dossier = dossier

    @property
    def source(self) -> str:
        """The documents of the workspace."""
        what = f"dossier {self.dossier}" if self.dossier else "workspace"
        return f"{what}, {self.options.role.value}"

    @property
    def params(self) -> dict[str, Any]:
        """What a signature depends on; no secrets, no paths."""
        options = self.options
        return {
            "role": options.role.value,
            "profile": options.profile.value,
            "certificate": options.certificate_sha256,
            "name": options.name,
            "converter": options.converter,
            "form_of_copy": options.form_of_copy,
            "timestamp": options.tsa_p12 is not None or bool(options.tsa),
        } | ({"level": options.level.value} if options.level else {})

    def tasks(self) -> Iterator[Task]:
        """Every document that has something to sign and is not signed yet."""
        from sohoa_core.records import Dossier, Item

        target = _TARGETS[self.options.role]
        query = select(Document).order_by(Document.name, Document.id)
        if self.dossier:
            query = (
                query.join(Item, Document.item_id == Item.id)
                .join(Dossier, Item.dossier_id == Dossier.id)
                .where(Dossier.code == self.dossier)
            )
        with self.store.read() as session:
            for document in session.scalars(query).unique():
                source = document.newest(*_SOURCES[self.options.role])
                if source is None:
                    continue
                if any(v.role == target and v.made_from == source.id for v in document.versions):
                    continue
                archival = document.newest(Role.ARCHIVAL) or source
                marks = source.how.get("marks", [])
                yield Task(
                    key=f"{document.id}:{source.sha256}",
                    label=document.name,
                    payload={
                        "document": document.id,
                        "version": source.id,
                        "sha256": source.sha256,
                        "name": document.name,
                        "scanned_at": clock.iso(archival.created_at),
                        "convert": not any(mark["kind"] == "conversion" for mark in marks),
                    },
                )

    def job(self) -> Job:
        """The work for the executors."""
        return Job(work, WorkerContext(self.vault, self.limits, self.options), warm)

    def load(self, session: Session, task: Task) -> Any:
        """Everything is in the payload."""
        return task.payload

    def commit(self, session: Session, task: Task, value: SignedRecord) -> Committed:
        """Record the signed version and what was verified about its signatures."""
        document = session.get_one(Document, task.payload["document"])
        source = session.get_one(Version, task.payload["version"])
        marks = [*source.how.get("marks", []), *value.how["marks"]]
        kept: dict[str, Any] = {
            key: source.how[key]
            for key in ("pdfa", "text_layer", "quality_passed")
            if key in source.how
        }
        version = add_version(
            session,
            document,
            _TARGETS[self.options.role],
            value.stored,
            media_type="application/pdf",
            made_by=self.name,
            made_from=source,
            how={**kept, **value.how, "marks": marks},
        )
        set_signatures(session, version, value.signatures)
        return Committed(
            summary={
                "document": document.id,
                "role": self.options.role.value,
                "sha256": value.stored.sha256,
                "field": value.how["field"],
                "level": value.how["level"],
                "zone": value.how["zone"],
            }
        )
