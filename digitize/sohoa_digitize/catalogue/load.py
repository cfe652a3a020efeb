"""Reads the catalogue of document types."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class LabelField:
    """A value behind a printed label; ``key`` is the field of the procedure schemas.

    ``kind`` is ``text``, ``name``, ``date``, ``year``, ``sex`` or ``personal_id``; ``after``
    names the field below which the label is looked for (a label such as "Năm sinh" stands
    once for each parent).
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    key: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One type of document (loại giấy tờ); see the head of ``document_types.toml``."""

    code: str
    name: str
    titles: tuple[str, ...]
    symbol: str
    anchors: tuple[str, ...]
    archive: str
    paper: str
    header: bool
    generic: bool
    labels: tuple[LabelField, ...]
    valid_from: date
    valid_to: date | None
    source: str
    checked: str


def _type(entry: dict[str, Any]) -> DocumentType:
    labels = tuple(
        LabelField(
            item["name"],
            item["type"],
            tuple(item["labels"]),
            item.get("key", ""),
            item.get("after", ""),
        )
        for item in entry.get("labels", [])
    )
    return DocumentType(
        entry["code"],
        entry["name"],
        tuple(entry.get("titles", [])),
        entry.get("symbol", ""),
        tuple(entry.get("anchors", [])),
        entry.get("archive", "32"),
        entry.get("paper", ""),
        entry.get("header", True),
        entry.get("generic", False),
        labels,
        entry["valid_from"],
        entry.get("valid_to"),
        entry["source"],
        entry["checked"],
    )


@cache
def document_types() -> tuple[DocumentType, ...]:
    """All types of the catalogue, in its order."""
    text = files(__package__).joinpath("document_types.toml").read_text(encoding="utf-8")
    return tuple(_type(entry) for entry in tomllib.loads(text)["type"])


@cache
def by_code(code: str) -> DocumentType:
    """The type called ``code``; raises ``KeyError``."""
    for kind in document_types():
        if kind.code == code:
            return kind
    raise KeyError(code)
