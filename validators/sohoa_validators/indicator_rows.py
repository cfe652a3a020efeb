"""From the records to the rows that the national indicators count."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from sohoa_core.records import Document, Dossier, Item
from sohoa_validators.indicators import DossierRow
from sohoa_validators.view import ItemKind, Reuse

_CHUNK = 500


def rows_of(session: Session) -> Iterator[DossierRow]:
    """One row a dossier, read in chunks (flat memory).

    Whether a procedure returns a paper is taken from the dossier itself: it has a result item.
    Links to the national portal are not recorded yet, so ``result_link`` and ``from_kho`` are
    what the items' facts say.
    """
    after = ""
    while True:
        dossiers = session.scalars(
            select(Dossier)
            .where(Dossier.id > after)
            .order_by(Dossier.id)
            .limit(_CHUNK)
            .options(
                selectinload(Dossier.items)
                .selectinload(Item.documents)
                .selectinload(Document.versions)
            )
        ).all()
        for dossier in dossiers:
            yield _row(dossier)
        if len(dossiers) < _CHUNK:
            return
        after = dossiers[-1].id
        session.expunge_all()


def _row(dossier: Dossier) -> DossierRow:
    def has_file(item: Item) -> bool:
        return any(document.versions for document in item.documents)

    components = [item for item in dossier.items if item.kind == ItemKind.COMPONENT]
    results = [item for item in dossier.items if item.kind == ItemKind.RESULT]
    reused = (Reuse.FROM_COMPONENT, Reuse.FROM_RESULT)
    return DossierRow(
        agency=dossier.agency_code or "",
        received_on=dossier.received_on or "",
        returns_paper=bool(results),
        component_file=any(has_file(item) for item in components),
        result_file=any(has_file(item) for item in results),
        reused=any(item.digitized_state in reused for item in components),
        from_kho=any(item.paper_facts.get("from_kho") for item in dossier.items),
        result_link=any(item.paper_facts.get("result_link") for item in results),
    )
