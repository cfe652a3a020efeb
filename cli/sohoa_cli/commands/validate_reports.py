"""The report files of ``sohoa validate``: which kind, which name, written whole or not at all."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sohoa_core.errors import SafetyRefusal, UsageError
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_validators.catalogue import Catalogue
    from sohoa_validators.reports.model import ReportDossier

ENDINGS = (".html", ".csv", ".sarif", ".json", ".jsonl")
Draw = Callable[["ReportDossier"], "ReportDossier"]


def version() -> str:
    """The version of the program."""
    from importlib.metadata import version as installed

    return installed("sohoa")


def kind_of(path: Path) -> str:
    """The ending of a report; raises ``UsageError`` for one that nobody writes."""
    ending = path.suffix.casefold()
    if ending not in ENDINGS:
        raise UsageError(where="--report", detail=" | ".join(ENDINGS))
    return ending


@contextlib.contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """A text file that appears under its name when it is complete."""
    half = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with half.open("w", encoding="utf-8", errors="replace", newline="") as stream:
            yield stream
        half.replace(path)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise UsageError(where=str(path), detail=detail) from error
    finally:
        half.unlink(missing_ok=True)


def pieces(kind: str, dossiers: Iterable[ReportDossier], catalogue: Catalogue) -> Iterator[str]:
    """The text of a report of all dossiers."""
    if kind == ".csv":
        from sohoa_validators.reports.csv import csv_text

        yield from csv_text(dossiers, active())
    elif kind == ".sarif":
        from sohoa_validators.reports.sarif import sarif_text

        yield from sarif_text(dossiers, catalogue=catalogue, version=version(), lang=active())
    else:
        from sohoa_validators.reports.jsonl import json_lines

        yield from json_lines(dossiers)


def write_report(
    path: Path, dossiers: Iterable[ReportDossier], catalogue: Catalogue, draw: Draw
) -> None:
    """Write the report ``path``, whose ending says its kind, reading ``dossiers`` once.

    A page shows one dossier; for several there is a folder of pages.
    """
    kind = kind_of(path)
    if kind != ".html":
        with whole(path) as stream:
            stream.writelines(pieces(kind, dossiers, catalogue))
        return
    from sohoa_validators.reports.html import html_page

    shown = None
    for dossier in dossiers:
        if shown is None:
            shown = html_page(draw(dossier), active(), made_by=f"sohoa {version()}")
    with whole(path) as stream:
        stream.write(shown or "")


def write_folder(
    folder: Path, dossiers: Iterable[ReportDossier], catalogue: Catalogue, draw: Draw
) -> int:
    """One page a dossier, ``index.html`` and ``findings.csv``; returns the number of pages."""
    from sohoa_validators.reports.html import html_page

    if folder.exists() and not folder.is_dir():
        raise SafetyRefusal(where=str(folder), detail=N_("another file has this name"))
    names: dict[str, int] = {}
    count = 0
    with whole(folder / "index.html") as index:
        index.write(_INDEX_HEAD.format(lang=active(), title=escape(_("Checked dossiers"))))

        def paged() -> Iterator[ReportDossier]:
            nonlocal count
            for dossier in dossiers:
                stem = safe_stem(dossier.code)
                names[stem] = names.get(stem, 0) + 1
                if names[stem] > 1:
                    stem = f"{stem}~{names[stem]}"
                with whole(folder / f"{stem}.html") as page:
                    page.write(html_page(draw(dossier), active(), made_by=f"sohoa {version()}"))
                count += 1
                counts = dossier.counts()
                cells = "".join(
                    f"<td>{sum(n for s, n in counts.items() if s == severity) or ''}</td>"
                    for severity in ("error", "review", "warning")
                )
                index.write(
                    f'<tr><td><a href="{escape(stem)}.html">{escape(dossier.code)}</a></td>'
                    f"<td>{escape(dossier.procedure_name or dossier.procedure)}</td>{cells}</tr>\n"
                )
                yield dossier

        headings = (N_("Dossier"), N_("Procedure"), N_("Errors"), N_("To review"), N_("Warnings"))
        titles = "".join(f"<th>{escape(_(text))}</th>" for text in headings)
        index.write(f"<tr>{titles}</tr>\n")
        with whole(folder / "findings.csv") as table:
            table.writelines(pieces(".csv", paged(), catalogue))
        index.write("</table></body></html>\n")
    return count


#: No script, no outside: links to the pages beside it only.
_INDEX_HEAD = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'">
<title>{title}</title></head><body><h1>{title}</h1><table cellpadding="6">
"""


def safe_stem(code: str) -> str:
    """A dossier code as a file name: letters, digits and ``.-_`` only, never hidden, never long."""
    text = unicodedata.normalize("NFC", code)
    text = re.sub(r"[^\w.\-]", "_", text).strip("._ ")
    return (text or "ho-so")[:100]
