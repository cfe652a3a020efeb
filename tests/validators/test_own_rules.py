"""Rules in files: shipped ones hold, users' own speak and replace, wrong ones are refused."""

import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sohoa_core.facts import FieldFact, FindingFact, Source
from sohoa_validators.catalogue import SHIPPED, load_catalogue, shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.examples import Example, example_faults, own_examples, sound_dossiers
from sohoa_validators.view import DossierView, ItemView
from sohoa_validators.wording import VI, say

REFUSED = sorted((Path(__file__).parent / "data" / "refused_rules").glob("*.yaml"))
HEADER = re.compile(r"# line (\d+): (.*)")
EXAMPLES = [example for known in shipped_catalogue().rules for example in own_examples(known)]

OWN = """\
schema: sohoa/rules/1
valid_from: 2026-01-01
source: Quy chế của cơ quan
checked: verified
checked_on: 2026-11-20
rules:
  - id: document.own.two_pages
    papers: [birth_declaration]
    severity: error
    message: {vi: '{title}: chỉ có {pages} trang.', en: '{title}: only {pages} pages.'}
    show: {pages: item.pages}
    holds: item.pages >= 2
    passes: {set: {items.declaration.pages: 2}}
    fails: {set: {items.declaration.pages: 1}}
"""


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def said(view: DossierView, tmp_path: Path, text: str = OWN) -> list[FindingFact]:
    catalogue = load_catalogue(folder(tmp_path, text))
    on = next(iter(sound_dossiers()))[2]
    result = check_dossier(view, on=on, catalogue=catalogue)
    return [finding for finding in result.findings if ".own." in finding.rule]


def birth() -> DossierView:
    return next(iter(sound_dossiers()))[1]


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda e: f"{e.rule}-{'fails' if e.fails else 'passes'}"
)
def test_example(example: Example) -> None:
    result = check_dossier(example.view, on=example.on, catalogue=shipped_catalogue())
    spoke = [finding for finding in result.findings if finding.rule == example.rule]
    assert bool(spoke) is example.fails
    for finding in spoke:
        for lang in ("vi", "en"):
            text = say(finding.message, finding.args, lang)
            assert "{" not in text and "?" not in text
        assert finding.basis


def test_shipped_rules_are_in_both_languages() -> None:
    for known in shipped_catalogue().rules:
        assert known.rule.message.vi != known.rule.message.en
        assert known.source and known.file.endswith(".yaml")


def test_a_users_rule_speaks_in_both_languages(tmp_path: Path) -> None:
    (finding,) = said(birth(), tmp_path)
    assert finding.severity == "error"
    assert finding.basis == "Quy chế của cơ quan"
    assert say(finding.message, finding.args, "vi").endswith(": chỉ có 1 trang.")
    assert say(finding.message, finding.args, "en").endswith(": only 1 pages.")


def test_a_rule_speaks_only_of_its_time(tmp_path: Path) -> None:
    old = tuple(replace(item, issued_on="2025-12-31") for item in birth().items)
    assert not said(replace(birth(), items=old), tmp_path)


def test_a_rule_speaks_only_of_its_procedures(tmp_path: Path) -> None:
    text = OWN.replace("    severity", '    procedures: ["1.000894"]\n    severity')
    assert not said(birth(), tmp_path, text)


def test_doubtful_values_raise_review_only(tmp_path: Path) -> None:
    text = OWN.replace("item.pages >= 2", "fields.full_name == 'X'").replace(
        "    show: {pages: item.pages}", "    show: {pages: fields.full_name}\n    place: full_name"
    )
    fact = FieldFact("full_name", "Nguyen", "Nguyen", 0.5, Source.OCR, 1, (10.0, 10.0, 50.0, 15.0))
    items = tuple(
        replace(i, fields={**i.fields, "full_name": fact}) if i.id == "declaration" else i
        for i in birth().items
    )
    (finding,) = said(replace(birth(), items=items), tmp_path, text)
    assert finding.severity == "review"
    assert (finding.field_name, finding.page, finding.box) == ("full_name", 1, fact.box)


def test_a_users_rule_replaces_the_shipped_one_of_its_id(tmp_path: Path) -> None:
    shipped = (SHIPPED / "rules" / "civil_status.yaml").read_text(encoding="utf-8")
    catalogue = load_catalogue(
        folder(tmp_path, shipped.replace("birth_date, 13)", "birth_date, 40)"))
    )
    assert len(catalogue.rules) == len(shipped_catalogue().rules)
    assert catalogue.digest != shipped_catalogue().digest
    failed = dict(example_faults(catalogue, declared=False))
    assert "document.birth.father_age" in failed


def test_examples_that_do_not_hold_are_named(tmp_path: Path) -> None:
    wrong = OWN.replace("pages: 2}}", "pages: 1}}")
    catalogue = load_catalogue(folder(tmp_path, wrong))
    assert [*example_faults(catalogue, declared=False)] == [
        ("document.own.two_pages", "it speaks on its example “passes”")
    ]


def test_examples_that_cannot_be_made_are_named(tmp_path: Path) -> None:
    wrong = OWN.replace("items.declaration.pages: 2", "items.nobody.pages: 2")
    catalogue = load_catalogue(folder(tmp_path, wrong))
    ((rule, reason),) = example_faults(catalogue, declared=False)
    assert rule == "document.own.two_pages" and "cannot be made" in reason


def test_a_rule_that_runs_too_long_asks_a_person(tmp_path: Path) -> None:
    text = """\
schema: sohoa/rules/1
valid_from: 2026-01-01
source: Quy chế
checked: verified
checked_on: 2026-11-20
rules:
  - id: dossier.own.pairs
    severity: error
    message: {vi: sai, en: wrong}
    holds: items.all(a, items.all(b, a.id != "" && b.id != ""))
    passes: {}
    fails: {}
"""
    many = tuple(ItemView(str(number)) for number in range(300))
    (finding,) = said(replace(birth(), items=many), tmp_path, text)
    assert finding.severity == "review"
    assert finding.args["rule"] == "dossier.own.pairs" and VI not in finding.args


def test_compiled_rules_do_not_travel() -> None:
    catalogue = shipped_catalogue()
    check_dossier(birth(), on=next(iter(sound_dossiers()))[2], catalogue=catalogue)
    assert len(pickle.loads(pickle.dumps(catalogue)).rules) == len(catalogue.rules)


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_wrong_files_are_refused_with_line_and_reason(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = HEADER.match(text)
    assert header is not None
    with pytest.raises(SchemaFileRefused) as caught:
        load_catalogue(folder(tmp_path, text))
    faults = caught.value.faults
    assert any(f"mine.yaml:{header[1]} " in fault for fault in faults), faults
    assert header[2] in str(faults)


def test_all_kinds_of_wrong_files_are_there() -> None:
    assert len(REFUSED) >= 15
