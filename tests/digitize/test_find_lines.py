"""Lines of text on drawn pages: each where it is printed, columns apart, noise bounded."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sohoa_digitize.engine.find_lines import MOST_LINES, find_lines
from sohoa_digitize.engine.reader import load
from sohoa_digitize.engine.text_lines import Ink, TextLine, bent, ink_of, strips
from sohoa_samples.fonts import times

Gray = NDArray[np.uint8]
#: x and y of the baseline's start, size of an em, text.
Item = tuple[int, int, int, str]

TEXT = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày",
    "16 tháng 6 năm 2025; Căn cứ Nghị định số 30/2020/NĐ-CP",
    "của Chính phủ về công tác văn thư; xét đề nghị của Trưởng",
    "phòng Nội vụ, Chủ tịch Ủy ban nhân dân xã quyết định:",
)


def width(text: str, em: int) -> float:
    return ImageFont.truetype(times().file("regular"), em).getlength(text)


def page(*items: Item, size: tuple[int, int] = (1300, 900)) -> Gray:
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    for x, y, em, text in items:
        font = ImageFont.truetype(times().file("regular"), em)
        draw.text((x, y), text, 0, font, anchor="ls")
    return np.asarray(image, np.uint8)


def lines_on(gray: Gray) -> tuple[TextLine, ...]:
    return find_lines(ink_of(gray), (gray.shape[0], gray.shape[1]))


def stands(line: TextLine, item: Item, slack: float = 0.12) -> bool:
    """Whether ``line`` is that of ``item``: its reach and both ends of its baseline."""
    x, y, em, text = item
    x0, y0, x1, y1 = line.box
    near = abs(x0 - x) < 0.25 * em and abs(x1 - x - width(text, em)) < 0.25 * em
    level = all(abs(end - y) < slack * em for end in (line.baseline[1], line.baseline[3]))
    return near and level and y0 <= y - 0.4 * em and y1 >= y - 1


def test_dense_lines_come_in_order_each_with_its_baseline() -> None:
    items = [(60, 100 + 38 * n, 34, text) for n, text in enumerate(TEXT)]
    found = lines_on(page(*items))
    assert len(found) == len(items)
    assert all(stands(line, item) for line, item in zip(found, items, strict=True))


@pytest.mark.parametrize("em", [20, 34, 49, 70])
def test_sizes_are_measured(em: int) -> None:
    items = [(60, 100 + round(1.2 * em) * n, em, text[:30].strip()) for n, text in enumerate(TEXT)]
    found = lines_on(page(*items))
    assert len(found) == len(items)
    assert all(stands(line, item) for line, item in zip(found, items, strict=True))


def test_letterhead_columns_are_apart_though_not_level() -> None:
    left = [(60, 100, 30, "ỦY BAN NHÂN DÂN"), (80, 138, 30, "XÃ TÂN THÀNH")]
    right = [(640, 112, 30, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA"), (700, 150, 30, "Độc lập - Tự do")]
    found = lines_on(page(*left, *right))
    assert len(found) == 4
    assert all(any(stands(line, item) for line in found) for item in left + right)


def test_level_columns_a_wide_gap_apart_are_two_lines_left_first() -> None:
    first = (60, 100, 34, "Nơi nhận: như trên")
    second = (60 + round(width(first[3], 34)) + 75, 100, 34, "TM. ỦY BAN NHÂN DÂN")
    found = lines_on(page(first, second))
    assert [stands(line, item) for line, item in zip(found, (first, second), strict=True)]
    assert found[0].box[2] < found[1].box[0]


def test_justified_words_stay_one_line() -> None:
    items, x = [], 60.0
    for word in TEXT[0].split():
        items.append((round(x), 100, 34, word))
        x += width(word, 34) + 28
    assert len(lines_on(page(*items))) == 1


def test_marks_above_and_below_belong_to_their_line() -> None:
    upper, lower = (60, 100, 34, "Sự việc ngày ấy gợi lại"), (60, 139, 34, "THẾ HỆ TRẺ ẤP ĐỀ ỘT")
    gray = page(upper, lower)
    first, second = lines_on(gray)
    alone = ink_of(page(lower)).parts
    assert second.box[1] <= alone[:, 1].min() + 1
    assert second.box[3] >= (alone[:, 1] + alone[:, 3]).max() - 1
    below = ink_of(page(upper)).parts
    assert first.box[3] >= (below[:, 1] + below[:, 3]).max() - 1


def test_signs_at_the_ends_belong_to_the_line() -> None:
    item = (60, 100, 34, "- Lưu: VT, NV.")
    (line,) = lines_on(page(item))
    assert stands(line, item)


def test_cells_of_a_row_are_lines_of_their_own() -> None:
    texts = ("1", "Nguyễn Văn An", "12/3/1980", "Nam")
    cells = [(60 + 320 * n, 100, 32, text) for n, text in enumerate(texts)]
    found = lines_on(page(*cells, *((60, 200 + 50 * n, 32, text) for n, text in enumerate(TEXT))))
    assert [stands(line, cell) for line, cell in zip(found, cells, strict=False)] == [True] * 4


def test_raised_notes_and_a_large_title_do_not_part_lines() -> None:
    gray = page(
        (300, 90, 60, "QUYẾT ĐỊNH"),
        (60, 200, 34, "Kính gửi Ủy ban"),
        (60 + round(width("Kính gửi Ủy ban", 34)) + 3, 188, 20, "(1)"),
        (60 + round(width("Kính gửi Ủy ban", 34)) + 40, 200, 34, "nhân dân xã"),
        (60, 245, 34, TEXT[1]),
    )
    found = lines_on(gray)
    assert len(found) == 3
    assert stands(found[0], (300, 90, 60, "QUYẾT ĐỊNH"))


@pytest.mark.parametrize("degrees", [-1.0, 0.6, 1.0])
def test_crooked_lines_have_crooked_baselines(degrees: float) -> None:
    gray = page(*((100, 200 + 40 * n, 34, text) for n, text in enumerate(TEXT)))
    turn = cv2.getRotationMatrix2D((650, 450), -degrees, 1.0)
    found = lines_on(np.asarray(cv2.warpAffine(gray, turn, (1300, 900), borderValue=255), np.uint8))
    assert len(found) == len(TEXT)
    for line in found:
        ax, ay, bx, by = line.baseline
        assert math.degrees(math.atan2(by - ay, bx - ax)) == pytest.approx(degrees, abs=0.2)


def test_curved_lines_do_not_mix() -> None:
    gray = page(*((60, 200 + 42 * n, 34, text) for n, text in enumerate(TEXT)))
    x = np.arange(gray.shape[1], dtype=np.float32)
    y = np.arange(gray.shape[0], dtype=np.float32)[:, None] + 25 * np.sin(x / 260)[None]
    bent = cv2.remap(gray, np.tile(x, (gray.shape[0], 1)), y.astype(np.float32), 1, borderValue=255)
    found = lines_on(np.asarray(bent, np.uint8))
    assert len(found) == len(TEXT)
    assert sorted(found, key=lambda line: line.baseline[1]) == list(found)
    assert all(line.box[3] - line.box[1] < 42 + 50 + 10 for line in found)


#: How far a page is bent (pixels) at x, from 0 to 1.
BENDS = {
    "arch": lambda x: 30 * np.sin(np.pi * x),
    "wave": lambda x: 30 * np.sin(2 * np.pi * x),
    "one side": lambda x: 200 * np.maximum(0, x - 0.6) ** 2,
    "wave and crooked": lambda x: 20 * np.sin(1.5 * np.pi * x) + 15 * x,
}
DENSE = [(60, 120 + 42 * n, 34, TEXT[n % len(TEXT)]) for n in range(12)]


def bend(gray: Gray, way: str) -> Gray:
    """``gray`` with every column moved down."""
    x = np.arange(gray.shape[1], dtype=np.float32)
    y = np.arange(gray.shape[0], dtype=np.float32)[:, None] - BENDS[way](x / len(x))[None]
    there = np.tile(x, (gray.shape[0], 1)), y.astype(np.float32)
    return np.asarray(cv2.remap(gray, *there, cv2.INTER_LINEAR, borderValue=255), np.uint8)


@pytest.mark.parametrize("way", BENDS)
def test_the_course_of_bent_lines_is_known(way: str) -> None:
    found = lines_on(bend(page(*DENSE), way))
    assert len(found) == len(DENSE)
    for line, (x, y, em, text) in zip(found, DENSE, strict=True):
        assert abs(line.box[0] - x) < 0.25 * em
        assert abs(line.box[2] - x - width(text, em)) < 0.25 * em
        ax, ay, bx, by = line.baseline
        places = np.linspace(ax, bx, 25)
        course = np.interp(places, (ax, bx), (ay, by)) + bent(line.bend, ax, bx, places)
        assert np.abs(course - y - BENDS[way](places / 1300)).max() < 0.08 * em
        assert line.box[1] < course.min() - 0.4 * em
        assert line.box[3] >= course.max() - 1


@pytest.mark.parametrize("way", BENDS)
def test_words_of_bent_lines_are_read_and_boxed_where_their_ink_is(way: str) -> None:
    gray = bend(page(*DENSE[:5]), way)
    ink = ink_of(gray)
    some = strips(gray, ink, lines_on(gray))
    read = load().read(some, ink)
    assert [" ".join(word.text for word in words) for words in read] == [i[3] for i in DENSE[:5]]
    for words, (x, y, em, text) in zip(read[::4], DENSE[:5:4], strict=True):
        for number, word in enumerate(words):
            before = "".join(w + " " for w in text.split()[:number])
            alone = bend(page((x + round(width(before, em)), y, em, word.text)), way) < 128
            rows, columns = np.flatnonzero(alone.any(axis=1)), np.flatnonzero(alone.any(axis=0))
            there = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
            assert word.box == pytest.approx(there, abs=3)


def test_level_columns_of_a_bent_page_are_level() -> None:
    cells = [(60 + 600 * n, 80, 34, text) for n, text in enumerate(("Nơi nhận:", "CHỦ TỊCH"))]
    found = lines_on(bend(page(*cells, *DENSE), "wave"))
    assert len(found) == len(cells) + len(DENSE)
    levels = [(line.baseline[1] + line.baseline[3]) / 2 for line in found]
    assert abs(levels[0] - levels[1]) < 3
    assert abs(found[0].box[3] - found[1].box[3]) > 15


@pytest.mark.parametrize("degrees", [0.0, 0.8])
def test_flat_pages_have_no_bend(degrees: float) -> None:
    turn = cv2.getRotationMatrix2D((650, 450), degrees, 1.0)
    gray = cv2.warpAffine(page(*DENSE), turn, (1300, 900), borderValue=255)
    assert not any(line.bend for line in lines_on(np.asarray(gray, np.uint8)))


def test_specks_neither_are_lines_nor_lengthen_them() -> None:
    items = [(60, 100 + 45 * n, 34, text) for n, text in enumerate(TEXT)]
    gray = page(*items).copy()
    places = np.random.default_rng(5).integers(0, (890, 1290), (400, 2))
    for y, x in places:
        gray[y : y + 3, x : x + 3] = 0
    found = lines_on(gray)
    assert len(found) == len(items)
    for line, (x, _, em, text) in zip(found, items, strict=True):
        assert abs(line.box[0] - x) < 0.8 * em
        assert abs(line.box[2] - x - width(text, em)) < 0.8 * em


def test_print_that_a_signature_touches_is_not_lost() -> None:
    text = "(Ký, ghi rõ họ và tên của mình)"
    gray = page((200, 200, 34, text), *((60, 500 + 45 * n, 34, t) for n, t in enumerate(TEXT)))
    stroke = gray.copy()
    points = np.array([[330, 176], [300, 330], [360, 340], [345, 200], [420, 330], [520, 300]])
    cv2.polylines(stroke, [points.astype(np.int32)], False, 0, 4)
    line = min(lines_on(stroke), key=lambda line: abs(line.baseline[1] - 200) + line.box[0])
    assert line.box[0] < 210
    assert line.box[2] > 195 + width(text, 34)


def test_edges_of_the_sheet_are_no_lines() -> None:
    gray = page((60, 100, 34, TEXT[0])).copy()
    gray[:, :5] = 0
    gray[300:330, 1293:] = 0
    gray[-8:, 200:900] = 0
    assert len(lines_on(gray)) == 1


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_to_find(value: int) -> None:
    assert lines_on(np.full((600, 400), value, np.uint8)) == ()
    assert lines_on(np.full((1, 1), value, np.uint8)) == ()


@pytest.mark.parametrize("side", [(1, 2), (7, 4), (12, 8), (18, 11)])
def test_the_number_of_lines_is_bounded(side: tuple[int, int]) -> None:
    places = np.random.default_rng(6).integers(0, (2300, 1600), (50_000, 2))
    parts = np.zeros((len(places), 5), np.int32)
    parts[:, 1::-1] = places
    parts[:, 2], parts[:, 3], parts[:, 4] = side[1], side[0], side[0] * side[1]
    found = find_lines(Ink(np.zeros((2339, 1654), np.uint8), parts), (2339, 1654))
    assert len(found) <= MOST_LINES


PART = st.tuples(st.integers(0, 790), st.integers(0, 590), st.integers(1, 800), st.integers(1, 600))


@settings(max_examples=150, deadline=None)
@given(st.lists(PART, max_size=60), st.integers(1, 12))
def test_any_ink_gives_lines_on_the_page(boxes: list[tuple[int, ...]], seed: int) -> None:
    mask = (np.random.default_rng(seed).random((600, 800)) < 0.3).astype(np.uint8) * 255
    rows = [(x, y, min(w, 800 - x), min(h, 600 - y), max(1, w * h // 3)) for x, y, w, h in boxes]
    found = find_lines(Ink(mask, np.array(rows, np.int32).reshape(-1, 5)), (600, 800))
    assert len(found) <= len(rows)
    for line in found:
        x0, y0, x1, y1 = line.box
        assert 0 <= x0 < x1 <= 800
        assert y0 < y1 <= 600
        assert all(map(math.isfinite, line.baseline))
        assert line.baseline[0] < line.baseline[2]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(22, 60),
    st.lists(st.sampled_from(" ".join(TEXT).split()), min_size=3, max_size=8),
    st.integers(40, 200),
)
def test_a_line_is_one_line_at_any_size_and_place(em: int, words: list[str], x: int) -> None:
    text = " ".join(words)
    gray = page((x, 150, em, text), size=(round(width(text, em)) + 400, 300))
    found = lines_on(gray)
    assert len(found) == 1
    assert stands(found[0], (x, 150, em, text), slack=0.3)
