"""The rules of a mapping file, compiled: one source row in, one record (or a refusal) out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sohoa_migrate import conversion
from sohoa_migrate.documents import media_type_of, migrated_field, type_of_field
from sohoa_migrate.errors import MappingInvalid
from sohoa_migrate.fields import (
    LONGEST_INDEXED,
    LONGEST_NAME,
    FieldRefused,
    FieldTypeError,
    Reader,
    Wanted,
    compile_field,
    compile_plain,
)
from sohoa_migrate.holding import hold
from sohoa_migrate.mapping.expressions import DATE, INT, CodeList, Compiled, Invalid
from sohoa_migrate.mapping.load import LoadedMapping
from sohoa_migrate.mapping.model import (
    AddressSpec,
    DocumentSpec,
    DossierRule,
    FieldSpec,
    FileSpec,
    IdentifierSpec,
    ItemRule,
    OnInvalid,
    OnMissing,
    PartyRule,
    Ref,
    SqliteSource,
)
from sohoa_migrate.outcome import FilePlace, Made, Need, Refused, Skipped, record_id
from sohoa_migrate.reasons import ITEM_STAGE, finding, to_settle
from sohoa_migrate.sources.files import WantedFile
from sohoa_migrate.sources.rows import Line, key_text
from sohoa_vietnam import text as vn
from sohoa_vietnam.identifiers import registry
from sohoa_vietnam.identifiers.result import Kind

Outcome = Made | Refused | Skipped
Notes = list[dict[str, Any]]

_INDEXED = Wanted(longest=LONGEST_INDEXED)
_DATE = Wanted(DATE)
_KINDS = frozenset(kind.value for kind in Kind)
_FORMS = frozenset({"original", "copy", "certified_copy", "electronic"})
_DOSSIER_FIELDS: dict[str, Wanted] = {
    "procedure_code": _INDEXED,
    "procedure_version": _DATE,
    "case_key": _INDEXED,
    "channel": _INDEXED,
    "submitted_on": _DATE,
    "received_on": _DATE,
    "due_on": _DATE,
    "finished_on": _DATE,
    "returned_on": _DATE,
}
_ITEM_FIELDS: dict[str, Wanted] = {
    "kind": Wanted(choices=frozenset({"component", "result"})),
    "code": _INDEXED,
    "title": Wanted(),
    "form": Wanted(choices=_FORMS),
    "submission": Wanted(choices=frozenset({"submit", "show"})),
    "copies": Wanted(INT, least=0, most=100_000),
    "valid_to": _DATE,
    "digitized_state": Wanted(INT, least=0, most=3),
}
_ITEM_DEFAULTS: dict[str, Any] = {
    "kind": "component",
    "form": "original",
    "submission": "submit",
    "copies": 1,
    "digitized_state": 0,
}


class RuleMapper:
    """One rule, ready to map rows of its table."""

    def __init__(
        self,
        loaded: LoadedMapping,
        number: int,
        *,
        system: str,
        tables: Mapping[str, tuple[str, ...]],
        lists: Mapping[str, CodeList],
    ) -> None:
        """Raises :class:`MappingInvalid` when an expression cannot give what a field needs."""
        source = loaded.model.source
        assert isinstance(source, SqliteSource)
        self.rule = loaded.model.rules[number]
        self.system = system
        self.table = self.rule.table
        self.target = self.rule.target
        self._loaded = loaded
        self._place: tuple[str | int, ...] = ("rules", number)
        self._columns = {name: place for place, name in enumerate(tables[self.table])}
        self._lists = lists
        self._skips = [
            (compile_plain(skip.when, self._columns, lists), skip.reason)
            for skip in source.tables[self.table].skip
        ]
        build: Callable[[Line, Made], None]
        if isinstance(self.rule, PartyRule):
            build = self._party(self.rule)
        elif isinstance(self.rule, DossierRule):
            build = self._dossier(self.rule)
        else:
            build = self._item(self.rule)
        self._build = build

    def map(self, line: Line) -> Outcome:
        """What becomes of one row."""
        if line.fault is not None:
            return Refused(line.fault)
        try:
            for test, reason in self._skips:
                if test(line.values):
                    return Skipped(reason)
            made = Made(record_id(self.system, self.table, line.key, self.target), {})
            self._build(line, made)
            self._ask(made)
        except FieldRefused as refusal:
            return Refused(refusal.reason, refusal.args_by_name)
        except Invalid as fault:
            return Refused(fault.code, fault.args_by_name)
        return made

    def _ask(self, made: Made) -> None:
        """Turn what could not be settled into questions for a person."""
        asked = set()
        for reason, args in to_settle(made.notes):
            if reason not in made.reviews:
                made.reviews.append(reason)
            # One bad column that feeds several fields is one question.
            about = (reason, tuple(args.get("columns", ())) or args.get("field"))
            if about in asked:
                continue
            asked.add(about)
            if self.target == "dossier" and not reason.startswith("agency."):
                row = finding(made.id, reason, args)
            elif self.target == "item" and made.needs:
                row = finding(made.needs[0].id, reason, args, stage=ITEM_STAGE, about=made.id)
            else:
                continue
            rows = made.children.setdefault("findings", [])
            if all(known["id"] != row["id"] for known in rows):
                rows.append(row)

    # --- compiling the parts ------------------------------------------------------------------

    def _field(
        self, name: str, spec: FieldSpec | None, wanted: Wanted, *, required: bool = False
    ) -> Reader:
        if spec is None:
            return lambda row, notes: None
        try:
            return compile_field(name, spec, wanted, self._columns, self._lists, required=required)
        except FieldTypeError as error:
            place = (*self._place, *name.split("."))
            raise MappingInvalid(
                where=f"{self._loaded.path}:{self._loaded.line_of(place)}",
                place=".".join(map(str, place)),
                detail=str(error),
            ) from None

    def _plain(self, expression: Any) -> Compiled:
        return compile_plain(expression, self._columns, self._lists)

    def _need(self, name: str, ref: Ref, target: str, column: str) -> Callable[[Line, Made], None]:
        parts = [self._plain(part) for part in ref.key]
        system, table, policy = self.system, ref.table, ref.on_missing

        def resolve(line: Line, made: Made) -> None:
            values = [part(line.values) for part in parts]
            key = key_text(values)
            if key is None:
                if policy is OnMissing.REJECT:
                    raise FieldRefused("parent.unnamed", {"field": name, "table": table})
                if policy is OnMissing.NOTE:
                    made.notes.append({"field": name, "code": "parent.unnamed"})
                return
            made.needs.append(
                Need(target, table, key, record_id(system, table, key, target), column, policy)
            )

        return resolve

    # --- parties ------------------------------------------------------------------------------

    def _party(self, rule: PartyRule) -> Callable[[Line, Made], None]:
        name = self._field("name", rule.name, Wanted(longest=LONGEST_NAME), required=True)
        kind = self._field("kind", rule.kind, Wanted(choices=frozenset({"person", "organization"})))
        birth = self._field("birth_date", rule.birth_date, _DATE)
        sex = self._field("sex", rule.sex, _INDEXED)
        identifiers = [
            self._identifier(f"identifiers.{n}", spec) for n, spec in enumerate(rule.identifiers)
        ]
        addresses = [self._address(f"addresses.{n}", s) for n, s in enumerate(rule.addresses)]

        def build(line: Line, made: Made) -> None:
            row, notes = line.values, made.notes
            printed = name(row, notes)
            made.record = {
                "kind": kind(row, notes) or "person",
                "name_printed": printed,
                "name": vn.nfc(printed),
                "name_key": vn.match_key(printed),
                "birth_date": birth(row, notes),
                "sex": sex(row, notes),
            }
            for part in identifiers:
                part(row, made)
            for part in addresses:
                part(row, made)

        return build

    def _identifier(
        self, place: str, spec: IdentifierSpec
    ) -> Callable[[Sequence[Any], Made], None]:
        kind = self._plain(spec.kind)
        value = self._field(f"{place}.value", spec.value, _INDEXED)
        issued = self._field(f"{place}.issued_on", spec.issued_on, _DATE)
        issuer = self._field(f"{place}.issuer", spec.issuer, Wanted())

        def build(row: Sequence[Any], made: Made) -> None:
            raw = value(row, made.notes)
            if raw is None:
                return
            name = str(kind(row) or "unknown")[:60]
            normalized = "".join(raw.split())
            if name in _KINDS:
                found = registry.read(Kind(name), raw)
                normalized = found.value if found.valid and found.value else normalized
                if found.doubtful:
                    codes = [problem.code for problem in found.problems]
                    made.notes.append(
                        {"field": place, "code": "identifier.doubtful", "problems": codes}
                    )
            rows = made.children.setdefault("party_identifiers", [])
            if any(known["kind"] == name and known["value"] == normalized for known in rows):
                return
            rows.append(
                {
                    "id": record_id(made.id, "identifier", name, normalized),
                    "party_id": made.id,
                    "kind": name,
                    "value": normalized,
                    "raw": raw,
                    "issued_on": issued(row, made.notes),
                    "issuer": issuer(row, made.notes),
                }
            )

        return build

    def _address(self, place: str, spec: AddressSpec) -> Callable[[Sequence[Any], Made], None]:
        kind = self._plain(spec.kind)
        printed = self._field(f"{place}.as_printed", spec.as_printed, Wanted())
        detail = self._field(f"{place}.detail", spec.detail, Wanted())
        as_of = self._field(f"{place}.as_of", spec.as_of, _DATE)
        unit = spec.unit
        code = self._field(f"{place}.unit.code", unit.code if unit else None, _INDEXED)
        name = self._field(f"{place}.unit.name", unit.name if unit else None, _INDEXED)
        unit_date = self._field(f"{place}.unit.as_of", unit.as_of if unit else None, _DATE)

        def build(row: Sequence[Any], made: Made) -> None:
            notes = made.notes
            text = printed(row, notes)
            number = code(row, notes)
            if text is None and number is None:
                return
            what = str(kind(row) or "residence")[:60]
            if unit is not None and number is not None:
                found = conversion.by_unit(
                    number,
                    name(row, notes),
                    unit.code_set,
                    unit_date(row, notes),
                    what == "residence",
                )
            elif text is not None:
                found = conversion.by_text(text, as_of(row, notes))
            else:
                return
            as_now, reasons = found.as_now, list(found.reasons)
            if as_now and unit is not None and number is not None:
                before = detail(row, notes)
                if before is None and text is not None and spec.detail is None:
                    before, doubt = conversion.detail_of(
                        text, found.unit_code or number, found.unit_code_set
                    )
                    reasons += [doubt] if doubt else []
                as_now = f"{before}, {as_now}" if before else as_now
            for reason in reasons:
                notes.append({"field": place, "code": reason, "candidates": list(found.candidates)})
            rows = made.children.setdefault("party_addresses", [])
            rows.append(
                {
                    "id": record_id(made.id, "address", str(len(rows))),
                    "party_id": made.id,
                    "kind": what,
                    "as_printed": text or "",
                    "unit_code": found.unit_code,
                    "unit_code_set": found.unit_code_set,
                    "unit_as_of": found.unit_as_of,
                    "as_now": as_now,
                    "now_unit_code": found.now_unit_code,
                    "now_unit_code_set": found.now_unit_code_set,
                    "mapping_version": found.mapping_version,
                    "confidence": found.confidence,
                    "review": conversion.NEEDED if reasons else conversion.NOT_NEEDED,
                }
            )

        return build

    # --- dossiers -----------------------------------------------------------------------------

    def _dossier(self, rule: DossierRule) -> Callable[[Line, Made], None]:
        code = self._field("code", rule.code, _INDEXED, required=True)
        status = self._field("status", rule.status, Wanted(INT, least=1, most=10), required=True)
        fields = [
            (name, self._field(name, getattr(rule, name), wanted))
            for name, wanted in _DOSSIER_FIELDS.items()
        ]
        facts = [
            (name, self._field(f"case_facts.{name}", spec, Wanted()))
            for name, spec in rule.case_facts.items()
        ]
        agency = rule.agency
        agency_code = self._field("agency.code", agency.code if agency else None, _INDEXED)
        agency_name = self._field("agency.name", agency.name if agency else None, Wanted())
        agency_date = self._field("agency.as_of", agency.as_of if agency else None, _DATE)
        agency_holder = self._field("agency.holder", agency.holder if agency else None, _INDEXED)
        aliases = [
            (
                self._field(f"aliases.{n}.alias", spec.alias, _INDEXED),
                spec.kind,
                self._field(f"aliases.{n}.since", spec.since, _DATE),
            )
            for n, spec in enumerate(rule.aliases)
        ]
        owner = self._need("owner", rule.owner, "party", "owner_id") if rule.owner else None

        def build(line: Line, made: Made) -> None:
            row, notes = line.values, made.notes
            issued = code(row, notes)
            record: dict[str, Any] = {name: read(row, notes) for name, read in fields}
            record |= {
                "code": issued,
                "status": status(row, notes),
                "owner_id": None,
                "source_system": self.system,
                "source_key": line.key,
                "case_facts": {
                    name: value for name, read in facts if (value := read(row, notes)) is not None
                },
            }
            if record["procedure_version"] is None:
                record["procedure_version"] = record["received_on"]
            printed = agency_code(row, notes)
            record |= hold(
                made, printed, agency_name(row, notes), agency_date(row, notes),
                agency_holder(row, notes),
            )  # fmt: skip
            made.record = record
            made.unique = f"{issued}\x1f{self.system}"
            seen: set[str] = set()
            for read, kind, since in aliases:
                alias = read(row, notes)
                if alias is None or alias in seen:
                    continue
                seen.add(alias)
                made.children.setdefault("dossier_aliases", []).append(
                    {
                        "id": record_id(made.id, "alias", alias),
                        "dossier_id": made.id,
                        "alias": alias,
                        "kind": kind,
                        "since": since(row, notes),
                    }
                )
            if owner is not None:
                owner(line, made)

        return build

    # --- items and their documents ------------------------------------------------------------

    def _item(self, rule: ItemRule) -> Callable[[Line, Made], None]:
        dossier = self._need("dossier", rule.dossier, "dossier", "dossier_id")
        ordinal = self._field("ordinal", rule.ordinal, Wanted(INT, least=0, most=10_000_000))
        fields = [
            (name, self._field(name, getattr(rule, name), wanted))
            for name, wanted in _ITEM_FIELDS.items()
        ]
        facts = [
            (name, self._field(f"paper_facts.{name}", spec, Wanted()))
            for name, spec in rule.paper_facts.items()
        ]
        document = self._document(rule.document) if rule.document else None

        def build(line: Line, made: Made) -> None:
            row, notes = line.values, made.notes
            record: dict[str, Any] = {}
            for name, read in fields:
                value = read(row, notes)
                record[name] = _ITEM_DEFAULTS.get(name) if value is None else value
            record["paper_facts"] = {
                name: value for name, read in facts if (value := read(row, notes)) is not None
            }
            record["dossier_id"] = None
            made.record = record
            made.wanted_ordinal = ordinal(row, notes)
            dossier(line, made)
            if document is not None:
                document(line, made)

        return build

    def _document(self, spec: DocumentSpec) -> Callable[[Line, Made], None]:
        name = self._field("document.name", spec.name, Wanted(longest=1000))
        doc_type = self._field("document.doc_type", spec.doc_type, _INDEXED)
        digitized = self._field("document.digitized_code", spec.digitized_code, _INDEXED)
        file = self._file(spec.file)
        policy = spec.file.on_missing
        reject_invalid = spec.file.on_invalid is OnInvalid.REJECT
        media_type = self._field("document.file.media_type", spec.file.media_type, _INDEXED)
        fields = [
            (key, self._field(f"document.fields.{key}", field, Wanted(type_of_field(key))))
            for key, field in spec.fields.items()
        ]

        def build(line: Line, made: Made) -> None:
            row, notes = line.values, made.notes
            called = name(row, notes)
            wanted = file(row, notes)
            if called is None and wanted is None:
                return
            if wanted is None:
                if policy is OnMissing.REJECT:
                    raise FieldRefused("file.unnamed", {"field": "document.file"})
                if policy is OnMissing.NOTE:
                    notes.append({"field": "document.file", "code": "file.unnamed"})
                return
            document_id = record_id(self.system, self.table, line.key, "document")
            document = {
                "id": document_id,
                "item_id": made.id,
                "name": called or (wanted.path or line.key).replace("\\", "/").split("/")[-1],
                "doc_type": doc_type(row, notes),
                "doc_type_confidence": None,
                "digitized_code": digitized(row, notes),
            }
            version = {
                "document_id": document_id,
                "role": "migrated",
                "media_type": media_type(row, notes) or media_type_of(document["name"]),
                "made_by": "migrate",
                "made_from": None,
            }
            made.files.append(FilePlace(wanted, document, version, policy, reject_invalid))
            for key, read in fields:
                value = read(row, notes)
                if value is not None:
                    made.children.setdefault("fields", []).append(
                        migrated_field(document_id, key, value)
                    )

        return build

    def _file(self, spec: FileSpec) -> Callable[[Sequence[Any], Notes], WantedFile | None]:
        path = self._field("document.file.path", spec.path, Wanted(longest=2000))
        size = self._field("document.file.size", spec.size, Wanted(INT, least=0))
        digest = spec.digest
        stated = self._field(
            "document.file.digest.value", digest.value if digest else None, _INDEXED
        )
        algorithm = digest.algorithm if digest else None
        column = self._columns[spec.column] if spec.column is not None else None

        def read(row: Sequence[Any], notes: Notes) -> WantedFile | None:
            where, content = None, None
            if column is None:
                where = path(row, notes)
                if where is None:
                    return None
            else:
                found = row[column]
                if found is None:
                    return None
                content = found.encode("utf-8") if isinstance(found, str) else found
                if not isinstance(content, bytes):
                    raise Invalid("file.unreadable")
            return WantedFile(
                path=where,
                content=content,
                algorithm=algorithm,
                digest=stated(row, notes),
                size=size(row, notes),
            )

        return read
