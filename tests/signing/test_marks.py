"""Marks on the page: right letters, right corner, nothing covered, PDF/A kept."""

from __future__ import annotations

import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from sohoa_signing.errors import MarkFontMissing, SigningRefused
from sohoa_signing.free_space import (
    PageView,
    Zone,
    find_ink,
    find_place,
    look_at_first_page,
    occupy,
)
from sohoa_signing.mark_font import MarkFont, find_mark_font, vietnamese_letters
from sohoa_signing.marks import (
    FONT_SIZE,
    MM,
    Conversion,
    Corner,
    MarkWording,
    agency_mark,
    conversion_mark,
    draw,
    format_time,
    lay_out,
    officer_mark,
)
from sohoa_signing.sign import Level, SignerRole, SignRequest, sign_pdf
from sohoa_signing.verify.policy import Verdict
from tests.signing.kit import NOW, judge, make_pdf, page_pixels, scan_image, sign

AT = datetime(2026, 11, 21, 2, 5, 7, tzinfo=UTC)
AGENCY = "Ủy ban nhân dân phường Bến Nghé"


def text_of(pdf: bytes, folder: Path) -> str:
    path = folder / "text.pdf"
    path.write_bytes(pdf)
    return subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout


def sign_all(pdf: bytes, authority) -> bytes:
    """The way of one scan: conversion mark and officer, then the agency."""
    officer = sign_pdf(
        pdf,
        SignRequest(
            SignerRole.OFFICER,
            NOW,
            mark=officer_mark("Nguyễn Thị Hường", AT),
            page_mark=conversion_mark(Conversion(AGENCY, AT)),
            checked_at=NOW,
        ),
        authority.key("officer"),
    )
    return sign_pdf(
        officer.pdf,
        SignRequest(
            SignerRole.AGENCY,
            NOW,
            mark=agency_mark("Sao y", AGENCY, AT),
            level=Level.B_T,
            checked_at=NOW,
        ),
        authority.key("agency"),
        timestamper=authority.stamper(NOW),
    ).pdf


# --- the font ------------------------------------------------------------------------------------


def test_the_font_has_every_vietnamese_letter():
    font = find_mark_font()
    letters = vietnamese_letters()
    assert len(letters) == 2 * 93
    assert font.clean(letters) == letters
    subset = font.subset([letters])
    program = TTFont(io.BytesIO(subset.program))
    glyphs = program["glyf"]
    names = program.getGlyphOrder()
    for letter in letters:
        assert glyphs[names[subset.glyphs[letter]]].numberOfContours != 0, letter
    drawn = {letter: subset.glyphs[letter] for letter in letters}
    assert len(set(drawn.values())) == len(letters)


def test_times_metrics():
    """Widths of Times New Roman, in thousandths: the law's font, by measure."""
    font = find_mark_font()
    for letter, width in (("a", 444), ("m", 778), ("W", 944), ("0", 500), ("a a", 1138)):
        assert font.width(letter, 1000) == pytest.approx(width, abs=2)
    assert font.width("ế", 1000) == pytest.approx(font.width("e", 1000), abs=2)


def test_a_font_without_the_letters_is_not_taken(tmp_path):
    from fontTools import subset

    font = TTFont(_font_path())
    cutter = subset.Subsetter()
    cutter.populate(text="abc")
    cutter.subset(font)
    poor = tmp_path / "LiberationSerif-Regular.ttf"
    font.save(poor)
    with pytest.raises(MarkFontMissing):
        MarkFont(poor)
    assert find_mark_font((poor,)).family
    (tmp_path / "junk.ttf").write_bytes(b"junk")
    assert find_mark_font((tmp_path / "junk.ttf",)).family


def _font_path() -> Path:
    from sohoa_signing.mark_font import _candidates

    return next(iter(_candidates(())))


def test_subsets_are_small_and_repeatable():
    font = find_mark_font()
    one, two = font.subset(["Sao y"]), font.subset(["y oaS"])
    assert one is two
    assert len(one.program) < 6000
    assert one.name[6] == "+"


def test_letters_outside_the_repertoire_and_decomposed_text():
    font = find_mark_font()
    assert font.clean("Nguye\u0302\u0303n\t Va\u0306n\n漢") == "Nguyễn Văn ?"


# --- wording and layout ------------------------------------------------------------------------


def test_lines_of_the_law():
    assert agency_mark("Sao y", AGENCY, AT).paragraphs == (
        "Sao y",
        AGENCY,
        "21/11/2026 09:05:07 +07:00",
    )
    assert agency_mark("", AGENCY, AT).paragraphs == (AGENCY, "21/11/2026 09:05:07 +07:00")
    assert officer_mark("Lê A", AT).corner is Corner.TOP_LEFT
    strict = MarkWording(time_pattern="%Y-%m-%dT%H:%M:%S%z")
    assert agency_mark("Sao y", AGENCY, AT, wording=strict).paragraphs[-1] == (
        "2026-11-21T09:05:07+07:00"
    )
    with_mark = agency_mark("Sao y", AGENCY, AT, conversion=Conversion(AGENCY, AT))
    assert "chuyển đổi từ văn bản giấy" in with_mark.paragraphs[-1]
    assert AGENCY in with_mark.paragraphs[-1]


