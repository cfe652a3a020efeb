"""Communes with their names and codes before and after 1 July 2025, and invented addresses."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from sohoa_samples.dice import Dice

#: Day on which the district level ended (Luật 72/2025/QH15 Art 51).
REFORM = date(2025, 7, 1)

_STREETS = (
    "Lê Lợi", "Trần Phú", "Nguyễn Du", "Hoàng Hoa Thám", "Phan Đình Phùng", "Lý Thường Kiệt",
    "Hai Bà Trưng", "Quang Trung", "Ngô Quyền", "Bùi Thị Xuân", "Nguyễn Trãi", "Đinh Tiên Hoàng",
)  # fmt: skip
_HAMLETS = (
    "Đông", "Đoài", "Thượng", "Trung", "Hạ", "Tiền Phong", "Phú Thứ", "Mỹ Đôi", "Cẩm Sơn",
    "Vĩnh Trụ", "Đồng Quan", "An Lạc", "Bình Hòa", "Xuân Mai",
)  # fmt: skip


def lower_kind(name: str) -> str:
    """``Xã Cổ Loa`` -> ``xã Cổ Loa``: inside a sentence the kind of unit is lower case."""
    return name[0].lower() + name[1:]


@dataclass(frozen=True, slots=True)
class Commune:
    """One old commune that went whole into one new commune."""

    old_code: str
    old_name: str
    district_code: str
    district_name: str
    old_province_code: str
    old_province: str
    old_agency: str
    new_code: str
    new_name: str
    new_province_code: str
    new_province: str
    new_agency: str

    def name(self, on: date) -> str:
        """Name in force on a day, with its kind: ``Xã Cổ Loa``."""
        return self.new_name if on >= REFORM else self.old_name

    def province(self, on: date) -> str:
        """Province in force on a day, with its kind: ``Tỉnh Hà Nam``."""
        return self.new_province if on >= REFORM else self.old_province

    def bare_province(self, on: date) -> str:
        """``Hà Nam``."""
        return self.province(on).removeprefix("Tỉnh ").removeprefix("Thành phố ")

    def bare_name(self, on: date) -> str:
        """``Cổ Loa``; numbered wards keep their kind."""
        return self.name(on).split(" ", 1)[1]

    def levels(self, on: date, *, with_district: bool | None = None) -> str:
        """``xã Cổ Loa, huyện Đông Anh, thành phố Hà Nội``; no district after the reform.

        ``with_district`` forces the district in or out, which is how a planted fault looks.
        """
        parts = [self.name(on)]
        if with_district if with_district is not None else on < REFORM:
            parts.append(self.district_name)
        return ", ".join(lower_kind(part) for part in [*parts, self.province(on)])

    def committee(self, on: date) -> str:
        """``Ủy ban nhân dân xã Cổ Loa``."""
        return f"Ủy ban nhân dân {lower_kind(self.name(on))}"

    def agency_code(self, on: date) -> str:
        """Invented agency code of the committee in the form of that day.

        Old codes run from the small unit to the level-1 code (QCVN 102:2016), new ones the
        other way round.
        """
        small, middle = int(self.old_code) % 40 + 10, int(self.district_code) % 60 + 20
        if on >= REFORM:
            return f"{self.new_agency}.{int(self.new_code) % 160 + 101}"
        return f"000.{small:02d}.{middle:02d}.{self.old_agency}"

    def police_code(self, on: date) -> str:
        """Invented agency code of the commune police in the form of that day."""
        province = int(self.new_province_code if on >= REFORM else self.old_province_code)
        if on >= REFORM:
            return f"G01.{province:02d}.{int(self.new_code) % 160 + 101}"
        small, middle = int(self.old_code) % 900 + 100, int(self.district_code) % 90 + 10
        return f"{small:03d}.{middle:02d}.{province:02d}.G01"

    def land_office_code(self, on: date) -> str:
        """Invented agency code of the branch of the land registration office."""
        if on >= REFORM:
            return f"{self.new_agency}.14.22.{int(self.district_code) % 30 + 1:02d}"
        return f"{int(self.district_code) % 30 + 1:03d}.22.14.{self.old_agency}"


@cache
def communes() -> tuple[Commune, ...]:
    """The table ``data/communes.csv``."""
    text = files("sohoa_samples").joinpath("data/communes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(Commune(**row) for row in rows)


@dataclass(frozen=True, slots=True)
class Address:
    """A house in a commune; ``near`` is the part that no reform changes."""

    near: str
    commune: Commune

    def printed(self, on: date, *, with_district: bool | None = None) -> str:
        """The whole address as an office would write it on that day."""
        return f"{self.near}, {self.commune.levels(on, with_district=with_district)}"


def invent_address(dice: Dice, commune: Commune) -> Address:
    """A street address in wards, a hamlet in rural communes."""
    if commune.old_name.startswith("Phường"):
        number = f"{dice.randint(2, 240)}" + (
            f"/{dice.randint(1, 30)}" if dice.random() < 0.3 else ""
        )
        return Address(
            f"số {number} đường {dice.choice(_STREETS)}, tổ {dice.randint(1, 18)}", commune
        )
    return Address(f"thôn {dice.choice(_HAMLETS)}", commune)
