"""What a rule is, how one is declared, and how what it noticed becomes a finding.

A rule is a small generator function under a decorator that gives its id, severity, message, legal
basis and how sure that basis is. It yields a :class:`Hit` for each thing it notices and knows
nothing of reports. Two policies hold for all rules, in :func:`finding`:

* a value that a machine read without certainty, and no person confirmed, never makes an error or
  a warning: the finding becomes REVIEW;
* an error that rests on an unverified source becomes a warning.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sohoa_core.facts import FieldFact, FindingFact, ReviewState, Severity, Source
from sohoa_validators.catalogue import KnownPaper
from sohoa_validators.clip import clip
from sohoa_validators.paper import PaperField
from sohoa_validators.rules.context import Context
from sohoa_validators.schema import Checked
from sohoa_validators.view import ItemView
from sohoa_validators.wording import VI


class Layer(enum.StrEnum):
    """What a rule looks at: one value, one document, the whole dossier."""

    FIELD = "field"
    DOCUMENT = "document"
    DOSSIER = "dossier"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing noticed. ``facts`` are the values it rests on; the first one gives the place.

    ``severity``, ``basis`` and ``checked`` override those of the rule.
    """

    args: dict[str, Any] = field(default_factory=dict)
    item: ItemView | None = None
    facts: tuple[FieldFact, ...] = ()
    page: int | None = None
    severity: Severity | None = None
    basis: str | None = None
    checked: Checked | None = None


FieldCheck = Callable[[Context, ItemView, PaperField, FieldFact], Iterator[Hit]]
DocumentCheck = Callable[[Context, ItemView, KnownPaper | None], Iterator[Hit]]
DossierCheck = Callable[[Context], Iterator[Hit]]
_Check = TypeVar("_Check", FieldCheck, DocumentCheck, DossierCheck)


@dataclass(frozen=True, slots=True)
class Rule:
    """The declared side of a rule; ``check`` is its function (its type follows the layer)."""

    id: str
    layer: Layer
    severity: Severity
    message: str
    basis: str | None
    checked: Checked
    check: Callable[..., Iterator[Hit]]


_RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    severity: Severity,
    message: str,
    *,
    basis: str | None = None,
    checked: Checked = Checked.VERIFIED,
) -> Callable[[_Check], _Check]:
    """Declare a rule; the first part of ``rule_id`` names its layer."""

    def declare(check: _Check) -> _Check:
        if rule_id in _RULES:
            raise ValueError(rule_id)
        layer = Layer(rule_id.split(".", 1)[0])
        _RULES[rule_id] = Rule(rule_id, layer, severity, message, basis, checked, check)
        return check

    return declare


def rules(layer: Layer | None = None) -> tuple[Rule, ...]:
    """Every declared rule (of one layer), in order of declaration."""
    return tuple(r for r in _RULES.values() if layer is None or r.layer is layer)


def declared_ids() -> frozenset[str]:
    """The ids of every rule that code declares."""
    import sohoa_validators.check  # noqa: F401 - its import declares them

    return frozenset(_RULES)


def uncertain(fact: FieldFact, threshold: float) -> bool:
    """Whether a machine read this value without certainty and no person has confirmed it."""
    if fact.review in (ReviewState.ACCEPTED, ReviewState.CORRECTED):
        return False
    if fact.review is ReviewState.NEEDED:
        return True
    return fact.source is Source.OCR and not fact.confidence >= threshold  # NaN is uncertain


def finding(made_by: Rule, hit: Hit, context: Context) -> FindingFact:
    """The finding for ``hit``, with both policies applied."""
    severity = hit.severity or made_by.severity
    checked = hit.checked or made_by.checked
    grave = severity in (Severity.ERROR, Severity.WARNING)
    if grave and any(uncertain(fact, context.options.sure_from) for fact in hit.facts):
        severity = Severity.REVIEW
    elif severity is Severity.ERROR and checked is Checked.UNVERIFIED:
        severity = Severity.WARNING
    first = hit.facts[0] if hit.facts else None
    return FindingFact(
        rule=made_by.id,
        severity=severity,
        message=made_by.message,
        args={
            # The text of a rule's own message is ours or the user's, and must stay whole.
            key: clip(value) if isinstance(value, str) and key != VI else value
            for key, value in hit.args.items()
        },
        basis=hit.basis or made_by.basis,
        verified=checked.value,
        document=hit.item.id if hit.item is not None else None,
        field_name=clip(first.name, 60) if first is not None else None,
        page=hit.page if hit.page is not None else (first.page if first is not None else None),
        box=first.box if first is not None else None,
        rule_set=context.rule_set,
    )
