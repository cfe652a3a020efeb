"""Errors that the records keep, put into words again."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sohoa_core.errors import all_errors
from sohoa_core.i18n import active

_ROOMS = ("digitize", "validators", "signing", "migrate", "samples")


def reason_of(error: dict[str, Any] | None) -> str:
    """A stored error (``SohoaError.to_dict``) in the active language, with its code."""
    if not error:
        return ""
    _import_error_rooms()
    for cls in all_errors():
        if cls.code == error.get("code"):
            return f"{cls(**error.get('args', {})).message(active())} [{cls.code}]"
    return f"{error.get('message')} [{error.get('code')}]"


def _import_error_rooms() -> None:
    """Load the error classes of every room, so that stored codes find their words."""
    import_module("sohoa_core.store_errors")
    import_module("sohoa_core.batch.worker")
    for room in _ROOMS:
        import_module(f"sohoa_{room}.errors")
