"""The examples of the rules: for each one a dossier that passes and one that fails.

Those of declared rules are data beside them (``rules/examples/*.yaml``), those of rules in files
stand with the rule. All run as tests and in ``sohoa procedures check``. An example is a sound
dossier of ``base.yaml`` with a few values set, items dropped or added, or a whole dossier.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sohoa_validators.catalogue import Catalogue, KnownRule
from sohoa_validators.check import check_dossier
from sohoa_validators.errors import DossierDataWrong
from sohoa_validators.own_rules import RuleExample
from sohoa_validators.view import DossierView
from sohoa_validators.view_data import dossier_from_data
from sohoa_validators.yaml_lines import read_yaml

FOLDER = Path(__file__).parent / "rules" / "examples"


@dataclass(frozen=True)
class Example:
    """One example: the rule, whether it must speak, the dossier and the day."""

    rule: str
    fails: bool
    view: DossierView
    on: date


@cache
def _base() -> dict[str, Any]:
    loaded: dict[str, Any] = read_yaml(FOLDER / "base.yaml").data
    return loaded


def sound_dossiers() -> Iterator[tuple[str, DossierView, date]]:
    """The dossiers on which no rule finds anything graver than information."""
    for name, data in _base()["dossiers"].items():
        yield name, dossier_from_data(data), _base()["on"]


def examples() -> Iterator[Example]:
    """Every example of every rule."""
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name == "base.yaml":
            continue
        for entry in read_yaml(path).data:
            data = _base()["dossiers"][entry.get("base", "birth")]
            on = entry.get("on", _base()["on"])
            for key in ("fails", "passes"):
                view = dossier_from_data(changed(data, entry[key]))
                yield Example(entry["rule"], key == "fails", view, on)


def own_examples(known: KnownRule) -> Iterator[Example]:
    """The examples of a rule that stands in a file.

    Raises ``DossierDataWrong``, ``KeyError`` or ``IndexError`` when an example names what is not
    there.
    """
    for given, fails in known.rule.examples():
        yield Example(known.rule.id, fails, _view(given), given.on or _base()["on"])


def _view(given: RuleExample) -> DossierView:
    data = given.dossier if given.dossier is not None else _base()["dossiers"][given.base]
    change = {"set": given.set_, "drop": given.drop, "add": given.add}
    return dossier_from_data(changed({"items": [], **data}, change))


def example_faults(catalogue: Catalogue, *, declared: bool = True) -> Iterator[tuple[str, str]]:
    """Every rule whose examples do not hold: (id, reason). ``declared``: those of code too."""
    found: list[Example] = [*examples()] if declared else []
    for known in catalogue.rules:
        try:
            found.extend(own_examples(known))
        except (DossierDataWrong, KeyError, IndexError, ValueError, TypeError) as error:
            reason = error.message("en") if isinstance(error, DossierDataWrong) else str(error)
            yield known.rule.id, f"its example cannot be made: {reason}"
    for example in found:
        result = check_dossier(example.view, on=example.on, catalogue=catalogue)
        spoke = any(finding.rule == example.rule for finding in result.findings)
        if spoke is not example.fails:
            which = "fails" if example.fails else "passes"
            said = "speaks on" if spoke else "is silent on"
            yield example.rule, f"it {said} its example “{which}”"


def changed(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A copy of a dossier's data with ``set``, ``drop`` and ``add`` applied."""
    made = copy.deepcopy(data)
    dropped = set(change.get("drop", ()))
    made["items"] = [item for item in made["items"] if item["id"] not in dropped]
    for path, value in change.get("set", {}).items():
        _set(made, path.split("."), value)
    made["items"].extend(change.get("add", ()))
    return made


def _set(data: Any, steps: list[str], value: Any) -> None:
    first, *rest = steps
    if isinstance(value, dict) and set(value) == {"repeat", "times"}:
        value = value["repeat"] * value["times"]
    if not rest:
        data[first] = value
    elif isinstance(data, list):
        named = {one["id"]: one for one in data if isinstance(one, dict) and "id" in one}
        _set(named[first] if first in named else data[int(first)], rest, value)
    else:
        _set(data[first], rest, value)
