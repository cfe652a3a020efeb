"""A font may print Vietnamese only when it has every letter."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from sohoa_samples import fonts
from sohoa_samples.errors import FontMissing


def test_the_letters_are_all_of_vietnamese() -> None:
    letters = fonts.vietnamese_letters()
    assert {"ệ", "Ữ", "ẵ", "đ", "Đ", "ỵ", "Ợ", "ũ"} <= letters
    assert len([c for c in letters if unicodedata.category(c).startswith("L")]) == 2 * 93
    assert all(unicodedata.is_normalized("NFC", letter) for letter in letters)


@pytest.mark.parametrize("name", sorted(fonts.families()))
@pytest.mark.parametrize("style", fonts.STYLES)
def test_every_font_in_use_draws_every_letter(name: str, style: str) -> None:
    """Asked of the drawn pixels, not of the character map that the admission test reads."""
    path = fonts.families()[name].file(style)
    font = fonts.load(path, 48)
    assert not fonts.missing_letters(path)

    def drawn(letter: str) -> bytes:
        image = Image.new("L", (90, 90), 0)
        ImageDraw.Draw(image).text((20, 65), letter, 255, font, anchor="ls")
        return image.tobytes()

    box = drawn("\U0010fffd")
    pictures = {letter: drawn(letter) for letter in fonts.vietnamese_letters() - {" "}}
    assert box not in pictures.values()
    vowels = [letter for letter in pictures if letter.lower() in "aàáảãạăằắẳẵặâầấẩẫậ"]
    assert len({pictures[letter] for letter in vowels}) == len(vowels)


@pytest.fixture
def crippled(tmp_path: Path) -> Path:
    """Liberation Serif as Debian 12's version 1 is: without the letters of Vietnamese."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    for style, suffix in zip(
        fonts.STYLES, ("Regular", "Bold", "Italic", "BoldItalic"), strict=True
    ):
        font = TTFont(fonts.times().file(style))
        cutter = subset.Subsetter(subset.Options(name_IDs=["*"], notdef_outline=True))
        cutter.populate(unicodes=range(0x20, 0x180))
        cutter.subset(font)
        font.save(folder / f"LiberationSerif-{suffix}.ttf")
    return folder


def test_a_font_without_vietnamese_is_not_admitted(crippled: Path) -> None:
    assert "ệ" in fonts.missing_letters(next(crippled.glob("*.ttf")))
    assert fonts.find_families([crippled]) == {}


def test_a_missing_font_names_the_package(crippled: Path) -> None:
    with pytest.raises(FontMissing) as caught:
        fonts.require_times(fonts.find_families([crippled]))
    assert caught.value.exit_code == 8
    assert "fonts-liberation2" in caught.value.remedy("en")


def test_a_broken_font_file_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "FreeSerif.ttf").write_bytes(b"\x00\x01\x00\x00 no font at all")
    (tmp_path / "FreeSerifBold.ttf").write_bytes(b"")
    assert fonts.find_families([tmp_path, tmp_path / "absent"]) == {}
