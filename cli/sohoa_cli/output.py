"""What comes out: JSON lines for scripts, text and tables for people, errors for both.

JSON is an interface: one object a line on standard output, ``schema`` first, stable keys,
UTF-8, never translated. Everything meant for people goes through the catalogues.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from sohoa_core.errors import SohoaError
from sohoa_core.i18n import _, active

#: Control characters of the terminal must not come from file names or field values.
_CONTROLS = (*range(9), *range(11, 32), *range(127, 160))
_BIDIRECTIONAL = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSAFE = dict.fromkeys((*_CONTROLS, *_BIDIRECTIONAL))


def clean(text: str) -> str:
    """``text`` without characters that could drive a terminal or reverse its reading."""
    return text.translate(_UNSAFE)


class Output:
    """Results to ``stream`` (standard output), everything else to standard error."""

    def __init__(self, stream: TextIO, *, as_json: bool = False, color: str = "auto") -> None:
        self.stream = stream
        self.as_json = as_json
        self.quiet = False
        self.color = color

    # --- for scripts ------------------------------------------------------------------------

    def record(self, schema: str, **values: Any) -> None:
        """One JSON line; nothing when the output is for people."""
        if self.as_json:
            text = json.dumps({"schema": schema, **values}, ensure_ascii=False, default=str)
            self.stream.write(text + "\n")

    # --- for people -------------------------------------------------------------------------

    def line(self, text: str = "") -> None:
        """A line of the result; nothing in JSON mode."""
        if not self.as_json:
            self.stream.write(clean(text) + "\n")

    def note(self, text: str) -> None:
        """A remark on standard error, unless ``--quiet``."""
        if not self.quiet:
            sys.stderr.write(clean(text) + "\n")

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A plain table whose columns line up, also for wide letters; nothing in JSON mode."""
        if self.as_json:
            return
        cells = [[clean("" if value is None else str(value)) for value in row] for row in rows]
        titles = [clean(heading) for heading in headings]
        widths = [
            max(_width(row[column]) for row in (titles, *cells)) for column in range(len(titles))
        ]
        self._row(titles, widths, strong=True)
        for row in cells:
            self._row(row, widths)

    def _row(self, cells: Sequence[str], widths: Sequence[int], *, strong: bool = False) -> None:
        padded = [
            cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
        ]
        text = "  ".join(padded).rstrip()
        self.stream.write((self.paint(text, "1", self.stream) if strong else text) + "\n")

    def paint(self, text: str, style: str, stream: TextIO) -> str:
        """``text`` in an ANSI style where colour is wanted: ``--color``, ``NO_COLOR``."""
        if self.color == "never" or (self.color == "auto" and os.environ.get("NO_COLOR")):
            return text
        if self.color == "auto" and not (stream.isatty() and os.environ.get("TERM") != "dumb"):
            return text
        return f"\x1b[{style}m{text}\x1b[0m"

    # --- errors -----------------------------------------------------------------------------

    def error(self, error: SohoaError) -> None:
        """Say what, where, why and what to do; in JSON mode also as a record."""
        self.record("sohoa.error/1", **error.to_dict())
        sys.stderr.write(self.describe(error) + "\n")

    def describe(self, error: SohoaError) -> str:
        """The error as a person reads it, in the active language."""
        lang = active()
        word, where, why, todo = _("Error"), _("Where"), _("Why it matters"), _("What to do")
        head = self.paint(f"{word} [{error.code}]", "1;31", sys.stderr)
        lines = [f"{head} {clean(error.message(lang))}"]
        if error.where:
            lines.append(f"  {where}: {clean(error.where)}")
        if reason := error.reason(lang):
            lines.append(f"  {why}: {clean(reason)}")
        if remedy := error.remedy(lang):
            lines.append(f"  {todo}: {clean(remedy)}")
        return "\n".join(lines)


def _width(text: str) -> int:
    """Columns on a terminal: combining marks take none, East Asian wide letters two."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0
        if unicodedata.combining(letter)
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )
