"""One JSON object a dossier and line: everything that the other reports are made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from sohoa_validators.reports.model import ReportDossier

SCHEMA = "sohoa.validation/1"


def dossier_record(dossier: ReportDossier) -> dict[str, Any]:
    """The plain data of one dossier's result; keys are stable, texts are not translated."""
    return {
        "dossier": dossier.code,
        "procedure": dossier.procedure,
        "agency": dossier.agency,
        "received_on": dossier.received_on,
        "on": dossier.on,
        "rule_set": dossier.rule_set,
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "document": dossier.name_of(finding.document) or None,
                "message": finding.message,
                "args": finding.args,
                "basis": finding.basis,
                "verified": finding.verified,
                "field": finding.field_name,
                "page": finding.page,
                "box": finding.box,
            }
            for finding in dossier.ordered()
        ],
        "verdicts": [
            {
                **{k: v for k, v in asdict(verdict).items() if k not in ("document", "rule_set")},
                "document": dossier.name_of(verdict.document) or None,
            }
            for verdict in dossier.verdicts
        ],
    }


def json_lines(dossiers: Iterable[ReportDossier]) -> Iterator[str]:
    """The file line by line."""
    for dossier in dossiers:
        text = json.dumps({"schema": SCHEMA, **dossier_record(dossier)}, ensure_ascii=False)
        yield text.encode("utf-8", "replace").decode("utf-8") + "\n"
