"""``sohoa samples``: invent dossiers, print and "scan" them, for trials and measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command, group
from sohoa_cli.commands.export import safe_name
from sohoa_core.errors import ExitCode, UsageError
from sohoa_core.i18n import N_, _


def register(top: typer.Typer) -> None:
    """Add the commands."""
    samples = group("samples", help=N_("Invented dossiers for trials and measurements."))
    top.add_typer(samples)

    @command(
        samples,
        "make",
        help=N_(
            "Invent dossiers, print their papers and scan them, with the exact text as truth.\n\n"
            "The same seed gives the same bytes. All persons, numbers and seals are invented."
        ),
    )
    def make(
        run: Run,
        folder: Annotated[Path, typer.Argument(help=N_("The folder to write into."))],
        dossiers: Annotated[
            int, typer.Option("--dossiers", min=1, max=100_000, help=N_("How many dossiers."))
        ] = 5,
        seed: Annotated[int, typer.Option("--seed", min=0, help=N_("Seed of the chance."))] = 1,
        level: Annotated[
            str,
            typer.Option(
                "--level", metavar="clean|office|rough", help=N_("How bad the scanner is.")
            ),
        ] = "office",
    ) -> ExitCode:
        from sohoa_core.errors import SafetyRefusal
        from sohoa_samples import generator

        if level not in ("clean", "office", "rough"):
            raise UsageError(where="--level", detail="clean | office | rough")
        if folder.exists() and any(folder.iterdir()):
            raise SafetyRefusal(where=str(folder), detail=N_("the folder is not empty"))
        made = generator.make(folder, dossiers=dossiers, seed=seed, level=level)
        run.out.record(
            "sohoa.samples/1",
            folder=str(folder),
            dossiers=made.dossiers,
            documents=made.papers,
            pages=made.pages,
            seed=seed,
            level=level,
        )
        run.out.line(
            _(
                "{dossiers} dossiers with {documents} documents and {pages} pages in {folder}"
            ).format(
                dossiers=made.dossiers,
                documents=made.papers,
                pages=made.pages,
                folder=folder,
            )
        )
        return ExitCode.DONE

    @command(
        samples,
        "separator",
        help=N_(
            "Print separator sheets: they part one pile of paper into its dossiers.\n\n"
            "Lay each sheet on the papers of its dossier, scan the pile, and run `sohoa digitize "
            "--separators`. Codes come as arguments, from a list with one code a line, or from the "
            "column dossier_code of a CSV such as manifest.csv."
        ),
    )
    def separator(
        run: Run,
        codes: Annotated[
            list[str] | None,
            typer.Argument(metavar="CODE...", help=N_("Dossier codes, one sheet each.")),
        ] = None,
        list_: Annotated[
            Path | None,
            typer.Option("--list", metavar="FILE", help=N_("A list of dossier codes, or a CSV.")),
        ] = None,
        out: Annotated[
            Path,
            typer.Option("--out", help=N_("FILE.pdf for all sheets, or a folder for one each.")),
        ] = Path("separators.pdf"),
        both_sides: Annotated[
            bool,
            typer.Option("--both-sides", help=N_("Every sheet twice, for scanners of both sides.")),
        ] = False,
    ) -> ExitCode:
        from sohoa_core.errors import InputMissing
        from sohoa_samples import separator as sheets
        from sohoa_vietnam.identifiers.dossier_code import read_dossier_code

        wanted = [sheets.usable(code) for code in codes or []]
        if list_ is not None:
            try:
                data = list_.read_bytes()
            except OSError as error:
                raise InputMissing(where=str(list_)) from error
            wanted += sheets.codes_in(data, name=str(list_))
        wanted = list(dict.fromkeys(wanted))
        if not wanted:
            raise UsageError(where="CODE...", detail="--list")
        targets: dict[Path, list[str]] = {}
        if out.suffix.lower() == ".pdf":
            targets[out] = wanted
        for code in wanted if not targets else ():
            # Codes that differ only in signs no file name may hold are still two sheets.
            stem, count = safe_name(code), 1
            while (target := out / f"{stem}{f' ({count})' if count > 1 else ''}.pdf") in targets:
                count += 1
            targets[target] = [code]
        pages = 0
        for target, some in targets.items():
            made = sheets.sheets_pdf(some, both_sides=both_sides)
            _write_new(target, made)
            pages += len(some)
            run.out.record("sohoa.samples.separator/1", file=str(target), dossiers=some)
            run.out.line(str(target))
        odd = [code for code in wanted if not read_dossier_code(code).valid]
        if odd:
            run.out.note(
                _("These have not the form of a dossier code: {codes}").format(
                    codes=", ".join(odd[:10]) + (", …" if len(odd) > 10 else "")
                )
            )
        run.out.note(_("{count} separator sheets.").format(count=pages))
        return ExitCode.DONE


def _write_new(target: Path, data: bytes) -> None:
    """Write a file that is not there yet; the same bytes again are no trouble."""
    from sohoa_core.errors import SafetyRefusal

    try:
        if target.exists():
            if target.read_bytes() == data:
                return
            raise SafetyRefusal(where=str(target), detail=N_("another file has this name"))
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            stream.write(data)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise SafetyRefusal(where=str(target), detail=detail) from error
