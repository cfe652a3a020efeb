"""The stage ``validate``: every dossier against its procedure, on a date.

An item's key carries a fingerprint of the dossier as it stands: what changed since the last
run is checked again, what did not is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sohoa_core.batch.stage import Committed, Job, Task, WorkerContext
from sohoa_core.canonical import fingerprint
from sohoa_core.errors import InputUnreadable
from sohoa_core.facts import Severity
from sohoa_core.i18n import N_
from sohoa_core.limits import Limits
from sohoa_core.records import Dossier
from sohoa_core.records.recording import set_findings, set_verdicts
from sohoa_core.records.store import Store
from sohoa_validators.catalogue import Catalogue, load_catalogue
from sohoa_validators.check import CheckResult, check_dossier, rule_set
from sohoa_validators.from_records import load_dossier, view_of
from sohoa_validators.view import DossierView

STAGE = "validate"


class DossierGone(InputUnreadable):
    code = "validate.gone"
    what = N_("The dossier is no longer in the records.")
    todo = N_("Run the command again; it lists the dossiers anew.")


@dataclass(frozen=True, slots=True)
class ValidateOptions:
    """The date for which verdicts hold, and folders with the user's own schemas."""

    on: date
    schemas: tuple[Path, ...] = ()


_catalogues: dict[tuple[Path, ...], Catalogue] = {}


def catalogue_of(schemas: tuple[Path, ...]) -> Catalogue:
    """The catalogue of the shipped schemas and ``schemas``, read once per process."""
    if schemas not in _catalogues:
        _catalogues[schemas] = load_catalogue(*schemas)
    return _catalogues[schemas]


def warm(context: WorkerContext) -> None:
    """Read the schemas before the first dossier."""
    catalogue_of(context.options.schemas)


def work(context: WorkerContext, view: DossierView) -> CheckResult:
    """Check one dossier."""
    options: ValidateOptions = context.options
    return check_dossier(view, on=options.on, catalogue=catalogue_of(options.schemas))


class ValidateStage:
    """Validates all dossiers of the records, or the one with code ``dossier``."""

    name = STAGE
    version = "1"

    def __init__(
        self,
        store: Store,
        *,
        limits: Limits,
        options: ValidateOptions,
        dossier: str | None = None,
    ) -> None:
        self.store = store
        self.limits = limits
        self.options = options
        self.dossier = dossier
        self.severities: Counter[str] = Counter()
        self.broken: set[str] = set()
        self._rule_set = rule_set(catalogue_of(options.schemas))

    @property
    def source(self) -> str:
        """The dossiers of the workspace."""
        return f"dossier {self.dossier}" if self.dossier else "workspace"

    @property
    def params(self) -> dict[str, Any]:
        """The date and the version of the rules."""
        return {"on": self.options.on.isoformat(), "rules": self._rule_set}

    def tasks(self) -> Iterator[Task]:
        """Every dossier, with a fingerprint of what it holds now."""
        query = select(Dossier.id, Dossier.code).order_by(Dossier.code, Dossier.id)
        if self.dossier is not None:
            query = query.where(Dossier.code == self.dossier)
        with self.store.read() as session:
            rows = session.execute(query).all()
        for dossier_id, code in rows:
            with self.store.read() as session:
                dossier = load_dossier(session, dossier_id)
                if dossier is None:
                    continue
                state = fingerprint(asdict(view_of(dossier)))
            yield Task(f"{dossier_id}:{state[:32]}", code, {"dossier": dossier_id})

    def job(self) -> Job:
        """The work for the executors."""
        return Job(work, WorkerContext(None, self.limits, self.options), warm)

    def load(self, session: Session, task: Task) -> DossierView:
        """The view of the dossier; raises ``DossierGone`` when it was removed meanwhile."""
        dossier = load_dossier(session, task.payload["dossier"])
        if dossier is None:
            raise DossierGone(where=task.label)
        return view_of(dossier)

    def commit(self, session: Session, task: Task, value: CheckResult) -> Committed:
        """Write findings and verdicts, replacing those of earlier runs."""
        dossier_id = task.payload["dossier"]
        dossier = session.get_one(Dossier, dossier_id)
        documents = {item.id: doc.id for item in dossier.items for doc in item.documents}
        set_findings(session, STAGE, value.findings, dossier_id=dossier_id, documents=documents)
        set_verdicts(session, STAGE, value.verdicts, dossier_id=dossier_id, documents=documents)
        counts = Counter(finding.severity for finding in value.findings)
        self.severities.update(counts)
        if counts[Severity.ERROR]:
            self.broken.add(task.label)
        return Committed(
            review=bool(counts[Severity.ERROR] or counts[Severity.REVIEW]),
            summary={
                "dossier": task.label,
                "errors": counts[Severity.ERROR],
                "warnings": counts[Severity.WARNING],
                "reviews": counts[Severity.REVIEW],
                "verdicts": {
                    verdict.question: verdict.answer
                    for verdict in value.verdicts
                    if verdict.document is None
                },
            },
        )
