"""Rules for the times of a dossier: its code, the order of its dates, its time limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sohoa_core.facts import Severity
from sohoa_core.i18n import N_
from sohoa_validators.deadline import due_on
from sohoa_validators.moments import day_of, span, time_of
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.schema import Checked, Processing
from sohoa_validators.view import Status
from sohoa_vietnam.identifiers.dossier_code import read_dossier_code

_OPEN = (Status.SUBMITTED, Status.ACCEPTED, Status.IN_PROGRESS)


def _code_day(code: str) -> date | None:
    read = read_dossier_code(code[:200])
    return day_of(read.parts.get("date", "")) if read.valid else None


@rule(
    "dossier.code.shape",
    Severity.WARNING,
    N_("The dossier code “{code}” has none of the known forms, or its date does not exist."),
    basis="NĐ 61/2018/NĐ-CP Điều 26; TT 01/2018/TT-VPCP Điều 19",
)
def code_shape(context: Context) -> Iterator[Hit]:
    if context.view.code and _code_day(context.view.code) is None:
        yield Hit({"code": context.view.code})


@rule(
    "dossier.code.date",
    Severity.WARNING,
    N_("The date inside the dossier code ({coded}) lies after the day of reception ({received})."),
    basis="NĐ 61/2018/NĐ-CP Điều 26",
)
def code_date(context: Context) -> Iterator[Hit]:
    coded = _code_day(context.view.code)
    received = day_of(context.view.received_on)
    latest = received or context.on
    if coded is not None and coded > latest:
        yield Hit({"coded": coded.isoformat(), "received": latest.isoformat()})


@rule(
    "dossier.date.unreadable",
    Severity.ERROR,
    N_("“{value}” is not a date ({which})."),
)
def date_unreadable(context: Context) -> Iterator[Hit]:
    view = context.view
    dates = {
        "received_on": view.received_on,
        "due_on": view.due_on,
        "finished_on": view.finished_on,
        "birth_date": view.owner.birth_date,
    }
    for which, value in dates.items():
        if value and span(value) is None:
            yield Hit({"which": which, "value": value})


@rule(
    "dossier.status.unknown",
    Severity.WARNING,
    N_("The state {status} is none of the ten national states of a dossier."),
    basis="QĐ 1705/QĐ-BTTTT",
    checked=Checked.SECONDARY,
)
def status_unknown(context: Context) -> Iterator[Hit]:
    status = context.view.status
    if status is not None and not 1 <= status <= 10:
        yield Hit({"status": str(status)})


@rule(
    "dossier.dates.order",
    Severity.ERROR,
    N_("The dates are out of order: {earlier} ({first}) is later than {later} ({second})."),
)
def dates_order(context: Context) -> Iterator[Hit]:
    view = context.view
    dates = {
        "received_on": view.received_on,
        "due_on": view.due_on,
        "finished_on": view.finished_on,
        "today": context.on.isoformat(),
    }
    pairs = (("received_on", "due_on"), ("received_on", "finished_on"), ("received_on", "today"))
    for earlier, later in (*pairs, ("finished_on", "today")):
        first, second = span(dates[earlier]), span(dates[later])
        if first is not None and second is not None and first.surely_after(second):
            yield Hit(
                {
                    "earlier": earlier,
                    "later": later,
                    "first": dates[earlier][:10],
                    "second": dates[later][:10],
                }
            )


@rule(
    "dossier.deadline.missed",
    Severity.WARNING,
    N_("The result was due on {due}; it is late by {days} days."),
    basis="NĐ 118/2025/NĐ-CP",
    checked=Checked.SECONDARY,
)
def deadline_missed(context: Context) -> Iterator[Hit]:
    due = day_of(context.view.due_on)
    if due is None:
        return
    finished = day_of(context.view.finished_on)
    if finished is None and context.view.status not in _OPEN:
        return
    reached = finished or context.on
    if reached > due:
        yield Hit({"due": due.isoformat(), "days": (reached - due).days})


def limit_of(context: Context) -> Processing | None:
    """The time limit that holds for the dossier: the one that names its channel and case first."""
    if context.procedure is None or context.known is None:
        return None
    channel = str(context.view.channel)
    found = []
    for limit in context.procedure.processing:
        if limit.channels and channel not in limit.channels:
            continue
        if limit.cases and context.case not in limit.cases:
            continue
        if limit.when is not None and context.known.ask(limit.when) is not True:
            continue
        score = bool(limit.when) + bool(limit.cases) + bool(limit.channels)
        found.append((score, limit))
    return max(found, key=lambda pair: pair[0])[1] if found else None


@rule(
    "dossier.deadline.longer",
    Severity.WARNING,
    N_("The due date {due} is later than the time limit of the procedure allows ({allowed})."),
)
def deadline_longer(context: Context) -> Iterator[Hit]:
    due, received = day_of(context.view.due_on), day_of(context.view.received_on)
    limit = limit_of(context)
    if due is None or received is None or limit is None or context.procedure is None:
        return
    allowed = due_on(limit, received, time_of(context.view.received_on), context.working_days)
    if allowed is None or due <= allowed[1]:
        return
    # Days off that we do not know of (Tết, days in lieu) can explain a week and more.
    severity = Severity.REVIEW if (due - allowed[1]).days <= 10 else None
    yield Hit(
        {"due": due.isoformat(), "allowed": allowed[1].isoformat()},
        severity=severity,
        basis=context.procedure.source_of(limit),
        checked=context.procedure.checked_of(limit),
    )
