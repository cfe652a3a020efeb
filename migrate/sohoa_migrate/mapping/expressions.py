"""The expressions of a mapping file: a small closed set, typed, total, written as YAML data.

A plain text names a column of the source row. Everything else is a mapping with one verb::

    ma_ho_so                                      the column
    {const: 7}                                    a fixed value
    {concat: [so_nha, duong], sep: ", "}          joined; empty parts fall out
    {slice: ma, start: 0, end: 5}                 letters 0 to 4
    {split: dia_chi, sep: ",", index: -1}         one part
    {strip: x} {upper: x} {lower: x} {spaces: x}  white space and case
    {replace: x, find: "/", with: "-"}            every occurrence
    {pad: x, width: 12, fill: "0"}                filled up on the left
    {int: x}                                      a whole number
    {parse_date: x, formats: [dd/mm/yyyy], zero_parts: true}
    {lookup: trang_thai, key: x, default: 4}      a code list
    {first: [x, y]}                               the first that is not empty
    {if: c, then: x, else: y} {equals: [x, y]} {in: x, values: [..]} {empty: x} {not: c}

Nothing is evaluated: there are no names, no calls, no loops. A blank text counts as missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sohoa_core.i18n import N_
from sohoa_migrate.mapping import dates

Row = Sequence[Any]
Value = str | int | bool | None
Compiled = Callable[[Row], Value]

TEXT, INT, BOOL, DATE = "text", "int", "bool", "date"
_MAX_DEPTH = 20
_MAX_TEXT = 10_000


class Invalid(Exception):
    """A value that the mapping cannot use: a stable reason code and its arguments."""

    def __init__(self, code: str, **args: Any) -> None:
        super().__init__(code)
        self.code = code
        self.args_by_name = args


class ExpressionError(ValueError):
    """An expression that makes no sense; ``path`` leads to the faulty part."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its verb, its type, its operands and its settings."""

    verb: str
    type: str
    operands: tuple[Expression, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def columns(self) -> Iterator[str]:
        """The source columns that it reads."""
        if self.verb == "column":
            yield self.settings["name"]
        for operand in self.operands:
            yield from operand.columns()

    def lookups(self) -> Iterator[str]:
        """The code lists that it uses."""
        if self.verb == "lookup":
            yield self.settings["name"]
        for operand in self.operands:
            yield from operand.lookups()


_VERBS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # verb: (required settings, optional settings)
    "const": (frozenset(), frozenset()),
    "concat": (frozenset(), frozenset({"sep"})),
    "slice": (frozenset(), frozenset({"start", "end"})),
    "split": (frozenset({"sep", "index"}), frozenset()),
    "strip": (frozenset(), frozenset()),
    "upper": (frozenset(), frozenset()),
    "lower": (frozenset(), frozenset()),
    "spaces": (frozenset(), frozenset()),
    "replace": (frozenset({"find", "with"}), frozenset()),
    "pad": (frozenset({"width"}), frozenset({"fill"})),
    "int": (frozenset(), frozenset()),
    "parse_date": (frozenset({"formats"}), frozenset({"zero_parts"})),
    "lookup": (frozenset({"key"}), frozenset({"default"})),
    "first": (frozenset(), frozenset()),
    "if": (frozenset({"then"}), frozenset({"else"})),
    "equals": (frozenset(), frozenset()),
    "in": (frozenset({"values"}), frozenset()),
    "empty": (frozenset(), frozenset()),
    "not": (frozenset(), frozenset()),
}


def parse(data: Any, path: tuple[str | int, ...] = ()) -> Expression:
    """The expression that ``data`` writes; raises :class:`ExpressionError`."""
    if len(path) > 2 * _MAX_DEPTH:
        raise ExpressionError(path, N_("expressions are nested too deeply"))
    if isinstance(data, str):
        if not data:
            raise ExpressionError(path, N_("an empty text is not the name of a column"))
        return Expression("column", TEXT, (), {"name": data})
    if not isinstance(data, dict):
        raise ExpressionError(path, N_("an expression is the name of a column or {verb: ...}"))
    verbs = [key for key in data if key in _VERBS]
    # `in` and `lookup` have settings whose names are no verbs; `if` is told by its own name.
    if len(verbs) != 1:
        raise ExpressionError(path, N_("an expression has exactly one known verb"))
    verb = verbs[0]
    required, optional = _VERBS[verb]
    given = set(data) - {verb}
    for name in sorted(given - required - optional, key=str):
        raise ExpressionError((*path, name), N_("unknown setting of this expression"))
    for name in sorted(required - given):
        raise ExpressionError((*path, verb), f"{verb}: {name} ?")
    return _build(verb, data, path)


