"""Why a person must look at a value: a closed list, each reason with its message."""

from __future__ import annotations

import enum

from sohoa_core.i18n import N_


class Reason(enum.StrEnum):
    """Stored in ``FieldFact.reason``; the message is for the person who reviews."""

    LOW_CONFIDENCE = "low_confidence"
    PENNED_OR_EMPTY = "penned_or_empty"
    IMPOSSIBLE = "impossible"
    NOT_FOUND = "not_found"
    INCOMPLETE = "incomplete"
    DISAGREES = "disagrees"
    UNCONFIRMED = "unconfirmed"


MESSAGES: dict[Reason, str] = {
    Reason.LOW_CONFIDENCE: N_("The value was read with low confidence."),
    Reason.PENNED_OR_EMPTY: N_("The slot is filled in by hand, or empty."),
    Reason.IMPOSSIBLE: N_("The value as read is impossible."),
    Reason.NOT_FOUND: N_("The value was not found on the page."),
    Reason.INCOMPLETE: N_("Only a part of the value could be read."),
    Reason.DISAGREES: N_("The value disagrees with another one on the same paper."),
    Reason.UNCONFIRMED: N_("A second person has to confirm the decision."),
}
