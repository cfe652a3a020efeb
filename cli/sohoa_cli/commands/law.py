"""``sohoa law``: which rule applied on a date, from which article, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer

from sohoa_cli.app import Run, command, group
from sohoa_cli.knowledge import questions
from sohoa_core.errors import ExitCode, UsageError
from sohoa_core.i18n import N_, _, active

_CHECKED = {
    "verified": N_("verified in the instrument"),
    "secondary": N_("from a secondary source"),
    "unverified": N_("NOT verified: treat it as a setting"),
}


def register(top: typer.Typer) -> None:
    """Add the commands."""
    law = group("law", help=N_("The rules that sohoa goes by, dated and cited."))
    top.add_typer(law)

    @command(
        law,
        "show",
        help=N_("Show the rules of a topic as they applied on a day; without a topic, the topics."),
    )
    def show(
        run: Run,
        topic: Annotated[str | None, typer.Argument(help=N_("The topic."))] = None,
        on: Annotated[
            str | None, typer.Option("--on", metavar="DATE", help=N_("The day; today by default."))
        ] = None,
    ) -> ExitCode:
        from sohoa_core.clock import today
        from sohoa_vietnam import law as known

        if topic is None:
            topics = known.topics()
            for one in topics:
                run.out.record(
                    "sohoa.law.topic/1", topic=one.id, title=one.title, keys=list(one.keys)
                )
            run.out.table(
                [_("Topic"), _("About"), _("Rules")],
                [(one.id, one.titled(active()), len(one.keys)) for one in topics],
            )
            return ExitCode.DONE
        try:
            day = date.fromisoformat(on) if on else today()
        except ValueError as error:
            raise UsageError(where="--on", detail="2026-11-21") from error
        with questions():
            rules = known.on(topic, day)
        for rule in rules:
            run.out.record(
                "sohoa.law.rule/1",
                topic=rule.topic,
                key=rule.key,
                valid_from=rule.valid_from,
                valid_to=rule.valid_to,
                source=rule.source,
                checked=rule.checked.value,
                values=rule.values,
                note=rule.note,
            )
            until = rule.valid_to or "…"
            run.out.line(f"{rule.key or rule.topic}  ({rule.valid_from or '…'} - {until})")
            run.out.line(f"  {rule.source}: {_(_CHECKED[rule.checked.value])}")
            for name, value in rule.values.items():
                run.out.line(f"    {name}: {_readable(value)}")
        if not rules:
            run.out.note(_("No rule of this topic applied on that day."))
        return ExitCode.DONE


def _readable(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_readable(inner)}" for key, inner in value.items())
    if isinstance(value, tuple):
        return "; ".join(_readable(inner) for inner in value)
    return str(value)
