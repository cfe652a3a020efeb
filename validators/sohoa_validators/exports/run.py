"""Check every dossier of an export: in order, in parallel, resumable.

Records go to the workers in packs; results come back in the order of the files whatever the
executor. After each pack the caller writes its report and then :meth:`Progress.keep`: a run that
is stopped goes on behind the last kept pack, a finished file that did not change is left alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from sohoa_core.batch.stage import Job, Outcome, WorkerContext
from sohoa_core.errors import SohoaError
from sohoa_core.facts import FindingFact, VerdictFact
from sohoa_core.limits import Limits
from sohoa_validators.check import check_dossier
from sohoa_validators.exports.mapping import ExportMapping, dossier_data
from sohoa_validators.exports.read import Read, Unreadable, export_files, read_records
from sohoa_validators.stage import catalogue_of
from sohoa_validators.view_data import dossier_from_data

PACK = 100


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What the workers need: the mapping, the day of the check, the user's own schemas."""

    mapping: ExportMapping
    on: date
    schemas: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    """What came of one record: findings and verdicts, or the error that says why not."""

    number: int
    code: str
    procedure: str = ""
    agency: str = ""
    received_on: str = ""
    owner: str = ""
    titles: tuple[tuple[str, str], ...] = ()
    findings: tuple[FindingFact, ...] = ()
    verdicts: tuple[VerdictFact, ...] = ()
    rule_set: str = ""
    error: SohoaError | None = None


@dataclass(frozen=True, slots=True)
class CheckedPack:
    """The results of one pack of one file; ``last``: the file ends with it."""

    file: str
    records: tuple[CheckedRecord, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class _Pack:
    records: tuple[Read, ...]


class _Executor(Protocol):
    def run(self, job: Job, tickets: Iterable[tuple[str, Any]]) -> Iterator[Outcome]: ...


def warm(context: WorkerContext) -> None:
    """Read the schemas before the first dossier."""
    catalogue_of(context.options.schemas)


def work(context: WorkerContext, pack: _Pack) -> tuple[CheckedRecord, ...]:
    """Check the records of one pack."""
    options: ExportOptions = context.options
    return tuple(check_record(record, options) for record in pack.records)


def check_record(record: Read, options: ExportOptions) -> CheckedRecord:
    """Check one record; what is wrong with it stands in its result."""
    if isinstance(record, Unreadable):
        return CheckedRecord(record.number, "", error=record.error)
    try:
        data = dossier_data(options.mapping, record.data, list(record.rows))
        view = dossier_from_data(data)
    except SohoaError as error:
        code = str(record.data.get("code", ""))[:60]
        return CheckedRecord(record.number, code, error=error)
    result = check_dossier(view, on=options.on, catalogue=catalogue_of(options.schemas))
    return CheckedRecord(
        record.number,
        view.code,
        view.procedure,
        view.agency,
        view.received_on,
        view.owner.name,
        tuple((item.id, (item.title or item.code or item.id)[:200]) for item in view.items),
        result.findings,
        result.verdicts,
        result.rule_set,
    )


class Progress:
    """What is done of an export, kept beside the report as one line a pack.

    ``params`` are everything that can change a result: other ones begin anew. ``offset`` is how
    long the report was then, so that half a pack can be cut off.
    """

    def __init__(self, path: Path | None, params: dict[str, Any]) -> None:
        self.path = path
        self.params = json.loads(json.dumps(params, sort_keys=True))
        self.offset = 0
        self.resumed = False
        self._done: dict[str, dict[str, Any]] = {}
        if path is not None and path.is_file():
            self._read(path)

    def _read(self, path: Path) -> None:
        lines = path.read_bytes().split(b"\n")
        for number, line in enumerate(lines[:-1]):  # the last one ends in a line break or is torn
            try:
                entry = json.loads(line)
            except ValueError:
                break
            if number == 0:
                if entry != {"schema": "sohoa.export.progress/1", "params": self.params}:
                    return
                self.resumed = True
            elif isinstance(entry, dict) and isinstance(entry.get("file"), str):
                self._done[entry["file"]] = entry
                self.offset = int(entry.get("offset", 0))

    def begin(self) -> None:
        """Start the file anew, unless it is resumed."""
        if self.path is not None and not self.resumed:
            head = {"schema": "sohoa.export.progress/1", "params": self.params}
            self.path.write_text(json.dumps(head, sort_keys=True) + "\n", encoding="utf-8")

    def skip(self, name: str, path: Path) -> int | None:
        """How many records of a file are done; None when all of it is and it did not change."""
        known = self._done.get(name)
        if known is None or known.get("stamp") != _stamp(path):
            return 0
        return None if known.get("last") else int(known.get("records", 0))

    def keep(self, pack: CheckedPack, path: Path, offset: int) -> None:
        """Note that ``pack`` is in the report, which is ``offset`` bytes long now."""
        if self.path is None:
            return
        records = pack.records[-1].number if pack.records else 0
        entry = {"file": pack.file, "stamp": _stamp(path), "records": records, "last": pack.last,
                 "offset": offset}  # fmt: skip
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
            stream.flush()
            os.fsync(stream.fileno())


def _stamp(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def check_export(
    folder: Path,
    options: ExportOptions,
    executor: _Executor,
    *,
    limits: Limits,
    progress: Progress | None = None,
) -> Iterator[tuple[CheckedPack, Path]]:
    """Check the dossiers of a folder (or file), pack by pack in the order of the files."""
    places: dict[str, tuple[str, Path, bool, tuple[Read, ...]]] = {}

    def tickets() -> Iterator[tuple[str, Any]]:
        number = 0
        for path in export_files(folder, options.mapping):
            name = path.relative_to(folder).as_posix() if path != folder else path.name
            skip = progress.skip(name, path) if progress is not None else 0
            if skip is None:
                continue
            for records, last in _packs(read_records(path, options.mapping, skip=skip)):
                ticket = str(number)
                places[ticket] = (name, path, last, records)
                yield ticket, _Pack(records)
                number += 1

    waiting: dict[int, Outcome] = {}
    following = 0
    job = Job(work, WorkerContext(None, limits, options), warm)
    for outcome in executor.run(job, tickets()):
        waiting[int(outcome.ticket)] = outcome
        while (found := waiting.pop(following, None)) is not None:
            name, path, last, records = places.pop(found.ticket)
            following += 1
            yield CheckedPack(name, _checked(found, records), last), path


def _checked(outcome: Outcome, records: tuple[Read, ...]) -> tuple[CheckedRecord, ...]:
    if outcome.error is None:
        done: tuple[CheckedRecord, ...] = outcome.value
        return done
    # The worker died or ran too long: each record of the pack bears the error.
    return tuple(
        replace(CheckedRecord(record.number, ""), error=outcome.error) for record in records
    )


def _packs(records: Iterator[Read]) -> Iterator[tuple[tuple[Read, ...], bool]]:
    pack: list[Read] = []
    for record in records:
        if len(pack) == PACK:
            yield tuple(pack), False
            pack = []
        pack.append(record)
    yield tuple(pack), True
