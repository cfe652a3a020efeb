"""Reports for other programs: CSV for spreadsheets, ETSI TS 119 102-2 XML for validators.

Values come from hostile files: a cell never starts a formula, XML holds no control characters.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from sohoa_core.facts import SignatureFact
from sohoa_signing.verify.report import FileReport, signature_sentence

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


def xml_text(report: FileReport) -> bytes:
    """The report as ``ValidationReport`` of ETSI TS 119 102-2 (v1.2.1), one
    ``SignatureValidationReport`` for each signature and timestamp."""
    register_namespace("vr", _VR)
    register_namespace("ds", _DS)
    root = Element(f"{{{_VR}}}ValidationReport")
    for number, signature in enumerate(report.signatures, 1):
        _signature_element(root, report, signature, number)
    if not report.signatures:
        entry = SubElement(root, f"{{{_VR}}}SignatureValidationReport")
        status = SubElement(entry, f"{{{_VR}}}SignatureValidationStatus")
        SubElement(status, f"{{{_VR}}}MainIndication").text = (
            "urn:etsi:019102:mainindication:no-signature-found"
            if report.verdict.value == "UNSIGNED"
            else _MAIN + "total-failed"
        )
        _message(status, report.code, report.sentence("vi"))
    indent(root)
    raw: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return raw + b"\n"


def _signature_element(
    root: Element, report: FileReport, signature: SignatureFact, number: int
) -> None:
    details = signature.details
    entry = SubElement(root, f"{{{_VR}}}SignatureValidationReport")
    identifier = SubElement(
        entry, f"{{{_VR}}}SignatureIdentifier", {"id": f"S-{number}-{report.sha256[:16]}"}
    )
    SubElement(identifier, f"{{{_VR}}}HashOnly").text = "false"
    SubElement(identifier, f"{{{_VR}}}DocHashOnly").text = "false"
    times = SubElement(entry, f"{{{_VR}}}ValidationTimeInfo")
    SubElement(times, f"{{{_VR}}}ValidationTime").text = signature.verified_at
    if signature.timestamp_at:
        best = SubElement(times, f"{{{_VR}}}BestSignatureTime")
        SubElement(best, f"{{{_VR}}}POETime").text = signature.timestamp_at
        SubElement(best, f"{{{_VR}}}TypeOfProof").text = "urn:etsi:019102:poetype:validation"
    document = SubElement(entry, f"{{{_VR}}}SignersDocument")
    value = SubElement(document, f"{{{_VR}}}DigestAlgAndValue")
    SubElement(
        value,
        f"{{{_DS}}}DigestMethod",
        {"Algorithm": "http://www.w3.org/2001/04/xmlenc#sha256"},
    )
    SubElement(value, f"{{{_DS}}}DigestValue").text = _base64(report.sha256)
    attributes = SubElement(entry, f"{{{_VR}}}SignatureAttributes")
    if signature.signed_at:
        claimed = SubElement(attributes, f"{{{_VR}}}SigningTime", {"Signed": "true"})
        SubElement(claimed, f"{{{_VR}}}Time").text = signature.signed_at
    info = SubElement(entry, f"{{{_VR}}}SignerInformation")
    SubElement(info, f"{{{_VR}}}Signer").text = _clean(signature.signer)
    process = SubElement(entry, f"{{{_VR}}}SignatureValidationProcess")
    SubElement(process, f"{{{_VR}}}SignatureValidationProcessID").text = (
        "urn:etsi:019102:validationprocess:LTA"
        if signature.timestamp_at
        else "urn:etsi:019102:validationprocess:Basic"
    )
    status = SubElement(entry, f"{{{_VR}}}SignatureValidationStatus")
    SubElement(status, f"{{{_VR}}}MainIndication").text = _MAIN + _MAIN_NAMES[signature.indication]
    if signature.subindication:
        SubElement(status, f"{{{_VR}}}SubIndication").text = _SUB + signature.subindication
    _message(status, str(details.get("code", "")), signature_sentence(signature, "vi"))


def _message(status: Element, code: str, sentence: str) -> None:
    data = SubElement(status, f"{{{_VR}}}AssociatedValidationReportData")
    extra = SubElement(data, f"{{{_VR}}}AdditionalValidationReportData")
    for kind, text in (("urn:sohoa:code", code), ("urn:sohoa:sentence:vi", sentence)):
        item = SubElement(extra, f"{{{_VR}}}ReportData")
        SubElement(item, f"{{{_VR}}}Type").text = kind
        SubElement(item, f"{{{_VR}}}Value").text = _clean(text)


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode("ascii")


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
