"""Which fonts may print Vietnamese: found by scanning, admitted only after a coverage test.

Debian 12's ``fonts-liberation`` (1.x) lacks most Vietnamese letters and prints boxes; the
test on the character map keeps such a font out, whatever its name promises. A family is
admitted when its regular, bold, italic and bold-italic files all pass.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from sohoa_samples.errors import FontMissing

STYLES = ("regular", "bold", "italic", "bolditalic")

#: Family -> Debian package, in the order of preference; Times metrics come first because
#: NĐ 30/2020/NĐ-CP App I prescribes Times New Roman.
FAMILIES: dict[str, str] = {
    "Liberation Serif": "fonts-liberation2",
    "FreeSerif": "fonts-freefont-ttf",
    "Noto Serif": "fonts-noto-core",
    "DejaVu Serif": "fonts-dejavu-extra",
    "Liberation Sans": "fonts-liberation2",
    "Noto Sans": "fonts-noto-core",
}
TIMES = ("Liberation Serif", "FreeSerif")
FORM_FAMILIES = ("Noto Serif", "DejaVu Serif", "Liberation Sans", "Noto Sans")

#: A tall size: advances measured here are not yet disturbed by hinting to whole pixels.
_MEASURE_PX = 1024

_BASE_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


@cache
def vietnamese_letters() -> frozenset[str]:
    """Every letter of Vietnamese in both cases, composed (NFC), with digits and signs."""
    import unicodedata

    letters = set("abcdefghijklmnopqrstuvwxyzđ")
    letters |= {
        unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(_BASE_VOWELS, _TONES)
    }
    letters |= {letter.upper() for letter in letters}
    return frozenset(letters | set("0123456789.,;:/()-–+%“”\"'&²° "))


@dataclass(frozen=True, slots=True)
class Family:
    """One admitted family: the file of each style."""

    name: str
    files: tuple[tuple[str, str], ...]

    def file(self, style: str) -> str:
        """Path of the font file for ``style`` (one of ``STYLES``)."""
        return dict(self.files)[style]


def missing_letters(path: str | Path) -> frozenset[str]:
    """Letters that the font at ``path`` cannot print; all of them when it cannot be read."""
    wanted = vietnamese_letters()
    try:
        with TTFont(str(path), lazy=True, fontNumber=0) as font:
            known = font.getBestCmap() or {}
            has_outlines = "glyf" in font or "CFF " in font
    except (TTLibError, OSError, KeyError, ValueError):
        return wanted
    if not has_outlines:
        return wanted
    return frozenset(letter for letter in wanted if ord(letter) not in known)


def font_folders() -> tuple[Path, ...]:
    """Folders where Linux keeps fonts; ``SOHOA_FONTS`` (a path list) comes first."""
    chosen = [Path(part) for part in os.environ.get("SOHOA_FONTS", "").split(os.pathsep) if part]
    home = Path.home()
    usual = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]
    return tuple(chosen + usual)


def _names(path: Path) -> tuple[str, str] | None:
    try:
        with TTFont(str(path), lazy=True, fontNumber=0) as font:
            table = font["name"]
            family = table.getDebugName(16) or table.getDebugName(1)
            style = table.getDebugName(17) or table.getDebugName(2)
    except (TTLibError, OSError, KeyError, ValueError):
        return None
    if not family or not style:
        return None
    plain = style.lower().replace(" ", "").replace("oblique", "italic")
    return family, {"book": "regular", "roman": "regular", "normal": "regular"}.get(plain, plain)


def find_families(folders: Iterable[Path]) -> dict[str, Family]:
    """Admitted families below ``folders`` by name; a file that fails the test is ignored."""
    stems = tuple({name.replace(" ", "").lower() for name in FAMILIES})
    found: dict[str, dict[str, str]] = {}
    for folder in folders:
        if not folder.is_dir():
            continue
        for path in sorted(folder.rglob("*.[to]tf")):
            plain = path.stem.lower().replace("-", "").replace("_", "")
            if not plain.startswith(stems):
                continue
            names = _names(path)
            if names is None or names[0] not in FAMILIES or names[1] not in STYLES:
                continue
            styles = found.setdefault(names[0], {})
            if names[1] not in styles and not missing_letters(path):
                styles[names[1]] = str(path)
    return {
        name: Family(name, tuple((style, found[name][style]) for style in STYLES))
        for name in FAMILIES
        if set(found.get(name, {})) == set(STYLES)
    }


@cache
def families() -> dict[str, Family]:
    """Admitted families of this machine; raises ``FontMissing`` when none has Times metrics."""
    return require_times(find_families(font_folders()))


def require_times(found: dict[str, Family]) -> dict[str, Family]:
    """``found`` itself, or ``FontMissing`` naming the packages to install."""
    if not any(name in found for name in TIMES):
        packages = " ".join(dict.fromkeys(FAMILIES[name] for name in TIMES))
        raise FontMissing(tool=TIMES[0], families=", ".join(TIMES), packages=packages)
    return found


def times() -> Family:
    """The preferred family with the metrics of Times New Roman."""
    admitted = families()
    return next(admitted[name] for name in TIMES if name in admitted)


@cache
def load(path: str, pixels: int) -> ImageFont.FreeTypeFont:
    """The font at ``path`` for ``pixels`` per em, with Pillow's own (not Raqm's) layout."""
    return ImageFont.truetype(path, pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _advance(path: str, text: str) -> float:
    return load(path, _MEASURE_PX).getlength(text) / _MEASURE_PX


def width_mm(path: str, text: str, points: float) -> float:
    """Printed width of ``text`` in millimetres at ``points``."""
    return _advance(path, text) * points * 25.4 / 72
