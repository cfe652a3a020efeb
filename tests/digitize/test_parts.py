"""Parts of a page prepared anew lie where the page's first preparation says."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sohoa_digitize.ink import blue_share
from sohoa_digitize.parts import box_of, prepared_part
from sohoa_digitize.prepare import one_channel, prepare, printed_only
from sohoa_digitize.words import Word
from tests.digitize.conftest import draw


@pytest.fixture(scope="module", params=[0.0, 1.5, -2.0])
def page(request: pytest.FixtureRequest) -> np.ndarray:
    """A letter, straight and crooked, with a black square in the free space at its foot."""
    image = draw().convert("RGB")
    width, height = image.size
    image.paste((0, 0, 0), (width // 2, height - 300, width // 2 + 30, height - 270))
    turned = image.rotate(request.param, resample=Image.Resampling.BICUBIC, fillcolor="white")
    return np.asarray(turned)


@pytest.mark.parametrize("larger", [1.0, 1.45])
def test_places_in_a_part_are_places_on_the_page(page: np.ndarray, larger: float) -> None:
    prepared = prepare(page)
    rows, columns = np.nonzero(prepared.gray[-500:] < 60)
    rows = rows + prepared.gray.shape[0] - 500
    square = (
        float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)
    )  # fmt: skip
    box = (square[0] - 40, square[1] - 30, square[2] + 50, square[3] + 20)
    part = prepared_part(page, prepared, box, larger=larger, channel=one_channel).framed(7)
    y, x = np.nonzero(part.gray < 60)
    word = Word("x", (float(x.min()), float(y.min()), float(x.max() + 1), float(y.max() + 1)), 1.0)
    (back,) = part.back([word])
    assert np.allclose(back.box, square, atol=2.0)


def test_a_part_outside_of_the_page_has_no_pixels(page: np.ndarray) -> None:
    prepared = prepare(page)
    part = prepared_part(page, prepared, (-900, -900, -500, -500), channel=printed_only)
    assert part.gray.size == 0


def test_a_box_of_the_delivered_page_holds_its_pixels(page: np.ndarray) -> None:
    prepared = prepare(page)
    near = page[-340:, page.shape[1] // 2 - 60 : page.shape[1] // 2 + 90, 0]
    rows, columns = np.nonzero(near < 60)
    rows, columns = rows + page.shape[0] - 340, columns + page.shape[1] // 2 - 60
    box = box_of(prepared, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    inside = prepared.gray[round(box[1]) : round(box[3]), round(box[0]) : round(box[2])]
    assert (inside < 60).mean() > 0.8


def test_the_bluest_stretch_of_a_word_counts() -> None:
    cut = np.full((24, 200, 3), 255, np.uint8)
    cut[4:20, 4:190:6] = 20
    assert blue_share(cut) == 0.0
    cut[4:20, 4:40:6] = (40, 60, 190)
    assert blue_share(cut) > 0.6
