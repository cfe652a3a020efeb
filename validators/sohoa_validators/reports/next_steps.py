"""What to do next: for every rule the one sentence that a clerk can act on."""

from __future__ import annotations

from collections.abc import Iterable

from sohoa_core.facts import FindingFact, Severity
from sohoa_core.i18n import N_

#: Beginning of a rule id -> what to do; the longest beginning wins.
_STEPS = {
    "dossier.component.missing": N_(
        "Ask the applicant for the missing papers (request to supplement, form 02)."
    ),
    "dossier.component.group": N_(
        "Ask the applicant for the missing papers (request to supplement, form 02)."
    ),
    "dossier.component.quantity": N_(
        "Ask the applicant for the missing papers (request to supplement, form 02)."
    ),
    "dossier.component.group_over": N_("Check which of the papers belong to the dossier."),
    "dossier.component.not_original": N_("Ask the applicant for the original."),
    "dossier.component.question_open": N_(
        "Answer the open questions about the case, then check again."
    ),
    "dossier.component.by_title": N_("Confirm which component each of these papers is."),
    "dossier.component.unexpected": N_("Check which of the papers belong to the dossier."),
    "dossier.case": N_("Record which case of the procedure this is, then check again."),
    "dossier.procedure": N_("Check the code of the procedure; import its schema if it is new."),
    "dossier.schema": N_("Check completeness by hand; the schema does not list every component."),
    "dossier.digitized.forbidden": N_(
        "Take these scans out: such papers must not be digitized (TT 01/2023/TT-VPCP, Art 3)."
    ),
    "dossier.digitized.missing": N_("Digitize the papers named below."),
    "dossier.digitized.form_not_stated": N_("Record whether each paper is an original or a copy."),
    "dossier.result": N_("Record the result of the dossier and its code."),
    "dossier.deadline": N_(
        "Check the time limit; if it was missed, write the letter of apology (form 04)."
    ),
    "dossier.person": N_(
        "Compare the values with the papers; correct what was misread, ask about the rest."
    ),
    "dossier.agency": N_("Check the agency's code for the day of reception."),
    "dossier.land": N_(
        "Compare the values with the papers; correct what was misread, ask about the rest."
    ),
    "dossier": N_("Check the data of the dossier against the papers."),
    "document.validity.at_reception": N_("Ask the applicant for a paper that is in force."),
    "document.validity.unknown": N_("Decide by hand whether the paper is in force."),
    "document.equality.not_begun": N_("Sign the digitized files (officer, then agency)."),
    "document.equality": N_("Sign the digitized files (officer, then agency)."),
    "document.signature.officer_missing": N_("Sign the digitized files (officer, then agency)."),
    "document.signature.broken": N_("Find the unaltered file; a broken signature proves nothing."),
    "document.metadata": N_("Enter the missing metadata."),
    "document.pages": N_("Scan these papers again, every side of every sheet."),
    "document.page": N_("Scan these papers again, every side of every sheet."),
    "document.page.confidence": N_("Read the marked values on the image; confirm or correct them."),
    "document.page.blank": N_("Check that the blank pages are blank on paper too."),
    "document.field.missing": N_("Read the marked values on the image; confirm or correct them."),
    "document.type": N_("Say what kind of paper each of these is."),
    "document.unit": N_("Check issuer and date of the paper against the original."),
    "document.district": N_("Check issuer and date of the paper against the original."),
    "document": N_("Check the paper against its image."),
    "field": N_("Read the marked values on the image; confirm or correct them."),
}


def step_for(rule: str) -> str:
    """What to do about a finding of ``rule``: a message to translate."""
    parts = rule.split(".")
    for length in range(len(parts), 0, -1):
        found = _STEPS.get(".".join(parts[:length]))
        if found is not None:
            return found
    return N_("Look at the finding and decide.")


def next_steps(findings: Iterable[FindingFact]) -> tuple[tuple[str, int], ...]:
    """Steps with the number of findings they settle, in the order of the findings; notes ask
    for nothing."""
    counted: dict[str, int] = {}
    for finding in findings:
        if finding.severity is not Severity.INFO:
            step = step_for(finding.rule)
            counted[step] = counted.get(step, 0) + 1
    return tuple(counted.items())
