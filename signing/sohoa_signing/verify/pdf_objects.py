"""A strict reader of PDF objects (ISO 32000-1 clause 7.3) that remembers where each value is.

Readers in use repair what they meet, each in its own way; a signature must not depend on
whose repair is applied. This one repairs nothing: what is not well formed raises
:class:`StructureError`. Dictionaries keep the byte span of every value, because the gap of a
signature must be exactly the span of ``/Contents``.
"""

from __future__ import annotations

import mmap
import re
from binascii import unhexlify
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

#: The bytes of a file, or the file itself mapped into memory when it is large.
Buffer = bytes | mmap.mmap

MAX_DEPTH = 100
MAX_ITEMS = 2_000_000

_SPACE = re.compile(rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STRING_PART = re.compile(rb"[^()\\]*")
_OBJECT = re.compile(rb"(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+obj(?![a-zA-Z0-9])")
#: What follows the value of an object: the data of a stream, or the end.
_AFTER = re.compile(
    rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+"
    rb"(?:(stream)(?:(\r\n|\n)|)|(endobj)(?![a-zA-Z0-9]))"
)
_END_STREAM = re.compile(rb"(?:\r\n|\n|\r)?endstream(?![a-zA-Z0-9])")
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

    # Shared by those that were not read from bytes: making objects is half of reading.
    spans: Mapping[str, tuple[int, int]] = MappingProxyType({})
    twice: tuple[str, ...] = ()


class Stream(NamedTuple):
    """A stream: its dictionary and the span of its raw bytes."""

    fields: Dict
    start: int
    end: int


class Indirect(NamedTuple):
    """An indirect object: number, generation, value, and where it starts and ends."""

    number: int
    generation: int
    value: Any
    start: int
    end: int


def skip_space(data: Buffer, pos: int) -> int:
    """Position of the next byte that is neither white space nor comment."""
    match = _SPACE.match(data, pos)
    return match.end() if match else pos


#: One look at the next token, after white space and comments. The groups in order: name,
#: dictionary, hexadecimal string, literal string, array, reference (two), number, keyword,
#: end of a dictionary, end of an array.
_TOKEN = re.compile(
    rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+(?:"  # possessive: hostile spaces stay linear
    rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]*)"
    rb"|(<<)"
    rb"|<([0-9A-Fa-f\x00\t\n\x0c\r ]*)>"
    rb"|(\()"
    rb"|(\[)"
    rb"|(\d{1,10})[\x00\t\n\x0c\r ]++(\d{1,5})[\x00\t\n\x0c\r ]++R"
    rb"(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
    rb"|([+-]?(?:\d+\.?\d*|\.\d+))"
    rb"|([a-zA-Z]+)"
    rb"|(>>)"
    rb"|(\]))"
)
_IS_NAME, _IS_DICT, _IS_HEX, _IS_STRING, _IS_ARRAY, _IS_REF = 1, 2, 3, 4, 5, 7
_IS_NUMBER, _IS_KEYWORD, _IS_DICT_END, _IS_ARRAY_END = 8, 9, 10, 11
#: Numbers of more digits are looked at closely.
_LONG = 19
_new = tuple.__new__
_KEYWORDS = {b"true": True, b"false": False, b"null": None}


def read_value(data: Buffer, pos: int, depth: int = 0) -> tuple[Any, int]:
    """The object at ``pos`` and the position after it; raises :class:`StructureError`."""
    token = _TOKEN.match(data, pos)
    if token is None:
        raise StructureError("token", pos)
    return _value_of(data, token, depth)


def _value_of(data: Buffer, token: re.Match[bytes], depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise StructureError("nesting", token.end())
    kind = token.lastindex
    if kind == _IS_NAME:
        return _name(token[1]), token.end()
    if kind == _IS_REF:
        return Ref(int(token[6]), int(token[7])), token.end()
    if kind == _IS_NUMBER:
        text = token[8]
        if len(text) > 60:
            raise StructureError("number", token.start(8))
        return (float(text) if b"." in text else int(text)), token.end()
    if kind == _IS_DICT:
        return _read_dict(data, token.end(), depth)
    if kind == _IS_ARRAY:
        return _read_array(data, token.end(), depth)
    if kind == _IS_HEX:
        return _hex(token[3]), token.end()
    if kind == _IS_STRING:
        return _read_string(data, token.start(4))
    if kind == _IS_KEYWORD and token[9] in _KEYWORDS:
        return _KEYWORDS[token[9]], token.end()
    raise StructureError("token", token.end())


def _name(raw: bytes) -> Name:
    known = _names.get(raw)
    if known is not None:
        return known
    plain = _NAME_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), raw) if b"#" in raw else raw
    name = Name(plain.decode("latin-1"))
    if len(raw) <= _SHORT:
        if len(_names) >= _MANY:
            _names.clear()
            _keys.clear()
        _names[raw] = name
        _keys[raw] = str(name)
    return name


