"""What a mapping file may say (``sohoa.migrate.mapping/1``); unknown keys are errors."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sohoa_migrate.mapping import expressions
from sohoa_migrate.mapping.expressions import Expression

SCHEMA = "sohoa.migrate.mapping/1"


def _expression(data: Any) -> Expression:
    return data if isinstance(data, Expression) else expressions.parse(data)


Expr = Annotated[Any, BeforeValidator(_expression)]
Reason = Annotated[str, Field(min_length=3, max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    def expressions(self) -> Iterator[Expression]:
        """Every expression that stands in this part of the mapping, at any depth."""
        for _name, value in self:
            yield from expressions_in(value)


def expressions_in(value: Any) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, Strict):
        yield from value.expressions()
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from expressions_in(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from expressions_in(inner)


class OnMissing(enum.StrEnum):
    """An empty source value: reject the row, leave the field empty, or do so with a note."""

    REJECT = "reject"
    EMPTY = "empty"
    NOTE = "note"


class OnInvalid(enum.StrEnum):
    """An unusable one: reject the row, keep the text as it is with a note, or leave the field
    empty with a note (the source row keeps the original in any case)."""

    REJECT = "reject"
    KEEP = "keep"
    NOTE = "note"


class FieldSpec(Strict):
    """One field of a record: the expression, and what happens when it gives nothing usable."""

    value: Expr
    on_missing: OnMissing = OnMissing.EMPTY
    on_invalid: OnInvalid = OnInvalid.REJECT

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return data if isinstance(data, dict) and "value" in data else {"value": data}


class Ref(Strict):
    """A reference to a record made from another source row: its table and its key."""

    table: Name
    key: Annotated[list[Expr], Field(min_length=1)]
    on_missing: OnMissing = OnMissing.REJECT


class UnitSpec(Strict):
    """A unit code that is never bare: its code set or the date for which it was written.

    ``name``, where the old system has it, is compared with the code: the cheap, strong check.
    """

    code: FieldSpec
    name: FieldSpec | None = None
    code_set: Literal["gso-2004", "gso-2025"] | None = None
    as_of: FieldSpec | None = None

    @model_validator(mode="after")
    def _dated(self) -> UnitSpec:
        if self.code_set is None and self.as_of is None:
            raise ValueError("code_set | as_of ?")
        return self


class AddressSpec(Strict):
    """An address: as printed, and the unit that tells what it is now.

    ``detail`` is what stands before the commune (house, street, hamlet). Without ``unit`` the
    printed text itself is read.
    """

    kind: Expr = Expression("const", "text", (), {"value": "residence"})
    as_printed: FieldSpec
    detail: FieldSpec | None = None
    unit: UnitSpec | None = None
    as_of: FieldSpec | None = None


class IdentifierSpec(Strict):
    kind: Expr
    value: FieldSpec
    issued_on: FieldSpec | None = None
    issuer: FieldSpec | None = None


class AgencySpec(Strict):
    """The agency as printed; ``holder`` settles who holds the dossier now, where the mapping
    knows better than the general tables (a district's tasks went by function, not by place)."""

    code: FieldSpec
    name: FieldSpec | None = None
    as_of: FieldSpec | None = None
    holder: FieldSpec | None = None


class AliasSpec(Strict):
    alias: FieldSpec
    kind: Name
    since: FieldSpec | None = None


class DigestSpec(Strict):
    algorithm: Literal["sha256", "sha512", "sha1", "md5"]
    value: FieldSpec


class FileSpec(Strict):
    """Where the bytes are: a path below the attachment folder, or a column that holds them."""

    path: FieldSpec | None = None
    column: Name | None = None
    digest: DigestSpec | None = None
    size: FieldSpec | None = None
    media_type: FieldSpec | None = None
    on_missing: OnMissing = OnMissing.REJECT
    on_invalid: Literal[OnInvalid.REJECT, OnInvalid.NOTE] = OnInvalid.REJECT

    @model_validator(mode="after")
    def _one_place(self) -> FileSpec:
        if (self.path is None) == (self.column is None):
            raise ValueError("path | column")
        return self


class DocumentSpec(Strict):
    """The electronic form of a paper; ``fields`` are what the old system knows of its content
    (number, date, agency, signer ...)."""

    name: FieldSpec
    doc_type: FieldSpec | None = None
    digitized_code: FieldSpec | None = None
    fields: dict[Name, FieldSpec] = {}
    file: FileSpec


class PartyRule(Strict):
    target: Literal["party"]
    table: Name
    name: FieldSpec
    kind: FieldSpec | None = None
    birth_date: FieldSpec | None = None
    sex: FieldSpec | None = None
    identifiers: list[IdentifierSpec] = []
    addresses: list[AddressSpec] = []


class DossierRule(Strict):
    target: Literal["dossier"]
    table: Name
    code: FieldSpec
    status: FieldSpec
    procedure_code: FieldSpec | None = None
    procedure_version: FieldSpec | None = None
    case_key: FieldSpec | None = None
    channel: FieldSpec | None = None
    submitted_on: FieldSpec | None = None
    received_on: FieldSpec | None = None
    due_on: FieldSpec | None = None
    finished_on: FieldSpec | None = None
    returned_on: FieldSpec | None = None
    owner: Ref | None = None
    agency: AgencySpec | None = None
    case_facts: dict[Name, FieldSpec] = {}
    aliases: list[AliasSpec] = []


class ItemRule(Strict):
    target: Literal["item"]
    table: Name
    dossier: Ref
    ordinal: FieldSpec | None = None
    kind: FieldSpec | None = None
    code: FieldSpec | None = None
    title: FieldSpec | None = None
    form: FieldSpec | None = None
    submission: FieldSpec | None = None
    copies: FieldSpec | None = None
    valid_to: FieldSpec | None = None
    digitized_state: FieldSpec | None = None
    paper_facts: dict[Name, FieldSpec] = {}
    document: DocumentSpec | None = None


Rule = Annotated[PartyRule | DossierRule | ItemRule, Field(discriminator="target")]


class Skip(Strict):
    """Rows that are left out on purpose, with the reason that the report gives."""

    when: Expr
    reason: Reason


class TableSpec(Strict):
    """A table of the source: its key, the columns left out with reasons, the rows left out."""

    key: list[Name] = []
    ignore: dict[Name, Reason] = {}
    skip: list[Skip] = []


class SqliteSource(Strict):
    kind: Literal["sqlite"]
    system: Name
    tables: dict[Name, TableSpec]
    ignore_tables: dict[Name, Reason] = {}
    attachments: str | None = None


class WorkspaceSource(Strict):
    """A sohoa workspace: every record is copied; agencies and addresses are brought up to date
    unless told otherwise."""

    kind: Literal["workspace"]
    system: Name
    convert_agencies: bool = True
    convert_addresses: bool = True


class InlineList(Strict):
    values: Annotated[dict[str, str | int], Field(min_length=1)]


class TableList(Strict):
    """A code list that is a table of the source."""

    table: Name
    key: Name
    value: Name


class Limits(Strict):
    max_rejects_percent: Annotated[float, Field(ge=0, le=100)] = 5.0
    value_bytes: Annotated[int, Field(ge=1000, le=50_000_000)] = 1_000_000
    file_megabytes: Annotated[int, Field(ge=1, le=10_000)] = 512


class MappingFile(Strict):
    schema_: Annotated[Literal["sohoa.migrate.mapping/1"], Field(alias="schema")]
    title: Name
    source: Annotated[SqliteSource | WorkspaceSource, Field(discriminator="kind")]
    limits: Limits = Limits()
    lists: dict[Name, InlineList | TableList] = {}
    rules: list[Rule] = []
