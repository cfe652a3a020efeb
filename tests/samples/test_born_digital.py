"""Digital-born PDFs hold the truth as text; another reader is the judge."""

from __future__ import annotations

import io
import re
from datetime import date

import pdfplumber
import pikepdf
import pytest

from sohoa_samples import born_digital, fonts
from sohoa_samples.desk import Desk
from sohoa_samples.dice import Dice
from sohoa_samples.papers import administrative, business, land, residence
from sohoa_samples.people import invent_person
from sohoa_samples.places import Commune, communes
from sohoa_samples.sheet import Paper


def _desk(name: str) -> Desk:
    """A desk at which the paper called ``name`` is made without paper."""
    for seed in range(200):
        desk = Desk(Dice("test", name, seed), communes()[seed % 30], date(2026, 3, 17))
        if desk.born_digital(name):
            return desk
    raise AssertionError("no seed makes it digital")


def _paper(name: str) -> Paper:
    desk = _desk(name)
    commune: Commune = desk.commune
    person = invent_person(Dice("person", name), commune, on=desk.on)
    match name:
        case "decision":
            return administrative.decision(desk, person, number=7)
        case "request":
            return administrative.verification_request(
                desk, person, number=31, matter="nơi cư trú", to="Công an xã"
            )
        case "amend_notice":
            return business.amend_notice(desk, person, number=12)
        case "police_notice":
            return residence.police_notice(desk, person, person.home, number=15)
        case _:
            return land.verification_slip(desk, person, land.invent_parcel(desk), number=208)


PAPERS = ("decision", "request", "amend_notice", "police_notice", "slip")


def _lines(data: bytes) -> list[list[str]]:
    """Lines in content order: a new one where the baseline moves or the pen goes back."""
    pages = []
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            lines: list[str] = []
            last = None
            for char in page.chars:
                same = (
                    last is not None
                    and abs(char["bottom"] - last["bottom"]) < 2
                    and char["x0"] >= last["x0"]
                )
                if not same:
                    lines.append("")
                elif char["x0"] - last["x1"] > 1.0:
                    lines[-1] += " "
                lines[-1] += char["text"]
                last = char
            pages.append([" ".join(re.sub(r"\.{3,}", " ", line).split()) for line in lines])
    return pages


@pytest.mark.parametrize("name", PAPERS)
def test_text_layer_is_the_truth(name: str) -> None:
    paper = _paper(name)
    assert paper.digital and not paper.penned
    data = born_digital.pdf_bytes(paper, fonts.families()[paper.family])
    read = _lines(data)
    words = "\f".join(" ".join(line for line in page if line) for page in read).split()
    assert words == " ".join(paper.text.split("\n")).split() or words == paper.text.split()


@pytest.mark.parametrize("name", PAPERS)
def test_fonts_are_embedded_and_bytes_repeat(name: str) -> None:
    paper = _paper(name)
    family = fonts.families()[paper.family]
    data = born_digital.pdf_bytes(paper, family)
    assert data == born_digital.pdf_bytes(paper, family)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not pdf.check_pdf_syntax()
        for font in pdf.pages[0].Resources.Font.values():
            assert font.Encoding == "/Identity-H" and "/ToUnicode" in font
            assert len(font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()) > 1000


def test_handwriting_cannot_be_born_digital() -> None:
    for seed in range(50):
        desk = Desk(Dice("hand", seed), communes()[0], date(2026, 3, 17))
        person = invent_person(Dice(seed), desk.commune, on=desk.on)
        paper = administrative.decision(desk, person, number=7)
        assert born_digital.is_possible(paper.pages) is (not paper.penned)
        assert not (paper.digital and paper.penned)
