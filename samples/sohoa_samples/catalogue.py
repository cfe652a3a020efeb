"""Procedures and their components as the samples know them: dated tables beside the code.

Component and result codes are those of the national portal's records (July 2026, checked:
secondary); codes with ``-TP`` are our own stand-ins where the portal gives none.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: Key in the tables for results digitized by plan: no procedure of today asked for them.
BY_PLAN = "KQ"


@dataclass(frozen=True, slots=True)
class Component:
    """A row of ``data/components.csv``."""

    procedure: str
    key: str
    code: str
    title: str
    kind: str
    submission: str


@cache
def components() -> dict[tuple[str, str], Component]:
    """Components and results by procedure and our short key."""
    text = files("sohoa_samples").joinpath("data/components.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    table = [Component(**{k: row[k] for k in Component.__dataclass_fields__}) for row in rows]
    return {(c.procedure, c.key): c for c in table}


@cache
def procedure_names() -> dict[str, str]:
    """Names of the procedures."""
    text = files("sohoa_samples").joinpath("data/procedures.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["code"]: row["name"] for row in rows}
