"""The revisions of a PDF: what each incremental update defines, read strictly.

A PDF that was signed and added to is a row of revisions, each ending in ``%%EOF``. This
module walks the cross-reference sections from the last ``startxref`` back to the first,
demands that each lies inside its own revision, and lets a caller look at the document as it
was after any of them (ISO 32000-1 clauses 7.5.4 to 7.5.8).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sohoa_signing.verify.pdf_objects import (
    Buffer,
    Dict,
    Indirect,
    Ref,
    Stream,
    StructureError,
    read_indirect,
    read_value,
    skip_space,
)
from sohoa_signing.verify.predictors import undo_predictor

MAX_REVISIONS = 500
MAX_OBJECTS = 5_000_000
MAX_INFLATED = 256_000_000

_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])(?: ?\r\n| \n| \r|\n|\r)")
#: The usual form: 20 bytes each, as the standard demands.
_PLAIN_ENTRIES = re.compile(rb"(?:\d{10} \d{5} [nf](?: \r| \n|\r\n))*+")
_PLAIN_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])")
_SUBSECTION = re.compile(rb"(\d{1,10})[ \t]+(\d{1,10})[ \t]*(?:\r\n|\n|\r)")
TAIL = re.compile(rb"startxref[\x00\t\n\x0c\r ]+(\d{1,12})[\x00\t\n\x0c\r ]+%%EOF(?:\r\n|\n|\r)?")


class Entry(NamedTuple):
    """Where an object is: ``kind`` n (offset, generation), c (container, index) or f (free)."""

    kind: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Section:
    """One cross-reference section: a table with trailer, or a stream."""

    offset: int
    end: int
    entries: dict[int, Entry]
    trailer: Dict
    own_number: int | None


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: its bytes ``[start, end)``, its sections, and what is wrong with it."""

    index: int
    start: int
    end: int
    sections: tuple[Section, ...]
    entries: dict[int, Entry]
    trailer: Dict
    problems: tuple[str, ...] = ()


@dataclass
class _Inflated:
    """How many bytes were decompressed so far: a bomb must not cost more than the limit."""

    total: int = 0
    limit: int = MAX_INFLATED


