"""Invented people and families; every name is a random mix of very common syllables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sohoa_samples import numbers
from sohoa_samples.dice import Dice
from sohoa_samples.places import Address, Commune, invent_address

_FAMILY = (
    ("Nguyễn", 34), ("Trần", 12), ("Lê", 10), ("Phạm", 8), ("Hoàng", 6), ("Phan", 5), ("Vũ", 5),
    ("Đặng", 4), ("Bùi", 4), ("Đỗ", 3), ("Hồ", 2), ("Ngô", 2), ("Dương", 2), ("Lý", 1),
    ("Đinh", 1), ("Trịnh", 1), ("Mai", 1), ("Lương", 1), ("Tạ", 1), ("Quách", 1),
)  # fmt: skip
_MIDDLE_M = ("Văn", "Đức", "Hữu", "Quang", "Minh", "Xuân", "Công", "Đình", "Gia", "Thanh", "Khắc")
_MIDDLE_F = (
    "Thị", "Thị Ngọc", "Thị Thu", "Thúy", "Ngọc", "Phương", "Thanh", "Diệu", "Thị Bích", "Hồng",
)  # fmt: skip
_GIVEN_M = (
    "An", "Bình", "Cường", "Dũng", "Đạt", "Giang", "Hải", "Hùng", "Khánh", "Khoa", "Lâm", "Long",
    "Mạnh", "Nam", "Nghĩa", "Phong", "Quân", "Quý", "Sơn", "Thắng", "Thịnh", "Tiến", "Toàn",
    "Trung", "Tuấn", "Tùng", "Việt", "Vinh", "Huy", "Kiên", "Nhật", "Hiếu",
)  # fmt: skip
_GIVEN_F = (
    "Anh", "Chi", "Dung", "Duyên", "Hà", "Hạnh", "Hiền", "Hoa", "Hương", "Lan", "Liên", "Linh",
    "Mai", "My", "Nga", "Ngân", "Nhung", "Oanh", "Phượng", "Quỳnh", "Thảo", "Thủy", "Trang",
    "Trinh", "Tuyết", "Uyên", "Vân", "Yến", "Hằng", "Ngọc", "Ánh", "Thơm",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One invented citizen. ``issued`` is the issue date of the identity card."""

    name: str
    female: bool
    born: date
    id: str
    home: Address
    origin: Commune
    issued: date
    phone: str
    ethnic: str = "Kinh"

    @property
    def caps(self) -> str:
        """``NGUYỄN VĂN AN``."""
        return self.name.upper()

    @property
    def sex(self) -> str:
        """``Nam`` or ``Nữ``."""
        return "Nữ" if self.female else "Nam"

    @property
    def honorific(self) -> str:
        """``Ông`` or ``Bà``."""
        return "Bà" if self.female else "Ông"


def family_name(dice: Dice) -> str:
    """A family name by its usual frequency."""
    return dice.weighted(_FAMILY)


def full_name(dice: Dice, *, female: bool, family: str | None = None) -> str:
    """Family, middle and given name; two to four syllables."""
    family = family or family_name(dice)
    if dice.happens(0.05):
        return f"{family} {dice.choice(_GIVEN_F if female else _GIVEN_M)}"
    middle = dice.choice(_MIDDLE_F if female else _MIDDLE_M)
    given = dice.choice([g for g in (_GIVEN_F if female else _GIVEN_M) if g not in middle])
    return f"{family} {middle} {given}"


def invent_person(
    dice: Dice,
    commune: Commune,
    *,
    on: date,
    female: bool | None = None,
    ages: tuple[int, int] = (22, 62),
    family: str | None = None,
    home: Address | None = None,
) -> Person:
    """A person of ``commune`` whose age on ``on`` lies in ``ages`` (years)."""
    female = dice.happens(0.5) if female is None else female
    born = on - timedelta(days=dice.randint(ages[0] * 366, ages[1] * 365))
    issued = on - timedelta(days=dice.randint(200, 1500))
    return Person(
        name=full_name(dice, female=female, family=family),
        female=female,
        born=born,
        id=numbers.personal_id(dice, commune, female=female, born=born),
        home=home or invent_address(dice, commune),
        origin=commune,
        issued=issued if issued >= date(2016, 1, 4) else date(2016, 1, 4),
        phone=numbers.phone(dice),
    )


@dataclass(frozen=True, slots=True)
class Family:
    """A couple; the child is there when the dossier needs one."""

    husband: Person
    wife: Person
    child: Person | None = None


def invent_family(
    dice: Dice, commune: Commune, *, on: date, child_born: date | None = None
) -> Family:
    """A couple living together, and their newborn when ``child_born`` is given."""
    home = invent_address(dice, commune)
    husband = invent_person(dice, commune, on=on, female=False, ages=(25, 42), home=home)
    wife = invent_person(dice, commune, on=on, female=True, ages=(22, 38), home=home)
    child = None
    if child_born is not None:
        baby = invent_person(
            dice, commune, on=on, ages=(0, 1), family=husband.name.split()[0], home=home
        )
        child = replace(
            baby,
            born=child_born,
            id=numbers.personal_id(dice, commune, female=baby.female, born=child_born),
        )
    return Family(husband, wife, child)
