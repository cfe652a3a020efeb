"""The mapping file: which column or key of an export is which value of a dossier.

::

    schema: sohoa/dossier-mapping/1
    records: data                      # where the list stands in a JSON file
    group_by: MaHoSo                   # CSV: rows with the same value are one dossier
    dossier:
      code: MaHoSo
      procedure: MaTTHC
      channel: {from: KenhThucHien, values: {"1": direct, "2": online, "3": post}}
      received_on: {from: NgayTiepNhan, type: date}
      owner.name: ChuHoSo
    items:
      - from: TaiLieuNop               # a list in the record; `row` for the CSV row itself
        kind: component
        keys: {code: MaThanhPhanHoSo, title: TenTepDinhKem}
        fields: {full_name: HoTen, birth_date: {from: NgaySinh, type: date}}

Keys are those of the views (:mod:`sohoa_validators.view`); unknown ones are refused with their
line before any dossier is read. A value that cannot be read as its type stays as it is: the check
then says so.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, ValidationError

from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.refusal import faults_of
from sohoa_validators.schema import Key, Model, Words
from sohoa_validators.view import DossierView, ItemView
from sohoa_validators.yaml_lines import Place, read_yaml

SHIPPED = Path(__file__).parent / "mappings"
SourcePath = Annotated[str, Field(min_length=1, max_length=200)]
Plain = StrictBool | StrictInt | str
_SETTABLE_ITEM = frozenset(
    {"id", "code", "title", "form", "submission", "copies", "doc_type", "issued_on", "valid_to",
     "sides", "reuse", "digitized_on", "superseded_by", "shared_data", "secret", "on_request"}
)  # fmt: skip
_SETTABLE_DOSSIER = frozenset(
    {"code", "procedure", "case", "agency", "status", "channel", "received_on", "due_on",
     "finished_on"}
)  # fmt: skip
_SETTABLE_OWNER = frozenset({"name", "birth_date", "kind", "sex"})


class Take(Model):
    """Where a value comes from: the first of the paths that is not empty, else ``otherwise``.

    ``values`` translates codes (a code that is not listed stays as it is).
    """

    from_: Annotated[
        SourcePath | tuple[SourcePath, ...], Field(alias="from", default_factory=tuple)
    ]
    type: Literal["text", "date", "number", "flag"] = "text"
    values: dict[str, Plain] = Field(default_factory=dict)
    otherwise: Plain | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths in order."""
        return (self.from_,) if isinstance(self.from_, str) else self.from_


Source = SourcePath | Take


class Items(Model):
    """One kind of items. ``only`` keeps those whose key has one of the values."""

    from_: Annotated[SourcePath, Field(alias="from")]
    kind: Literal["component", "result"] | Take = "component"
    only: dict[SourcePath, tuple[str, ...]] = Field(default_factory=dict)
    keys: dict[str, Source] = Field(default_factory=dict)
    fields: dict[Key, Source] = Field(default_factory=dict)


class ExportMapping(Model):
    """One mapping file."""

    schema_: Annotated[Literal["sohoa/dossier-mapping/1"], Field(alias="schema")]
    name: Words | None = None
    files: tuple[str, ...] = ("*.json", "*.jsonl", "*.ndjson", "*.csv")
    encoding: Literal["utf-8", "utf-16", "windows-1258"] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    records: SourcePath | None = None
    group_by: SourcePath | None = None
    dossier: dict[str, Source]
    facts: dict[Key, Source] = Field(default_factory=dict)
    items: tuple[Items, ...] = ()


def load_mapping(given: Path) -> ExportMapping:
    """The mapping in a file, or the shipped one of that name; raises ``SchemaFileRefused``."""
    path = given
    if not path.is_file() and (SHIPPED / f"{given}.yaml").is_file():
        path = SHIPPED / f"{given}.yaml"
    lined = read_yaml(path)
    try:
        mapping = ExportMapping.model_validate(lined.data)
    except ValidationError as error:
        raise SchemaFileRefused.of(faults_of(error, lined)) from error
    faults = [lined.fault(place, reason) for place, reason in _faults(mapping)]
    if faults:
        raise SchemaFileRefused.of(faults)
    return mapping


