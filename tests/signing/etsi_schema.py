"""Whether XML has the structure of ETSI TS 119 102-2: order, number and kind of every part.

The official XSD may not be shipped. pyHanko carries classes that were generated from it, with
names, order, occurrence and types of all elements; they are read here as data (importing them
would need one more package), so that the judge is not of our making. What generated classes
cannot say (alternatives within a sequence) stays unchecked.
"""

from __future__ import annotations

import ast
import base64
import binascii
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from pyhanko import sign as pyhanko_sign

VR = "http://uri.etsi.org/19102/v1.2.1#"
_FOLDER = Path(pyhanko_sign.__file__).parent.parent / "generated"
_FILES = ("etsi/ts_11910202.py", "etsi/xades.py", "etsi/ts_119612.py", "w3c/xmldsig_core.py")
_DATE = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Part:
    """One element or attribute of a type."""

    name: str
    kind: str  # Element, Attribute, Wildcard
    namespace: str
    type: str
    least: int
    most: int | None


@cache
def _types() -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for name in _FILES:
        for node in ast.parse((_FOLDER / name).read_text()).body:
            if isinstance(node, ast.ClassDef):
                base = [ast.unparse(b) for b in node.bases if ast.unparse(b) in found]
                own = [_part(s) for s in node.body if isinstance(s, ast.AnnAssign)]
                inherited = found[base[0]] if base else []
                found[node.name] = [*inherited, *[part for part in own if part is not None]]
    return found


def _part(statement: ast.AnnAssign) -> Part | None:
    if not isinstance(statement.value, ast.Call):
        return None  # content of a simple type
    metadata: dict[str, Any] = {}
    for keyword in statement.value.keywords:
        if keyword.arg == "metadata" and isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                    metadata[str(key.value)] = value.value
    if "type" not in metadata:
        return None
    annotation = ast.unparse(statement.annotation)
    several = annotation.startswith("tuple[") and not metadata.get("tokens")
    inner = re.sub(r"^tuple\[|, \.\.\.\]| \| None$", "", annotation)
    least = int(metadata.get("min_occurs", 1 if metadata.get("required") else 0))
    most = metadata.get("max_occurs") if several else 1
    assert isinstance(statement.target, ast.Name)
    return Part(
        metadata.get("name", statement.target.id),
        metadata["type"],
        metadata.get("namespace", ""),
        inner,
        least,
        most,
    )


def faults(xml: bytes) -> list[str]:
    """What is wrong with a ``ValidationReport``; empty when nothing is."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(xml, parser)
    if root.tag != f"{{{VR}}}ValidationReport":
        return [f"root {root.tag}"]
    found = list(_check(root, "ValidationReportType"))
    names = [e.get("id") for e in root.iter() if e.get("id")]
    found += [f"id twice: {name}" for name in {n for n in names if names.count(n) > 1}]
    found += [
        f"id is no name: {name}" for name in names if not re.fullmatch(r"[A-Za-z_][\w.-]*", name)
    ]
    for element in root.iter():
        for reference in (element.get("VOReference") or "").split():
            if reference not in names:
                found.append(f"{element.tag}: nothing is called {reference}")
    return found


def _check(element: Any, type_name: str) -> list[str]:
    parts = _types().get(type_name)
    where = etree.QName(element).localname
    if parts is None:
        return _check_value(element, type_name, where)
    found = []
    attributes = {p.name: p for p in parts if p.kind == "Attribute"}
    found += [f"{where}: attribute {name}" for name in element.attrib if name not in attributes]
    found += [
        f"{where}: no attribute {name}"
        for name, part in attributes.items()
        if part.least and name not in element.attrib
    ]
    elements = [p for p in parts if p.kind == "Element"]
    if elements and (element.text or "").strip():
        found.append(f"{where}: text between elements")
    counts = {(p.namespace, p.name): 0 for p in elements}
    position = 0
    for child in element:
        name = etree.QName(child)
        at = [
            i
            for i, p in enumerate(elements)
            if (p.namespace, p.name) == (name.namespace, name.localname)
        ]
        if not at:
            # The schema lets strangers in at some ends; of our own namespace there are none.
            if name.namespace == VR or not any(p.kind == "Wildcard" for p in parts):
                found.append(f"{where}: {name.localname} does not belong here")
            continue
        if at[0] < position:
            found.append(f"{where}: {name.localname} stands too late")
        position = max(position, at[0])
        part = elements[at[0]]
        counts[part.namespace, part.name] += 1
        found += _check(child, part.type)
    for part in elements:
        count = counts[part.namespace, part.name]
        if count < part.least or (part.most is not None and count > part.most):
            found.append(f"{where}: {count} times {part.name}")
    return found


def _check_value(element: Any, type_name: str, where: str) -> list[str]:
    text = element.text or ""
    if type_name == "object":
        return []
    if len(element):
        return [f"{where}: elements where a value belongs"]
    if type_name == "bool" and text not in ("true", "false", "0", "1"):
        return [f"{where}: {text!r} is no boolean"]
    if type_name == "XmlDateTime" and not _DATE.fullmatch(text):
        return [f"{where}: {text!r} is no time"]
    if type_name == "bytes":
        try:
            base64.b64decode(text, validate=True)
        except binascii.Error:
            return [f"{where}: no base64"]
    return []
