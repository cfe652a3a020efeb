"""Findings as SARIF 2.1.0 (OASIS), for programs that show and compare results of checks.

An error is level ``error``, a warning ``warning``. What a person has to look at is of kind
``review`` and what is only said is ``informational``; the standard wants level ``none`` for both
(§3.27.9, §3.27.10). Places on a page are millimetres and stand in ``properties``: SARIF has no
regions of pictures. A fingerprint lets a later run see that a finding is the same one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from sohoa_core.facts import FindingFact
from sohoa_validators.catalogue import Catalogue
from sohoa_validators.reports.model import ReportDossier
from sohoa_validators.rules.registry import rules
from sohoa_validators.wording import VI, say

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_KINDS = {
    "error": ("fail", "error"),
    "warning": ("fail", "warning"),
    "review": ("review", "none"),
    "info": ("informational", "none"),
}


def sarif_text(
    dossiers: Iterable[ReportDossier],
    *,
    catalogue: Catalogue,
    version: str,
    lang: str | None = None,
) -> Iterator[str]:
    """The file piece by piece; ``version`` is that of the program."""
    described = [*_rules(catalogue, lang)]
    index = {rule["id"]: number for number, rule in enumerate(described)}
    driver = {
        "name": "sohoa",
        "semanticVersion": version,
        "language": lang or "vi",
        "rules": described,
    }
    head = {"$schema": SCHEMA, "version": VERSION}
    yield _json(head)[:-1] + ', "runs": [{"tool": {"driver": ' + _json(driver) + "}"
    yield ', "columnKind": "unicodeCodePoints", "results": ['
    separator = "\n"
    for dossier in dossiers:
        for finding in dossier.ordered():
            yield separator + _json(_result(dossier, finding, index, lang))
            separator = ",\n"
    yield "\n]}]}\n"


def _json(value: Any) -> str:
    # Lone surrogates of broken names cannot be written as UTF-8.
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def _rules(catalogue: Catalogue, lang: str | None) -> Iterator[dict[str, Any]]:
    for rule in rules():
        yield _rule(rule.id, say(rule.message, {}, lang), rule.severity, rule.basis, rule.checked)
    for known in catalogue.rules:
        own = known.rule
        message = say(own.message.en, {VI: own.message.vi}, lang)
        yield _rule(own.id, message, own.severity, known.source, known.checked)


def _rule(
    rule_id: str, message: str, severity: str, basis: str | None, checked: str
) -> dict[str, Any]:
    properties = {"severity": str(severity), "basis": basis, "checked": str(checked)}
    return {
        "id": rule_id,
        "shortDescription": {"text": message},
        "defaultConfiguration": {"level": _KINDS[severity][1]},
        "properties": {key: value for key, value in properties.items() if value},
    }


def _result(
    dossier: ReportDossier, finding: FindingFact, index: Mapping[str, int], lang: str | None
) -> dict[str, Any]:
    kind, level = _KINDS[finding.severity]
    name = dossier.short_name_of(finding.document)
    # Each part of a path is quoted and none may climb.
    parts = [dossier.code, *name.split("/")]
    path = "/".join(
        quote(part[:200], safe="", errors="replace") for part in parts if part.strip(".")
    )
    logical = [dossier.code, name, finding.field_name]
    properties = {
        "dossier": dossier.code,
        "page": finding.page,
        "boxMillimetres": list(finding.box) if finding.box is not None else None,
        "basis": finding.basis,
        "checked": finding.verified,
        "on": dossier.on,
        "ruleSet": finding.rule_set or dossier.rule_set,
    }
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "kind": kind,
        "level": level,
        "message": {"text": say(finding.message, finding.args, lang)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": path or "-"}},
                "logicalLocations": [
                    {"fullyQualifiedName": "/".join(part for part in logical if part) or "-"}
                ],
            }
        ],
        "partialFingerprints": {"sohoa/v1": _fingerprint(dossier, finding)},
        "properties": {key: value for key, value in properties.items() if value is not None},
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    return result


def _fingerprint(dossier: ReportDossier, finding: FindingFact) -> str:
    said = {key: value for key, value in finding.args.items() if key != VI}
    parts = [dossier.code, finding.rule, finding.document, finding.field_name, finding.page, said]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
