"""Rows about the electronic form of a paper: its migrated fields, its media type."""

from __future__ import annotations

from typing import Any

from sohoa_core.facts import Source
from sohoa_migrate import conversion
from sohoa_migrate.mapping.expressions import DATE, TEXT
from sohoa_migrate.outcome import record_id
from sohoa_vietnam import text as vn


def type_of_field(name: str) -> str:
    """Fields called a date hold one."""
    return DATE if name in ("date", "issued_on", "birth_date") else TEXT


def migrated_field(document_id: str, name: str, value: str) -> dict[str, Any]:
    """A field whose value the old system knew."""
    return {
        "id": record_id(document_id, "field", name),
        "document_id": document_id,
        "name": name,
        "value": vn.nfc(value),
        "raw": str(value),
        "confidence": 1.0,
        "source": Source.MIGRATION.value,
        "page": None,
        "box": None,
        "review": conversion.NOT_NEEDED,
        "reason": None,
        "decided_by": None,
        "decided_at": None,
    }


_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "xml": "application/xml",
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def media_type_of(name: str) -> str:
    """The media type that the name promises; stages that open the file check it."""
    return _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
