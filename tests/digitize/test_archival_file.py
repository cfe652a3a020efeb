"""The archival PDF: image bytes kept, text right in every reader, bytes reproducible."""

from __future__ import annotations

import io
import re
import struct
import subprocess
from pathlib import Path

import numpy as np
import pdfplumber
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sohoa_core.limits import Limits
from sohoa_digitize.decode import open_source
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.pdfa import glyphless, icc
from sohoa_digitize.pdfa.check import check
from sohoa_digitize.pdfa.writer import ArchivalPage, placed, to_unicode, write
from sohoa_digitize.pdfa.xmp import Described, xmp
from sohoa_digitize.source import SourcePage
from sohoa_digitize.words import Line, PageText, Word, nfc
from tests.digitize.conftest import empty_pdf, encoded

LETTERS = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
SHEET = (400, 300)
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Kính gửi: Ủy ban nhân dân, 15/QĐ-UBND",
)


def page_text(*lines: str, slope: float = 0.0) -> PageText:
    out = []
    for index, text in enumerate(lines):
        x, y = 20.0, 40.0 + 50 * index
        words = []
        for part in text.split():
            width = 7.0 * len(part)
            # Dashes and commas have boxes of their own height, as engines give them.
            top = y - 4 if part == "-" else y - 14
            words.append(Word(part, (x, top, x + width, y + (0 if part == "-" else 3)), 0.95))
            x += width + 5
        out.append(Line(tuple(words), (20.0, y, x, y + slope * (x - 20)), 17.0))
    return PageText(tuple(out), *SHEET)


def source(data: bytes, name: str) -> list[SourcePage]:
    source = open_source(data, name=name, options=DigitizeOptions(), limits=Limits())
    return list(source.pages(range(source.page_count)))


