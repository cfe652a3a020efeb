"""The desk on which one paper is written: who, where, when, with which type and pen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sohoa_samples import fonts, people
from sohoa_samples.compose import Composer, Place
from sohoa_samples.dice import Dice
from sohoa_samples.parts import Part, Slot
from sohoa_samples.places import Address, Commune
from sohoa_samples.sheet import Paper, Seal, Signature, Stamp, Text
from sohoa_samples.wording import long_date

RING = "CỘNG HÒA XHCN VIỆT NAM"


@dataclass(frozen=True, slots=True)
class Official:
    """An invented signer: the lines above the name, the title as data, the pen."""

    name: str
    lines: tuple[str, ...]
    title: str
    writer: int


@dataclass(slots=True)
class Entries:
    """What is filled in: values for the truth, and which of them a pen wrote."""

    handwritten: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    penned: list[str] = field(default_factory=list)

    def __call__(
        self,
        name: str,
        shown: str,
        value: object | None = None,
        *,
        weight: float = 1.0,
        pen: bool = False,
        bold: bool = False,
    ) -> Slot:
        """A slot showing ``shown``; ``value`` is what it means (the same when not given)."""
        self.fields[name] = shown if value is None else value
        if (pen or self.handwritten) and shown:
            self.penned.append(name)
        return Slot(shown, weight, pen, bold)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where and when a paper is written.

    ``with_district`` True makes an office name a district after the reform (a fault).
    """

    dice: Dice
    commune: Commune
    on: date
    with_district: bool | None = None

    def at(self, on: date, *, with_district: bool | None = None) -> Desk:
        """The same desk on another day."""
        return replace(self, on=on, with_district=with_district)

    def chance(self, *name: object) -> Dice:
        """Chance for one part of one paper."""
        return self.dice.child(*name)

    def where(self, address: Address) -> str:
        """An address as written on this day."""
        return address.printed(self.on, with_district=self.with_district)

    def here(self) -> str:
        """``xã Bình An, huyện Bình Lục, tỉnh Hà Nam`` as of this day."""
        return self.commune.levels(self.on, with_district=self.with_district)

    def committee(self) -> str:
        """The commune's People's Committee with its place, as data."""
        return f"Ủy ban nhân dân {self.here()}"

    def born_digital(self, name: str) -> bool:
        """Whether this paper never was paper: exported from an office program, nothing penned."""
        return self.chance("born_digital", name).happens(0.4)

    def composer(
        self, name: str, *, form: bool = False, handwritten: bool = False, **options: Any
    ) -> Composer:
        """A composer with a type family chosen for this paper."""
        dice = self.chance("type", name)
        admitted = fonts.families()
        times = [admitted[n] for n in fonts.TIMES if n in admitted]
        others = [admitted[n] for n in fonts.FORM_FAMILIES if n in admitted]
        family = times[0] if dice.happens(0.8) else times[-1]
        if form and others and dice.happens(0.2):
            family = dice.choice(others)
            options["size"] = options.get("size", 13.0) - 1.2
        # Forms filled in with an office program mostly lose their dots; certificates have none.
        likely = 0.0 if options.get("ground", "plain") != "plain" else 0.4 if form else 0.15
        options.setdefault("dotted", dice.child("dots").happens(likely))
        return Composer(family, dice.child("pen"), handwritten=handwritten, **options)

    def official(
        self, name: str, body: str = "ỦY BAN NHÂN DÂN", head: str = "CHỦ TỊCH"
    ) -> Official:
        """A signer for this office: the head, or a deputy signing for the head (KT.)."""
        dice = self.chance("official", name, body, self.commune.old_code, self.on.year)
        prefix = (f"TM. {body}",) if body else ()
        deputy = dice.happens(0.55)
        lines = (*prefix, f"KT. {head}", f"PHÓ {head}") if deputy else (*prefix, head)
        title = (f"Phó {head.lower()}" if deputy else head.lower()).capitalize()
        female = dice.happens(0.3)
        return Official(
            people.full_name(dice, female=female), lines, title, dice.randrange(1 << 30)
        )


def number_parts(
    desk: Desk,
    entries: Entries,
    name: str,
    number: int,
    symbol: str,
    *,
    pen: float = 0.6,
    label: str = "Số: ",
) -> list[Part]:
    """``Số: 15/TB-UBND``; the number is often penned into a blank."""
    by_pen = desk.chance("number", name).happens(pen) and not desk.born_digital(name)
    shown = f"{number:02d}"
    slot = entries("number", shown, shown, pen=by_pen)
    entries.fields["symbol"] = symbol
    entries.fields["so_ky_hieu"] = f"{shown}/{symbol}"
    return [label, slot, f"/{symbol}"]


