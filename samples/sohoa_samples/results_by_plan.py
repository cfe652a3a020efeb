"""Still-valid results of one family, handed in to be digitized by plan (NĐ 45/2020 Art 25)."""

from __future__ import annotations

from datetime import date, timedelta

from sohoa_samples.catalogue import BY_PLAN
from sohoa_samples.desk import certified_copy
from sohoa_samples.dice import Dice
from sohoa_samples.dossier import Dossier
from sohoa_samples.papers import administrative, business, civil_status, land
from sohoa_samples.people import invent_family
from sohoa_samples.places import REFORM
from sohoa_samples.plot import Plot


def old_results(dice: Dice, serial: int, faulty: bool) -> Dossier:
    """Still-valid results of one family, handed in to be digitized by plan (NĐ 45/2020 Art 25)."""
    plot = Plot(dice, BY_PLAN, serial, faulty, after=True)
    today, commune = plot.received, plot.commune
    born = date(2019, 1, 5) + timedelta(days=dice.randint(0, 1600))
    married = born - timedelta(days=dice.randint(300, 1400))
    family = invent_family(dice.child("family"), commune, on=married, child_born=born)
    child = family.child
    assert child is not None
    fault = plot.choose_fault("date_words_mismatch", "district_after_reform")
    registered = child.born + timedelta(days=dice.randint(5, 40))
    other = (
        child.born.replace(day=1 + child.born.day % 28) if fault == "date_words_mismatch" else None
    )
    desk = plot.desk
    plot.add(
        "birth_certificate",
        civil_status.birth_certificate(
            desk.at(registered), family, number=dice.randint(8, 480), words_of=other
        ),
        child,
        commune.agency_code(registered),
    )
    if other:
        plot.plant(
            fault,
            "the birth date in words differs from the one in figures",
            "birth_certificate",
            "ngay_sinh_bang_chu",
        )
    plot.add(
        "marriage_certificate",
        civil_status.marriage_certificate(desk.at(married), family, number=dice.randint(5, 160)),
        family.husband,
        commune.agency_code(married),
    )
    choices: list[str] = ["business", "land", "decision"]
    dice.child("which").shuffle(choices)
    kept = set(choices[: dice.randint(1, 2)]) | (
        {"decision"} if fault == "district_after_reform" else set()
    )
    if "business" in kept:
        opened = REFORM - timedelta(days=dice.randint(100, 1500))
        plot.add(
            "business_certificate",
            business.certificate(desk.at(opened), family.wife, number=1),
            family.wife,
            commune.agency_code(opened),
        )
    if "land" in kept:
        parcel = land.invent_parcel(desk)
        note = (
            "Thế chấp bằng quyền sử dụng đất tại ngân hàng từ ngày "
            f"{parcel.issued + timedelta(days=300):%d/%m/%Y}"
            if dice.happens(0.4)
            else ""
        )
        paper = land.certificate(desk, family.husband, parcel, change=note)
        if dice.happens(0.3):
            paper = certified_copy(paper, desk)
        plot.add("land_certificate", paper, family.husband, commune.agency_code(parcel.issued))
    if "decision" in kept:
        late = fault == "district_after_reform"
        decided = (
            today - timedelta(days=dice.randint(3, 12))
            if late
            else REFORM - timedelta(days=dice.randint(20, 900))
        )
        decided = max(decided, REFORM) if late else decided
        paper = administrative.decision(
            desk.at(decided, with_district=True if late else None),
            family.wife,
            number=dice.randint(3, 900),
        )
        plot.add("decision", paper, family.wife, commune.agency_code(decided))
        if late:
            plot.plant(
                fault, "paper dated after 2025-07-01 names a district", "decision", "noi_cu_tru"
            )
    return plot.close(
        "ket-qua-con-hieu-luc",
        family.husband,
        (("husband", family.husband), ("wife", family.wife), ("child", child)),
    )
