"""Reading DER elements (X.690 clause 10) without a library: the plain case, strictly.

What is not plain DER raises :class:`NotDer`; nothing is guessed. Half of the work of judging
a small file was a general ASN.1 library building objects for parts that nobody asks for.
"""

from __future__ import annotations

SEQUENCE, SET, INTEGER, OCTETS, IDENTIFIER = 0x30, 0x31, 0x02, 0x04, 0x06
#: Constructed context tags [0] and [1].
FIRST, SECOND = 0xA0, 0xA1

#: One element: its tag, where it starts, and the span of its contents.
Element = tuple[int, int, int, int]


class NotDer(Exception):
    """The bytes are not plain DER of the expected shape; says nothing about other encodings."""


def elements(data: bytes, pos: int, end: int) -> list[Element]:
    """The elements that fill ``data[pos:end]`` exactly; raises :class:`NotDer`.

    Lengths are definite and minimal, tags below 31, as DER demands and CMS needs.
    """
    found: list[Element] = []
    if end > len(data):
        raise NotDer
    try:
        while pos < end:
            start, tag, size = pos, data[pos], data[pos + 1]
            pos += 2
            if size >= 0x80:
                count = size & 0x7F
                size = int.from_bytes(data[pos : pos + count], "big")
                if not 0 < count <= 4 or size < 0x80 or not data[pos]:
                    raise NotDer
                pos += count
            if tag & 0x1F == 0x1F or pos + size > end:
                raise NotDer
            found.append((tag, start, pos, pos + size))
            pos += size
    except IndexError:
        raise NotDer from None
    return found


def inside(data: bytes, element: Element, *tags: int) -> list[Element]:
    """The elements inside ``element``, which must have exactly these ``tags``."""
    found = elements(data, element[2], element[3])
    if len(found) != len(tags) or any(
        item[0] != tag for item, tag in zip(found, tags, strict=True)
    ):
        raise NotDer
    return found


def first_element(data: bytes, tag: int) -> Element:
    """The element at the beginning of ``data``; what follows it is not looked at."""
    head = data[:6]
    if len(head) < 2 or head[0] != tag:
        raise NotDer
    size, start = head[1], 2
    if size >= 0x80:
        count = size & 0x7F
        start += count
        size = int.from_bytes(head[2:start], "big")
        if not 0 < count <= 4 or len(head) < start or size < 0x80 or not head[2]:
            raise NotDer
    if start + size > len(data):
        raise NotDer
    return tag, 0, start, start + size
