"""Names of units as people write them: folded keys, words for the kind, and a lazy index.

The key of a name has no case, accents, spaces, apostrophes or i/y difference (``H'Leo`` =
``HLeo``, ``Mỹ`` = ``Mĩ``); whether accents agree is a second question, answered by
:meth:`NameReading.compare`. Numbers and roman numerals meet (``Phường IV`` = ``Phường 4``).
Dictionaries are built for one province at a time, so a question loads only what it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sohoa_vietnam.text import match_key, plain
from sohoa_vietnam.units.model import CodeSet, Kind, Level
from sohoa_vietnam.units.tables import Tables

WORD = re.compile(r"[^\W_]+")
_MEMO_LIMIT = 50_000

#: Words for the kind of a unit, as folded words; longer ones first where they share a start.
KIND_WORDS: tuple[tuple[tuple[str, ...], frozenset[Kind]], ...] = tuple(
    (tuple(words.split()), frozenset(kinds))
    for words, kinds in (
        ("thi tran", {Kind.THI_TRAN}),
        ("thi xa", {Kind.THI_XA}),
        ("thanh pho", {Kind.THANH_PHO}),
        ("dac khu", {Kind.DAC_KHU}),
        ("t p", {Kind.THANH_PHO}),
        ("t t", {Kind.THI_TRAN}),
        ("t x", {Kind.THI_XA}),
        ("ttr", {Kind.THI_TRAN}),
        ("ttnt", {Kind.THI_TRAN}),
        ("tt", {Kind.THI_TRAN}),
        ("tx", {Kind.THI_XA}),
        ("tp", {Kind.THANH_PHO}),
        ("dk", {Kind.DAC_KHU}),
        ("quan", {Kind.QUAN}),
        ("q", {Kind.QUAN}),
        ("huien dao", {Kind.HUYEN}),
        ("huien", {Kind.HUYEN}),
        ("h", {Kind.HUYEN}),
        ("phuong", {Kind.PHUONG}),
        ("ph", {Kind.PHUONG}),
        ("p", {Kind.PHUONG}),
        ("f", {Kind.PHUONG}),
        ("xa", {Kind.XA}),
        ("x", {Kind.XA}),
        ("tinh", {Kind.TINH}),
        ("t", {Kind.TINH}),
    )
)
#: How those words look with their accents: "phương" (a name) is not "phường" (the kind).
KIND_ACCENTS = {
    "thi": "thị",
    "tran": "trấn",
    "xa": "xã",
    "thanh": "thành",
    "pho": "phố",
    "dac": "đặc",
    "khu": "khu",
    "quan": "quận",
    "huien": "huyện",
    "phuong": "phường",
    "tinh": "tỉnh",
    "dao": "đảo",
}
_KIND_MARKS = {key: match_key(accented) for key, accented in KIND_ACCENTS.items()}
_IN_KINDS = frozenset(key for pattern, _ in KIND_WORDS for key in pattern)
#: The same words by their last part: to ask what stands before a name.
KIND_BY_LAST: dict[str, list[tuple[tuple[str, ...], frozenset[Kind]]]] = {}
for _pattern, _kinds in KIND_WORDS:
    KIND_BY_LAST.setdefault(_pattern[-1], []).append((_pattern, _kinds))
PROVINCE_KINDS = frozenset({Kind.TINH, Kind.THANH_PHO})
DISTRICT_KINDS = frozenset({Kind.QUAN, Kind.HUYEN, Kind.THI_XA, Kind.THANH_PHO})
COMMUNE_KINDS = frozenset({Kind.XA, Kind.PHUONG, Kind.THI_TRAN, Kind.DAC_KHU})

_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
    "xi": "11",
    "xii": "12",
    "xiii": "13",
    "xiv": "14",
    "xv": "15",
}
_TO_ROMAN = {number: roman for roman, number in _ROMAN.items()}


class Word:
    """One folded word: ``key`` (no accents, y as i), ``mark`` (accents kept, tone in its one
    place), ``bare`` (the mark without accents: what the word is when typed without them)."""

    __slots__ = ("bare", "key", "kind", "mark")

    def __init__(self, text: str) -> None:
        mark = "".join(WORD.findall(match_key(text)))
        self.mark = mark
        self.bare = "".join(WORD.findall(plain(mark)))
        key = "".join(WORD.findall(plain(text))).replace("y", "i")
        if key.isascii() and key.isdigit():
            key = key.lstrip("0") or "0"
            self.mark = self.bare = key
        self.key = key
        #: The key again if the word may be (a part of) a word for a kind, else empty:
        #: "phương" is not "phường".
        self.kind = ""
        if key in _IN_KINDS and self.mark in (self.bare, _KIND_MARKS.get(key)):
            self.kind = key


_memo: dict[str, Word] = {}


def word(text: str) -> Word:
    """The folded word, remembered: syllables repeat. Hostile input cannot grow the memory."""
    found = _memo.get(text)
    if found is None:
        if len(_memo) >= _MEMO_LIMIT:
            _memo.clear()
        found = _memo[text] = Word(text)
    return found


def words(text: str) -> tuple[Word, ...]:
    """The words of a name or a text, folded."""
    return tuple(word(w) for w in WORD.findall(text))


def fold(text: str) -> str:
    """The key of a whole name."""
    return "".join(w.key for w in words(text))


def same_number(one: str, other: str) -> bool:
    """Whether one is the roman and the other the Arabic writing of a number."""
    return _ROMAN.get(one) == other or _ROMAN.get(other) == one


def compare_words(given: tuple[Word, ...], name: tuple[Word, ...]) -> str:
    """``exact``, ``bare`` (fewer accents than the name) or ``accents`` (others); keys are equal."""
    if name and given[-1].mark != name[-1].mark and same_number(given[-1].key, name[-1].key):
        given, name = given[:-1], name[:-1]
    mark = "".join(w.mark for w in given)
    if mark == "".join(w.mark for w in name):
        return "exact"
    if mark == "".join(w.bare for w in name):
        return "bare"
    if len(given) == len(name) and all(
        g.mark in (n.mark, n.bare) for g, n in zip(given, name, strict=True)
    ):
        return "bare"
    return "accents"


class Entry:
    """One name in the index: which unit bears (or bore) it."""

    __slots__ = ("_words", "code", "code_set", "former_row", "kind", "level", "name", "parent")

    def __init__(
        self,
        code_set: CodeSet,
        level: Level,
        code: str,
        kind: Kind | None,
        name: str,
        parent: str,
        former_row: list[str] | None = None,
    ) -> None:
        self.code_set = code_set
        self.level = level
        self.code = code
        self.kind = kind
        self.name = name
        self.parent = parent
        self.former_row = former_row
        self._words: tuple[Word, ...] | None = None

    @property
    def accentless(self) -> bool:
        """Whether the source gives the name only without accents (some former communes)."""
        row = self.former_row
        return row is not None and self.level is Level.COMMUNE and not row[3]

    @property
    def words(self) -> tuple[Word, ...]:
        """The folded words of the name."""
        if self._words is None:
            self._words = words(self.name)
        return self._words


Names = dict[str, list[Entry]]


@dataclass(frozen=True, slots=True)
class NameReading:
    """One way to read a name: the kinds that the word before it allows (``None``: no such
    word) and the words of the name itself."""

    kinds: frozenset[Kind] | None
    words: tuple[Word, ...]

    @property
    def key(self) -> str:
        """The folded key."""
        return "".join(w.key for w in self.words)

    def compare(self, entry: Entry) -> str:
        """How the accents agree with an index entry of the same key."""
        if entry.accentless:
            return "bare"
        return compare_words(self.words, entry.words)

    def compare_name(self, name: str) -> str | None:
        """The same for any name; ``None`` when even the keys differ."""
        other = words(name)
        if self.key not in keys_of(other):
            return None
        return compare_words(self.words, other)


@dataclass(frozen=True, slots=True)
class NameParts:
    """The ways to read a name with or without a word for the kind before it."""

    readings: tuple[NameReading, ...]


def name_parts(text: str) -> NameParts:
    """Split ``TT. Văn Điển`` into kind and name; both ways when the word may belong to the name."""
    all_words = words(text)
    readings = []
    for pattern, kinds in KIND_WORDS:
        n = len(pattern)
        if len(all_words) > n and all(
            w.kind == p for w, p in zip(all_words[:n], pattern, strict=True)
        ):
            readings.append(NameReading(kinds, all_words[n:]))
            break
    readings.append(NameReading(None, all_words))
    return NameParts(tuple(readings))


def keys_of(name_words: tuple[Word, ...]) -> tuple[str, ...]:
    """The keys a name is found by: its own, and the other writing of its number."""
    key = "".join(w.key for w in name_words)
    if not name_words:
        return (key,)
    last = name_words[-1].key
    other = _ROMAN.get(last) or _TO_ROMAN.get(last)
    found = [key]
    if other:
        found.append(key[: len(key) - len(last)] + other)
    if len(name_words) > 2 and name_words[0].key == "nong" and name_words[1].key == "truong":
        found.append("".join(w.key for w in name_words[2:]))
    return tuple(found)


class NameIndex:
    """Names of one set of tables, by folded key; each dictionary is made when first needed."""

    def __init__(self, held: Tables) -> None:
        self._held = held
        self._provinces: dict[CodeSet, Names] = {}
        self._districts: dict[str, Names] = {}
        self._communes: dict[str, Names] = {}
        self._former: dict[str, Names] = {}
        self._old_in: dict[str, Names] = {}
        self._new_in: dict[str, Names] = {}
        self._everywhere: Names | None = None
        self._all_districts: Names | None = None
        self._old_of: dict[str, list[str]] | None = None
        self._grouped: dict[str, list[str]] | None = None
        self._by_district: dict[str, list[str]] | None = None
        self._new_by_province: dict[str, list[str]] | None = None

    @staticmethod
    def _put(names: Names, entry: Entry) -> None:
        for key in keys_of(entry.words):
            names.setdefault(key, []).append(entry)

    def provinces(self, code_set: CodeSet) -> Names:
        """Provinces of a code set, with their usual short forms and former names."""
        found = self._provinces.get(code_set)
        if found is None:
            found = {}
            held = self._held
            for (which, code), rows in held.provinces.items():
                if which == code_set:
                    for row in rows:
                        self._put(
                            found,
                            Entry(code_set, Level.PROVINCE, code, Kind(row[0]), row[1], ""),
                        )
            for level, which, code, variant in held.name_variants:
                if level == "province" and which in ("any", code_set):
                    self._put(found, Entry(code_set, Level.PROVINCE, code, None, variant, ""))
            if code_set is CodeSet.GSO_2004:
                for row in held.former_provinces:
                    for code in row[2].split(","):
                        self._put(
                            found,
                            Entry(code_set, Level.PROVINCE, code, Kind(row[0]), row[1], "", row),
                        )
            self._provinces[code_set] = found
        return found

    def _group(self) -> None:
        by_province: dict[str, list[str]] = {}
        for code, (province, _, _) in self._held.districts.items():
            by_province.setdefault(province, []).append(code)
        self._grouped = by_province
        by_district: dict[str, list[str]] = {}
        for code, row in self._held.old_communes.items():
            by_district.setdefault(row[0], []).append(code)
        self._by_district = by_district

    def district_codes(self, province: str) -> list[str]:
        """Codes of the districts of an old province."""
        if self._grouped is None:
            self._group()
        assert self._grouped is not None
        return self._grouped.get(province, [])

    def commune_codes(self, district: str) -> list[str]:
        """Codes of the communes of a district."""
        if self._by_district is None:
            self._group()
        assert self._by_district is not None
        return self._by_district.get(district, [])

    def districts(self, province: str) -> Names:
        """Districts of an old province, and those it had before."""
        found = self._districts.get(province)
        if found is None:
            found = {}
            held = self._held
            for code in self.district_codes(province):
                _, kind, name = held.districts[code]
                self._put(
                    found,
                    Entry(CodeSet.GSO_2004, Level.DISTRICT, code, Kind(kind), name, province),
                )
            for row in held.former_districts:
                if row[0] == province:
                    for code in row[3].split(","):
                        self._put(
                            found,
                            Entry(
                                CodeSet.GSO_2004,
                                Level.DISTRICT,
                                code,
                                Kind(row[1]),
                                row[2],
                                province,
                                row,
                            ),
                        )
            self._districts[province] = found
        return found

    def _commune_entries(self, district: str) -> Iterator[Entry]:
        for code in self.commune_codes(district):
            _, kind, name = self._held.old_communes[code]
            yield Entry(CodeSet.GSO_2004, Level.COMMUNE, code, Kind(kind), name, district)

    def communes(self, district: str) -> Names:
        """Communes of a district on 30 June 2025."""
        found = self._communes.get(district)
        if found is None:
            found = {}
            for entry in self._commune_entries(district):
                self._put(found, entry)
            self._communes[district] = found
        return found

    def _former_entries(self, district: str) -> Iterator[tuple[str, Entry]]:
        for code in self.commune_codes(district):
            for row in self._held.former.get(code, ()):
                kind = Kind(row[2]) if row[2] else None
                yield (
                    fold(row[4]),
                    Entry(
                        CodeSet.GSO_2004, Level.COMMUNE, code, kind, row[3] or row[4], district, row
                    ),
                )

    def former(self, district: str) -> Names:
        """Communes that ended before July 2025, under the district of their successor."""
        found = self._former.get(district)
        if found is None:
            found = {}
            for key, entry in self._former_entries(district):
                found.setdefault(key, []).append(entry)
            self._former[district] = found
        return found

    def old_in(self, province: str) -> Names:
        """All communes of an old province, former ones too: for texts without a district."""
        found = self._old_in.get(province)
        if found is None:
            found = {}
            for district in self.district_codes(province):
                for names in (self.communes(district), self.former(district)):
                    for key, entries in names.items():
                        found.setdefault(key, []).extend(entries)
            self._old_in[province] = found
        return found

    def new_in(self, province: str) -> Names:
        """Communes of a new province."""
        found = self._new_in.get(province)
        if found is None:
            if self._new_by_province is None:
                grouped: dict[str, list[str]] = {}
                for code, rows in self._held.new_communes.items():
                    grouped.setdefault(rows[0][0], []).append(code)
                self._new_by_province = grouped
            found = {}
            for code in self._new_by_province.get(province, ()):
                for row in self._held.new_communes[code]:
                    name = row[2]
                    kind = Kind(row[1])
                    self._put(
                        found, Entry(CodeSet.GSO_2025, Level.COMMUNE, code, kind, name, province)
                    )
                    if name.endswith(" - Đà Lạt"):
                        self._put(
                            found,
                            Entry(
                                CodeSet.GSO_2025,
                                Level.COMMUNE,
                                code,
                                kind,
                                name.removesuffix(" - Đà Lạt"),
                                province,
                            ),
                        )
            self._new_in[province] = found
        return found

    def old_provinces(self, new: str) -> list[str]:
        """Codes of the old provinces that a new one was formed from."""
        if self._old_of is None:
            grouped: dict[str, list[str]] = {}
            for old, code in self._held.new_province_of.items():
                grouped.setdefault(code, []).append(old)
            self._old_of = grouped
        return self._old_of.get(new, [])

    def all_districts(self) -> Names:
        """Districts of the whole country: for texts without a province."""
        if self._all_districts is None:
            found: Names = {}
            for province in self.province_codes(CodeSet.GSO_2004):
                for key, entries in self.districts(province).items():
                    found.setdefault(key, []).extend(entries)
            self._all_districts = found
        return self._all_districts

    def province_codes(self, code_set: CodeSet) -> Iterable[str]:
        """All province codes of a code set."""
        return [code for which, code in self._held.provinces if which == code_set]

    def everywhere(self, key: str) -> list[Entry]:
        """Every unit of any level and code set with this key."""
        if self._everywhere is None:
            found: Names = {}
            for names in self._all_names():
                for name_key, entries in names.items():
                    found.setdefault(name_key, []).extend(entries)
            self._everywhere = found
        return self._everywhere.get(key, [])

    def _all_names(self) -> Iterator[Names]:
        for code_set in CodeSet:
            yield self.provinces(code_set)
        yield self.all_districts()
        for province in self.province_codes(CodeSet.GSO_2004):
            yield self.old_in(province)
        for province in self.province_codes(CodeSet.GSO_2025):
            yield self.new_in(province)


def name_index(held: Tables) -> NameIndex:
    """The name index of a set of tables, made once."""
    return held.memo("names", NameIndex)
