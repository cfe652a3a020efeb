"""Page images: what is measured and what is taken away before reading."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sohoa_digitize.prepare import (
    LETTER_TARGET,
    binarize,
    flatten_background,
    letter_height,
    prepare,
    wipe_leaders,
    wipe_rules,
)
from tests.digitize.conftest import FONTS, draw


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("angle", [-2.4, -0.7, 0.0, 1.3, 3.0])
def test_skew_is_found_and_undone(letterhead: Image.Image, angle: float) -> None:
    turned = letterhead.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor="white")
    prepared = prepare(pixels(turned))
    assert prepared.skew == pytest.approx(angle, abs=0.12)
    again = prepare(prepared.gray)
    assert abs(again.skew) < 0.2


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_letters_get_the_height_that_reads_best(letterhead: Image.Image, factor: float) -> None:
    size = round(letterhead.width * factor), round(letterhead.height * factor)
    prepared = prepare(pixels(letterhead.resize(size, Image.Resampling.LANCZOS)))
    height = letter_height(binarize(prepared.gray))
    assert height == pytest.approx(LETTER_TARGET, rel=0.25)


def test_points_find_their_way_back(letterhead: Image.Image) -> None:
    """A black spot of the prepared image maps to the spot on the delivered one."""
    marked = letterhead.copy()
    ImageDraw.Draw(marked).rectangle((900, 600, 915, 615), fill="black")
    turned = marked.rotate(2, resample=Image.Resampling.BICUBIC, fillcolor="white")
    delivered = np.asarray(turned.convert("L"))
    prepared = prepare(pixels(turned))
    solid = np.asarray(Image.fromarray(prepared.gray).reduce(3))
    y, x = np.unravel_index(solid.argmin(), solid.shape)
    bx, by = prepared.back @ np.array([x * 3 + 1, y * 3 + 1, 1])
    assert delivered[round(by), round(bx)] < 90


def test_red_seal_vanishes_and_print_stays(letterhead: Image.Image) -> None:
    sealed = letterhead.copy()
    pen = ImageDraw.Draw(sealed)
    pen.ellipse((640, 640, 900, 900), outline=(225, 40, 50), width=9)
    plain, red = prepare(pixels(letterhead)), prepare(pixels(sealed))
    difference = np.abs(plain.gray.astype(int) - red.gray.astype(int))
    assert (difference > 90).mean() < 0.0005


def test_uneven_light_is_divided_out(letterhead: Image.Image) -> None:
    gray = np.asarray(letterhead.convert("L")).astype(np.float32)
    light = np.linspace(0.45, 1.0, gray.shape[1])[None, :]
    flat = flatten_background((gray * light).astype(np.uint8), 20)
    paper = flat[1000:1060, :]
    assert paper.min() > 235


def test_leaders_and_rules_go_but_ellipsis_and_text_stay() -> None:
    image = Image.new("L", (900, 200), 255)
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(FONTS / "LiberationSerif-Regular.ttf"), 40)
    pen.text((20, 20), "Họ tên: " + "." * 40, font=font, fill=0)
    pen.text((20, 100), "rà soát... xong", font=font, fill=0)
    pen.line((10, 180, 890, 180), fill=0, width=3)
    gray = np.asarray(image)
    ink = binarize(gray)
    clean = wipe_rules(wipe_leaders(gray, ink, 20), ink, 20)
    assert (clean[20:70, 250:800] > 200).all()
    assert (clean[175:186] > 200).all()
    assert (clean[20:70, 20:140] < 100).sum() == pytest.approx(
        (gray[20:70, 20:140] < 100).sum(), rel=0.05
    )
    assert np.array_equal(clean[95:150] < 100, gray[95:150] < 100)


def test_blank_pages() -> None:
    paper = np.full((800, 600, 3), 245, np.uint8)
    noise = np.random.default_rng(3).integers(-6, 6, paper.shape)
    assert prepare((paper + noise).astype(np.uint8)).blank
    assert not prepare(pixels(draw())).blank


def test_quality_measures_follow_the_page(letterhead: Image.Image) -> None:
    sharp = prepare(pixels(letterhead)).quality
    small = letterhead.resize((300, 283)).resize(letterhead.size, Image.Resampling.BICUBIC)
    blurred = prepare(pixels(small)).quality
    assert blurred["sharpness"] < 0.7 * sharp["sharpness"]
    faint = Image.eval(letterhead, lambda v: 150 + v * 80 // 255)
    assert prepare(pixels(faint)).quality["contrast"] < 0.5 * sharp["contrast"]
