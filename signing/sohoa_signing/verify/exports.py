"""Reports for other programs: CSV for spreadsheets.

Values come from hostile files: a cell never starts a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from sohoa_core.facts import SignatureFact
from sohoa_signing.verify.report import FileReport

CSV_COLUMNS = (
    "file",
    "sha256",
    "verdict",
    "integrity",
    "indication",
    "subindication",
    "code",
    "message",
    "signature",
    "signer",
    "managing_unit",
    "issuer",
    "signed_at",
    "timestamp_at",
    "level",
    "intact",
    "trusted",
    "revocation",
    "valid_at_signing",
    "certificate_from",
    "certificate_until",
    "signature_indication",
    "signature_subindication",
    "verified_at",
)
_VR = "http://uri.etsi.org/19102/v1.2.1#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_MAIN = "urn:etsi:019102:mainindication:"
_SUB = "urn:etsi:019102:subindication:"
_MAIN_NAMES = {
    "TOTAL-PASSED": "total-passed",
    "TOTAL-FAILED": "total-failed",
    "INDETERMINATE": "indeterminate",
}


def csv_text(reports: Iterable[FileReport]) -> str:
    """One row a signature (one for a file without any), with headings; UTF-8 with a mark so
    that spreadsheets read Vietnamese letters."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for report in reports:
        writer.writerows(csv_rows(report))
    return "\ufeff" + stream.getvalue()


def csv_rows(report: FileReport) -> list[list[str]]:
    """The rows of one file, every cell safe to open in a spreadsheet."""
    start = [
        report.file,
        report.sha256,
        report.verdict.value,
        report.integrity.value,
        report.indication.value if report.indication else "",
        report.subindication or "",
        report.code,
        report.sentence("vi"),
    ]
    rows = [
        [*start, *_signature_cells(signature), report.verified_at]
        for signature in report.signatures
    ] or [[*start, *[""] * (len(CSV_COLUMNS) - len(start) - 1), report.verified_at]]
    return [[_safe(cell) for cell in row] for row in rows]


def _signature_cells(signature: SignatureFact) -> list[str]:
    details = signature.details
    at_signing = details.get("valid_at_signing")
    return [
        signature.field_name,
        signature.signer,
        str(details.get("managing_unit", "")),
        signature.issuer,
        signature.signed_at or "",
        signature.timestamp_at or "",
        signature.level,
        _yes(signature.intact),
        _yes(signature.trusted),
        signature.revocation,
        "" if at_signing is None else _yes(bool(at_signing)),
        str(details.get("certificate_from", "")),
        str(details.get("certificate_until", "")),
        signature.indication,
        signature.subindication or "",
    ]


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _safe(cell: str) -> str:
    """A spreadsheet runs cells that begin so; an apostrophe makes them text."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in cell).split())
    return "'" + flat if flat[:1] in ("=", "+", "-", "@", "|", "%") else flat
