"""Our own reader: lines, words with places, and nothing invented where nothing can be read."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sohoa_digitize.engine import choose as engines
from sohoa_digitize.engine import ctc, own, reader, vote
from sohoa_digitize.engine.spell import is_misspelled, likeliest_syllable, spelled
from sohoa_digitize.engine.text_lines import BASE, HEIGHT, TextLine, ink_of, strips, whole
from sohoa_digitize.errors import DamagedWeights, UnknownEngine
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.words import Word
from sohoa_samples import pen
from sohoa_samples.fonts import times

Gray = NDArray[np.uint8]
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16/6/2025;",
    "Số: 1207/QĐ-UBND",
    "Họ và tên: Nguyễn Thị Ngọc Hường, sinh ngày 05 tháng 01 năm 1987",
    "001087004512",
)


def printed(text: str, em: int = 34, style: str = "regular", pad: int = 20) -> Gray:
    font = ImageFont.truetype(times().file(style), em)
    image = Image.new("L", (round(font.getlength(text)) + 2 * pad, 2 * em + 2 * pad), 255)
    ImageDraw.Draw(image).text((pad, em + pad), text, 0, font, anchor="ls")
    return np.asarray(image, np.uint8)


def said(gray: Gray, letters: str = "") -> tuple[str, float]:
    ink = ink_of(gray)
    words = [w for part in reader.load().read(whole(gray, ink), ink, letters=letters) for w in part]
    sure = min((word.confidence for word in words), default=0.0)
    return " ".join(word.text for word in words), sure


@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize("em", [22, 34, 60])
def test_clean_print_is_read_exactly(text: str, em: int) -> None:
    found, sure = said(printed(text, em))
    assert found == text
    assert sure > 0.5


def test_words_stand_where_they_are_printed() -> None:
    text = LINES[3]
    gray = printed(text)
    words = reader.load().read(whole(gray, ink_of(gray)), ink_of(gray))[0]
    font = ImageFont.truetype(times().file("regular"), 34)
    for number, word in enumerate(words):
        before = " ".join(text.split()[:number])
        left = 20 + font.getlength(before + " " if before else "")
        right = left + font.getlength(word.text)
        assert abs(word.box[0] - left) < 8 and abs(word.box[2] - right) < 8
        assert 20 <= word.box[1] < 20 + 34 and 20 + 34 - 4 <= word.box[3] <= 20 + 34 + 14


def test_a_page_of_lines_comes_back_in_their_places() -> None:
    page = np.full((900, 1400), 255, np.uint8)
    lines = []
    for number, text in enumerate(LINES):
        piece = printed(text, pad=4)
        y, x = 60 + 120 * number, 80
        page[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
        base = y + 4.0 + 34
        box = (float(x), y + 2.0, float(x + piece.shape[1]), base + 10)
        lines.append(TextLine(box, (x, base, x + piece.shape[1], base)))
    ink = ink_of(page)
    some = strips(page, ink, lines)
    found = ["" for _ in lines]
    for strip, words in zip(some, reader.load().read(some, ink), strict=True):
        found[strip.line] += " ".join(word.text for word in words)
    assert found == list(LINES)


def test_two_columns_on_different_baselines_are_read_apart() -> None:
    page = np.full((200, 1500), 255, np.uint8)
    for text, x, y in (("Nơi nhận:", 60, 60), ("TM. ỦY BAN NHÂN DÂN", 900, 74)):
        piece = printed(text, pad=4)
        page[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
    line = TextLine((60.0, 60.0, 1400.0, 130.0), (60.0, 98.0, 1400.0, 98.0))
    ink = ink_of(page)
    some = strips(page, ink, [line])
    assert len(some) == 2
    texts = [" ".join(w.text for w in words) for words in reader.load().read(some, ink)]
    assert texts == ["Nơi nhận:", "TM. ỦY BAN NHÂN DÂN"]


@pytest.mark.parametrize(
    ("value", "least"), [("12", 15), ("305", 15), ("1846", 15), ("07/11/2025", 10)]
)
def test_penned_numbers_are_mostly_read(value: str, least: int) -> None:
    right = 0
    for writer in range(7_001, 7_021):
        size = 16.0
        gray = np.full((84, round(pen.width_mm(value, size, writer) + 60)), 255, np.uint8)
        import cv2

        for stroke in pen.write(value, 30, 58, size, writer):
            points = np.round(stroke * 16).astype(np.int32)
            cv2.polylines(gray, [points], False, 40, 2, cv2.LINE_AA, 4)
        right += said(gray, "0123456789/")[0] == value
    assert right >= least


# --- bad input -------------------------------------------------------------------------------


def _noise(height: int, width: int, seed: int = 5) -> Gray:
    return np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)


def test_empty_pixels_say_nothing() -> None:
    for shape in ((1, 1), (5, 40), (40, 5), (60, 900), (5, 20_000)):
        assert said(np.full(shape, 255, np.uint8)) == ("", 0.0)
        assert said(np.zeros(shape, np.uint8))[1] < 0.5


@pytest.mark.parametrize("seed", range(6))
def test_noise_is_no_text(seed: int) -> None:
    _, sure = said(_noise(60, 700, seed))
    assert sure < 0.5
    speckle = np.where(_noise(60, 700, seed) < 12, 0, 255).astype(np.uint8)
    assert said(speckle)[1] < 0.5


def test_print_that_cannot_be_read_is_doubted() -> None:
    upright = printed(LINES[1])
    for other in (
        np.rot90(upright).copy(),  # sideways
        np.rot90(upright, 2).copy(),  # on its head
        255 - upright,  # inverted
        upright[:5].copy(),
    ):
        text, sure = said(other)
        assert text == "" or sure < 0.5, text


def test_other_scripts_are_doubted() -> None:
    from sohoa_samples.fonts import families

    path = families()["FreeSerif"].file("regular") if "FreeSerif" in families() else ""
    assert path, "fonts-freefont-ttf is missing"
    font = ImageFont.truetype(path, 36)
    for text in ("Российская Федерация", "ประเทศไทย", "Ἑλληνικὴ γλῶσσα", "भारत गणराज्य"):
        image = Image.new("L", (round(font.getlength(text)) + 60, 90), 255)
        ImageDraw.Draw(image).text((30, 60), text, 0, font, anchor="ls")
        assert said(np.asarray(image, np.uint8))[1] < 0.75


def test_a_line_of_twenty_thousand_pixels_is_read_whole() -> None:
    text = " ".join(["Ủy ban nhân dân xã Tân Lập"] * 46)
    gray = printed(text)
    assert gray.shape[1] > 18_000
    found, _ = said(gray)
    # Where a piece ends, one word may be cut.
    assert sum(word in text for word in found.split()) >= 0.97 * len(text.split())


@given(st.integers(1, 70), st.integers(1, 400), st.integers(0, 2**16))
@settings(max_examples=25, deadline=None)
def test_any_pixels_end_in_words_inside_the_image(height: int, width: int, seed: int) -> None:
    gray = _noise(height, width, seed)
    for part in reader.load().read(whole(gray, ink_of(gray)), ink_of(gray)):
        for word in part:
            assert word.text.strip() and 0 <= word.confidence <= 1


# --- weights ---------------------------------------------------------------------------------


def test_damaged_weights_are_refused() -> None:
    known = reader.card()
    for wrong in (b"", b"\0" * 1000):
        with pytest.raises(DamagedWeights):
            reader.Reader(known, wrong)
        import hashlib

        forged = replace(known, sha256=hashlib.sha256(wrong).hexdigest())
        with pytest.raises(DamagedWeights):
            reader.Reader(forged, wrong)


def test_auto_falls_back_to_tesseract_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> reader.Reader:
        raise DamagedWeights(where=reader.WEIGHTS, detail="sha256")

    monkeypatch.setattr(reader, "load", broken)
    engines._chosen.cache_clear()
    try:
        chosen = engines.choose(DigitizeOptions(engine="auto"))
        assert chosen.info.name in ("tesserocr", "pytesseract")
        assert chosen.info.reason == "tool.ocr_weights"
        with pytest.raises(DamagedWeights):
            engines.choose(DigitizeOptions(engine="sohoa"))
    finally:
        engines._chosen.cache_clear()


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(UnknownEngine) as caught:
        engines.choose(DigitizeOptions(engine="abbyy"))
    assert "abbyy" in caught.value.message("en")
    assert "tesseract" in caught.value.remedy("en")


def test_the_card_tells_what_the_weights_are() -> None:
    from importlib import resources

    place = resources.files("sohoa_digitize") / "data"
    card = json.loads((place / reader.CARD).read_text(encoding="utf-8"))
    assert card["licence"] and card["trained_on"] and card["checked"]
    assert len((place / reader.WEIGHTS).read_bytes()) <= 8_000_000
    assert len(set(card["characters"])) == len(card["characters"])
    assert own.probe().available


# --- spelling --------------------------------------------------------------------------------


def _guessed(*letters: str) -> list[tuple[tuple[str, float], ...]]:
    """``"ạ0.5a0.4"``-like guesses: each letter followed by its chance in tenths."""
    return [
        tuple((some[i], int(some[i + 1]) / 10) for i in range(0, len(some), 2)) for some in letters
    ]


def test_letters_that_look_alike_are_spelled_as_a_syllable() -> None:
    assert spelled(_guessed("n9", "g9", "h9", "ĩ9", "ạ5a4")) == "nghĩa"
    assert spelled(_guessed("Q9", "u9", "y9", "e6ế3", "t9", ",9")) == "Quyết,"


def test_what_is_a_syllable_or_sure_stays() -> None:
    assert spelled(_guessed("h9", "ỗ5ồ4")) == "hỗ"
    assert spelled(_guessed("k9", "r9", "ô9", "n9", "g9")) == "krông"


@pytest.mark.parametrize("text", ["QĐ", "TTYT", "12a", "A5", "H26-10", "KrĐ", "(1)", "a"])
def test_codes_numbers_and_abbreviations_are_never_spelled(text: str) -> None:
    assert spelled([((letter, 0.5), ("o", 0.4), ("a", 0.3)) for letter in text]) == text


def test_one_letter_among_capitals_is_a_capital() -> None:
    assert spelled(_guessed("c9", "Ô9", "N9", "G9")) == "CÔNG"
    assert spelled(_guessed("c9", "ô9", "N9", "g9")) == "côNg"


# --- decoding and voting ---------------------------------------------------------------------


def test_the_best_path_merges_repeats_and_drops_blanks() -> None:
    letters = "ab "
    #        blank  a  b  space
    frames = [0, 1, 1, 0, 1, 3, 2, 2, 0]
    chances = np.full((len(frames), 4), 0.02, np.float32)
    chances[np.arange(len(frames)), frames] = 0.94
    path = ctc.best_path(chances, letters)
    assert "".join(letter for letter, _, _ in path) == "aa b"
    pieces = ctc.words(path)
    assert [(piece.text, piece.frames) for piece in pieces] == [("aa", (1, 4)), ("b", (6,))]


def test_a_space_that_several_frames_share_is_one() -> None:
    letters = "ab "
    chances = np.full((5, 4), 0.001, np.float32)
    chances[0, 1] = chances[4, 2] = 0.99
    chances[1:4, 0], chances[2, 3] = 0.99, 0.49
    assert "".join(c for c, _, _ in ctc.best_path(chances, letters)) == "ab"
    chances[3, 3] = 0.48
    assert "".join(c for c, _, _ in ctc.best_path(chances, letters)) == "a b"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("NGHĨAVIỆT", ["NGHĨA", "VIỆT"]),
        ("dịchviêm", ["dịch", "viêm"]),
        ("nghiêng", ["nghiêng"]),
        ("krông", ["krông"]),
        ("12a", ["12a"]),
        ("QĐUBND", ["QĐUBND"]),
    ],
)
def test_two_syllables_with_a_trace_of_white_are_parted(text: str, parts: list[str]) -> None:
    frames = tuple(range(2, 2 + 3 * len(text), 3))
    piece = ctc.Piece(text, 0.9, frames, (0.95,) * len(text))
    spaces = np.full(frames[-1] + 3, 0.06, np.float32)
    assert [part.text for part in reader._parted(piece, spaces)] == parts
    assert [part.text for part in reader._parted(piece, spaces * 0)] == [text]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
@settings(max_examples=60)
def test_the_beam_finds_what_adding_all_paths_finds(seed: int, frames: int) -> None:
    letters = "ab "
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(4, 0.6), frames).astype(np.float32)
    total: dict[str, float] = {}
    for path in product(range(4), repeat=frames):
        # A space counts as a blank, also between two equal letters.
        blank = [0 if place == 3 else place for place in path]
        kept = [now for before, now in pairwise((0, *blank)) if now and now != before]
        text = "".join(letters[place - 1] for place in kept)
        chance = float(np.prod([chances[i, place] for i, place in enumerate(path)]))
        total[text] = total.get(text, 0.0) + chance
    found = ctc.beam(chances, letters, width=10_000)
    best = max(total, key=lambda text: total[text])
    assert np.isclose(dict(found)[best], total[best], atol=0.02)
    assert np.isclose(found[0][1], total[best], atol=0.02)


def test_a_letter_too_many_or_too_few_is_put_right() -> None:
    assert likeliest_syllable([("pchó", 0.15), ("phó", 0.14), ("phố", 0.08)]) == "phó"
    assert likeliest_syllable([("Nnh", 0.25), ("Ninh", 0.13)]) == "Ninh"
    assert likeliest_syllable([("Nnh", 0.9), ("Ninh", 0.001)]) is None
    assert is_misspelled("khioa,") and not is_misspelled("khoa,")
    assert not any(map(is_misspelled, ("A1", "QĐ", "12", "", "TTYT", "–")))


def test_penned_digits_are_told_from_printed_ones() -> None:
    import cv2

    told = 0
    for writer in range(7_101, 7_121):
        gray = np.full((84, round(pen.width_mm("1846", 16.0, writer) + 60)), 255, np.uint8)
        for stroke in pen.write("1846", 30, 58, 16.0, writer):
            points = np.round(stroke * 16).astype(np.int32)
            cv2.polylines(gray, [points], False, 40, 2, cv2.LINE_AA, 4)
        ink = ink_of(gray)
        told += any(w.pen for part in reader.load().read(whole(gray, ink), ink) for w in part)
    assert told >= 19
    for text in (LINES[2], LINES[4], "ngày 05 tháng 01 năm 1987"):
        for em in (24, 34, 50):
            gray = printed(text, em)
            ink = ink_of(gray)
            words = [w for part in reader.load().read(whole(gray, ink), ink) for w in part]
            assert not any(word.pen for word in words)


def _words(*texts: str, sure: float = 0.9) -> list[Word]:
    found, x = [], 0.0
    for text in texts:
        wide = 10.0 * len(text)
        found.append(Word(text, (x, 0.0, x + wide, 20.0), sure))
        x += wide + 12
    return found


def test_agreement_is_surer_than_either() -> None:
    both = vote.vote(_words("Ủy", "ban", sure=0.8), _words("Ủy", "ban", sure=0.9))
    assert [w.text for w in both] == ["Ủy", "ban"]
    assert all(word.confidence > 0.9 for word in both)


def test_dissent_is_doubted_and_the_surer_word_kept() -> None:
    theirs, ours = _words("số", "1234", sure=0.6), _words("số", "1284", sure=0.97)
    kept = vote.vote(theirs, ours)
    assert [w.text for w in kept] == ["số", "1284"]
    assert kept[1].confidence < 0.9


def test_a_pen_stays_a_pen_whoever_is_believed() -> None:
    theirs = _words("số", "1284", sure=0.99)
    ours = [replace(w, pen=w.text == "1284", confidence=0.4) for w in theirs]
    assert [w.pen for w in vote.vote(theirs, ours)] == [False, True]
    ours = [replace(w, text=w.text.replace("8", "3")) for w in ours]
    kept = vote.vote(theirs, ours)
    assert kept[1].text == "1284" and kept[1].pen


def test_doubt_makes_no_word_vanish() -> None:
    (kept,) = vote.vote(_words("Só:1", sure=0.45), _words("Số:11", sure=0.5))
    assert kept.text == "Số:11" and kept.confidence == 0.4


def test_gaps_in_dispute_are_where_syllables_are_made() -> None:
    theirs = _words("dịch", "viêm", "đường", sure=0.7)
    ours = [Word("dịchviêmđường", (0, 0, theirs[-1].box[2], 20), 0.99)]
    assert [w.text for w in vote.vote(theirs, ours)] == ["dịch", "viêm", "đường"]
    glued = [Word("Ủyban", (0, 0, 62, 20), 0.99)]
    assert [w.text for w in vote.vote(glued, _words("Ủy", "ban", sure=0.5))] == ["Ủy", "ban"]


def test_one_engine_alone_is_kept() -> None:
    some = _words("Quyết", "định")
    assert vote.vote(some, []) == tuple(some) and vote.vote([], some) == tuple(some)


def test_a_word_that_one_engine_cut_in_two_is_one_vote() -> None:
    theirs = [Word("QuyếtĐịnh", (0, 0, 110, 20), 0.5)]
    ours = [Word("Quyết", (0, 0, 52, 20), 0.95), Word("Định", (60, 0, 110, 20), 0.95)]
    assert [w.text for w in vote.vote(theirs, ours)] == ["Quyết", "Định"]


@given(st.lists(st.text("abc1", min_size=1, max_size=6), max_size=8), st.integers(0, 2**20))
def test_votes_lose_no_place(texts: list[str], seed: int) -> None:
    rng = random.Random(seed)
    theirs = _words(*texts)
    ours = [replace(w, confidence=rng.random()) for w in theirs if rng.random() < 0.8]
    kept = vote.vote(theirs, ours)
    assert [w.text for w in kept] == texts
    assert [w.box[0] for w in kept] == sorted(w.box[0] for w in kept)


def test_the_input_is_as_the_training_printed_it() -> None:
    gray = printed("Thông báo", 34)
    strip = whole(gray, ink_of(gray))[0]
    assert strip.pixels.shape[0] == HEIGHT
    rows = np.flatnonzero((strip.pixels < 128).any(axis=1))
    assert abs(strip.base - 54) <= 2 and rows[-1] > BASE - 3
