"""One field of a record: the compiled expression, what it must be, and the policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sohoa_migrate.mapping.dates import Lowered
from sohoa_migrate.mapping.expressions import (
    BOOL,
    DATE,
    INT,
    TEXT,
    CodeList,
    Compiled,
    Expression,
    Invalid,
    Row,
    compile_expression,
    result_type,
)
from sohoa_migrate.mapping.model import FieldSpec, OnInvalid, OnMissing
from sohoa_vietnam import text as vn

_ISO = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: Indexes of the records hold at most some 2,700 bytes; four bytes a letter.
LONGEST_INDEXED = 300
LONGEST_NAME = 500
LONGEST_TEXT = 100_000


class FieldRefused(Exception):
    """The policy of a field rejects the row."""

    def __init__(self, reason: str, args: dict[str, Any]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.args_by_name = args


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a field of the records accepts."""

    type: str = TEXT
    longest: int = LONGEST_TEXT
    least: int | None = None
    most: int | None = None
    choices: frozenset[str] | None = None


class FieldTypeError(ValueError):
    """The expression gives something that the field cannot hold."""


Reader = Callable[[Row, list[dict[str, Any]]], Any]


def _check_type(expression: Expression, wanted: Wanted, lists: Mapping[str, CodeList]) -> None:
    given = result_type(expression, lists)
    if wanted.type == TEXT and given in (TEXT, INT, DATE):
        return
    if given == wanted.type:
        return
    fixed = str(expression.settings.get("value")) if expression.verb == "const" else ""
    if wanted.type == DATE and _ISO.fullmatch(fixed):
        return
    raise FieldTypeError(f"{given} -> {wanted.type}")


def compile_field(
    name: str,
    spec: FieldSpec,
    wanted: Wanted,
    columns: Mapping[str, int],
    lists: Mapping[str, CodeList],
    *,
    required: bool = False,
) -> Reader:
    """A function from a row to the value of the field ``name``.

    It adds notes to the list it gets, raises :class:`FieldRefused` where the policy says so,
    and nothing else. A ``required`` field is rejected when missing whatever the policy says.
    Raises :class:`FieldTypeError` when expression and field cannot fit.
    """
    _check_type(spec.value, wanted, lists)
    if spec.on_invalid is OnInvalid.KEEP and wanted.type != TEXT:
        raise FieldTypeError(f"on_invalid: keep -> {wanted.type}")
    compiled = compile_expression(spec.value, columns, lists)
    sources = tuple(dict.fromkeys(spec.value.columns()))
    places = [columns[column] for column in sources]
    on_missing = OnMissing.REJECT if required else spec.on_missing
    on_invalid = OnInvalid.REJECT if required else spec.on_invalid
    check = _checker(wanted)

    def read(row: Row, notes: list[dict[str, Any]]) -> Any:
        try:
            value = compiled(row)
            if value is not None:
                value = check(value, name, notes)
        except Invalid as fault:
            return _invalid(fault, row, notes)
        if value is None:
            if on_missing is OnMissing.REJECT:
                raise FieldRefused("field.missing", {"field": name, "columns": list(sources)})
            if on_missing is OnMissing.NOTE:
                notes.append({"field": name, "code": "field.missing"})
        return value

    def _invalid(fault: Invalid, row: Row, notes: list[dict[str, Any]]) -> Any:
        args = {"field": name, "columns": list(sources), **fault.args_by_name}
        if on_invalid is OnInvalid.REJECT:
            raise FieldRefused(fault.code, args)
        given = [str(row[place]) for place in places if isinstance(row[place], str | int)]
        printed = vn.strip_controls(" ".join(given)).text
        kept = on_invalid is OnInvalid.KEEP
        notes.append({"code": fault.code, "printed": printed[:100], "kept": kept, **args})
        return (printed[: wanted.longest] or None) if kept else None

    return read


def _checker(wanted: Wanted) -> Callable[[Any, str, list[dict[str, Any]]], Any]:
    if wanted.type == INT:

        def number(value: Any, name: str, notes: list[dict[str, Any]]) -> Any:
            if (wanted.least is not None and value < wanted.least) or (
                wanted.most is not None and value > wanted.most
            ):
                raise Invalid("value.range", least=wanted.least, most=wanted.most)
            return value

        return number
    if wanted.type == BOOL:
        return lambda value, name, notes: bool(value)

    def text(value: Any, name: str, notes: list[dict[str, Any]]) -> Any:
        found = value if value.__class__ is str else str(value)
        if value.__class__ is Lowered:
            notes.append({"field": name, "code": "date.partial"})
        if _CONTROLS.search(found):
            # No database field takes a NUL, and no reader of a report a bell: the original
            # stays in the source row.
            found = _CONTROLS.sub("", found)
            notes.append({"field": name, "code": "text.controls"})
            if not found.strip():
                return None
        if len(found) > wanted.longest:
            raise Invalid("text.too_long", found=len(found), allowed=wanted.longest)
        if wanted.choices is not None and found not in wanted.choices:
            raise Invalid("value.choice", value=found[:40])
        return found

    return text


def compile_plain(
    expression: Expression, columns: Mapping[str, int], lists: Mapping[str, CodeList]
) -> Compiled:
    """A bare expression (a condition, the kind of an identifier)."""
    return compile_expression(expression, columns, lists)
