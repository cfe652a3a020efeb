"""Messages in Vietnamese and English (gettext); Vietnamese first.

The English text in the code is the key. Every package keeps its own catalogue in
``<package>/locale/vi/LC_MESSAGES/<package>.mo``; this module finds and merges them when the
first Vietnamese message is asked for. ``N_`` marks a text that is translated later, ``_``
translates now. Keys, codes, log ids and JSON are never translated.
"""

from __future__ import annotations

import gettext
import locale
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

LANGUAGES = ("vi", "en")
PACKAGES = (
    "sohoa_cli",
    "sohoa_core",
    "sohoa_digitize",
    "sohoa_migrate",
    "sohoa_samples",
    "sohoa_signing",
    "sohoa_validators",
    "sohoa_vietnam",
)

_active = "vi"


def N_(text: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark ``text`` for the catalogues without translating it here."""
    return text


def choose_language(option: str | None) -> str:
    """``--lang``, else ``SOHOA_LANG``, else the locale; Vietnamese when nothing decides."""
    for candidate in (option, os.environ.get("SOHOA_LANG")):
        if candidate:
            short = candidate.lower().replace("_", "-").split("-")[0]
            if short in LANGUAGES:
                return short
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value and value.split(".")[0] not in ("C", "POSIX"):
            return "vi" if value.lower().startswith("vi") else "en"
    if sys.platform == "win32":  # pragma: no cover - no Windows in the test machines
        name_ = locale.getlocale()[0] or ""
        return "vi" if name_.lower().startswith("vi") else "en"
    return "vi"


def activate(lang: str) -> None:
    """Make ``lang`` (``vi`` or ``en``) the language of ``_``."""
    global _active
    if lang not in LANGUAGES:
        raise ValueError(f"unknown language {lang!r}")
    _active = lang


def active() -> str:
    """The language in force."""
    return _active


@cache
def _catalogue() -> dict[str, str]:
    merged: dict[str, str] = {}
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        path = Path(spec.origin).parent / "locale" / "vi" / "LC_MESSAGES" / f"{package}.mo"
        if path.is_file():
            with path.open("rb") as stream:
                catalogue = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
            merged.update({k: v for k, v in catalogue.items() if isinstance(k, str) and k})
    return merged


def translate(text: str, lang: str | None = None) -> str:
    """``text`` in ``lang`` (the active language by default); English where none is known."""
    if (lang or _active) == "en" or not text:
        return text
    return _catalogue().get(text, text)


def _(text: str) -> str:
    """``text`` in the active language."""
    return translate(text)
