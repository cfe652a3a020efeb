"""Whole dossiers in plain text with everything that a check must say about them."""

from pathlib import Path

import pytest

from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.view_data import dossier_from_data
from sohoa_validators.yaml_lines import read_yaml

FILES = sorted((Path(__file__).parent / "data" / "golden").glob("*.yaml"))
#: What every dossier may say besides: not part of what these files are about.
BESIDES = ("dossier.component.unexpected",)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_findings_and_verdicts(path: Path) -> None:
    golden = read_yaml(path).data
    result = check_dossier(
        dossier_from_data(golden["dossier"]), on=golden["on"], catalogue=shipped_catalogue()
    )
    found = [[f.severity.value, f.rule, f.document] for f in result.findings]
    found = [one for one in found if one[1] not in BESIDES]
    assert sorted(found, key=str) == sorted(golden["findings"], key=str)
    judged = [[v.question, v.document, str(v.answer), v.branch] for v in result.verdicts]
    wanted = ("complete", "digitize", "still_valid")
    assert [one for one in judged if one[0] in wanted] == golden["verdicts"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_finding_cites_its_rule_set_and_fills_its_message(path: Path) -> None:
    golden = read_yaml(path).data
    result = check_dossier(
        dossier_from_data(golden["dossier"]), on=golden["on"], catalogue=shipped_catalogue()
    )
    for finding in result.findings:
        assert finding.rule_set == result.rule_set
        assert "{" not in finding.message.format(**finding.args)
    assert {verdict.on for verdict in result.verdicts} <= {golden["on"].isoformat()}


def test_there_are_golden_dossiers() -> None:
    assert len(FILES) >= 5
