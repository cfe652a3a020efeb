"""Finds separator sheets (tờ phân cách) among the pages of a scan.

A page is a sheet when it carries the bars that ``sohoa samples separator`` prints, or a code of
such a sheet that is as large as there: a small code in some corner of a citizen's letter must
not send other people's papers into another dossier. A sheet whose code cannot be read is still
a sheet; what lies behind it is not taken for the dossier before.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from sohoa_core.limits import Limits
from sohoa_digitize.barcodes import SEPARATOR
from sohoa_digitize.small_pages import small_pages
from sohoa_digitize.source import Pixels

#: Longer codes are none; the printed sheets hold no longer ones either.
LONGEST = 100
#: A code without bars counts from this share of the page's shorter side; printed it has 0.35.
_LARGE = 0.22
#: The bars are three at each end: their height is half their distance.
_BARS = 3
#: Share of the page's height within which the bars lie (0.14 as printed, and room to slip).
_END = 0.24
#: Places across the page at which the bars are looked for; most must show them.
_PROBES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A separator sheet: its page (from 1) and the dossier code; empty when none can be read."""

    page: int
    code: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of one file: its pages and sheets; ``unreadable`` is an error's code."""

    pages: int
    sheets: tuple[Sheet, ...] = ()
    unreadable: str = ""


def find_sheets(data: bytes, *, name: str, limits: Limits) -> Looked:
    """The separator sheets of a file.

    Raises as :func:`sohoa_digitize.decode.open_source` for files that cannot be shown.
    """
    count, pages = small_pages(data, name=name, limits=limits)
    found: list[Sheet] = []
    for page in pages:
        barred = has_bars(page.gray)
        code = _code(page.gray, barred)
        if code is None and barred:
            code = next(filter(None, _closer(page.close())), "")
        if code is not None:
            found.append(Sheet(page.number, code))
    return Looked(count, tuple(found))


def usable_code(text: str) -> str:
    """The dossier code that a sheet's code says, NFC; empty when it can be none."""
    code = unicodedata.normalize("NFC", text).strip()
    if len(code) > LONGEST or any(unicodedata.category(c)[0] == "C" for c in code):
        return ""
    return code


def _code(gray: Pixels, barred: bool, *, hard: bool = False) -> str | None:
    """The dossier code of a sheet, empty for a sheet with an impossible one, None for none."""
    import zxingcpp

    short = min(gray.shape)
    said: str | None = None
    for one in zxingcpp.read_barcodes(
        np.ascontiguousarray(gray),
        formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]),
        try_downscale=hard,
        try_invert=False,
        binarizer=zxingcpp.Binarizer.LocalAverage,
    ):
        if not one.text.startswith(SEPARATOR):
            continue
        place = one.position
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
        if barred or max(max(xs) - min(xs), max(ys) - min(ys)) >= _LARGE * short:
            said = said or usable_code(one.text[len(SEPARATOR) :])
    return said


def _closer(gray: Pixels) -> Iterator[str | None]:
    """Attempts at a sheet whose code did not come at first sight."""
    yield _code(gray, True, hard=True)
    smooth = np.asarray(cv2.GaussianBlur(gray, (0, 0), 2.0), dtype=np.uint8)
    yield _code(smooth, True, hard=True)
    # Faint or shaded copies: what is darker than its surroundings is ink.
    side = max(3, min(gray.shape) // 12) | 1
    paper = np.asarray(cv2.blur(smooth, (side, side)))
    even = np.asarray(cv2.divide(smooth, np.maximum(paper, 1), scale=200), dtype=np.uint8)
    yield _code(even, True, hard=True)
    level, _black = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    for part in (1.0, 0.8, 1.15):
        black = np.where(smooth > min(250.0, level * part), 255, 0).astype(np.uint8)
        yield _code(black, True, hard=True)
        kernel = np.ones((5, 5), np.uint8)
        yield _code(np.asarray(cv2.morphologyEx(black, cv2.MORPH_CLOSE, kernel)), True, hard=True)
        yield _code(np.asarray(cv2.morphologyEx(black, cv2.MORPH_OPEN, kernel)), True, hard=True)


def has_bars(gray: Pixels) -> bool:
    """Whether a page carries the bars of a separator sheet, whichever way it lies."""
    if min(gray.shape) < 200:
        return False
    return any(_barred(side) for side in (gray, gray.T))


def _barred(gray: Pixels) -> bool:
    high, wide = gray.shape
    end, strip = round(high * _END), max(2, wide // 60)
    both = 0
    for probe in _PROBES:
        left = round(wide * probe)
        profile = np.asarray(gray[:, left : left + strip], dtype=np.float32).mean(axis=1)
        if _three(profile[:end], high) and _three(profile[::-1][:end], high):
            both += 1
    return both >= len(_PROBES) // 2 + 1


def _three(profile: np.ndarray, high: int) -> bool:
    """Whether a line through the page crosses three equal bars with gaps of their height."""
    light, dark = float(np.percentile(profile, 90)), float(np.percentile(profile, 10))
    if light - dark < 30:
        return False
    ink = profile < (light + dark) / 2
    edges = np.flatnonzero(np.diff(np.concatenate(([False], ink, [False])).astype(np.int8)))
    least = high * 0.008
    bars = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= least]
    for index in range(len(bars) - _BARS + 1):
        three = bars[index : index + _BARS]
        lengths = [b - a for a, b in three]
        gaps = [three[i + 1][0] - three[i][1] for i in range(_BARS - 1)]
        middle = sum(lengths + gaps) / (len(lengths) + len(gaps))
        # As printed 6 of 297 mm; a copy may be smaller or larger by a third.
        if 0.013 * high <= middle <= 0.028 * high and all(
            abs(part - middle) <= 0.3 * middle + 1 for part in lengths + gaps
        ):
            return True
    return False
