"""The schemas at hand: shipped procedures, papers and rules, and the user's own over them.

A catalogue is read once per process and then only asked. A user's folder may hold
``procedures/*.yaml``, ``papers/*.yaml`` and ``rules/*.yaml``; a procedure replaces the shipped one
of the same code and ``valid_from``, a paper the shipped one of the same key, a rule the shipped
one of the same id (rules that are declared in code cannot be replaced).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sohoa_validators import own_rules as rules_module
from sohoa_validators import paper as paper_module
from sohoa_validators import schema as schema_module
from sohoa_validators.codes import code_key
from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.own_rules import OwnRule, RuleFile
from sohoa_validators.paper import Paper, PaperFile
from sohoa_validators.refusal import faults_of
from sohoa_validators.schema import Checked, Model, Procedure
from sohoa_validators.yaml_lines import Lined, Place, read_yaml

SHIPPED = Path(__file__).parent
_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True)
class KnownPaper:
    """A paper with the citation that holds for it, and its fields by name and alias."""

    paper: Paper
    source: str
    checked: Checked
    field_names: Mapping[str, str]


@dataclass(frozen=True)
class KnownRule:
    """A rule with the citation and the days that hold for it; ``file`` is where it stands."""

    rule: OwnRule
    source: str
    checked: Checked
    valid_from: date
    valid_to: date | None
    file: str


@dataclass(frozen=True)
class Catalogue:
    """Procedures by code, papers by key, rules of files; ``digest`` changes when any file does."""

    procedures: Mapping[str, tuple[Procedure, ...]]
    papers: Mapping[str, KnownPaper]
    papers_by_code: Mapping[str, KnownPaper]
    digest: str
    rules: tuple[KnownRule, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """Only the data travels to a worker; compiled rules stay behind."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def procedure(self, code: str, on: date) -> Procedure | None:
        """The version of a procedure in force on a day.

        ``code`` may be a local variant or a case code: they join on the first eight characters.
        A day before the first version gets the first one, because a dossier must still be
        checked against something; the caller sees that from ``in_force``.
        """
        versions = self.procedures.get(code.strip()[:8], ())
        for version in reversed(versions):
            if version.in_force(on):
                return version
        return versions[0] if versions and on < versions[0].valid_from else None

    def paper(self, doc_type: str, code: str = "") -> KnownPaper | None:
        """The paper of a document type, else of a result code."""
        return self.papers.get(doc_type) or self.papers_by_code.get(code_key(code))

    def codes(self) -> tuple[str, ...]:
        """Every procedure code, in order."""
        return tuple(sorted(self.procedures))


def read_procedure(path: Path) -> Procedure:
    """One procedure file; raises ``SchemaFileRefused`` with every fault in it."""
    lined = read_yaml(path)
    procedure = _model(Procedure, lined)
    _refuse(lined, schema_module.cross_faults(procedure))
    return procedure


def read_papers(path: Path) -> PaperFile:
    """One file of papers; raises ``SchemaFileRefused`` with every fault in it."""
    lined = read_yaml(path)
    file = _model(PaperFile, lined)
    _refuse(lined, paper_module.cross_faults(file))
    return file


def read_rules(path: Path, papers: Mapping[str, Paper], reserved: Iterable[str] = ()) -> RuleFile:
    """One file of rules, its expressions checked; raises ``SchemaFileRefused`` with every fault.

    ``papers`` are the papers that rules may name, ``reserved`` ids that are taken by code.
    """
    lined = read_yaml(path)
    file = _model(RuleFile, lined)
    faults = [*rules_module.cross_faults(file, papers)]
    taken = frozenset(reserved)
    for number, rule in enumerate(file.rules):
        if rule.id in taken:
            faults.append((("rules", number, "id"), f"{rule.id!r} is a rule of the program"))
    _refuse(lined, faults)
    return file


