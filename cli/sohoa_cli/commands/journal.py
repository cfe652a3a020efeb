"""``sohoa journal``: read the journal, check its chain."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from sohoa_cli.app import Run, command, group
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, UsageError
from sohoa_core.i18n import N_, _


def register(top: typer.Typer) -> None:
    """Add the commands."""
    journal = group("journal", help=N_("The hash-chained journal of everything that was done."))
    top.add_typer(journal)

    @command(journal, "show", help=N_("Show entries of the journal, oldest first."))
    def show(
        run: Run,
        last: Annotated[
            int | None, typer.Option("--last", min=1, help=N_("Only the newest entries."))
        ] = None,
        subject: Annotated[
            str | None, typer.Option("--subject", help=N_("Only entries about this id or key."))
        ] = None,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_core import journal as log

        with shared.workspace(workspace) as space, space.store.read() as session:
            after = max(0, log.head(session).seq - last) if last else 0
            rows = []
            for entry in log.entries(session, after=after):
                if subject is not None and entry.subject_id != subject:
                    continue
                run.out.record(
                    "sohoa.journal.entry/1",
                    seq=entry.seq,
                    at=entry.at,
                    actor=entry.actor,
                    action=entry.action,
                    subject_kind=entry.subject_kind,
                    subject_id=entry.subject_id,
                    data=json.loads(entry.data),
                    hash=entry.hash,
                )
                if not run.as_json:
                    rows.append(
                        (entry.seq, entry.at[:19], entry.actor, entry.action, entry.subject_id[:60])
                    )
        run.out.table([_("No."), _("Time (UTC)"), _("Who"), _("What"), _("Subject")], rows)
        return ExitCode.DONE

    @command(
        journal,
        "verify",
        help=N_(
            "Check the whole chain.\n\n"
            "Keep the head that it prints somewhere else: given back with --head, it also proves "
            "that nothing was cut off at the end."
        ),
    )
    def verify(
        run: Run,
        head: Annotated[
            str | None,
            typer.Option("--head", metavar="NUMBER:HASH", help=N_("A head that was kept.")),
        ] = None,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_core import journal as log

        expected = None
        if head is not None:
            number, _colon, digest = head.partition(":")
            if not number.isdigit() or len(digest) != 64:
                raise UsageError(where="--head", detail="NUMBER:HASH")
            expected = log.Head(int(number), digest.lower())
        with shared.workspace(workspace) as space, space.store.read() as session:
            found = log.verify(session, expected=expected)
        run.out.record("sohoa.journal.verified/1", entries=found.seq, head=str(found), intact=True)
        run.out.line(_("The journal is intact: {count} entries.").format(count=found.seq))
        run.out.line(_("Head: {head}").format(head=found))
        return ExitCode.DONE
