"""Signing a PDF: one incremental update with a PAdES signature and, if wanted, a mark.

The input bytes stay as they are and come first in the output; nothing is re-saved. Before
the key is used, the certificate and its issuers are checked, and the signature is refused
when they do not allow it (Circular 15/2025/TT-BKHCN, Article 5). Profiles:

* ``tt15``: RSASSA-PSS with at least 2048 bits or ECDSA with at least 256, SHA-256 and up
  (Circular 15/2025/TT-BKHCN, Appendix I);
* ``compatible``: RSA PKCS#1 v1.5, for readers that know no PSS (ECDSA as above).

Levels B-B and B-T of ETSI EN 319 142-1. PDF/A stays PDF/A: embedded fonts, Print flag, no
transparency.
"""

from __future__ import annotations

import enum
import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.crypt import PdfKeyNotAvailableError
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import (
    SigFieldSpec,
    SigSeedSubFilter,
    VisibleSigSettings,
    enumerate_sig_fields,
)
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from sohoa_core.errors import InputEmpty, InputEncrypted, InputUnreadable, InputWrongType
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_signing.appearance import appearance, draw_on_page
from sohoa_signing.certificates import fingerprint, holder, key_strength, utc
from sohoa_signing.cms_build import DIGESTS, build_signed_data
from sohoa_signing.errors import (
    CertificateUnsuitable,
    DocumentDamaged,
    DocumentLocked,
    KeyUnavailable,
    SigningRefused,
    TimestampFailed,
)
from sohoa_signing.free_space import (
    PageView,
    Place,
    Zone,
    find_place,
    look_at_first_page,
    occupy,
    to_user_space,
)
from sohoa_signing.keys import Key
from sohoa_signing.mark_font import find_mark_font
from sohoa_signing.marks import MM, Block, Mark, lay_out
from sohoa_signing.precheck import check_before_signing
from sohoa_signing.revocation import Revocation
from sohoa_signing.timestamp import Timestamper
from sohoa_signing.verify.policy import Integrity, Verdict
from sohoa_signing.verify.verify import verify_pdf


class SignerRole(enum.StrEnum):
    """Who signs; decides the name of the field (cán bộ số hóa, cơ quan)."""

    OFFICER = "officer"
    AGENCY = "agency"


class Profile(enum.StrEnum):
    """Which algorithms are used."""

    TT15 = "tt15"
    COMPATIBLE = "compatible"


class Level(enum.StrEnum):
    """PAdES baseline level (ETSI EN 319 142-1 clause 6)."""

    B_B = "B-B"
    B_T = "B-T"


#: Stable field names; a second signature of the same role gets ``_2`` and so on.
FIELD_NAMES = {SignerRole.OFFICER: "sohoa_officer", SignerRole.AGENCY: "sohoa_agency"}


