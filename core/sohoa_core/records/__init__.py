"""The records: one model for everything that the parts exchange (design, section 3)."""

from sohoa_core.records.base import Base
from sohoa_core.records.batches import Batch, BatchItem, BatchState, ItemState
from sohoa_core.records.documents import Document, Field, Page, SignatureRecord, Version
from sohoa_core.records.dossiers import Dossier, DossierAlias, Item, ItemEvent
from sohoa_core.records.journal_entry import JournalEntry
from sohoa_core.records.judgements import Finding, Verdict
from sohoa_core.records.parties import Party, PartyAddress, PartyIdentifier
from sohoa_core.records.sources import RejectedRow, SourceRow

__all__ = [
    "Base",
    "Batch",
    "BatchItem",
    "BatchState",
    "Document",
    "Dossier",
    "DossierAlias",
    "Field",
    "Finding",
    "Item",
    "ItemEvent",
    "ItemState",
    "JournalEntry",
    "Page",
    "Party",
    "PartyAddress",
    "PartyIdentifier",
    "RejectedRow",
    "SignatureRecord",
    "SourceRow",
    "Verdict",
    "Version",
]