def place_date_parts(
    desk: Desk, entries: Entries, name: str, place: str, *, pen: float = 0.5
) -> list[Part]:
    """``Bình An, ngày 05 tháng 01 năm 2026``; the day is often penned."""
    by_pen = desk.chance("day", name).happens(pen) and not desk.born_digital(name)
    words = long_date(desk.on)
    slot = entries("date", f"{desk.on.day:02d}", desk.on.isoformat(), pen=by_pen)
    return [f"{place}, ngày ", slot, words[len("ngày 05") :]]


def seal_and_sign(
    composer: Composer,
    place: Place,
    official: Official,
    *,
    foot: str,
    middle: Sequence[str],
    dice: Dice,
    radius: float = 17.5,
) -> None:
    """The signature above the name and the red seal over its left third (NĐ 30, zone 8)."""
    width = dice.uniform(34, 46)
    x, y = place.x + dice.uniform(-2, 4), place.y + dice.uniform(-1, 1.5)
    ink = dice.weighted([("blue", 0.85), ("darkblue", 0.15)])
    composer.put(Signature(x, y, width, official.writer, ink), place.page)
    seal = Seal(
        x - width / 6 - radius * 0.75 + dice.uniform(-2, 2),
        y + dice.uniform(-2, 3),
        radius,
        RING,
        foot.upper(),
        tuple(middle),
        dice.gauss(0, 7),
        dice.randrange(1 << 30),
    )
    composer.put(seal, place.page)


def committee_seal(desk: Desk) -> tuple[str, tuple[str, ...]]:
    """Foot and middle of the seal of the commune's committee; MẪU says it is no real seal."""
    unit = desk.commune.name(desk.on).upper()
    if desk.on.isoformat() >= "2025-07-01":
        foot = desk.commune.province(desk.on)
    else:
        foot = f"{_short(desk.commune.district_name)} - {_short(desk.commune.province(desk.on))}"
    return foot, ("★", "ỦY BAN NHÂN DÂN", unit, "MẪU")


def _short(name: str) -> str:
    for long, short in (
        ("Huyện ", "H. "),
        ("Tỉnh ", "T. "),
        ("Thành phố ", "TP. "),
        ("Thị xã ", "TX. "),
        ("Quận ", "Q. "),
    ):
        name = name.replace(long, short)
    return name


def personal_sign(composer: Composer, place: Place, dice: Dice) -> None:
    """A citizen's signature without a seal."""
    composer.put(
        Signature(
            place.x + dice.uniform(-3, 3), place.y, dice.uniform(24, 38), dice.randrange(1 << 30)
        ),
        place.page,
    )


def certified_copy(paper: Paper, desk: Desk) -> Paper:
    """``paper`` as a certified copy (bản sao chứng thực): a photocopy with fresh stamp and seal.

    They stand on the page that has most room.
    """
    dice = desk.chance("certified", paper.slug)
    lowest = [max(m.y for m in page.marks if isinstance(m, Text)) for page in paper.pages]
    chosen = lowest.index(min(lowest))
    top = min(lowest[chosen] + 10, 225.0)
    lines = (
        "CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH",
        f"Số chứng thực: {dice.randint(40, 2400)} Quyển số: {dice.randint(1, 9):02d}-SCT/BS",
        f"Ngày {desk.on:%d} tháng {desk.on:%m} năm {desk.on.year}",
    )
    signer = desk.official("copies")
    foot, middle = committee_seal(desk)
    x = 146 + dice.uniform(-3, 5)
    over = (
        Stamp(24 + dice.uniform(0, 6), top, lines, 10.5, dice.uniform(-2, 2)),
        Signature(x, top + 18, dice.uniform(32, 42), signer.writer),
        Seal(x - 18, top + 18, 17.5, RING, foot.upper(), middle, dice.gauss(0, 7), 7),
        Text(x - 16, top + 34, signer.name, "bold", 12.5),
    )
    pages = list(paper.pages)
    stamped = pages[chosen]
    pages[chosen] = replace(stamped, over=over, lines=(*stamped.lines, *lines, signer.name))
    return replace(paper, form="certified_copy", pages=tuple(pages))


def finish(
    composer: Composer,
    entries: Entries,
    *,
    slug: str,
    title: str,
    doc_type: str,
    official: Official | None = None,
    digital: bool = False,
    **more: Any,
) -> Paper:
    """The paper with its truth; ``more`` are further fields."""
    fields = dict(entries.fields)
    if official is not None:
        fields["signer"], fields["signer_title"] = official.name, official.title
    fields.update(more)
    return Paper(
        slug=slug,
        title=title,
        doc_type=doc_type,
        pages=composer.pages(),
        family=composer.family.name,
        fields=fields,
        penned=tuple(dict.fromkeys(entries.penned)),
        digital=digital,
    )