def _model(model: type[_M], lined: Lined) -> _M:
    try:
        return model.model_validate(lined.data)
    except ValidationError as error:
        raise SchemaFileRefused.of(faults_of(error, lined)) from error


def _refuse(lined: Lined, faults: Iterable[tuple[Place, str]]) -> None:
    found = [lined.fault(place, reason) for place, reason in faults]
    if found:
        raise SchemaFileRefused.of(found)


def load_catalogue(*folders: Path, shipped: bool = True) -> Catalogue:
    """Read the shipped files and then ``folders``, later ones replacing earlier ones.

    Raises ``SchemaFileRefused`` for the first bad file, before any dossier is read.
    """
    procedures: dict[tuple[str, date], Procedure] = {}
    papers: dict[str, KnownPaper] = {}
    rules: dict[str, KnownRule] = {}
    digest = hashlib.sha256()
    for folder in ((SHIPPED,) if shipped else ()) + folders:
        for path in _files(folder / "papers"):
            digest.update(path.read_bytes())
            file = read_papers(path)
            for paper in file.papers:
                papers[paper.key] = _known(paper, file)
        for path in _files(folder / "procedures"):
            digest.update(path.read_bytes())
            procedure = read_procedure(path)
            unknown = tuple(_unknown_papers(procedure, papers))
            if unknown:
                _refuse(read_yaml(path), unknown)
            procedures[procedure.code, procedure.valid_from] = procedure
        if rule_files := _files(folder / "rules"):
            models = {key: known.paper for key, known in papers.items()}
            for path in rule_files:
                digest.update(path.read_bytes())
                for found in _known_rules(path, models):
                    rules[found.rule.id] = found
    return _assemble(procedures, papers, tuple(rules.values()), digest.hexdigest()[:12])


@cache
def shipped_catalogue() -> Catalogue:
    """The shipped files only, read once per process."""
    return load_catalogue()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.yaml") if path.is_file())


def _known(paper: Paper, file: PaperFile) -> KnownPaper:
    names = {field.name: field.name for field in paper.fields}
    for field in paper.fields:
        for alias in field.aliases:
            names.setdefault(alias, field.name)
    return KnownPaper(paper, paper.source or file.source, paper.checked or file.checked, names)


def _known_rules(path: Path, papers: Mapping[str, Paper]) -> Iterator[KnownRule]:
    from sohoa_validators.rules.registry import declared_ids  # the registry asks for catalogues

    file = read_rules(path, papers, declared_ids())
    for rule in file.rules:
        yield KnownRule(
            rule,
            rule.source or file.source,
            rule.checked or file.checked,
            file.valid_from,
            file.valid_to,
            path.name,
        )


def _unknown_papers(
    procedure: Procedure, papers: Mapping[str, KnownPaper]
) -> Iterator[tuple[Place, str]]:
    for number, component in enumerate(procedure.components):
        for position, key in enumerate(component.papers):
            if key not in papers:
                yield ("components", number, "papers", position), f"no paper is called {key!r}"
    for number, result in enumerate(procedure.results):
        if result.paper is not None and result.paper not in papers:
            yield ("results", number, "paper"), f"no paper is called {result.paper!r}"


def _assemble(
    procedures: Mapping[tuple[str, date], Procedure],
    papers: Mapping[str, KnownPaper],
    rules: tuple[KnownRule, ...],
    digest: str,
) -> Catalogue:
    versions: dict[str, list[Procedure]] = {}
    for (code, _), procedure in sorted(procedures.items()):
        versions.setdefault(code, []).append(procedure)
    by_key: dict[str, KnownPaper] = {}
    by_code: dict[str, KnownPaper] = {}
    for known in papers.values():
        by_key[known.paper.key] = known
        for alias in known.paper.aliases:
            by_key.setdefault(alias, known)
        for code in known.paper.codes:
            by_code.setdefault(code_key(code), known)
    frozen = {code: tuple(found) for code, found in versions.items()}
    return Catalogue(frozen, by_key, by_code, digest, rules)