def test_time_without_zone_is_a_mistake():
    with pytest.raises(ValueError, match="zone"):
        format_time(datetime(2026, 11, 21), "%d")  # noqa: DTZ001 - the mistake under test


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=vietnamese_letters() + "   ,.-", max_size=120),
    st.floats(min_value=60, max_value=400),
)
def test_no_line_is_wider_than_the_block(text, width):
    font = find_mark_font()
    block = lay_out(officer_mark(text or "x", AT), font, max_width=width)
    assert block.width <= max(width, 20) + 0.01
    assert all(font.width(line, FONT_SIZE) <= block.width for line in block.lines)
    flat = "".join(font.clean(text or "x").split())
    assert "".join(block.lines).replace(" ", "").startswith(flat)
    assert draw(block).count(b"Tj") == len(block.lines)


# --- free space --------------------------------------------------------------------------------


def test_dust_and_uneven_light_are_not_content():
    rng = np.random.default_rng(1)
    shade = np.linspace(255, 190, 600)[None, :, None] + rng.normal(0, 3, (400, 600, 3))
    page = shade.clip(0, 255).astype(np.uint8)
    for _ in range(60):
        page[rng.integers(0, 400), rng.integers(0, 600)] = 40
    assert find_ink(page)[0].mean() < 0.002
    page[200:204, 100:500] = 60
    assert find_ink(page)[0][200:204, 150:450].all()


def test_seals_and_pale_pen_are_content():
    page = Image.new("RGB", (600, 400), (250, 248, 240))
    pen = ImageDraw.Draw(page)
    pen.ellipse((50, 50, 150, 150), outline=(215, 60, 60), width=3)
    pen.line((300, 100, 500, 130), fill=(120, 130, 190), width=3)
    ink, _strong = find_ink(np.asarray(page))
    assert ink[45:155, 45:155].sum() > 500
    assert ink[95:135, 295:505].sum() > 300


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_marks_cover_nothing_and_stand_in_their_corners(authority, rotate, tmp_path):
    paper = make_pdf(rotate=rotate)
    signed = sign_all(paper, authority)
    before = page_pixels(paper, dpi=90)[..., :3].min(axis=2).astype(int)
    after = page_pixels(signed, dpi=90)[..., :3].min(axis=2).astype(int)
    changed = np.abs(before - after) > 60
    assert changed.sum() > 300, "the marks are visible"
    ink, _strong = find_ink(page_pixels(paper, dpi=90))
    assert not (changed & ink).any(), "a mark lies over content"
    rows, columns = np.nonzero(changed)
    height, width = changed.shape
    top, bottom = rows < height / 2, rows >= height / 2
    assert columns[top].min() < width * 0.1 and columns[top].max() > width * 0.9
    assert bottom.any()
    shown = text_of(signed, tmp_path)
    for line in ("Nguyễn Thị Hường", "Sao y", AGENCY, "21/11/2026 09:05:07 +07:00"):
        assert line in " ".join(shown.split()), shown
    assert "chuyển đổi từ văn bản giấy" in " ".join(shown.split())
    report = judge(signed, authority.policy())
    assert report.verdict is Verdict.VALID, report.code


def test_text_stands_upright_on_a_turned_page(authority):
    """The officer's block, cut out of a turned page, looks as on a straight one."""

    def block(rotate: int) -> np.ndarray:
        blank = Image.new("RGB", (595, 842) if rotate == 0 else (842, 595), "white")
        paper = make_pdf(rotate=rotate, image=blank)
        signed = sign_pdf(
            paper,
            SignRequest(SignerRole.OFFICER, NOW, mark=officer_mark("Hường", AT), checked_at=NOW),
            authority.key("officer"),
        )
        assert signed.box is not None
        picture = page_pixels(signed.pdf, dpi=144)[..., 0]
        x0, y0, x1, y1 = (round(v * 144 / 25.4) for v in signed.box)
        return picture[y0 - 3 : y1 + 3, x0 - 3 : x1 + 3]

    straight = block(0)
    assert (straight < 128).sum() > 200
    for rotate in (90, 180, 270):
        turned = block(rotate)
        rows, columns = (min(a, b) for a, b in zip(straight.shape, turned.shape, strict=True))
        ink = [(p[:rows, :columns] < 128).sum(axis=1) for p in (straight, turned)]
        assert np.corrcoef(ink[0], ink[1])[0, 1] > 0.8, rotate


def test_a_full_corner_makes_the_zone_grow(authority):
    image = scan_image()
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 620, 160), fill=(40, 40, 40))
    signed = sign(make_pdf(image=image), authority, mark=True)
    assert signed.zone in (Zone.GROWN, Zone.HALF_PAGE)
    assert not signed.placed_over_content
    assert signed.box is not None and signed.box[1] > 160 / 877 * 297


