"""A source row as every reader delivers it: key, values, the exact original, its hash."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sohoa_core.canonical import canonical_json, sha256_hex

_LONGEST_KEY = 300


class BrokenText(bytes):
    """A text of the source that is not valid UTF-8, as its bytes."""


@dataclass(slots=True)
class Line:
    """One source row.

    ``raw`` is the row exactly as read, in JSON form; ``hash`` its SHA-256; ``fault`` a reason
    code when the row cannot be used whatever the mapping says.
    """

    key: str
    values: Sequence[Any]
    raw: dict[str, Any]
    hash: str
    fault: str | None = None


class Feed(Protocol):
    """The rows of one source table for one kind of record."""

    @property
    def table(self) -> str:
        """The table of the source."""

    @property
    def target(self) -> str:
        """The kind of record: party, dossier, item, document ..."""

    def count(self) -> int:
        """How many rows there are, counted by the source itself."""

    def chunks(self, size: int) -> Iterator[list[Line]]:
        """All rows in the order of their key."""


def encode(value: Any) -> Any:
    """One value as JSON that can be turned back: texts and numbers as they are.

    ``$bytes`` is binary content, ``$text`` text that is not valid UTF-8, ``$float`` a number
    that JSON lacks.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, bytes):
        name = "$text" if isinstance(value, BrokenText) else "$bytes"
        return {name: base64.b64encode(value).decode("ascii")}
    return str(value)


def reference(value: Any) -> Any:
    """The form of a file held in a column: its bytes go to the vault, not into the row."""
    if isinstance(value, bytes):
        return {"$sha256": hashlib.sha256(value).hexdigest(), "$size": len(value)}
    return encode(value)


def row_hash(raw: Mapping[str, Any]) -> str:
    """The fingerprint of a row, independent of the order of its columns."""
    text = json.dumps(raw, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def key_text(parts: Iterable[Any]) -> str | None:
    """The key of a row as one text; ``None`` when a part is missing.

    One number or one clean short text stays as it is; anything else becomes canonical JSON, and
    what is too long for an index its hash.
    """
    found = list(parts)
    if any(part is None for part in found):
        return None
    if len(found) == 1:
        only = found[0]
        if isinstance(only, int):
            return str(only)
        if isinstance(only, str) and only and len(only) <= _LONGEST_KEY and only.isprintable():
            return only
    text = canonical_json([_plain(part) for part in found])
    if len(text) <= _LONGEST_KEY and "\\u0000" not in text:
        return text
    return "sha256:" + sha256_hex(text)


def _plain(part: Any) -> Any:
    """Numbers as texts: a child may keep as text what its parent keeps as a number."""
    encoded = encode(part)
    return str(encoded) if isinstance(encoded, int | float) else encoded


def unkeyed(line_hash: str) -> str:
    """The key under which a row without key is rejected."""
    return "no-key:" + line_hash[:32]
