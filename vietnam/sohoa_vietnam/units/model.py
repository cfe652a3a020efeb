"""Administrative units (đơn vị hành chính), dated: the types of every question and answer.

A unit is named by code set and code, never by the code alone: 1,790 of the 5-digit codes of
QĐ 19/2025/QĐ-TTg stood for a differently named commune under QĐ 124/2004/QĐ-TTg.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date

from sohoa_vietnam.messages import Checked, Problem, Severity


class CodeSet(enum.StrEnum):
    """Which list a code belongs to."""

    GSO_2004 = "gso-2004"  # QĐ 124/2004/QĐ-TTg: 2, 3 and 5 digits; until 30 June 2025
    GSO_2025 = "gso-2025"  # QĐ 19/2025/QĐ-TTg: 2 and 5 digits; from 1 July 2025


class Level(enum.StrEnum):
    """Province (tỉnh), district (huyện; ended on 1 July 2025) or commune (xã)."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Kind(enum.StrEnum):
    """The kind of a unit; the values are the Vietnamese words without accents."""

    TINH = "tinh"
    THANH_PHO = "thanh_pho"
    QUAN = "quan"
    HUYEN = "huyen"
    THI_XA = "thi_xa"
    XA = "xa"
    PHUONG = "phuong"
    THI_TRAN = "thi_tran"
    DAC_KHU = "dac_khu"

    @property
    def word(self) -> str:
        """The word as printed before a name: ``Thị trấn``."""
        return KIND_WORDS[self]


KIND_WORDS = {
    Kind.TINH: "Tỉnh",
    Kind.THANH_PHO: "Thành phố",
    Kind.QUAN: "Quận",
    Kind.HUYEN: "Huyện",
    Kind.THI_XA: "Thị xã",
    Kind.XA: "Xã",
    Kind.PHUONG: "Phường",
    Kind.THI_TRAN: "Thị trấn",
    Kind.DAC_KHU: "Đặc khu",
}


class Relation(enum.StrEnum):
    """How an old unit went into a new one."""

    UNCHANGED = "unchanged"
    RENAMED = "renamed"  # the same area under another name or kind
    WHOLE = "whole"
    PART = "part"
    PART_AREA_ONLY = "part_area_only"  # land without residents
    PART_POPULATION_ONLY = "part_population_only"


class Residents(enum.StrEnum):
    """Which of the old unit's residents an edge took along."""

    ALL = "all"
    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"


class Status(enum.StrEnum):
    """Whether a question has one answer, several, or none."""

    ONE = "one"
    SEVERAL = "several"
    NONE = "none"


class Decides(enum.StrEnum):
    """What a person must know to choose among several candidates."""

    HAMLET_OR_STREET = "hamlet_or_street"
    RESIDENCE_OR_LAND = "residence_or_land"  # all residents went one way, some land another
    FULL_ADDRESS = "full_address"
    DATE = "date"
    FUNCTION = "function"  # a district's tasks went to communes or to the province
    SPELLING = "spelling"  # no such name; similar ones are shown
    RESOLUTION = "resolution"  # the sources disagree: read the resolution itself


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as it stood from ``valid_from`` to ``valid_to`` (both days included).

    ``None`` for ``valid_from`` means "earlier than these tables know"; for ``valid_to``, "until
    further notice". ``basis`` cites the act; ``checked`` says how sure that is.
    """

    code_set: CodeSet
    level: Level
    code: str
    kind: Kind
    name: str
    province_code: str
    district_code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""
    checked: Checked = Checked.VERIFIED

    @property
    def full_name(self) -> str:
        """Kind and name: ``Phường Bến Nghé``."""
        return f"{KIND_WORDS[self.kind]} {self.name}"

    @property
    def id(self) -> str:
        """``gso-2004:26740``: the code with its code set."""
        return f"{self.code_set.value}:{self.code}"


@dataclass(frozen=True, slots=True)
class Edge:
    """One row of the crosswalk: all or a part of an old unit went to a new one.

    ``row`` is the row of the official conversion table (``None`` for a piece that only other
    compilations have), ``basis`` the resolution of the National Assembly's Standing Committee.
    """

    level: Level
    old: str
    new: str
    relation: Relation
    residents: Residents
    valid_from: date
    basis: str
    row: int | None
    checked: Checked


@dataclass(frozen=True, slots=True)
class FormerName:
    """A commune that ended between 2016 and mid-2025, or a name a commune bore before.

    ``successor`` is the code (gso-2004) that its place had on 30 June 2025. ``name`` is empty
    where only the accent-free ``key`` is known; ``code`` likewise. It ended after ``after`` and
    before ``before`` (the sources name a year, not always the day).
    """

    successor: str
    code: str
    kind: Kind | None
    name: str
    key: str
    after: date | None
    before: date
    source: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer and the edge that leads to it."""

    unit: Unit
    relation: Relation | None = None
    residents: Residents = Residents.UNKNOWN
    edge: Edge | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a unit is (or was) on a date: one unit, several candidates, or none.

    ``unit`` is set exactly when ``status`` is ``one``. With several, ``decides`` names what the
    choice hangs on, and ``residents`` the unit that took *all* residents, if that is certain:
    right for a residence, not for a parcel of land. ``on`` is the date asked about (``None``:
    the newest state known). ``problems`` are for the person who reviews.
    """

    status: Status
    asked: Unit | None
    unit: Unit | None = None
    candidates: tuple[Candidate, ...] = ()
    decides: tuple[Decides, ...] = ()
    residents: Unit | None = None
    on: date | None = None
    mapping_version: str = ""
    problems: tuple[Problem, ...] = field(default=())

    @property
    def needs_review(self) -> bool:
        """Whether a person must look before the answer is used."""
        return self.status is not Status.ONE or any(
            p.severity in (Severity.ERROR, Severity.REVIEW) for p in self.problems
        )