def test_a_page_without_any_room_is_reported(authority):
    black = Image.new("RGB", (620, 877), (15, 15, 15))
    signed = sign(make_pdf(image=black), authority, mark=True)
    assert signed.placed_over_content
    assert signed.zone == "forced"
    assert judge(signed.pdf, authority.policy()).verdict is Verdict.VALID


def test_the_second_block_keeps_off_the_first(authority):
    """A narrow page: both marks want the top edge."""
    paper = make_pdf()
    view = look_at_first_page(paper)
    first = find_place(view, Corner.TOP_RIGHT, 150, 40)
    second = find_place(occupy(view, first.box), Corner.TOP_RIGHT, 150, 40)
    assert second.box != first.box
    left, right = sorted((first.box, second.box))
    apart_x = left[2] <= right[0]
    apart_y = left[3] <= right[1] or right[3] <= left[1]
    assert apart_x or apart_y
    once = sign(paper, authority, mark=True)
    again = sign(once.pdf, authority, mark=True)
    assert once.box is not None and again.box is not None
    assert again.box[1] >= once.box[3] or again.box[0] >= once.box[2]


def test_box_is_told_in_millimetres_from_the_top_left(paper, authority):
    signed = sign(paper, authority, mark=True)
    assert signed.box is not None
    x0, y0, x1, y1 = signed.box
    assert 4 < x0 < 12 and 4 < y0 < 15
    assert 10 < x1 - x0 < 84 and 8 < y1 - y0 < 12
    assert (x1 - x0) * MM > 30


def test_page_mark_comes_before_any_signature(once, authority):
    request = SignRequest(
        SignerRole.AGENCY,
        NOW,
        page_mark=conversion_mark(Conversion(AGENCY, AT)),
        checked_at=NOW,
    )
    with pytest.raises(SigningRefused):
        sign_pdf(once, request, authority.key("agency"))


# --- PDF/A -------------------------------------------------------------------------------------


def test_pdf_a_facts_after_signing(authority):
    """ISO 19005-2: fonts embedded with true widths, Print flag, no transparency, XMP untouched."""
    paper = make_pdf()
    signed = sign_all(paper, authority)
    assert signed.startswith(paper)
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "2"
        fonts = [
            obj
            for obj in pdf.objects
            if isinstance(obj, pikepdf.Dictionary) and obj.get("/Type") == "/Font"
        ]
        composite = [font for font in fonts if font.Subtype == "/Type0"]
        assert len(composite) == 3
        for font in composite:
            (descendant,) = font.DescendantFonts
            assert font.Encoding == "/Identity-H"
            assert descendant.CIDToGIDMap == "/Identity"
            assert font.BaseFont == descendant.BaseFont == descendant.FontDescriptor.FontName
            program = TTFont(io.BytesIO(descendant.FontDescriptor.FontFile2.read_bytes()))
            units = program["head"].unitsPerEm
            start, widths = descendant.W
            assert start == 0
            for gid, name in enumerate(program.getGlyphOrder()):
                true = program["hmtx"][name][0] * 1000 / units
                assert abs(int(widths[gid]) - true) <= 1
            assert b"beginbfchar" in font.ToUnicode.read_bytes()
            assert b"<0000>" not in font.ToUnicode.read_bytes().split(b"beginbfchar")[1]
        for annotation in pdf.pages[0].Annots:
            flags = int(annotation.F)
            assert flags & 4, "Print"
            assert not flags & (1 | 2 | 32), "Invisible, Hidden, NoView"
            assert set(annotation.AP.keys()) == {"/N"}
            form = annotation.AP.N
            assert "/Group" not in form and "/ExtGState" not in form.Resources
            assert b" gs" not in form.read_bytes()
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        assert pdf.Root.AcroForm.SigFlags == 3
        for obj in pdf.objects:
            if isinstance(obj, pikepdf.Dictionary | pikepdf.Stream):
                assert "/JS" not in obj and obj.get("/S") != "/JavaScript"


def test_invisible_signature_leaves_the_page_as_it_was(paper, authority):
    signed = sign(paper, authority).pdf
    assert (page_pixels(paper) == page_pixels(signed)).all()
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        (widget,) = pdf.pages[0].Annots
        assert [float(n) for n in widget.Rect] == [0, 0, 0, 0]
        assert int(widget.F) & 4


def test_a_pale_printed_ground_does_not_drive_a_mark_down_the_page() -> None:
    """A certificate's pattern everywhere: the mark stays near its corner and off the letters."""
    rows, columns = 1052, 744
    ink = np.ones((rows, columns), dtype=bool)
    strong = np.zeros((rows, columns), dtype=bool)
    strong[:90] = True  # a dark frame along the top edge
    view = PageView(595.0, 842.0, 0, (0.0, 0.0), ink, strong)
    place = find_place(view, Corner.TOP_RIGHT, 120.0, 36.0)
    assert place.zone is Zone.PATTERN and not place.covers_content
    assert place.box[1] > 842 * 0.7 and place.box[3] < 842 - 90 / 1.25
