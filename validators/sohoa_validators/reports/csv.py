"""Findings as CSV for spreadsheets: one row a finding, safe against formulas.

A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV
Injection"). UTF-8 with a byte order mark, because spreadsheets guess otherwise; CRLF (RFC 4180).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from sohoa_core.i18n import N_, translate
from sohoa_validators.reports.model import MARKS, SEVERITIES, ReportDossier
from sohoa_validators.wording import say

COLUMNS = (
    N_("Dossier"), N_("Severity"), N_("Document"), N_("Page"), N_("Field"), N_("Finding"),
    N_("Legal basis"), N_("Certainty of the basis"), N_("Place (mm)"), N_("Rule"), N_("As of"),
    N_("Version of the rules"),
)  # fmt: skip
#: First characters that start a formula; the wide forms too, which some programs fold.
_FORMULA = tuple("=+-@\t\r\n|%＝＋－＠")
_SPACES = " \u00a0\u3000\ufeff\u200b"


def safe_cell(value: object) -> str:
    """``value`` as text that no spreadsheet takes for a formula, on one line."""
    text = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in str(value))
    text = text.replace("\n", " ")
    if text.lstrip(_SPACES).startswith(_FORMULA):
        return "'" + text
    return text


def csv_text(dossiers: Iterable[ReportDossier], lang: str | None = None) -> Iterator[str]:
    """The file piece by piece: heading, then one piece a dossier."""
    yield "\ufeff" + _line([translate(column, lang) for column in COLUMNS])
    for dossier in dossiers:
        for finding in dossier.ordered():
            box = ""
            if finding.box is not None:
                box = " ".join(f"{side:.1f}" for side in finding.box)
            yield _line(
                [
                    dossier.code,
                    translate(SEVERITIES[finding.severity], lang),
                    dossier.name_of(finding.document),
                    "" if finding.page is None else finding.page,
                    finding.field_name or "",
                    say(finding.message, finding.args, lang),
                    finding.basis or "",
                    translate(MARKS.get(finding.verified, ""), lang),
                    box,
                    finding.rule,
                    dossier.on,
                    finding.rule_set or dossier.rule_set,
                ]
            )


def _line(cells: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return buffer.getvalue()
