"""A rule of law as data: what applied, from when to when, by which article, how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

from sohoa_vietnam.messages import Checked


class Values(dict[str, Any]):
    """The values of a rule: a dictionary that refuses to change (law is not edited in memory)."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the values of a rule cannot be changed")

    __setitem__ = __delitem__ = update = setdefault = pop = popitem = clear = _refuse
    __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return Values, (dict(self),)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(sorted(self.items(), key=lambda kv: kv[0])))


def freeze(value: Any) -> Any:
    """Lists become tuples, tables become :class:`Values`, all the way down."""
    if isinstance(value, Mapping):
        return Values({str(k): freeze(v) for k, v in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(v) for v in value)
    return value


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a topic.

    ``valid_from`` is ``None`` where the first day is not known, ``valid_to`` is ``None`` while
    the rule stands. ``source`` names the instrument and the article. ``checked`` is
    ``verified`` (read in the instrument), ``secondary`` (read in a text about it) or
    ``unverified``: then the program treats it as a setting, never as a certainty.
    """

    topic: str
    key: str
    valid_from: date | None
    valid_to: date | None
    source: str
    checked: Checked
    values: Values
    note: str = ""
    line: int = field(default=0, compare=False)

    def covers(self, on: date) -> bool:
        """Whether the rule applied on a day."""
        return (self.valid_from or date.min) <= on <= (self.valid_to or date.max)


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject of rules: its id, its titles, and the keys of its rules (``""`` for one series)."""

    id: str
    title: str
    title_vi: str
    keys: tuple[str, ...]

    def titled(self, lang: str) -> str:
        """The title in ``vi`` or ``en``."""
        return self.title_vi if lang == "vi" else self.title
