"""Readiness for the archive: parameters by the day of scanning, minimum metadata."""

from dataclasses import replace
from datetime import date

import pytest

from sohoa_core.facts import FieldFact, PageFact, Source
from sohoa_validators.archival import archival_readiness
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.view import FileView, ItemView, PartyView

ON = date(2026, 11, 20)
OWNER = PartyView("Lê An", identifiers={"personal": "001090000123"})
FILE = FileView("a" * 64, "2u", True, True, 1, True)
FIELDS = {
    name: FieldFact(name, value, value, 1.0, Source.PERSON)
    for name, value in {"number": "1", "agency": "UBND", "issued_on": "2026-01-01"}.items()
}
GOOD = ItemView(
    "x", code="KQ.G15.000031", title="Giấy khai sinh", fields=FIELDS, file=FILE,
    pages=(PageFact(1, 2480, 3508, 300.0),), digitized_on="2026-11-01",
)  # fmt: skip
BIRTH = shipped_catalogue().papers["birth_certificate"].paper
EXTRACT = shipped_catalogue().papers["cadastral_extract"].paper


def test_ready() -> None:
    answer = archival_readiness(GOOD, OWNER, BIRTH, on=ON)
    assert (answer.verdict, answer.lacks, answer.missing) == ("READY", (), ())


@pytest.mark.parametrize(
    ("item", "lacks"),
    [
        (replace(GOOD, file=replace(FILE, pdfa="")), ("pdfa",)),
        (replace(GOOD, file=replace(FILE, text_layer=False)), ("text_layer",)),
        (replace(GOOD, file=replace(FILE, sha256="")), ("hash",)),
        (replace(GOOD, file=replace(FILE, pages=2)), ("pages",)),
        (replace(GOOD, pages=(PageFact(1, 1240, 1754, 150.0),)), ("dpi",)),
    ],
)
def test_what_lacks(item: ItemView, lacks: tuple[str, ...]) -> None:
    answer = archival_readiness(item, OWNER, BIRTH, on=ON)
    assert (answer.verdict, answer.lacks) == ("NOT_READY", lacks)


def test_scans_of_older_rules_are_judged_by_them() -> None:
    old = replace(GOOD, file=replace(FILE, pdfa="", text_layer=False), digitized_on="2024-05-01")
    assert archival_readiness(old, OWNER, BIRTH, on=ON).verdict == "READY"


def test_drawings_need_more_dots() -> None:
    page = (PageFact(1, 2480, 3508, 250.0),)
    assert archival_readiness(replace(GOOD, pages=page), OWNER, BIRTH, on=ON).verdict == "READY"
    answer = archival_readiness(replace(GOOD, pages=page), OWNER, EXTRACT, on=ON)
    assert answer.lacks == ("dpi",)


def test_minimum_metadata() -> None:
    bare = replace(GOOD, code="", title="", fields={})
    answer = archival_readiness(bare, PartyView(), None, on=ON)
    assert answer.missing == (
        "ma_loai_giay_to", "owner_id", "ten_giay_to", "ngay_cap", "co_quan_cap", "trich_yeu",
    )  # fmt: skip


def test_without_a_file_nothing_is_known() -> None:
    assert archival_readiness(replace(GOOD, file=None), OWNER, BIRTH, on=ON).verdict == "UNKNOWN"
