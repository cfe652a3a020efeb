"""Which faces print the lines: everything on this machine that has the Vietnamese letters.

Half of what offices print is Times New Roman, so faces with its look get half of the lines;
the others keep the network from learning one face by heart. Faces that only have digits (pens,
brushes, stamps) write numbers and dates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sohoa_samples.fonts import missing_letters

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/share/texmf/fonts/opentype"))
#: Signs that a face may lack; they are then printed with another face.
OPTIONAL = frozenset("²°“”–%+&")
_TIMES = ("LiberationSerif", "Tinos", "FreeSerif", "texgyretermes", "NotoSerif-")
_PLAIN = ("LiberationSans-", "Arimo", "Carlito", "Caladea", "DejaVuSerif", "OpenSans", "Roboto")
_PENS = [
    "Because",
    "DancingScript",
    "Kaushan",
    "lobster",
    "Lobster",
    "Breip",
    "breip",
    "Ecolier",
    "femkeklaver",
    "dkg",
    "Humor",
    "Klee",
    "Kristi",
    "Leckerli",
    "Rufscript",
]
_NEVER = ("Display", "Mono", "Symbol", "Emoji", "Ornament", "Initial", "Keyboard", "Math", "Black")


@dataclass(frozen=True, slots=True)
class Faces:
    """Font files by use: like Times, other usual office faces, the rest, and pens (digits)."""

    times: tuple[str, ...]
    plain: tuple[str, ...]
    others: tuple[str, ...]
    pens: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.times, *self.plain, *self.others)


@cache
def faces() -> Faces:
    """The faces of this machine; raises ``SystemExit`` without any face like Times."""
    times, plain, others, pens = [], [], [], []
    families: dict[str, int] = {}
    for path in _files(FOLDERS):
        stem = path.stem
        missing = missing_letters(path)
        if missing - OPTIONAL:
            if stem.startswith(tuple(_PENS)) and not missing & set("0123456789/.-"):
                pens.append(str(path))
            continue
        if stem.startswith(_TIMES) and "Condensed" not in stem:
            times.append(str(path))
        elif stem.startswith(_PLAIN):
            plain.append(str(path))
        elif not any(word in stem for word in _NEVER):
            # Noto alone has hundreds of files of one design: six of a family are enough.
            family = stem.partition("-")[0]
            families[family] = families.get(family, 0) + 1
            if families[family] <= 6:
                others.append(str(path))
    if not times:
        raise SystemExit("no face like Times New Roman is installed: see training/README.md")
    return Faces(tuple(times), tuple(plain), tuple(others), tuple(pens))


def _files(folders: Iterable[Path]) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.[to]tf"))
