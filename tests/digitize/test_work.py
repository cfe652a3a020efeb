"""Whole files, really recognized: few pages, small, but through everything."""

from __future__ import annotations

import io
import json
import pickle
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image

from sohoa_core.facts import Source
from sohoa_core.limits import Limits
from sohoa_digitize.engine import choose as engines
from sohoa_digitize.engine.tesseract import probe
from sohoa_digitize.errors import MissingEngine, MissingLanguage
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.pdfa.check import check
from sohoa_digitize.work import Digitized, digitize_file
from tests.digitize.conftest import draw, empty_pdf, encoded

EXPECTED = """UBND HUYỆN BẮC SƠN
UBND XÃ TÂN THÀNH
Số: 15/QĐ-UBND
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Tân Thành, ngày 05 tháng 01 năm 2024
QUYẾT ĐỊNH
Về việc công nhận tổ dân phố văn hóa
Căn cứ Luật Tổ chức chính quyền địa phương ngày 19/6/2015;
Theo đề nghị của công chức văn hóa và các tổ dân phố trong xã.
Nơi nhận:
- Như Điều 3;
- Lưu: VT.
CHỦ TỊCH
Nguyễn Văn Bình"""


def digitize(data: bytes, name: str, **chosen: object) -> Digitized:
    return digitize_file(data, name=name, options=DigitizeOptions(**chosen), limits=Limits())


@pytest.fixture(scope="module")
def scanned() -> tuple[bytes, Digitized]:
    crooked = draw().rotate(0.8, resample=Image.Resampling.BICUBIC, fillcolor="white")
    data = encoded(crooked, "JPEG", quality=85, dpi=(200, 200))
    return data, digitize(data, "quyết định.jpg")


def test_text_in_human_order(scanned: tuple[bytes, Digitized]) -> None:
    _, result = scanned
    assert result.text == EXPECTED
    assert unicodedata.is_normalized("NFC", result.text)


def test_fields_and_type(scanned: tuple[bytes, Digitized]) -> None:
    _, result = scanned
    got = {f.name: f.value for f in result.fields}
    assert result.doc_type == "quyet_dinh"
    assert result.doc_type_confidence > 0.9
    assert got["number"] == "15"
    assert got["symbol"] == "QĐ-UBND"
    assert got["date"] == "2024-01-05"
    assert got["agency"] == "UBND xã Tân Thành"
    assert got["subject"] == "Về việc công nhận tổ dân phố văn hóa"
    assert got["signer"] == "Nguyễn Văn Bình"
    assert got["signer_title"] == "Chủ tịch"
    assert all(f.source is Source.OCR for f in result.fields)


def test_page_facts_and_layout(scanned: tuple[bytes, Digitized]) -> None:
    _, result = scanned
    (page,) = result.pages
    assert (page.width, page.height, page.dpi) == (1165, 1100, 200.0)
    assert page.skew == pytest.approx(0.8, abs=0.15)
    assert page.confidence is not None and page.confidence > 0.85
    layout = json.loads(result.words)
    assert layout["pages"][0]["width"] == pytest.approx(1165 * 25.4 / 200, abs=0.01)
    words = [w[0] for line in layout["pages"][0]["lines"] for w in line["words"]]
    assert " ".join(words) == " ".join(EXPECTED.split())


def test_archival_copy(scanned: tuple[bytes, Digitized]) -> None:
    data, result = scanned
    assert result.pdfa and check(result.pdf) == []
    assert data in result.pdf
    assert len(result.pdf) < 1.03 * len(data) + 40_000


def test_again_is_the_same_and_it_travels(scanned: tuple[bytes, Digitized]) -> None:
    data, result = scanned
    again = digitize(data, "quyết định.jpg")
    assert again.pdf == result.pdf
    assert again.fields == result.fields
    assert pickle.loads(pickle.dumps(result)) == result


def test_page_on_its_head_is_turned() -> None:
    data = encoded(draw().rotate(180), "PNG", dpi=(200, 200))
    result = digitize(data, "ngược.png")
    assert result.pages[0].rotation == 180
    assert "digitize.turned" in {f.rule for f in result.findings}
    assert "Độc lập - Tự do - Hạnh phúc" in result.text


def _typed_pdf(lines: list[str], *, hidden_image: bool = False) -> bytes:
    """A digital-born PDF, made with the project's own font machinery made visible."""
    from sohoa_digitize.pdfa.textlayer import Codes, page_text
    from sohoa_digitize.pdfa.writer import _fill_font
    from sohoa_digitize.words import Line, PageText, Word

    made = []
    for index, text in enumerate(lines):
        x, y = 100.0, 120.0 + index * 60
        words = []
        for part in text.split():
            words.append(Word(part, (x, y - 28, x + 17 * len(part), y + 6), 1.0))
            x += 17 * len(part) + 12
        made.append(Line(tuple(words), (100.0, y, x, y), 34.0))

    def fill(pdf: pikepdf.Pdf) -> None:
        codes = Codes()
        page = pdf.pages[0].obj
        page.MediaBox = pikepdf.Array([0, 0, 595, 420])
        text = page_text(PageText(tuple(made), 1653, 1167), (200, 200), 420.0, "F0", codes)
        font = pdf.make_indirect(pikepdf.Dictionary())
        _fill_font(pdf, font, codes)
        boxes = b"".join(
            b"%d %d %d 9 re f\n"
            % (w.box[0] * 0.36, 422 - w.box[3] * 0.36, (w.box[2] - w.box[0]) * 0.36)
            for line in made
            for w in line.words
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F0=font))
        page.Contents = pdf.make_indirect(pikepdf.Stream(pdf, boxes + text))

    return empty_pdf(fill)


