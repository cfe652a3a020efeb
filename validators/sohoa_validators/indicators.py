"""The four national digitization indicators, computed exactly, per agency and period.

The figures are those of the national monitoring (digitization rules §7): dossiers without a
reception date are left out; below the threshold the score is ``rate × full ÷ threshold``. All
arithmetic is in fractions: nothing is rounded before it is shown.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from sohoa_validators import legal
from sohoa_validators.legal import IndicatorModel
from sohoa_validators.moments import span


class Period(enum.StrEnum):
    """Tháng, quý, năm; ``ALL`` puts everything together."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


class DossierRow(NamedTuple):
    """What the indicators need of one dossier.

    ``received_on`` is ISO text; ``returns_paper`` whether its procedure gives back a paper;
    ``component_file`` / ``result_file`` whether a file lies in a component / the result;
    ``reused`` whether a component is marked reused; ``from_kho`` the national flag
    ``DuocLayTuKhoDMQG``; ``result_link`` whether the link to the result file was synchronised.
    """

    agency: str
    received_on: str
    returns_paper: bool
    component_file: bool
    result_file: bool
    reused: bool
    from_kho: bool
    result_link: bool


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of one agency in one period (``2026-11``, ``2026-Q4``, ``2026``, ``all``).

    ``rate`` is numerator ÷ denominator, None where there is nothing to divide by; ``score`` is
    the share of the full score, 0 to 1.
    """

    id: str
    agency: str
    period: str
    numerator: int
    denominator: int
    rate: Fraction | None
    score: Fraction | None


def compute(rows: Iterable[DossierRow], period: Period = Period.YEAR) -> tuple[Indicator, ...]:
    """Every indicator by agency and period, in order; rows are read once, memory stays flat."""
    models = legal.indicators().indicators
    counts: dict[tuple[str, str], list[list[int]]] = {}
    for row in rows:
        name = period_of(row.received_on, period)
        if name is None:
            continue
        counted = counts.setdefault((row.agency, name), [[0, 0] for _ in models])
        for model, pair in zip(models, counted, strict=True):
            if model.denominator == "returns_paper" and not row.returns_paper:
                continue
            pair[1] += 1
            pair[0] += _counts(model, row)
    return tuple(_indicators(models, counts))


def _indicators(
    models: tuple[IndicatorModel, ...], counts: dict[tuple[str, str], list[list[int]]]
) -> Iterator[Indicator]:
    for (agency, name), counted in sorted(counts.items()):
        for model, (numerator, denominator) in zip(models, counted, strict=True):
            rate = Fraction(numerator, denominator) if denominator else None
            score = None if rate is None else min(Fraction(1), rate * 100 / model.full_at)
            yield Indicator(model.id, agency, name, numerator, denominator, rate, score)


def _counts(model: IndicatorModel, row: DossierRow) -> bool:
    if model.numerator == "result_synced":
        return row.result_link
    if model.numerator == "digitized":
        return row.component_file and (row.result_file or not row.returns_paper)
    if model.numerator == "reused":
        return row.reused
    return row.from_kho or row.result_link


def period_of(received_on: str, period: Period) -> str | None:
    """The name of the period of a reception date; None when the date does not tell it."""
    found = span(received_on)
    if found is None:
        return None
    if period is Period.ALL:
        return "all"
    names = {_name(found.first.year, found.first.month, period)}
    names.add(_name(found.last.year, found.last.month, period))
    return names.pop() if len(names) == 1 else None


def _name(year: int, month: int, period: Period) -> str:
    if period is Period.YEAR:
        return f"{year:04d}"
    if period is Period.QUARTER:
        return f"{year:04d}-Q{(month - 1) // 3 + 1}"
    return f"{year:04d}-{month:02d}"
