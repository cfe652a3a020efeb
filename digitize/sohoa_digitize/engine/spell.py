"""Between two letters that look alike, the one that makes a Vietnamese syllable.

Our reader says for each letter what else it might be. Where the letters that it thinks most likely
are no syllable (``nghĩạ``), the likeliest ones that are one win (``nghĩa``). Words with digits,
codes and abbreviations are never touched, and what was read first is kept beside the word.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

from sohoa_vietnam.syllables import is_legal
from sohoa_vietnam.text import nfc

#: What a letter might be: characters and their probabilities, the likeliest first.
Guesses = tuple[tuple[str, float], ...]
#: Another spelling must be at least this likely beside the first one.
LEAST = 0.03
#: Letters whose capital has the same shape: alone they do not tell which they are.
_SAME_SHAPE = frozenset("cosvwxzupkôơóòỏõọốồổỗộớờởỡợúùủũụưứừửữự")


def spelled(guesses: Sequence[Guesses]) -> str:
    """The word that the guesses spell best."""
    read = "".join(some[0][0] for some in guesses)
    first = next((i for i, c in enumerate(read) if c.isalpha()), len(read))
    last = next((i for i in range(len(read), 0, -1) if read[i - 1].isalpha()), 0)
    core = read[first:last]
    if len(core) < 2 or not core.isalpha():
        return read
    better = _one_case(core)
    if not is_legal(better.lower()) and _is_word(better):
        better = _legal(better, guesses[first:last]) or better
    return read[:first] + better + read[last:]


def is_misspelled(text: str) -> bool:
    """Whether a word of letters only, signs around it aside, is no Vietnamese syllable."""
    core = _core(text)
    return len(core) > 1 and core.isalpha() and _is_word(core) and not is_legal(core.lower())


def likeliest_syllable(texts: Sequence[tuple[str, float]]) -> str | None:
    """The first of ``texts`` (best first) that is spelled well; None where none is likely."""
    for text, chance in texts[1:]:
        if chance < LEAST * texts[0][1]:
            break
        core = _core(text)
        if len(core) > 1 and core.isalpha() and _is_word(core) and is_legal(core.lower()):
            return text
    return None


def _core(text: str) -> str:
    """``text`` without the signs before and behind its letters and digits."""
    ends = [i for i, c in enumerate(text) if c.isalnum()]
    return text[ends[0] : ends[-1] + 1] if ends else ""


def _one_case(core: str) -> str:
    """``cÔNG`` is CÔNG: among capitals a letter of the same shape is one."""
    rest = core[1:]
    if len(rest) >= 2 and rest.isupper() and core[0] in _SAME_SHAPE:
        return core[0].upper() + rest
    capitals = sum(map(str.isupper, core))
    if capitals >= 2 and capitals > len(core) / 2:
        small = [c for c in core if c.islower()]
        if small and all(c in _SAME_SHAPE for c in small):
            return core.upper()
    return core


def _is_word(core: str) -> bool:
    """Abbreviations (QĐ, TTYT, UBND) have their own spelling."""
    return core.islower() or core.istitle() or (core.isupper() and len(core) > 4)


def _legal(core: str, guesses: Sequence[Guesses]) -> str | None:
    """The likeliest legal spelling that differs in one or two letters; None without any."""
    choices = [
        [
            (_like(letter, core[i]), chance / max(some[0][1], 1e-6))
            for letter, chance in some[1:]
            if letter.isalpha() and chance >= LEAST * some[0][1]
        ]
        for i, some in enumerate(guesses)
    ]
    doubtful = [i for i, some in enumerate(choices) if some]
    best, found = LEAST, None
    for count in (1, 2):
        for places in combinations(doubtful[:6], count):
            for picked in product(*(choices[i] for i in places)):
                share = 1.0
                letters = list(core)
                for place, (letter, ratio) in zip(places, picked, strict=True):
                    letters[place], share = letter, share * ratio
                text = nfc("".join(letters))
                if share > best and is_legal(text.lower()):
                    best, found = share, text
    return found


def _like(letter: str, model: str) -> str:
    return letter.upper() if model.isupper() else letter.lower()