def _build(verb: str, data: dict[str, Any], path: tuple[str | int, ...]) -> Expression:
    main = data[verb]
    inner = (*path, verb)
    if verb == "const":
        if not isinstance(main, str | int | bool):
            raise ExpressionError(inner, N_("a constant is a text, a whole number, true or false"))
        return Expression(verb, _type_of(main), (), {"value": main})
    if verb in ("concat", "first", "equals"):
        if not isinstance(main, list) or not main:
            raise ExpressionError(inner, N_("a list of expressions is expected"))
        operands = tuple(parse(part, (*inner, n)) for n, part in enumerate(main))
        if verb == "concat":
            for number, operand in enumerate(operands):
                if operand.type == BOOL:
                    raise ExpressionError((*inner, number), N_("true or false cannot be joined"))
            return Expression(verb, TEXT, operands, {"sep": _text(data, "sep", path, "")})
        if verb == "first":
            return Expression(verb, _one_type(operands, inner), operands)
        if len(operands) != 2:
            raise ExpressionError(inner, N_("two expressions are expected"))
        return Expression(verb, BOOL, operands)
    if verb == "lookup":
        if not isinstance(main, str):
            raise ExpressionError(inner, N_("the name of a code list is expected"))
        operands = (parse(data["key"], (*path, "key")),)
        settings: dict[str, Any] = {"name": main}
        if "default" in data:
            if not isinstance(data["default"], str | int | None):
                raise ExpressionError((*path, "default"), N_("a text or a whole number"))
            settings["default"] = data["default"]
        return Expression(verb, "lookup:" + main, operands, settings)
    if verb == "if":
        condition = parse(main, inner)
        if condition.type != BOOL:
            raise ExpressionError(inner, N_("a condition is expected"))
        branches = [parse(data["then"], (*path, "then"))]
        if "else" in data:
            branches.append(parse(data["else"], (*path, "else")))
        return Expression(verb, _one_type(tuple(branches), inner), (condition, *branches))
    operand = parse(main, inner)
    if verb == "not":
        if operand.type != BOOL:
            raise ExpressionError(inner, N_("a condition is expected"))
        return Expression(verb, BOOL, (operand,))
    if verb == "empty":
        return Expression(verb, BOOL, (operand,))
    if operand.type == BOOL:
        raise ExpressionError(inner, N_("a text is expected, not a condition"))
    if verb == "in":
        values = data["values"]
        if not isinstance(values, list) or not all(isinstance(v, str | int) for v in values):
            raise ExpressionError((*path, "values"), N_("a list of texts or whole numbers"))
        return Expression(verb, BOOL, (operand,), {"values": frozenset(map(str, values))})
    if verb == "int":
        return Expression(verb, INT, (operand,))
    if verb == "parse_date":
        return Expression(verb, DATE, (operand,), {"read": _date_reader(data, path)})
    settings = {}
    if verb == "slice":
        settings = {"start": _number(data, "start", path, 0), "end": _number(data, "end", path)}
    elif verb == "split":
        settings = {"sep": _text(data, "sep", path), "index": _number(data, "index", path)}
    elif verb == "replace":
        settings = {"find": _text(data, "find", path), "with": _text(data, "with", path)}
    elif verb == "pad":
        settings = {
            "width": _number(data, "width", path),
            "fill": str(data.get("fill", "0")),
        }
        if len(settings["fill"]) != 1 or not 1 <= settings["width"] <= 100:
            raise ExpressionError((*path, "pad"), N_("a width of 1 to 100 and one letter to fill"))
    if verb in ("split", "replace") and not settings[{"split": "sep"}.get(verb, "find")]:
        raise ExpressionError((*path, verb), N_("an empty text cannot be looked for"))
    return Expression(verb, TEXT, (operand,), settings)


def _date_reader(data: dict[str, Any], path: tuple[str | int, ...]) -> Callable[[str], str]:
    formats = data["formats"]
    if not isinstance(formats, list) or not formats or not all(isinstance(f, str) for f in formats):
        raise ExpressionError((*path, "formats"), N_("a list of date formats is expected"))
    zero_parts = data.get("zero_parts", False)
    if not isinstance(zero_parts, bool):
        raise ExpressionError((*path, "zero_parts"), "true | false")
    try:
        return dates.reader(formats, zero_parts=zero_parts)
    except ValueError as error:
        raise ExpressionError((*path, "formats"), str(error)) from None


def _type_of(value: Any) -> str:
    return BOOL if isinstance(value, bool) else INT if isinstance(value, int) else TEXT


def _one_type(operands: tuple[Expression, ...], path: tuple[str | int, ...]) -> str:
    types = {operand.type for operand in operands}
    if len(types) == 1:
        return types.pop()
    if types <= {TEXT, DATE} or any(name.startswith("lookup:") for name in types):
        return TEXT
    raise ExpressionError(path, N_("the alternatives have different types"))


def _text(
    data: dict[str, Any], name: str, path: tuple[str | int, ...], default: str | None = None
) -> str:
    value = data.get(name, default)
    if not isinstance(value, str):
        raise ExpressionError((*path, name), N_("a text is expected"))
    return value


def _number(
    data: dict[str, Any], name: str, path: tuple[str | int, ...], default: int | None = None
) -> int | None:
    value = data.get(name, default)
    if value is None and name in ("end",):
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise ExpressionError((*path, name), N_("a whole number is expected"))
    return value


