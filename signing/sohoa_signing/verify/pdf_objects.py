"""A strict reader of PDF objects (ISO 32000-1 clause 7.3) that remembers where each value is.

Readers in use repair what they meet, each in its own way; a signature must not depend on
whose repair is applied. This one repairs nothing: what is not well formed raises
:class:`StructureError`. Dictionaries keep the byte span of every value, because the gap of a
signature must be exactly the span of ``/Contents``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_DEPTH = 100
MAX_ITEMS = 2_000_000

_SPACE = re.compile(rb"(?:[\x00\t\n\x0c\r ]+|%[^\r\n]*)*")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)")
_REFERENCE = re.compile(
    rb"(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+R(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
)
_NAME = re.compile(rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]*)")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_KEYWORD = re.compile(rb"[a-zA-Z]+")
_STRING_PART = re.compile(rb"[^()\\]*")
_HEX = re.compile(rb"[0-9A-Fa-f\x00\t\n\x0c\r ]*")
_OBJECT = re.compile(rb"(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+obj(?![a-zA-Z0-9])")
_STREAM = re.compile(rb"stream(?:\r\n|\n)")
_END_STREAM = re.compile(rb"(?:\r\n|\n|\r)?endstream(?![a-zA-Z0-9])")
_END_OBJECT = re.compile(rb"endobj(?![a-zA-Z0-9])")
_ESCAPES = {0x6E: b"\n", 0x72: b"\r", 0x74: b"\t", 0x62: b"\b", 0x66: b"\f"}


class StructureError(Exception):
    """The bytes are not a well-formed PDF; ``code`` says in what way."""

    def __init__(self, code: str, offset: int = -1) -> None:
        super().__init__(code, offset)
        self.code = code
        self.offset = offset


class Name(str):
    """A PDF name without its slash."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an indirect object."""

    number: int
    generation: int


