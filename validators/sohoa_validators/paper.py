"""The model of a paper (loại giấy tờ): what it is called, what it must say, whom it names.

Papers are shared by procedures; ``papers/*.yaml`` lists them by family. A paper is a result of a
procedure, a declaration, or any other thing that is handed in.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from sohoa_validators.schema import (
    Bilingual,
    Checked,
    Key,
    Model,
    Part,
    ProcedureCode,
    ResultCode,
    Words,
)
from sohoa_validators.yaml_lines import Place


class FieldType(enum.StrEnum):
    """How a value is checked."""

    TEXT = "text"
    NAME = "name"
    DATE = "date"
    PERSONAL_IDENTIFIER = "personal_identifier"
    CMND = "cmnd"
    IDENTITY_NUMBER = "identity_number"
    PASSPORT = "passport"
    TAX_CODE = "tax_code"
    LAND_SERIAL = "land_serial"
    PROCEDURE_CODE = "procedure_code"
    NUMBER = "number"
    CHOICE = "choice"
    SEX = "sex"
    ADDRESS = "address"
    DATE_WORDS = "date_words"


class LegalGroup(enum.StrEnum):
    """The groups of Luật Giao dịch điện tử Art 12(1)(d), or none of them."""

    LICENCE = "licence"
    CERTIFICATE = "certificate"
    CREDENTIAL = "credential"
    ATTESTATION = "attestation"
    APPROVAL = "approval"
    NONE = "none"


class PaperField(Part):
    """One value that a paper carries. ``aliases`` are other names in use for the same field.

    Of a date, ``partial`` allows month or year precision, ``future`` a day still to come. A date
    in words (``date_words``) is the ``same_as`` another field in figures.
    """

    name: Key
    type: FieldType = FieldType.TEXT
    label: Bilingual | None = None
    required: StrictBool = False
    partial: StrictBool = False
    future: StrictBool = False
    pattern: Annotated[str, Field(max_length=200)] | None = None
    choices: tuple[Words, ...] = ()
    aliases: tuple[Key, ...] = ()
    same_as: Key | None = None
    max_length: Annotated[StrictInt, Field(ge=1, le=10_000)] = 2000


class Person(Model):
    """Which fields of a paper tell about one person; the key of the role stands outside."""

    name: Key | None = None
    birth_date: Key | None = None
    identifier: Key | None = None
    sex: Key | None = None


class Paper(Part):
    """One kind of paper; ``titles`` are other headings that it may bear.

    ``before`` lists pairs of fields of which the first may not be later than the second.
    Kind ``opinion`` is what another agency contributed while the dossier was handled.
    ``drawing`` asks for the resolution of maps and drawings. ``issued`` says that an agency
    issues it (it then has a date of issue and an issuing agency).
    """

    key: Key
    name: Bilingual
    titles: tuple[Words, ...] = ()
    kind: Literal["result", "declaration", "evidence", "identity", "opinion", "other"]
    codes: tuple[ResultCode, ...] = ()
    aliases: tuple[Key, ...] = ()
    result_of: tuple[ProcedureCode, ...] = ()
    group: LegalGroup = LegalGroup.NONE
    issued: StrictBool = False
    drawing: StrictBool = False
    sides: Annotated[StrictInt, Field(ge=1, le=4)] | None = None
    fields: tuple[PaperField, ...] = ()
    people: dict[Key, Person] = Field(default_factory=dict)
    before: tuple[tuple[Key, Key], ...] = ()


class PaperFile(Model):
    """One file of ``papers/``."""

    schema_: Annotated[Literal["sohoa/papers/1"], Field(alias="schema")]
    valid_from: date
    valid_to: date | None = None
    source: Words
    checked: Checked
    checked_on: date
    papers: Annotated[tuple[Paper, ...], Field(min_length=1)]


def cross_faults(file: PaperFile) -> Iterator[tuple[Place, str]]:
    """What contradicts itself inside one file of papers: (place, reason)."""
    seen: set[str] = set()
    for number, paper in enumerate(file.papers):
        place: Place = ("papers", number)
        for key in (paper.key, *paper.aliases):
            if key in seen:
                yield (*place, "key"), f"paper {key!r} twice"
            seen.add(key)
        names: set[str] = set()
        for position, field in enumerate(paper.fields):
            at: Place = (*place, "fields", position)
            for name in (field.name, *field.aliases):
                if name in names:
                    yield (*at, "name"), f"field {name!r} twice"
                names.add(name)
            if (field.type is FieldType.CHOICE) != bool(field.choices):
                yield (*at, "type"), "choices belong to the type choice, and only to it"
            if (field.type is FieldType.DATE_WORDS) != (field.same_as is not None):
                yield (*at, "type"), "same_as belongs to the type date_words, and only to it"
            if field.pattern is not None:
                try:
                    re.compile(field.pattern)
                except re.error as error:
                    yield (*at, "pattern"), f"not a regular expression: {error}"
                else:
                    if re.search(r"[)\]][+*{].*[)\]][+*{]|\([^)]*[+*][^)]*\)[+*{]", field.pattern):
                        yield (*at, "pattern"), "repeats a repetition: it could run for ever"
        own = {field.name for field in paper.fields}
        for position, field in enumerate(paper.fields):
            if field.same_as is not None and field.same_as not in own:
                yield (*place, "fields", position), f"no field is called {field.same_as!r}"
        for role, person in paper.people.items():
            for question, name in person.model_dump(exclude_none=True).items():
                if name not in own:
                    yield (*place, "people", role, question), f"no field is called {name!r}"
        for position, pair in enumerate(paper.before):
            for name in pair:
                if name not in own:
                    yield (*place, "before", position), f"no field is called {name!r}"
