"""A seal copied in black is taken off the row of a name; where there is none nothing changes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitize.conftest import _font, draw
from sohoa_digitize.black_seal import find_seal, without_seal
from sohoa_digitize.name_search import _score
from sohoa_digitize.words import Word

LETTER, BASE = 36.0, 420.0


def region(*, seal: bool, name: str = "Hồ Đức An") -> NDArray[np.uint8]:
    """A signature block without its title: the name, and a seal that lies on its first word."""
    image = Image.new("L", (860, 640), "white")
    ImageDraw.Draw(image).text((330, int(BASE)), name, font=_font("Bold", 52), fill=0, anchor="ls")
    pixels = np.array(image)
    if seal:
        for radius, thick in ((160, 7), (150, 3), (108, 4)):
            cv2.circle(pixels, (262, 296), radius, 0, thick)
        for turn in range(0, 360, 30):
            x, y = 262 + 130 * np.cos(np.radians(turn)), 296 + 130 * np.sin(np.radians(turn))
            cv2.putText(pixels, "M", (int(x) - 9, int(y) + 9), 0, 0.8, 0, 3)
    return pixels


def ink(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return pixels < 190


def test_a_seal_is_found_by_its_rings() -> None:
    x, y, rings = find_seal(region(seal=True), LETTER)
    assert (x, y) == (pytest.approx(262, abs=4), pytest.approx(296, abs=4))
    assert any(start <= 160 <= end for start, end in rings)
    assert any(start <= 108 <= end for start, end in rings)


def test_print_and_signatures_are_no_seal() -> None:
    assert find_seal(region(seal=False), LETTER)[2] == ()
    page = np.asarray(draw().convert("L"))
    assert find_seal(page, 20.0)[2] == ()
    assert find_seal(np.full((300, 300), 255, np.uint8), LETTER)[2] == ()
    bent = np.full((640, 860), 255, np.uint8)
    cv2.ellipse(bent, (300, 300), (200, 60), 20, 0, 300, 0, 5)
    assert find_seal(bent, LETTER)[2] == ()


def test_the_name_stays_and_the_seal_goes() -> None:
    plain, sealed = region(seal=False), region(seal=True)
    bare = without_seal(sealed, LETTER, BASE, find_seal(sealed, LETTER))
    row = slice(int(BASE - 1.4 * LETTER), int(BASE + 0.5 * LETTER))
    name = ink(plain)[row]
    kept = (ink(bare)[row] & name).sum() / name.sum()
    seal = ink(sealed)[row] & ~name
    left = (ink(bare)[row] & ~name).sum() / seal.sum()
    assert kept > 0.85 and left < 0.25
    # Above the row nothing of the seal is left.
    assert ink(bare)[: row.start].sum() < 0.03 * ink(sealed)[: row.start].sum()


def test_the_whole_name_wins_over_a_name_without_its_first_word() -> None:
    def words(text: str, sure: float = 0.95) -> list[Word]:
        return [Word(part, (0.0, 0.0, 9.0, 9.0), sure) for part in text.split()]

    assert _score(words("Nguyễn Quang Long", 0.7)) > _score(words("Quang Long"))
    assert _score(words("Hô Đức An", 0.8)) > _score(words("Đức An"))
    assert _score(words("Trần An")) > _score(words("Quang An"))
    assert _score(words("ỦY BAN")) == 0.0
