"""One incremental update: new and changed objects, their cross-references, nothing else.

The update speaks the language of the file (ISO 32000-1 clauses 7.5.6 and 7.5.8): a
cross-reference table where the newest section is a table, a stream where it is a stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby

from sohoa_signing.pdf_text import NotPlain, value_text
from sohoa_signing.verify.pdf_objects import Ref
from sohoa_signing.verify.revisions import Document, View

#: Entries of an old trailer that a new one repeats; the rest belongs to the section itself.
_KEPT = ("Root", "Info")


class Update:
    """What is appended to ``document``, whose file is ``size`` bytes long.

    ``begin`` is where the update starts: normally the end of the file, or of an update that
    was put together before and is not written yet.
    """

    def __init__(self, document: Document, *, seed: bytes = b"") -> None:
        newest = document.revisions[-1]
        if any("XRefStm" in revision.trailer for revision in document.revisions):
            raise NotPlain("hybrid")
        if "Encrypt" in newest.trailer:
            raise NotPlain("encrypted")
        self.document = document
        self.view: View = document.last
        self.begin = len(document.data)
        size = newest.trailer.get("Size")
        highest = max(self.view.numbers(), default=0)
        if not isinstance(size, int) or highest >= size:
            raise NotPlain("size")
        self._next = size
        self._objects: dict[int, tuple[int, bytes]] = {}
        self._previous = newest.sections[0].offset
        self._as_stream = newest.sections[0].own_number is not None
        self._seed = seed
        self._prefix = b"" if document.data[self.begin - 1 : self.begin] in b"\r\n" else b"\n"

    def new(self) -> int:
        """A number for a new object."""
        self._next += 1
        return self._next - 1

    def add(self, body: bytes) -> int:
        """A new object; returns its number."""
        number = self.new()
        self.put(Ref(number, 0), body)
        return number

    def put(self, reference: Ref, body: bytes) -> None:
        """Define (or define anew) an object."""
        self._objects[reference.number] = (reference.generation, body)

    def has(self, number: int) -> bool:
        """Whether the update defines this object already."""
        return number in self._objects

    def finish(self) -> tuple[bytes, dict[int, int]]:
        """The bytes to append, and where in the new file each object's body starts."""
        parts: list[bytes] = [self._prefix]
        at = self.begin + len(self._prefix)
        places: dict[int, int] = {}
        bodies: dict[int, int] = {}
        for number, (generation, body) in self._objects.items():
            head = b"%d %d obj\n" % (number, generation)
            places[number] = at
            bodies[number] = at + len(head)
            parts += [head, body, b"\nendobj\n"]
            at += len(head) + len(body) + 8
        if self._as_stream:
            own = self.new()
            places[own] = at
            parts.append(self._stream(own, places))
        else:
            parts.append(self._table(places))
        parts.append(b"startxref\n%d\n%%%%EOF\n" % at)
        return b"".join(parts), bodies

    def _trailer(self) -> bytes:
        old = self.document.revisions[-1].trailer
        entries = [b"/Size %d" % self._next, b"/Prev %d" % self._previous]
        entries += [
            b"/%s %s" % (key.encode("ascii"), value_text(old[key])) for key in _KEPT if key in old
        ]
        identity = self.view.array(old.get("ID"))
        if len(identity) == 2 and isinstance(identity[0], bytes):
            state = hashlib.sha256(b"%d" % self.begin + self._seed)
            state.update(bytes(identity[1]) if isinstance(identity[1], bytes) else b"")
            entries.append(b"/ID " + value_text([identity[0], state.digest()[:16]]))
        return b" ".join(entries)

    def _table(self, places: dict[int, int]) -> bytes:
        parts = [b"xref\n"]
        for first, group in _runs(sorted(places)):
            parts.append(b"%d %d\n" % (first, len(group)))
            for number in group:
                generation = self._objects[number][0]
                parts.append(b"%010d %05d n \n" % (places[number], generation))
        parts.append(b"trailer\n<< " + self._trailer() + b" >>\n")
        return b"".join(parts)

    def _stream(self, own: int, places: dict[int, int]) -> bytes:
        index: list[bytes] = []
        rows: list[bytes] = []
        for first, group in _runs(sorted(places)):
            index.append(b"%d %d" % (first, len(group)))
            for number in group:
                generation = self._objects[number][0] if number != own else 0
                rows.append(
                    b"\x01" + places[number].to_bytes(5, "big") + generation.to_bytes(2, "big")
                )
        data = b"".join(rows)
        return (
            b"%d 0 obj\n<< /Type /XRef /W [1 5 2] /Index [%s] /Length %d "
            % (own, b" ".join(index), len(data))
            + self._trailer()
            + b" >>\nstream\n"
            + data
            + b"\nendstream\nendobj\n"
        )


def _runs(numbers: list[int]) -> Iterator[tuple[int, list[int]]]:
    """Runs of consecutive numbers, as cross-reference sections list them."""
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield run[0], run


def stream_body(content: bytes, entries: bytes = b"") -> bytes:
    """The body of a stream object."""
    return b"<< " + entries + b" /Length %d >>\nstream\n" % len(content) + content + b"\nendstream"
