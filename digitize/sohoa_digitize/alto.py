"""ALTO XML (version 4.4) from the stored layout of a paper.

ALTO is the Library of Congress's form for text with its places; archives and viewers read it.
It is made from the layout that digitizing stored, so it needs no second recognition. Lengths
are tenths of a millimetre, as the standard allows (``MeasurementUnit`` ``mm10``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = f"{NAMESPACE} http://www.loc.gov/alto/v4/alto-4-4.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def alto_of(layout: bytes, *, file_name: str, language: str = "vi") -> bytes:
    """The ALTO document of a stored layout (``sohoa.words/1``); same input, same bytes.

    ``file_name`` names the archival file that the pages are of. Raises ``ValueError`` when
    ``layout`` is no such layout.
    """
    stored = json.loads(layout)
    if not isinstance(stored, dict) or stored.get("schema") != "sohoa.words/1":
        raise ValueError("sohoa.words/1 expected")
    root = ET.Element(
        "alto",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": _XSI,
            "xsi:schemaLocation": _SCHEMA,
            "SCHEMAVERSION": "4.4",
        },
    )
    description = ET.SubElement(root, "Description")
    ET.SubElement(description, "MeasurementUnit").text = "mm10"
    source = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(source, "fileName").text = file_name
    sheets = ET.SubElement(root, "Layout")
    for page in stored["pages"]:
        _page(sheets, page, language)
    ET.indent(root, space=" ")
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _page(sheets: ET.Element, page: dict[str, Any], language: str) -> None:
    number = int(page["page"])
    size = {"WIDTH": _tenths(page["width"]), "HEIGHT": _tenths(page["height"])}
    sheet = ET.SubElement(
        sheets,
        "Page",
        {"ID": f"p{number}", "PHYSICAL_IMG_NR": str(number), "LANG": language, **size},
    )
    space = ET.SubElement(sheet, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
    for block, (zone, lines) in enumerate(_blocks(page["lines"]), 1):
        boxes = [line["box"] for line in lines]
        area = (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )
        name = f"p{number}b{block}"
        part = ET.SubElement(space, "TextBlock", {"ID": name, "TYPE": zone, **_place(area)})
        for row, line in enumerate(lines, 1):
            _line(part, line, f"{name}l{row}")


def _blocks(lines: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for zone, some in groupby(lines, key=lambda line: str(line["zone"])):
        yield zone, list(some)


def _line(part: ET.Element, line: dict[str, Any], name: str) -> None:
    row = ET.SubElement(part, "TextLine", {"ID": name, **_place(line["box"])})
    right: float | None = None
    for index, word in enumerate(line["words"], 1):
        text, sure, box = str(word[0]), float(word[1]), [float(side) for side in word[2:6]]
        if right is not None:
            gap = max(0.0, box[0] - right)
            ET.SubElement(
                row,
                "SP",
                {"HPOS": _tenths(right), "VPOS": _tenths(box[1]), "WIDTH": _tenths(gap)},
            )
        ET.SubElement(
            row,
            "String",
            {"ID": f"{name}w{index}", "CONTENT": text, "WC": f"{sure:.3f}", **_place(box)},
        )
        right = box[2]


def _place(box: Any) -> dict[str, str]:
    x0, y0, x1, y1 = (float(side) for side in box)
    return {
        "HPOS": _tenths(x0),
        "VPOS": _tenths(y0),
        "WIDTH": _tenths(max(0.0, x1 - x0)),
        "HEIGHT": _tenths(max(0.0, y1 - y0)),
    }


def _tenths(millimetres: float) -> str:
    return f"{max(0.0, float(millimetres)) * 10:.1f}".removesuffix(".0")
