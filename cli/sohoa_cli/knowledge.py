"""How the knowledge of ``sohoa_vietnam`` speaks at the front door: problems and refusals."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sohoa_core.errors import UsageError
from sohoa_core.i18n import N_, translate

if TYPE_CHECKING:
    from sohoa_vietnam.messages import Problem


class KnowledgeRefused(UsageError):
    """A question that cannot be answered as it was put, or a user's table that is broken."""

    code = "knowledge.refused"
    what = N_("{detail} [{reason}]")


@contextlib.contextmanager
def questions() -> Iterator[None]:
    """Turn the refusals of ``sohoa_vietnam`` into errors of the command line."""
    from sohoa_vietnam.messages import VietnamError, fill

    try:
        yield
    except VietnamError as error:
        detail = fill(translate(error.message), error.args_by_name)
        raise KnowledgeRefused(detail=detail, reason=error.code) from error


def plain(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as they stand in JSON: never translated."""
    return [
        {
            "code": problem.code,
            "severity": problem.severity.value,
            "message": problem.text(),
            "args": dict(problem.args),
            "basis": problem.basis,
            "checked": problem.checked.value,
        }
        for problem in problems
    ]


def spoken(problem: Problem) -> str:
    """A problem as a person reads it."""
    from sohoa_vietnam.messages import fill

    return fill(translate(problem.message), problem.args)
