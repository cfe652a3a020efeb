"""Tesseract as a program: what platforms without the in-process engine use."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sohoa_digitize.engine import own, program, tesseract
from sohoa_digitize.engine.protocol import Reading
from sohoa_digitize.errors import MissingEngine, MissingLanguage
from sohoa_digitize.prepare import prepare
from sohoa_samples.fonts import times
from tests.digitize.conftest import draw

LINES = ("Ủy ban nhân dân xã Tân Lập", "Số: 1207", "ngày 05 tháng 01 năm 2024")


def shown(text: str) -> np.ndarray:
    font = ImageFont.truetype(times().file("regular"), 34)
    image = Image.new("L", (round(font.getlength(text)) + 40, 80), 255)
    ImageDraw.Draw(image).text((20, 54), text, 0, font, anchor="ls")
    return np.asarray(image, np.uint8)


def said(reading: Reading) -> str:
    return " ".join(word.text for row in reading.lines for word in row)


def test_it_reads_what_the_in_process_engine_reads() -> None:
    gray = prepare(np.asarray(draw())).gray
    one = program.load("vie", None).read(gray, dpi=220)
    other = tesseract.load("vie", None).read(gray, dpi=220)
    assert said(one) == said(other)
    assert len(one.lines) == len(one.baselines)


def test_lines_are_read_with_one_start_and_stay_apart() -> None:
    blank = np.full((60, 200), 255, np.uint8)
    engine = program.load("vie", None)
    grays = [shown(LINES[0]), blank, shown(LINES[1]), shown(LINES[2])]
    found = engine.read_lines(grays, dpi=220)
    assert [said(found[n]) for n in (0, 2, 3)] == list(LINES)
    assert not any(map(str.isalnum, said(found[1])))  # on white it may see a dash
    assert engine.read_lines([], dpi=220) == ()


def test_our_reader_may_ask_it() -> None:
    voting = own.VotingEngine(program.load("vie", None), "both", own.NEVER)
    text = said(voting.read(prepare(np.asarray(draw())).gray, dpi=220))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text


def test_missing_data_says_what_to_install(tmp_path: object) -> None:
    with pytest.raises(MissingLanguage):
        program.load("xyz", None)
    with pytest.raises(MissingEngine):
        program.load("vie", str(tmp_path))
