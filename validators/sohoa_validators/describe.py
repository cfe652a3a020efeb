"""A procedure schema in words and differences: for `sohoa procedures show` and `diff`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sohoa_validators.condition import All, Compare, Condition, Not
from sohoa_validators.schema import Procedure

_SIGNS = {"is_": "=", "in_": "∈", "below": "<", "at_least": "≥", "before": "<", "on_or_after": "≥"}


def condition_text(condition: Condition | None) -> str:
    """A condition as one line: ``fact.agent = true and not channel = online``."""
    if condition is None:
        return ""
    if isinstance(condition, Compare):
        name, operand = condition.operator()
        shown = ", ".join(map(_plain, operand)) if isinstance(operand, tuple) else _plain(operand)
        return f"{condition.value} {_SIGNS[name]} {shown}"
    if isinstance(condition, Not):
        return f"not ({condition_text(condition.not_)})"
    parts = condition.all if isinstance(condition, All) else condition.any
    joined = " and " if isinstance(condition, All) else " or "
    return "(" + joined.join(condition_text(part) for part in parts) + ")"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def differences(old: Procedure, new: Procedure) -> Iterator[tuple[str, Any, Any]]:
    """What differs between two schemas: (path, before, after); None where there was nothing.

    Parts of lists are compared by their id or code, so that an inserted component is one
    difference and not a shift of all that follow.
    """
    before = old.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    after = new.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    yield from _differ("", before, after)


def _differ(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    one, other = _keyed(before), _keyed(after)
    if one is not None and other is not None:
        for key in dict.fromkeys([*one, *other]):
            inner = f"{path}.{key}" if path else str(key)
            yield from _differ(inner, one.get(key), other.get(key))
    elif before != after:
        yield path, before, after


def _keyed(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        keys = [str(one.get("id") or one.get("code") or number) for number, one in enumerate(value)]
        if len(set(keys)) == len(keys):
            return dict(zip(keys, value, strict=True))
    return None
