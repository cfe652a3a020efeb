"""A dossier view from plain data (JSON, YAML): for exports of other systems, examples and tests.

Keys are those of the view classes. Short forms: a field may be a plain text instead of a mapping
(then it counts as confirmed by a person), pages may be a number of sound pages. Unknown keys and
wrong types are refused with the path of keys, before anything is checked.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar

from sohoa_core.facts import FieldFact, PageFact, Source
from sohoa_validators.clip import clip
from sohoa_validators.errors import DossierDataWrong
from sohoa_validators.view import DossierView

_T = TypeVar("_T")
MAX_LIST = 100_000


def dossier_from_data(data: object) -> DossierView:
    """The view of one dossier given as plain data; raises ``DossierDataWrong``."""
    return _build(DossierView, data, "")


def _wrong(place: str, reason: str) -> DossierDataWrong:
    return DossierDataWrong(where=place or None, place=place or "(top)", reason=reason)


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _build(cls: type[_T], data: object, place: str) -> _T:
    if cls is FieldFact and not isinstance(data, Mapping):
        data = {"value": _text(data, place)}
    if not isinstance(data, Mapping):
        raise _wrong(place, "a mapping is needed")
    given = dict(data)
    if cls is FieldFact:
        given.setdefault("name", place.rsplit(".", 1)[-1])
        given.setdefault("raw", given.get("value", ""))
        given.setdefault("confidence", 1.0)
        given.setdefault("source", Source.PERSON)
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    for key in given:
        if key not in known:
            raise _wrong(place, f"unknown key {clip(key, 40)!r}")
    values = {}
    for name, declared in known.items():
        if name in given:
            values[name] = _value(
                _hints(typing.cast(Any, cls))[name], given[name], _join(place, name)
            )
        elif declared.default is MISSING and declared.default_factory is MISSING:
            raise _wrong(place, f"the key {name!r} is missing")
    return cls(**values)


def _join(place: str, name: object) -> str:
    return f"{place}.{clip(name, 60)}" if place else clip(name, 60)


def _value(hint: Any, data: object, place: str) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(args, data, place)
    if hint is PageFact or is_dataclass(hint):
        return _build(typing.cast(type, hint), data, place)
    if origin is tuple:
        return _tuple(args, data, place)
    if origin in (Mapping, dict) or str(origin).endswith("abc.Mapping"):
        if not isinstance(data, Mapping) or len(data) > MAX_LIST:
            raise _wrong(place, "a mapping is needed")
        return {str(key): _value(args[1], one, _join(place, key)) for key, one in data.items()}
    return _scalar(hint, data, place)


def _union(args: tuple[Any, ...], data: object, place: str) -> Any:
    if data is None and type(None) in args:
        return None
    simple = [arg for arg in args if arg is not type(None)]
    if len(simple) == 1:
        return _value(simple[0], data, place)
    if type(data) in simple:
        return data
    if isinstance(data, date):
        return data.isoformat()
    raise _wrong(place, "a simple value is needed")


def _tuple(args: tuple[Any, ...], data: object, place: str) -> tuple[Any, ...]:
    if args[0] is PageFact and isinstance(data, int) and not isinstance(data, bool):
        if not 0 <= data <= MAX_LIST:
            raise _wrong(place, "a number of pages is needed")
        return tuple(PageFact(number, 2480, 3508, 300.0) for number in range(1, data + 1))
    if not isinstance(data, Sequence) or isinstance(data, str | bytes) or len(data) > MAX_LIST:
        raise _wrong(place, "a list is needed")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_value(args[0], one, _join(place, n)) for n, one in enumerate(data))
    if len(args) != len(data):
        raise _wrong(place, f"a list of {len(args)} is needed")
    return tuple(
        _value(arg, one, _join(place, n))
        for n, (arg, one) in enumerate(zip(args, data, strict=True))
    )


def _scalar(hint: Any, data: object, place: str) -> Any:
    if hint is Any:
        return data
    if hint is str:
        return _text(data, place)
    if hint is float and isinstance(data, int | float) and not isinstance(data, bool):
        return float(data)
    if hint is int and isinstance(data, int) and not isinstance(data, bool):
        return data
    if hint is bool and isinstance(data, bool):
        return data
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(data)
        except ValueError as error:
            allowed = ", ".join(str(member.value) for member in hint)
            raise _wrong(place, f"one of {allowed} is needed") from error
    raise _wrong(place, f"a {getattr(hint, '__name__', 'value')} is needed")


def _text(data: object, place: str) -> str:
    if isinstance(data, str):
        return data
    if isinstance(data, datetime | date):
        return data.isoformat()
    raise _wrong(place, "a text is needed")
