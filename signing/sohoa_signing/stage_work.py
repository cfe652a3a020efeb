"""What a worker of the stage ``sign`` does with one document: look, mark, sign, check, store.

A key file is opened once in each worker process and stays loaded. A token or a remote key
belongs to the one process that logged in: it is *adopted* there, shared by threads, and while
it signs one file the next are read and marked and the last ones checked and stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sohoa_core import clock
from sohoa_core.batch.stage import WorkerContext
from sohoa_core.facts import SignatureFact
from sohoa_core.i18n import N_
from sohoa_core.vault import Stored
from sohoa_signing.byte_gate import ByteGate
from sohoa_signing.errors import KeyUnavailable, OwnSignatureBroken
from sohoa_signing.evidence import EvidenceSource
from sohoa_signing.keys import Key, open_pkcs12
from sohoa_signing.marks import (
    Conversion,
    Mark,
    MarkWording,
    agency_mark,
    conversion_mark,
    officer_mark,
)
from sohoa_signing.online import OnlineStatus
from sohoa_signing.request import Level, Profile, SignerRole, SignRequest
from sohoa_signing.shared_key import PATIENCE, OneAtATime
from sohoa_signing.sign import sign_pdf
from sohoa_signing.timestamp import LocalTimestamper, Timestamper
from sohoa_signing.tsa import HttpTimestamper, TsaAddress
from sohoa_signing.verify.chain import TrustStores
from sohoa_signing.verify.policy import Integrity, VerifyPolicy
from sohoa_signing.verify.verify import verify_pdf

#: A file is in memory about three times while it is signed and checked.
_COPIES = 3
_room = ByteGate(1_500_000_000)


@dataclass(frozen=True, slots=True)
class SignOptions:
    """How the documents of a run are signed.

    ``name`` stands in the mark, ``converter`` in the conversion mark, which the first signature
    of a document brings along (Decree 137/2024/NĐ-CP Article 4).
    ``p12`` and ``tsa_p12`` are PKCS#12 files that ``password`` opens; without ``p12`` the key
    is the one with ``certificate_sha256`` that this process has adopted (token, remote).
    ``tsa`` are timestamp authorities (URLs), each given ``tsa_seconds`` and asked by at most
    ``tsa_parallel`` threads; ``online`` are the services that may be asked about revocation.
    With ``require_status`` nothing is signed unless the issuer's answer is at hand.
    ``level`` is B-T with a timestamp authority and B-B without when it is not given. The
    password travels to workers through their pipe and is never stored or shown.
    """

    role: SignerRole
    p12: Path | None = None
    password: bytes = field(default=b"", repr=False)
    name: str = ""
    converter: str = ""
    form_of_copy: str = "Sao y"
    time_pattern: str = "%d/%m/%Y %H:%M:%S %z"
    profile: Profile = Profile.TT15
    level: Level | None = None
    tsa_p12: Path | None = None
    tsa: tuple[str, ...] = ()
    tsa_seconds: float = 10.0
    tsa_parallel: int = 4
    online: tuple[str, ...] = ()
    require_status: bool = False
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    anchors: tuple[bytes, ...] = field(default=(), repr=False)
    certificate_sha256: str = ""

    @property
    def key_name(self) -> Path | str:
        """What the key is kept under."""
        return self.p12 or self.certificate_sha256


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """What a worker sends back."""

    stored: Stored
    how: dict[str, Any]
    signatures: tuple[SignatureFact, ...]


_loaded: dict[Path | str, Key] = {}
_stampers: dict[tuple[str, ...], HttpTimestamper] = {}
_evidence: dict[SignOptions, EvidenceSource] = {}


def warm(context: WorkerContext) -> None:
    """Open the keys once for the life of the worker."""
    options: SignOptions = context.options
    for path in (options.p12, options.tsa_p12):
        if path is not None and path not in _loaded:
            _loaded[path] = open_pkcs12(path, options.password)
    if options.key_name not in _loaded:
        raise KeyUnavailable(detail=N_("this process did not open it"))
    if options.tsa and options.tsa not in _stampers:
        _stampers[options.tsa] = HttpTimestamper(
            tuple(map(TsaAddress, options.tsa)),
            seconds=options.tsa_seconds,
            parallel=options.tsa_parallel,
        )
    if options not in _evidence:
        _evidence[options] = EvidenceSource(
            certificates=(*options.certificates, *options.anchors),
            crls=options.crls,
            fetch=OnlineStatus(options.online) if options.online else None,
        )


def adopt(key: Key, certificate_sha256: str, *, patience: float = PATIENCE) -> OneAtATime:
    """Share a key that is open already between the threads of this process.

    A token asks for its PIN once, not once a stage. Returns the shared key, which knows how
    busy it was.
    """
    shared = OneAtATime(key, patience=patience)
    _loaded[certificate_sha256] = shared
    return shared


def work(context: WorkerContext, payload: dict[str, Any]) -> SignedRecord:
    """Sign one version and look at the result with our own verifier."""
    with _room.hold(_COPIES * payload.get("size", 0)):
        return _sign_one(context, payload)


def _sign_one(context: WorkerContext, payload: dict[str, Any]) -> SignedRecord:
    options: SignOptions = context.options
    assert context.vault is not None
    key = _loaded[options.key_name]
    reason = key.available
    if reason is not None:  # before anything is read for nothing
        raise KeyUnavailable(detail=reason)
    source = context.vault.get(payload["sha256"])
    signed_at = clock.now().astimezone(clock.VIETNAM)
    scanned_at = clock.parse(payload["scanned_at"])
    wording = MarkWording(time_pattern=options.time_pattern)
    reserve: tuple[Mark, ...] = ()
    if options.role is SignerRole.OFFICER:
        mark = officer_mark(options.name, scanned_at, wording)
        moment = scanned_at
        reserve = (
            agency_mark(options.form_of_copy, options.converter, signed_at, wording=wording),
        )
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
        reserve=reserve,
        profile=options.profile,
        level=options.level or (Level.B_T if stamper else Level.B_B),
        crls=options.crls,
        require_revocation=options.require_status,
        limits=context.limits,
    )
    signed = sign_pdf(
        source,
        request,
        key,
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
            "page_grown_mm": signed.page_grown,
            "marks": marks,
            "lane": signed.lane.value,
        },
        signatures=report.signatures,
    )


def _mark(kind: str, lines: tuple[str, ...], moment: datetime, name: str) -> dict[str, str]:
    time = moment.astimezone(clock.VIETNAM).isoformat(timespec="seconds")
    return {"kind": kind, "text": "\n".join(lines), "time": time, "name": name}
