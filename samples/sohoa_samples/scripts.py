"""The plot of each procedure: who comes, with which papers, what the office adds, what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sohoa_samples import numbers
from sohoa_samples.dice import Dice
from sohoa_samples.dossier import Dossier
from sohoa_samples.papers import (
    administrative,
    business,
    civil_status,
    identity,
    land,
    marital_status,
    residence,
)
from sohoa_samples.people import invent_family, invent_person
from sohoa_samples.places import communes, lower_kind
from sohoa_samples.plot import Plot
from sohoa_samples.results_by_plan import old_results
from sohoa_samples.sheet import Paper


def _hand(dice: Dice, name: str) -> bool:
    return dice.child("hand", name).happens(0.4)


def birth(dice: Dice, serial: int, faulty: bool) -> Dossier:
    """1.001193: the father registers the birth, or an agent with an authorisation."""
    fault_is_late = faulty and dice.child("late").happens(0.5)
    plot = Plot(dice, "1.001193", serial, faulty, after=True if fault_is_late else None)
    born = plot.received - timedelta(days=dice.randint(9, 50))
    family = invent_family(dice.child("family"), plot.commune, on=plot.received, child_born=born)
    fault = plot.choose_fault(
        "missing_component",
        "birth_date_mismatch",
        "wrong_id_digit",
        *(["district_after_reform"] if fault_is_late else []),
    )
    desk, child = plot.desk, family.child
    assert child is not None
    late = desk.at(plot.received, with_district=True) if fault == "district_after_reform" else desk
    agency = plot.commune.agency_code(plot.received)
    plot.add(
        "declaration",
        civil_status.birth_declaration(late, family, hand=_hand(dice, "declaration")),
        child,
        agency,
    )
    if fault == "district_after_reform":
        plot.plant(
            fault, "paper dated after 2025-07-01 names a district", "declaration", "noi_cu_tru"
        )
    notice: Paper | None = None
    if fault == "missing_component":
        plot.plant(fault, "the birth notice is not in the dossier", "birth_notice")
    else:
        other = born - timedelta(days=1) if fault == "birth_date_mismatch" else None
        mother = (
            numbers.wrong_digit(dice.child("slip"), family.wife.id)
            if fault == "wrong_id_digit"
            else None
        )
        notice = civil_status.birth_notice(
            desk.at(born + timedelta(days=2)), family, born=other, mother_id=mother
        )
        if other:
            plot.plant(
                fault,
                f"birth notice says {other}, declaration says {born}",
                "birth_notice",
                "ngay_sinh",
            )
        if mother:
            plot.plant(
                fault,
                "the mother's identifier differs from her card in one digit",
                "birth_notice",
                "me_so_dinh_danh",
            )
    plot.add("birth_notice", notice, child, agency)
    case = "khai-sinh-thong-thuong"
    parties = [("child", child), ("father", family.husband), ("mother", family.wife)]
    if dice.child("agent").happens(0.35):
        agent = invent_person(dice.child("aunt"), plot.commune, on=plot.received)
        plot.add(
            "authorisation",
            identity.authorisation(
                desk.at(plot.received - timedelta(days=1)),
                family.husband,
                agent,
                matter="làm thủ tục đăng ký khai sinh cho con",
            ),
            family.husband,
            agency,
        )
        case = "nop-qua-nguoi-uy-quyen"
        parties.append(("agent", agent))
    plot.add(
        "identity",
        identity.identity_card_copy(desk, family.wife if dice.happens(0.5) else family.husband),
        family.husband,
        "G01",
    )
    if not plot.faults:
        plot.add(
            "result",
            civil_status.birth_certificate(desk, family, number=dice.randint(8, 480)),
            child,
            agency,
        )
    return plot.close(case, child, tuple(parties))


def temporary_residence(dice: Dice, serial: int, faulty: bool) -> Dossier:
    """1.004194: a tenant registers temporary residence."""
    plot = Plot(dice, "1.004194", serial, faulty, after=True if faulty else None)
    other = dice.child("origin").choice(
        [c for c in communes() if c.old_province_code != plot.commune.old_province_code]
    )
    person = invent_person(dice.child("tenant"), other, on=plot.received, ages=(19, 40))
    owner = invent_person(dice.child("owner"), plot.commune, on=plot.received, ages=(35, 65))
    fault = plot.choose_fault("missing_component", "wrong_id_digit", "district_after_reform")
    desk, agency = plot.desk, plot.commune.police_code(plot.received)
    wrong = (
        numbers.wrong_digit(dice.child("slip"), person.id) if fault == "wrong_id_digit" else None
    )
    late = desk.at(plot.received, with_district=True) if fault == "district_after_reform" else desk
    plot.add(
        "declaration",
        residence.residence_form(
            late, person, owner, owner.home, person_id=wrong, hand=_hand(dice, "ct01")
        ),
        person,
        agency,
    )
    if wrong:
        plot.plant(
            fault,
            "the identifier on form CT01 differs from the contract in one digit",
            "declaration",
            "so_dinh_danh",
        )
    if fault == "district_after_reform":
        plot.plant(
            fault, "paper dated after 2025-07-01 names a district", "declaration", "dia_chi_tam_tru"
        )
    contract: Paper | None = None
    if fault == "missing_component":
        plot.plant(fault, "no proof of lawful dwelling is in the dossier", "dwelling")
    else:
        contract = residence.tenancy_contract(
            desk.at(plot.received - timedelta(days=dice.randint(3, 40))), person, owner, owner.home
        )
    plot.add("dwelling", contract, person, agency)
    plot.add("identity", identity.identity_card_copy(desk, person), person, "G01")
    if not plot.faults:
        plot.add(
            "result",
            residence.police_notice(
                desk.at(plot.received + timedelta(days=2)),
                person,
                owner.home,
                number=dice.randint(20, 990),
            ),
            person,
            agency,
        )
    return plot.close(
        "ho-gia-dinh-ca-nhan", person, (("tenant", person), ("owner", owner)), police=True
    )


def marital_certificate(dice: Dice, serial: int, faulty: bool) -> Dossier:
    """1.004873: certificate of marital status, sometimes re-issued, sometimes through an agent."""
    plot = Plot(dice, "1.004873", serial, faulty, after=True if faulty else None)
    person = invent_person(dice.child("person"), plot.commune, on=plot.received, ages=(21, 45))
    agent = invent_person(dice.child("agent"), plot.commune, on=plot.received)
    fault = plot.choose_fault("missing_component", "wrong_id_digit", "district_after_reform")
    by_agent = fault == "missing_component" or dice.happens(0.4)
    desk, agency = plot.desk, plot.commune.agency_code(plot.received)
    wrong = (
        numbers.wrong_digit(dice.child("slip"), person.id) if fault == "wrong_id_digit" else None
    )
    late = desk.at(plot.received, with_district=True) if fault == "district_after_reform" else desk
    plot.add(
        "declaration",
        marital_status.marital_declaration(
            late,
            person,
            asker=agent if by_agent else None,
            person_id=wrong,
            hand=_hand(dice, "marital"),
        ),
        person,
        agency,
    )
    if wrong:
        plot.plant(
            fault,
            "the identifier on the declaration differs from the card in one digit",
            "declaration",
            "so_dinh_danh",
        )
    if fault == "district_after_reform":
        plot.plant(
            fault, "paper dated after 2025-07-01 names a district", "declaration", "noi_cu_tru"
        )
    if by_agent:
        paper = identity.authorisation(
            desk.at(plot.received - timedelta(days=2)),
            person,
            agent,
            matter="xin cấp Giấy xác nhận tình trạng hôn nhân",
        )
        if fault == "missing_component":
            plot.plant(fault, "an agent files but there is no authorisation", "authorisation")
        plot.add("authorisation", None if fault == "missing_component" else paper, person, agency)
    if dice.child("again").happens(0.3):
        earlier = desk.at(plot.received - timedelta(days=dice.randint(200, 400)))
        plot.add(
            "old_confirmation",
            marital_status.marital_confirmation(earlier, person, number=dice.randint(10, 600)),
            person,
            plot.commune.agency_code(earlier.on),
        )
    plot.add("identity", identity.identity_card_copy(desk, person), person, "G01")
    if dice.child("verify").happens(0.5):
        on = desk.at(plot.received + timedelta(days=1))
        letter = dice.randint(10, 300)
        request = administrative.verification_request(
            on,
            person,
            number=letter,
            matter="tình trạng hôn nhân",
            to=f"Công an {lower_kind(on.commune.name(on.on))}",
        )
        plot.add("request", request, person, agency)
        plot.add(
            "verification",
            administrative.verification_reply(
                desk.at(plot.received + timedelta(days=2)),
                person,
                number=dice.randint(5, 200),
                matter="tình trạng hôn nhân",
                letter=f"Công văn số {letter:02d}/UBND-TP",
            ),
            person,
            plot.commune.police_code(plot.received),
        )
    if not plot.faults:
        plot.add(
            "result",
            marital_status.marital_confirmation(
                desk.at(plot.received + timedelta(days=2)), person, number=dice.randint(10, 700)
            ),
            person,
            agency,
        )
    case = "nop-qua-nguoi-uy-quyen" if by_agent else "cap-lan-dau"
    return plot.close(
        case, person, (("person", person), *((("agent", agent),) if by_agent else ()))
    )


def business_household(dice: Dice, serial: int, faulty: bool) -> Dossier:
    """1.001612: a business household is founded, in person or through an agent."""
    plot = Plot(dice, "1.001612", serial, faulty, after=True)
    person = invent_person(dice.child("person"), plot.commune, on=plot.received, ages=(23, 58))
    agent = invent_person(dice.child("agent"), plot.commune, on=plot.received)
    fault = plot.choose_fault("missing_component", "wrong_id_digit", "district_after_reform")
    by_agent = fault == "missing_component" or dice.happens(0.4)
    desk, agency = plot.desk, plot.commune.agency_code(plot.received)
    wrong = (
        numbers.wrong_digit(dice.child("slip"), person.id) if fault == "wrong_id_digit" else None
    )
    late = desk.at(plot.received, with_district=True) if fault == "district_after_reform" else desk
    plot.add(
        "application",
        business.application(late, person, person_id=wrong, hand=_hand(dice, "business")),
        person,
        agency,
    )
    if wrong:
        plot.plant(
            fault,
            "the identifier on the application differs from the card in one digit",
            "application",
            "so_dinh_danh",
        )
    if fault == "district_after_reform":
        plot.plant(fault, "paper dated after 2025-07-01 names a district", "application", "dia_chi")
    if by_agent:
        paper = identity.authorisation(
            desk.at(plot.received - timedelta(days=1)),
            person,
            agent,
            matter="nộp hồ sơ đăng ký hộ kinh doanh",
        )
        if fault == "missing_component":
            plot.plant(fault, "an agent files but there is no authorisation", "authorisation")
        plot.add("authorisation", None if fault == "missing_component" else paper, person, agency)
    plot.add("identity", identity.identity_card_copy(desk, person), person, "G01")
    if plot.faults or dice.child("amend").happens(0.3):
        plot.add(
            "amend_notice",
            business.amend_notice(
                desk.at(plot.received + timedelta(days=2)), person, number=dice.randint(4, 200)
            ),
            person,
            agency,
        )
    if not plot.faults:
        plot.add(
            "result",
            business.certificate(
                desk.at(plot.received + timedelta(days=3)), person, number=dice.randint(10, 700)
            ),
            person,
            agency,
        )
    case = "nop-qua-nguoi-uy-quyen" if by_agent else "ca-nhan"
    return plot.close(case, person, (("owner", person), *((("agent", agent),) if by_agent else ())))


def land_change(dice: Dice, serial: int, faulty: bool) -> Dossier:
    """1.013831: a parcel changes hands; the giver is unmarried and proves it."""
    plot = Plot(dice, "1.013831", serial, faulty, after=True)
    giver = invent_person(dice.child("giver"), plot.commune, on=plot.received, ages=(30, 65))
    receiver = invent_person(
        dice.child("receiver"), dice.choice(communes()), on=plot.received, ages=(25, 60)
    )
    fault = plot.choose_fault(
        "expired_paper", "missing_component", "wrong_id_digit", "birth_date_mismatch"
    )
    desk, agency = plot.desk, plot.commune.land_office_code(plot.received)
    parcel = land.invent_parcel(desk)
    plot.add(
        "application",
        land.change_application(desk, giver, receiver, parcel, hand=_hand(dice, "land")),
        giver,
        agency,
    )
    certificate: Paper | None = None
    if fault == "missing_component":
        plot.plant(fault, "the original land certificate is not in the dossier", "certificate")
    else:
        year = giver.born.year + 1 if fault == "birth_date_mismatch" else None
        certificate = land.certificate(desk, giver, parcel, owner_born=year)
        if year:
            plot.plant(
                fault,
                f"the certificate says born {year}, the other papers {giver.born.year}",
                "certificate",
                "nam_sinh",
            )
    plot.add("certificate", certificate, giver, plot.commune.agency_code(parcel.issued))
    wrong = numbers.wrong_digit(dice.child("slip"), giver.id) if fault == "wrong_id_digit" else None
    contract = land.transfer_contract(
        desk.at(plot.received - timedelta(days=dice.randint(2, 20))),
        giver,
        receiver,
        parcel,
        giver_id=wrong,
    )
    plot.add("contract", contract, giver, agency)
    if wrong:
        plot.plant(
            fault,
            "the giver's identifier in the contract differs from the card in one digit",
            "contract",
            "ben_a_so_dinh_danh",
        )
    if fault == "expired_paper" or dice.child("single").happens(0.5):
        age = dice.randint(190, 330) if fault == "expired_paper" else dice.randint(8, 150)
        earlier = desk.at(plot.received - timedelta(days=age))
        plot.add(
            "confirmation",
            marital_status.marital_confirmation(earlier, giver, number=dice.randint(10, 600)),
            giver,
            plot.commune.agency_code(earlier.on),
        )
        if fault == "expired_paper":
            plot.plant(
                fault,
                f"issued {age} days before reception; valid for six months",
                "confirmation",
                "date",
            )
    plot.add("identity", identity.identity_card_copy(desk, giver), giver, "G01")
    if not plot.faults:
        plot.add(
            "slip",
            land.verification_slip(
                desk.at(plot.received + timedelta(days=4)),
                giver,
                parcel,
                number=dice.randint(100, 3000),
            ),
            giver,
            agency,
        )
        new = replace(
            parcel,
            issued=plot.received + timedelta(days=16),
            serial=f"AA {dice.randint(1_000_000, 9_999_999):08d}",
        )
        plot.add("result", land.certificate(desk, receiver, new), receiver, agency)
    return plot.close(
        "chuyen-nhuong", giver, (("giver", giver), ("receiver", receiver)), land_office=True
    )


#: The generator cycles over these in this order.
SCRIPTS: tuple[Callable[[Dice, int, bool], Dossier], ...] = (
    birth,
    old_results,
    temporary_residence,
    business_household,
    marital_certificate,
    land_change,
)


def invent_dossier(seed: int, index: int) -> Dossier:
    """Dossier number ``index`` of a seed; every third one has a planted fault."""
    script = SCRIPTS[index % len(SCRIPTS)]
    dice = Dice("sohoa", seed, index)
    turn = index // len(SCRIPTS)
    return script(dice, dice.child("serial").randint(1, 9999), (index + turn) % 3 == 2)
