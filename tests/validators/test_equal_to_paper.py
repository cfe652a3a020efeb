"""The conditions of Luật GDĐT Art 12(1), each broken alone."""

from dataclasses import replace

import pytest

from sohoa_core.facts import SignatureFact
from sohoa_validators.equal_to_paper import Equality, equal_to_paper
from sohoa_validators.paper import LegalGroup
from sohoa_validators.view import FileView, ItemView, MarkKind, MarkView

AGENCY = SignatureFact(
    "Agency1", "TOTAL-PASSED", None, True, True, "good", True, "B-LT", "UBND", "CA",
    details={"role": "agency"},
)  # fmt: skip
OFFICER = replace(AGENCY, field_name="Officer1", details={"role": "officer"})
MARK = MarkView(
    MarkKind.CONVERSION,
    "Bản điện tử chuyển đổi từ văn bản giấy",
    "2026-11-10T10:00:00+07:00",
    "UBND phường Ba Đình",
)
FILE = FileView("a" * 64, "2u", True, True, 2, True)
GOOD = ItemView("x", signatures=(OFFICER, AGENCY), marks=(MARK,), file=FILE, sides=2)


def test_all_conditions_met() -> None:
    answer = equal_to_paper(GOOD, LegalGroup.CERTIFICATE)
    assert answer.verdict is Equality.EQUIVALENT
    assert answer.officer.holds is True
    assert [one.condition.id for one in answer.conditions] == [
        "integrity", "readable", "mark_in_words", "conversion_time", "converter_name",
        "agency_signature",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "failed"),
    [
        (replace(GOOD, file=replace(FILE, pages=1)), ["integrity"]),
        (replace(GOOD, file=replace(FILE, quality_passed=False)), ["integrity"]),
        (replace(GOOD, file=replace(FILE, pdfa="")), ["readable"]),
        (replace(GOOD, file=replace(FILE, text_layer=False)), ["readable"]),
        (replace(GOOD, marks=(replace(MARK, text="UBND"),)), ["mark_in_words"]),
        (replace(GOOD, marks=(replace(MARK, time="hôm qua"),)), ["conversion_time"]),
        (replace(GOOD, marks=(replace(MARK, name=" "),)), ["converter_name"]),
        (replace(GOOD, signatures=(OFFICER,)), ["agency_signature"]),
        (
            replace(GOOD, signatures=(OFFICER, replace(AGENCY, revocation="revoked"))),
            ["agency_signature"],
        ),
        (
            replace(GOOD, signatures=(OFFICER, replace(AGENCY, intact=False))),
            ["integrity", "agency_signature"],
        ),
        (
            replace(GOOD, marks=()),
            ["mark_in_words", "conversion_time", "converter_name"],
        ),
    ],
)
def test_each_condition_alone(item: ItemView, failed: list[str]) -> None:
    answer = equal_to_paper(item, LegalGroup.CERTIFICATE)
    assert answer.verdict is Equality.NOT_EQUIVALENT
    assert [condition.id for condition in answer.failed] == failed
    assert all("Điều" in condition.source for condition in answer.failed)


def test_unknown_revocation_is_not_decided() -> None:
    doubtful = replace(AGENCY, indication="INDETERMINATE", revocation="unknown")
    answer = equal_to_paper(replace(GOOD, signatures=(OFFICER, doubtful)), LegalGroup.LICENCE)
    assert answer.verdict is Equality.UNKNOWN
    assert [condition.id for condition in answer.unknown] == ["agency_signature"]


def test_the_agency_signature_is_asked_of_certificates_and_of_unknown_papers() -> None:
    unsigned = replace(GOOD, signatures=(OFFICER,))
    assert equal_to_paper(unsigned, LegalGroup.NONE).verdict is Equality.EQUIVALENT
    assert equal_to_paper(unsigned, None).verdict is Equality.NOT_EQUIVALENT
    for group in LegalGroup:
        if group is not LegalGroup.NONE:
            assert equal_to_paper(unsigned, group).verdict is Equality.NOT_EQUIVALENT


def test_the_officers_signature_does_not_break_equality() -> None:
    answer = equal_to_paper(replace(GOOD, signatures=(AGENCY,)), LegalGroup.CERTIFICATE)
    assert answer.verdict is Equality.EQUIVALENT
    assert answer.officer.holds is False
    assert answer.officer.condition.source == "TT 01/2023/TT-VPCP Điều 8"


def test_a_picture_of_a_seal_is_nothing() -> None:
    seal = MarkView(MarkKind.AGENCY, "(con dấu)", "2026-11-10", "UBND phường Ba Đình")
    answer = equal_to_paper(replace(GOOD, signatures=(), marks=(seal,)), LegalGroup.CERTIFICATE)
    assert {condition.id for condition in answer.failed} == {"mark_in_words", "agency_signature"}


def test_nothing_known_is_unknown_only_where_records_could_tell() -> None:
    answer = equal_to_paper(ItemView("x"), LegalGroup.NONE)
    assert {c.id for c in answer.unknown} == {"integrity", "readable"}
    assert answer.verdict is Equality.NOT_EQUIVALENT
