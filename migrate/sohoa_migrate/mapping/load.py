"""Reading a mapping file: YAML without surprises, every fault with file and line.

Only what JSON could say is accepted: no tags, no anchors, no keys twice, and no scalar changes
its meaning (``01`` and ``NO`` stay texts; only ``true``, ``false``, ``null`` and plain decimal
numbers are anything else).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sohoa_core.canonical import fingerprint
from sohoa_migrate.errors import MappingError, MappingInvalid, MappingSyntax
from sohoa_migrate.mapping.expressions import ExpressionError
from sohoa_migrate.mapping.model import (
    DossierRule,
    ItemRule,
    MappingFile,
    PartyRule,
    expressions_in,
)

_MAX_BYTES = 2_000_000
_MAX_DEPTH = 60
_INT = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_FLOAT = re.compile(r"-?\d{1,15}\.\d{1,15}", re.ASCII)

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class LoadedMapping:
    """A mapping file that was read: its model, its hash, and the line of every part.

    ``hash`` is the SHA-256 of the canonical form: comments and layout do not count.
    """

    path: str
    model: MappingFile
    hash: str
    lines: dict[Path_, int]

    def line_of(self, place: Path_) -> int:
        """The line of a part, or of the nearest part around it."""
        return _line(self.lines, place)


def shipped() -> dict[str, Path]:
    """The mapping files that come with sohoa, by name."""
    folder = Path(__file__).parent.parent / "mappings"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load(path: Path) -> LoadedMapping:
    """Read and check a mapping file, or a shipped one by its bare name.

    Raises :class:`MappingError` and its kinds.
    """
    if not path.exists() and str(path) in shipped():
        path = shipped()[str(path)]
    try:
        raw = path.read_bytes()
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise MappingError(where=str(path), detail=detail) from error
    if len(raw) > _MAX_BYTES:
        raise MappingError(where=str(path), detail=f"> {_MAX_BYTES} B")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise MappingSyntax(where=f"{path}:{line}", detail="UTF-8") from error
    return loads(text, str(path))


def loads(text: str, name: str) -> LoadedMapping:
    """The same for a text; ``name`` stands in messages."""
    lines: dict[Path_, int] = {}
    data = _read_yaml(text, name, lines)
    try:
        model = MappingFile.model_validate(data)
    except ValidationError as error:
        raise _explain(error, name, lines) from None
    _check_names(model, name, lines)
    return LoadedMapping(name, model, fingerprint(data), lines)


# --- YAML ---------------------------------------------------------------------------------------


def _read_yaml(text: str, name: str, lines: dict[Path_, int]) -> Any:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            # Counted while reading: the reader itself grows slow on deep nesting.
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise MappingSyntax(where=name, detail=f"> {_MAX_DEPTH} levels")
            anchor = getattr(event, "anchor", None)
            tag = getattr(event, "tag", None)
            if anchor or (tag and tag != "!"):
                mark = event.start_mark
                raise MappingSyntax(
                    where=f"{name}:{mark.line + 1 if mark else 1}", detail="& * ! (anchor, tag)"
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        detail = error.problem or "?"
        raise MappingSyntax(where=f"{name}:{line}", detail=detail) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingSyntax(where=name, detail=type(error).__name__) from None
    if node is None:
        raise MappingSyntax(where=name, detail="0")
    return _value(node, (), name, lines)


def _value(node: Any, place: Path_, name: str, lines: dict[Path_, int]) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise MappingSyntax(where=f"{name}:{key_line}", detail="? :")
            key = str(key_node.value)
            if key in found:
                raise MappingSyntax(where=f"{name}:{key_line}", detail=f"{key} x 2")
            lines[(*place, key)] = key_line
            found[key] = _value(value_node, (*place, key), name, lines)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, (*place, n), name, lines) for n, inner in enumerate(node.value)]
    return _scalar(str(node.value), plain=node.style is None)


def _scalar(text: str, *, plain: bool) -> Any:
    if not plain:
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


# --- explaining ---------------------------------------------------------------------------------


def _explain(error: ValidationError, name: str, lines: dict[Path_, int]) -> MappingInvalid:
    first = error.errors(include_url=False)[0]
    place = _real_place(first["loc"], lines)
    detail = str(first["msg"]).removeprefix("Value error, ")
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ExpressionError):
        place = (*place, *cause.path)
        detail = str(cause)
    if first["type"] == "extra_forbidden":
        detail = "?"
        place = (*_real_place(first["loc"][:-1], lines), first["loc"][-1])
    return MappingInvalid(where=f"{name}:{_line(lines, place)}", place=_text(place), detail=detail)


def _real_place(loc: tuple[Any, ...], lines: dict[Path_, int]) -> Path_:
    """The place in the file: pydantic's own words (union tags, short forms) fall out."""
    place: Path_ = ()
    for part in loc:
        if (*place, part) in lines or (part == loc[-1] and isinstance(part, int)):
            place = (*place, part)
    return place


def _line(lines: dict[Path_, int], place: Path_) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _text(place: Path_) -> str:
    return ".".join(str(part) for part in place) or "/"


# --- names that must agree ---------------------------------------------------------------------


def _check_names(model: MappingFile, name: str, lines: dict[Path_, int]) -> None:
    """Every table and code list that is spoken of must be declared."""

    def fail(place: Path_, detail: str) -> MappingInvalid:
        return MappingInvalid(
            where=f"{name}:{_line(lines, place)}", place=_text(place), detail=detail
        )

    if model.source.kind == "workspace":
        if model.rules or model.lists:
            raise fail(("rules",), "kind: workspace")
        return
    if not model.rules:
        raise fail(("rules",), "[]")
    tables = model.source.tables
    made: dict[tuple[str, str], int] = {}
    for number, rule in enumerate(model.rules):
        place: Path_ = ("rules", number)
        if rule.table not in tables:
            raise fail((*place, "table"), rule.table)
        if not tables[rule.table].key:
            raise fail(("source", "tables", rule.table), "key ?")
        if (rule.table, rule.target) in made:
            raise fail((*place, "table"), f"{rule.table} -> {rule.target} x 2")
        for what, ref in _refs(rule):
            kind = "party" if what == "owner" else "dossier"
            if (ref.table, kind) not in made:
                # Order matters: what is spoken of must have been made before.
                raise fail((*place, what, "table"), f"{ref.table} -> {kind} ?")
            if len(ref.key) != len(tables[ref.table].key):
                raise fail((*place, what, "key"), f"{len(tables[ref.table].key)} ?")
        made[rule.table, rule.target] = number
        for field, value in rule:
            for expression in expressions_in(value):
                for wanted in expression.lookups():
                    if wanted not in model.lists:
                        raise fail((*place, field), f"lookup {wanted} ?")
    for list_name, codes in model.lists.items():
        table = getattr(codes, "table", None)
        if table is not None and table not in tables:
            raise fail(("lists", list_name, "table"), table)
    for table_name, spec in tables.items():
        for number, skip in enumerate(spec.skip):
            if skip.when.type != "bool" or not set(skip.when.lookups()) <= set(model.lists):
                raise fail(("source", "tables", table_name, "skip", number), "when ?")


def _refs(rule: PartyRule | DossierRule | ItemRule) -> Iterator[tuple[str, Any]]:
    if isinstance(rule, DossierRule) and rule.owner is not None:
        yield "owner", rule.owner
    if isinstance(rule, ItemRule):
        yield "dossier", rule.dossier
