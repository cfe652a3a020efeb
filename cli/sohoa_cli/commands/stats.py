"""``sohoa stats``: the four national digitization indicators, per agency and period."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, UsageError
from sohoa_core.i18n import N_, _

_NAMES = {
    "4.1": N_("electronic results"),
    "4.2": N_("digitization"),
    "4.3": N_("reuse"),
    "4.4": N_("shared for reuse"),
}


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "stats",
        help=N_(
            "The four national digitization indicators, per agency and period.\n\n"
            "Dossiers without a reception date are left out, as the national monitoring does."
        ),
    )
    def stats(
        run: Run,
        period: Annotated[
            str,
            typer.Option(
                "--period", metavar="month|quarter|year|all", help=N_("Length of a period.")
            ),
        ] = "year",
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_validators.indicator_rows import rows_of
        from sohoa_validators.indicators import Period, compute

        if period not in [one.value for one in Period]:
            raise UsageError(where="--period", detail="month | quarter | year | all")
        with shared.workspace(workspace) as space, space.store.read() as session:
            found = compute(rows_of(session), Period(period))
        for one in found:
            run.out.record(
                "sohoa.indicator/1",
                id=one.id,
                agency=one.agency,
                period=one.period,
                numerator=one.numerator,
                denominator=one.denominator,
                rate=None if one.rate is None else float(one.rate),
                score=None if one.score is None else float(one.score),
            )
        run.out.table(
            [_("Agency"), _("Period"), _("Indicator"), _("Count"), _("Rate"), _("Score")],
            [
                (
                    one.agency or "-",
                    one.period,
                    f"{one.id} {_(_NAMES.get(one.id, ''))}",
                    f"{one.numerator}/{one.denominator}",
                    _percent(one.rate),
                    _percent(one.score),
                )
                for one in found
            ],
        )
        return ExitCode.DONE


def _percent(value: Fraction | None) -> str:
    return "-" if value is None else f"{float(value) * 100:.1f} %"
