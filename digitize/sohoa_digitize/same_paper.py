"""Which other papers of the records are the same as one that just came in.

Of two papers that are the same, the later by dossier and name carries the finding, whichever
was finished first, so that a run with many workers says the same as one without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sohoa_core.facts import FindingFact, Role
from sohoa_core.records import Document, Dossier, Finding, Item, Version
from sohoa_digitize.duplicates import alike
from sohoa_digitize.findings import finding

#: More papers with the same bytes than this are not all named.
_MOST = 20


def same_papers(
    session: Session,
    dossier: Dossier,
    document: Document,
    *,
    sha256: str,
    look: list[object] | None,
    pages: Sequence[int] | None = None,
) -> list[FindingFact]:
    """Findings about ``document``; findings that belong to earlier papers' twins are written.

    ``pages`` are those of the original that the document consists of, when it is a part of one.
    """
    mine: list[FindingFact] = []
    own = (dossier.code, document.name)
    for other, code in _same_bytes(session, document, sha256, pages):
        if (code, other.name) < own:
            mine.append(finding("digitize.duplicate", other=other.name, dossier=code))
        else:
            fact = finding("digitize.duplicate", other=document.name, dossier=dossier.code)
            _tell(session, other, fact)
    if look is None:
        return mine
    for other, theirs in _looks(session, dossier, document, sha256, pages):
        if not alike(look, theirs):
            continue
        if other.name < document.name:
            mine.append(finding("digitize.near_duplicate", other=other.name))
        else:
            _tell(session, other, finding("digitize.near_duplicate", other=document.name))
    return [replace(fact, page=1) for fact in mine]


def _same_bytes(
    session: Session, document: Document, sha256: str, pages: Sequence[int] | None
) -> list[tuple[Document, str]]:
    rows = session.execute(
        select(Document, Dossier.code, Version.how)
        .join(Version, Version.document_id == Document.id)
        .join(Item, Document.item_id == Item.id)
        .join(Dossier, Item.dossier_id == Dossier.id)
        .where(Version.role == Role.ORIGINAL, Version.sha256 == sha256, Document.id != document.id)
        .order_by(Dossier.code, Document.name)
    )
    # Papers of one pile share its bytes; the same paper are only those of the same pages.
    wanted = list(pages) if pages else None
    same = ((other, code) for other, code, how in rows if (how or {}).get("pages") == wanted)
    return list(islice(same, _MOST))


def _looks(
    session: Session,
    dossier: Dossier,
    document: Document,
    sha256: str,
    pages: Sequence[int] | None,
) -> list[tuple[Document, list[object]]]:
    """First pages of the other papers of the dossier, but for those with the same bytes."""
    twins = {other.id for other, _ in _same_bytes(session, document, sha256, pages)}
    rows = session.execute(
        select(Document, Version.how)
        .join(Version, Version.document_id == Document.id)
        .join(Item, Document.item_id == Item.id)
        .where(
            Item.dossier_id == dossier.id,
            Version.role == Role.ARCHIVAL,
            Document.id != document.id,
        )
        .order_by(Document.name, Version.created_at)
    )
    newest: dict[str, tuple[Document, list[object]]] = {}
    for other, how in rows:
        seen = how.get("look")
        if isinstance(seen, list) and other.id not in twins:
            newest[other.id] = (other, seen)
    return list(newest.values())


def _tell(session: Session, other: Document, fact: FindingFact) -> None:
    """Write a finding about another paper, once."""
    item = other.item
    dossier_id = item.dossier_id if item is not None else None
    same = [Finding.document_id == other.id, Finding.rule == fact.rule]
    for known in session.scalars(select(Finding).where(*same)):
        if known.args == fact.args:
            session.execute(delete(Finding).where(Finding.id == known.id))
    session.add(
        Finding(
            stage="digitize",
            dossier_id=dossier_id,
            document_id=other.id,
            rule=fact.rule,
            severity=fact.severity,
            message=fact.message,
            args=fact.args,
            verified=fact.verified,
            page=1,
        )
    )