class Document:
    """A strictly read PDF; raises :class:`StructureError` when it cannot be read so."""

    def __init__(self, data: Buffer, *, max_inflated: int = MAX_INFLATED) -> None:
        self.data = data
        self._inflated = _Inflated(limit=max_inflated)
        if data[:5] != b"%PDF-":
            raise StructureError("header", 0)
        self._containers: dict[int, list[tuple[int, Any]]] = {}
        self.parsed: dict[int, Indirect] = {}
        self.trailing = b""
        self.revisions = self._read_revisions()
        #: For each object, oldest first, the revisions that define it and where. One index for
        #: all views: hundreds of them must not cost hundreds of copies.
        self.places: dict[int, list[tuple[int, Entry]]] = {}
        for revision in self.revisions:
            for number, entry in revision.entries.items():
                self.places.setdefault(number, []).append((revision.index, entry))
        self._views: dict[int, View] = {}

    @property
    def last(self) -> View:
        """The document as it is now."""
        return self.view(len(self.revisions) - 1)

    def view(self, index: int) -> View:
        """The document as it was after revision ``index``."""
        if index not in self._views:
            self._views[index] = View(self, index)
        return self._views[index]

    def release(self) -> None:
        """Let the views go, which hold the document as it holds them.

        Without this the bytes of each file stay until the collector of circles comes by: in a
        batch of large files that is many files later.
        """
        self._views.clear()

    # --- sections -----------------------------------------------------------------------

    def _read_revisions(self) -> list[Revision]:
        data = self.data
        at = data.rfind(b"startxref")
        tail = TAIL.match(data, at) if at >= 0 else None
        if tail is None:
            raise StructureError("startxref", at)
        self.trailing = data[tail.end() :]
        chains: list[list[Section]] = []
        seen: set[int] = set()
        offset: int | None = int(tail[1])
        while offset is not None:
            if offset in seen or len(seen) > MAX_REVISIONS:
                raise StructureError("xref_loop", offset)
            seen.add(offset)
            section = self._read_section(offset)
            group = [section]
            hybrid = section.trailer.get("XRefStm")
            if isinstance(hybrid, int):
                if hybrid in seen:
                    raise StructureError("xref_loop", hybrid)
                seen.add(hybrid)
                group.append(self._read_section(hybrid))
            chains.append(group)
            previous = section.trailer.get("Prev")
            if previous is not None and (
                not isinstance(previous, int) or isinstance(previous, bool)
            ):
                raise StructureError("prev", offset)
            offset = previous
        revisions = self._order(chains)
        if revisions[-1].end != tail.end():
            # The last startxref leads back to an older version: newer bytes hang in the air.
            raise StructureError("revision_end", at)
        return revisions

    def _order(self, chains: list[list[Section]]) -> list[Revision]:
        """From oldest to newest; a linearized first part joins the section it points to."""
        groups = list(reversed(chains))
        if len(groups) > 1 and groups[0][0].offset > groups[1][0].offset:
            if b"/Linearized" not in self.data[:1024]:
                raise StructureError("xref_order", groups[0][0].offset)
            main, first_page = groups[0], groups[1]
            groups[:2] = [[*first_page, *main]]
            last_section = main[0]
        else:
            last_section = groups[0][0]
        revisions: list[Revision] = []
        start = 0
        for index, group in enumerate(groups):
            newest = group[0] if index else last_section
            end = self._revision_end(newest, expected=group[0].offset)
            if index and any(not start <= s.offset < end for s in group):
                raise StructureError("xref_outside_revision", group[0].offset)
            entries, problems = _merge(group)
            revisions.append(
                Revision(index, start, end, tuple(group), entries, group[0].trailer, problems)
            )
            start = end
        return revisions

    def _revision_end(self, section: Section, *, expected: int) -> int:
        at = skip_space(self.data, section.end)
        tail = TAIL.match(self.data, at)
        if tail is None or int(tail[1]) != expected:
            raise StructureError("revision_end", at)
        return tail.end()

    def _read_section(self, offset: int) -> Section:
        data = self.data
        if not 0 <= offset < len(data):
            raise StructureError("xref_offset", offset)
        if data[offset : offset + 4] == b"xref":
            return self._read_table(offset)
        found = read_indirect(data, offset)
        if found.start != offset or not isinstance(found.value, Stream):
            raise StructureError("xref_offset", offset)
        return self._read_xref_stream(found)

    def _read_table(self, offset: int) -> Section:
        data = self.data
        pos = skip_space(data, offset + 4)
        entries: dict[int, Entry] = {}
        while data[pos : pos + 7] != b"trailer":
            head = _SUBSECTION.match(data, pos)
            if head is None:
                raise StructureError("xref_table", pos)
            number, count = int(head[1]), int(head[2])
            pos = head.end()
            if count > MAX_OBJECTS or number + count > 2**31:
                raise StructureError("xref_table", pos)
            pos = _read_entries(data, pos, number, count, entries)
            pos = skip_space(data, pos)
        trailer, end = read_value(data, pos + 7)
        if not isinstance(trailer, Dict) or trailer.twice:
            raise StructureError("trailer", pos)
        return Section(offset, end, entries, trailer, None)

    def _read_xref_stream(self, found: Indirect) -> Section:
        fields = found.value.fields
        if fields.get("Type") != "XRef" or fields.twice:
            raise StructureError("xref_stream", found.start)
        widths, size = fields.get("W"), fields.get("Size")
        if not (
            isinstance(widths, list)
            and len(widths) == 3
            and all(isinstance(w, int) and 0 <= w <= 8 for w in widths)
            and isinstance(size, int)
        ):
            raise StructureError("xref_stream", found.start)
        index = fields.get("Index", [0, size])
        if (
            not isinstance(index, list)
            or len(index) % 2
            or not all(isinstance(i, int) and i >= 0 for i in index)
        ):
            raise StructureError("xref_stream", found.start)
        table = self.decode(found.value)
        step = sum(widths)
        entries: dict[int, Entry] = {}
        pos = 0
        for number, count in zip(index[::2], index[1::2], strict=True):
            if step == 0 or pos + count * step > len(table):
                raise StructureError("xref_stream", found.start)
            for current in range(number, number + count):
                row = table[pos : pos + step]
                pos += step
                if current in entries:
                    raise StructureError("xref_twice", found.start)
                entries[current] = _stream_entry(row, widths, found.start)
        return Section(found.start, found.end, entries, fields, found.number)

    # --- streams ------------------------------------------------------------------------

    def decode(self, stream: Stream) -> bytes:
        """The bytes of an unfiltered or Flate stream; predictors as cross-references use."""
        raw = bytes(self.data[stream.start : stream.end])
        filters = stream.fields.get("Filter")
        if isinstance(filters, list):
            if len(filters) > 1:
                raise StructureError("filter", stream.start)
            filters = filters[0] if filters else None
        if filters is None:
            return raw
        if filters != "FlateDecode":
            raise StructureError("filter", stream.start)
        room = self._inflated.limit - self._inflated.total
        engine = zlib.decompressobj()
        try:
            plain = engine.decompress(raw, room + 1)
        except zlib.error:
            raise StructureError("flate", stream.start) from None
        if len(plain) > room or not engine.eof:
            raise StructureError("flate", stream.start)
        self._inflated.total += len(plain)
        parameters = stream.fields.get("DecodeParms")
        if isinstance(parameters, list):
            parameters = parameters[0] if parameters else None
        if not isinstance(parameters, Dict) or parameters.get("Predictor", 1) == 1:
            return plain
        return undo_predictor(plain, parameters, stream.start)

    def object_stream(self, number: int, index: int) -> list[tuple[int, Any]]:
        """Numbers and values inside object stream ``number``, seen from revision ``index``."""
        entry, _ = self.view(index).locate(number)
        if entry.kind != "n":
            raise StructureError("object_stream")
        if entry.first not in self._containers:
            self._containers[entry.first] = self._read_container(number, entry.first, index)
        return self._containers[entry.first]

    def container_text(self, number: int, position: int, index: int) -> tuple[bytes, int]:
        """The text of object stream ``number`` and where its object at ``position`` starts."""
        entry, _ = self.view(index).locate(number)
        if entry.kind != "n":
            raise StructureError("object_stream")
        plain, head, first = self._open_container(number, entry.first, index)
        if 2 * position + 1 >= len(head):
            raise StructureError("object_stream", entry.first)
        return plain, first + head[2 * position + 1]

    def _read_container(self, number: int, offset: int, index: int) -> list[tuple[int, Any]]:
        plain, head, first = self._open_container(number, offset, index)
        result = []
        for number_, at in zip(head[::2], head[1::2], strict=True):
            value, _ = read_value(plain, first + at)
            result.append((number_, value))
        return result

    def _open_container(self, number: int, offset: int, index: int) -> tuple[bytes, list[int], int]:
        found = read_indirect(self.data, offset, self.view(index).length_of)
        if found.number != number or not isinstance(found.value, Stream):
            raise StructureError("object_stream", offset)
        fields = found.value.fields
        count, first = fields.get("N"), fields.get("First")
        if (
            fields.get("Type") != "ObjStm"
            or not isinstance(count, int)
            or not isinstance(first, int)
        ):
            raise StructureError("object_stream", offset)
        plain = self.decode(found.value)
        if not 0 <= count <= len(plain) or not 0 <= first <= len(plain):
            raise StructureError("object_stream", offset)
        try:
            head = [int(part) for part in plain[:first].split()]
        except ValueError:
            raise StructureError("object_stream", offset) from None
        if len(head) < 2 * count:
            raise StructureError("object_stream", offset)
        return plain, head[: 2 * count], first


