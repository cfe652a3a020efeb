"""Tiny old systems and ways to look at what a migration made of them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sohoa_core import workspace
from sohoa_core.records import (
    Document,
    Dossier,
    DossierAlias,
    Field,
    Finding,
    Item,
    Party,
    PartyAddress,
    PartyIdentifier,
    RejectedRow,
    SourceRow,
    Version,
)
from sohoa_core.workspace import Workspace
from sohoa_migrate import prepare
from sohoa_migrate.apply import MigrationResult, apply
from sohoa_migrate.mapping.load import LoadedMapping, load, loads
from sohoa_migrate.plan import MigrationPlan, make_plan

DATA = Path(__file__).parent / "data"
TINY = DATA / "tiny.yaml"


def tiny(folder: Path, *, more: str = "") -> Path:
    """The tiny old system with its attachment folder; ``more`` is SQL that changes it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "old.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.executescript((DATA / "tiny.sql").read_text(encoding="utf-8") + more)
        base.commit()
    files = folder / "tep" / "2023"
    files.mkdir(parents=True, exist_ok=True)
    (files / "a.txt").write_bytes(b"a")
    (files / "b.txt").write_bytes(b"b")
    return path


@contextlib.contextmanager
def new_workspace(folder: Path, store_url: str = "") -> Iterator[Workspace]:
    """An open workspace, made where there is none; its records are in ``store_url``."""
    workspace.create(folder, store_url=store_url)
    with workspace.opened(folder) as space:
        yield space


def migrate(
    source: Path, space: Workspace, mapping: LoadedMapping | None = None, *, chunk: int = 500
) -> tuple[MigrationPlan, MigrationResult]:
    """Plan and run."""
    with prepare.opened(source, mapping or load(TINY)) as prepared:
        plan = make_plan(prepared, space.store, chunk=chunk)
        result = apply(plan, prepared, space.store, space.vault, actor="test", chunk=chunk)
    return plan, result


def plan_only(source: Path, space: Workspace | None = None, text: str = "") -> MigrationPlan:
    """A dry run."""
    mapping = loads(text, "m.yaml") if text else load(TINY)
    with prepare.opened(source, mapping) as prepared:
        return make_plan(prepared, space.store if space else None)


def described(session: Session) -> str:
    """The records as plain text, for golden files: no ids, no times."""
    lines: list[str] = []
    sources = {row.target_id: row for row in session.scalars(select(SourceRow))}

    def key(model: Any) -> tuple[str, str]:
        row = sources[model.id]
        return row.source_table, row.source_key.zfill(6)

    for party in sorted(session.scalars(select(Party)), key=key):
        lines.append(
            f"PARTY {sources[party.id].source_key}: {party.name_printed} | {party.birth_date}"
            f" | {party.sex}"
        )
        for number in session.scalars(
            select(PartyIdentifier).where(PartyIdentifier.party_id == party.id)
        ):
            lines.append(f"  identifier {number.kind} {number.value}")
        for address in session.scalars(
            select(PartyAddress).where(PartyAddress.party_id == party.id)
        ):
            lines.append(f"  printed  {address.as_printed}")
            lines.append(
                f"  unit     {address.unit_code_set}:{address.unit_code} -> "
                f"{address.now_unit_code_set}:{address.now_unit_code} "
                f"({address.confidence}, {address.review})"
            )
            lines.append(f"  now      {address.as_now}")
    for dossier in sorted(session.scalars(select(Dossier)), key=key):
        owner = sources[dossier.owner_id].source_key if dossier.owner_id else None
        lines.append(
            f"DOSSIER {dossier.source_key}: {dossier.code} | status {dossier.status} | "
            f"{dossier.procedure_code} | received {dossier.received_on} | due {dossier.due_on} | "
            f"owner {owner}"
        )
        lines.append(
            f"  agency {dossier.agency_code} ({dossier.agency_code_set}, {dossier.agency_as_of}, "
            f"{dossier.agency_name_printed}) -> {dossier.holder_agency_code}"
        )
        for alias in session.scalars(
            select(DossierAlias).where(DossierAlias.dossier_id == dossier.id)
        ):
            lines.append(f"  alias {alias.kind} {alias.alias}")
        for finding in session.scalars(
            select(Finding).where(Finding.dossier_id == dossier.id).order_by(Finding.rule)
        ):
            lines.append(f"  finding {finding.severity} {finding.rule} {finding.field_name}")
        for item in session.scalars(
            select(Item).where(Item.dossier_id == dossier.id).order_by(Item.ordinal)
        ):
            lines.append(f"  item {item.ordinal} {item.kind}: {item.title}")
            for document in session.scalars(select(Document).where(Document.item_id == item.id)):
                lines.append(f"    document {document.name}")
                for field in session.scalars(select(Field).where(Field.document_id == document.id)):
                    lines.append(f"    field {field.name} = {field.value} ({field.source})")
                for version in session.scalars(
                    select(Version).where(Version.document_id == document.id)
                ):
                    lines.append(
                        f"    {version.role} {version.sha256[:8]} {version.size} "
                        f"{version.media_type}"
                    )
    rejected = session.scalars(
        select(RejectedRow).order_by(RejectedRow.source_table, RejectedRow.source_key)
    )
    for row in rejected:
        args = {name: value for name, value in row.args.items() if name != "targets"}
        text = json.dumps(args, ensure_ascii=False, sort_keys=True)
        lines.append(f"REJECTED {row.source_table} {row.source_key}: {row.reason} {text}")
    noted = sorted(
        (row for row in sources.values() if row.notes),
        key=lambda row: (row.source_table, row.source_key),
    )
    for row in noted:
        codes = ", ".join(f"{note['field']}: {note['code']}" for note in row.notes)
        lines.append(f"NOTES {row.source_table} {row.source_key} {row.target_kind}: {codes}")
    return "\n".join(lines) + "\n"
