"""What a person's name and a signer's title look like in print."""

from __future__ import annotations

import re

from sohoa_digitize.matching import key
from sohoa_vietnam.person_names import family_percent
from sohoa_vietnam.syllables import is_legal
from sohoa_vietnam.text import nfc

#: A family name that fewer people (percent) bear than this, or that no table knows, is doubted.
RARE = 0.01
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


def is_title(text: str) -> bool:
    """Whether ``text`` is a signer's title: capitals, with an authority or a known office."""
    letters = [c for c in text if c.isalpha()]
    if not letters or sum(c.isupper() for c in letters) < 0.75 * len(letters):
        return False
    words = key(AUTHORITY.sub("", text))
    return bool(AUTHORITY.match(text)) or any(words.startswith(t) for t in _TITLES)


def natural_name(text: str) -> str:
    """A name in capitals as it is written: ``NGUYỄN VĂN AN`` is ``Nguyễn Văn An``."""
    if text.isupper():
        return " ".join(part[:1] + part[1:].lower() for part in text.split())
    return text