def _read_entries(data: Buffer, pos: int, first: int, count: int, entries: dict[int, Entry]) -> int:
    """Read ``count`` lines of a cross-reference table; returns the position after them."""
    if count * 18 > len(data):
        raise StructureError("xref_table", pos)
    block = data[pos : pos + 20 * count]
    if len(block) == 20 * count and _PLAIN_ENTRIES.fullmatch(block):
        lines = zip(range(first, first + count), _PLAIN_ENTRY.findall(block), strict=True)
        known = len(entries)
        entries.update(
            (number, Entry("n" if kind == b"n" else "f", int(offset), int(generation)))
            for number, (offset, generation, kind) in lines
        )
        if len(entries) != known + count:
            raise StructureError("xref_twice", pos)
        return pos + 20 * count
    for number in range(first, first + count):
        line = _ENTRY.match(data, pos)
        if line is None:
            raise StructureError("xref_table", pos)
        if number in entries:
            raise StructureError("xref_twice", pos)
        entries[number] = Entry(line[3].decode(), int(line[1]), int(line[2]))
        pos = line.end()
    return pos


def _stream_entry(row: bytes, widths: list[int], offset: int) -> Entry:
    a, b, _ = widths
    kind = int.from_bytes(row[:a], "big") if a else 1
    first = int.from_bytes(row[a : a + b], "big")
    second = int.from_bytes(row[a + b :], "big")
    if kind not in (0, 1, 2):
        raise StructureError("xref_stream", offset)
    return Entry("fnc"[kind], first, second)


