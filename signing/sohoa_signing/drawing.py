"""The mark as PDF objects: one form, one embedded font subset, black text, no transparency.

Objects are handed to an ``add`` function as text, so that every lane writes the same ones.
What depends only on the font is encoded once.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from sohoa_signing.mark_font import FontSubset
from sohoa_signing.marks import Block, draw, to_unicode
from sohoa_signing.pdf_text import name_text, number_text

#: A quarter turn for each 90 degrees of /Rotate, so that the text stands upright on screen.
_TURNS = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


class Add(Protocol):
    """Takes a dictionary's text, and the content when it is a stream; returns its number."""

    def __call__(self, dictionary: bytes, content: bytes | None = None) -> int:
        """Add the object."""


@dataclass(frozen=True, slots=True)
class _FontText:
    """What the objects of a font subset consist of, ready to be written."""

    program: bytes
    program_entries: bytes
    mapping: bytes
    descriptor: bytes
    descendant: bytes
    font: bytes


def add_form(add: Add, block: Block, rotation: int) -> int:
    """Number of a form XObject that shows ``block`` upright on a page with ``/Rotate``."""
    font = add_font(add, block.font)
    turn = b" ".join(b"%d" % number for number in _TURNS[rotation % 360])
    return add(
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 %s %s] /Matrix [%s 0 0] "
        b"/Resources << /Font << /F0 %d 0 R >> >> >>"
        % (number_text(block.width), number_text(block.height), turn, font),
        draw(block),
    )


def page_drawing(
    block: Block, rotation: int, box: tuple[float, float, float, float], name: bytes
) -> bytes:
    """Content that shows the form ``name`` inside ``box`` (user space) of a page.

    It comes after the old content, which is wrapped in ``q``/``Q``: whatever state that
    leaves cannot move the mark.
    """
    width, height = block.width, block.height
    left, bottom = {0: (0, 0), 90: (-height, 0), 180: (-width, -height), 270: (0, -width)}[
        rotation % 360
    ]
    x, y = number_text(box[0] - left), number_text(box[1] - bottom)
    return b"Q\nq 1 0 0 1 %s %s cm %s Do Q" % (x, y, name)


def free_name(taken: object) -> str:
    """A name for the form that the page's resources do not use yet."""
    known = set(taken) if isinstance(taken, dict | list | set | tuple) else set()
    name, number = "SohoaMark", 1
    while name in known:
        number += 1
        name = f"SohoaMark{number}"
    return name


def add_font(add: Add, font: FontSubset) -> int:
    """Number of the embedded font, made with everything it consists of."""
    text = _font_text(font.program, _Same(font))
    program = add(text.program_entries, text.program)
    mapping = add(b"<< /Filter /FlateDecode >>", text.mapping)
    descriptor = add(text.descriptor % program)
    descendant = add(text.descendant % descriptor)
    return add(text.font % (descendant, mapping))


class _Same:
    """A subset as part of a cache key: the font program says it all."""

    def __init__(self, font: FontSubset) -> None:
        self.font = font

    def __hash__(self) -> int:
        return hash(self.font.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.font.name == other.font.name


@lru_cache(maxsize=64)
def _font_text(program: bytes, same: _Same) -> _FontText:
    font = same.font
    name = name_text(font.name)
    box = b" ".join(b"%d" % number for number in font.box)
    widths = b" ".join(b"%d" % font.widths.get(gid, 0) for gid in range(max(font.widths) + 1))
    return _FontText(
        program=zlib.compress(program, 9),
        program_entries=b"<< /Length1 %d /Filter /FlateDecode >>" % len(program),
        mapping=zlib.compress(to_unicode(font), 9),
        # Flags 4 = symbolic: the subset carries no standard encoding.
        descriptor=b"<< /Type /FontDescriptor /FontName %s /Flags 4 /FontBBox [%s] "
        b"/ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV 80 /FontFile2 %%d 0 R >>"
        % (name, box, font.ascent, font.descent, font.cap_height),
        descendant=b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont %s /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %%d 0 R "
        b"/CIDToGIDMap /Identity /DW 0 /W [0 [%s]] >>" % (name, widths),
        font=b"<< /Type /Font /Subtype /Type0 /BaseFont %s /Encoding /Identity-H "
        b"/DescendantFonts [%%d 0 R] /ToUnicode %%d 0 R >>" % name,
    )
