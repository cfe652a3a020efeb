"""What to sign and how, and what was done: the plain data of signing."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sohoa_core.limits import Limits
from sohoa_signing.marks import Mark


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
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def stamped(self) -> bool:
        """Whether the signature carries a timestamp."""
        return self is not Level.B_B

    @property
    def long_term(self) -> bool:
        """Whether the file carries the data that validate it."""
        return self in (Level.B_LT, Level.B_LTA)


class Lane(enum.StrEnum):
    """Who wrote the update: our own writer, or pyHanko for files built in unusual ways."""

    FAST = "fast"
    LIBRARY = "library"


#: Stable field names; a second signature of the same role gets ``_2`` and so on.
FIELD_NAMES = {SignerRole.OFFICER: "sohoa_officer", SignerRole.AGENCY: "sohoa_agency"}


@dataclass(frozen=True, slots=True)
class SignRequest:
    """What to sign and how.

    ``mark`` is shown by the signature itself, ``page_mark`` (such as the conversion mark) is
    drawn on page 1 before signing, which only the first signature of a file may do.
    ``reserve`` are marks of later signatures: the first one makes room for them.
    ``signed_at`` (with zone) is written as the claimed time. ``checked_at`` is the clock
    used for the certificate's validity (now by default). ``crls`` and ``ocsps`` are the
    issuers' revocation data (DER or PEM), ``certificates`` further certificates of issuers;
    with ``require_revocation`` the signature is refused when they do not answer.
    ``font_files`` are tried before the system's fonts. ``lane`` forces one of the lanes.
    """

    role: SignerRole
    signed_at: datetime
    mark: Mark | None = None
    page_mark: Mark | None = None
    reserve: tuple[Mark, ...] = ()
    profile: Profile = Profile.TT15
    level: Level = Level.B_B
    digest: str = "sha256"
    reason: str = ""
    location: str = ""
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    require_revocation: bool = False
    checked_at: datetime | None = None
    font_files: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file and what was done. ``box`` is in millimetres from the top left of page 1.

    ``pdf`` is empty when the result went to a file. ``zone`` tells how far the mark had to go
    from its corner (see :class:`sohoa_signing.free_space.Zone`; empty without a mark); it
    never covers content. ``page_grown`` is the height in millimetres of the blank strip that
    page 1 was given for want of room, else 0. ``revocation``
    is ``good`` or ``unknown``. ``lane_reason`` names what kept the fast lane from signing.
    """

    pdf: bytes = field(repr=False)
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
    page_grown: float = 0.0
    lines: tuple[str, ...] = ()
    lane: Lane = Lane.FAST
    lane_reason: str = ""
    size: int = 0
