"""Printed and penned lines as scanners deliver them, at the height that the network reads.

A line is set in a face at the size it would have on the scanned page (8 to 70 pixels an em), worn
at that size, and only then brought to the network's height: small print then stays as poor as it
is on paper. Ground is white and ink dark, as after :func:`sohoa_digitize.prepare.prepare`.
"""

from __future__ import annotations

import math
import random
import unicodedata
from functools import lru_cache

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sohoa_samples import pen
from sohoa_samples.pen_letters import LETTERS
from training import texts, wear
from training.alphabet import as_penned, known
from training.fonts import faces

Gray = NDArray[np.uint8]

#: Height of the network's input, em of the print in it, and where its baseline lies (pixels).
HEIGHT, EM, BASE = 40, 32.0, 30.0
#: Wider segments are narrowed to this, as no line of training needs more.
WIDEST = 960
#: Writers of the training; others are kept for measuring.
WRITERS = range(1, 4001)


@lru_cache(maxsize=1500)
def _font(path: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, pixels, layout_engine=ImageFont.Layout.BASIC)


def _face(rng: random.Random) -> str:
    known_faces = faces()
    throw = rng.random()
    if throw < 0.58:
        return rng.choice(known_faces.times)
    return rng.choice(known_faces.plain if throw < 0.8 else known_faces.others)


def printed(rng: random.Random, text: str, path: str, em: float) -> tuple[Gray, float]:
    """``text`` in black on white with free ground around it, and the y of its baseline."""
    scale = 2 if em < 26 else 1
    font = _font(path, max(6, round(em * scale)))
    pad = round(em * scale * 0.9)
    spread = rng.uniform(-0.02, 0.12) * em * scale if rng.random() < 0.12 else 0.0
    width = font.getlength(text) + spread * len(text)
    base = round(em * scale * 1.35)
    image = Image.new("L", (math.ceil(width) + 2 * pad, round(em * scale * 2.1)), 255)
    draw = ImageDraw.Draw(image)
    if spread:
        x = float(pad)
        for letter in text:
            draw.text((x, base), letter, 0, font, anchor="ls")
            x += font.getlength(letter) + spread
    else:
        draw.text((pad, base), text, 0, font, anchor="ls")
    pixels = np.asarray(image)
    if scale > 1:
        pixels = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return pixels.copy(), base / scale


def written(rng: random.Random, text: str, em: float, writer: int) -> tuple[Gray, float]:
    """``text`` in a pen's strokes on white, and the y of its baseline."""
    size = em * rng.uniform(0.36, 0.58)
    left = em * 0.9
    width = math.ceil(pen.width_mm(text, size, writer) + 2 * left)
    height, base = round(em * 2.4), em * 1.55
    image = np.full((height, max(8, width)), 255, np.uint8)
    thick = max(1, round(em * rng.uniform(0.03, 0.085)))
    shade = rng.randint(0, 90)
    for stroke in pen.write(text, left, base, size, writer):
        points = np.round(stroke * 16).astype(np.int32)
        cv2.polylines(image, [points], False, shade, thick, cv2.LINE_AA, 4)
    return image, base


def _beside(a: tuple[Gray, float], b: tuple[Gray, float], gap: float) -> tuple[Gray, float]:
    """Two pieces on one baseline; ``gap`` pixels lie between their ink."""
    base = max(a[1], b[1])
    below = max(a[0].shape[0] - a[1], b[0].shape[0] - b[1])
    left, right = _trimmed(a[0]), _trimmed(b[0])
    height = math.ceil(base + below) + 1
    image = np.full((height, left.shape[1] + right.shape[1] + max(0, round(gap))), 255, np.uint8)
    y = round(base - a[1])
    image[y : y + left.shape[0], : left.shape[1]] = left
    y, x = round(base - b[1]), image.shape[1] - right.shape[1]
    image[y : y + right.shape[0], x:] = right
    edge = math.ceil(max(6.0, base * 0.4))
    return cv2.copyMakeBorder(image, 0, 0, edge, edge, cv2.BORDER_CONSTANT, value=255), base


def _trimmed(image: Gray) -> Gray:
    inked = np.flatnonzero((image < 200).any(axis=0))
    return image[:, inked[0] : inked[-1] + 1] if inked.size else image[:, :1]


