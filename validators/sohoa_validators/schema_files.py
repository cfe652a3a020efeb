"""The published JSON Schemas: generated from the models, so editors check what we check."""

from __future__ import annotations

import json
from pathlib import Path

from sohoa_validators.own_rules import RuleFile
from sohoa_validators.paper import PaperFile
from sohoa_validators.schema import Model, Procedure, json_schema

FOLDER = Path(__file__).parent
PUBLISHED: dict[str, type[Model]] = {
    "procedure.schema.json": Procedure,
    "papers.schema.json": PaperFile,
    "rules.schema.json": RuleFile,
}


def schema_text(model: type[Model]) -> str:
    """The JSON Schema of ``model`` exactly as its file must read."""
    return json.dumps(json_schema(model), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_schemas(folder: Path = FOLDER) -> tuple[Path, ...]:
    """Write every published schema anew; to be run when a model changes."""
    written = []
    for name, model in PUBLISHED.items():
        path = folder / name
        path.write_text(schema_text(model), encoding="utf-8")
        written.append(path)
    return tuple(written)
