"""What a dossier is before it lies in the inbox: its papers, its parties, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sohoa_samples.people import Person
from sohoa_samples.sheet import Paper


@dataclass(frozen=True, slots=True)
class Item:
    """One paper in its role: component or result, submitted or only shown."""

    paper: Paper
    kind: str
    component: str
    submission: str
    agency: str
    owner: Person
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """Something planted on purpose (lỗi cài sẵn) and where it shows."""

    code: str
    detail: str
    component: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """One invented dossier; ``expected`` are the component codes its procedure asks for."""

    code: str
    procedure: str
    procedure_name: str
    case: str
    received: date
    agency: str
    agency_name: str
    owner: Person
    parties: tuple[tuple[str, Person], ...]
    items: tuple[Item, ...]
    expected: tuple[str, ...]
    faults: tuple[Fault, ...] = field(default=())
