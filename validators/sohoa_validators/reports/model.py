"""What a report shows of one dossier: frozen, complete, free of the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sohoa_core.facts import FindingFact, Severity, VerdictFact
from sohoa_core.i18n import N_

#: How findings are ordered, the gravest first.
ORDER: Mapping[str, int] = {"error": 0, "review": 1, "warning": 2, "info": 3}
#: What people read for a severity.
SEVERITIES: Mapping[str, str] = {
    "error": N_("ERROR"),
    "warning": N_("warning"),
    "review": N_("to review"),
    "info": N_("note"),
}
#: What is said of a citation that nobody verified in the instrument itself.
MARKS: Mapping[str, str] = {
    "secondary": N_("secondary source"),
    "unverified": N_("not verified"),
}


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page as it is displayed: millimetres, and a JPEG (empty: not shown)."""

    number: int
    width: float
    height: float
    jpeg: bytes = b""


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """One document; ``id`` is what findings call it, ``name`` its file, ``title`` its paper."""

    id: str
    name: str
    title: str = ""
    pages: tuple[ReportPage, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportDossier:
    """One dossier with what was found and decided, as of the day ``on`` (ISO)."""

    code: str
    on: str
    procedure: str = ""
    procedure_name: str = ""
    case: str = ""
    agency: str = ""
    received_on: str = ""
    owner: str = ""
    findings: tuple[FindingFact, ...] = ()
    verdicts: tuple[VerdictFact, ...] = ()
    documents: tuple[ReportDocument, ...] = ()
    rule_set: str = field(default="")

    def ordered(self) -> tuple[FindingFact, ...]:
        """The findings, gravest first, then by document and rule."""
        return tuple(
            sorted(self.findings, key=lambda f: (ORDER[f.severity], f.document or "", f.rule))
        )

    def counts(self) -> Counter[Severity]:
        """How many findings of each severity."""
        return Counter(finding.severity for finding in self.findings)

    def name_of(self, document: str | None) -> str:
        """The file name of a document that findings mention; its id when it has none."""
        if document is None:
            return ""
        return next((one.name for one in self.documents if one.id == document), document)

    def short_name_of(self, document: str | None) -> str:
        """:meth:`name_of` without the folder that bears the dossier's own code."""
        return self.name_of(document).removeprefix(f"{self.code}/")
