"""Do the values of one paper agree with each other?

A personal identifier tells the year of birth and the sex (its old structure; it may be wrong
for newer numbers, so disagreement sends both values to a person and rejects neither).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sohoa_core.facts import FieldFact, ReviewState
from sohoa_digitize.extract.reasons import Reason
from sohoa_vietnam.identifiers.personal import FEMALE, MALE, read_personal_id

#: Identifier -> the birth date (or year) and sex of the same person.
_PERSONS = (
    ("so_dinh_danh", "ngay_sinh", "gioi_tinh"),
    ("me_so_dinh_danh", "me_nam_sinh", ""),
)


def agree(facts: Sequence[FieldFact]) -> tuple[FieldFact, ...]:
    """``facts`` with those that contradict each other marked for a person."""
    known = {fact.name: fact for fact in facts}
    doubted: set[str] = set()
    for number, birth, sex in _PERSONS:
        identifier, born = known.get(number), known.get(birth)
        if identifier is None or len(identifier.value) != 12:
            continue
        year = int(born.value[:4]) if born is not None and born.value[:4].isdigit() else None
        shown = {"Nam": MALE, "Nữ": FEMALE}.get(known[sex].value) if sex in known else None
        found = read_personal_id(identifier.value, birth_year=year, sex=shown)
        codes = {problem.code.rpartition(".")[2] for problem in found.problems}
        if "birth_year" in codes:
            doubted |= {number, birth}
        if "sex" in codes:
            doubted |= {number, sex}
    return tuple(_doubt(fact) if fact.name in doubted else fact for fact in facts)


def _doubt(fact: FieldFact) -> FieldFact:
    if fact.review is ReviewState.NEEDED:
        return fact
    return replace(
        fact,
        review=ReviewState.NEEDED,
        reason=str(Reason.DISAGREES),
        confidence=min(fact.confidence, 0.6),
    )
