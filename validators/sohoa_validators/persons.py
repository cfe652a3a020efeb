"""What the dossier and its papers say of one person: name, birth date, identifier, sex.

Papers name persons by role (child, mother, requester); a component may rename a role, as the
holder of the identity paper shown is the requester.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sohoa_core.facts import FieldFact, ReviewState, Source
from sohoa_validators.catalogue import KnownPaper
from sohoa_validators.moments import span
from sohoa_validators.names import Likeness, likeness
from sohoa_validators.view import DossierView, ItemView, PartyView

QUESTIONS = ("name", "birth_date", "identifier", "sex")
#: Whose identity paper it is must be said; without that it proves nothing about anybody.
UNNAMED = "holder"
#: How far the statements about one person may lie apart by a slip of the pen or of reading.
NEAR_YEARS = 2
NEAR_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says of one person; the dossier itself has no ``item``."""

    role: str
    question: str
    value: str
    source: str
    item: ItemView | None
    fact: FieldFact | None


def statements(
    view: DossierView,
    owner_roles: tuple[str, ...],
    papers: Mapping[str, KnownPaper],
    renamed_by_item: Mapping[str, Mapping[str, str]],
) -> dict[tuple[str, str], list[Statement]]:
    """Every statement of ``view`` by role and question, the surest source first.

    ``owner_roles`` are the roles that the owner of the dossier may have: some systems record the
    child as the owner of a birth registration, others the parent who asks. The owner speaks for
    every role that bears the owner's name, else for the first one.
    """
    said: dict[tuple[str, str], list[Statement]] = {}
    for item in view.items:
        known = papers.get(item.id)
        if known is None:
            continue
        renamed = renamed_by_item.get(item.id, {})
        for paper_role, person in known.paper.people.items():
            role = renamed.get(paper_role, paper_role)
            if role == UNNAMED:
                continue
            for question in QUESTIONS:
                name = getattr(person, question)
                fact = item.fields.get(name) if name is not None else None
                if fact is not None and fact.value.strip():
                    found = Statement(role, question, fact.value, known.paper.name.vi, item, fact)
                    said.setdefault((role, question), []).append(found)
    if view.owner.kind != "organization":
        for role in _roles_of_owner(view.owner, owner_roles, said):
            for question, value in _owner(view.owner).items():
                if value.strip():
                    owned = Statement(role, question, value, "", None, None)
                    said.setdefault((role, question), []).append(owned)
    for found_all in said.values():
        found_all.sort(key=_surest_first)
    return said


def _roles_of_owner(
    owner: PartyView,
    owner_roles: tuple[str, ...],
    said: Mapping[tuple[str, str], list[Statement]],
) -> list[str]:
    if not owner.name.strip():
        return []
    nearest: dict[str, Likeness] = {}
    for role in owner_roles:
        named = said.get((role, "name"), ())
        if named:
            nearest[role] = min(likeness(owner.name, one.value) for one in named)
    best = min(nearest.values(), default=Likeness.OTHER)
    if best is Likeness.OTHER:
        return list(nearest)[:1]
    named_so = [role for role, alike in nearest.items() if alike == best]
    # Father and son may bear one name: whoever agrees in nothing else is not the owner, if
    # another one is.
    evidence = {role: _evidence(owner, role, said) for role in named_so}
    if any(agrees for agrees, _ in evidence.values()):
        return [role for role in named_so if evidence[role][0] or not evidence[role][1]]
    return named_so


def _evidence(
    owner: PartyView, role: str, said: Mapping[tuple[str, str], list[Statement]]
) -> tuple[bool, bool]:
    """Whether a birth date or identifier of ``role`` is near the owner's, and whether one is far.

    Near, not equal: one wrong digit is a slip about the same person, to be found, not hidden.
    """
    agrees = differs = False
    born = span(owner.birth_date)
    for statement in said.get((role, "birth_date"), ()):
        stated = span(statement.value)
        if born is not None and stated is not None:
            near = abs(born.first.year - stated.first.year) <= NEAR_YEARS
            agrees, differs = agrees or near, differs or not near
    own = {number_key(value) for value in owner.identifiers.values()} - {""}
    for statement in said.get((role, "identifier"), ()):
        if own:
            near = any(_near(number_key(statement.value), number) for number in own)
            agrees, differs = agrees or near, differs or not near
    return agrees, differs


def _near(one: str, other: str) -> bool:
    wrong = sum(a != b for a, b in zip(one, other, strict=False))
    return len(one) == len(other) and wrong <= NEAR_DIGITS


def number_key(value: str) -> str:
    """An identifier as it is compared: letters and digits only, in capitals."""
    return "".join(c for c in value[:60] if c.isalnum()).upper()


def _owner(owner: PartyView) -> dict[str, str]:
    identifier = owner.identifiers.get("personal") or next(iter(owner.identifiers.values()), "")
    return {
        "name": owner.name,
        "birth_date": owner.birth_date,
        "identifier": identifier,
        "sex": owner.sex,
    }


def _doubt(statement: Statement) -> int:
    fact = statement.fact
    if fact is None or fact.review in (ReviewState.ACCEPTED, ReviewState.CORRECTED):
        return 0
    return 2 if fact.source is Source.OCR else 1


def _surest_first(statement: Statement) -> tuple[int, float]:
    confidence = statement.fact.confidence if statement.fact is not None else 1.0
    return _doubt(statement), -confidence if confidence == confidence else 0.0


def read_by_machine(statement: Statement) -> bool:
    """Whether the value was recognized from an image and no person has confirmed it."""
    return _doubt(statement) == 2
