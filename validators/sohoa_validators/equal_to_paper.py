"""Does a digitized file have the legal value of the paper? (Luật GDĐT 20/2023/QH15 Art 12(1))

Every condition is answered on its own, yes, no or not known, from recorded facts: nothing is
verified here, and a picture of a signature counts for nothing. The officer's personal signature
is reported apart: its lack does not by itself break Art 12.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sohoa_core.facts import SignatureFact
from sohoa_validators import legal
from sohoa_validators.legal import EqualityCondition
from sohoa_validators.moments import span
from sohoa_validators.paper import LegalGroup
from sohoa_validators.view import ItemView, MarkKind, MarkView
from sohoa_vietnam.text import plain


class Equality(enum.StrEnum):
    """Có giá trị như bản giấy, không, chưa rõ."""

    EQUIVALENT = "EQUIVALENT"
    NOT_EQUIVALENT = "NOT_EQUIVALENT"
    UNKNOWN = "UNKNOWN"


class SignedBy(enum.StrEnum):
    """Whose signature it is: cơ quan, người số hóa."""

    AGENCY = "agency"
    OFFICER = "officer"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class ConditionAnswer:
    """One condition: ``holds`` is None when the records do not tell."""

    condition: EqualityCondition
    holds: bool | None


@dataclass(frozen=True, slots=True)
class EqualityAnswer:
    """The verdict, every condition that counted, and the officer's signature apart."""

    verdict: Equality
    conditions: tuple[ConditionAnswer, ...]
    officer: ConditionAnswer

    @property
    def failed(self) -> tuple[EqualityCondition, ...]:
        """The conditions that do not hold."""
        return tuple(answer.condition for answer in self.conditions if answer.holds is False)

    @property
    def unknown(self) -> tuple[EqualityCondition, ...]:
        """The conditions that the records do not answer."""
        return tuple(answer.condition for answer in self.conditions if answer.holds is None)


def equal_to_paper(item: ItemView, group: LegalGroup | None) -> EqualityAnswer:
    """Judge ``item``; ``group`` is the legal group of its paper (None: the paper is not known,
    then the agency's signature counts, because it is mandatory by default)."""
    law = legal.equivalence()
    answers = []
    for condition in law.conditions:
        if condition.groups and group is not None and group not in condition.groups:
            continue
        answers.append(ConditionAnswer(condition, _CHECKS[condition.id](item)))
    if any(answer.holds is False for answer in answers):
        verdict = Equality.NOT_EQUIVALENT
    elif any(answer.holds is None for answer in answers):
        verdict = Equality.UNKNOWN
    else:
        verdict = Equality.EQUIVALENT
    officer = ConditionAnswer(law.officer_signature, signature_holds(item, SignedBy.OFFICER))
    return EqualityAnswer(verdict, tuple(answers), officer)


def signed_by(signature: SignatureFact) -> SignedBy:
    """Whose signature this is: what verification recorded, else the name of the field."""
    recorded = signature.details.get("role")
    if isinstance(recorded, str) and recorded in ("agency", "officer"):
        return SignedBy(recorded)
    name = plain(signature.field_name[:100]).replace(" ", "")
    if "agency" in name or "coquan" in name:
        return SignedBy.AGENCY
    if "officer" in name or "nguoisohoa" in name or "canbo" in name:
        return SignedBy.OFFICER
    return SignedBy.OTHER


def signature_holds(item: ItemView, by: SignedBy) -> bool | None:
    """Whether a signature of that kind holds; False when there is none."""
    answers = [_holds(one) for one in item.signatures if signed_by(one) is by]
    if not answers:
        return False
    if True in answers:
        return True
    return None if None in answers else False


def _holds(signature: SignatureFact) -> bool | None:
    if not signature.intact or signature.revocation == "revoked":
        return False
    if signature.indication == "TOTAL-FAILED":
        return False
    if signature.indication == "TOTAL-PASSED" and signature.trusted:
        return True
    return None


def _integrity(item: ItemView) -> bool | None:
    file = item.file
    if file is None:
        return None
    if any(not signature.intact for signature in item.signatures):
        return False
    if file.quality_passed is False:
        return False
    # A page with a sticky note is scanned twice, so more images than sides is no loss.
    if item.sides is not None and file.pages is not None and file.pages < item.sides:
        return False
    if not file.sha256 or file.quality_passed is None or file.pages is None:
        return None
    return True


def _readable(item: ItemView) -> bool | None:
    file = item.file
    if file is None:
        return None
    parts = (file.opens, file.text_layer, bool(file.pdfa) if file.opens is not None else None)
    if False in parts:
        return False
    return None if None in parts else True


def _marks(item: ItemView) -> tuple[MarkView, ...]:
    return tuple(m for m in item.marks if m.kind in (MarkKind.CONVERSION, MarkKind.AGENCY))


def _mark_in_words(item: ItemView) -> bool | None:
    words = legal.equivalence().mark_words
    return any(any(needed in plain(mark.text[:2000]) for needed in words) for mark in _marks(item))


def _conversion_time(item: ItemView) -> bool | None:
    return any(span(mark.time) is not None for mark in _marks(item))


def _converter_name(item: ItemView) -> bool | None:
    return any(bool(mark.name.strip()) for mark in _marks(item))


def _agency_signature(item: ItemView) -> bool | None:
    return signature_holds(item, SignedBy.AGENCY)


_CHECKS = {
    "integrity": _integrity,
    "readable": _readable,
    "mark_in_words": _mark_in_words,
    "conversion_time": _conversion_time,
    "converter_name": _converter_name,
    "agency_signature": _agency_signature,
}
