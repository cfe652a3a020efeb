"""Every rule speaks on its failing example and is silent on its passing one."""

import pytest

from sohoa_core.facts import Severity
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.examples import Example, examples, sound_dossiers
from sohoa_validators.rules.registry import Layer, rules

EXAMPLES = list(examples())


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda e: f"{e.rule}-{'fails' if e.fails else 'passes'}"
)
def test_example(example: Example) -> None:
    result = check_dossier(example.view, on=example.on, catalogue=shipped_catalogue())
    spoke = {finding.rule for finding in result.findings}
    assert (example.rule in spoke) is example.fails


def test_every_rule_has_both_examples() -> None:
    declared = {rule.id for rule in rules()}
    assert {e.rule for e in EXAMPLES if e.fails} == declared
    assert {e.rule for e in EXAMPLES if not e.fails} == declared


def test_sound_dossiers_are_sound() -> None:
    for name, view, on in sound_dossiers():
        result = check_dossier(view, on=on, catalogue=shipped_catalogue())
        grave = [f.rule for f in result.findings if f.severity is not Severity.INFO]
        assert not grave, name
        assert not result.needs_person


def test_a_rule_says_where_it_belongs() -> None:
    for rule in rules():
        assert rule.layer in Layer
        assert rule.id.split(".")[0] == rule.layer.value
        assert rule.message and rule.message[0] != " "
