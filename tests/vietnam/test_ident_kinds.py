"""Every kind of identifier: golden cases from a table, structure, repairs, properties."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_vietnam.identifiers.agency_code import new_notation_candidates
from sohoa_vietnam.identifiers.card_qr import read_card_qr
from sohoa_vietnam.identifiers.dossier_code import read_dossier_code
from sohoa_vietnam.identifiers.paper_code import paper_code_key, split_paper_code
from sohoa_vietnam.identifiers.personal import read_personal_id
from sohoa_vietnam.identifiers.procedure_code import read_procedure_code
from sohoa_vietnam.identifiers.registry import READERS, read
from sohoa_vietnam.identifiers.result import Kind
from sohoa_vietnam.identifiers.tax_code import check_digit, read_tax_code
from sohoa_vietnam.messages import Checked, Severity

CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "data" / "identifiers.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("kind", "raw", "value", "codes", "repair"), CASES)
def test_golden(kind: str, raw: str, value: str, codes: str, repair: str) -> None:
    result = read(Kind(kind), raw)
    assert result.raw == raw
    assert result.value == value
    assert " ".join(p.code.split(".")[1] for p in result.problems) == codes.strip("-")
    if repair == "-":
        assert result.valid or not result.repairs
    else:
        assert repair in [r.value for r in result.repairs[:3]]


def test_personal_id_structure() -> None:
    parts = read_personal_id("079203000456").parts
    assert (parts["province"], parts["sex"], parts["birth_year"]) == ("Hồ Chí Minh", "male", "2003")
    assert read_personal_id("001195000123").parts["sex"] == "female"


def test_personal_id_structure_is_never_an_error() -> None:
    result = read_personal_id("999899000001", birth_year=1960, sex="male", this_year=2026)
    assert result.valid
    assert {p.severity for p in result.problems} == {Severity.WARNING}
    assert {p.checked for p in result.problems} == {Checked.SECONDARY}
    assert all(p.basis for p in result.problems)


def test_personal_id_repairs_agree_with_the_paper() -> None:
    result = read_personal_id("001185000123", birth_year=1995, sex="female")
    assert "001195000123" in [r.value for r in result.repairs]
    letters = read_personal_id("0O1l95000123", birth_year=1995, sex="female")
    assert letters.repairs[0].value == "001195000123"
    assert letters.repairs[0].edits == ("O→0@1", "l→1@3")


@pytest.mark.parametrize(
    ("kind", "stored", "value"),
    [
        (Kind.PERSONAL, 1195000123, "001195000123"),
        (Kind.PERSONAL, 79203000456.0, "079203000456"),
        (Kind.TAX_CODE, 100109106, "0100109106"),
        (Kind.CMND, 12345678, "012345678"),
        (Kind.SOCIAL_INSURANCE, 120860538, "0120860538"),
        (Kind.PROCEDURE_CODE, 1.00422, "1.004220"),
    ],
)
def test_numbers_of_spreadsheets(kind: Kind, stored: float, value: str) -> None:
    result = read(kind, stored)
    assert result.value == value
    assert result.valid
    assert result.doubtful  # flagged, never silent
    as_text = read(kind, str(stored).removesuffix(".0"))
    assert not as_text.valid  # the same digits in a text are wrong, with the repair offered
    assert value in [r.value for r in as_text.repairs]


def test_scientific_notation_is_lost() -> None:
    assert read_personal_id("7.9203E+10").problems[0].code.endswith("scientific")


def test_tax_code_check_digit_against_its_definition() -> None:
    rnd = random.Random(11)
    for _ in range(500):
        nine = "".join(rnd.choice("0123456789") for _ in range(9))
        total = sum(
            int(d) * w for d, w in zip(nine, (31, 29, 23, 19, 17, 13, 7, 5, 3), strict=True)
        )
        expected = 10 - total % 11
        assert check_digit(nine) == (expected if expected < 10 else None)
        wrong = {str(d) for d in range(10)} - {str(expected)}
        if expected < 10:
            assert read_tax_code(nine + str(expected)).valid
            assert not any(read_tax_code(nine + d).valid for d in wrong)
        else:
            zero = read_tax_code(nine + "0")
            assert [p.severity for p in zero.problems] == [Severity.WARNING]


def test_twelve_digits_as_tax_code_are_not_checkable() -> None:
    result = read_tax_code("001195000123")
    assert result.valid
    assert result.parts["holder"] == "person"
    assert [p.code for p in result.problems] == ["tax_code.not_checkable"]


def test_repairs_find_one_misread_digit() -> None:
    rnd = random.Random(2)
    confused = {"0": "O", "1": "l", "5": "S", "8": "B", "2": "Z", "9": "g"}
    hits = total = 0
    for _ in range(200):
        nine = "".join(rnd.choice("0123456789") for _ in range(9))
        check = check_digit(nine)
        places = [i for i, c in enumerate(nine) if c in confused]
        if check is None or not places:
            continue
        right = nine + str(check)
        at = rnd.choice(places)
        total += 1
        damaged = right[:at] + confused[right[at]] + right[at + 1 :]
        hits += read_tax_code(damaged).repairs[0].value == right
    assert hits / total >= 0.98


def test_dossier_codes_by_date() -> None:
    assert read_dossier_code("000.00.01.H26-260930-0012").parts["form"] == "classic"
    assert read_dossier_code("H15.50.05.13-261008-0975").parts["form"] == "new"
    portal = read_dossier_code("G09.20-20260609-0092637")
    assert (portal.parts["form"], portal.parts["date"]) == ("portal", "2026-06-09")
    future = read_dossier_code("H15.50-261008-0975", today=date(2026, 10, 7))
    assert [p.code for p in future.problems] == ["dossier_code.date_future"]
    assert read_dossier_code("H15.50-261008-0975", today=date(2026, 10, 8)).valid


def test_old_agency_codes_propose_both_widths() -> None:
    assert new_notation_candidates("000.00.04.G14") == ("G14.04", "G14.4")
    assert new_notation_candidates("000.00.00.H49") == ("H49",)
    assert new_notation_candidates("H15.50") == ("H15.50",)
    assert new_notation_candidates("x") == ()


def test_one_paper_in_three_shapes_has_one_key() -> None:
    shapes = ["000.00.00.G15-KQ000031", "G15-KQ000031", "KQ.G15.000031"]
    parts = [split_paper_code(s) for s in shapes]
    assert {paper_code_key(p) for p in parts if p} == {"G15/KQ/31"}


def test_procedure_join_key() -> None:
    for code in ("1.001193", "1.001193.02", "1.001193.000.00.00.H38", "1.001193.H38.01"):
        result = read_procedure_code(code)
        assert result.valid
        assert result.parts["base"] == "1.001193"


QR = "001195000123|012345678|NGUYỄN THỊ AN|05011995|Nữ|Số 1, Tràng Tiền, Hà Nội|01052021"


@pytest.mark.parametrize("form", [QR, QR.encode(), QR.encode().decode("latin-1"), QR + "|a|b"])
def test_card_qr(form: str | bytes) -> None:
    result = read_card_qr(form)
    assert result.valid
    assert result.value == "001195000123"
    assert result.parts["name"] == "NGUYỄN THỊ AN"
    assert result.parts["birth_date"] == "1995-01-05"
    assert result.parts["issue_date"] == "2021-05-01"
    assert (result.parts["sex"], result.parts["cmnd"]) == ("female", "012345678")
    assert result.parts.get("extra", "a|b") == "a|b"


def test_card_qr_warns_when_its_fields_contradict_each_other() -> None:
    codes = [
        p.code for p in read_card_qr(QR.replace("Nữ", "Nam").replace("1995|", "1985|")).problems
    ]
    assert codes == ["personal_identifier.birth_year", "personal_identifier.sex"]
    assert not read_card_qr("001195000123|x").valid


RAW = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="0123456789OIlSBZ.-/|HGKQĐ \u200b\u0660", max_size=30),
    st.integers(),
    st.floats(),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([k for k in READERS if k is not Kind.CARD_QR]), RAW)
def test_any_value(kind: Kind, raw: str | int | float) -> None:
    result = read(kind, raw)
    if isinstance(raw, str):
        assert result.raw == raw
    again = read(kind, result.value)
    assert again.value == result.value  # normalizing twice changes nothing
    if result.valid and kind is not Kind.DOCUMENT_NUMBER:
        assert again.valid
    for repair in result.repairs:
        if kind is not Kind.DOCUMENT_NUMBER:
            assert read(kind, repair.value).valid
    assert all(p.text() for p in result.problems)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60)))
def test_any_qr(raw: str | bytes) -> None:
    read_card_qr(raw)
