"""One byte form for one value: what is hashed must not depend on who wrote it.

JSON with sorted keys, no blanks, UTF-8, NFC left as it is (the idea of RFC 8785, without its
number formatting: floats are refused because their text differs between writers).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import Any


def canonical_json(value: Any) -> str:
    """The canonical text of ``value`` (dict, list, str, int, bool, None).

    Raises ``TypeError`` for anything else, floats included: give them as text.
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("floats have no canonical form; give them as text")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("keys must be text")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)


def sha256_hex(data: bytes | str) -> str:
    """Lower-case hexadecimal SHA-256 of bytes, or of the UTF-8 form of a text."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical form of ``value``; floats are taken by their ``repr``."""
    return sha256_hex(canonical_json(_floats_as_text(value)))


def _floats_as_text(value: Any) -> Any:
    if isinstance(value, float):
        return f"float:{value!r}"
    if isinstance(value, dict):
        return {str(key): _floats_as_text(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = [_floats_as_text(inner) for inner in value]
        return sorted(items, key=repr) if isinstance(value, set | frozenset) else items
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def new_id() -> str:
    """A new record id: 32 hexadecimal digits, unique everywhere, ordered by time of making.

    48 bits of milliseconds and 80 random bits, as in UUID version 7 (RFC 9562, 5.7), so that
    records of several workspaces can be brought together and indexes stay local.
    """
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
