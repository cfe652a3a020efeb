"""Reading order; golden pages in ``data/layout_*.txt``.

A golden page is drawn with text itself: above the line of dashes the page as it looks
(columns are characters), below it the text as a person reads it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sohoa_digitize.layout import clean_words, order, rows_of
from sohoa_digitize.words import Word

GOLDEN = sorted((Path(__file__).parent / "data").glob("layout_*.txt"))
WIDE, HIGH = 12.0, 20.0


def words_of(picture: list[str]) -> list[Word]:
    words = []
    for row, line in enumerate(picture):
        column = 0
        for part in line.split(" "):
            if part:
                y = row * HIGH * 1.5
                box = (column * WIDE, y, (column + len(part)) * WIDE, y + HIGH)
                words.append(Word(part, box, 0.95))
            column += len(part) + 1
    return words


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_golden_pages(path: Path) -> None:
    picture, _, wanted = path.read_text("utf-8").partition("-----\n")
    words = words_of(picture.splitlines())
    width = round(max(len(line) for line in picture.splitlines()) * WIDE)
    lines = order(rows_of(words), width, round(len(picture.splitlines()) * HIGH * 1.5))
    assert [line.text for line in lines] == wanted.splitlines()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_no_word_is_lost(path: Path) -> None:
    picture = path.read_text("utf-8").partition("-----\n")[0].splitlines()
    words = words_of(picture)
    lines = order(rows_of(words), 1200, 1200)
    wanted = sorted(w.text for w in clean_words(words))
    assert sorted(w.text for line in lines for w in line.words) == wanted


def test_leaders_and_glued_labels() -> None:
    def texts(text: str) -> list[str]:
        return [w.text for w in clean_words([Word(text, (0, 0, 100, 10), 0.9)])]

    assert texts("......") == []
    assert texts("tên:.........Nam") == ["tên:", "Nam"]
    assert texts("tên:NGUYỄN") == ["tên:", "NGUYỄN"]
    assert texts("soát...") == ["soát..."]
    assert texts("7:30") == ["7:30"]


def test_nothing_gives_nothing() -> None:
    assert order([], 100, 100) == ()


def test_ornaments_of_a_frame_are_no_letters() -> None:
    frame = Word("0", (10.0, 0.0, 30.0, HIGH), 0.47)
    agency = [
        Word("ỦY", (200.0, 0.0, 230.0, HIGH), 0.97),
        Word("BAN", (240.0, 0.0, 280.0, HIGH), 1),
    ]
    (line,) = order([([frame, *agency], HIGH)], 600, 600)
    assert line.text == "ỦY BAN"
    near = Word("1", (176.0, 0.0, 188.0, HIGH), 0.8)
    (line,) = order([([near, *agency], HIGH)], 600, 600)
    assert line.text == "1 ỦY BAN"


def test_rows_of_a_bent_page_stay_apart_and_stand_where_their_words_are() -> None:
    # The engine tells the rows' heights as if the page lay flat; to the right it hangs down.
    rows: list[tuple[list[Word], float]] = []
    for row in range(3):
        flat, texts = 100 + 30.0 * row, [f"{'abc'[row]}{n}" for n in range(9)]
        feet = [flat + 6 * n for n in range(9)]
        places = [(80.0 * n, foot - HIGH, 80.0 * n + 60, foot) for n, foot in enumerate(feet)]
        words = [Word(text, box, 0.95) for text, box in zip(texts, places, strict=True)]
        rows += [(words[:4], flat), (words[7:], flat)]
    found = order(rows, 800, 400)
    assert [line.text for line in found] == [f"{a}0 {a}1 {a}2 {a}3 {a}7 {a}8" for a in "abc"]
    (alone,) = order(rows[1:2], 800, 400)
    assert 100 + 6 * 7 <= alone.baseline[1] <= 100 + 6 * 8