# --- compiling ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list in memory; ``type`` is the type of its values."""

    name: str
    values: Mapping[str, str | int]

    @property
    def type(self) -> str:
        """``int`` when every value is a whole number."""
        return INT if all(isinstance(v, int) for v in self.values.values()) else TEXT


def result_type(expression: Expression, lists: Mapping[str, CodeList]) -> str:
    """The type of what ``expression`` gives, code lists resolved."""
    if expression.type.startswith("lookup:"):
        found = lists.get(expression.type.removeprefix("lookup:"))
        return found.type if found else TEXT
    return expression.type


def as_text(value: Any) -> str | None:
    """A source value as text; blank is missing. Raises :class:`Invalid` for binary values."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Invalid("value.number")
        # 1.0 in a column without declared type was typed as a whole number.
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    raise Invalid("value.binary")


def compile_expression(
    expression: Expression, columns: Mapping[str, int], lists: Mapping[str, CodeList]
) -> Compiled:
    """A function from a source row to the value; it raises :class:`Invalid` and nothing else."""
    verb, settings = expression.verb, expression.settings
    if verb == "column":
        return _column(columns[settings["name"]], settings["name"])
    parts = [compile_expression(operand, columns, lists) for operand in expression.operands]
    if verb == "const":
        constant = settings["value"]
        return lambda row: constant
    if verb == "concat":
        sep = settings["sep"]
        return lambda row: (
            sep.join([str(v) for v in (part(row) for part in parts) if v is not None]) or None
        )
    if verb == "first":
        return lambda row: next((v for v in (part(row) for part in parts) if v is not None), None)
    if verb == "equals":
        left, right = parts
        return lambda row: _plain(left(row)) == _plain(right(row))
    if verb == "if":
        return _choice(parts)
    inner = parts[0]
    if verb == "not":
        return lambda row: not inner(row)
    if verb == "empty":
        return lambda row: inner(row) is None
    if verb == "in":
        wanted = settings["values"]
        return lambda row: _plain(inner(row)) in wanted
    if verb == "lookup":
        return _lookup(inner, lists[settings["name"]], settings)
    if verb == "parse_date":
        return _dated(inner, settings["read"])
    if verb == "int":
        return lambda row: _whole(inner(row))
    change = _CHANGES[verb](settings)

    def changed(row: Row) -> Value:
        value = inner(row)
        return None if value is None else (change(str(value)) or None)

    return changed


def _column(index: int, name: str) -> Compiled:
    def read(row: Row) -> Value:
        value = row[index]
        if value.__class__ is str:
            return value if value and not value.isspace() else None
        try:
            return as_text(value)
        except Invalid as fault:
            raise Invalid(fault.code, column=name) from None

    return read


def _choice(parts: list[Compiled]) -> Compiled:
    condition, yes = parts[0], parts[1]
    no = parts[2] if len(parts) > 2 else lambda row: None
    return lambda row: yes(row) if condition(row) else no(row)


def _lookup(inner: Compiled, codes: CodeList, settings: Mapping[str, Any]) -> Compiled:
    values, name = codes.values, codes.name
    known_default, default = "default" in settings, settings.get("default")

    def find(row: Row) -> Value:
        key = inner(row)
        if key is None:
            return None
        try:
            return values[str(key).strip()]
        except KeyError:
            if known_default:
                return default
            raise Invalid("lookup.unknown", list=name, value=str(key)[:40]) from None

    return find


def _dated(inner: Compiled, read: Callable[[str], str]) -> Compiled:
    def find(row: Row) -> Value:
        value = inner(row)
        if value is None:
            return None
        try:
            return read(str(value)[:60])
        except dates.DateImpossible:
            raise Invalid("date.impossible") from None
        except dates.DateUnreadable:
            raise Invalid("date.unreadable") from None

    return find


def _whole(value: Value) -> Value:
    if value is None or isinstance(value, int):
        return value
    text = str(value).strip()
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 18:
        raise Invalid("value.not_whole")
    return int(text)


def _plain(value: Value) -> str | None:
    return None if value is None else str(value)


def _split(settings: Mapping[str, Any]) -> Callable[[str], str]:
    sep, index = settings["sep"], settings["index"]

    def change(text: str) -> str:
        found = text[:_MAX_TEXT].split(sep)
        return found[index].strip() if -len(found) <= index < len(found) else ""

    return change


_CHANGES: dict[str, Callable[[Mapping[str, Any]], Callable[[str], str]]] = {
    "strip": lambda settings: str.strip,
    "upper": lambda settings: str.upper,
    "lower": lambda settings: str.lower,
    "spaces": lambda settings: lambda text: " ".join(text.split()),
    "slice": lambda settings: lambda text: text[settings["start"] : settings["end"]],
    "split": _split,
    "replace": lambda settings: lambda text: text.replace(settings["find"], settings["with"]),
    "pad": lambda settings: lambda text: text.rjust(settings["width"], settings["fill"]),
}
