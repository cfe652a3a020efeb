"""``sohoa migrate``: the records of an old system into this workspace, by one mapping file."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, SafetyRefusal, UsageError
from sohoa_core.i18n import N_, _

if TYPE_CHECKING:
    from sohoa_core.workspace import Workspace
    from sohoa_migrate.apply import MigrationResult
    from sohoa_migrate.plan import MigrationPlan, Progress, RejectedFact, TablePlan

_KINDS = {
    "party": N_("people and organizations"),
    "dossier": N_("dossiers"),
    "item": N_("components and results"),
    "document": N_("documents"),
    "finding": N_("findings"),
    "verdict": N_("verdicts"),
}
_FEW = 20


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "migrate",
        help=N_(
            "Bring the records of an old system (a SQLite database or another workspace) into "
            "this one.\n\n"
            "One mapping file says what becomes of every column; agency and unit codes are "
            "converted, what cannot be decided is marked for a person, rejected rows are kept as "
            "they were. The same command again resumes and takes over only what is new."
        ),
    )
    def migrate(
        run: Run,
        source: Annotated[
            Path, typer.Argument(help=N_("The old system's SQLite file or workspace folder."))
        ],
        mapping: Annotated[
            Path,
            typer.Option(
                "--mapping", "-m", help=N_("The mapping file, or the name of a shipped one.")
            ),
        ],
        system: Annotated[
            str | None,
            typer.Option("--system", help=N_("Name of the old system; the mapping's by default.")),
        ] = None,
        max_rejects: Annotated[
            float | None,
            typer.Option(
                "--max-rejects",
                min=0,
                max=100,
                metavar="PERCENT",
                help=N_("Write nothing when more rows than this would be rejected."),
            ),
        ] = None,
        chunk: Annotated[
            int,
            typer.Option("--chunk", min=1, max=10_000, help=N_("Rows in one transaction.")),
        ] = 500,
        report: Annotated[
            Path | None,
            typer.Option("--report", help=N_("Write plan and result to a JSON file.")),
        ] = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_cli.progress import ProgressLine
        from sohoa_migrate.apply import apply
        from sohoa_migrate.mapping.load import load
        from sohoa_migrate.plan import make_plan
        from sohoa_migrate.prepare import opened

        if system is not None and not 1 <= len(system) <= 200:
            raise UsageError(where="--system", detail="1-200")
        loaded = load(mapping)
        with _target(workspace, dry_run=dry_run) as space:
            _refuse_itself(source, space)
            with opened(source, loaded, system=system) as prepared:
                with ProgressLine(_("Plan"), enabled=not run.out.quiet) as line:
                    plan = make_plan(
                        prepared,
                        space.store if space else None,
                        max_rejects_percent=max_rejects,
                        chunk=chunk,
                        on_progress=_shown(line),
                        on_reject=_reported(run) if dry_run else None,
                    )
                run.out.record("sohoa.migrate.plan/1", **plan.to_dict())
                _write_report(report, plan, None)
                if dry_run or space is None or plan.stopped:
                    _show_tables(run, plan.tables, _("What a run would do:"))
                    _show_questions(run, plan)
                    if plan.stopped:
                        raise _too_many(plan)
                    return ExitCode.SOME_FAILED if plan.rejected else ExitCode.DONE
                with ProgressLine(_("Migrate"), enabled=not run.out.quiet) as line:
                    result = apply(
                        plan,
                        prepared,
                        space.store,
                        space.vault,
                        actor=space.actor,
                        chunk=chunk,
                        on_progress=_shown(line),
                        on_reject=_reported(run),
                    )
        run.out.record("sohoa.migrate.result/1", **result.to_dict())
        _write_report(report, plan, result)
        _show_tables(run, result.tables, _("What was done:"))
        _show_questions(run, plan)
        _show_balance(run, result)
        return result.exit_code


@contextlib.contextmanager
def _target(root: Path | None, *, dry_run: bool) -> Iterator[Workspace | None]:
    """The workspace; a dry run may do without one and plans for an empty one."""
    from sohoa_core.store_errors import NoWorkspace
    from sohoa_core.workspace import find

    try:
        folder = find(root)
    except NoWorkspace:
        if not dry_run:
            raise
        yield None
        return
    with shared.workspace(folder) as space:
        yield space


def _refuse_itself(source: Path, space: Workspace | None) -> None:
    if space is None:
        return
    same = source.resolve()
    if same == space.root.resolve() or same.parent == space.root.resolve():
        raise SafetyRefusal(where=str(source), detail=_("source and workspace are the same"))


def _too_many(plan: MigrationPlan) -> SafetyRefusal:
    from sohoa_migrate.errors import TooManyRejects

    return TooManyRejects(
        where=plan.source,
        rejected=plan.rejected,
        total=plan.rows,
        percent=f"{plan.rejects_percent:.1f}",
        allowed=f"{plan.max_rejects_percent:g}",
    )


def _shown(line: Callable[[Any], None]) -> Callable[[Progress], None]:
    """Progress of the migration as the progress line takes it."""
    from sohoa_core.batch.runner import Progress as Shown

    def show(progress: Progress) -> None:
        line(Shown(progress.total, progress.done - progress.rejected, progress.rejected, 0))

    return show


def _reported(run: Run) -> Callable[[RejectedFact], None]:
    """Each rejected row as a JSON record; its content stays in the workspace."""

    def report(fact: RejectedFact) -> None:
        run.out.record(
            "sohoa.migrate.reject/1",
            table=fact.table,
            key=fact.key,
            target=fact.target,
            reason=fact.reason,
            args=dict(fact.args),
        )

    return report


def _write_report(path: Path | None, plan: MigrationPlan, result: MigrationResult | None) -> None:
    if path is None:
        return
    content = {
        "schema": "sohoa.migrate.report/1",
        "plan": plan.to_dict(),
        "result": result.to_dict() if result is not None else None,
    }
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        text = json.dumps(content, ensure_ascii=False, indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise UsageError(where=str(path), detail=detail) from error


def _show_tables(run: Run, tables: tuple[TablePlan, ...], title: str) -> None:
    run.out.line(title)
    run.out.table(
        [
            _("Table"),
            _("Becomes"),
            _("Rows"),
            _("New"),
            _("Updated"),
            _("Unchanged"),
            _("Rejected"),
            _("Left out"),
            _("To review"),
        ],
        [
            (
                table.table,
                _(_KINDS[table.target]),
                table.rows,
                table.insert,
                table.update,
                table.unchanged,
                table.rejected,
                table.ignored,
                sum(table.reviews.values()),
            )
            for table in tables
        ],
    )


def _show_questions(run: Run, plan: MigrationPlan) -> None:
    """Why rows are rejected, what a person must settle, which codes nobody mapped."""
    from sohoa_migrate.reasons import message

    rejected = _summed(plan, "reasons")
    if rejected:
        run.out.line()
        run.out.line(_("Rejected, kept as they were:"))
        for code, count in rejected.items():
            run.out.line(f"  {count:>6}  {message(code)} [{code}]")
    reviews = _summed(plan, "reviews")
    if reviews:
        run.out.line()
        run.out.line(_("Taken over, but a person must look:"))
        for code, count in reviews.items():
            run.out.line(f"  {count:>6}  {message(code)} [{code}]")
    if plan.unmapped:
        run.out.line()
        run.out.line(_("Codes that the code lists do not have:"))
        for name, codes in plan.unmapped.items():
            shown = ", ".join(f"{code} ({count})" for code, count in list(codes.items())[:_FEW])
            more = "" if len(codes) <= _FEW else " ..."
            run.out.line(f"  {name}: {shown}{more}")


def _summed(plan: MigrationPlan, name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for table in plan.tables:
        counts: Mapping[str, int] = getattr(table, name)
        for code, count in counts.items():
            found[code] = found.get(code, 0) + count
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _show_balance(run: Run, result: MigrationResult) -> None:
    totals = result.reconciliation.store
    run.out.line()
    if not result.batch:
        run.out.line(_("Nothing was new: the workspace has all of it already."))
    run.out.line(
        _(
            "Reconciled: {dossiers} dossiers and {files} new files ({bytes} bytes) agree on both "
            "sides; every source row is accounted for."
        ).format(
            dossiers=sum(totals.dossiers_by_status.values()),
            files=totals.files,
            bytes=totals.file_bytes,
        )
    )
    if not result.as_planned:
        run.out.note(
            _("The counts differ from the plan: a file or the workspace changed meanwhile.")
        )
    if result.reconciliation.changed_here:
        run.out.note(
            _("{count} dossiers were changed here since they were migrated; they stay so.").format(
                count=result.reconciliation.changed_here
            )
        )