def _slot(rng: random.Random, em: float, path: str) -> tuple[tuple[Gray, float], str]:
    """Print with something penned into it, as number and date of most papers are."""
    value = texts.penned(rng)
    before, after = rng.choice(
        (
            ("Số:", "/QĐ-UBND"),
            ("Số:", "/TB-" + "".join(rng.choice("ABCDHKLNSTXY") for _ in range(3))),
            ("Số:", "/CV"),
            ("Số", ""),
            ("ngày", "tháng"),
            ("tháng", "năm 20"),
            ("năm 20", ""),
            ("Ngày", ""),
            ("Quyển số:", ""),
            ("", "/" + str(rng.randint(2020, 2026))),
            ("", ""),
            ("", ""),
        )
    )
    piece = _pen_or_face(rng, value, em)
    gap = em * rng.uniform(0.12, 0.5)
    text = as_penned(value)
    if before:
        piece = _beside(printed(rng, before, path, em), piece, gap)
        text = f"{before} {text}"
    if after:
        tight = after.startswith("/")
        piece = _beside(piece, printed(rng, after, path, em), gap * (0.3 if tight else 1))
        text += after if tight else f" {after}"
    return piece, text


def _with_note(
    rng: random.Random, piece: tuple[Gray, float], text: str, path: str, em: float
) -> tuple[tuple[Gray, float], str]:
    """A line with the small raised mark of a note behind it, as forms have."""
    note = f"({rng.randint(1, 9)})" if rng.random() < 0.8 else str(rng.randint(1, 9))
    small, base = printed(rng, note, path, max(8.0, em * rng.uniform(0.55, 0.75)))
    raised = small, base + em * rng.uniform(0.1, 0.4)
    if rng.random() < 0.3:
        return _beside(piece, raised, em * rng.uniform(0.0, 0.06)), text + note
    return _beside(piece, raised, em * rng.uniform(0.18, 0.4)), f"{text} {note}"


def _pen_or_face(rng: random.Random, value: str, em: float) -> tuple[Gray, float]:
    pens = faces().pens
    if pens and rng.random() < 0.3 and all(c.isdigit() or c in "/-." for c in value):
        return printed(rng, value, rng.choice(pens), em * rng.uniform(0.85, 1.5))
    return written(rng, value, em, rng.choice(WRITERS))


def segment(rng: random.Random, hard: float = 1.0) -> tuple[Gray, str]:
    """One line for training: pixels (:data:`HEIGHT` high, ink dark on white) and what it says.

    ``hard`` from 0 to 1 scales the wear; penned slots are one line in seven.
    """
    em = math.exp(rng.uniform(math.log(13), math.log(52)))
    path = _face(rng)
    if rng.random() < 0.03:
        return nothing(rng, path, em), ""
    if rng.random() < 0.14:
        piece, text = _slot(rng, em, path)
    elif rng.random() < 0.02:
        text = "".join(c for c in texts.text(rng, 20) if pen_knows(c)) or "Nam"
        text = " ".join(text.split()) or "Nam"
        piece, text = written(rng, text, em, rng.choice(WRITERS)), as_penned(text)
    else:
        text = texts.text(rng)
        piece = printed(rng, text, path, em)
        if rng.random() < 0.05:
            piece, text = _with_note(rng, piece, text, path, em)
    assert known(text)
    inked = np.flatnonzero((piece[0] < 200).any(axis=0))
    ends = (float(inked[0]), float(inked[-1] + 1)) if inked.size else (0.0, float(em))
    image = wear.on_paper(rng, *piece, em, hard)
    return fitted(rng, image, ends, piece[1], em, hard), text


#: Scripts of no Vietnamese paper: first and last letter.
_SCRIPTS = (
    (0x0391, 0x03C9), (0x0410, 0x044F), (0x0531, 0x0587), (0x05D0, 0x05EA), (0x0621, 0x064A),
    (0x0905, 0x0939), (0x0985, 0x09B9), (0x0E01, 0x0E2E), (0x10D0, 0x10F0), (0x3042, 0x3096),
    (0x30A2, 0x30FA), (0x1F00, 0x1FFC),
)  # fmt: skip


@lru_cache(maxsize=64)
def _letters_of(path: str, script: tuple[int, int]) -> str:
    with TTFont(path, lazy=True) as font:
        known_here = font.getBestCmap()
    return "".join(chr(code) for code in range(script[0], script[1] + 1) if code in known_here)


