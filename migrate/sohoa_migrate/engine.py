"""One pass over the source: the same decisions for a dry run and for a run.

For each chunk of rows: map, look up what is known of them, settle what they refer to and the
codes they claim, read and check their files, and decide: insert, update, unchanged, reject or
ignore. Writing is somebody else's work (:mod:`sohoa_migrate.apply`).
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, select

from sohoa_core.records import Dossier, RejectedRow, SourceRow
from sohoa_core.records.store import Store
from sohoa_core.vault import Vault
from sohoa_migrate.ledger import ACCEPTED, LEFT_OUT, Ledger
from sohoa_migrate.mapping.expressions import Invalid
from sohoa_migrate.mapping.model import OnMissing
from sohoa_migrate.outcome import Made, Refused, Skipped, record_id
from sohoa_migrate.prepare import Mapper, Prepared
from sohoa_migrate.reasons import ITEM_STAGE, finding
from sohoa_migrate.sources.files import FileReader, SeenFile
from sohoa_migrate.sources.rows import Feed, Line, row_hash
from sohoa_migrate.targets import MAIN_TABLES

_sources = cast(Table, SourceRow.__table__)
_rejects = cast(Table, RejectedRow.__table__)
_dossiers = cast(Table, Dossier.__table__)


class Action(enum.StrEnum):
    """What happens to a source row."""

    INSERT = "insert"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REJECT = "reject"
    IGNORE = "ignore"


@dataclass(slots=True)
class Decision:
    """One row and what happens to it.

    ``fresh`` tells whether a rejection is not on record yet; ``resolved`` are the reasons of
    earlier runs that no longer hold.
    """

    line: Line
    action: Action
    outcome: Made | Refused | Skipped
    seen_files: list[SeenFile] = field(default_factory=list)
    fresh: bool = True
    resolved: tuple[str, ...] = ()

    @property
    def made(self) -> Made:
        """The record; only for accepted rows."""
        assert isinstance(self.outcome, Made)
        return self.outcome


class Pass:
    """One pass over a prepared source against a store (``None``: an empty one)."""

    def __init__(
        self,
        prepared: Prepared,
        store: Store | None,
        *,
        vault: Vault | None,
        chunk: int,
    ) -> None:
        self.prepared = prepared
        self.store = store
        self.chunk = chunk
        limits = prepared.mapping.model.limits
        self.files = FileReader(
            prepared.folder,
            prepared.vault,
            vault=vault,
            largest=limits.file_megabytes * 1_000_000,
        )
        self.ledger = Ledger()
        self._digest = hashlib.sha256(prepared.lists_hash.encode())
        self._hashed: set[str] = set()

    def close(self) -> None:
        """Throw the scratch data away."""
        self.ledger.close()

    @property
    def fingerprint(self) -> str:
        """The hash of everything read: complete after the pass."""
        return self._digest.hexdigest()

    def run(self) -> Iterator[tuple[Feed, list[Decision]]]:
        """Decide about every row, chunk by chunk, in the order of the rules."""
        for feed, mapper in self.prepared.feeds:
            first = feed.table not in self._hashed
            self._hashed.add(feed.table)
            if first:
                self._digest.update(f"\x1e{feed.table}".encode())
            for lines in feed.chunks(self.chunk):
                if first:
                    self._digest.update("".join(line.hash for line in lines).encode())
                yield feed, self._decide(feed, mapper, lines)

    # --- one chunk ----------------------------------------------------------------------------

    def _decide(self, feed: Feed, mapper: Mapper, lines: list[Line]) -> list[Decision]:
        decisions = [
            Decision(line, _first_action(outcome), outcome)
            for line in lines
            for outcome in (mapper.map(line),)
        ]
        known = self._known(feed, [line.key for line in lines])
        self._settle_needs(feed, decisions)
        self._settle_claims(feed, decisions, known)
        mapping_hash = self.prepared.mapping.hash
        for decision in decisions:
            if not isinstance(decision.outcome, Made):
                continue
            before = known.rows.get(decision.line.key)
            if before is None:
                decision.action = Action.INSERT
            elif before == (decision.line.hash, mapping_hash):
                decision.action = Action.UNCHANGED
                continue
            else:
                decision.action = Action.UPDATE
            self._take_files(decision)
        for decision in decisions:
            earlier = known.rejects.get(decision.line.key, {})
            reason = None
            if isinstance(decision.outcome, Refused):
                reason = decision.outcome.reason
                before_hash, before_mapping, targets = earlier.get(reason, ("", "", ()))
                decision.fresh = feed.target not in targets or (
                    (before_hash, before_mapping) != (decision.line.hash, mapping_hash)
                )
            decision.resolved = tuple(
                old
                for old, (_hash, _mapping, targets) in earlier.items()
                if feed.target in targets and old != reason
            )
        self._remember(feed, decisions)
        return decisions

    def _known(self, feed: Feed, keys: list[str]) -> _Known:
        known = _Known()
        if self.store is None:
            return known
        system = self.prepared.system
        with self.store.read() as session:
            for row in session.execute(
                select(_sources.c.source_key, _sources.c.row_hash, _sources.c.mapping_hash).where(
                    _sources.c.system == system,
                    _sources.c.source_table == feed.table,
                    _sources.c.target_kind == feed.target,
                    _sources.c.source_key.in_(keys),
                )
            ):
                known.rows[row.source_key] = (row.row_hash, row.mapping_hash)
            for reject in session.execute(
                select(
                    _rejects.c.source_key,
                    _rejects.c.reason,
                    _rejects.c.raw,
                    _rejects.c.args,
                    _rejects.c.mapping_hash,
                ).where(
                    _rejects.c.system == system,
                    _rejects.c.source_table == feed.table,
                    _rejects.c.source_key.in_(keys),
                )
            ):
                found = known.rejects.setdefault(reject.source_key, {})
                targets = tuple(reject.args.get("targets", ()))
                found[reject.reason] = (row_hash(reject.raw), reject.mapping_hash, targets)
        return known

    def _settle_needs(self, feed: Feed, decisions: list[Decision]) -> None:
        wanted = [
            need.id
            for decision in decisions
            if isinstance(decision.outcome, Made)
            for need in decision.outcome.needs
        ]
        if not wanted:
            return
        states = self.ledger.states(list(dict.fromkeys(wanted)))
        for decision in decisions:
            made = decision.outcome
            if not isinstance(made, Made):
                continue
            for need in made.needs:
                state = states.get(need.id)
                if state == ACCEPTED:
                    made.record[need.column] = need.id
                    continue
                reason = "parent.missing" if state is None else "parent.rejected"
                args = {"field": need.column, "table": need.table}
                if need.on_missing is OnMissing.REJECT:
                    _refuse(decision, reason, args)
                    break
                made.record[need.column] = None
                if need.on_missing is OnMissing.NOTE:
                    made.notes.append({"code": reason, **args})
                    made.reviews.append(reason)
                    if feed.target == "dossier":
                        made.children.setdefault("findings", []).append(
                            finding(made.id, reason, args)
                        )

    def _settle_claims(self, feed: Feed, decisions: list[Decision], known: _Known) -> None:
        """Nothing is taken twice: neither a record id nor a dossier code."""
        accepted = [d for d in decisions if isinstance(d.outcome, Made)]
        ids = [decision.made.id for decision in accepted]
        done = self.ledger.states(ids)
        names = [decision.made.unique for decision in accepted if decision.made.unique]
        holders = self.ledger.holders(names)
        occupied = self._occupied(feed, accepted)
        strangers = self._strangers(feed, ids, known, decisions)
        claims: list[tuple[str, str]] = []
        for decision in accepted:
            made = decision.made
            if made.id in done:
                decision.line.key = f"{decision.line.key[:200]}#{decision.line.hash[:16]}"
                _refuse(decision, "key.duplicate", {})
                continue
            if made.id in strangers:
                _refuse(decision, "record.exists", {})
                continue
            done[made.id] = ACCEPTED
            if made.unique is None:
                continue
            holder = holders.get(made.unique) or occupied.get(made.unique)
            if holder is not None and holder != made.id:
                _refuse(decision, "dossier.code_taken", {"field": "code"})
                continue
            holders[made.unique] = made.id
            claims.append((made.unique, made.id))
        if claims:
            self.ledger.take(claims)

    def _occupied(self, feed: Feed, accepted: list[Decision]) -> dict[str, str]:
        """Codes of the chunk that dossiers in the store have already."""
        if self.store is None or feed.target != "dossier" or not accepted:
            return {}
        codes = [decision.made.record["code"] for decision in accepted]
        with self.store.read() as session:
            found = session.execute(
                select(_dossiers.c.code, _dossiers.c.source_system, _dossiers.c.id).where(
                    _dossiers.c.code.in_(codes)
                )
            ).all()
        return {f"{row.code}\x1f{row.source_system}": row.id for row in found}

    def _strangers(
        self, feed: Feed, ids: list[str], known: _Known, decisions: list[Decision]
    ) -> set[str]:
        """Ids of the chunk that are in the store without our having put them there.

        Only a source that keeps its own ids can meet them.
        """
        if self.store is None or not self.prepared.keeps_ids:
            return set()
        table = MAIN_TABLES[feed.target]
        ours = {
            decision.made.id
            for decision in decisions
            if isinstance(decision.outcome, Made) and decision.line.key in known.rows
        }
        with self.store.read() as session:
            found = set(session.scalars(select(table.c.id).where(table.c.id.in_(ids))))
        return found - ours

    def _take_files(self, decision: Decision) -> None:
        made = decision.made
        for place in made.files:
            try:
                seen = self.files.take(place.wanted)
            except Invalid as fault:
                missing = fault.code == "file.missing"
                if place.on_missing is OnMissing.REJECT if missing else place.reject_invalid:
                    _refuse(decision, fault.code, {"field": "file", **fault.args_by_name})
                    return
                made.notes.append({"field": "file", "code": fault.code})
                made.reviews.append(fault.code)
                if "dossier_id" in made.record:
                    made.children.setdefault("findings", []).append(
                        finding(
                            made.record["dossier_id"],
                            fault.code,
                            {"field": "file"},
                            stage=ITEM_STAGE,
                            about=made.id,
                        )
                    )
                _document(made, place.document)
                continue
            decision.seen_files.append(seen)
            _document(made, place.document)
            version_id = place.version.get("id") or record_id(
                place.version["document_id"], place.version["role"], seen.sha256
            )
            made.children.setdefault("versions", []).append(
                {
                    **place.version,
                    "id": version_id,
                    "sha256": seen.sha256,
                    "size": seen.size,
                    "how": place.version.get("how", {"digest": place.wanted.algorithm or ""}),
                }
            )

    def _remember(self, feed: Feed, decisions: list[Decision]) -> None:
        states = []
        for decision in decisions:
            if isinstance(decision.outcome, Made):
                states.append((decision.made.id, ACCEPTED))
                states += [(also, ACCEPTED) for _kind, also in decision.made.also]
            else:
                place = (self.prepared.system, feed.table, decision.line.key, feed.target)
                own = decision.line.key if self.prepared.keeps_ids else record_id(*place)
                states.append((own, LEFT_OUT))
        self.ledger.put(states)


@dataclass(slots=True)
class _Known:
    rows: dict[str, tuple[str, str]] = field(default_factory=dict)
    rejects: dict[str, dict[str, tuple[str, str, tuple[str, ...]]]] = field(default_factory=dict)


def _first_action(outcome: Made | Refused | Skipped) -> Action:
    if isinstance(outcome, Made):
        return Action.INSERT
    return Action.REJECT if isinstance(outcome, Refused) else Action.IGNORE


def _refuse(decision: Decision, reason: str, args: dict[str, Any]) -> None:
    decision.outcome = Refused(reason, args)
    decision.action = Action.REJECT


def _document(made: Made, document: dict[str, Any] | None) -> None:
    if document is None:
        return
    rows = made.children.setdefault("documents", [])
    if all(row["id"] != document["id"] for row in rows):
        rows.append(document)
        made.also.append(("document", document["id"]))


def fingerprint_of(prepared: Prepared, chunk: int) -> str:
    """The fingerprint of a source without deciding anything: for a plan made earlier."""
    digest = hashlib.sha256(prepared.lists_hash.encode())
    seen: set[str] = set()
    for feed, _mapper in prepared.feeds:
        if feed.table in seen:
            continue
        seen.add(feed.table)
        digest.update(f"\x1e{feed.table}".encode())
        for lines in feed.chunks(chunk):
            digest.update("".join(line.hash for line in lines).encode())
    return digest.hexdigest()
