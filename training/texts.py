"""What the lines say: words, names, addresses, numbers and codes as papers carry them.

A third of the words are random syllables, legal and illegal, so that the network reads letters
instead of guessing words. Everything comes from tables and texts of this project.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sohoa_samples.generator import invent_dossier
from sohoa_vietnam.syllables import all_legal_syllables
from training.alphabet import CHARACTERS, known

TOP = Path(__file__).resolve().parent.parent
#: Dossiers of these seeds lend their lines; benches and tests never invent them.
SEEDS = range(880_000, 880_040)
_LETTERS = [c for c in CHARACTERS if c.isalpha() and c.islower()]
_MARKED = [c for c in _LETTERS if ord(c) > 127]
_KINDS = ("QĐ", "TB", "CV", "GM", "TTr", "KH", "BC")
_ACTS = ("NĐ-CP", "TT-BNV", "QH15", "TT-BTP", "QĐ-UBND", "TTg")
_SIGNS = ".,;:/()-–+%\"'&!?*=_[]<>§@#“”…•|²³°"


@cache
def syllables() -> tuple[str, ...]:
    """Every legal syllable."""
    return tuple(all_legal_syllables())


@cache
def phrases() -> tuple[str, ...]:
    """Lines of invented papers, names of units and agencies, and sentences of our own manuals."""
    found: set[str] = set()
    for seed in SEEDS:
        for index in range(6):
            for item in invent_dossier(seed, index).items:
                for page in item.paper.pages:
                    found.update(page.lines)
    for path in sorted(TOP.rglob("*.vi.md")):
        found.update(re.split(r"[`|#*>\n]+", path.read_text(encoding="utf-8")))
    for path in sorted(TOP.glob("*/sohoa_*/locale/vi/LC_MESSAGES/*.po")):
        found.update(re.findall(r'"([^"\\]{12,})"', path.read_text(encoding="utf-8")))
    for path in sorted((TOP / "vietnam/sohoa_vietnam/data").rglob("*.tsv")):
        for row in path.read_text(encoding="utf-8").splitlines():
            found.update(cell for cell in row.split("\t") if len(cell) > 3)
    good = (" ".join(text.split()) for text in found)
    return tuple(
        sorted({text for text in good if sum(map(str.isalpha, text)) >= 3 and known(text)})
    )


@cache
def _words() -> tuple[str, ...]:
    return tuple(sorted({word for phrase in phrases() for word in phrase.split()}))


def _cased(rng: random.Random, text: str) -> str:
    throw = rng.random()
    if throw < 0.62:
        return text
    if throw < 0.8:
        return text.title()
    return text.upper()


def _some_syllables(rng: random.Random) -> str:
    return _cased(rng, " ".join(rng.choice(syllables()) for _ in range(rng.randint(2, 8))))


def _some_words(rng: random.Random) -> str:
    return " ".join(rng.choice(_words()) for _ in range(rng.randint(2, 6)))


def _nonsense(rng: random.Random) -> str:
    pool = _MARKED if rng.random() < 0.5 else _LETTERS
    words = ("".join(rng.choice(pool) for _ in range(rng.randint(1, 6))) for _ in range(4))
    return _cased(rng, " ".join(words))


def _piece(rng: random.Random) -> str:
    """A run of whole words out of a phrase."""
    words = rng.choice(phrases()).split()
    length = rng.randint(2, 9)
    start = rng.randrange(max(1, len(words) - length + 1))
    text = " ".join(words[start : start + length])
    return text.upper() if rng.random() < 0.12 else text


def _digits(rng: random.Random, least: int, most: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(rng.randint(least, most)))


def _date(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1930, 2035)
    return rng.choice(
        (
            f"ngày {day:02d} tháng {month:02d} năm {year}",
            f"ngày {day} tháng {month} năm {year}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day}/{month}/{year}",
            f"{day:02d}-{month:02d}-{year}",
            f"{day:02d}.{month:02d}.{year}",
            f"Ngày, tháng, năm sinh: {day:02d}/{month:02d}/{year}",
        )
    )


def _code(rng: random.Random) -> str:
    capital = "".join(rng.choice("ABCDĐEGHIKLMNOPQRSTUVXY") for _ in range(rng.randint(2, 5)))
    kinds = (
        f"Số: {rng.randint(1, 9999)}/{rng.choice(_KINDS)}-{capital}",
        f"{rng.randint(1, 400)}/{rng.randint(1990, 2026)}/{rng.choice(_ACTS)}",
        f"Số: {_digits(rng, 1, 5)}/{capital}-{capital[::-1]}",
        f"H{rng.randint(1, 63):02d}.{rng.randint(1, 60)}-{_digits(rng, 6, 6)}-{_digits(rng, 4, 5)}",
        f"{rng.choice('ABCDEGHKLMNPSTUVX')}{rng.choice('ABDEGHKLMNPTV')} {_digits(rng, 6, 8)}",
        f"{capital}{_digits(rng, 2, 7)}",
        f"Điều {rng.randint(1, 200)}, khoản {rng.randint(1, 12)}",
        f"{rng.randint(1, 20)}. ",
        f"{rng.choice('abcdđeghik')}) ",
        rng.choice(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")) + ". ",
    )
    return rng.choice(kinds)


def _number(rng: random.Random) -> str:
    throw = rng.random()
    if throw < 0.3:
        return _digits(rng, 9, 13)
    if throw < 0.45:
        return " ".join(_digits(rng, 2, 4) for _ in range(rng.randint(2, 4)))
    if throw < 0.6:
        return f"{rng.randrange(10 ** rng.randint(3, 11)):,}".replace(
            ",", rng.choice((".", " ", "."))
        )
    if throw < 0.7:
        return (
            f"{rng.randint(0, 999)},{_digits(rng, 1, 2)} {rng.choice(('m²', '%', 'ha', 'm', 'kg'))}"
        )
    if throw < 0.8:
        return "0" + _digits(rng, 9, 9)
    return _digits(rng, 1, 8)


def _signs(rng: random.Random) -> str:
    text = list(_piece(rng))
    for _ in range(rng.randint(1, 4)):
        text.insert(rng.randrange(len(text) + 1), rng.choice(_SIGNS))
    return "".join(text)


def _mixed(rng: random.Random) -> str:
    parts = [rng.choice((_piece, _number, _date, _code, _some_words))(rng) for _ in range(2)]
    return rng.choice((" ", ": ", ", ", " - ", " – ", "; ")).join(parts)


def _dashed(rng: random.Random) -> str:
    """Items of lists, and what stands on both sides of a dash."""
    throw = rng.random()
    if throw < 0.5:
        return rng.choice(("- ", "- ", "– ", "+ ", "• ", "* ")) + _piece(rng)
    if throw < 0.7:
        hour = f"{rng.randint(0, 23)}h{rng.choice(('00', '15', '30', '45'))}"
        return rng.choice((f"{hour} - {hour}", f"- {hour} – {hour}", f"{hour} ngày {_date(rng)}"))
    words = _piece(rng).split()
    return f" {rng.choice('-–-')} ".join((" ".join(words[:2]), " ".join(words[2:5]) or "Nam"))


def _short(rng: random.Random) -> str:
    """Offices, laws and posts as their initials: TTYT, BVĐK, HĐND, KT., TM."""
    letters = "ABCDĐEGHIKLMNOPQRSTUVXY"
    parts = []
    for _ in range(rng.randint(1, 4)):
        some = "".join(rng.choice(letters) for _ in range(rng.randint(2, 6)))
        parts.append(some + rng.choice(("", "", ".", ",", ";", " " + rng.choice(_words()))))
    return rng.choice((" ", " ", "-", "/")).join(parts)


#: Kinds of text and how often each is printed.
KINDS: tuple[tuple[float, Callable[[random.Random], str]], ...] = (
    (0.26, _piece),
    (0.07, _dashed),
    (0.05, _short),
    (0.13, _some_syllables),
    (0.10, _some_words),
    (0.07, _nonsense),
    (0.08, _date),
    (0.09, _code),
    (0.09, _number),
    (0.03, _signs),
    (0.06, _mixed),
)


def text(rng: random.Random, longest: int = 46) -> str:
    """One line of text, at most ``longest`` characters, all of them known."""
    while True:
        kind = rng.choices([make for _, make in KINDS], [share for share, _ in KINDS])[0]
        found = " ".join(kind(rng).split())[:longest].strip()
        if found and known(found):
            return found


def penned(rng: random.Random) -> str:
    """What a pen fills into printed blanks: days, months, years, running numbers, short marks."""
    throw = rng.random()
    day, month = rng.randint(1, 31), rng.randint(1, 12)
    year = rng.choice((rng.randint(1950, 2035), rng.randint(2018, 2027), rng.randint(18, 27)))
    if throw < 0.3:
        return str(day) if rng.random() < 0.5 else f"{day:02d}"
    if throw < 0.58:
        return str(rng.randint(1, 9999))
    if throw < 0.82:
        sign = rng.choice("//-.")
        return rng.choice(
            (f"{day}{sign}{month}{sign}{year}", f"{day:02d}{sign}{month:02d}{sign}{year}")
        )
    if throw < 0.9:
        more = rng.choice(("", str(rng.randint(1, 99))))
        return f"{rng.randint(1, 999)}{rng.choice(('a', 'b', 'A', 'B', '/', '-'))}{more}"
    return _digits(rng, 2, 8)