def _foreign(rng: random.Random, path: str) -> str:
    """A line in a script that the network must not read; empty where the face has none."""
    letters = _letters_of(path, rng.choice(_SCRIPTS))
    if len(letters) < 10:
        return ""
    text = "".join(rng.choice(letters * 6 + " " * len(letters)) for _ in range(rng.randint(4, 32)))
    return " ".join(text.split())


def nothing(rng: random.Random, path: str, em: float) -> Gray:
    """What stands where a line was expected and says nothing: dirt, rules, seals, signatures,
    print on its head, white on black, scripts that no Vietnamese office writes."""
    kind = rng.randrange(6)
    width = rng.randint(40, 700)
    blank = np.full((round(em * 2.1), width), 255, np.uint8), em * 1.35
    if kind == 0:
        noise = np.random.default_rng(rng.randrange(2**32)).integers(0, 256, (HEIGHT, width))
        few = rng.choice((2, 6, 14, 40, 256))
        dirt = np.where(noise < few, rng.randint(0, 120), 255) if few < 256 else noise
        size = rng.choice((1, 1, 2))
        small = dirt.astype(np.uint8)[::size, ::size]
        return cv2.resize(small, (width, HEIGHT), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.06:
        return np.full((HEIGHT, width), rng.choice((0, 0, 40, 255)), np.uint8)
    if kind == 1:
        return fitted(rng, wear.dirt(rng, blank[0], em), (0.0, float(width)), em * 1.35, em, 1.0)
    if kind == 2:
        free = [face for face in faces().all if "FreeSerif" in face or "FreeSans" in face]
        path = rng.choice(free) if free else path
        text = _foreign(rng, path)
        piece = printed(rng, text, path, em) if text else blank
    else:
        text = texts.text(rng)
        while sum(map(str.isalpha, text)) < 5:  # 96 on its head is 96
            text = texts.text(rng)
        piece = printed(rng, text, path, em)
    image = wear.on_paper(rng, *piece, em, 0.5)
    inked = np.flatnonzero((image < 128).any(axis=0))
    ends = (float(inked[0]), float(inked[-1] + 1)) if inked.size else (0.0, em)
    strip = fitted(rng, image, ends, piece[1], em, 0.5)
    if kind == 3:
        return np.ascontiguousarray(strip[::-1, ::-1])
    if kind == 4:
        return np.asarray(255 - strip, np.uint8)
    if kind == 5:
        # Letters on their side: a turned page.
        turned = np.ascontiguousarray(np.rot90(strip, rng.choice((1, 3))))
        rows = turned[: min(len(turned), 600)]
        return cv2.resize(rows.T if rng.random() < 0.3 else rows, (min(700, rows.shape[0]), HEIGHT))
    return strip


def pen_knows(character: str) -> bool:
    """Whether the pen has strokes for ``character``."""
    base = unicodedata.normalize("NFD", character)[0]
    return base in LETTERS or character in " đĐ"


def fitted(
    rng: random.Random,
    image: Gray,
    ends: tuple[float, float],
    base: float,
    em: float,
    hard: float,
) -> Gray:
    """``image`` at the network's height, placed and sized as carelessly as line finding is.

    ``ends`` are the x of the first and the last ink, ``base`` the y of the baseline.
    """
    spread = 0.06 + 0.1 * hard
    scale = EM / em * math.exp(rng.gauss(0, spread))
    top = base * scale - BASE + rng.gauss(0, 0.8 + 1.1 * hard)
    narrow = math.exp(rng.gauss(0, 0.05 + 0.06 * hard))
    height, width = image.shape
    left = ends[0] - rng.uniform(0.06, 0.5) * em
    right = ends[1] + rng.uniform(0.06, 0.5) * em
    x_scale = min(scale * narrow, WIDEST / max(1.0, right - left))
    matrix = np.array([[x_scale, 0, -left * x_scale], [0, scale, -top]], np.float64)
    size = (max(8, round((right - left) * x_scale)), HEIGHT)
    way = cv2.INTER_LINEAR
    if scale < 0.75:
        small = (max(1, round(width * x_scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = np.array([[1, 0, -left * x_scale], [0, 1, -top]], np.float64)
    elif scale > 1.2:
        way = cv2.INTER_CUBIC
    out = cv2.warpAffine(image, matrix, size, flags=way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.uint8)


def sample(seed: int, number: int, hard: float = 1.0) -> tuple[Gray, str]:
    """The line with this number of the endless series ``seed``."""
    return segment(random.Random(f"{seed}/{number}"), hard)
