"""Smaller archival copies: the loss is stated, nothing else is lost, the original stays."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image

from digitize.conftest import draw, encoded
from sohoa_core.limits import Limits
from sohoa_digitize.compress import Compressed, compress
from sohoa_digitize.decode import open_source
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.pdfa.check import check
from sohoa_digitize.source import SourcePage, StoredImage
from sohoa_digitize.stage import DigitizeStage
from sohoa_digitize.work import digitize_file


def first(data: bytes, name: str) -> SourcePage:
    source = open_source(data, name=name, options=DigitizeOptions(), limits=Limits())
    return next(iter(source.pages(range(1))))


def shrunk(
    image: Image.Image, kind: str, quality: int = 60, **how: Any
) -> tuple[StoredImage, Compressed]:
    page = first(encoded(image, kind, dpi=(200, 200), **how), f"a.{kind.lower()}")
    return compress(page, quality)


def grainy(mode: str = "RGB") -> Image.Image:
    pixels = np.asarray(draw().convert(mode)).astype(int)
    grain = np.random.default_rng(3).normal(0, 4, pixels.shape)
    return Image.fromarray(np.clip(pixels - 12 + grain, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_stated_loss_is_the_real_one(mode: str) -> None:
    image = grainy(mode)
    stored, said = shrunk(image, "PNG")
    assert (said.codec, said.quality) == ("jpeg", 60)
    assert said.bytes_after == len(stored.data) < said.bytes_before / 3
    shown = Image.open(io.BytesIO(stored.data))
    assert (shown.size, shown.mode) == (image.size, mode)
    apart = np.asarray(shown).astype(float) - np.asarray(image)
    assert said.psnr == pytest.approx(10 * np.log10(255**2 / np.mean(apart**2)), abs=0.01)
    assert 25 < said.psnr < 45
    better = shrunk(image, "PNG", quality=90)[1]
    assert better.psnr is not None and better.psnr > said.psnr
    assert better.bytes_after > said.bytes_after


@pytest.mark.parametrize("turned", [1, 6, 3])
def test_turned_scans_stay_turned(turned: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turned
    page = first(encoded(grainy(), "JPEG", quality=97, exif=exif, dpi=(200, 200)), "a.jpg")
    stored, said = compress(page, 50)
    assert said.codec == "jpeg" and (stored.width, stored.height) == (1165, 1100)
    shown = np.asarray(Image.open(io.BytesIO(stored.data)).convert("L")).astype(int)
    assert np.abs(shown - np.asarray(grainy("L"))).mean() < 6


def test_black_and_white_loses_nothing() -> None:
    page = draw().convert("L").point(lambda value: 255 if value > 128 else 0)
    for image in (page, page.convert("1"), page.convert("RGB")):
        stored, said = shrunk(image, "PNG")
        assert (stored.filter, said.psnr) == ("CCITTFaxDecode", None)
        assert said.codec == "g4"
        assert stored.size < 20_000


def test_what_would_not_become_smaller_is_passed_through() -> None:
    poor = encoded(grainy(), "JPEG", quality=40, dpi=(200, 200))
    stored, said = compress(first(poor, "a.jpg"), 60)
    assert stored.data == poor and said == Compressed(1, "kept", None, len(poor), len(poor), None)
    fax = encoded(draw().convert("1"), "TIFF", compression="group4", dpi=(200, 200))
    assert compress(first(fax, "a.tif"), 60)[1].codec == "kept"
    cmyk = encoded(draw().convert("CMYK"), "JPEG", quality=97, dpi=(200, 200))
    assert compress(first(cmyk, "a.jpg"), 60)[1].codec == "kept"


def test_the_archival_copy_is_smaller_still_pdfa_and_says_so() -> None:
    data = encoded(grainy(), "JPEG", quality=97, dpi=(200, 200))
    plain, small = (
        digitize_file(data, name="a.jpg", options=DigitizeOptions(compress=q), limits=Limits())
        for q in (0, 60)
    )
    assert plain.compressed == () and data in _streams(plain.pdf)
    assert small.pdfa and check(small.pdf) == []
    assert len(small.pdf) < len(plain.pdf) / 2 and small.text == plain.text
    (said,) = small.compressed
    (finding,) = [f for f in small.findings if f.rule == "digitize.compressed"]
    assert finding.args["quality"] == 60 and finding.args["psnr"] == f"{said.psnr:.1f}"
    assert not [f for f in plain.findings if "compressed" in f.rule]
    again = digitize_file(data, name="a.jpg", options=DigitizeOptions(compress=60), limits=Limits())
    assert again.pdf == small.pdf


def _streams(pdf: bytes) -> list[bytes]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        images = [i for page in document.pages for i in page.get_images().values()]
        return [image.read_raw_bytes() for image in images]


def test_another_quality_is_another_batch(tmp_path: Any) -> None:
    def params(quality: int) -> dict[str, Any]:
        options = DigitizeOptions(compress=quality)
        vault: Any = None
        return DigitizeStage(tmp_path, vault=vault, limits=Limits(), options=options).params

    assert "compress" not in params(0) and params(60)["compress"] == 60
