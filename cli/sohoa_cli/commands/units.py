"""``sohoa units``: what was this administrative unit, what is it now; for people and batches."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sohoa_cli.app import Run, command, group
from sohoa_cli.knowledge import plain, questions, spoken
from sohoa_core.errors import ExitCode, InputUnreadable, SafetyRefusal, UsageError
from sohoa_core.i18n import N_, _

if TYPE_CHECKING:
    from sohoa_vietnam.units import Unit

_STATUS = {
    "one": N_("one answer"),
    "several": N_("several candidates: a person decides"),
    "none": N_("no answer"),
}
_RELATION = {
    "unchanged": N_("unchanged"),
    "renamed": N_("renamed"),
    "whole": N_("whole"),
    "part": N_("a part"),
    "part_area_only": N_("a part, land only"),
    "part_population_only": N_("a part, residents only"),
}
_DECIDES = {
    "hamlet_or_street": N_("the hamlet or street"),
    "residence_or_land": N_("whether it is about residence or about land"),
    "full_address": N_("the full address"),
    "date": N_("the date"),
    "function": N_("the kind of task"),
    "resolution": N_("the text of the resolution"),
}
_LEVELS = "province|district|commune"

OnOption = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help=N_("As of this day; now by default."))
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help=N_("Day on which the code or address was written.")
    ),
]
CodeSetOption = Annotated[
    str | None,
    typer.Option("--code-set", metavar="gso-2004|gso-2025", help=N_("List that the code is from.")),
]
LevelOption = Annotated[
    str | None, typer.Option("--level", metavar=_LEVELS, help=N_("Level of the unit."))
]


def register(top: typer.Typer) -> None:
    """Add the commands."""
    units = group("units", help=N_("Administrative units: what they were, what they are now."))
    top.add_typer(units)

    @command(units, "find", help=N_("Find units by name or code, past and present."))
    def find(
        run: Run,
        text: Annotated[str, typer.Argument(help=N_("Name, with or without its kind; or a code."))],
        on: OnOption = None,
        level: LevelOption = None,
    ) -> ExitCode:
        from sohoa_vietnam import units as known

        with questions():
            found = known.find(text, on, level=level)
            for one in found:
                run.out.record(
                    "sohoa.unit/1",
                    **_plain(one.unit),
                    how=one.how,
                    kind_fits=one.kind_fits,
                    former_name=one.former.name if one.former else None,
                )
            run.out.table(
                [_("Code"), _("List"), _("Name"), _("Belongs to"), _("Valid"), _("Note")],
                [
                    (
                        one.unit.code,
                        one.unit.code_set.value,
                        one.unit.full_name,
                        _above(one.unit),
                        f"{one.unit.valid_from or '…'} - {one.unit.valid_to or '…'}",
                        _("was {name}").format(name=one.former.name or text) if one.former else "",
                    )
                    for one in found
                ],
            )
        if not found:
            run.out.note(_("Nothing found."))
        return ExitCode.DONE

    @command(
        units,
        "convert",
        help=N_(
            "Convert a code or an address to what it is now; or a whole CSV file.\n\n"
            "One answer, several with what decides between them, or none: never a guess. A CSV "
            "needs the column `code` (with `code_set` or `as_of`) or `address`; the answer's "
            "columns are added, the given ones stay as they are."
        ),
    )
    def convert(
        run: Run,
        text: Annotated[
            str | None, typer.Argument(help=N_("A code or an address; none for a CSV file."))
        ] = None,
        code_set: CodeSetOption = None,
        as_of: AsOfOption = None,
        on: OnOption = None,
        level: LevelOption = None,
        source: Annotated[
            Path | None, typer.Option("--in", help=N_("CSV file to convert (UTF-8)."))
        ] = None,
        target: Annotated[
            Path | None, typer.Option("--out", help=N_("CSV file to write; never overwritten."))
        ] = None,
        locality: Annotated[
            Path | None,
            typer.Option(
                "--locality", help=N_("A locality's own table: hamlet or street to unit.")
            ),
        ] = None,
    ) -> ExitCode:
        from sohoa_vietnam import units as known

        if (text is None) == (source is None):
            raise UsageError(where="sohoa units convert", detail=N_("give either TEXT or --in"))
        with questions():
            table = known.load_locality_table(locality) if locality else None
            options: dict[str, Any] = {
                "code_set": code_set,
                "as_of": as_of,
                "on": on,
                "level": level,
                "locality": table,
            }
            if source is not None:
                return _convert_file(run, source, target, options)
            assert text is not None
            key = "code" if text.strip().isdigit() else "address"
            (row,) = known.batch_convert([{key: text}], **options)
        run.out.record(
            "sohoa.unit.answer/1",
            asked=text,
            status=row.status.value,
            unit=_plain(row.unit) if row.unit else None,
            address_now=row.present,
            candidates=[
                {**_plain(c.unit), "relation": c.relation.value if c.relation else None}
                for c in row.candidates
            ],
            decides=[one.value for one in row.decides],
            residents=_plain(row.residents) if row.residents else None,
            confidence=row.confidence,
            basis=row.basis,
            mapping_version=row.mapping_version,
            problems=plain(row.problems),
        )
        wrong = any(problem.severity == "error" for problem in row.problems)
        undecided = ExitCode.USAGE if wrong else ExitCode.UNDECIDED
        code = ExitCode.DONE if row.status.value == "one" else undecided
        if run.as_json:
            return code
        if row.unit is not None:
            run.out.line(row.present or f"{row.unit.full_name}, {_above(row.unit)}")
            run.out.line(f"  {row.unit.id}  {row.basis}")
        else:
            run.out.line(_(_STATUS[row.status.value]))
            for candidate in row.candidates:
                relation = _(_RELATION[candidate.relation.value]) if candidate.relation else ""
                unit = candidate.unit
                run.out.line(f"  {unit.code}  {unit.full_name}, {_above(unit)}  {relation}")
            if row.decides:
                decides = ", ".join(_(_DECIDES[one.value]) for one in row.decides)
                run.out.line(_("What decides: {list}").format(list=decides))
            if row.residents:
                run.out.line(
                    _("All residents went to: {unit}").format(unit=row.residents.full_name)
                )
        for problem in row.problems:
            run.out.line(f"  ! {spoken(problem)} [{problem.code}]")
        run.out.line(_("Table: {version}").format(version=row.mapping_version))
        return code

    @command(units, "check", help=N_("Do a code and a name belong together on that date?"))
    def check(
        run: Run,
        code: Annotated[str, typer.Argument(help=N_("Code of the unit."))],
        name: Annotated[str, typer.Argument(help=N_("Name of the unit."))],
        as_of: AsOfOption = None,
        code_set: CodeSetOption = None,
        level: LevelOption = None,
    ) -> ExitCode:
        from sohoa_vietnam import units as known

        with questions():
            found = known.check(code, name, as_of, code_set=code_set, level=level)
        run.out.record(
            "sohoa.unit.check/1",
            agrees=found.agrees,
            unit=_plain(found.unit) if found.unit else None,
            meant=[_plain(unit) for unit in found.meant],
            problems=plain(found.problems),
        )
        answers = {True: _("They agree."), False: _("They do not agree."), None: _("Unknown code.")}
        run.out.line(answers[found.agrees])
        if found.unit:
            run.out.line(f"  {found.unit.id}  {found.unit.full_name}, {_above(found.unit)}")
        for unit in found.meant:
            run.out.line(_("  perhaps: {unit}").format(unit=f"{unit.id} {unit.full_name}"))
        for problem in found.problems:
            run.out.line(f"  ! {spoken(problem)} [{problem.code}]")
        return ExitCode.DONE if found.agrees else ExitCode.SCHEMA_BROKEN


def _plain(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "code_set": unit.code_set.value,
        "level": unit.level.value,
        "kind": unit.kind.value,
        "name": unit.name,
        "province_code": unit.province_code,
        "district_code": unit.district_code,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
        "basis": unit.basis,
        "checked": unit.checked.value,
    }


def _above(unit: Unit) -> str:
    """The district (of the old list) and province of a unit."""
    from sohoa_vietnam.units import Level, district_of, province_of

    if unit.level is Level.PROVINCE:
        return ""
    above = [district_of(unit), province_of(unit)]
    return ", ".join(one.full_name for one in above if one is not None)


def _convert_file(run: Run, source: Path, target: Path | None, options: dict[str, Any]) -> ExitCode:
    """Convert a CSV row by row; the given columns stay exactly as they are."""
    from sohoa_vietnam import units as known

    if target is None:
        raise UsageError(where="--out", detail=N_("say where the result goes"))
    if target.exists():
        raise SafetyRefusal(where=str(target), detail=N_("the file exists already"))
    counts = {"one": 0, "several": 0, "none": 0}
    review = 0
    try:
        with source.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            names = list(reader.fieldnames or ())
            if not {"code", "address"} & set(names):
                raise InputUnreadable(
                    where=str(source), detail=N_("it has neither a column `code` nor `address`")
                )
            answers = [f"now_{name}" if name in names else name for name in known.OUTPUT_COLUMNS]
            given: list[dict[str, str]] = []

            def rows() -> Iterator[dict[str, str]]:
                for row in reader:
                    cells = {name: row.get(name) or "" for name in names}
                    given.append(cells)
                    yield cells

            with target.open("x", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow([*names, *answers])
                for answer in known.batch_convert(rows(), **options):
                    cells = given.pop(0)
                    counts[answer.status.value] += 1
                    review += answer.needs_review
                    added = [formula_safe(value) for value in answer.columns().values()]
                    writer.writerow([*cells.values(), *added])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputUnreadable(where=str(source), detail=str(error)) from error
    run.out.record("sohoa.units.batch/1", out=str(target), review=review, **counts)
    run.out.line(
        _("{one} converted, {several} with several candidates, {none} without answer.").format(
            **counts
        )
    )
    run.out.line(_("{count} rows need a person. Result: {file}").format(count=review, file=target))
    return ExitCode.DONE


def formula_safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
