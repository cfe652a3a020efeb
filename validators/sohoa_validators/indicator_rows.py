"""From the records to the rows that the national indicators count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from sohoa_core.records import Document, Dossier, Item, Version
from sohoa_validators.catalogue import Catalogue, shipped_catalogue
from sohoa_validators.indicators import DossierRow
from sohoa_validators.moments import day_of
from sohoa_validators.view import ItemKind, Reuse

_CHUNK = 500
_REUSED = (Reuse.FROM_COMPONENT, Reuse.FROM_RESULT)


def rows_of(session: Session, catalogue: Catalogue | None = None) -> Iterator[DossierRow]:
    """One row a dossier, read in chunks (flat memory).

    Whether a dossier belongs to a procedure that gives back a paper is asked of the procedure's
    schema in force when it was received; so a dossier whose result is still missing counts in the
    denominator, as the national formula wants. Where the procedure is not known, having a result
    item decides. ``from_kho``, ``reused`` and ``result_link`` are facts of the items that the
    exchange with the national portal leaves there.
    """
    known = catalogue or shipped_catalogue()
    after = ""
    while True:
        dossiers = session.execute(
            select(Dossier.id, Dossier.agency_code, Dossier.received_on, Dossier.procedure_code)
            .where(Dossier.id > after)
            .order_by(Dossier.id)
            .limit(_CHUNK)
        ).all()
        items = _items(session, [row[0] for row in dossiers])
        for dossier_id, agency, received_on, procedure in dossiers:
            yield _row(agency or "", received_on or "", procedure or "", items[dossier_id], known)
        if len(dossiers) < _CHUNK:
            return
        after = dossiers[-1][0]


_Item = tuple[str, int, dict[str, Any], bool]


def _items(session: Session, dossiers: list[str]) -> dict[str, list[_Item]]:
    """Kind, digitization state, facts and whether there is a file, of every item by dossier."""
    filed = exists(
        select(Version.id)
        .join(Document, Version.document_id == Document.id)
        .where(Document.item_id == Item.id)
        .correlate(Item)
    )
    found: dict[str, list[_Item]] = defaultdict(list)
    query = select(Item.dossier_id, Item.kind, Item.digitized_state, Item.paper_facts, filed).where(
        Item.dossier_id.in_(dossiers)
    )
    for dossier_id, kind, state, facts, has_file in session.execute(query):
        found[dossier_id].append((kind, state, facts or {}, bool(has_file)))
    return found


def _row(
    agency: str, received_on: str, procedure: str, items: list[_Item], catalogue: Catalogue
) -> DossierRow:
    components = [item for item in items if item[0] == ItemKind.COMPONENT]
    results = [item for item in items if item[0] == ItemKind.RESULT]
    schema = catalogue.procedure(procedure, day_of(received_on) or date.max)
    if schema is not None and schema.results:
        returns_paper = any(result.returns_paper for result in schema.results)
    else:
        returns_paper = bool(results)
    return DossierRow(
        agency=agency,
        received_on=received_on,
        returns_paper=returns_paper,
        component_file=any(has_file for _, _, _, has_file in components),
        result_file=any(has_file for _, _, _, has_file in results),
        reused=any(
            state in _REUSED or facts.get("reused") is True for _, state, facts, _ in components
        ),
        from_kho=any(facts.get("from_kho") is True for _, _, facts, _ in items),
        result_link=any(bool(facts.get("result_link")) for _, _, facts, _ in results),
    )