def noisy(mode: str = "RGB") -> Image.Image:
    pixels = np.random.default_rng(7).integers(0, 255, (SHEET[1], SHEET[0], 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


def archive(data: bytes, name: str, text: PageText | None = None) -> bytes:
    pages = source(data, name)
    shown = text or page_text(*LINES)
    return write([ArchivalPage(p.stored, p.dpi, p.rotation, shown) for p in pages], Described())


def only_image(document: pikepdf.Pdf) -> pikepdf.Object:
    (image,) = document.pages[0].resources.XObject.values()
    return image


def idat(png: bytes) -> bytes:
    """The joined IDAT chunks of a PNG."""
    out, position = b"", 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        if png[position + 4 : position + 8] == b"IDAT":
            out += png[position + 8 : position + 8 + length]
        position += 12 + length
    return out


def raw_image(pdf: bytes) -> tuple[bytes, dict[str, object]]:
    """The stored bytes and the image's dictionary as plain text."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        image = only_image(document)
        space = image.ColorSpace
        entries = {
            "space": str(space if isinstance(space, pikepdf.Name) else space[0]),
            "filter": str(image.Filter),
            "decode": [int(x) for x in image.get("/Decode", [])],
        }
        return bytes(image.read_raw_bytes()), entries


def test_text_is_right_in_poppler_pdfium_and_pdfplumber(tmp_path: Path) -> None:
    pdf = archive(encoded(noisy(), "JPEG", dpi=(200, 200)), "a.jpg", page_text(*LINES, slope=0.02))
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf)
    poppler = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
    assert [line for line in poppler.decode().splitlines() if line.strip("\f")] == list(LINES)
    document = pypdfium2.PdfDocument(pdf)
    pdfium = document[0].get_textpage().get_text_range()
    assert [line.strip() for line in pdfium.splitlines() if line.strip()] == list(LINES)
    document.close()
    with pdfplumber.open(path) as plumber:
        assert plumber.pages[0].extract_text().splitlines() == list(LINES)


def test_jpeg_bytes_pass_through() -> None:
    data = encoded(noisy(), "JPEG", dpi=(200, 200), quality=80)
    kept, image = raw_image(archive(data, "a.jpg"))
    assert kept == data
    assert image["space"] == "/DeviceRGB"


def test_cmyk_jpeg_keeps_bytes_and_gets_a_profile() -> None:
    data = encoded(noisy("CMYK"), "JPEG", dpi=(200, 200))
    pdf = archive(data, "a.jpg")
    kept, image = raw_image(pdf)
    assert kept == data
    assert image["space"] == "/ICCBased"
    assert image["decode"] == [1, 0] * 4
    assert check(pdf) == []


def test_cmyk_shows_the_right_colours() -> None:
    red = Image.new("RGB", SHEET, (230, 20, 20)).convert("CMYK")
    pdf = archive(encoded(red, "JPEG", quality=95, dpi=(72, 72)), "a.jpg", page_text())
    document = pypdfium2.PdfDocument(pdf)
    shown = np.asarray(document[0].render(scale=0.5).to_pil().convert("RGB"))
    document.close()
    r, g, b = shown[50, 50].astype(int)
    assert r > 150 and g < 90 and b < 90


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P"])
def test_png_data_pass_through(mode: str) -> None:
    image = noisy().quantize(16) if mode == "P" else noisy(mode)
    data = encoded(image, "PNG", dpi=(200, 200))
    pdf = archive(data, "a.png")
    kept, _ = raw_image(pdf)
    assert kept == idat(data)
    assert check(pdf) == []
    document = pikepdf.open(io.BytesIO(pdf))
    again = pikepdf.PdfImage(only_image(document)).as_pil_image().convert("RGB")
    assert np.array_equal(np.asarray(again), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("depth", ["alpha", "sixteen", "interlaced"])
def test_png_that_cannot_pass_is_stored_without_loss(depth: str) -> None:
    if depth == "alpha":
        layer = Image.new("RGBA", SHEET, (0, 0, 0, 0))
        layer.paste((200, 10, 10, 255), (0, 0, 100, 100))
        data, expected = encoded(layer, "PNG"), (255, 255, 255)
    elif depth == "sixteen":
        deep = np.full((SHEET[1], SHEET[0]), 0x8000, np.uint16)
        data, expected = encoded(Image.fromarray(deep), "PNG"), (128, 128, 128)
    else:
        data, expected = encoded(Image.new("RGB", SHEET, (9, 99, 200)), "PNG"), (9, 99, 200)
    pdf = archive(data, "a.png", page_text())
    assert check(pdf) == []
    document = pypdfium2.PdfDocument(pdf)
    shown = np.asarray(document[0].render(scale=1).to_pil().convert("RGB")).astype(int)
    document.close()
    assert np.abs(shown[-20, -20] - np.array(expected)).max() <= 2


def test_g4_strip_passes_through_and_multi_strip_is_joined() -> None:
    two = noisy("1")
    one_strip = encoded(two, "TIFF", compression="group4", tiffinfo={278: SHEET[1]})
    kept, image = raw_image(archive(one_strip, "a.tif"))
    assert kept in one_strip
    assert image["filter"] == "/CCITTFaxDecode"
    many = encoded(two, "TIFF", compression="group4", tiffinfo={278: 16})
    pdf = archive(many, "a.tif")
    document = pypdfium2.PdfDocument(pdf)
    (thing,) = document[0].get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,))
    pixels = np.asarray(thing.get_bitmap().to_pil().convert("L"))
    document.close()
    assert np.array_equal(pixels > 127, np.asarray(two))
    assert check(pdf) == []


@pytest.mark.parametrize("mode", ["YCbCr", "L", "RGB"])
def test_jpeg_in_tiff_is_joined_without_decoding(mode: str) -> None:
    data = encoded(noisy().convert(mode), "TIFF", compression="jpeg", tiffinfo={278: 32})
    with Image.open(io.BytesIO(data)) as tiff:
        wanted = np.asarray(tiff.convert("RGB")).astype(int)
    (page,) = source(data, "a.tif")
    assert page.stored.filter == "DCTDecode"
    pdf = archive(data, "a.tif")
    document = pypdfium2.PdfDocument(pdf)
    (thing,) = document[0].get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,))
    shown = np.asarray(thing.get_bitmap().to_pil().convert("RGB")).astype(int)
    document.close()
    assert np.abs(shown - wanted).mean() < 3
    assert len(pdf) < 1.03 * len(data) + 40_000
    assert check(pdf) == []


def test_scanned_pdf_keeps_its_image_and_size() -> None:
    jpeg = encoded(noisy(), "JPEG")

    def scan(pdf: pikepdf.Pdf) -> None:
        image = pikepdf.Stream(pdf, b"")
        image.write(jpeg, filter=pikepdf.Name.DCTDecode)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = *SHEET, 8
        image.ColorSpace = pikepdf.Name.DeviceRGB
        page = pdf.pages[0].obj
        page.MediaBox = pikepdf.Array([0, 0, 144, 108])
        page.Rotate = 90
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=pdf.make_indirect(image)))
        page.Contents = pdf.make_indirect(pikepdf.Stream(pdf, b"q 144 0 0 108 0 0 cm /I Do Q"))

    (page,) = source(empty_pdf(scan), "a.pdf")
    assert page.stored.data == jpeg
    assert page.dpi == (200.0, 200.0)
    assert (page.rotation, page.upright) == (90, (SHEET[1], SHEET[0]))
    assert page.pixels().shape[:2] == (SHEET[0], SHEET[1])


def test_exif_turn_is_shown_by_the_matrix() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    corner = Image.new("RGB", SHEET, "white")
    corner.paste((0, 0, 0), (0, 0, 60, 60))
    data = encoded(corner, "JPEG", exif=exif, dpi=(72, 72))
    pdf = archive(data, "a.jpg", page_text())
    kept, _ = raw_image(pdf)
    assert kept == data
    document = pypdfium2.PdfDocument(pdf)
    shown = np.asarray(document[0].render(scale=0.5).to_pil().convert("L"))
    document.close()
    assert shown.shape[0] > shown.shape[1]
    assert shown[10, -10] < 50 < 200 < shown[10, 10]  # top left went to top right


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_placement_covers_the_page(rotation: int) -> None:
    (a, b, c, d, e, f), (wide, high) = placed(400, 300, rotation)
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (0, 1) for y in (0, 1)]
    assert sorted(corners) == sorted([(0, 0), (0, high), (wide, 0), (wide, high)])


def test_same_pages_same_bytes_other_pages_other_bytes() -> None:
    data = encoded(noisy(), "JPEG")
    assert archive(data, "a.jpg") == archive(data, "a.jpg")
    assert archive(data, "a.jpg") != archive(data, "a.jpg", page_text("khác"))


def test_what_is_written_passes_the_check() -> None:
    about = Described(title='Số hóa <&> "văn bản"', created="2026-11-21T09:05:07+07:00")
    (page,) = source(encoded(noisy("L"), "PNG"), "a.png")
    parts = [ArchivalPage(page.stored, page.dpi, 0, page_text(*LINES))] * 3
    pdf = write(parts, about)
    assert check(pdf) == []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.docinfo.Title) == about.title
        assert len(document.pages) == 3


def _damage(pdf: bytes, change: str) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root, page = document.Root, document.pages[0]
        image = only_image(document)
        font = page.resources.Font.F0
        if change == "intent":
            del root.OutputIntents
        elif change == "metadata":
            root.Metadata = document.make_stream(
                xmp(Described(), part=None), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
            )
        elif change == "title":
            document.trailer.Info.Title = "other"
        elif change == "script":
            root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript)
        elif change == "mapping":
            font.ToUnicode = document.make_stream(to_unicode([(0x41, "A")]))
        elif change == "forbidden":
            cmap = bytes(font.ToUnicode.read_bytes())
            font.ToUnicode.write(cmap.replace(b"<0020> <0020>", b"<0020> <FEFF>"))
        elif change == "colour":
            image.ColorSpace = pikepdf.Name.DeviceCMYK
        elif change == "smooth":
            image.Interpolate = True
        elif change == "group":
            page.obj.Group = pikepdf.Dictionary(S=pikepdf.Name.Transparency)
        elif change == "font":
            del font.DescendantFonts[0].FontDescriptor.FontFile2
        out = io.BytesIO()
        document.save(out, fix_metadata_version=False)
        return out.getvalue()


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ("intent", "6.2.3"),
        ("metadata", "6.6.4"),
        ("title", "6.6.3"),
        ("script", "6.5.1"),
        ("mapping", "6.2.11.7.2"),
        ("forbidden", "6.2.11.7.2"),
        ("colour", "6.2.4.3"),
        ("smooth", "6.2.8"),
        ("group", "6.2.10"),
        ("font", "6.2.11.4"),
    ],
)
def test_the_check_finds_damage(change: str, clause: str) -> None:
    pdf = archive(encoded(noisy(), "JPEG"), "a.jpg")
    assert any(problem.startswith(clause) for problem in check(_damage(pdf, change)))


def test_profiles_and_font() -> None:
    assert icc.usable(icc.srgb(), 3)
    assert icc.usable(icc.cmyk(), 4)
    assert not icc.usable(icc.srgb(), 4)
    assert not icc.usable(icc.srgb()[:-1], 3)
    assert len(glyphless.font_file()) < 1024


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=9
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_letters_survive_the_text_layer(words: list[str]) -> None:
    clean = [w for w in map(nfc, words) if w.strip()]
    if not clean:
        return
    (page,) = source(encoded(Image.new("L", (40, 40), 255), "PNG"), "a.png")
    pdf = write([ArchivalPage(page.stored, page.dpi, 0, page_text(" ".join(clean)))], Described())
    assert check(pdf) == []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page_ = document.pages[0]
        cmap = bytes(page_.resources.Font.F0.ToUnicode.read_bytes()).decode("ascii")
        content = bytes(page_.Contents.read_bytes()).decode("ascii")
    meaning = dict(
        re.findall(r"<([0-9A-F]{4})> <((?:[0-9A-F]{4})+)>", cmap.split("beginbfchar", 1)[1])
    )
    shown = []
    for codes in re.findall(r"<([0-9A-F]+)> Tj", content):
        units = "".join(meaning[codes[i : i + 4]] for i in range(0, len(codes), 4))
        shown.append(bytes.fromhex(units).decode("utf-16-be").strip(" "))
    wanted = ["".join(c for c in word if c not in "\uffff\ufffe\ufeff") for word in clean]
    assert shown == [word for word in wanted if word]
