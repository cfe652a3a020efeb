"""Finding schemas: variants, versions, the user's own files."""

import pickle
from datetime import date
from pathlib import Path

import pytest

from sohoa_validators.catalogue import SHIPPED, load_catalogue, shipped_catalogue
from sohoa_validators.codes import same_code

ON = date(2026, 11, 1)


@pytest.mark.parametrize(
    "code",
    ["1.001193", "1.001193.02", "1.001193.000.00.00.H26", "1.001193.H38.01", " 1.001193"],
)
def test_variants_join_on_the_first_eight_characters(code: str) -> None:
    found = shipped_catalogue().procedure(code, ON)
    assert found is not None and found.code == "1.001193"


@pytest.mark.parametrize("code", ["", "1.00119", "9.999999", "KQ", "x" * 10_000])
def test_unknown_codes_find_nothing(code: str) -> None:
    assert shipped_catalogue().procedure(code, ON) is None


def test_papers_by_key_by_alias_and_by_code() -> None:
    catalogue = shipped_catalogue()
    for doc_type, code in (
        ("birth_certificate", ""), ("giay_khai_sinh", ""), ("", "KQ.G15.000031"),
        ("", "kq.g15.000031"),
    ):  # fmt: skip
        found = catalogue.paper(doc_type, code)
        assert found is not None and found.paper.key == "birth_certificate"
    assert catalogue.paper("khac", "") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("000.00.00.G15-KQ003204", "G15-KQ003204", True),
        ("KQ003204", "G15-KQ003204", True),
        ("G01-KQ003204", "G15-KQ003204", False),
        ("g15-kq 003204", "G15-KQ003204", True),
        ("KQ.G15.000031", "KQ.G15.000032", False),
        ("", "", False),
        ("K" * 500, "K" * 500, False),
    ],
)
def test_codes_are_compared_not_validated(one: str, other: str, same: bool) -> None:
    assert same_code(one, other) is same
    assert same_code(other, one) is same


def own_folder(tmp_path: Path, **changes: str) -> Path:
    text = (SHIPPED / "procedures" / "1.001193.yaml").read_text(encoding="utf-8")
    for before, after in changes.values():
        assert before in text
        text = text.replace(before, after)
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "mine.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_users_schema_replaces_the_shipped_one(tmp_path: Path) -> None:
    folder = own_folder(tmp_path, agency=("agency: Ủy ban nhân dân cấp xã", "agency: Xã của tôi"))
    catalogue = load_catalogue(folder)
    found = catalogue.procedure("1.001193", ON)
    assert found is not None and found.agency == "Xã của tôi"
    assert catalogue.digest != shipped_catalogue().digest


def test_a_dossier_is_judged_by_the_version_of_its_day(tmp_path: Path) -> None:
    folder = own_folder(
        tmp_path,
        day=("valid_from: 2025-07-01", "valid_from: 2027-03-01"),
        agency=("agency: Ủy ban nhân dân cấp xã", "agency: Luật mới"),
    )
    catalogue = load_catalogue(folder)
    for on, agency in (
        (date(2027, 2, 28), "Ủy ban nhân dân cấp xã"),
        (date(2027, 3, 1), "Luật mới"),
        (date(2020, 1, 1), "Ủy ban nhân dân cấp xã"),
    ):
        found = catalogue.procedure("1.001193", on)
        assert found is not None and found.agency == agency


def test_a_catalogue_travels_to_a_worker() -> None:
    again = pickle.loads(pickle.dumps(shipped_catalogue()))
    assert again.digest == shipped_catalogue().digest
    assert again.codes() == shipped_catalogue().codes()
