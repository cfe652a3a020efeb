"""Completeness: conditions, cases, groups, quantities, and what stays unknown."""

from dataclasses import replace
from datetime import date

import pytest

from sohoa_core.facts import VerdictFact
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.view import Channel, DossierView, ItemView, PaperForm
from sohoa_validators.view_data import dossier_from_data

ON = date(2026, 11, 20)


def items(*doc_types: str, **given: object) -> tuple[ItemView, ...]:
    return tuple(
        ItemView(f"i{n}", doc_type=doc_type, form=PaperForm.ORIGINAL, **given)  # type: ignore[arg-type]
        for n, doc_type in enumerate(doc_types)
    )


def complete(procedure: str, *doc_types: str, **given: object) -> VerdictFact:
    view = DossierView("", procedure, received_on="2026-11-01", items=items(*doc_types))
    result = check_dossier(
        replace(view, **given),  # type: ignore[arg-type]
        on=ON,
        catalogue=shipped_catalogue(),
    )
    return next(v for v in result.verdicts if v.question == "complete")


def test_conditions_decide_what_is_missing() -> None:
    papers = ("birth_declaration", "birth_notice")
    assert complete("1.001193", *papers).answer == "COMPLETE"
    agent = complete("1.001193", *papers, facts={"agent": True})
    assert (agent.answer, agent.args["missing"]) == ("INCOMPLETE", ["authorization"])
    by_case = complete("1.001193", *papers, case="nop-qua-nguoi-uy-quyen")
    assert by_case.args["missing"] == ["authorization"]
    abandoned = complete("1.001193", "birth_declaration", facts={"abandoned": True})
    assert abandoned.args["missing"] == ["abandoned_record"]
    assert "groups" not in abandoned.args


def test_assumptions_are_told() -> None:
    verdict = complete("1.001193", "birth_declaration", "birth_notice")
    assert set(verdict.args["assumed"]) == {
        "case", "fact.abandoned", "fact.surrogacy", "fact.agent",
    }  # fmt: skip


def test_shown_papers_are_never_missing() -> None:
    verdict = complete("1.001193", "birth_declaration", "birth_affirmation", channel=Channel.DIRECT)
    assert verdict.answer == "COMPLETE"


def test_an_open_question_is_unknown_not_complete() -> None:
    verdict = complete("3.000347", "driving_licence_request")
    assert (verdict.answer, verdict.branch) == ("UNKNOWN", "question_open")
    assert verdict.args["questions"] == ["fact.licence_class"]
    a1 = complete("3.000347", "driving_licence_request", facts={"licence_class": "a1"})
    assert a1.answer == "COMPLETE"


def test_age_decides_the_form() -> None:
    from sohoa_validators.view import PartyView

    child = PartyView("Lê Bé", "2015-01-01", {}, "person")
    young = complete("1.001456", "portrait_photo", owner=child)
    assert young.args["missing"] == ["declaration_child", "representative"]
    grown = complete("1.001456", "portrait_photo", owner=replace(child, birth_date="2000-01-01"))
    assert grown.args["missing"] == ["declaration"]
    nobody = complete("1.001456", "portrait_photo")
    assert nobody.answer == "UNKNOWN"


@pytest.mark.parametrize(("sets", "answer"), [(1, "INCOMPLETE"), (2, "COMPLETE")])
def test_two_sets_of_drawings(sets: int, answer: str) -> None:
    papers = items("building_permit_application", "land_certificate", "building_drawings")
    papers = (*papers[:2], replace(papers[2], copies=sets))
    assert complete("1.013225", items=papers).answer == answer


def test_both_members_of_a_pair_are_needed() -> None:
    base = ("business_household_application", "service_contract")
    facts = {"agent": "organization"}
    assert complete("1.001612", *base, facts=facts).args["groups"] == ["agent_organization"]
    both = (*base, "introduction_letter")
    assert complete("1.001612", *both, facts=facts).answer == "COMPLETE"


def test_an_incomplete_schema_never_says_complete() -> None:
    verdict = complete("1.013227", "building_permit")
    assert (verdict.answer, verdict.branch) == ("UNKNOWN", "schema_incomplete")


def test_a_wrong_type_of_answer_is_no_answer() -> None:
    for wrong in ("true", 1, None, "x" * 10_000):
        verdict = complete("3.000347", "driving_licence_request", facts={"licence_class": wrong})
        assert verdict.answer == "UNKNOWN"


def test_an_electronic_form_serves_as_original() -> None:
    given = items("birth_declaration", "birth_notice")
    papers = tuple(replace(one, form=PaperForm.ELECTRONIC) for one in given)
    assert complete("1.001193", items=papers, channel=Channel.ONLINE).answer == "COMPLETE"


def test_a_paper_is_known_by_its_other_titles() -> None:
    view = dossier_from_data(
        {
            "code": "x", "procedure": "1.013831", "received_on": "2026-10-01",
            "items": [
                {"id": "a", "title": "HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT", "doc_type": "khac"}
            ],
        }
    )  # fmt: skip
    result = check_dossier(view, on=date(2026, 11, 1), catalogue=shipped_catalogue())
    spoke = {(f.rule, f.args.get("component_id")) for f in result.findings}
    assert ("dossier.component.missing", "transfer_contract") not in spoke
    assert "dossier.component.by_title" in {rule for rule, _ in spoke}
