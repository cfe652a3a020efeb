"""The text layer of a PDF page, taken only when it can be relied on.

Scanners leave layers of junk: words without Vietnamese marks, or letters in private codes.
Measured: good Vietnamese text has about 28 % marked letters, junk under 10 %. A layer must
also cover what is printed: a stamp's text on a scanned page does not replace reading it.
"""

from __future__ import annotations

import ctypes
import unicodedata
from typing import Any

import cv2
import numpy as np
import pypdfium2.raw as pdfium

from sohoa_digitize.source import Pixels
from sohoa_digitize.words import Word, nfc

#: At least this share of the letters must carry a Vietnamese mark (or be đ).
MARKED_SHARE = 0.15
#: At most this share of the characters may be impossible in Vietnamese text.
STRANGE_SHARE = 0.02
#: At least this share of the ink must lie under the words of the layer.
COVERED_SHARE = 0.6
#: A layer of fewer letters is no text.
FEWEST_LETTERS = 20
#: Confidence of a word that was typed, and of one that another program recognized.
TYPED, RECOGNIZED = 0.99, 0.9

_MARKED = frozenset("đĐăĂâÂêÊôÔơƠưƯ")


def marked_share(text: str) -> tuple[float, float]:
    """Shares of marked letters among letters, and of strange characters among all."""
    letters = marked = strange = total = 0
    for char in unicodedata.normalize("NFC", text):
        if char.isspace():
            continue
        total += 1
        category = unicodedata.category(char)
        if category[0] == "L":
            letters += 1
            parts = unicodedata.normalize("NFD", char)
            if char in _MARKED or len(parts) > 1:
                marked += 1
            if not (char < "\u0250" or "\u1ea0" <= char <= "\u1ef9"):
                strange += 1
        elif category in ("Co", "Cn", "Cc", "Cs") or char == "\ufffd":
            strange += 1
    return marked / max(1, letters), strange / max(1, total)


def read_layer(view: Any, pixels: Pixels) -> tuple[tuple[Word, ...] | None, bool]:
    """Words of the page's layer in pixels of ``pixels`` (upright), and whether a layer was
    there but useless."""
    page = view.get_textpage()
    try:
        count = page.count_chars()
        if count <= 0 or count > 200_000:
            return None, False
        text = page.get_text_range(errors="replace")
        share, strange = marked_share(text)
        letters = sum(char.isalpha() for char in text)
        if letters < FEWEST_LETTERS:
            return None, False
        if share < MARKED_SHARE or strange > STRANGE_SHARE:
            return None, True
        words = _words(view, page, count, pixels.shape[1], pixels.shape[0])
    finally:
        page.close()
    if not words or not _covers(words, pixels):
        return None, False
    return words, False


def _words(view: Any, page: Any, count: int, width: int, height: int) -> tuple[Word, ...]:
    """Characters joined to words; each box goes through the page's own view transform."""
    words: list[Word] = []
    letters: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    hidden = False
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    dx0, dy0, dx1, dy1 = (ctypes.c_int() for _ in range(4))

    def flush() -> None:
        nonlocal hidden
        text = nfc("".join(letters)).strip()
        if text and boxes:
            box = (
                float(min(b[0] for b in boxes)),
                float(min(b[1] for b in boxes)),
                float(max(b[2] for b in boxes)),
                float(max(b[3] for b in boxes)),
            )
            words.append(Word(text, box, RECOGNIZED if hidden else TYPED))
        letters.clear()
        boxes.clear()
        hidden = False

    fine = 16  # the view transform answers in whole units; ask on a finer grid
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(page, index)
        char = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if not char or char.isspace() or code in (0xAD, 0xFFFE, 0x2):
            if char.isspace():
                flush()
            continue
        if not pdfium.FPDFText_GetLooseCharBox(page, index, _rect):
            continue
        left.value, top.value = _rect.left, _rect.top
        right.value, bottom.value = _rect.right, _rect.bottom
        for x, y, ox, oy in ((left, top, dx0, dy0), (right, bottom, dx1, dy1)):
            pdfium.FPDF_PageToDevice(
                view, 0, 0, width * fine, height * fine, 0, x.value, y.value, ox, oy
            )
        xs = sorted((dx0.value / fine, dx1.value / fine))
        ys = sorted((dy0.value / fine, dy1.value / fine))
        box = (xs[0], ys[0], xs[1], ys[1])
        if boxes and unicodedata.combining(char) == 0:
            last = boxes[-1]
            size = max(1.0, last[3] - last[1])
            if abs(box[1] - last[1]) > 0.6 * size or not -size < box[0] - last[2] < 0.35 * size:
                flush()
        letters.append(char)
        boxes.append(box)
        text_object = pdfium.FPDFText_GetTextObject(page, index)
        if text_object and pdfium.FPDFTextObj_GetTextRenderMode(text_object) == 3:
            hidden = True
    flush()
    return tuple(words)


_rect = pdfium.FS_RECTF()


def _covers(words: tuple[Word, ...], pixels: Pixels) -> bool:
    """Whether the layer's words stand where the ink is."""
    gray = pixels if pixels.ndim == 2 else pixels[:, :, 0]
    factor = max(1, max(gray.shape) // 800)
    small = cv2.resize(
        gray, (gray.shape[1] // factor, gray.shape[0] // factor), interpolation=cv2.INTER_AREA
    )
    ink = small < 160
    total = int(ink.sum())
    if total == 0:
        return True
    mask = np.zeros(small.shape, dtype=bool)
    for word in words:
        x0, y0, x1, y1 = (int(v / factor) for v in word.box)
        mask[max(0, y0 - 1) : y1 + 2, max(0, x0 - 1) : x1 + 2] = True
    return float((ink & mask).sum()) / total >= COVERED_SHARE