@dataclass(frozen=True, slots=True)
class SignRequest:
    """What to sign and how.

    ``mark`` is shown by the signature itself, ``page_mark`` (such as the conversion mark) is
    drawn on page 1 before signing, which only the first signature of a file may do.
    ``signed_at`` (with zone) is written as the claimed time. ``checked_at`` is the clock
    used for the certificate's validity (now by default). ``crls`` and ``ocsps`` are the
    issuers' revocation data (DER or PEM); with ``require_revocation`` the signature is
    refused when they do not answer. ``font_files`` are tried before the system's fonts.
    """

    role: SignerRole
    signed_at: datetime
    mark: Mark | None = None
    page_mark: Mark | None = None
    profile: Profile = Profile.TT15
    level: Level = Level.B_B
    digest: str = "sha256"
    reason: str = ""
    location: str = ""
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    require_revocation: bool = False
    checked_at: datetime | None = None
    font_files: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file and what was done. ``box`` is in millimetres from the top left of page 1.

    ``zone`` tells how far the mark had to go from its corner (``corner``, ``grown``,
    ``half_page``, ``forced``; empty without a mark); ``placed_over_content`` is true only
    when page 1 had no free space at all. ``revocation`` is ``good`` or ``unknown``.
    """

    pdf: bytes
    sha256: str
    field_name: str
    profile: Profile
    level: Level
    algorithm: str
    signer: str
    certificate_sha256: str
    signed_at: str
    revocation: str
    box: tuple[float, float, float, float] | None = None
    zone: str = ""
    placed_over_content: bool = False
    lines: tuple[str, ...] = ()


def sign_pdf(
    pdf: bytes, request: SignRequest, key: Key, *, timestamper: Timestamper | None = None
) -> Signed:
    """Sign ``pdf`` as ``request`` says with ``key``; the input is a prefix of the output.

    Raises ``InputEmpty``, ``InputWrongType``, ``InputEncrypted``, ``InputUnreadable``,
    ``InputTooLarge``, :class:`KeyUnavailable`, :class:`SigningRefused` and its subclasses,
    :class:`TimestampFailed`, :class:`MarkFontMissing`.
    """
    _check_input(pdf, request.limits)
    signed_at = request.signed_at
    if signed_at.tzinfo is None:
        raise SigningRefused(detail=N_("the signing time has no zone"))
    reason = key.available
    if reason is not None:
        raise KeyUnavailable(detail=reason)
    algorithm = _check_profile(request, key)
    revocation = check_before_signing(
        key,
        signed_at=utc(signed_at),
        checked_at=utc(request.checked_at or datetime.now(UTC)),
        crls=request.crls,
        ocsps=request.ocsps,
        require=request.require_revocation,
    )
    if request.level is Level.B_T and timestamper is None:
        raise TimestampFailed(detail=N_("no timestamp authority was given"))
    _check_state(pdf, request.limits)
    try:
        output, name, placed, lines = _write(pdf, request, key, timestamper)
    except (TimestampFailed, SigningRefused, InputUnreadable, KeyUnavailable):
        raise
    except (PdfKeyNotAvailableError, misc.PdfReadError, misc.PdfWriteError) as error:
        raise InputUnreadable(detail=str(error)) from None
    except SigningError as error:
        raise SigningRefused(detail=str(error)) from None
    if not output.startswith(pdf):  # a broken promise is worse than no signature
        raise SigningRefused(detail=N_("the update would have changed the original bytes"))
    return Signed(
        pdf=output,
        sha256=hashlib.sha256(output).hexdigest(),
        field_name=name,
        profile=request.profile,
        level=request.level,
        algorithm=algorithm,
        signer=holder(key.certificate.subject).name,
        certificate_sha256=fingerprint(key.certificate),
        signed_at=signed_at.isoformat(),
        revocation=revocation.value if isinstance(revocation, Revocation) else revocation,
        box=_millimetres(placed[0], placed[1]) if placed else None,
        zone=placed[0].zone.value if placed else "",
        placed_over_content=placed is not None and placed[0].zone is Zone.FORCED,
        lines=lines,
    )


def _check_input(pdf: bytes, limits: Limits) -> None:
    if not pdf:
        raise InputEmpty()
    limits.check("file_megabytes", len(pdf) / 1e6)
    if not pdf.startswith(b"%PDF-"):
        raise InputWrongType(found="?", expected="PDF")


def _check_state(pdf: bytes, limits: Limits) -> None:
    """Refuse what our own verifier would not accept afterwards, whatever is added."""
    report = verify_pdf(pdf, limits=limits)
    if report.code == "encrypted":
        raise InputEncrypted()
    if report.verdict is Verdict.MALFORMED:
        raise InputUnreadable(detail=report.code)
    if "beyond_size" in report.notes:
        # A writer that believes /Size would give new objects the numbers of old ones.
        raise InputUnreadable(detail="malformed.beyond_size")
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


def _write(
    pdf: bytes, request: SignRequest, key: Key, timestamper: Timestamper | None
) -> tuple[bytes, str, tuple[Place, float] | None, tuple[str, ...]]:
    stream = io.BytesIO(pdf)
    reader = PdfFileReader(stream, strict=False)
    if reader.encrypted:
        raise InputEncrypted()
    writer = IncrementalPdfFileWriter.from_reader(reader)
    _check_permissions(reader)
    name = _free_name(reader, FIELD_NAMES[request.role])
    placed: tuple[Place, float] | None = None
    lines: tuple[str, ...] = ()
    spec = SigFieldSpec(sig_field_name=name, on_page=0)
    drawing: Any = None
    view = None
    if request.mark is not None or request.page_mark is not None:
        view = look_at_first_page(pdf, request.limits)
    if view is not None and request.page_mark is not None:
        if next(enumerate_sig_fields(reader, filled_status=True), None) is not None:
            raise SigningRefused(detail=N_("a page mark must come before the first signature"))
        block, place = _arrange(request.page_mark, view, request)
        form = appearance(writer, block, view.rotation)
        draw_on_page(writer, form, block, view.rotation, to_user_space(view, place.box))
        view = occupy(view, place.box)
        placed, lines = (place, view.height), block.lines
    if view is not None and request.mark is not None:
        block, place = _arrange(request.mark, view, request)
        placed, lines = (place, view.height), (*block.lines, *lines)
        spec = SigFieldSpec(
            sig_field_name=name,
            on_page=0,
            box=to_user_space(view, place.box),  # type: ignore[arg-type]
            visible_sig_settings=VisibleSigSettings(
                rotate_with_page=True, scale_with_page_zoom=True, print_signature=True
            ),
        )
        drawing = appearance(writer, block, view.rotation)
    embedder = PdfCMSEmbedder(new_field_spec=spec).write_cms(field_name=name, writer=writer)
    widget = next(embedder).get_object()
    if drawing is not None:
        looks: Any = generic.DictionaryObject
        widget["/AP"] = looks({generic.pdf_name("/N"): drawing})
        writer.update_container(widget)
    sign_time = request.signed_at.replace(microsecond=0)
    embedder.send(
        SigObjSetup(
            sig_placeholder=SignatureObject(
                timestamp=sign_time,
                subfilter=SigSeedSubFilter.PADES,
                name=holder(key.certificate.subject).name or None,
                location=request.location or None,
                reason=request.reason or None,
                bytes_reserved=2 * _reserve(key, request.level),
            )
        )
    )
    digest, result = embedder.send(SigIOSetup(md_algorithm=request.digest, in_place=False))
    embedder.send(_cms(digest.document_digest, request, key, timestamper))
    return result.getvalue(), name, placed, lines


def _arrange(mark: Mark, view: PageView, request: SignRequest) -> tuple[Block, Place]:
    """Lay the mark out and find its place: the nearest to its corner that any width gives."""
    font = find_mark_font(request.font_files)
    best: tuple[Block, Place] | None = None
    for share in (1.0, 1.25, 0.7):
        limit = min(mark.max_width * share * MM, view.width - 12 * MM)
        block = lay_out(mark, font, max_width=limit)
        place = find_place(view, mark.corner, block.width, block.height)
        if best is None or place.zone.order < best[1].zone.order:
            best = (block, place)
        if place.zone is Zone.CORNER:
            break
    assert best is not None
    return best


def _cms(
    digest_value: bytes, request: SignRequest, key: Key, timestamper: Timestamper | None
) -> bytes:
    pss = request.profile is Profile.TT15
    stamp = None
    if request.level is Level.B_T and timestamper is not None:
        authority = timestamper

        def stamp(value: bytes) -> bytes:
            return authority.stamp(value, request.digest)

    return build_signed_data(
        digest_value,
        certificate=key.certificate,
        chain=key.chain,
        digest=request.digest,
        pss=pss,
        sign=lambda data: key.sign_raw(data, digest=request.digest, pss=pss),
        timestamp=stamp,
    )


def _reserve(key: Key, level: Level) -> int:
    """Bytes kept for the CMS: certificates, signature, attributes, and a token for B-T."""
    from sohoa_signing.certificates import der

    certificates = sum(len(der(c)) for c in (key.certificate, *key.chain))
    return certificates + 2048 + (8192 if level is Level.B_T else 0)


def _check_permissions(reader: PdfFileReader) -> None:
    """An earlier certification with P=1 allows no change at all (ISO 32000-1 12.8.2.2)."""
    for _, value, _ in enumerate_sig_fields(reader, filled_status=True):
        for reference in value.get_object().get("/Reference", ()):
            parameters = reference.get_object().get("/TransformParams", {})
            method = reference.get_object().get("/TransformMethod")
            if method == "/DocMDP" and parameters.get("/P", 2) == 1:
                raise DocumentLocked()


def _free_name(reader: PdfFileReader, base: str) -> str:
    taken = {name for name, _, _ in enumerate_sig_fields(reader)}
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _millimetres(place: Place, page_height: float) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = place.box
    top, bottom = page_height - y1, page_height - y0
    return (round(x0 / MM, 2), round(top / MM, 2), round(x1 / MM, 2), round(bottom / MM, 2))
