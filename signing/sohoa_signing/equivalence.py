"""Does the electronic copy equal the paper (giá trị pháp lý tương đương)?

A pure function over facts: Luật Giao dịch điện tử 20/2023/QH15, Article 12(1), with Decree
137/2024/NĐ-CP, Article 4(1)(a). Which conditions applied on a date is read from data; each
one that fails is a finding with its article. A missing officer signature (Circular
01/2023/TT-VPCP, Article 8) is told but does not break equivalence by itself.
"""

from __future__ import annotations

import enum
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from sohoa_core.facts import FindingFact, Severity, VerdictFact
from sohoa_core.i18n import N_

RULE_SET = "equivalence-2024"


class DocumentClass(enum.StrEnum):
    """Kinds of documents that Article 12(1)(d) names, and all others."""

    LICENCE = "giay_phep"
    CERTIFICATE = "giay_chung_nhan"
    ATTESTATION = "chung_chi"
    CONFIRMATION = "van_ban_xac_nhan"
    APPROVAL = "van_ban_chap_thuan"
    OTHER = "khac"


class Equivalence(enum.StrEnum):
    """The answer; ``UNDECIDED`` when a fact is not known and nothing known fails."""

    EQUIVALENT = "EQUIVALENT"
    NOT_EQUIVALENT = "NOT_EQUIVALENT"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True)
class EquivalenceFacts:
    """What is known of one copy; ``None`` means that it could not be found out.

    ``integrity_ok``: same information as the paper (pages complete, quality passed, bytes
    unchanged). ``readable``: opens and can be searched. ``mark_in_words``,
    ``conversion_time``, ``converter_name``: shown on the copy. ``agency_signature_valid``:
    the converting agency's digital signature is present and valid.
    """

    document_class: DocumentClass
    integrity_ok: bool | None
    readable: bool | None
    mark_in_words: bool | None
    conversion_time: bool | None
    converter_name: bool | None
    agency_signature_valid: bool | None
    officer_signature_present: bool | None = None


@dataclass(frozen=True, slots=True)
class EquivalenceResult:
    """The verdict and one finding for each condition that failed, is unknown, or is advice."""

    answer: Equivalence
    findings: tuple[FindingFact, ...]
    failed: tuple[str, ...]
    unknown: tuple[str, ...]

    def verdict(self, on: date) -> VerdictFact:
        """The same as a verdict for the records."""
        return VerdictFact(
            question="equal_to_paper",
            answer=self.answer.value,
            branch=",".join(self.failed or self.unknown) or "all",
            on=on.isoformat(),
            basis="Luật Giao dịch điện tử 20/2023/QH15, Điều 12.1",
            rule_set=RULE_SET,
        )


_FAILED = {
    "integrity": N_("The copy is not proved complete and unchanged against the paper."),
    "readable": N_("The copy cannot be opened and used for reference."),
    "mark_in_words": N_("The copy does not say in words that it was converted from paper."),
    "conversion_time": N_("The copy does not show the time of conversion."),
    "converter_name": N_("The copy does not name who converted it."),
    "agency_signature": N_("The digital signature of the converting agency is missing or invalid."),
    "officer_signature": N_("The personal digital signature of the digitizing officer is missing."),
}
_UNKNOWN = N_("It could not be found out whether this condition is met: {condition}.")


@cache
def _rules() -> dict[str, Any]:
    source = files("sohoa_signing").joinpath("data/equivalence.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _in_force(rule: dict[str, Any], on: date) -> bool:
    until = rule.get("valid_to")
    return bool(rule["valid_from"] <= on and (until is None or on <= until))


def equivalence(facts: EquivalenceFacts, *, on: date) -> EquivalenceResult:
    """The verdict on ``facts`` by the conditions in force on ``on`` (day of conversion)."""
    known = {
        "integrity": facts.integrity_ok,
        "readable": facts.readable,
        "mark_in_words": facts.mark_in_words,
        "conversion_time": facts.conversion_time,
        "converter_name": facts.converter_name,
        "agency_signature": facts.agency_signature_valid,
        "officer_signature": facts.officer_signature_present,
    }
    findings: list[FindingFact] = []
    failed: list[str] = []
    unknown: list[str] = []
    for rule in _rules()["condition"]:
        name = rule["id"]
        classes = rule.get("only_classes")
        if not _in_force(rule, on) or (classes and facts.document_class.value not in classes):
            continue
        if known[name] is None:
            unknown.append(name)
            findings.append(_finding(rule, Severity.REVIEW, _UNKNOWN, {"condition": name}))
        elif not known[name]:
            failed.append(name)
            findings.append(_finding(rule, Severity.ERROR, _FAILED[name], {}))
    for rule in _rules()["advice"]:
        if _in_force(rule, on) and known[rule["id"]] is False:
            findings.append(_finding(rule, Severity.WARNING, _FAILED[rule["id"]], {}))
    answer = Equivalence.EQUIVALENT
    if failed:
        answer = Equivalence.NOT_EQUIVALENT
    elif unknown:
        answer = Equivalence.UNDECIDED
    return EquivalenceResult(answer, tuple(findings), tuple(failed), tuple(unknown))


def _finding(
    rule: dict[str, Any], severity: Severity, message: str, args: dict[str, Any]
) -> FindingFact:
    return FindingFact(
        rule=f"equivalence.{rule['id']}",
        severity=severity,
        message=message,
        args=args,
        basis=rule["basis"],
        verified=rule["checked"],
        rule_set=RULE_SET,
    )


@dataclass(frozen=True, slots=True)
class ConversionSeen:
    """What the text of a copy shows of its conversion mark."""

    words: bool
    time: str
    converter: str


_WORDS = re.compile(r"chuy[eể]n\s+[dđ][oổ]i\s+t[uừ]\s+(?:v[aă]n\s+b[aả]n|b[aả]n)\s+gi[aấ]y", re.I)
_TIME = re.compile(
    r"\d{1,2}/\d{1,2}/\d{4}(?:\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s*[+\-]\d{2}:?\d{2})?)?"
    r"|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[+\-]\d{2}:\d{2}|Z)?"
)


def read_conversion_mark(text: str) -> ConversionSeen:
    """Find the conversion mark in the text of a page: words, time, and who converted."""
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    words = _WORDS.search(flat)
    if words is None:
        return ConversionSeen(False, "", "")
    rest = flat[words.end() : words.end() + 300]
    time = _TIME.search(rest)
    if time is None:
        return ConversionSeen(True, "", "")
    after = rest[time.end() :].lstrip(" –—-,;:")
    return ConversionSeen(True, time[0], after[:200].strip())
