"""The report for other validators: ``ValidationReport`` of ETSI TS 119 102-2 (v1.2.1).

One ``SignatureValidationReport`` for each signature and timestamp; the signed file and the
signers' certificates stand as validation objects, named by their digests, because the report
must not carry them along. What ETSI has no name for stands under ``urn:sohoa``. Values come
from hostile files: the text holds no control characters.
"""

from __future__ import annotations

import base64
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from sohoa_core.facts import SignatureFact
from sohoa_signing.verify.policy import Verdict
from sohoa_signing.verify.report import FileReport, signature_sentence

_VR = "http://uri.etsi.org/19102/v1.2.1#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_ETSI = "urn:etsi:019102"
_MAIN = {
    "TOTAL-PASSED": f"{_ETSI}:mainindication:total-passed",
    "TOTAL-FAILED": f"{_ETSI}:mainindication:total-failed",
    "INDETERMINATE": f"{_ETSI}:mainindication:indeterminate",
}
#: ETSI knows no report on a file without signatures, yet an empty one is not allowed.
_NO_SIGNATURE = "urn:sohoa:mainindication:no-signature-found"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_FILE = "SD-1"


def validation_report(report: FileReport) -> bytes:
    """``report`` as XML, UTF-8, the same bytes for the same report."""
    register_namespace("vr", _VR)
    register_namespace("ds", _DS)
    root = Element(f"{{{_VR}}}ValidationReport")
    certificates: dict[str, str] = {}
    for number, signature in enumerate(report.signatures, 1):
        _signature(root, report, signature, number, certificates)
    if not report.signatures:
        _nothing_signed(root, report)
    _objects(root, report, certificates)
    indent(root)
    raw: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return raw + b"\n"


def _signature(
    root: Element,
    report: FileReport,
    signature: SignatureFact,
    number: int,
    certificates: dict[str, str],
) -> None:
    details = signature.details
    entry = _add(root, "SignatureValidationReport")
    identifier = _add(entry, "SignatureIdentifier", id=f"S-{number}")
    _add(identifier, "HashOnly", "false")
    _add(identifier, "DocHashOnly", "false")
    times = _add(entry, "ValidationTimeInfo")
    _add(times, "ValidationTime", signature.verified_at)
    # Without a proof the best that is known is the time of validation itself
    # (EN 319 102-1 clause 5.2.2).
    best = _add(times, "BestSignatureTime")
    _add(best, "POETime", signature.timestamp_at or signature.verified_at)
    _add(best, "TypeOfProof", f"{_ETSI}:poetype:validation")
    _signed_file(entry, report)
    if signature.signed_at:
        attributes = _add(entry, "SignatureAttributes")
        claimed = _add(attributes, "SigningTime", Signed="true")
        _add(claimed, "Time", signature.signed_at)
    fingerprint = str(details.get("certificate_sha256", ""))
    if fingerprint:
        name = certificates.setdefault(fingerprint, f"C-{len(certificates) + 1}")
        signer = _add(entry, "SignerInformation")
        _add(signer, "SignerCertificate", VOReference=name)
        _add(signer, "Signer", signature.signer)
    process = _add(entry, "SignatureValidationProcess")
    _add(
        process,
        "SignatureValidationProcessID",
        f"{_ETSI}:validationprocess:{'LTA' if signature.timestamp_at else 'Basic'}",
    )
    _status(
        entry,
        _MAIN[signature.indication],
        signature.subindication,
        str(details.get("code", "")),
        signature_sentence(signature, "vi"),
    )


def _nothing_signed(root: Element, report: FileReport) -> None:
    entry = _add(root, "SignatureValidationReport")
    _signed_file(entry, report)
    unsigned = report.verdict is Verdict.UNSIGNED
    _status(
        entry,
        _NO_SIGNATURE if unsigned else _MAIN["TOTAL-FAILED"],
        None if unsigned else "FORMAT_FAILURE",
        report.code,
        report.sentence("vi"),
    )


def _signed_file(entry: Element, report: FileReport) -> None:
    document = _add(entry, "SignersDocument")
    _digest(document, report.sha256)
    _add(document, "SignersDocumentRepresentation", VOReference=_FILE)


def _status(entry: Element, main: str, sub: str | None, code: str, sentence: str) -> None:
    status = _add(entry, "SignatureValidationStatus")
    _add(status, "MainIndication", main)
    if sub:
        _add(status, "SubIndication", f"{_ETSI}:subindication:{sub}")
    data = _add(_add(status, "AssociatedValidationReportData"), "AdditionalValidationReportData")
    for kind, text in (("urn:sohoa:code", code), ("urn:sohoa:sentence:vi", sentence)):
        item = _add(data, "ReportData")
        _add(item, "Type", kind)
        _add(item, "Value", text)


def _objects(root: Element, report: FileReport, certificates: dict[str, str]) -> None:
    objects = _add(root, "SignatureValidationObjects")
    found = [(_FILE, "signedData", report.sha256)]
    found += [(name, "certificate", digest) for digest, name in certificates.items()]
    for name, kind, digest in found:
        item = _add(objects, "ValidationObject", id=name)
        _add(item, "ObjectType", f"{_ETSI}:validationObject:{kind}")
        _digest(_add(item, "ValidationObjectRepresentation"), digest)


def _digest(parent: Element, sha256: str) -> None:
    value = _add(parent, "DigestAlgAndValue")
    SubElement(value, f"{{{_DS}}}DigestMethod", {"Algorithm": _SHA256})
    text = base64.b64encode(bytes.fromhex(sha256)).decode("ascii")
    SubElement(value, f"{{{_DS}}}DigestValue").text = text


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    child = SubElement(parent, f"{{{_VR}}}{name}", attributes)
    if text is not None:
        child.text = "".join(c if c.isprintable() else " " for c in text)
    return child