def shipped_mappings() -> tuple[str, ...]:
    """The names of the shipped mappings."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def _faults(mapping: ExportMapping) -> Iterator[tuple[Place, str]]:
    for key in mapping.dossier:
        if key.startswith("owner.identifiers."):
            continue
        head, _, tail = key.partition(".")
        if not (key in _SETTABLE_DOSSIER or (head == "owner" and tail in _SETTABLE_OWNER)):
            yield ("dossier", key), f"a dossier has no {key!r}"
    for needed in ("code", "procedure"):
        if needed not in mapping.dossier:
            yield ("dossier",), f"{needed!r} must be mapped"
    for number, items in enumerate(mapping.items):
        for key in items.keys:
            if key not in _SETTABLE_ITEM:
                yield ("items", number, "keys", key), f"an item has no {key!r}"


# --- reading one record ------------------------------------------------------------------------


def dossier_data(
    mapping: ExportMapping, record: Mapping[str, Any], rows: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """The plain data of one dossier (for ``dossier_from_data``).

    ``record`` is the JSON object or the first CSV row, ``rows`` all rows of the dossier.
    """
    data: dict[str, Any] = {"items": [], "owner": {"identifiers": {}}, "facts": {}}
    for key, source in mapping.dossier.items():
        value = _typed(DossierView, key, taken(source, record))
        if value is None:
            continue
        if key.startswith("owner.identifiers."):
            data["owner"]["identifiers"][key.rsplit(".", 1)[1]] = str(value)
        elif key.startswith("owner."):
            data["owner"][key.partition(".")[2]] = value
        else:
            data[key] = value
    data.setdefault("code", "")
    data.setdefault("procedure", "")
    for key, source in mapping.facts.items():
        data["facts"][key] = taken(source, record)
    for items in mapping.items:
        data["items"].extend(_items(items, record, rows, len(data["items"])))
    return data


def _items(
    items: Items, record: Mapping[str, Any], rows: list[Mapping[str, Any]], before: int
) -> Iterator[dict[str, Any]]:
    found: Any = rows if items.from_ == "row" else _at(record, items.from_)
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list):
        return
    for number, entry in enumerate(found, start=before + 1):
        if not isinstance(entry, Mapping):
            continue
        if any(_text(_at(entry, path)) not in wanted for path, wanted in items.only.items()):
            continue
        kind = items.kind if isinstance(items.kind, str) else taken(items.kind, entry)
        made: dict[str, Any] = {"kind": kind or "component", "id": str(number)}
        for key, source in items.keys.items():
            value = _typed(ItemView, key, taken(source, entry))
            if value is not None:
                made[key] = value
        made["fields"] = {
            key: value
            for key, source in items.fields.items()
            if (value := _text(taken(source, entry)))
        }
        yield made


def taken(source: Source, record: Mapping[str, Any]) -> Plain | None:
    """The value that ``source`` takes from a record; None when there is none."""
    take = source if isinstance(source, Take) else Take.model_construct(from_=source)
    for path in take.paths:
        text = _text(_at(record, path))
        if text == "":
            continue
        if text in take.values:
            return take.values[text]
        if take.type == "date":
            return iso_date(text)
        if take.type == "number":
            return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else text
        if take.type == "flag":
            return text.casefold() in ("1", "true", "x", "có", "yes")
        return text
    return take.otherwise


def _at(record: Any, path: str) -> Any:
    if isinstance(record, Mapping) and path in record:
        return record[path]
    for step in path.split("."):
        if isinstance(record, Mapping):
            record = record.get(step)
        elif isinstance(record, list) and step.isdigit() and int(step) < len(record):
            record = record[int(step)]
        else:
            return None
    return record


def _text(value: Any) -> str:
    if value is None or isinstance(value, Mapping | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?", re.ASCII)
_LOCAL = re.compile(
    r"(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII
)


def iso_date(text: str) -> str:
    """A date as systems write it (``20261110150000``, ``10/11/2026``, ``11/2026``) as ISO text;
    anything else as it is."""
    compact = _COMPACT.fullmatch(text)
    if compact is not None:
        year, month, day, hour, minute, second = compact.groups()
        at = f"T{hour}:{minute}:{second}" if hour is not None else ""
        return f"{year}-{month}-{day}{at}"
    local = _LOCAL.fullmatch(text)
    if local is not None:
        day, month, year, hour, minute, second = local.groups()
        whole = f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day is not None else "")
        if hour is not None and day is not None:
            whole += f"T{int(hour):02d}:{minute}:{second or '00'}"
        return whole
    return text


@cache
def _kinds(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _typed(cls: type, key: str, value: Plain | None) -> Plain | None:
    """``value`` as the type that the view wants, where that is only a matter of spelling."""
    if value is None or key.startswith("owner."):
        return None if value is None else str(value)
    hint = _kinds(cls).get(key)
    arguments = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if int in arguments or (isinstance(hint, type) and issubclass(hint, int)):
        if hint is bool:
            return value if isinstance(value, bool) else str(value) in ("1", "true")
        text = str(value)
        return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else value
    return value if isinstance(value, bool) and hint is bool else str(value)
