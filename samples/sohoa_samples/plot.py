"""Gathering one dossier: its commune, its day, its papers, and the fault to plant."""

from __future__ import annotations

from datetime import date, timedelta

from sohoa_samples import numbers
from sohoa_samples.catalogue import BY_PLAN, components, procedure_names
from sohoa_samples.desk import Desk
from sohoa_samples.dice import Dice
from sohoa_samples.dossier import Dossier, Fault, Item
from sohoa_samples.people import Person
from sohoa_samples.places import Commune, communes
from sohoa_samples.sheet import Paper

_LAST_DAY = date(2026, 10, 30)


class Plot:
    """Gathers the items of one dossier; ``wish`` is the fault to plant, if the plot can."""

    def __init__(
        self, dice: Dice, procedure: str, serial: int, faulty: bool, *, after: bool | None = None
    ) -> None:
        self.dice, self.procedure, self.faulty = dice, procedure, faulty
        self.commune: Commune = dice.choice(communes())
        self.received = _working_day(dice, after=dice.happens(0.65) if after is None else after)
        self.serial = serial
        self.items: list[Item] = []
        self.faults: list[Fault] = []
        self.expected: list[str] = []

    @property
    def desk(self) -> Desk:
        """The desk on the day of reception."""
        return Desk(self.dice, self.commune, self.received)

    def choose_fault(self, *codes: str) -> str:
        """One of the faults this plot knows, or an empty string for a sound dossier."""
        return self.dice.child("fault").choice(codes) if self.faulty else ""

    def plant(self, code: str, detail: str, key: str = "", field: str = "") -> None:
        """Record a planted fault."""
        component = components()[self.procedure, key].code if key else ""
        self.faults.append(Fault(code, detail, component, field))

    def add(
        self, key: str, paper: Paper | None, owner: Person, agency: str, *, copies: int = 1
    ) -> None:
        """Put a paper in; None means that the component is missing although expected."""
        component = components()[self.procedure, key]
        if component.kind == "component":
            self.expected.append(component.code)
        if paper is not None:
            self.items.append(
                Item(
                    paper,
                    component.kind,
                    component.code,
                    component.submission,
                    agency,
                    owner,
                    copies,
                )
            )

    def close(
        self,
        case: str,
        owner: Person,
        parties: tuple[tuple[str, Person], ...],
        *,
        police: bool = False,
        land_office: bool = False,
    ) -> Dossier:
        """The finished dossier with its code."""
        agency = self.commune.agency_code(self.received)
        name = self.desk.committee()
        if police:
            agency, name = self.commune.police_code(self.received), f"Công an {self.desk.here()}"
        if land_office:
            agency = self.commune.land_office_code(self.received)
            name = (
                f"Chi nhánh Văn phòng đăng ký đất đai {self.commune.bare_province(self.received)}"
            )
        return Dossier(
            code=numbers.dossier_code(agency, self.received, self.serial),
            procedure="" if self.procedure == BY_PLAN else self.procedure,
            procedure_name=procedure_names()[self.procedure],
            case=case,
            received=self.received,
            agency=agency,
            agency_name=name,
            owner=owner,
            parties=parties,
            items=tuple(self.items),
            expected=tuple(self.expected),
            faults=tuple(self.faults),
        )


def _working_day(dice: Dice, *, after: bool) -> date:
    first, last = (date(2025, 7, 14), _LAST_DAY) if after else (date(2023, 3, 1), date(2025, 6, 20))
    day = first + timedelta(days=dice.randint(0, (last - first).days))
    return day - timedelta(days=max(0, day.weekday() - 4))
