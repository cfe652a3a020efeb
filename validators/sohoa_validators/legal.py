"""Legal constants as dated data: the models and the loader of ``legal/*.yaml``.

Code asks "what applied on this day?"; no figure of law stands in the code.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StrictBool, StrictFloat, StrictInt, ValidationError

from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.paper import LegalGroup
from sohoa_validators.refusal import faults_of
from sohoa_validators.schema import Bilingual, Checked, Key, Model, ProcedureCode, Words
from sohoa_validators.view import EventKind
from sohoa_validators.yaml_lines import read_yaml

FOLDER = Path(__file__).parent / "legal"


class Citation(Model):
    """Where a figure comes from and how sure that is."""

    source: Words
    checked: Checked
    note: Words | None = None


class LicenceClass(Citation):
    """Term of one class of licence; ``months`` null: no limit."""

    names: tuple[str, ...]
    months: StrictInt | None


class ValidityEntry(Citation):
    """How long papers of a kind, issued from ``valid_from`` to ``valid_to``, stay in force."""

    papers: Annotated[tuple[Key, ...], Field(min_length=1)]
    procedures: tuple[ProcedureCode, ...] = ()
    term: Literal["indefinite", "months", "at_most", "printed", "until_age", "by_age", "by_class"]
    months: StrictInt | None = None
    ages: tuple[StrictInt, ...] = ()
    grace_months: StrictInt = 0
    months_by_age: tuple[StrictInt, ...] = ()
    class_field: Key | None = None
    classes: tuple[LicenceClass, ...] = ()
    term_field: Key | None = None
    ends_on: tuple[EventKind, ...] = ()
    valid_from: date
    valid_to: date | None = None


class ValidityFile(Model):
    schema_: Annotated[Literal["sohoa/validity/1"], Field(alias="schema")]
    checked_on: date
    entries: tuple[ValidityEntry, ...]


class ScanEntry(Citation):
    """What a scan made in this time must be; dots per inch."""

    valid_from: date
    valid_to: date | None = None
    min_dpi: StrictInt
    drawing_dpi: StrictInt
    pdfa: StrictBool
    text_layer: StrictBool


class ScanFile(Model):
    schema_: Annotated[Literal["sohoa/scan/1"], Field(alias="schema")]
    checked_on: date
    entries: tuple[ScanEntry, ...]
    dpi_tolerance: StrictFloat
    max_skew: StrictFloat
    min_confidence: StrictFloat

    def on(self, day: date) -> ScanEntry:
        """The entry in force on ``day``; before the first one, the first."""
        for entry in reversed(self.entries):
            if entry.valid_from <= day:
                return entry
        return self.entries[0]


class EqualityCondition(Citation):
    """One condition of legal equivalence; ``groups``: only for these papers (empty: all)."""

    id: Key
    groups: tuple[LegalGroup, ...] = ()


class EquivalenceFile(Model):
    schema_: Annotated[Literal["sohoa/equivalence/1"], Field(alias="schema")]
    checked_on: date
    conditions: tuple[EqualityCondition, ...]
    officer_signature: EqualityCondition
    mark_words: tuple[Words, ...]


class MetadataField(Model):
    """One field of the minimum; ``asks`` says what of the view answers it."""

    key: Key
    name: Bilingual
    asks: Literal[
        "paper_code", "owner_identifier", "title", "number", "issued_on", "agency", "subject"
    ]
    required: StrictBool


class MinimumMetadataFile(Citation):
    schema_: Annotated[Literal["sohoa/minimum-metadata/1"], Field(alias="schema")]
    valid_from: date
    checked_on: date
    fields: tuple[MetadataField, ...]


class DatedCitation(Citation):
    on: date


class FixedHoliday(Model):
    month: Annotated[StrictInt, Field(ge=1, le=12)]
    day: Annotated[StrictInt, Field(ge=1, le=31)]


class CalendarFile(Citation):
    schema_: Annotated[Literal["sohoa/calendar/1"], Field(alias="schema")]
    checked_on: date
    district_level_ends: DatedCitation
    weekend: tuple[StrictInt, ...]
    holidays: tuple[FixedHoliday, ...]


class IndicatorModel(Model):
    """One national indicator; ``full_at`` percent gives the full score (absent: 100)."""

    id: str
    name: Bilingual
    numerator: Literal["result_synced", "digitized", "reused", "shared"]
    denominator: Literal["all", "returns_paper"]
    full_at: Annotated[StrictInt, Field(ge=1, le=100)] = 100


class IndicatorsFile(Citation):
    schema_: Annotated[Literal["sohoa/indicators/1"], Field(alias="schema")]
    valid_from: date
    checked_on: date
    indicators: tuple[IndicatorModel, ...]


class FieldName(Bilingual):
    """What a field is called, and its other keys."""

    aliases: tuple[Key, ...] = ()


class FieldNamesFile(Model):
    schema_: Annotated[Literal["sohoa/field-names/1"], Field(alias="schema")]
    checked_on: date
    names: dict[Key, FieldName]


_File = TypeVar("_File", bound=Model)


def load(model: type[_File], name: str, folder: Path = FOLDER) -> _File:
    """One legal file, checked; raises ``SchemaFileRefused``."""
    lined = read_yaml(folder / name)
    try:
        return model.model_validate(lined.data)
    except ValidationError as error:
        raise SchemaFileRefused.of(faults_of(error, lined)) from error


@cache
def validity() -> ValidityFile:
    """Terms of validity of results."""
    return load(ValidityFile, "validity.yaml")


@cache
def scan() -> ScanFile:
    """Parameters of scans."""
    return load(ScanFile, "scan.yaml")


@cache
def equivalence() -> EquivalenceFile:
    """Conditions of legal equivalence."""
    return load(EquivalenceFile, "equivalence.yaml")


@cache
def minimum_metadata() -> MinimumMetadataFile:
    """The least metadata of a digitized paper."""
    return load(MinimumMetadataFile, "minimum_metadata.yaml")


@cache
def calendar() -> CalendarFile:
    """Weekend, fixed holidays, the end of the district level."""
    return load(CalendarFile, "calendar.yaml")


@cache
def indicators() -> IndicatorsFile:
    """The four national indicators."""
    return load(IndicatorsFile, "indicators.yaml")


@cache
def field_names() -> dict[str, FieldName]:
    """Every field by its canonical key."""
    return load(FieldNamesFile, "field_names.yaml").names


@cache
def canonical_names() -> dict[str, str]:
    """Alias of a field -> its canonical key."""
    return {alias: name for name, known in field_names().items() for alias in known.aliases}
