"""Marks on the page: right letters, right corner, nothing covered, PDF/A kept."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from sohoa_signing.errors import MarkFontMissing, MarkWithoutRoom, SigningRefused
from sohoa_signing.free_space import (
    NEAR,
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


def covered(before: bytes, after: bytes, *, strip: float = 0.0) -> bool:
    """Whether what was added to page 1 lies over its content, ``strip`` points of it on top."""
    old, new = (page_pixels(pdf, dpi=90)[..., :3] for pdf in (before, after))
    shift = new.shape[0] - old.shape[0]
    assert abs(shift - strip * 90 / 72) <= 2
    ink, _strong = find_ink(old)
    below = new[shift:].min(axis=2).astype(int)
    changed = np.abs(below - old.min(axis=2).astype(int)) > 60
    return bool((changed & ink).any())


def test_a_full_corner_makes_the_zone_grow(authority):
    image = scan_image()
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 620, 160), fill=(40, 40, 40))
    paper = make_pdf(image=image)
    signed = sign(paper, authority, mark=True)
    assert (signed.zone, signed.page_grown, signed.lane) == (Zone.GROWN, 0.0, "fast")
    assert signed.box is not None and signed.box[1] > 160 / 877 * 297
    assert not covered(paper, signed.pdf)


def test_the_other_end_of_the_band_comes_before_the_middle_of_the_page():
    ink = np.zeros((1052, 744), dtype=bool)
    ink[:, 300:] = True  # all but the left of the page is full
    view = PageView(595.0, 842.0, 0, (0.0, 0.0), ink, ink)
    place = find_place(view, Corner.TOP_RIGHT, 120.0, 36.0)
    assert place is not None and place.zone is Zone.BAND
    assert place.box[2] < 300 * 0.8 and place.box[3] > 842 * 0.85
    ink[:400] = True
    place = find_place(replace(view, ink=ink, strong=ink), Corner.TOP_RIGHT, 120.0, 36.0)
    assert place is not None and place.zone is Zone.PAGE
    assert find_place(view, Corner.TOP_RIGHT, 120.0, 36.0, zones=NEAR) is None
    ink[:] = True
    assert find_place(view, Corner.TOP_RIGHT, 120.0, 36.0) is None


def test_a_block_is_laid_out_anew_before_it_leaves_its_corner(authority):
    """Only a low, wide gap: the lines get longer. Only a narrow one: they get shorter."""
    long_name = "Ủy ban nhân dân phường Thử Nghiệm Rất Dài Tên Thành phố Mẫu"
    for gap, few in (((190, 14, 612, 74), True), ((400, 14, 612, 110), False)):
        image = Image.new("RGB", (620, 877), (30, 30, 30))
        ImageDraw.Draw(image).rectangle(gap, fill=(250, 250, 250))
        paper = make_pdf(image=image)
        mark = agency_mark("Sao y", long_name, AT)
        request = SignRequest(SignerRole.AGENCY, NOW, mark=mark, checked_at=NOW)
        signed = sign_pdf(paper, request, authority.key("agency"))
        assert signed.zone == Zone.CORNER
        assert (len(signed.lines) == 3) is few
        assert not covered(paper, signed.pdf)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_page_without_any_room_is_given_a_strip(authority, rotate, tmp_path):
    """Room for the marks of both signatures, made by the first; the content stays as it was."""
    size = (620, 877) if rotate in (0, 180) else (877, 620)
    black = Image.new("RGB", size, (15, 15, 15))
    paper = make_pdf(image=black, rotate=rotate)
    agency = agency_mark("Sao y", AGENCY, AT)
    request = SignRequest(
        SignerRole.OFFICER,
        NOW,
        mark=officer_mark("Nguyễn Thị Hường", AT),
        page_mark=conversion_mark(Conversion(AGENCY, AT)),
        reserve=(agency,),
        checked_at=NOW,
    )
    first = sign_pdf(paper, request, authority.key("officer"))
    assert first.zone == Zone.STRIP and 15 < first.page_grown < 60
    assert (first.lane, first.lane_reason) == ("library", "page_enlarged")
    strip = first.page_grown * MM
    assert not covered(paper, first.pdf, strip=strip)
    assert first.box is not None and first.box[0] < 10 and first.box[3] < first.page_grown
    second = sign_pdf(
        first.pdf,
        SignRequest(SignerRole.AGENCY, NOW, mark=agency, checked_at=NOW),
        authority.key("agency"),
    )
    assert (second.zone, second.page_grown) == (Zone.CORNER, 0.0)
    assert second.box is not None and second.box[3] < first.page_grown
    assert not covered(first.pdf, second.pdf)
    report = judge(second.pdf, authority.policy())
    assert report.verdict is Verdict.VALID, (report.code, report.signatures)
    shown = " ".join(text_of(second.pdf, tmp_path).split())
    for line in ("Nguyễn Thị Hường", "Sao y", "chuyển đổi từ văn bản giấy"):
        assert line in shown


def test_a_signed_page_without_room_is_refused_not_covered(authority):
    black = Image.new("RGB", (620, 877), (15, 15, 15))
    once = sign(make_pdf(image=black), authority)
    with pytest.raises(MarkWithoutRoom) as caught:
        sign(once.pdf, authority, mark=True)
    assert caught.value.exit_code == 11
    assert sign(once.pdf, authority).zone == "", "without a mark nothing needs room"


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
    assert place.zone is Zone.PATTERN
    assert place.box[1] > 842 * 0.7 and place.box[3] < 842 - 90 / 1.25
