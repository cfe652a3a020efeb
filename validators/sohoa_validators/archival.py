"""Is a digitized paper ready for the archive and the Kho? File facts and minimum metadata.

Technical parameters follow TT 05/2025/TT-BNV Art 8 (by the day of scanning), the metadata the
minimum of TT 01/2023/TT-VPCP Art 9.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from sohoa_validators import legal
from sohoa_validators.moments import day_of
from sohoa_validators.paper import Paper
from sohoa_validators.view import ItemView, PartyView


class Readiness(enum.StrEnum):
    """Sẵn sàng lưu trữ, chưa sẵn sàng, chưa rõ."""

    READY = "READY"
    NOT_READY = "NOT_READY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class ReadinessAnswer:
    """What lacks (``pdfa``, ``text_layer``, ``hash``, ``pages``, ``dpi``), which metadata keys
    are missing, and what the records do not tell."""

    verdict: Readiness
    lacks: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    basis: str


def archival_readiness(
    item: ItemView, owner: PartyView, paper: Paper | None, *, on: date
) -> ReadinessAnswer:
    """Judge one digitized item as of ``on``."""
    scan = legal.scan()
    rule = scan.on(day_of(item.digitized_on) or on)
    lacks, unknown = _file(item, rule)
    least = rule.drawing_dpi if paper is not None and paper.drawing else rule.min_dpi
    floor = least * (1 - scan.dpi_tolerance)
    if any(0 < page.dpi < floor for page in item.pages):
        lacks.append("dpi")
    missing = missing_metadata(item, owner, paper)
    if lacks or missing:
        verdict = Readiness.NOT_READY
    else:
        verdict = Readiness.UNKNOWN if unknown else Readiness.READY
    basis = f"{rule.source}; {legal.minimum_metadata().source}"
    return ReadinessAnswer(verdict, tuple(lacks), missing, tuple(unknown), basis)


def _file(item: ItemView, rule: legal.ScanEntry) -> tuple[list[str], list[str]]:
    file = item.file
    if file is None:
        return [], ["file"]
    lacks, unknown = [], []
    if not file.sha256:
        lacks.append("hash")
    if file.opens is False:
        lacks.append("opens")
    if rule.pdfa:
        if file.opens is None and not file.pdfa:
            unknown.append("pdfa")
        elif not file.pdfa:
            lacks.append("pdfa")
    if rule.text_layer:
        if file.text_layer is None:
            unknown.append("text_layer")
        elif not file.text_layer:
            lacks.append("text_layer")
    if file.pages is not None and item.pages and file.pages != len(item.pages):
        lacks.append("pages")
    return lacks, unknown


def missing_metadata(item: ItemView, owner: PartyView, paper: Paper | None) -> tuple[str, ...]:
    """The keys of the minimum metadata that are required and empty."""
    missing = []
    for field in legal.minimum_metadata().fields:
        if not field.required or _present(field.asks, item, owner, paper):
            continue
        # Declarations and evidence are not issued by an agency: no date of issue, no issuer.
        if field.asks in ("issued_on", "agency") and paper is not None and not paper.issued:
            continue
        missing.append(field.key)
    return tuple(missing)


def _present(asks: str, item: ItemView, owner: PartyView, paper: Paper | None) -> bool:
    if asks == "paper_code":
        return bool(item.code or (paper is not None and paper.codes) or item.doc_type)
    if asks == "owner_identifier":
        return any(value.strip() for value in owner.identifiers.values())
    if asks == "title":
        return bool(item.title.strip() or paper is not None)
    if asks == "issued_on" and item.issued_on:
        return True
    if asks == "subject" and paper is not None and paper.kind != "other":
        return True  # the name of a known paper says what it is about
    fact = item.fields.get(asks)
    return fact is not None and bool(fact.value.strip())
