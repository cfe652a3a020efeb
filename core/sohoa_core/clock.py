"""Times: kept in UTC, shown in Vietnam's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

#: Vietnam has had one zone without daylight saving since 1975: UTC+7.
VIETNAM = timezone(timedelta(hours=7), "ICT")


def now() -> datetime:
    """The present moment, UTC, with microseconds."""
    return datetime.now(UTC)


def today() -> date:
    """The present day in Vietnam."""
    return datetime.now(VIETNAM).date()


def iso(moment: datetime) -> str:
    """``2026-11-21T02:05:07.000000Z``: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    """The inverse of :func:`iso`; raises ``ValueError`` for anything else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
