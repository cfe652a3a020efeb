"""Objects of a strictly read PDF as the text they were written in, and small edits of it.

A dictionary that gets one entry more keeps every other byte as it was: numbers, names and
strings are copied, never parsed and written again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sohoa_signing.verify.pdf_objects import (
    Buffer,
    Dict,
    Name,
    Ref,
    StructureError,
    read_value,
    skip_space,
)
from sohoa_signing.verify.revisions import View

_HEAD = re.compile(rb"\d{1,10}[\x00\t\n\x0c\r ]+\d{1,5}[\x00\t\n\x0c\r ]+obj")


class NotPlain(Exception):
    """The object is not what the fast lane can edit; another lane must sign this file."""


@dataclass(frozen=True, slots=True)
class Text:
    """A value with the place it is written at: ``source[start:end]``."""

    source: Buffer
    start: int
    end: int
    value: Any

    @property
    def raw(self) -> bytes:
        """The text itself."""
        return bytes(self.source[self.start : self.end])

    def child(self, view: View, key: str) -> Text | None:
        """The value under ``key``, wherever it is written; ``None`` when there is none."""
        if not isinstance(self.value, Dict):
            raise NotPlain("dictionary")
        if key not in self.value or view.resolve(self.value[key]) is None:
            return None
        value = self.value[key]
        if isinstance(value, Ref):
            return text_of(view, value)
        start, end = self.value.spans[key]
        return Text(self.source, start, end, value)

    def edited(self, changes: Mapping[str, bytes]) -> bytes:
        """The dictionary's text with the entries of ``changes`` replaced or added."""
        if not isinstance(self.value, Dict) or self.value.twice:
            raise NotPlain("dictionary")
        pieces: list[bytes] = []
        at = self.start
        known = [key for key in changes if key in self.value.spans]
        for key in sorted(known, key=lambda name: self.value.spans[name][0]):
            start, end = self.value.spans[key]
            pieces += [bytes(self.source[at:start]), changes[key]]
            at = end
        pieces.append(bytes(self.source[at : self.end - 2]))
        pieces += [
            b" " + name_text(key) + b" " + changes[key] for key in changes if key not in known
        ]
        pieces.append(b" >>")
        return b"".join(pieces)

    def appended(self, item: bytes) -> bytes:
        """The array's text with one element more."""
        if not isinstance(self.value, list):
            raise NotPlain("array")
        return bytes(self.source[self.start : self.end - 1]) + b" " + item + b"]"


def text_of(view: View, reference: Ref) -> Text:
    """The text of the object behind ``reference``; raises :class:`NotPlain` for streams."""
    document = view.document
    entry, _ = view.locate(reference.number)
    if entry.kind == "n":
        if entry.second != reference.generation:
            raise NotPlain("generation")
        source: Buffer = document.data
        head = _HEAD.match(document.data, entry.first)
        if head is None:
            raise StructureError("object_head", entry.first)
        start = head.end()
    elif entry.kind == "c":
        source, start = document.container_text(entry.first, entry.second, view.index)
    else:
        raise NotPlain("free")
    start = skip_space(source, start)
    value, end = read_value(source, start)
    after = skip_space(source, end)
    if entry.kind == "n" and source[after : after + 6] != b"endobj":
        raise NotPlain("stream")
    return Text(source, start, end, value)


def name_text(name: str) -> bytes:
    """A PDF name with its slash (7.3.5)."""
    raw = str(name).encode("latin-1")
    plain = b"".join(
        bytes((code,)) if 0x21 <= code <= 0x7E and code not in b"#()<>[]{}/%" else b"#%02X" % code
        for code in raw
    )
    return b"/" + plain


def string_text(text: str) -> bytes:
    """A text string (7.9.2.2): literal when plain, else UTF-16 in hexadecimal."""
    if text.isascii() and text.isprintable() and not set(text) & set("()\\"):
        return b"(" + text.encode("ascii") + b")"
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode("ascii") + b">"


def value_text(value: Any) -> bytes:
    """Text of the simple values that stand in trailers."""
    if isinstance(value, Ref):
        return b"%d %d R" % value
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, Name):
        return name_text(value)
    if isinstance(value, bytes):
        return b"<" + value.hex().upper().encode("ascii") + b">"
    if isinstance(value, list):
        return b"[" + b" ".join(value_text(item) for item in value) + b"]"
    raise NotPlain("trailer")


def number_text(value: float) -> bytes:
    """A number with at most two decimals."""
    return b"%d" % value if value == int(value) else f"{value:.2f}".encode("ascii")
