"""The register: every datum of the shipped files as one flat line, kept beside the tests.

The shipped files are law as data; a slip in one of them would change verdicts silently. The
register says each datum a second time, so that a change has to be meant:
``python tests/validators/register.py`` writes it anew, and the difference is there to be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sohoa_validators import legal
from sohoa_validators.catalogue import Catalogue, shipped_catalogue
from sohoa_validators.rules.registry import rules
from sohoa_validators.schema import Model

FOLDER = Path(__file__).parent / "data" / "register"


def flat(path: str, value: Any) -> Iterator[str]:
    """``value`` as lines ``path = leaf``."""
    if isinstance(value, Model):
        value = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from flat(f"{path}.{key}", one)
    elif isinstance(value, list | tuple):
        if value and not any(isinstance(one, Mapping | list) for one in value):
            yield f"{path} = {', '.join(map(str, value))}"
            return
        for number, one in enumerate(value):
            named = (
                one.get("id") or one.get("key") or one.get("code") if isinstance(one, dict) else ""
            )
            yield from flat(f"{path}[{number}{':' if named else ''}{named}]", one)
    else:
        yield f"{path} = {value}"


def procedures(catalogue: Catalogue) -> Iterator[str]:
    for code in catalogue.codes():
        for found in catalogue.procedures[code]:
            yield from flat(code, found)


def papers(catalogue: Catalogue) -> Iterator[str]:
    seen = set()
    for known in catalogue.papers.values():
        if known.paper.key not in seen:
            seen.add(known.paper.key)
            yield from flat(known.paper.key, known.paper)
            yield f"{known.paper.key} < {known.source} ({known.checked.value})"


def rule_files(catalogue: Catalogue) -> Iterator[str]:
    for known in catalogue.rules:
        yield from flat(known.rule.id, known.rule)
        yield f"{known.rule.id} < {known.source} ({known.checked.value}) {known.valid_from}"


def declared() -> Iterator[str]:
    for rule in rules():
        yield f"{rule.id} {rule.severity.value} {rule.checked.value} < {rule.basis}"


def laws() -> Iterator[str]:
    for load in (
        legal.validity, legal.scan, legal.equivalence, legal.minimum_metadata, legal.calendar,
        legal.indicators,
    ):  # fmt: skip
        yield from flat(load.__name__, load())
    yield from flat("field_names", {key: v.model_dump() for key, v in legal.field_names().items()})


def written(catalogue: Catalogue) -> dict[str, str]:
    """The register as it must read, by file name."""
    return {
        f"{name}.txt": "\n".join(lines) + "\n"
        for name, lines in (
            ("procedures", procedures(catalogue)),
            ("papers", papers(catalogue)),
            ("rules", rule_files(catalogue)),
            ("declared_rules", declared()),
            ("laws", laws()),
        )
    }


if __name__ == "__main__":
    import sohoa_validators.check  # noqa: F401 - its import declares the rules

    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in written(shipped_catalogue()).items():
        (FOLDER / name).write_text(text, encoding="utf-8")