def test_good_text_layer_is_taken_and_nothing_is_recognized() -> None:
    lines = ["Cộng hòa xã hội chủ nghĩa Việt Nam", "Độc lập - Tự do - Hạnh phúc"]
    result = digitize(_typed_pdf(lines), "a.pdf")
    assert result.engine == {"text": "layer"}
    assert result.text.splitlines() == lines
    assert result.pdfa
    assert "digitize.rendered" in {f.rule for f in result.findings}


def test_junk_text_layer_is_ignored() -> None:
    result = digitize(_typed_pdf(["Cong hoa xa hoi chu nghia Viet Nam khong dau"] * 2), "a.pdf")
    assert "digitize.junk_text_layer" in {f.rule for f in result.findings}
    assert "text" in result.engine and result.engine["text"] != "layer"


def test_signed_pdf_is_left_alone_and_told_of() -> None:
    def sign(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Signed = pikepdf.Dictionary(ByteRange=pikepdf.Array([0, 1, 2, 3]))

    data = empty_pdf(sign, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    result = digitize(data, "a.pdf")
    assert result.signed
    assert "digitize.signed_original" in {f.rule for f in result.findings}
    with pikepdf.open(io.BytesIO(result.pdf)) as copy:
        assert "/Signed" not in copy.Root


def test_findings_of_the_page() -> None:
    low = encoded(Image.new("RGB", (400, 560), "white"), "JPEG", dpi=(72, 72))
    rules = {f.rule for f in digitize(low, "a.png").findings}
    assert {"digitize.wrong_extension", "digitize.low_resolution", "digitize.blank_page"} <= rules
    gray = encoded(Image.new("L", (1654, 2339), 255), "PNG")
    assert "digitize.not_colour" in {f.rule for f in digitize(gray, "a.png").findings}


def test_pages_of_a_tiff_keep_their_order() -> None:
    first, second = (Image.new("L", (300, 400), 255) for _ in range(2))
    second.paste(0, (0, 0, 300, 200))
    data = encoded(first, "TIFF", save_all=True, append_images=[second])
    result = digitize(data, "a.tif")
    assert [p.number for p in result.pages] == [1, 2]
    assert [p.blank for p in result.pages] == [True, False]
    assert result.text.count("\f") == 1


@pytest.mark.parametrize("engine", ["auto", "sohoa", "tesseract"])
@pytest.mark.parametrize("angle", [90, 180, 270])
def test_turned_pages_are_read_upright(angle: int, engine: str) -> None:
    turned = draw().rotate(-angle, expand=True)  # clockwise
    result = digitize(encoded(turned, "PNG", dpi=(200, 200)), "a.png", engine=engine)
    assert result.pages[0].rotation == 360 - angle
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in result.text
    assert "digitize.turned" in {f.rule for f in result.findings}


@pytest.mark.parametrize("engine", ["auto", "sohoa", "both"])
def test_a_bent_page_is_read_like_a_flat_one(engine: str) -> None:
    flat = np.array(draw().convert("RGB"))
    height, width = flat.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    from_y = y + 26 * np.sin(1.4 * np.pi * x / width)
    bent = cv2.remap(
        flat, x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_CUBIC,
        borderValue=(255, 255, 255),
    )  # fmt: skip
    data = encoded(Image.fromarray(bent), "PNG", dpi=(200, 200))
    assert digitize(data, "a.png", engine=engine).text == EXPECTED


def test_our_reader_needs_no_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> None:
        raise MissingEngine(packages="tesserocr", tool="tesseract", remedy="tesserocr")

    monkeypatch.setattr(engines, "_tesseract", absent)
    engines._chosen.cache_clear()
    try:
        turned = encoded(draw().rotate(90, expand=True), "PNG", dpi=(200, 200))
        result = digitize(turned, "a.png", engine="sohoa")
        assert result.text.splitlines()[:3] == EXPECTED.splitlines()[:3]
        assert result.pages[0].rotation == 90
        assert set(result.engine) == {"text", "reader"}  # nothing is said of an absent engine
        with pytest.raises(MissingEngine):
            digitize(turned, "a.png", engine="auto")
    finally:
        engines._chosen.cache_clear()


def test_blue_pen_goes_to_a_person() -> None:
    image = draw()
    pixels = np.array(image)
    slot = pixels[185:230, 140:180]
    slot[(slot < 120).all(axis=2)] = (40, 60, 190)
    pixels[185:230, 140:180] = slot
    result = digitize(encoded(Image.fromarray(pixels), "PNG", dpi=(200, 200)), "a.png")
    (number,) = [f for f in result.fields if f.name == "number"]
    assert (str(number.review), number.reason) == ("needed", "penned_or_empty")


def test_missing_engine_and_language_say_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(MissingLanguage) as caught:
        engines.choose(DigitizeOptions(lang="xyz"))
    assert "tesseract-ocr-xyz" in caught.value.remedy("en")
    with pytest.raises(MissingEngine) as none:
        engines.choose(DigitizeOptions(tessdata=str(tmp_path)))
    assert "tesseract-ocr-vie" in none.value.remedy("en")
    with pytest.raises(MissingEngine):
        engines.choose(DigitizeOptions(engine="tesseract", tessdata=str(tmp_path)))


def test_probe_tells_version_and_languages() -> None:
    info = probe()
    assert info.available
    assert info.version[0].isdigit()
    assert {"vie", "osd"} <= set(info.languages)
