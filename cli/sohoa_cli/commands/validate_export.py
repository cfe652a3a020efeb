"""``sohoa validate --from``: the exports of other systems, checked where they lie."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sohoa_cli.app import Run
from sohoa_cli.commands.validate_reports import kind_of, pieces, whole
from sohoa_core.errors import ExitCode, SohoaError, UsageError, most_serious
from sohoa_core.i18n import _, active, translate

if TYPE_CHECKING:
    from sohoa_validators.catalogue import Catalogue
    from sohoa_validators.exports.run import CheckedPack, CheckedRecord, Progress
    from sohoa_validators.reports.model import ReportDossier

#: Reports that can grow: a stopped run goes on where it was.
_GROWING = (".json", ".jsonl", ".csv")
_SHOWN = 20


def validate_export(
    run: Run,
    source: Path,
    mapping: Path,
    *,
    on: date,
    schemas: tuple[Path, ...],
    report: Path | None,
    workers: int | None,
    executor: str | None,
    dry_run: bool,
) -> ExitCode:
    """Check every dossier under ``source``; the exit code is the gravest of the run."""
    from sohoa_core.batch.executors import make_executor
    from sohoa_core.limits import Limits
    from sohoa_validators.check import rule_set
    from sohoa_validators.exports.mapping import load_mapping
    from sohoa_validators.exports.read import export_files
    from sohoa_validators.exports.run import ExportOptions, Progress, check_export
    from sohoa_validators.stage import catalogue_of

    if not source.exists():
        raise UsageError(where=str(source), detail="--from")
    kind = kind_of(report) if report is not None else ""
    if kind == ".html":
        raise UsageError(where="--report", detail=".csv | .sarif | .json | .jsonl")
    made = load_mapping(mapping)
    catalogue = catalogue_of(schemas)
    if dry_run:
        for path in export_files(source, made):
            run.out.record("sohoa.validate.export.file/1", path=str(path))
            run.out.line(str(path))
        return ExitCode.DONE
    options = ExportOptions(made, on, schemas)
    growing = report if kind in _GROWING else None
    params = {
        "mapping": made.model_dump(mode="json"),
        "on": on.isoformat(),
        "rules": rule_set(catalogue),
        "lang": active() if kind == ".csv" else None,
    }
    beside = growing.with_name(f"{growing.name}.progress") if growing is not None else None
    if growing is not None and not growing.is_file() and beside is not None:
        beside.unlink(missing_ok=True)  # without its report the progress means nothing
    progress = Progress(beside, params)
    packs = check_export(
        source,
        options,
        make_executor(executor or ("serial" if workers in (None, 1) else "processes"),
                      workers=workers or 0),
        limits=Limits(),
        progress=progress,
    )  # fmt: skip
    seen = _Seen(run)

    def dossiers(pack: CheckedPack) -> Iterator[ReportDossier]:
        for record in pack.records:
            seen.add(pack.file, record)
            if record.error is None:
                yield _as_report(record, on)

    if growing is not None:
        _grow(growing, kind, packs, progress, dossiers, catalogue)
    elif report is not None:
        with whole(report) as stream:
            every = (found for pack, _path in packs for found in dossiers(pack))
            stream.writelines(pieces(kind, every, catalogue))
    else:
        for pack, _path in packs:
            for _found in dossiers(pack):
                pass
    if progress.resumed:
        run.out.note(_("Went on where an earlier run had stopped."))
    return seen.finish()


def _grow(
    report: Path,
    kind: str,
    packs: Iterable[tuple[CheckedPack, Path]],
    progress: Progress,
    dossiers: Callable[[CheckedPack], Iterator[ReportDossier]],
    catalogue: Catalogue,
) -> None:
    """Add pack after pack to the report; each is on the disk before the progress says so."""
    report.parent.mkdir(parents=True, exist_ok=True)
    progress.begin()
    with report.open("r+b" if report.is_file() else "w+b") as stream:
        stream.truncate(progress.offset if progress.resumed else 0)
        stream.seek(0, os.SEEK_END)
        first = stream.tell() == 0
        for pack, path in packs:
            text = pieces(kind, dossiers(pack), catalogue)
            if kind == ".csv" and not first:
                next(text)  # the heading stands already
            first = False
            for piece in text:
                stream.write(piece.encode("utf-8", "replace"))
            stream.flush()
            os.fsync(stream.fileno())
            progress.keep(pack, path, stream.tell())


def _as_report(record: CheckedRecord, on: date) -> ReportDossier:
    from sohoa_validators.reports.model import ReportDocument, ReportDossier

    return ReportDossier(
        code=record.code,
        on=on.isoformat(),
        procedure=record.procedure,
        agency=record.agency,
        received_on=record.received_on,
        owner=record.owner,
        findings=record.findings,
        verdicts=record.verdicts,
        documents=tuple(ReportDocument(name, title) for name, title in record.titles),
        rule_set=record.rule_set,
    )


class _Seen:
    """Counts what went by and shows it; holds counts only, however many dossiers there are."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.dossiers = 0
        self.failed = 0
        self.severities: Counter[str] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()
        self.codes: set[ExitCode] = set()

    def add(self, file: str, record: CheckedRecord) -> None:
        if record.error is not None:
            self.failed += 1
            self.codes.add(record.error.exit_code)
            self._failure(file, record, record.error)
            return
        self.dossiers += 1
        for finding in record.findings:
            self.severities[finding.severity.value] += 1
            self.rules[finding.severity.value, finding.rule] += 1
        if self.run.as_json:
            from sohoa_validators.reports.jsonl import dossier_record

            shown = dossier_record(_as_report(record, date.min))
            on = record.verdicts[0].on if record.verdicts else None
            shown |= {"file": file, "record": record.number, "on": on}
            self.run.out.record("sohoa.validation/1", **shown)

    def _failure(self, file: str, record: CheckedRecord, error: SohoaError) -> None:
        place = f"{file}#{record.number}"
        self.run.out.record(
            "sohoa.validate.export.item/1", item=place, state="failed", error=error.to_dict()
        )
        if self.failed <= _SHOWN:
            self.run.out.note(
                _("failed: {item}: {reason} [{code}]").format(
                    item=place, reason=error.message(active()), code=error.code
                )
            )

    def finish(self) -> ExitCode:
        out = self.run.out
        found = self.severities
        out.record(
            "sohoa.validate.export/1",
            dossiers=self.dossiers,
            failed=self.failed,
            **{name: found[name] for name in ("error", "warning", "review", "info")},
        )
        if self.rules and not out.quiet:
            from sohoa_validators.reports.model import SEVERITIES

            out.table(
                [_("Severity"), _("Rule"), _("Count")],
                [
                    (translate(SEVERITIES[severity]), rule, n)
                    for (severity, rule), n in self.rules.most_common(30)
                ],
            )
        out.line(
            _(
                "{dossiers} dossiers checked, {failed} could not be read: {errors} errors, "
                "{reviews} to review, {warnings} warnings."
            ).format(
                dossiers=self.dossiers,
                failed=self.failed,
                errors=found["error"],
                reviews=found["review"],
                warnings=found["warning"],
            )
        )
        codes = [ExitCode.SCHEMA_BROKEN] if found["error"] else []
        if self.failed:
            codes.append(ExitCode.SOME_FAILED)
            if not self.dossiers:
                codes.extend(self.codes)
        # As in every batch, "some failed" outranks the codes of single inputs.
        if self.failed and self.dossiers:
            return ExitCode.SOME_FAILED
        return most_serious(codes)
