"""When a component is required: a tiny declarative language inside the schema files.

::

    {all: [C, ...]}   {any: [C, ...]}   {not: C}
    {value: PATH, is: X}           {value: PATH, in: [X, ...]}
    {value: PATH, below: N}        {value: PATH, at_least: N}
    {value: PATH, before: DATE}    {value: PATH, on_or_after: DATE}

A ``PATH`` is ``channel``, ``case``, ``owner.kind``, ``owner.age``, ``received_on``, or
``fact.NAME`` where the schema declares the fact with its type. The answer is True, False or None:
what is not known stays unknown (Kleene's logic) and goes to a person, it is never taken for "no".
There are no loops and no calls, so an evaluation costs no more than the size of the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

MAX_NODES = 200
Scalar = bool | int | str | date
ValueType = Literal["bool", "number", "text", "choice", "date"]

FIXED_PATHS: Mapping[str, ValueType] = {
    "channel": "choice",
    "case": "text",
    "owner.kind": "choice",
    "owner.age": "number",
    "received_on": "date",
}
FIXED_CHOICES: Mapping[str, tuple[str, ...]] = {
    "channel": ("direct", "online", "post"),
    "owner.kind": ("person", "organization"),
}


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _tag(raw: Any) -> str | None:
    if isinstance(raw, BaseModel):
        return type(raw).__name__.lower()
    if isinstance(raw, dict):
        for key in ("all", "any", "not"):
            if key in raw:
                return key
        if "value" in raw:
            return "compare"
    return None


class All(_Node):
    """True when every part is."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=50)]


class Any_(_Node):  # noqa: N801 - `Any` belongs to typing
    """True when one part is."""

    any: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=50)]


class Not(_Node):
    """True when the part is false."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    not_: Annotated[Condition, Field(alias="not")]


class Compare(_Node):
    """One comparison; exactly one operator."""

    value: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,60}$")]
    is_: Annotated[Scalar | None, Field(alias="is")] = None
    in_: Annotated[tuple[Scalar, ...] | None, Field(alias="in", min_length=1)] = None
    below: int | None = None
    at_least: int | None = None
    before: date | None = None
    on_or_after: date | None = None

    @model_validator(mode="after")
    def _one_operator(self) -> Compare:
        if len(self.model_fields_set - {"value"}) != 1:
            raise ValueError("give exactly one of: is, in, below, at_least, before, on_or_after")
        return self

    def operator(self) -> tuple[str, Any]:
        """The operator's name and its operand."""
        name = next(iter(self.model_fields_set - {"value"}))
        return name, getattr(self, name)


Condition = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Compare, Tag("compare")],
    Discriminator(
        _tag,
        custom_error_type="condition",
        custom_error_message="a condition is one of: all, any, not, or value with an operator",
    ),
]

for _model in (All, Any_, Not):
    _model.model_rebuild()


def walk(
    condition: Condition, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
    """Every node of a condition with the path of keys that leads to it."""
    yield place, condition
    if isinstance(condition, All):
        for number, part in enumerate(condition.all):
            yield from walk(part, (*place, "all", number))
    elif isinstance(condition, Any_):
        for number, part in enumerate(condition.any):
            yield from walk(part, (*place, "any", number))
    elif isinstance(condition, Not):
        yield from walk(condition.not_, (*place, "not"))


def type_faults(
    condition: Condition,
    types: Mapping[str, ValueType],
    choices: Mapping[str, tuple[str, ...]],
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What does not type-check in ``condition``: (path of keys, reason)."""
    for count, (place, node) in enumerate(walk(condition), start=1):
        if count > MAX_NODES:
            yield place, f"a condition of more than {MAX_NODES} parts"
            return
        if not isinstance(node, Compare):
            continue
        expected = types.get(node.value)
        if expected is None:
            yield (*place, "value"), f"nothing is called {node.value!r}; declare it under facts"
            continue
        name, operand = node.operator()
        key = name.rstrip("_")
        if key in ("below", "at_least") and expected != "number":
            yield (*place, key), f"{node.value} is a {expected}, {key} needs a number"
        elif key in ("before", "on_or_after") and expected != "date":
            yield (*place, key), f"{node.value} is a {expected}, {key} needs a date"
        elif key in ("is", "in"):
            for wanted in operand if key == "in" else (operand,):
                reason = _mismatch(node.value, wanted, expected, choices.get(node.value))
                if reason:
                    yield (*place, key), reason


def _mismatch(
    path: str, wanted: object, expected: ValueType, allowed: tuple[str, ...] | None
) -> str | None:
    python: dict[str, type] = {
        "bool": bool, "number": int, "text": str, "choice": str, "date": date,
    }  # fmt: skip
    fits = isinstance(wanted, python[expected])
    if expected == "number" and isinstance(wanted, bool):
        fits = False
    if not fits:
        return f"{path} is a {expected}, it can never be {wanted!r}"
    if allowed is not None and wanted not in allowed:
        return f"{path} can be {', '.join(allowed)}, never {wanted!r}"
    return None


def evaluate(condition: Condition, lookup: Callable[[str], Any]) -> bool | None:
    """The truth of ``condition`` where ``lookup`` gives the value of a path, None if unknown."""
    if isinstance(condition, Compare):
        return _compare(condition, lookup(condition.value))
    if isinstance(condition, Not):
        inner = evaluate(condition.not_, lookup)
        return None if inner is None else not inner
    if isinstance(condition, All):
        answers = [evaluate(part, lookup) for part in condition.all]
        return False if False in answers else (None if None in answers else True)
    answers = [evaluate(part, lookup) for part in condition.any]
    return True if True in answers else (None if None in answers else False)


def _compare(node: Compare, value: Any) -> bool | None:
    if value is None:
        return None
    name, operand = node.operator()
    if name == "is_":
        return bool(value == operand) if type(value) is type(operand) else None
    if name == "in_":
        return value in operand
    if name in ("below", "at_least"):
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return bool(value < operand if name == "below" else value >= operand)
    if not isinstance(value, date):
        return None
    return bool(value < operand if name == "before" else value >= operand)
