"""The types of expressions, and what a record offers by name.

``date`` is an abstract type of our own: a date with the precision it has. The value ``None``
stands for CEL's error: what is not known makes an answer unknown, never true and never false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Type:
    """A type; ``item`` of a list, ``members`` of a record (by name)."""

    name: str
    item: Type | None = None
    members: Mapping[str, Member] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        return f"list({self.item})" if self.item is not None else self.name


@dataclass(frozen=True)
class Member:
    """One value of a record: its type and how it is got (None: not known)."""

    type: Type
    get: Callable[[Any], Any]


BOOL = Type("bool")
INT = Type("int")
DOUBLE = Type("double")
STRING = Type("string")
DATE = Type("date")
#: What ``[]`` is a list of, until something decides.
ANY = Type("any")


def list_of(item: Type) -> Type:
    """The type of lists of ``item``."""
    return Type("list", item)


def record(name: str, members: Mapping[str, Member]) -> Type:
    """A record type; records are equal when their names are."""
    return Type(name, None, members)


def fits(given: Type, wanted: Type) -> bool:
    """Whether a value of ``given`` may stand where ``wanted`` is expected."""
    if ANY in (given, wanted):
        return True
    if given.item is not None and wanted.item is not None:
        return fits(given.item, wanted.item)
    return given == wanted
