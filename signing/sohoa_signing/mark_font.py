"""The font of the marks: Times metrics, every Vietnamese letter, embedded as a small subset.

The law asks for Times New Roman (Decree 30/2020/NĐ-CP, Appendix I); Liberation Serif and
FreeSerif have its metrics. A font is taken only when it really holds all letters: Debian 12's
old ``fonts-liberation`` lacks most Vietnamese ones and would print boxes. What goes into a
file is a Type0 font with ``Identity-H`` codes, widths that equal the font program's and a
ToUnicode map, as PDF/A-2 demands (ISO 19005-2 clause 6.2.11).
"""

from __future__ import annotations

import hashlib
import io
import itertools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError

from sohoa_signing.errors import MarkFontMissing

FONT_FILES = (
    "LiberationSerif-Regular.ttf",
    "times.ttf",
    "Times New Roman.ttf",
    "Times_New_Roman.ttf",
    "FreeSerif.ttf",
    "Tinos-Regular.ttf",
)
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)


def vietnamese_letters() -> str:
    """All letters of Vietnamese, composed (NFC), both cases."""
    bases = "aăâeêioôơuưy"
    tones = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    marked = [unicodedata.normalize("NFC", b + t) for b, t in itertools.product(bases, tones)]
    lower = "".join(sorted({*marked, *"abcdđefghijklmnopqrstuvwxyz"}))
    return lower + lower.upper()


REPERTOIRE = "".join(
    sorted(
        {
            *vietnamese_letters(),
            *map(chr, range(0x20, 0x7F)),
            *map(chr, range(0xA0, 0x100)),
            *"–—‘’“”…",
        }
    )
)


_OF_TIMES = frozenset("0123456789/:+-T")


@dataclass(frozen=True, slots=True)
class FontSubset:
    """The glyphs of one text: the font program and what a PDF says about it.

    Widths, ascent, descent and box are in thousandths of the font size.
    """

    name: str
    program: bytes
    glyphs: dict[str, int]
    widths: dict[int, int]
    ascent: int
    descent: int
    cap_height: int
    box: tuple[int, int, int, int]
    italic_angle: float


class MarkFont:
    """A font file that has been checked for its letters, kept trimmed and ready."""

    def __init__(self, path: Path) -> None:
        font = TTFont(path, fontNumber=0, lazy=True)
        cmap = font.getBestCmap() or {}
        needed = {ord(letter) for letter in REPERTOIRE} - {0xAD}
        missing = needed - cmap.keys()
        if {ord(letter) for letter in vietnamese_letters()} & missing or "glyf" not in font:
            raise MarkFontMissing(where=path.name)
        embedding = font["OS/2"].fsType if "OS/2" in font else 0
        if embedding & 0x0302 and not embedding & 0x000C:
            # Restricted licence, no subsetting, or bitmaps only: must not be embedded.
            raise MarkFontMissing(where=path.name)
        self.family = str(font["name"].getDebugName(6) or path.stem).replace(" ", "")
        self.has = frozenset(chr(code) for code in needed & cmap.keys())
        self._trimmed = _cut(font, self.has)
        self._metrics = TTFont(io.BytesIO(self._trimmed), lazy=True)
        self._cmap: dict[int, str] = self._metrics.getBestCmap()
        self._units: int = self._metrics["head"].unitsPerEm

    def width(self, text: str, size: float) -> float:
        """Width of ``text`` in points at ``size``; unknown letters count as a question mark."""
        table = self._metrics["hmtx"]
        total = sum(table[self._cmap[ord(letter)]][0] for letter in self.clean(text))
        return float(total) * size / self._units

    def clean(self, text: str) -> str:
        """``text`` in NFC on one line, letters outside the repertoire replaced by ``?``."""
        flat = " ".join(unicodedata.normalize("NFC", text).split())
        return "".join(letter if letter in self.has else "?" for letter in flat)

    def subset(self, texts: Iterable[str]) -> FontSubset:
        """Only the glyphs of ``texts``; the same letters always give the same bytes.

        What times are written with is always in: a batch then needs one subset, not one a second.
        """
        letters = frozenset("".join(self.clean(text) for text in texts)) | _OF_TIMES
        return _subset(self._trimmed, self.family, letters)


def _cut(font: TTFont, letters: frozenset[str]) -> bytes:
    options = subset.Options(
        hinting=False,
        layout_features=[],
        notdef_outline=True,
        glyph_names=False,
        legacy_cmap=False,
        recalc_timestamp=False,
        name_IDs=[],
        drop_tables=["DSIG", "GSUB", "GPOS", "GDEF", "kern", "FFTM", "PfEd", "TeX", "BDF"],
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(letter) for letter in letters])
    cutter.subset(font)
    stream = io.BytesIO()
    font.save(stream)
    return stream.getvalue()


@lru_cache(maxsize=64)
def _subset(trimmed: bytes, family: str, letters: frozenset[str]) -> FontSubset:
    font = TTFont(io.BytesIO(trimmed), recalcTimestamp=False)
    program = _cut(font, letters)
    cut = TTFont(io.BytesIO(program), lazy=True)
    units: int = cut["head"].unitsPerEm

    def scaled(value: float) -> int:
        return round(value * 1000 / units)

    cmap = cut.getBestCmap()
    glyphs = {letter: cut.getGlyphID(cmap[ord(letter)]) for letter in sorted(letters)}
    advance = cut["hmtx"]
    widths = {cut.getGlyphID(name): scaled(advance[name][0]) for name in cut.getGlyphOrder()}
    head, hhea, os2 = cut["head"], cut["hhea"], cut["OS/2"]
    tag = hashlib.sha256(program).digest()
    prefix = "".join(chr(65 + byte % 26) for byte in tag[:6])
    return FontSubset(
        name=f"{prefix}+{family}",
        program=program,
        glyphs=glyphs,
        widths=widths,
        ascent=scaled(hhea.ascent),
        descent=scaled(hhea.descent),
        cap_height=scaled(getattr(os2, "sCapHeight", 0) or hhea.ascent * 0.7),
        box=(scaled(head.xMin), scaled(head.yMin), scaled(head.xMax), scaled(head.yMax)),
        italic_angle=0.0,
    )


@lru_cache(maxsize=4)
def find_mark_font(extra: tuple[Path, ...] = ()) -> MarkFont:
    """The first usable font: the files ``extra``, then the usual folders.

    Raises :class:`MarkFontMissing` when none has Times metrics and all letters.
    """
    for path in _candidates(extra):
        try:
            return MarkFont(path)
        except (MarkFontMissing, TTLibError, OSError, KeyError, AttributeError):
            continue
    raise MarkFontMissing()


def _candidates(extra: tuple[Path, ...]) -> Iterable[Path]:
    yield from extra
    for folder in FONT_FOLDERS:
        root = Path(folder).expanduser()
        if not root.is_dir():
            continue
        found = {path.name: path for path in sorted(root.rglob("*.ttf"))}
        yield from (found[name] for name in FONT_FILES if name in found)
