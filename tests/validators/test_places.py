"""Units and agencies that did not exist on the day of a paper; what may never be a finding."""

from dataclasses import replace

import pytest

from sohoa_core.facts import FieldFact, Source
from sohoa_validators.catalogue import shipped_catalogue
from sohoa_validators.check import check_dossier
from sohoa_validators.examples import sound_dossiers
from sohoa_validators.view import DossierView

ABOLISHED = {"document.unit.abolished": "warning"}
DISTRICT = {"document.district.after_reform": "warning"}
NOT_YET = {"document.unit.not_yet": "review"}
NAME, BIRTH, ON = next(iter(sound_dossiers()))


def fact(name: str, value: str) -> FieldFact:
    return FieldFact(name, value, value, 1.0, Source.PERSON)


def speaks(view: DossierView) -> dict[str, str]:
    result = check_dossier(view, on=ON, catalogue=shipped_catalogue())
    wanted = ("document.unit.", "document.district.", "dossier.agency.")
    return {f.rule: f.severity.value for f in result.findings if f.rule.startswith(wanted)}


def issued_by(agency: str, day: str) -> dict[str, str]:
    items = tuple(
        replace(
            item,
            issued_on=day,
            fields={"agency": fact("agency", agency), "issued_on": fact("issued_on", day)},
        )
        if item.id == "result"
        else item
        for item in BIRTH.items
    )
    return speaks(replace(BIRTH, procedure="KQ", items=items))


@pytest.mark.parametrize(
    ("agency", "day", "expected"),
    [
        ("Ủy ban nhân dân phường Kim Mã", "2026-11-10", ABOLISHED),
        ("UỶ BAN NHÂN DÂN PHƯỜNG KIM MÃ", "2026-11-10", ABOLISHED),
        ("UBND tỉnh Hà Giang", "2026-01-05", ABOLISHED),
        ("Sở Tư pháp tỉnh Hà Giang", "2026-01-05", ABOLISHED),
        ("Ủy ban nhân dân quận Ba Đình", "2026-01-05", DISTRICT),
        # In its time every unit was right, and a paper keeps what it says.
        ("Ủy ban nhân dân phường Kim Mã, quận Ba Đình", "2020-05-04", {}),
        ("Ủy ban nhân dân phường Kim Mã", "2025-06-30", {}),
        ("UBND tỉnh Hà Giang", "1996-01-05", {}),
        ("Ủy ban nhân dân phường Ba Đình", "2026-11-10", {}),
        ("UBND tỉnh Tuyên Quang", "2026-01-05", {}),
        ("UBND tỉnh Tuyên Quang", "2006-01-05", {}),
        # Names no list holds, hospitals with names of dead towns, no unit at all.
        ("Ủy ban nhân dân xã Không Có Thật", "2026-01-05", {}),
        ("Bệnh viện đa khoa thành phố Vinh", "2026-01-05", {}),
        ("Bệnh viện Phụ sản Hà Nội", "2026-01-05", {}),
        ("Công an", "2026-01-05", {}),
        ("<script>xã</script>" * 50, "2026-01-05", {}),
        ("Ủy ban nhân dân xã Mường La, tỉnh Sơn La", "2020-05-04", NOT_YET),
        ("Ủy ban nhân dân xã Mường La, tỉnh Sơn La", "2026-05-04", {}),
        # The year alone does not tell on which side of 1 July 2025 it was.
        ("Ủy ban nhân dân phường Kim Mã", "2025", {}),
        ("Ủy ban nhân dân phường Kim Mã", "", {}),
    ],
)  # fmt: skip
def test_issuers(agency: str, day: str, expected: dict[str, str]) -> None:
    assert issued_by(agency, day) == expected


@pytest.mark.parametrize(
    ("agency", "day", "expected"),
    [
        ("000.00.01.H26", "2026-11-10", {}),
        ("H26.14", "2026-11-10", {}),
        ("000.00.05.H30", "2026-11-10", {"dossier.agency.closed": "warning"}),
        ("000.00.05.H30", "2024-11-10", {}),
        ("H99", "2026-11-10", {"dossier.agency.unknown": "review"}),
        ("UBND phường", "2026-11-10", {}),
        ("", "2026-11-10", {}),
        ("000.00.05.H30", "", {}),
        # Merged on 1 March 2025, the list of codes followed on 14 April.
        ("G13", "2025-03-15", {}),
    ],
)
def test_agency_codes(agency: str, day: str, expected: dict[str, str]) -> None:
    view = replace(BIRTH, agency=agency, received_on=day, code="x", due_on="", finished_on="")
    assert speaks(view) == expected


def test_the_code_inside_the_dossier_code_counts_too() -> None:
    view = replace(BIRTH, code="000.00.01.H30-261110-0012")
    assert speaks(view) == {"dossier.agency.closed": "warning"}
