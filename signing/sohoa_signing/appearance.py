"""The mark as a PDF form: one embedded font subset, black text, no transparency.

Written with pyHanko's objects into the same incremental update as the signature.
"""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic as pyhanko_generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string

from sohoa_signing.mark_font import FontSubset
from sohoa_signing.marks import Block, draw, to_unicode

#: pyHanko leaves its constructors untyped.
generic: Any = pyhanko_generic

#: A quarter turn for each 90 degrees of /Rotate, so that the text stands upright on screen.
_TURNS = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def appearance(writer: Any, block: Block, rotation: int) -> Any:
    """Reference to a form XObject that shows ``block`` upright on a page with ``/Rotate``."""
    font = writer.add_object(_font(writer, block.font))
    a, b, c, d = _TURNS[rotation % 360]
    form = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): _numbers(0, 0, block.width, block.height),
            pdf_name("/Matrix"): _numbers(a, b, c, d, 0, 0),
            pdf_name("/Resources"): generic.DictionaryObject(
                {
                    pdf_name("/Font"): generic.DictionaryObject({pdf_name("/F0"): font}),
                }
            ),
        },
        stream_data=draw(block),
    )
    return writer.add_object(form)


def draw_on_page(
    writer: Any,
    form: Any,
    block: Block,
    rotation: int,
    box: tuple[float, float, float, float],
) -> None:
    """Show ``form`` on page 1 inside ``box`` (user space), after what the page shows already.

    The old content is wrapped in ``q``/``Q``: whatever state it leaves cannot move the mark.
    """
    page_ref, inherited = writer.find_page_for_modification(0)
    page = page_ref.get_object()
    width, height = block.width, block.height
    left, bottom = {0: (0, 0), 90: (-height, 0), 180: (-width, -height), 270: (0, -width)}[
        rotation % 360
    ]
    name = _free_resource_name(inherited)
    x, y = box[0] - left, box[1] - bottom
    before = writer.add_object(generic.StreamObject(stream_data=b"q"))
    after = writer.add_object(
        generic.StreamObject(
            stream_data=f"Q\nq 1 0 0 1 {x:.2f} {y:.2f} cm {name} Do Q".encode("ascii")
        )
    )
    old = page.raw_get("/Contents") if "/Contents" in page else None
    resolved = page.get("/Contents")
    middle = list(resolved) if isinstance(resolved, generic.ArrayObject) else [old] if old else []
    page["/Contents"] = generic.ArrayObject([before, *middle, after])
    resources = _copy(inherited)
    images = _copy(inherited.get("/XObject", {}))
    images[generic.NameObject(name)] = form
    resources[pdf_name("/XObject")] = images
    page["/Resources"] = resources
    writer.update_container(page)


def _copy(old: Any) -> Any:
    return generic.DictionaryObject({key: old.raw_get(key) for key in old})


def _free_resource_name(resources: Any) -> str:
    taken = set(resources.get("/XObject", {}))
    name, number = "/SohoaMark", 1
    while name in taken:
        number += 1
        name = f"/SohoaMark{number}"
    return name


def _numbers(*values: float) -> Any:
    return generic.ArrayObject(
        generic.NumberObject(v) if v == int(v) else generic.FloatObject(v) for v in values
    )


def _font(writer: Any, font: FontSubset) -> Any:
    program = generic.StreamObject(
        {pdf_name("/Length1"): generic.NumberObject(len(font.program))}, stream_data=font.program
    )
    program.compress()
    mapping = generic.StreamObject(stream_data=to_unicode(font))
    mapping.compress()
    name = pdf_name("/" + font.name)
    descriptor = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/FontDescriptor"),
            pdf_name("/FontName"): name,
            # 4 = symbolic: the subset carries no standard encoding.
            pdf_name("/Flags"): generic.NumberObject(4),
            pdf_name("/FontBBox"): _numbers(*font.box),
            pdf_name("/ItalicAngle"): generic.NumberObject(0),
            pdf_name("/Ascent"): generic.NumberObject(font.ascent),
            pdf_name("/Descent"): generic.NumberObject(font.descent),
            pdf_name("/CapHeight"): generic.NumberObject(font.cap_height),
            pdf_name("/StemV"): generic.NumberObject(80),
            pdf_name("/FontFile2"): writer.add_object(program),
        }
    )
    widths = generic.ArrayObject(
        [
            generic.NumberObject(0),
            generic.ArrayObject(
                generic.NumberObject(font.widths.get(gid, 0)) for gid in range(max(font.widths) + 1)
            ),
        ]
    )
    descendant = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/CIDFontType2"),
            pdf_name("/BaseFont"): name,
            pdf_name("/CIDSystemInfo"): generic.DictionaryObject(
                {
                    pdf_name("/Registry"): pdf_string("Adobe"),
                    pdf_name("/Ordering"): pdf_string("Identity"),
                    pdf_name("/Supplement"): generic.NumberObject(0),
                }
            ),
            pdf_name("/FontDescriptor"): writer.add_object(descriptor),
            pdf_name("/CIDToGIDMap"): pdf_name("/Identity"),
            pdf_name("/DW"): generic.NumberObject(0),
            pdf_name("/W"): widths,
        }
    )
    return generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type0"),
            pdf_name("/BaseFont"): name,
            pdf_name("/Encoding"): pdf_name("/Identity-H"),
            pdf_name("/DescendantFonts"): generic.ArrayObject([writer.add_object(descendant)]),
            pdf_name("/ToUnicode"): writer.add_object(mapping),
        }
    )
