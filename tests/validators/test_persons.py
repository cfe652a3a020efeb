"""Who the owner of a dossier is among the persons of its papers."""

from datetime import date

import pytest

from sohoa_core.facts import FieldFact, FindingFact, Severity, Source
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.view import DossierView, ItemView, PartyView


def field(name: str, value: str, source: Source = Source.PERSON, sure: float = 1.0) -> FieldFact:
    return FieldFact(name, value, value, sure, source)


def person_findings(owner: PartyView, *papers: ItemView) -> list[FindingFact]:
    view = DossierView("", "1.001193", received_on="2026-11-10", owner=owner, items=papers)
    found = check_dossier(view, on=date(2026, 11, 20), catalogue=shipped_catalogue()).findings
    return [finding for finding in found if finding.rule.startswith("dossier.person")]


def declaration(source: Source = Source.PERSON, sure: float = 1.0, **fields: str) -> ItemView:
    facts = {name: field(name, value, source, sure) for name, value in fields.items()}
    return ItemView("d", doc_type="birth_declaration", fields=facts)


PAPER = declaration(
    requester_name="Lê Văn An", personal_identifier="001082013822", full_name="Lê Văn An",
    birth_date="2026-11-01", father_name="Lê Văn An", father_birth_date="1982",
)  # fmt: skip


@pytest.mark.parametrize(
    "owner",
    [
        PartyView("Lê Văn An", "2026-11-01", {"personal": "001226067301"}),
        PartyView("LÊ VĂN AN", "1982-05-06", {"personal": "001082013822"}),
    ],
    ids=["the child", "the father who asks"],
)
def test_father_and_son_of_one_name(owner: PartyView) -> None:
    assert person_findings(owner, PAPER) == []


def test_a_stranger_is_found() -> None:
    found = person_findings(PartyView("Phạm Thị Hoa", "1990-01-01"), PAPER)
    assert [(f.rule, f.severity) for f in found] == [("dossier.person.name", Severity.ERROR)]


@pytest.mark.parametrize(
    ("source", "sure", "name", "severity"),
    [
        (Source.PERSON, 1.0, "Le Van An", Severity.WARNING),
        (Source.OCR, 0.99, "Le Van An", Severity.REVIEW),
        (Source.OCR, 0.5, "Phạm Thị Hoa", Severity.REVIEW),
        (Source.OCR, 0.99, "Phạm Thị Hoa", Severity.ERROR),
        (Source.PERSON, 1.0, "Phạm Thị Hoa", Severity.ERROR),
    ],
)
def test_how_grave_another_name_is(
    source: Source, sure: float, name: str, severity: Severity
) -> None:
    owner = PartyView("Lê Văn An")
    notice = ItemView(
        "n",
        doc_type="birth_notice",
        fields={"father_name": field("father_name", name, source, sure)},
    )
    paper = declaration(father_name="Lê Văn An")
    found = person_findings(owner, paper, notice)
    assert [(f.document, f.severity) for f in found] == [("n", severity)]
