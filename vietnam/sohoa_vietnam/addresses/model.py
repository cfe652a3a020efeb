"""Addresses as printed, how they can be read, and what they are now: the types."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date

from sohoa_vietnam.messages import Problem, Severity
from sohoa_vietnam.units.model import (
    Answer,
    Candidate,
    CodeSet,
    Decides,
    FormerName,
    Status,
    Unit,
)


class Evidence(enum.StrEnum):
    """What speaks for or against a reading; each lowers the confidence but the first."""

    EXACT = "exact"  # name and kind as in the list
    BARE = "bare"  # accents are missing
    ACCENTS = "accents"  # accents differ
    KIND_MISSING = "kind_missing"  # no word (xã, huyện, tỉnh ...) before the name
    KIND_DIFFERS = "kind_differs"  # another word than the unit's kind
    FORMER_NAME = "former_name"  # a name that ended before July 2025
    NO_DISTRICT = "no_district"  # an old commune named without its district
    NO_PROVINCE = "no_province"
    NO_COMMUNE = "no_commune"
    PROVINCE_AFTER_MERGER = "province_after_merger"  # old district under the new province
    BARE_NUMBER = "bare_number"  # a number without the word for its kind
    SOME_ACCENTS = "some_accents"  # accents are missing in a text that has accents elsewhere
    ATTACHED = "attached"  # other words stand directly before the name, with nothing between
    MISSPELLED = "misspelled"  # no such name; a similar one is shown for a person to confirm
    DATE_DISAGREES = "date_disagrees"  # written in a form that was not in force


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read an address. ``form`` says which list the units belong to; ``detail`` is
    what stands before them (house, street, hamlet) as printed. ``cost`` orders readings (0 is
    perfect); ``confidence`` is the same between 0 and 1, an ordinal score, not a probability."""

    form: CodeSet
    detail: str
    commune: Unit | None
    district: Unit | None
    province: Unit | None
    cost: int
    evidence: tuple[Evidence, ...]
    former: FormerName | None = None

    @property
    def confidence(self) -> float:
        """1.0 for a perfect reading, falling with every doubt."""
        return round(max(0.05, 1.0 - 0.03 * self.cost), 2)

    @property
    def unit(self) -> Unit | None:
        """The lowest unit that was recognized."""
        return self.commune or self.district or self.province


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """A free-text address and its readings, the best first.

    ``status`` is ``one`` when one reading stands clearly before the others, ``several`` when
    two or more are as good (``reading`` is then ``None``: never a guess), ``none`` when no
    province, district or commune was recognized.
    """

    raw: str
    status: Status
    reading: Reading | None
    alternatives: tuple[Reading, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def confidence(self) -> float:
        """Of the reading; with several, of the best one divided by their number."""
        if self.reading is not None:
            return self.reading.confidence
        if self.alternatives:
            return round(self.alternatives[0].confidence / len(self.alternatives), 2)
        return 0.0


@dataclass(frozen=True, slots=True)
class ConvertedAddress:
    """An address as printed, for ever, and the present one derived from it.

    ``present`` is set exactly when ``status`` is ``one``: detail as printed, present commune,
    present province. With several, ``candidates`` are the units it may lie in and ``decides``
    what a person must know. ``mapping_version`` names the tables that were used.
    """

    raw: str
    status: Status
    present: str | None
    unit: Unit | None
    parsed: ParsedAddress
    candidates: tuple[Candidate, ...] = ()
    decides: tuple[Decides, ...] = ()
    residents: Unit | None = None
    confidence: float = 0.0
    on: date | None = None
    mapping_version: str = ""
    basis: str = ""
    answers: tuple[Answer, ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = ()

    @property
    def needs_review(self) -> bool:
        """Whether a person must look before the present address is used."""
        return (
            self.status is not Status.ONE
            or self.confidence < 0.6
            or any(p.severity in (Severity.ERROR, Severity.REVIEW) for p in self.problems)
        )
