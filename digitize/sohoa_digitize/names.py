"""What a person's name and a signer's title look like in print."""

from __future__ import annotations

import re
import unicodedata

from sohoa_digitize.matching import key
from sohoa_vietnam.person_names import family_percent, given_percent, likely_family
from sohoa_vietnam.syllables import is_legal
from sohoa_vietnam.text import nfc

#: A family name that fewer people (percent) bear than this, or that no table knows, is doubted.
RARE = 0.01
_TONES = "\u0300\u0301\u0303\u0309\u0323"
AUTHORITY = re.compile(r"^\W*(TM|KT|TL|TUQ|Q|T/M|K/T)\s*[.,:]+\s*", re.IGNORECASE)
_TITLES = (
    *("chu tich", "giam doc", "bo truong", "thu truong", "truong phong", "chanh van phong"),
    *("hieu truong", "cuc truong", "tong cuc truong", "vu truong", "chi cuc truong", "thu tuong"),
    *("truong ban", "truong cong an", "vien truong", "chanh an", "cong chung vien", "truong ban"),
    *("pho", "quyen", "thu truong don vi", "truong thon", "to truong"),
)


def is_name(text: str) -> bool:
    """Whether ``text`` looks like a Vietnamese person's name: 2 to 6 capitalized words."""
    parts = text.replace(".", " ").split()
    if not 2 <= len(parts) <= 6:
        return False
    if not all(part.isalpha() and part[0].isupper() for part in parts):
        return False
    return all(len(part) <= 7 for part in parts) and not is_title(text)


def spelled(name: str) -> bool:
    """Whether every part of a Vietnamese name is a possible syllable."""
    return all(is_legal(part) for part in nfc(name).lower().replace("-", " ").split())


def has_family(name: str) -> bool:
    """Whether a name begins with a family name that people bear (họ)."""
    first = nfc(name).split()[:1]
    return bool(first) and family_percent(first[0].capitalize()) > RARE


def doubtful_given(name: str) -> bool:
    """Whether the given name (tên) is one that hardly anybody bears, while one that differs
    only in its mark is common: "Chỉ" was most likely "Chi"."""
    last = nfc(name).split()[-1:]
    if not last or given_percent(last[0].capitalize()) > RARE:
        return False
    return any(given_percent(other) > 10 * RARE for other in _siblings(last[0].capitalize()))


def proposed(name: str) -> str:
    """A doubted name with the repair that suggests itself, for the person who decides: a
    family name that nobody bears but for a letter or two, a given name but for its mark."""
    first, *rest = name.split() or [""]
    if len(rest) > 1 and not has_family(name) and (family := likely_family(first)):
        name = " ".join([family, *rest])
    if doubtful_given(name):
        *rest, last = name.split()
        best = max(_siblings(last.capitalize()), key=given_percent)
        name = " ".join([*rest, best.upper() if last.isupper() else best])
    return name


def _siblings(word: str) -> list[str]:
    """``word`` with every other tone, and without any."""
    parts = unicodedata.normalize("NFD", word)
    bare = [c for c in parts if c not in _TONES]
    vowels = [i for i, c in enumerate(bare) if c.lower() in "aeiouy"]
    found = [nfc("".join(bare))]
    for at in vowels:
        end = at + 1
        while end < len(bare) and unicodedata.combining(bare[end]):
            end += 1
        found += [nfc("".join([*bare[:end], tone, *bare[end:]])) for tone in _TONES]
    return [other for other in found if other != word]


def is_title(text: str) -> bool:
    """Whether ``text`` is a signer's title: capitals, with an authority or a known office."""
    letters = [c for c in text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) < 0.75 * len(letters):
        return False
    words = key(AUTHORITY.sub("", text))
    return bool(AUTHORITY.match(text)) or any(words.startswith(t) for t in _TITLES)


def is_cut_title(text: str) -> bool:
    """Whether a title lost its first letters or its last words: ``Ủ TỊCH`` and ``PHÓ CHỦ`` are
    what a seal left of ``CHỦ TỊCH`` and ``PHÓ CHỦ TỊCH``."""
    words = key(AUTHORITY.sub("", text))
    office = words.removeprefix("pho ").removeprefix("quyen ")
    if any(title.startswith(office + " ") for title in _TITLES):
        return True
    if any(words.startswith(title) for title in _TITLES):
        return False
    rests = (title[lost:] for title in _TITLES for lost in (1, 2, 3))
    return any(len(rest) >= 5 and words.startswith(rest) for rest in rests)


def natural_name(text: str) -> str:
    """A name in capitals as it is written: ``NGUYỄN VĂN AN`` is ``Nguyễn Văn An``."""
    if text.isupper():
        return " ".join(part[:1] + part[1:].lower() for part in text.split())
    return text
