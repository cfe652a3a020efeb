"""What crosses from the parts to the records: frozen, picklable, declared in one place.

The parts (digitize, validators, signing, migrate) compute these values; the records store
them. Nothing here touches a database or a file. Boxes are ``(x0, y0, x1, y1)`` in
**millimetres** from the top-left corner of the page as it is displayed; confidences are
0.0 to 1.0; dates are ISO 8601 text with the precision they really have (``2020-01-05``,
``2020-01`` or ``2020``).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

Box = tuple[float, float, float, float]


class Source(enum.StrEnum):
    """Where a value came from."""

    OCR = "ocr"
    TEXT_LAYER = "text_layer"
    BARCODE = "barcode"
    PERSON = "person"
    MIGRATION = "migration"
    MANIFEST = "manifest"


class ReviewState(enum.StrEnum):
    """Whether a person must look at a value, or has."""

    NOT_NEEDED = "not_needed"
    NEEDED = "needed"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"


class Severity(enum.StrEnum):
    """How grave a finding is; ``REVIEW`` asks a person, it is not an error."""

    ERROR = "error"
    WARNING = "warning"
    REVIEW = "review"
    INFO = "info"


class Role(enum.StrEnum):
    """What a version of a document is."""

    ORIGINAL = "original"
    ARCHIVAL = "archival"
    TEXT = "text"
    LAYOUT = "layout"
    OFFICER_SIGNED = "officer_signed"
    AGENCY_SIGNED = "agency_signed"
    MIGRATED = "migrated"


class Validity(enum.StrEnum):
    """State of a result on a date (còn hiệu lực, hết hiệu lực, bị thu hồi, bị thay thế)."""

    VALID = "VALID"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    SUPERSEDED = "SUPERSEDED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class FieldFact:
    """One value read from a document (trường thông tin).

    ``value`` is the normalized value (NFC; ISO date), ``raw`` the text exactly as read.
    ``reason`` says why a person must look when ``review`` is ``NEEDED``.
    """

    name: str
    value: str
    raw: str
    confidence: float
    source: Source
    page: int | None = None
    box: Box | None = None
    review: ReviewState = ReviewState.NOT_NEEDED
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PageFact:
    """One page image as it was delivered; ``number`` counts from 1.

    ``width`` and ``height`` are pixels, ``dpi`` dots per inch, ``rotation`` the clockwise
    quarter turns (0, 90, 180, 270) that show it upright, ``skew`` degrees. ``quality`` holds
    further measures by name; ``blank`` pages are kept, never dropped.
    """

    number: int
    width: int
    height: int
    dpi: float
    rotation: int = 0
    skew: float = 0.0
    blank: bool = False
    confidence: float | None = None
    text: str = ""
    quality: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingFact:
    """One thing that a check noticed.

    ``message`` is the English template and catalogue key, ``args`` fill it; ``basis`` cites
    the law (instrument and article), ``rule_set`` the version of the rules that spoke, and
    ``verified`` is how sure that citation is: ``verified``, ``secondary`` or ``unverified``.
    """

    rule: str
    severity: Severity
    message: str
    args: dict[str, Any] = field(default_factory=dict)
    basis: str | None = None
    verified: str = "verified"
    document: str | None = None
    field_name: str | None = None
    page: int | None = None
    box: Box | None = None
    rule_set: str = ""


@dataclass(frozen=True, slots=True)
class VerdictFact:
    """The answer to one question about a dossier or a result on a date.

    ``question`` is for instance ``complete``, ``digitize``, ``still_valid``,
    ``equal_to_paper``; ``answer`` a closed vocabulary of that question; ``branch`` names the
    rule that fired; ``on`` the date (ISO) for which the answer holds.
    """

    question: str
    answer: str
    branch: str
    on: str
    basis: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    document: str | None = None
    rule_set: str = ""


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """What was found out about one signature of one file, when, and against which anchors.

    Answers of different questions are kept apart: ``intact`` (do the bytes hold?),
    ``trusted`` (does the chain end at a chosen anchor?), ``revocation``
    (``good``/``revoked``/``unknown``). Times are ISO 8601 with zone. ``indication`` and
    ``subindication`` follow ETSI EN 319 102-1 clause 5.1.
    """

    field_name: str
    indication: str
    subindication: str | None
    intact: bool
    trusted: bool
    revocation: str
    covers_whole_file: bool
    level: str
    signer: str
    issuer: str
    signed_at: str | None = None
    timestamp_at: str | None = None
    verified_at: str = ""
    anchors: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