def _merge(group: list[Section]) -> tuple[dict[int, Entry], tuple[str, ...]]:
    """One map for the sections of a revision; says where two readers would disagree."""
    merged = dict(group[0].entries)
    problems: list[str] = []
    for section in group[1:]:
        for number, entry in section.entries.items():
            known = merged.get(number)
            if known is None or known.kind == "f":
                merged[number] = entry
            elif known != entry and entry.kind != "f":
                problems.append("hybrid_conflict")
    return merged, tuple(dict.fromkeys(problems))


_NOWHERE = (Entry("f", 0, 65535), -1)


@dataclass
class View:
    """The document after one revision; resolves references strictly and remembers them."""

    document: Document
    index: int
    _cache: dict[int, Any] = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)
    #: Kept by those who look for them: they ask again and again.
    signature_fields: tuple[Any, ...] | None = None
    _pages: list[Ref] | None = None

    @property
    def beyond_size(self) -> bool:
        """Whether objects are numbered past /Size, which strict readers ignore (7.5.5)."""
        size = self.trailer.get("Size")
        return not isinstance(size, int) or max(self.numbers(), default=0) >= size

    @property
    def trailer(self) -> Dict:
        return self.document.revisions[self.index].trailer

    def locate(self, number: int) -> tuple[Entry, int]:
        """Where object ``number`` is, and which revision said so."""
        for index, entry in reversed(self.document.places.get(number, ())):
            if index <= self.index:
                return entry, index
        return _NOWHERE

    def numbers(self) -> Iterator[int]:
        """All object numbers that are not free."""
        places = self.document.places
        if self.index == len(self.document.revisions) - 1:
            return (number for number, each in places.items() if each[-1][1].kind != "f")
        return (number for number in places if self.locate(number)[0].kind != "f")

    def length_of(self, reference: Ref) -> int:
        """The length of a stream, when it stands in an object of its own."""
        value = self.resolve(reference)
        if not isinstance(value, int) or isinstance(value, bool):
            raise StructureError("stream_length")
        return value

    def resolve(self, value: Any) -> Any:
        """``value`` itself, or what it refers to; a free object is null (7.3.10)."""
        for _ in range(32):
            if not isinstance(value, Ref):
                return value
            value = self._fetch(value)
        raise StructureError("reference_loop")

    def _fetch(self, reference: Ref) -> Any:
        number = reference.number
        if number in self._cache:
            return self._cache[number]
        entry, _ = self.locate(number)
        if entry.kind == "f":
            return None
        if entry.kind == "n":
            found = self.indirect(number)
            if found.generation != reference.generation:
                return None
            value = found.value
        else:
            value = self._from_container(number, entry)
        self._cache[number] = value
        return value

    def indirect(self, number: int) -> Indirect:
        """The uncompressed object ``number`` with its position."""
        entry, revision = self.locate(number)
        if entry.kind != "n":
            raise StructureError("object_place")
        offset = entry.first
        # Nothing may reach over the end of the revision that lists it: what was signed would
        # go on in bytes that came later.
        limit = self.document.revisions[revision].end
        known = self.document.parsed.get(offset)
        if known is not None:
            if known.number != number or known.end > limit:
                raise StructureError("object_place", offset)
            return known
        if number in self._busy:
            # A stream whose length stands in itself, or in a circle of such streams.
            raise StructureError("reference_loop", offset)
        self._busy.add(number)
        try:
            found = read_indirect(self.document.data, offset, self.length_of)
        finally:
            self._busy.discard(number)
        if found.start != offset or found.number != number or found.end > limit:
            raise StructureError("object_place", offset)
        stream = found.value
        if not isinstance(stream, Stream) or not isinstance(stream.fields.get("Length"), Ref):
            # A length in another object may change between revisions: not kept.
            self.document.parsed[offset] = found
        return found

    def _from_container(self, number: int, entry: Entry) -> Any:
        listed = self.document.object_stream(entry.first, self.index)
        if entry.second < len(listed) and listed[entry.second][0] == number:
            return listed[entry.second][1]
        raise StructureError("object_stream")

    def dictionary(self, value: Any) -> Dict:
        """``value`` resolved to a dictionary (of a stream, too); empty when it is none."""
        resolved = self.resolve(value)
        if isinstance(resolved, Stream):
            return resolved.fields
        return resolved if isinstance(resolved, Dict) else Dict()

    def array(self, value: Any) -> list[Any]:
        """``value`` resolved to an array; empty when it is none."""
        resolved = self.resolve(value)
        return resolved if isinstance(resolved, list) else []

    @property
    def root(self) -> Dict:
        """The document catalog."""
        return self.dictionary(self.trailer.get("Root"))

    def first_page(self) -> Ref:
        """The first page alone, without walking through all of them."""
        node: Any = self.root.get("Pages")
        for _ in range(100):
            kids = self.dictionary(node).get("Kids")
            if kids is None:
                if isinstance(node, Ref) and self.dictionary(node).get("Type", "Page") == "Page":
                    return node
                break
            listed = self.array(kids)
            # A node without children is legal in the middle; who leads with one is unusual.
            node = listed[0] if listed else None
        raise StructureError("page_tree")

    def pages(self, limit: int) -> list[Ref]:
        """References to the pages in order; raises :class:`StructureError` on a loop."""
        if self._pages is None:
            self._pages = self._walk_pages(limit)
        return self._pages

    def _walk_pages(self, limit: int) -> list[Ref]:
        result: list[Ref] = []
        seen: set[Ref] = set()
        stack: list[Any] = [self.root.get("Pages")]
        while stack:
            node = stack.pop()
            if not isinstance(node, Ref) or node in seen:
                raise StructureError("page_tree")
            seen.add(node)
            fields = self.dictionary(node)
            kids = fields.get("Kids")
            if kids is None:
                if fields.get("Type", "Page") != "Page":
                    raise StructureError("page_tree")
                result.append(node)
                if len(result) > limit:
                    raise StructureError("page_count")
            else:
                stack.extend(reversed(self.array(kids)))
        return result
