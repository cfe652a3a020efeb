"""Is a result still in force (còn hiệu lực)? A deterministic answer with the branch that fired.

The order is fixed: REVOKED, EXPIRED, SUPERSEDED, VALID, UNKNOWN. UNKNOWN goes to a person and is
never taken for VALID. A province, commune, district or agency that no longer exists never ends
the validity of a paper (NQ 190/2025/QH15 Art 10): no branch here looks at names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sohoa_core.facts import FieldFact, ReviewState, Source, Validity
from sohoa_validators import legal
from sohoa_validators.legal import ValidityEntry
from sohoa_validators.moments import Span, add_months, age_on, span
from sohoa_validators.schema import Checked
from sohoa_validators.view import EventKind, ItemView
from sohoa_vietnam.text import plain

ENDING = frozenset({EventKind.REVOKED, EventKind.CANCELLED, EventKind.REPLACED})
ORDER_BASIS = "NĐ 45/2020/NĐ-CP Điều 25; TT 01/2023/TT-VPCP Điều 3"
#: Terms printed on land certificates and licences that mean "no end"; compared without accents.
NO_END = ("lau dai", "on dinh lau dai", "khong thoi han", "vo thoi han")
_DAY = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", re.ASCII)
#: A system that filled in "six months from scanning" where nobody had stated a validity.
INVENTED_MONTHS = 6


@dataclass(frozen=True, slots=True)
class ValidityAnswer:
    """State on a day, the branch that decided, its legal basis and how sure that is."""

    state: Validity
    branch: str
    basis: str = ORDER_BASIS
    checked: Checked = Checked.SECONDARY
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ends:
    """The first and last day that may be the final day of validity (None: no end)."""

    days: Span | None
    branch: str
    basis: str
    checked: Checked


def still_valid(
    item: ItemView,
    *,
    on: date,
    paper_key: str,
    procedure: str = "",
    birth_date: str = "",
    accept_unverified: bool = True,
) -> ValidityAnswer:
    """State of ``item`` on a day.

    ``paper_key`` is the key of the shipped paper, ``procedure`` the code of the procedure it
    results from (it decides where one paper has two terms), ``birth_date`` the owner's.
    ``accept_unverified=False`` answers UNKNOWN where the term rests on an unverified source.
    """
    issued = span(item.issued_on or _field(item, "issued_on"))
    entry = _entry(paper_key, procedure, issued)
    ended = _ended_by_event(item, entry, on)
    if ended is not None and ended.state is Validity.REVOKED:
        return ended
    ends = _ends(item, entry, issued, birth_date, on)
    doubted = ends is not None and ends.checked is Checked.UNVERIFIED and not accept_unverified
    if ends is not None and ends.days is not None and ends.days.last < on and not doubted:
        return _answer(Validity.EXPIRED, ends)
    if ended is not None:
        return ended
    if item.superseded_by:
        return ValidityAnswer(Validity.SUPERSEDED, "newer_result", args={"by": item.superseded_by})
    if any(event.kind in ENDING or _ends_early(event.kind, entry) for event in item.events):
        pending = [event for event in item.events if span(event.effective_on) is None]
        if pending:
            return ValidityAnswer(Validity.UNKNOWN, "event_without_date")
    if issued is not None and issued.first > on:
        return ValidityAnswer(Validity.UNKNOWN, "issued_in_future")
    if ends is None:
        return ValidityAnswer(Validity.UNKNOWN, _why_unknown(item, entry, issued))
    if doubted:
        return _answer(Validity.UNKNOWN, ends, "unverified_term")
    if ends.days is None or ends.days.first >= on:
        return _answer(Validity.VALID, ends)
    return _answer(Validity.UNKNOWN, ends, "issue_date_imprecise")


def _answer(state: Validity, ends: _Ends, branch: str | None = None) -> ValidityAnswer:
    args = {} if ends.days is None else {"valid_to": ends.days.last.isoformat()}
    return ValidityAnswer(state, branch or ends.branch, ends.basis, ends.checked, args)


def _entry(paper_key: str, procedure: str, issued: Span | None) -> ValidityEntry | None:
    found = []
    for entry in legal.validity().entries:
        if paper_key not in entry.papers:
            continue
        if entry.procedures and procedure[:8] not in entry.procedures:
            continue
        if issued is not None and (
            issued.last < entry.valid_from
            or (entry.valid_to is not None and issued.first > entry.valid_to)
        ):
            continue
        found.append(entry)
    # Two entries remain when the day of issue is unknown: nothing is known for sure then.
    return found[0] if len(found) == 1 else None


def _ends_early(kind: EventKind, entry: ValidityEntry | None) -> bool:
    return entry is not None and kind in entry.ends_on


def _ended_by_event(item: ItemView, entry: ValidityEntry | None, on: date) -> ValidityAnswer | None:
    early: ValidityAnswer | None = None
    for event in item.events:
        effective = span(event.effective_on)
        if effective is None or effective.last > on:
            continue
        args = {"event": str(event.kind), "effective_on": event.effective_on}
        if event.kind in ENDING:
            return ValidityAnswer(Validity.REVOKED, f"event_{event.kind}", args=args)
        if entry is not None and event.kind in entry.ends_on:
            early = ValidityAnswer(
                Validity.EXPIRED, f"event_{event.kind}", entry.source, entry.checked, args
            )
    return early


def _ends(
    item: ItemView,
    entry: ValidityEntry | None,
    issued: Span | None,
    birth_date: str,
    on: date,
) -> _Ends | None:
    stated = _stated(item)
    if stated is not None:
        return _Ends(stated, "stated_end", ORDER_BASIS, Checked.SECONDARY)
    if entry is None:
        return None
    if entry.term == "indefinite":
        return _indefinite(item, entry, on)
    if issued is None or entry.term == "printed":
        return None
    if entry.term == "months":
        return _after(issued, entry.months, "term_from_issue", entry.source, entry.checked)
    if entry.term == "at_most":
        return _at_most(issued, entry)
    if entry.term == "by_class":
        return _by_class(item, entry, issued)
    return _by_age(entry, issued, span(birth_date))


def _stated(item: ItemView) -> Span | None:
    """The end that the records or the paper state, unless a system invented it."""
    text = item.valid_to
    fact = item.fields.get("valid_to")
    if not text and fact is not None and _reliable(fact):
        text = fact.value
    end = span(text)
    if end is None:
        return None
    scanned = span(item.digitized_on)
    migrated = fact is not None and fact.source is Source.MIGRATION
    if migrated and scanned is not None and scanned.exact and end.exact:
        try:
            if add_months(scanned.first, INVENTED_MONTHS) == end.first:
                return None
        except OverflowError:
            return None
    return end


def _reliable(fact: FieldFact) -> bool:
    """A date read by a machine and waiting for a person decides nothing about validity."""
    return fact.review is not ReviewState.NEEDED


def _printed_day(text: str) -> date | None:
    """The only day that a printed term names (``đến ngày 15/10/2043``); None otherwise."""
    found = _DAY.findall(text)
    if len(found) != 1:
        return None
    day, month, year = (int(part) for part in found[0])
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _indefinite(item: ItemView, entry: ValidityEntry, on: date) -> _Ends | None:
    if entry.term_field is not None:
        text = _field(item, entry.term_field)[:200]
        printed = plain(text)
        if printed and not any(words in printed for words in NO_END):
            # A term of use is no end of the title. While it lasts the paper is in force; a term
            # that is over, or that cannot be read as a date, is for a person to judge.
            end = _printed_day(text)
            if end is None or end < on:
                return None
            return _Ends(Span(end, end), "printed_term", entry.source, entry.checked)
    return _Ends(None, "indefinite", entry.source, entry.checked)


def _after(
    issued: Span, months: int | None, branch: str, basis: str, checked: Checked
) -> _Ends | None:
    if months is None:
        return _Ends(None, branch, basis, checked)
    try:
        days = Span(add_months(issued.first, months), add_months(issued.last, months))
    except OverflowError:
        return None
    return _Ends(days, branch, basis, checked)


def _at_most(issued: Span, entry: ValidityEntry) -> _Ends | None:
    """The paper must state its end; without it only the greatest possible term can expire."""
    ends = _after(issued, entry.months, "greatest_term", entry.source, entry.checked)
    if ends is None or ends.days is None:
        return None
    return _Ends(Span(date.min, ends.days.last), ends.branch, ends.basis, ends.checked)


def _by_class(item: ItemView, entry: ValidityEntry, issued: Span) -> _Ends | None:
    given = _field(item, entry.class_field or "").strip().upper()[:10]
    for known in entry.classes:
        if given in known.names:
            return _after(issued, known.months, "term_by_class", known.source, known.checked)
    return None


def _by_age(entry: ValidityEntry, issued: Span, birth: Span | None) -> _Ends | None:
    if birth is None or not birth.exact or not issued.exact:
        return None
    if entry.term == "by_age":
        age = age_on(birth.first, issued.first)
        step = sum(1 for limit in entry.ages if age >= limit)
        months = entry.months_by_age[step]
        return _after(issued, months, "term_by_age", entry.source, entry.checked)
    for limit in entry.ages:
        try:
            birthday = add_months(birth.first, limit * 12)
            grace = add_months(birthday, -entry.grace_months)
        except OverflowError:
            return None
        if issued.first < grace:
            return _Ends(Span(birthday, birthday), "until_age", entry.source, entry.checked)
    return _Ends(None, "until_age", entry.source, entry.checked)


def _why_unknown(item: ItemView, entry: ValidityEntry | None, issued: Span | None) -> str:
    if entry is None:
        return "no_rule_for_this_paper"
    if issued is None and entry.term != "indefinite":
        return "issue_date_unknown"
    if entry.term == "printed":
        return "end_not_stated"
    if entry.term == "indefinite":
        return "printed_term_open"
    return "facts_missing"


def _field(item: ItemView, name: str) -> str:
    fact = item.fields.get(name)
    return fact.value if fact is not None else ""
