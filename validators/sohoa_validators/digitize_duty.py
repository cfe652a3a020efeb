"""Must, must not or may a paper be digitized? (TT 01/2023/TT-VPCP Art 3)

A ban wins over a duty. What nobody stated (original or copy?) is UNKNOWN where the answer hangs
on it: the reception desk has to ask.
"""

from __future__ import annotations

import enum
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sohoa_validators.codes import code_key
from sohoa_validators.schema import Checked, Component, DigitizeClass
from sohoa_validators.view import ItemKind, ItemView, PaperForm, Reuse, Submission

ARTICLE_3 = "TT 01/2023/TT-VPCP Điều 3"
ON_REQUEST = "NĐ 61/2018/NĐ-CP Điều 21a khoản 1 điểm c (sửa đổi)"


class Duty(enum.StrEnum):
    """The answer: phải số hóa, không được số hóa, được số hóa, chưa rõ."""

    MUST = "MUST"
    MUST_NOT = "MUST_NOT"
    MAY = "MAY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class DutyAnswer:
    """The duty, the class that decided (``A`` to ``K``; empty for none), branch and basis."""

    duty: Duty
    branch: str
    digitize_class: str = ""
    basis: str = ARTICLE_3
    checked: Checked = Checked.VERIFIED


def digitize_duty(
    item: ItemView,
    component: Component | None = None,
    *,
    right_granting: bool = True,
    opinion: bool = False,
    listed: AbstractSet[str] = frozenset(),
) -> DutyAnswer:
    """The duty for one item.

    ``component`` is what it serves as, ``right_granting`` false for refusal slips, ``opinion``
    true for what another agency contributed while the dossier was handled, ``listed`` the
    component codes that the Minister or the provincial Chair listed for management needs.
    """
    banned = _banned(item, component)
    if banned is not None:
        return banned
    if item.form in (PaperForm.ELECTRONIC, PaperForm.ELECTRONIC_CERTIFIED_COPY):
        return DutyAnswer(Duty.MAY, "already_electronic")
    if opinion:
        return DutyAnswer(Duty.MUST, "opinion_of_agency", "D")
    must = _must(item, component, right_granting, listed)
    if must is None:
        if item.on_request:
            return DutyAnswer(Duty.MAY, "on_request", "F", ON_REQUEST, Checked.SECONDARY)
        return DutyAnswer(Duty.MAY, "no_duty", "F", ON_REQUEST, Checked.SECONDARY)
    if item.form is PaperForm.UNSTATED and item.kind is ItemKind.COMPONENT:
        return DutyAnswer(Duty.UNKNOWN, "form_not_stated", must.digitize_class)
    return must


def _banned(item: ItemView, component: Component | None) -> DutyAnswer | None:
    if item.secret:
        return DutyAnswer(Duty.MUST_NOT, "state_secret", "K")
    shown = component is not None and component.submission == "show"
    if item.submission is Submission.SHOW or shown:
        return DutyAnswer(Duty.MUST_NOT, "only_shown", "I")
    if item.kind is ItemKind.COMPONENT and item.form is PaperForm.COPY:
        return DutyAnswer(Duty.MUST_NOT, "photocopy", "H")
    if item.kind is ItemKind.COMPONENT and item.form is PaperForm.CERTIFIED_COPY:
        return DutyAnswer(Duty.MUST_NOT, "certified_copy", "H")
    if item.shared_data or item.reuse in (Reuse.FROM_COMPONENT, Reuse.FROM_RESULT):
        return DutyAnswer(Duty.MUST_NOT, "data_shared", "G")
    return None


def _must(
    item: ItemView,
    component: Component | None,
    right_granting: bool,
    listed: AbstractSet[str],
) -> DutyAnswer | None:
    if item.kind is ItemKind.RESULT:
        if not right_granting:
            return None
        return DutyAnswer(Duty.MUST, "result", "E")
    if component is None:
        return None
    own = component.digitize
    if own in (DigitizeClass.A, DigitizeClass.B, DigitizeClass.D, DigitizeClass.E):
        branch = "earlier_result" if own is DigitizeClass.A else "schema_class"
        return DutyAnswer(Duty.MUST, branch, own.value)
    keys = {code_key(code) for code in component.codes}
    if own is DigitizeClass.C or keys & {code_key(code) for code in listed}:
        return DutyAnswer(Duty.MUST, "listed_by_agency", "C")
    return None
