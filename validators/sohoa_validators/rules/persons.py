"""Rules for the same person on several papers: name, birth date, identifier and sex agree.

Names agree when they are the same words, wherever the tone mark stands. A difference of accents
or a few letters is put before a person, because recognition loses them; only another name is an
error, and only where the values were read surely.
"""

from __future__ import annotations

from collections.abc import Iterator

from sohoa_core.facts import Severity
from sohoa_core.i18n import N_
from sohoa_validators.moments import span
from sohoa_validators.names import Likeness, likeness
from sohoa_validators.persons import Statement, number_key, read_by_machine
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.sexes import sex_of


def _pairs(context: Context, question: str) -> Iterator[tuple[Statement, Statement]]:
    for (_, asked), found in context.statements.items():
        if asked == question:
            for other in found[1:]:
                yield found[0], other


def _hit(first: Statement, other: Statement, severity: Severity | None) -> Hit:
    # The place of the finding is the paper that differs from the surest source.
    facts = tuple(s.fact for s in (other, first) if s.fact is not None)
    args = {
        "role": first.role,
        "first": first.value,
        "second": other.value,
        "first_paper": first.source or "hồ sơ",
        "second_paper": other.source or "hồ sơ",
    }
    return Hit(args, other.item, facts, severity=severity)


@rule(
    "dossier.person.name",
    Severity.ERROR,
    N_(
        "The same person ({role}) has two names: “{first}” ({first_paper}), "
        "“{second}” ({second_paper})."
    ),
)
def person_name(context: Context) -> Iterator[Hit]:
    for first, other in _pairs(context, "name"):
        alike = likeness(first.value, other.value)
        if alike is Likeness.SAME:
            continue
        severity = None if alike is Likeness.OTHER else Severity.WARNING
        if alike is not Likeness.OTHER and (read_by_machine(first) or read_by_machine(other)):
            severity = Severity.REVIEW
        yield _hit(first, other, severity)


@rule(
    "dossier.person.birth_date",
    Severity.ERROR,
    N_(
        "The same person ({role}) has two birth dates: {first} ({first_paper}), "
        "{second} ({second_paper})."
    ),
)
def person_birth_date(context: Context) -> Iterator[Hit]:
    for first, other in _pairs(context, "birth_date"):
        one, two = span(first.value), span(other.value)
        if one is not None and two is not None and not one.may_equal(two):
            yield _hit(first, other, None)


@rule(
    "dossier.person.identifier",
    Severity.ERROR,
    N_(
        "The same person ({role}) has two identifiers: {first} ({first_paper}), "
        "{second} ({second_paper})."
    ),
)
def person_identifier(context: Context) -> Iterator[Hit]:
    for first, other in _pairs(context, "identifier"):
        one, two = (number_key(s.value) for s in (first, other))
        if one == two:
            continue
        # An old CMND and a personal identifier of one person differ by nature.
        severity = None if len(one) == len(two) else Severity.REVIEW
        yield _hit(first, other, severity)


@rule(
    "dossier.person.sex",
    Severity.WARNING,
    N_(
        "The same person ({role}) has two sexes: {first} ({first_paper}), "
        "{second} ({second_paper})."
    ),
)
def person_sex(context: Context) -> Iterator[Hit]:
    for first, other in _pairs(context, "sex"):
        if {sex_of(first.value), sex_of(other.value)} == {"male", "female"}:
            yield _hit(first, other, None)
