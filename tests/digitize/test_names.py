"""Names under seals: searched for, proposed with care, never accepted without a person."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from digitize.conftest import LETTERHEAD, draw, encoded
from sohoa_core.facts import ReviewState
from sohoa_core.limits import Limits
from sohoa_digitize.names import doubtful_given, proposed
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.work import digitize_file


@pytest.mark.parametrize("name", ["Hoàng Thị Ngọc Chỉ", "Trần Công Hiểu"])
def test_a_given_name_that_only_a_mark_parts_from_a_common_one_is_doubted(name: str) -> None:
    assert doubtful_given(name)


@pytest.mark.parametrize("name", ["Nguyễn Thị Chi", "Trần Công Hiếu", "Lê Quý Đôn", "Vũ Ánh"])
def test_common_and_merely_rare_names_are_not(name: str) -> None:
    assert not doubtful_given(name)


def test_one_repair_is_proposed_and_guesses_are_not() -> None:
    assert proposed("Nguyên Phương Hà") == "Nguyễn Phương Hà"
    assert proposed("HOÀNG THỊ NGỌC CHỈ") == "HOÀNG THỊ NGỌC CHI"
    assert proposed("Nguyễn Văn Bình") == "Nguyễn Văn Bình"
    assert proposed("Xyzz Qwq") == "Xyzz Qwq"


def under_seal() -> Image.Image:
    """A certificate in gray whose signer's name a seal and strokes run through."""
    items = tuple(item for item in LETTERHEAD if item[0] >= 80 or item[1] < 600)
    image = draw(tuple(item for item in items if item[1] < 600 or item[0] > 600))
    pen = ImageDraw.Draw(image)
    for radius in (130, 120, 90):
        box = (620 - radius, 900 - radius, 620 + radius, 900 + radius)
        pen.ellipse(box, outline=(120, 120, 120), width=4)
    pen.line((560, 960, 700, 800, 690, 935, 860, 880), fill=(60, 60, 60), width=4)
    return image.convert("L")


def test_a_name_under_a_seal_is_found_and_goes_to_a_person() -> None:
    data = encoded(under_seal(), "PNG", dpi=(200, 200))
    found = digitize_file(data, name="a.png", options=DigitizeOptions(), limits=Limits())
    signer = next(field for field in found.fields if field.name == "signer")
    assert signer.value.endswith("Văn Bình")
    assert signer.review is ReviewState.NEEDED or signer.value == "Nguyễn Văn Bình"
