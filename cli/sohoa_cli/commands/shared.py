"""What several commands share: options, opening the workspace, running a batch."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sohoa_cli.app import Run
from sohoa_core.errors import ExitCode
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_core.batch.runner import BatchResult
    from sohoa_core.batch.stage import Committed, Outcome, Stage, Task
    from sohoa_core.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help=N_("The workspace; by default the one this folder lies in, or SOHOA_WORKSPACE."),
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help=N_("Show what would be done, and do nothing."))
]
ExecutorOption = Annotated[
    str | None,
    typer.Option("--executor", metavar="serial|processes|dask", help=N_("How the work is run.")),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=1024, help=N_("Worker processes; one a core by default.")),
]
RetryOption = Annotated[
    bool, typer.Option("--retry-failed", help=N_("Try items again that failed before."))
]

#: Fewer open items than this are not worth starting worker processes for cheap stages.
_FEW = 64


@contextlib.contextmanager
def workspace(root: Path | None, **options: Any) -> Iterator[Workspace]:
    """The open workspace; ``options`` are ``section__key`` settings from the command line."""
    from sohoa_core.workspace import opened

    given = {name.replace("__", "."): value for name, value in options.items()}
    with opened(root, options=given) as found:
        yield found


def run_batch(
    run: Run,
    space: Workspace,
    stage: Stage,
    *,
    title: str,
    dry_run: bool = False,
    retry_failed: bool = False,
    cheap: bool = False,
    executor: str | None = None,
) -> tuple[ExitCode, BatchResult | None]:
    """Run (or only plan) a stage and report every item; the exit code is the batch's.

    ``cheap`` stages with few items run in this process unless an executor was asked for.
    ``executor`` is the one that the stage cannot do without, whatever the settings say.
    """
    from sohoa_cli.progress import ProgressLine
    from sohoa_core.batch.executors import make_executor
    from sohoa_core.batch.runner import BatchRunner

    log = logging.getLogger("sohoa")
    section = space.loaded.settings.batch
    kind = section.executor
    planner = BatchRunner(space.store, make_executor("serial"), actor=space.actor)
    plan = planner.plan(stage, retry_failed=retry_failed)
    if dry_run:
        run.out.record(
            "sohoa.batch.plan/1",
            stage=plan.stage,
            source=plan.source,
            params=plan.params,
            batch=plan.batch_id,
            finished=plan.known,
            unfinished=plan.again,
            new=plan.new,
            changed=list(plan.changed_params),
            items=list(plan.labels),
        )
        run.out.line(
            _(
                "Would work on {count} inputs ({new} new, {again} unfinished); {known} are done."
            ).format(count=plan.new + plan.again, new=plan.new, again=plan.again, known=plan.known)
        )
        for label in plan.labels:
            run.out.line(f"  {label}")
        return ExitCode.DONE, None
    if plan.changed_params:
        run.out.note(
            _("This is a new batch, because these parameters changed: {names}").format(
                names=", ".join(plan.changed_params)
            )
        )
    if cheap and "batch.executor" not in space.loaded.origins and plan.new + plan.again < _FEW:
        kind = "serial"
    workers = 0 if executor else section.workers
    runs = make_executor(executor or kind, workers=workers, dask_address=section.dask_address)
    item_codes: list[ExitCode] = []

    def report(task: Task, outcome: Outcome, committed: Committed | None) -> None:
        if outcome.error is not None:
            item_codes.append(outcome.error.exit_code)
            log.warning("item %s failed %s", task.key[-16:], outcome.error.code)
            run.out.record(
                f"sohoa.{stage.name}.item/1",
                item=task.label,
                state="failed",
                exit_code=int(outcome.error.exit_code),
                error=outcome.error.to_dict(),
            )
            if not run.out.quiet:
                run.out.note(
                    _("failed: {item}: {reason} [{code}]").format(
                        item=task.label,
                        reason=outcome.error.message(active()),
                        code=outcome.error.code,
                    )
                )
            return
        summary = committed.summary if committed else {}
        review = bool(committed and committed.review)
        log.info("item %s done in %.2f s", task.key[-16:], outcome.seconds)
        run.out.record(
            f"sohoa.{stage.name}.item/1",
            item=task.label,
            state="review" if review else "done",
            exit_code=0,
            **summary,
        )

    with ProgressLine(title, enabled=not run.out.quiet) as progress:
        result = BatchRunner(
            space.store, runs, actor=space.actor, on_progress=progress, on_item=report
        ).run(stage, retry_failed=retry_failed)
    code = batch_exit_code(result, item_codes)
    run.out.record(
        "sohoa.batch/1",
        batch=result.batch_id,
        stage=stage.name,
        total=result.total,
        done=result.done,
        review=result.review,
        failed=result.failed,
        worked=result.worked,
        errors=result.errors,
        exit_code=int(code),
    )
    run.out.line(
        _("{title}: {total} inputs, {done} done, {review} to review, {failed} failed.").format(
            title=title,
            total=result.total,
            done=result.done,
            review=result.review,
            failed=result.failed,
        )
    )
    return code, result


def batch_exit_code(result: BatchResult, item_codes: list[ExitCode]) -> ExitCode:
    """3 when some inputs failed; the gravest item code when every one of them did."""
    from sohoa_core.errors import most_serious

    if not result.failed:
        return ExitCode.DONE
    if result.failed == result.total and item_codes:
        return most_serious(item_codes)
    return ExitCode.SOME_FAILED