class Dict(dict[str, Any]):
    """A dictionary with the byte span of each value and the keys that occur twice."""

    __slots__ = ("spans", "twice")

    def __init__(self) -> None:
        super().__init__()
        self.spans: dict[str, tuple[int, int]] = {}
        self.twice: list[str] = []


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary and the span of its raw bytes."""

    fields: Dict
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Indirect:
    """An indirect object: number, generation, value, and where it starts and ends."""

    number: int
    generation: int
    value: Any
    start: int
    end: int


def skip_space(data: bytes, pos: int) -> int:
    """Position of the next byte that is neither white space nor comment."""
    match = _SPACE.match(data, pos)
    return match.end() if match else pos


def read_value(data: bytes, pos: int, depth: int = 0) -> tuple[Any, int]:
    """The object at ``pos`` and the position after it; raises :class:`StructureError`."""
    if depth > MAX_DEPTH:
        raise StructureError("nesting", pos)
    pos = skip_space(data, pos)
    first = data[pos : pos + 1]
    if first == b"/":
        return _read_name(data, pos)
    if first == b"<":
        if data[pos + 1 : pos + 2] == b"<":
            return _read_dict(data, pos, depth)
        return _read_hex(data, pos)
    if first == b"(":
        return _read_string(data, pos)
    if first == b"[":
        return _read_array(data, pos, depth)
    reference = _REFERENCE.match(data, pos)
    if reference:
        return Ref(int(reference[1]), int(reference[2])), reference.end()
    number = _NUMBER.match(data, pos)
    if number:
        text = number[0]
        if len(text) > 60:
            raise StructureError("number", pos)
        return (float(text) if b"." in text else int(text)), number.end()
    keyword = _KEYWORD.match(data, pos)
    if keyword and keyword[0] in (b"true", b"false", b"null"):
        return {b"true": True, b"false": False, b"null": None}[keyword[0]], keyword.end()
    raise StructureError("token", pos)


def _read_name(data: bytes, pos: int) -> tuple[Name, int]:
    match = _NAME.match(data, pos)
    if match is None:
        raise StructureError("name", pos)
    raw = match[1]
    if b"#" in raw:
        raw = _NAME_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), raw)
    return Name(raw.decode("latin-1")), match.end()


def _read_dict(data: bytes, pos: int, depth: int) -> tuple[Dict, int]:
    result = Dict()
    pos += 2
    while True:
        pos = skip_space(data, pos)
        if data.startswith(b">>", pos):
            return result, pos + 2
        if data[pos : pos + 1] != b"/":
            raise StructureError("dictionary", pos)
        key, pos = _read_name(data, pos)
        start = skip_space(data, pos)
        value, pos = read_value(data, start, depth + 1)
        if key in result:
            result.twice.append(key)
        result[str(key)] = value
        result.spans[str(key)] = (start, pos)
        if len(result) > MAX_ITEMS:
            raise StructureError("size", pos)


def _read_array(data: bytes, pos: int, depth: int) -> tuple[list[Any], int]:
    result: list[Any] = []
    pos += 1
    while True:
        pos = skip_space(data, pos)
        if data[pos : pos + 1] == b"]":
            return result, pos + 1
        value, pos = read_value(data, pos, depth + 1)
        result.append(value)
        if len(result) > MAX_ITEMS:
            raise StructureError("size", pos)


def _read_hex(data: bytes, pos: int) -> tuple[bytes, int]:
    match = _HEX.match(data, pos + 1)
    if match is None or data[match.end() : match.end() + 1] != b">":
        raise StructureError("hex_string", pos)
    digits = match[0].translate(None, b"\x00\t\n\x0c\r ")
    if len(digits) % 2:
        digits += b"0"
    return bytes.fromhex(digits.decode("ascii")), match.end() + 1


def _read_string(data: bytes, pos: int) -> tuple[bytes, int]:
    parts: list[bytes] = []
    level = 1
    pos += 1
    while True:
        match = _STRING_PART.match(data, pos)
        end = match.end() if match else pos
        parts.append(data[pos:end])
        mark = data[end : end + 1]
        if not mark:
            raise StructureError("string", pos)
        pos = end + 1
        if mark == b"(":
            level += 1
            parts.append(mark)
        elif mark == b")":
            level -= 1
            if level == 0:
                return b"".join(parts), pos
            parts.append(mark)
        else:
            piece, pos = _read_escape(data, pos)
            parts.append(piece)


def _read_escape(data: bytes, pos: int) -> tuple[bytes, int]:
    code = data[pos : pos + 1]
    if code in (b"\r", b"\n"):
        return b"", pos + (2 if data[pos : pos + 2] == b"\r\n" else 1)
    if code and code in b"01234567":
        end = pos + 1
        while end < pos + 3 and data[end : end + 1] and data[end : end + 1] in b"01234567":
            end += 1
        return bytes([int(data[pos:end], 8) & 0xFF]), end
    return (_ESCAPES.get(code[0], code) if code else b""), pos + 1


class LengthOf:
    """How to find the length of a stream when it stands in another object."""

    def __call__(self, reference: Ref) -> int:
        raise StructureError("stream_length")


def read_indirect(data: bytes, pos: int, length_of: Any = LengthOf()) -> Indirect:  # noqa: B008
    """The indirect object at ``pos``, streams included, up to its ``endobj``."""
    start = skip_space(data, pos)
    head = _OBJECT.match(data, start)
    if head is None:
        raise StructureError("object_head", start)
    value, pos = read_value(data, head.end())
    pos = skip_space(data, pos)
    if data.startswith(b"stream", pos):
        match = _STREAM.match(data, pos)
        if match is None or not isinstance(value, Dict):
            raise StructureError("stream_head", pos)
        length = value.get("Length")
        if isinstance(length, Ref):
            length = length_of(length)
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise StructureError("stream_length", pos)
        end = match.end() + length
        tail = _END_STREAM.match(data, end) if end <= len(data) else None
        if tail is None:
            raise StructureError("stream_length", pos)
        value = Stream(value, match.end(), end)
        pos = skip_space(data, tail.end())
    closing = _END_OBJECT.match(data, pos)
    if closing is None:
        raise StructureError("object_end", pos)
    return Indirect(int(head[1]), int(head[2]), value, start, closing.end())
