"""All first fields of a document, in the order in which a clerk would look for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sohoa_core.facts import FieldFact, ReviewState
from sohoa_digitize.catalogue.load import DocumentType
from sohoa_digitize.extract.agency import extract_agency
from sohoa_digitize.extract.agreement import agree
from sohoa_digitize.extract.dates import extract_date
from sohoa_digitize.extract.facts import ReadPage
from sohoa_digitize.extract.labels import extract_labels
from sohoa_digitize.extract.number import extract_number
from sohoa_digitize.extract.reasons import Reason
from sohoa_digitize.extract.signer import extract_signer
from sohoa_digitize.extract.subject import extract_subject
from sohoa_digitize.options import DigitizeOptions

__all__ = ["ReadPage", "extract"]


def extract(
    pages: Sequence[ReadPage], kind: DocumentType, options: DigitizeOptions
) -> tuple[FieldFact, ...]:
    """The fields of a document of type ``kind``.

    ``number``, ``symbol``, ``date`` (ISO), ``place``, ``agency``, ``parent_agency``,
    ``subject``, ``signer``, ``signer_title``, and the label fields of the type. A field that
    the type must have and that was not found is there with an empty value, for a person.
    """
    some = [page for page in pages if page.text.lines]
    if not some:
        return ()
    floor = options.review_below
    issued = kind.header and not kind.generic
    by_label = extract_labels(some, kind, floor)
    named = {fact.name for fact in by_label}
    plain_form = issued and not kind.labels
    facts = (
        *([] if "number" in named else extract_number(some, floor, expected=issued)),
        *([] if "date" in named else extract_date(some, floor, expected=issued)),
        *([] if "agency" in named else extract_agency(some, floor, expected=plain_form)),
        *extract_subject(some, kind, floor, expected=plain_form),
        *extract_signer(some, floor, expected=issued),
        *by_label,
    )
    return agree(_by_hand(facts, {fact.name for fact in by_label}))


def _by_hand(facts: Sequence[FieldFact], slots: set[str]) -> list[FieldFact]:
    """On a form that was filled in by hand, every slot was, however printed one looks."""
    filled = [fact for fact in facts if fact.name in slots and fact.raw]
    # Handwriting is read badly in many ways: not every slot is told for what it is.
    doubted = sum(fact.review is ReviewState.NEEDED for fact in filled)
    if doubted < 3 or doubted < 0.5 * len(filled):
        return list(facts)
    slots = slots | {"number"}
    return [
        replace(
            fact,
            review=ReviewState.NEEDED,
            reason=str(Reason.PENNED_OR_EMPTY),
            confidence=min(fact.confidence, 0.6),
        )
        if fact.name in slots and fact.review is ReviewState.NOT_NEEDED
        else fact
        for fact in facts
    ]