#: The few names that all files use, decoded once: as values, and as keys (plain text, which
#: dictionaries find faster).
_names: dict[bytes, Name] = {}
_keys: dict[bytes, str] = {}
_SHORT, _MANY = 40, 4096


def _hex(digits: bytes) -> bytes:
    try:
        return unhexlify(digits)
    except ValueError:
        plain = digits.translate(None, b"\x00\t\n\x0c\r ")
    if len(plain) % 2:
        plain += b"0"
    return unhexlify(plain)


def _read_dict(data: Buffer, pos: int, depth: int) -> tuple[Dict, int]:
    result = Dict()
    spans: dict[str, tuple[int, int]] = {}
    match = _TOKEN.match
    deep = depth >= MAX_DEPTH
    while True:
        token = match(data, pos)
        kind = token.lastindex if token else 0
        if token is None or kind != _IS_NAME:
            if token is not None and kind == _IS_DICT_END:
                result.spans = spans
                return result, token.end()
            raise StructureError("dictionary", pos)
        raw = token[1]
        key = _keys.get(raw) or str(_name(raw))
        token = match(data, token.end())
        if token is None:
            raise StructureError("token", pos)
        kind = token.lastindex
        value: Any
        # The most frequent kinds at once, the rest by the general way.
        if kind == _IS_NAME and not deep:
            raw = token[1]
            value = _names.get(raw) or _name(raw)
            start, pos = token.start(1) - 1, token.end()
        elif kind == _IS_REF and not deep:
            value = _new(Ref, (int(token[6]), int(token[7])))
            start, pos = token.start(6), token.end()
        elif kind == _IS_NUMBER and not deep and token[8].isdigit() and len(token[8]) < _LONG:
            value = int(token[8])
            start, pos = token.span(8)
        else:
            start = _start(token)
            value, pos = _value_of(data, token, depth + 1)
        if key in result:
            result.twice += (key,)
        result[key] = value
        spans[key] = (start, pos)
        if len(result) > MAX_ITEMS:
            raise StructureError("size", pos)


def _start(token: re.Match[bytes]) -> int:
    """Where the token itself begins, behind white space and comments."""
    kind = token.lastindex or 0
    if kind == _IS_REF:
        return token.start(6)
    return token.start(kind) - (1 if kind in (_IS_NAME, _IS_HEX) else 0)


def _read_array(data: Buffer, pos: int, depth: int) -> tuple[list[Any], int]:
    result: list[Any] = []
    match = _TOKEN.match
    deep = depth >= MAX_DEPTH
    while True:
        token = match(data, pos)
        if token is None:
            raise StructureError("token", pos)
        kind = token.lastindex
        if kind == _IS_ARRAY_END:
            return result, token.end()
        if kind == _IS_REF and not deep:
            result.append(_new(Ref, (int(token[6]), int(token[7]))))
            pos = token.end()
        elif kind == _IS_NUMBER and not deep and token[8].isdigit() and len(token[8]) < _LONG:
            result.append(int(token[8]))
            pos = token.end()
        else:
            value, pos = _value_of(data, token, depth + 1)
            result.append(value)
        if len(result) > MAX_ITEMS:
            raise StructureError("size", pos)


def _read_string(data: Buffer, pos: int) -> tuple[bytes, int]:
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


def _read_escape(data: Buffer, pos: int) -> tuple[bytes, int]:
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


def read_indirect(data: Buffer, pos: int, length_of: Any = LengthOf()) -> Indirect:  # noqa: B008
    """The indirect object at ``pos``, streams included, up to its ``endobj``."""
    head = _OBJECT.match(data, pos)
    if head is None:
        pos = skip_space(data, pos)
        head = _OBJECT.match(data, pos)
        if head is None:
            raise StructureError("object_head", pos)
    start = pos
    value, pos = read_value(data, head.end())
    after = _AFTER.match(data, pos)
    if after is not None and after[1]:
        if after[2] is None or not isinstance(value, Dict):
            raise StructureError("stream_head", after.start(1))
        length = value.get("Length")
        if isinstance(length, Ref):
            length = length_of(length)
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise StructureError("stream_length", after.start(1))
        end = after.end() + length
        tail = _END_STREAM.match(data, end) if end <= len(data) else None
        if tail is None:
            raise StructureError("stream_length", after.start(1))
        value = Stream(value, after.end(), end)
        pos = tail.end()
        after = _AFTER.match(data, pos)
    if after is None or not after[3]:
        raise StructureError("object_end", pos)
    return Indirect(int(head[1]), int(head[2]), value, start, after.end())
