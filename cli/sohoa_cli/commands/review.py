"""``sohoa review``: what needs a person and why, and what people decide."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sohoa_cli.app import Run, command, group
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, InputMissing, SafetyRefusal, SohoaError, UsageError
from sohoa_core.i18n import N_, _, translate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from sohoa_core.workspace import Workspace
    from sohoa_digitize.review import Decision, Entry

ActorOption = Annotated[
    str | None,
    typer.Option("--actor", help=N_("Who decides, for the journal; by default as configured.")),
]
FourEyesOption = Annotated[
    bool,
    typer.Option(
        "--four-eyes",
        help=N_("The decision counts when a second person confirms it (also digitize.four_eyes)."),
    ),
]
DossierOption = Annotated[
    str | None, typer.Option("--dossier", help=N_("Only the dossier with this code."))
]
IdsArgument = Annotated[
    list[str], typer.Argument(metavar="ID...", help=N_("Ids, or the unique end of each."))
]


def register(top: typer.Typer) -> None:
    """Add the commands."""
    review = group("review", help=N_("Values that a person must look at: see, decide, confirm."))
    top.add_typer(review)

    @command(
        review,
        "list",
        help=N_("List the values that need a person, and why; then pages and papers that do."),
    )
    def list_(
        run: Run,
        dossier: DossierOption = None,
        document: Annotated[
            str | None, typer.Option("--document", help=N_("Only the document of this name."))
        ] = None,
        reason: Annotated[
            str | None,
            typer.Option("--reason", help=N_("Only this reason, such as penned_or_empty.")),
        ] = None,
        decided: Annotated[
            bool, typer.Option("--decided", help=N_("Those that were decided, instead."))
        ] = False,
        limit: Annotated[
            int, typer.Option("--limit", min=1, help=N_("How many values to list."))
        ] = 100,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize import review as logic

        with shared.workspace(workspace) as space, space.store.read() as session:
            entries = logic.listed(
                session,
                dossier=dossier,
                document=document,
                reason=reason,
                decided=decided,
                limit=limit + 1,
            )
            notes = [] if decided or document else logic.remarks(session, dossier=dossier)
        more, entries = len(entries) > limit, entries[:limit]
        for entry in entries:
            run.out.record("sohoa.review.value/1", **_plain(entry))
        for note in notes:
            run.out.record(
                "sohoa.review.remark/1",
                dossier=note.dossier,
                document=note.document,
                rule=note.rule,
                page=note.page,
                message=note.message,
                args=note.args,
            )
        run.out.table(
            [_("Id"), _("Document"), _("Field"), _("Value"), _("Conf."), _("Why")],
            [
                (
                    entry.id[-8:],
                    entry.document,
                    entry.field,
                    entry.value or "—",
                    f"{entry.confidence:.2f}",
                    entry.decided_by if decided else _reason(entry.reason),
                )
                for entry in entries
            ],
        )
        for note in notes[:limit]:
            text = translate(note.message).format_map(_Known(note.args))
            run.out.line(f"{note.document}: {text}")
        if more:
            run.out.note(_("There are more; --limit shows them."))
        return ExitCode.DONE

    @command(
        review,
        "show",
        help=N_("Show values and write the picture of the place where each was read."),
    )
    def show(
        run: Run,
        ids: IdsArgument,
        images: Annotated[
            Path | None,
            typer.Option("--images", help=N_("Folder for the pictures; by default review/.")),
        ] = None,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize import review as logic

        with shared.workspace(workspace) as space, space.store.read() as session:
            folder = images if images is not None else space.root / "review"
            for some_id in ids:
                entry = logic.found(session, some_id)
                picture = _picture(space, session, entry, folder)
                run.out.record("sohoa.review.value/1", **_plain(entry), image=picture)
                for name, value in (
                    (_("Id"), entry.id),
                    (_("Document"), f"{entry.document}  ({entry.dossier})"),
                    (_("Field"), entry.field),
                    (_("Value"), entry.value or "—"),
                    (_("Read as"), entry.raw or "—"),
                    (_("Confidence"), f"{entry.confidence:.2f}"),
                    (_("Why"), _reason(entry.reason)),
                    (_("Decided by"), entry.decided_by or "—"),
                    (_("Picture"), picture or "—"),
                ):
                    run.out.line(f"{name}: {value}")
                run.out.line()
        return ExitCode.DONE

    @command(
        review,
        "set",
        help=N_(
            "Give a value its right text; what the machine read is kept beside it.\n\n"
            "Dates as 2024-01-05 or 05/01/2024. An empty text says that the paper has no value."
        ),
    )
    def set_(
        run: Run,
        some_id: Annotated[str, typer.Argument(metavar="ID", help=N_("Id of the value."))],
        value: Annotated[str, typer.Argument(metavar="VALUE", help=N_("The right value."))],
        again: Annotated[
            bool, typer.Option("--again", help=N_("Also when it was decided already."))
        ] = False,
        four_eyes: FourEyesOption = False,
        actor: ActorOption = None,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize import review as logic

        with shared.workspace(workspace, workspace__actor=actor) as space:
            with space.store.write() as session:
                made = logic.correct(
                    session,
                    some_id,
                    value,
                    actor=space.actor,
                    four_eyes=four_eyes or _demanded(space),
                    again=again,
                )
        _say(run, made)
        return ExitCode.DONE

    @command(
        review,
        "accept",
        help=N_("Accept values as they stand, or confirm what another person decided."),
    )
    def accept(
        run: Run,
        ids: IdsArgument,
        four_eyes: FourEyesOption = False,
        actor: ActorOption = None,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize import review as logic

        made = []
        with shared.workspace(workspace, workspace__actor=actor) as space:
            pair = four_eyes or _demanded(space)
            # All or none: a person who names several has looked at all of them.
            with space.store.write() as session:
                for some_id in ids:
                    made.append(logic.accept(session, some_id, actor=space.actor, four_eyes=pair))
        for decision in made:
            _say(run, decision)
        return ExitCode.DONE

    @command(
        review,
        "export",
        help=N_(
            "Write the values that need a person into a CSV table, for spreadsheets.\n\n"
            "Fill in `decision` (accept) or `new_value`, save as CSV and import it again."
        ),
    )
    def export(
        run: Run,
        file: Annotated[Path, typer.Argument(help=N_("The CSV file to write."))],
        images: Annotated[
            Path | None, typer.Option("--images", help=N_("Folder for a picture of each place."))
        ] = None,
        dossier: DossierOption = None,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize import review as logic
        from sohoa_digitize.review_csv import written

        if file.exists():
            raise SafetyRefusal(where=str(file), detail=N_("another file has this name"))
        with shared.workspace(workspace) as space, space.store.read() as session:
            entries = logic.listed(session, dossier=dossier)
            rows = [
                (entry, _picture(space, session, entry, images) if images else "")
                for entry in entries
            ]
        _write(file, lambda: file.write_bytes(written(rows)))
        run.out.record("sohoa.review.export/1", path=str(file), values=len(entries))
        run.out.line(_("{count} values in {file}").format(count=len(entries), file=file))
        return ExitCode.DONE

    @command(
        review,
        "import",
        help=N_(
            "Take decisions from a CSV table that `review export` wrote.\n\n"
            "A row whose value was changed meanwhile is refused with its number and the reason; "
            "the others count."
        ),
    )
    def import_(
        run: Run,
        file: Annotated[Path, typer.Argument(help=N_("The CSV file with decisions."))],
        four_eyes: FourEyesOption = False,
        actor: ActorOption = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_digitize import review_csv

        if not file.is_file():
            raise InputMissing(where=str(file))
        made: list[Decision] = []
        refused: list[tuple[int, SohoaError]] = []
        with shared.workspace(workspace, workspace__actor=actor) as space:
            limits = space.loaded.settings.item_limits()
            limits.check("file_megabytes", file.stat().st_size / 1_000_000, where=str(file))
            pair = four_eyes or _demanded(space)
            rows = list(review_csv.read(file.read_bytes(), name=str(file), limits=limits))
            with space.store.write() as session:
                for row in rows:
                    if isinstance(row, SohoaError):
                        refused.append((int(row.args_by_name.get("row", 0)), row))
                        continue
                    try:
                        made.append(
                            review_csv.applied(session, row, actor=space.actor, four_eyes=pair)
                        )
                    except (UsageError, SafetyRefusal) as error:
                        refused.append((row.number, error))
                if dry_run:
                    session.rollback()
        for number, why in refused:
            run.out.record("sohoa.review.refused/1", row=number, error=why.to_dict())
            run.out.line(_("row {row} refused: {reason}").format(row=number, reason=why.message()))
        for decision in made:
            _say(run, decision, quiet=True)
        run.out.record(
            "sohoa.review.import/1", decided=len(made), refused=len(refused), dry_run=dry_run
        )
        run.out.line(
            _("{made} decisions taken over, {refused} rows refused.").format(
                made=len(made), refused=len(refused)
            )
        )
        return ExitCode.SOME_FAILED if refused else ExitCode.DONE


def _demanded(space: Workspace) -> bool:
    """Whether this workspace demands four eyes (``digitize.four_eyes``).

    The workspace's own file has the last word here: a person's environment can demand more,
    never less.
    """
    from sohoa_core.settings import load

    settings = space.loaded.settings
    return settings.digitize.four_eyes or load(space.root, environ={}).settings.digitize.four_eyes


class _Known(dict[str, Any]):
    """Arguments of a message; what is missing stays visible instead of failing."""

    def __missing__(self, key: str) -> str:
        return "…"


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "dossier": entry.dossier,
        "document": entry.document,
        "doc_type": entry.doc_type,
        "page": entry.page,
        "field": entry.field,
        "kind": entry.kind,
        "value": entry.value,
        "raw": entry.raw,
        "confidence": entry.confidence,
        "review": entry.review,
        "reason": entry.reason,
        "decided_by": entry.decided_by,
    }


def _reason(code: str | None) -> str:
    from sohoa_digitize.extract.reasons import MESSAGES

    texts = {str(known): text for known, text in MESSAGES.items()}
    return translate(texts.get(code or "", code or ""))


def _say(run: Run, made: Decision, *, quiet: bool = False) -> None:
    run.out.record(
        "sohoa.review.decision/1",
        id=made.id,
        document=made.document,
        field=made.field,
        review=made.review,
        awaits_second=made.awaits_second,
    )
    if quiet:
        return
    text = _("{field}: recorded; a second person has to confirm it.")
    if not made.awaits_second:
        text = _("{field}: recorded.")
    run.out.line(text.format(field=made.field))


def _picture(space: Workspace, session: Session, entry: Entry, folder: Path) -> str:
    """The file with the picture of the place of ``entry``; empty when there is no page."""
    from sohoa_core.records import Document
    from sohoa_digitize.snippet import cut

    document = session.get(Document, entry.document_id)
    version = document.newest("archival") if document is not None else None
    if version is None or entry.page is None:
        return ""
    data = cut(space.vault.get(version.sha256), entry.page, entry.box)
    target = folder / f"{entry.id}.png"

    def write() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    _write(target, write)
    return str(target)


def _write(target: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as error:
        detail = error.strerror or os.strerror(error.errno or 0)
        raise SafetyRefusal(where=str(target), detail=detail) from error
