"""Signing a PDF: incremental updates with a PAdES signature and, if wanted, marks.

The input bytes stay as they are and come first in the output; nothing is re-saved. Before
the key is used, the certificate and its issuers are checked, and the signature is refused
when they do not allow it (Circular 15/2025/TT-BKHCN, Article 5). Profiles:

* ``tt15``: RSASSA-PSS with at least 2048 bits or ECDSA with at least 256, SHA-256 and up
  (Circular 15/2025/TT-BKHCN, Appendix I);
* ``compatible``: RSA PKCS#1 v1.5, for readers that know no PSS (ECDSA as above).

Levels B-B, B-T, B-LT and B-LTA of ETSI EN 319 142-1. PDF/A stays PDF/A: embedded fonts,
Print flag, no transparency. Plain files take the fast lane, which appends its own update and
never loads a large file; the rest goes through pyHanko, and the result says so.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from sohoa_core.errors import (
    InputEmpty,
    InputEncrypted,
    InputUnreadable,
    InputWrongType,
    SohoaError,
)
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_signing.certificates import fingerprint, key_strength, subject_of, utc
from sohoa_signing.cms_build import DIGESTS, CmsTemplate, template
from sohoa_signing.errors import (
    CertificateUnsuitable,
    DocumentDamaged,
    DocumentLocked,
    KeyUnavailable,
    RevocationUnknown,
    SigningRefused,
    TimestampFailed,
    ValidationDataMissing,
)
from sohoa_signing.evidence import EvidenceSource
from sohoa_signing.fast_lane import Unsigned, free_field_name, pdf_date, signature_update
from sohoa_signing.keys import Key
from sohoa_signing.long_term import (
    add_archive_timestamp,
    add_evidence,
    token_evidence,
    vri_name,
)
from sohoa_signing.mark_place import Marks, place_marks
from sohoa_signing.marks import MM
from sohoa_signing.pdf_file import Sink, Source
from sohoa_signing.pdf_text import NotPlain, string_text
from sohoa_signing.precheck import check_before_signing
from sohoa_signing.request import (
    FIELD_NAMES,
    Lane,
    Level,
    Profile,
    Signed,
    SignerRole,
    SignRequest,
)
from sohoa_signing.revocation import Revocation
from sohoa_signing.timestamp import TOKEN_ROOM, Timestamper
from sohoa_signing.verify.facts import FileFacts, read_file
from sohoa_signing.verify.pdf_objects import StructureError
from sohoa_signing.verify.policy import Integrity, Verdict
from sohoa_signing.verify.verify import verify_pdf

#: More than this is left free behind every signature value.
_SLACK = 512
_MAX_INFLATED = 256_000_000


def sign_pdf(
    pdf: bytes,
    request: SignRequest,
    key: Key,
    *,
    timestamper: Timestamper | None = None,
    evidence: EvidenceSource | None = None,
) -> Signed:
    """Sign ``pdf`` as ``request`` says with ``key``; the input is a prefix of the output.

    ``evidence`` finds what levels B-LT and B-LTA embed; by default the request's own lists.

    Raises ``InputEmpty``, ``InputWrongType``, ``InputEncrypted``, ``InputUnreadable``,
    ``InputTooLarge``, :class:`KeyUnavailable`, :class:`SigningRefused` and its subclasses,
    :class:`TimestampFailed`, :class:`MarkFontMissing`.
    """
    if not pdf:
        raise InputEmpty()
    return _Signing(Source(pdf), None, request, key, timestamper, evidence).run()


def sign_file(
    source: Path,
    target: Path,
    request: SignRequest,
    key: Key,
    *,
    timestamper: Timestamper | None = None,
    evidence: EvidenceSource | None = None,
    durable: bool = True,
) -> Signed:
    """Sign the file ``source`` into ``target`` without loading it; ``pdf`` stays empty.

    ``target`` appears whole or not at all; an existing one is replaced only by a finished
    signature. ``durable`` waits for the disk, so that a power cut loses nothing. Raises what
    :func:`sign_pdf` raises, ``InputMissing`` and
    :class:`ResultNotWritten`.
    """
    opened = Source(source)
    try:
        return _Signing(opened, target, request, key, timestamper, evidence, durable=durable).run()
    except SohoaError as error:
        error.where = error.where or source.name
        raise
    finally:
        opened.close()


class _Signing:
    """One signature from the checks to the finished file."""

    def __init__(
        self,
        source: Source,
        target: Path | None,
        request: SignRequest,
        key: Key,
        timestamper: Timestamper | None,
        evidence: EvidenceSource | None,
        *,
        durable: bool = True,
    ) -> None:
        self.source = source
        self.target = target
        self.request = request
        self.key = key
        self.timestamper = timestamper if request.level.stamped else None
        self.evidence = evidence
        self.durable = durable
        self.limit = min(request.limits.decompressed_megabytes * 1_000_000, _MAX_INFLATED)

    def run(self) -> Signed:
        request, key = self.request, self.key
        _check_input(self.source, request.limits)
        if request.signed_at.tzinfo is None:
            raise SigningRefused(detail=N_("the signing time has no zone"))
        reason = key.available
        if reason is not None:
            raise KeyUnavailable(detail=reason)
        algorithm = _check_profile(request, key)
        asks = self.evidence is not None and self.evidence.asks
        revocation = check_before_signing(
            key,
            signed_at=utc(request.signed_at),
            checked_at=utc(request.checked_at or datetime.now(UTC)),
            crls=request.crls,
            ocsps=request.ocsps,
            require=request.require_revocation and not asks,
        )
        if request.level.stamped and self.timestamper is None:
            raise TimestampFailed(detail=N_("no timestamp authority was given"))
        if request.level.long_term or asks:
            revocation = self._ask_issuers() or revocation
        facts = read_file(self.source.data, max_inflated=self.limit, look_for_loose=False)
        _check_state(self.source, facts, request.limits)
        _check_permissions(facts)
        self.made = template(
            key.certificate, key.chain, request.digest, request.profile is Profile.TT15
        )
        self.signer = subject_of(key.certificate).name
        name = free_field_name(facts, FIELD_NAMES[request.role])
        marks = place_marks(
            self.source.path or bytes(self.source.data),
            request,
            signed_before=bool(facts.signatures),
        )
        sink = Sink(self.target, request.digest, durable=self.durable)
        try:
            lane, why = self._sign(sink, facts, name, marks)
            if request.level.long_term:
                self._long_term(sink)
            digest, size = sink.digest("sha256").hex(), sink.size
            output = sink.finish()
        finally:
            sink.discard()
        mark = marks.own or marks.on_page
        return Signed(
            pdf=output,
            sha256=digest,
            field_name=name,
            profile=request.profile,
            level=request.level,
            algorithm=algorithm,
            signer=self.signer,
            certificate_sha256=fingerprint(key.certificate),
            signed_at=request.signed_at.isoformat(),
            revocation=revocation.value,
            box=mark.millimetres if mark else None,
            zone=mark.place.zone.value if mark else "",
            page_grown=round(marks.enlarged.height / MM, 2) if marks.enlarged else 0.0,
            lines=tuple(
                line for one in (marks.own, marks.on_page) if one for line in one.block.lines
            ),
            lane=lane,
            lane_reason=why,
            size=size,
        )

    def _ask_issuers(self) -> Revocation | None:
        """What is embedded later, looked for now: a revoked key must not sign first.

        Levels that keep the answers fail without them; the others go on as before.
        """
        request = self.request
        self.asked_at = utc(request.checked_at or datetime.now(UTC))
        self.source_of_evidence = self.evidence or EvidenceSource(
            certificates=request.certificates, crls=request.crls, ocsps=request.ocsps
        )
        try:
            self.found = self.source_of_evidence.collect(
                self.key.certificate, self.key.chain, self.asked_at
            )
        except ValidationDataMissing as error:
            if request.level.long_term:
                raise
            if request.require_revocation:
                raise RevocationUnknown(**error.args_by_name) from None
            return None
        return Revocation.GOOD

    # --- the signature --------------------------------------------------------------------

    def _sign(self, sink: Sink, facts: FileFacts, name: str, marks: Marks) -> tuple[Lane, str]:
        room = self.made.size(self._token_room() if self.timestamper else 0) + _SLACK
        why = "asked" if self.request.lane is Lane.LIBRARY else ""
        if marks.enlarged is not None:
            why = "page_enlarged"
        try:
            if why:
                raise NotPlain(why)
            unsigned = self._prepare(facts, name, room, marks)
        except NotPlain as reason:
            if self.request.lane is Lane.FAST:
                raise InputUnreadable(detail=str(reason)) from None
            self._library(sink, name, room, marks)
            return Lane.LIBRARY, str(reason)
        sink.copy(self.source)
        for _ in range(3):
            value = self._cms(sink.digest(self.request.digest, *unsigned.covered()))
            if len(value) <= unsigned.reserved:
                sink.append(unsigned.fill(value))
                self.contents = unsigned.contents
                return Lane.FAST, ""
            # The estimate was short (a larger token than ever): more room, once more.
            unsigned = self._prepare(facts, name, len(value) + 8 * _SLACK, marks)
        raise SigningRefused(detail=N_("the signature does not fit into its place"))

    def _prepare(
        self,
        facts: FileFacts,
        name: str,
        room: int,
        marks: Marks,
    ) -> Unsigned:
        request = self.request
        assert facts.document is not None
        entries = [
            ("Type", b"/Sig"),
            ("Filter", b"/Adobe.PPKLite"),
            ("SubFilter", b"/ETSI.CAdES.detached"),
            ("M", pdf_date(request.signed_at)),
        ]
        for label, text in (
            ("Name", self.signer),
            ("Reason", request.reason),
            ("Location", request.location),
        ):
            if text:
                entries.append((label, string_text(text)))
        try:
            return signature_update(
                facts.document,
                field_name=name,
                entries=entries,
                reserved=room,
                mark=marks.own,
                page_mark=marks.on_page,
            )
        except StructureError as error:
            raise NotPlain(error.code) from None

    def _library(self, sink: Sink, name: str, room: int, marks: Marks) -> None:
        from sohoa_signing.library_lane import sign_with_library

        data = bytes(self.source.data)
        output = sign_with_library(
            data,
            self.request,
            field_name=name,
            signer=self.signer,
            reserved=room,
            make_cms=self._cms,
            marks=marks,
        )
        if not output.startswith(data):  # a broken promise is worse than no signature
            raise SigningRefused(detail=N_("the update would have changed the original bytes"))
        sink.copy(self.source)
        sink.append(output[len(data) :])
        self.contents = b""

    def _cms(self, digest_value: bytes) -> bytes:
        made: CmsTemplate = self.made
        request = self.request
        attributes = made.signed_attributes(digest_value)
        value = self.key.sign_raw(
            attributes, digest=request.digest, pss=request.profile is Profile.TT15
        )
        token = b""
        if self.timestamper is not None:
            token = self.timestamper.stamp(
                hashlib.new(request.digest, value).digest(), request.digest
            )
        self.token = token
        return made.content_info(attributes, value, token=token)

    def _token_room(self) -> int:
        return getattr(self.timestamper, "token_size", 0) or TOKEN_ROOM

    # --- long term ------------------------------------------------------------------------

    def _long_term(self, sink: Sink) -> None:
        request = self.request
        found = self.found | token_evidence(
            self.token, self.source_of_evidence, self.key.chain, self.asked_at
        )
        vri = (vri_name(self.contents),) if self.contents else ()
        assert self.timestamper is not None
        try:
            add_evidence(sink, found, vri, self.limit)
            if request.level is Level.B_LTA:
                add_archive_timestamp(sink, self.timestamper, request.digest, self.limit)
        except (NotPlain, StructureError) as error:
            raise InputUnreadable(detail=str(error)) from None


def _check_input(source: Source, limits: Limits) -> None:
    limits.check("file_megabytes", source.size / 1e6)
    if source.data[:5] != b"%PDF-":
        raise InputWrongType(found="?", expected="PDF")


def _check_state(source: Source, facts: FileFacts, limits: Limits) -> None:
    """Refuse what our own verifier would not accept afterwards, whatever is added."""
    if facts.encrypted:
        raise InputEncrypted()
    if facts.malformed:
        raise InputUnreadable(detail=f"malformed.{facts.malformed}")
    if "beyond_size" in facts.notes:
        # A writer that believes /Size would give new objects the numbers of old ones.
        raise InputUnreadable(detail="malformed.beyond_size")
    if not facts.signatures:
        return
    report = verify_pdf(source.path or bytes(source.data), limits=limits)
    if report.verdict is Verdict.MALFORMED:
        raise InputUnreadable(detail=report.code)
    if report.integrity is Integrity.BROKEN:
        raise DocumentDamaged()


def _check_profile(request: SignRequest, key: Key) -> str:
    """Refuse what the profile does not allow; the algorithm's name otherwise."""
    kind, bits = key_strength(key.certificate)
    if request.digest not in DIGESTS:
        raise CertificateUnsuitable(detail=N_("this hash algorithm is not allowed"))
    if kind == "rsa" and bits >= 2048:
        scheme = "RSASSA-PSS" if request.profile is Profile.TT15 else "RSASSA-PKCS1-v1_5"
        return f"{scheme} {bits} {request.digest}"
    if kind == "ec" and bits >= 256:
        return f"ECDSA {bits} {request.digest}"
    raise CertificateUnsuitable(detail=N_("its key is too short or of an unsupported kind"))


def _check_permissions(facts: FileFacts) -> None:
    """An earlier certification with P=1 allows no change at all (ISO 32000-1 12.8.2.2)."""
    if any(signature.permission == 1 for signature in facts.signatures):
        raise DocumentLocked()


__all__ = [
    "Lane",
    "Level",
    "Profile",
    "SignRequest",
    "Signed",
    "SignerRole",
    "sign_file",
    "sign_pdf",
]
