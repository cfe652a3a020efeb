"""``sohoa procedures``: the schemas by which dossiers are judged - look, check, write, compare."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sohoa_cli.app import Run, command, group
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, SafetyRefusal, UsageError
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_validators.catalogue import Catalogue
    from sohoa_validators.schema import Bilingual, Component, Procedure

SchemasOption = Annotated[
    list[Path] | None,
    typer.Option("--schemas", help=N_("Folder with your own procedure schemas.")),
]
IntoOption = Annotated[
    Path, typer.Option("--into", help=N_("Folder of your own schemas; the file goes below it."))
]
_CHECKED = {
    "verified": N_("verified"),
    "secondary": N_("secondary source"),
    "unverified": N_("not verified"),
}
_LEVELS = {
    "central": N_("central"),
    "province": N_("province"),
    "commune": N_("commune"),
    "any": N_("any level"),
}
_UNITS = {
    "same_day": N_("within the day"),
    "working_day": N_("{amount} working days"),
    "day": N_("{amount} days"),
    "hour": N_("{amount} hours"),
}


def register(top: typer.Typer) -> None:
    """Add the group and its commands."""
    procedures = group(
        "procedures",
        help=N_("Procedure schemas: list, show, check, write, compare, import from the portal."),
    )
    top.add_typer(procedures)
    _register_reading(procedures)
    _register_writing(procedures)


def _register_reading(procedures: typer.Typer) -> None:
    @command(procedures, "list", help=N_("Every procedure that dossiers can be checked against."))
    def listed(run: Run, schemas: SchemasOption = None) -> ExitCode:
        catalogue = _catalogue(schemas)
        found = [one for code in catalogue.codes() for one in catalogue.procedures[code]]
        for one in found:
            run.out.record(
                "sohoa.procedure/1",
                code=one.code,
                name=one.name.vi,
                level=one.agency_level,
                valid_from=one.valid_from.isoformat(),
                valid_to=one.valid_to.isoformat() if one.valid_to else None,
                checked=one.checked.value,
                complete=one.complete,
                components=len(one.components),
                results=[result.code for result in one.results],
                source=one.source,
            )
        run.out.table(
            [_("Code"), _("Name"), _("Level"), _("From"), _("Components"), _("Certainty")],
            [
                (
                    one.code,
                    _named(one.name),
                    _(_LEVELS[one.agency_level]),
                    one.valid_from.isoformat(),
                    len(one.components) if one.complete else f"{len(one.components)}+?",
                    _(_CHECKED[one.checked.value]),
                )
                for one in found
            ],
        )
        return ExitCode.DONE

    @command(
        procedures,
        "show",
        help=N_("One procedure: cases, components, results, times, fees, and what is not sure."),
    )
    def show(
        run: Run,
        code: Annotated[str, typer.Argument(help=N_("The code, such as 1.001193."))],
        on: Annotated[
            str | None,
            typer.Option("--on", metavar="DATE", help=N_("The version in force on this day.")),
        ] = None,
        schemas: SchemasOption = None,
    ) -> ExitCode:
        procedure = _one(_catalogue(schemas), code, on)
        run.out.record("sohoa.procedure.schema/1", **_plain(procedure))
        if not run.as_json:
            _show(run, procedure)
        return ExitCode.DONE

    @command(
        procedures,
        "check",
        help=N_(
            "Check schema files and run the examples of every rule.\n\n"
            "Without arguments the shipped files are checked; a folder may hold procedures/, "
            "papers/ and rules/. Every fault is shown with file, line and reason."
        ),
    )
    def check(
        run: Run,
        folders: Annotated[
            list[Path] | None, typer.Argument(help=N_("Folders or files to check."))
        ] = None,
    ) -> ExitCode:
        return _check(run, folders or [])

    @command(
        procedures,
        "diff",
        help=N_("What differs between two schemas: files, or codes of known procedures."),
    )
    def diff(
        run: Run,
        before: Annotated[str, typer.Argument(help=N_("File, or code of a known procedure."))],
        after: Annotated[str, typer.Argument(help=N_("File, or code of a known procedure."))],
        schemas: SchemasOption = None,
    ) -> ExitCode:
        from sohoa_validators.describe import differences

        old, new = (_file_or_code(name, schemas) for name in (before, after))
        found = list(differences(old, new))
        for path, was, now in found:
            run.out.record("sohoa.procedure.difference/1", path=path, before=was, after=now)
            run.out.line(f"{path}:")
            for sign, value in (("-", was), ("+", now)):
                if value is not None:
                    run.out.line(f"  {sign} {json.dumps(value, ensure_ascii=False)}")
        run.out.note(_("{count} differences.").format(count=len(found)))
        return ExitCode.DONE


def _register_writing(procedures: typer.Typer) -> None:
    @command(
        procedures, "new", help=N_("Write the draft of a schema, ready to be filled in by hand.")
    )
    def new(
        run: Run,
        code: Annotated[str, typer.Argument(help=N_("The code, such as 1.001193."))],
        name: Annotated[str, typer.Option("--name", help=N_("The Vietnamese name."))],
        into: IntoOption = Path("schemas"),
        dry_run: shared.DryRunOption = False,
    ) -> ExitCode:
        from sohoa_core.clock import today
        from sohoa_validators.draft import draft_text

        _write(run, into, code, draft_text(code, name, on=today()), dry_run=dry_run)
        return ExitCode.DONE

    @command(
        procedures,
        "import",
        help=N_(
            "Make drafts of schemas from records of the national portal (JSON).\n\n"
            "What the record does not tell stands as an open point in the file: conditions must "
            "be written by hand."
        ),
    )
    def imported(
        run: Run,
        file: Annotated[Path, typer.Argument(help=N_("A record, a list of records, JSON lines."))],
        into: IntoOption = Path("schemas"),
        dry_run: shared.DryRunOption = False,
    ) -> ExitCode:
        from sohoa_core.clock import today
        from sohoa_validators.errors import PortalRecordRefused
        from sohoa_validators.portal_import import procedure_from_portal, read_portal

        try:
            raw = file.read_bytes()
        except OSError as error:
            detail = error.strerror or type(error).__name__
            raise UsageError(where=str(file), detail=detail) from error
        made = failed = 0
        for record in read_portal(raw):
            try:
                found = procedure_from_portal(record, on=today())
            except PortalRecordRefused as error:
                failed += 1
                run.out.record("sohoa.error/1", **error.to_dict())
                run.out.note(
                    _("failed: {item}: {reason} [{code}]").format(
                        item=file.name, reason=error.message(active()), code=error.code
                    )
                )
                continue
            made += 1
            _write(run, into, found.code, found.text, dry_run=dry_run)
            for point in found.open_points:
                run.out.line(f"    {point}")
        if failed and not made:
            return ExitCode.UNREADABLE_INPUT
        return ExitCode.SOME_FAILED if failed else ExitCode.DONE


def _catalogue(schemas: list[Path] | None) -> Catalogue:
    from sohoa_validators.catalogue import load_catalogue

    for folder in schemas or ():
        if not folder.is_dir():
            raise UsageError(where="--schemas", detail=str(folder))
    return load_catalogue(*(schemas or ()))


def _one(catalogue: Catalogue, code: str, on: str | None) -> Procedure:
    from sohoa_core.clock import today

    try:
        day = date.fromisoformat(on) if on else today()
    except ValueError as error:
        raise UsageError(where="--on", detail="2026-11-21") from error
    found = catalogue.procedure(code, day)
    if found is None:
        raise UsageError(where=code, detail=N_("no procedure of that code is known"))
    return found


def _file_or_code(name: str, schemas: list[Path] | None) -> Procedure:
    from sohoa_validators.catalogue import read_procedure

    path = Path(name)
    return read_procedure(path) if path.is_file() else _one(_catalogue(schemas), name, None)


def _plain(procedure: Procedure) -> dict[str, Any]:
    plain: dict[str, Any] = procedure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    plain.pop("schema", None)
    return plain


def _named(name: Bilingual) -> str:
    return name.vi if active() == "vi" else name.en


# --- show --------------------------------------------------------------------------------------


def _show(run: Run, procedure: Procedure) -> None:
    out = run.out
    out.line(f"{procedure.code}  {_named(procedure.name)}")
    until = f" - {procedure.valid_to.isoformat()}" if procedure.valid_to else ""
    out.line(
        f"{_(_LEVELS[procedure.agency_level])}; {procedure.agency}; "
        f"{procedure.valid_from.isoformat()}{until}"
    )
    out.line(f"{procedure.source} ({_(_CHECKED[procedure.checked.value])})")
    out.line()
    out.line(_("Cases:"))
    for case in procedure.cases:
        out.line(f"  {case.id}: {_named(case.name)}")
    for key, fact in procedure.facts.items():
        assumed = ""
        if fact.assume is not None:
            assumed = _(" [assumed: {value}]").format(value=fact.assume)
        out.line(f"  fact.{key}: {_named(fact.question)}{assumed}")
    out.line()
    _components(run, procedure)
    out.line()
    out.line(_("Results:"))
    for result in procedure.results:
        grants = "" if result.right_granting else _(" (grants nothing)")
        out.line(f"  {result.code}  {_named(result.name)}{grants}")
    for limit in procedure.processing:
        words = _(_UNITS[limit.unit.value]).format(amount=limit.amount)
        channels = f" ({', '.join(limit.channels)})" if limit.channels else ""
        sure = _sure(procedure, limit)
        out.line(_("Processing time: {time}").format(time=f"{words}{channels}{sure}"))
    for fee in procedure.fees:
        amount = _("set by the provincial council") if fee.amount is None else f"{fee.amount} đ"
        channels = f" ({', '.join(fee.channels)})" if fee.channels else ""
        name = _named(fee.name)
        out.line(_("Fee: {name}: {amount}").format(name=name, amount=f"{amount}{channels}"))
    if procedure.open_points:
        out.line()
        out.line(_("Not sure:"))
        for point in procedure.open_points:
            out.line(f"  {point}")


def _components(run: Run, procedure: Procedure) -> None:
    from sohoa_validators.describe import condition_text

    run.out.table(
        [
            _("Component"),
            _("Codes"),
            _("Originals"),
            _("Copies"),
            _("Class"),
            _("Required"),
            _("Certainty"),
        ],
        [
            (
                _named(component.name),
                " ".join(component.codes),
                "" if component.submission == "show" else component.originals,
                "" if component.submission == "show" else component.copies,
                component.digitize.value if component.digitize else "",
                _required(component, condition_text(component.required_when)),
                _(_CHECKED[procedure.checked_of(component).value]),
            )
            for component in procedure.components
        ],
    )


def _required(component: Component, condition: str) -> str:
    if component.group is not None:
        return _("one of “{group}”").format(group=component.group)
    if component.optional:
        return _("no")
    shown = _("show only") if component.submission == "show" else ""
    wanted = condition or (shown and "") or ("" if shown else _("yes"))
    return "; ".join(part for part in (shown, wanted) if part)


def _sure(procedure: Procedure, part: Any) -> str:
    checked = procedure.checked_of(part).value
    return "" if checked == "verified" else f" ({_(_CHECKED[checked])})"


# --- check -------------------------------------------------------------------------------------


def _check(run: Run, given: list[Path]) -> ExitCode:
    from sohoa_validators.catalogue import load_catalogue
    from sohoa_validators.errors import SchemaFileRefused
    from sohoa_validators.examples import example_faults

    missing = [path for path in given if not path.exists()]
    if missing:
        raise UsageError(where=str(missing[0]), detail=N_("there is no such file or folder"))
    folders = [path for path in given if path.is_dir()]
    faults = 0
    for path in (path for path in given if path.is_file()):
        faults += _check_file(run, path)
    for folder in folders:
        faults += _check_folder(run, folder)
    if faults:
        run.out.line(_("{count} faults.").format(count=faults))
        return ExitCode.BAD_CONFIG
    try:
        catalogue = load_catalogue(*folders)
    except SchemaFileRefused as error:
        _tell(run, error.faults)
        return ExitCode.BAD_CONFIG
    wrong = list(example_faults(catalogue, declared=not given))
    for rule, reason in wrong:
        run.out.record("sohoa.procedures.example/1", rule=rule, reason=reason)
        run.out.line(f"{rule}: {reason}")
    run.out.record(
        "sohoa.procedures.check/1",
        procedures=sum(len(found) for found in catalogue.procedures.values()),
        rules=len(catalogue.rules),
        faults=0,
        examples_failed=len(wrong),
    )
    run.out.line(
        _("{procedures} procedures, {rules} rules in files: {faults} faults.").format(
            procedures=sum(len(found) for found in catalogue.procedures.values()),
            rules=len(catalogue.rules),
            faults=len(wrong),
        )
    )
    return ExitCode.BAD_CONFIG if wrong else ExitCode.DONE


def _check_folder(run: Run, folder: Path) -> int:
    """Every file on its own first, so that one bad file does not hide the next."""
    paths = [
        path
        for part in ("papers", "procedures", "rules")
        for path in sorted((folder / part).glob("*.yaml"))
    ]
    if not paths:
        raise UsageError(where=str(folder), detail="procedures/*.yaml, papers/, rules/")
    return sum(_check_file(run, path) for path in paths)


def _check_file(run: Run, path: Path) -> int:
    from sohoa_validators.catalogue import (
        read_papers,
        read_procedure,
        read_rules,
        shipped_catalogue,
    )
    from sohoa_validators.errors import SchemaFileRefused
    from sohoa_validators.rules.registry import declared_ids
    from sohoa_validators.yaml_lines import read_yaml

    try:
        data = read_yaml(path).data
        kind = str(data.get("schema", "")) if isinstance(data, dict) else ""
        if kind.startswith("sohoa/papers/"):
            read_papers(path)
        elif kind.startswith("sohoa/rules/"):
            papers = {known.paper.key: known.paper for known in shipped_catalogue().papers.values()}
            for beside in sorted((path.parent.parent / "papers").glob("*.yaml")):
                papers |= {paper.key: paper for paper in read_papers(beside).papers}
            read_rules(path, papers, declared_ids())
        else:
            read_procedure(path)
    except SchemaFileRefused as error:
        _tell(run, error.faults)
        return len(error.faults)
    return 0


def _tell(run: Run, faults: tuple[str, ...]) -> None:
    for fault in faults:
        run.out.record("sohoa.procedures.fault/1", fault=fault)
        run.out.line(fault)


def _write(run: Run, into: Path, code: str, text: str, *, dry_run: bool) -> None:
    """One schema file; what is there is never overwritten."""
    path = into / "procedures" / f"{code}.yaml"
    run.out.record("sohoa.procedures.file/1", code=code, path=str(path), dry_run=dry_run)
    run.out.line(str(path))
    if dry_run:
        return
    if path.exists():
        raise SafetyRefusal(where=str(path), detail=N_("another file has this name"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise UsageError(where=str(path), detail=detail) from error
