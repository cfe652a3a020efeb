"""Records out of export files, one after the other: JSON lists, JSON lines, CSV.

A file is never held whole: a JSON list of a million dossiers is read entry by entry. What is
broken is an :class:`Unreadable` with its place, and reading goes on behind it where that is
possible.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sohoa_validators.errors import ExportUnreadable
from sohoa_validators.exports.mapping import ExportMapping

#: One dossier of an export is a few kilobytes; more than this is no dossier.
MAX_RECORD = 16_000_000
MAX_ROWS = 10_000
_CHUNK = 1 << 16
#: How many dossiers back a CSV's split dossier is still noticed.
_WINDOW = 100_000


@dataclass(frozen=True, slots=True)
class Record:
    """One dossier of an export; ``number`` counts from 1 in its file."""

    number: int
    data: dict[str, Any]
    rows: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that could not be read."""

    number: int
    error: ExportUnreadable


Read = Record | Unreadable


def export_files(folder: Path, mapping: ExportMapping) -> Iterator[Path]:
    """The files of an export in order of their paths; links are not followed."""
    if folder.is_file():
        yield folder
        return
    found = {
        path
        for pattern in mapping.files
        for path in folder.rglob(pattern)
        if path.is_file() and not path.is_symlink()
    }
    yield from sorted(found)


def read_records(path: Path, mapping: ExportMapping, *, skip: int = 0) -> Iterator[Read]:
    """The records of one file after the first ``skip``."""
    suffix = path.suffix.casefold()
    reader = _csv if suffix == ".csv" else _lines if suffix in (".jsonl", ".ndjson") else _list
    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    number = 0
    try:
        codecs.lookup(encoding)
        with path.open(encoding=encoding, newline="") as stream:
            for number, found in enumerate(reader(stream, mapping), 1):
                if number <= skip:
                    continue
                if isinstance(found, str):
                    yield Unreadable(number, _unreadable(path, number, found))
                else:
                    yield Record(number, found[0], found[1])
    except UnicodeError:
        detail = f"not {mapping.encoding}"
        yield Unreadable(number + 1, _unreadable(path, number + 1, detail))
    except OSError as error:
        detail = error.strerror or type(error).__name__
        yield Unreadable(number + 1, _unreadable(path, number + 1, detail))


def _unreadable(path: Path, number: int, detail: str) -> ExportUnreadable:
    return ExportUnreadable(where=f"{path.name}#{number}", record=number, detail=detail)


_Found = tuple[dict[str, Any], tuple[dict[str, Any], ...]] | str


def _object(value: Any) -> _Found:
    return (value, ()) if isinstance(value, dict) else "not an object"


def _lines(stream: TextIO, mapping: ExportMapping) -> Iterator[_Found]:
    while True:
        line = stream.readline(MAX_RECORD)
        if not line:
            return
        if len(line) >= MAX_RECORD and not line.endswith("\n"):
            while line and not line.endswith("\n"):
                line = stream.readline(MAX_RECORD)
            yield "too large"
            continue
        if not line.strip():
            continue
        try:
            yield _object(json.loads(line))
        except (ValueError, RecursionError) as error:
            yield _why(error)


def _why(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


# --- one JSON list, entry by entry -------------------------------------------------------------


class _Broken(Exception):
    """The JSON breaks off or is none: nothing behind that place can be trusted."""


class _Text:
    """A window on the text of a file that moves forward only."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._buffer = ""
        self._at = 0
        self._decoder = json.JSONDecoder()
        self._ended = False

    def _more(self) -> bool:
        piece = self._stream.read(max(_CHUNK, len(self._buffer) - self._at))
        self._ended = not piece
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        if len(self._buffer) > 2 * MAX_RECORD:
            raise _Broken("too large")
        return not self._ended

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in " \t\r\n":
                    return self._buffer[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, expected: str) -> None:
        """Step over one character."""
        found = self.peek()
        if found != expected:
            raise _Broken(f"{expected!r} is expected, {found or 'the end'!r} stands here")
        self._at += 1

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._buffer, self._at)
            except RecursionError as error:
                raise _Broken("nested too deeply") from error
            except ValueError as error:
                if self._ended or not self._more():
                    raise _Broken(_why(error)) from error
                continue
            # A number may go on in the next piece.
            if end == len(self._buffer) and not self._ended and not isinstance(found, dict | list):
                self._more()
                continue
            self._at = end
            return found


def _list(stream: TextIO, mapping: ExportMapping) -> Iterator[_Found]:
    text = _Text(stream)
    try:
        for step in mapping.records.split(".") if mapping.records is not None else ():
            _enter(text, step)
        first = text.peek()
        if first == "":
            return
        if first == "{":  # a file may hold one dossier
            yield _object(text.value())
            return
        text.take("[")
        while text.peek() != "]":
            yield _object(text.value())
            if text.peek() != "]":
                text.take(",")
    except _Broken as broken:
        yield str(broken)


def _enter(text: _Text, key: str) -> None:
    """Move to the value of ``key`` of the object that comes next."""
    text.take("{")
    while text.peek() != "}":
        name = text.value()
        text.take(":")
        if name == key:
            return
        text.value()
        if text.peek() != "}":
            text.take(",")
    raise _Broken(f"there is no {key!r}")


# --- CSV ---------------------------------------------------------------------------------------


def _csv(stream: TextIO, mapping: ExportMapping) -> Iterator[_Found]:
    csv.field_size_limit(MAX_RECORD)
    rows = csv.DictReader(_physical(stream), delimiter=mapping.delimiter, restkey="")
    group: list[dict[str, Any]] = []
    seen: dict[int, None] = {}
    try:
        for row in rows:
            if mapping.group_by is None:
                yield dict(row), (dict(row),)
                continue
            key = row.get(mapping.group_by)
            if key is None:
                yield f"there is no column {mapping.group_by!r}"
                return
            if group and group[0][mapping.group_by] != key:
                yield _grouped(group, mapping.group_by, seen)
                group = []
            if len(group) < MAX_ROWS:
                group.append(dict(row))
    except csv.Error as error:
        yield str(error)
        return
    if group and mapping.group_by is not None:
        yield _grouped(group, mapping.group_by, seen)


def _grouped(group: list[dict[str, Any]], key: str, seen: dict[int, None]) -> _Found:
    # A dossier whose rows stand apart is noticed within a window: memory stays flat.
    name = hash(group[0][key])
    if name in seen:
        return "the rows of this dossier stand apart; sort the file by its code"
    seen[name] = None
    if len(seen) > _WINDOW:
        del seen[next(iter(seen))]
    return group[0], tuple(group)


def _physical(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(MAX_RECORD):
        yield line.replace("\x00", "\ufffd")
