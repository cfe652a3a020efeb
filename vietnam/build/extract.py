"""Step 1 of the unit tables: read the public sources, write compact fact tables.

    python vietnam/build/extract.py SOURCES_DIR [FACTS_DIR]

SOURCES_DIR holds the six files named in ``SOURCES`` (see README.md beside this script for
where they come from). The fact tables keep what the sources say, row by row, in one spelling
of Unicode and with codes at full width; nothing is corrected here. Step 2 (``build.py``)
corrects, checks and writes the tables that the product ships. Needs openpyxl.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SOURCES = {
    "table": "nso-conversion-table-2025.xlsx",
    "former": "legacy-communes-former-names.json",
    "aliases": "former-commune-aliases.csv",
    "texts": "units-resolution-text-2026.json",
    "units_2026": "units-2026-07-25.json",
    "agencies": "agency-codes.csv",
}
HERE = Path(__file__).resolve().parent
_CODED = re.compile(r"^(?P<name>.*?) ?\((?P<code>\d+)\)$")
_LEVELS = ("province", "district", "ward")
_KIND_PREFIX = re.compile(r"^(thitrannongtruong|thitrannt|thitran|ttnt|tt|phuong|xa)")
_KIND_OF = {"xa": "xa", "phuong": "phuong"} | dict.fromkeys(
    ("thitrannongtruong", "thitrannt", "thitran", "ttnt", "tt"), "thi_tran"
)
_KIND_WORDS = ("thị trấn", "xã", "phường", "đặc khu")


def clean(value: object) -> str:
    """One spelling of Unicode, one space between words."""
    if value is None:
        return ""
    return " ".join(unicodedata.normalize("NFC", str(value)).split())


def key(text: str) -> str:
    """No case, no accents, no spaces or punctuation: how the alias source writes names."""
    folded = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in folded if c.isascii() and c.isalnum())


def toneless(text: str) -> tuple[str, str]:
    """Equal for two spellings that differ only in where the tone mark stands."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    folded = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    bare = "".join(c for c in folded if c not in tones)
    return unicodedata.normalize("NFC", bare), "".join(sorted(c for c in folded if c in tones))


def write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> int:
    """A tab-separated table with a header; cells must not hold tabs or line ends."""
    lines = ["\t".join(header)]
    for row in rows:
        cells = [str(cell) for cell in row]
        assert not any(c in cell for cell in cells for c in "\t\r\n"), cells
        lines.append("\t".join(cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return len(lines) - 1


def split_coded(cell: object) -> tuple[str, str]:
    """``Quận Ba Đình (001)`` -> name and code."""
    match = _CODED.match(clean(cell))
    assert match, cell
    return match["name"].strip(), match["code"]


def read_table(path: Path) -> list[tuple[str, ...]]:
    """The conversion table, its second sheet: every cell repeated on every row."""
    import openpyxl

    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[1]
    rows = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number <= 2 or row[2] is None:  # headings and the province's own line
            continue
        _, new_province = split_coded(row[0])
        district, district_code = split_coded(row[6])
        old_province_name, old_province = split_coded(row[7])
        old_code = "" if row[4] is None else str(row[4]).strip().zfill(5)
        rows.append(
            (
                str(number),
                new_province,
                str(row[2]).strip().zfill(5),
                clean(row[1]),
                old_code,
                clean(row[3]),
                clean(row[5]),
                district_code,
                district,
                old_province,
                old_province_name,
            )
        )
    return rows


def base_name(full: str) -> str:
    """A unit's name without its kind."""
    lower = full.lower()
    for word in _KIND_WORDS:
        if lower.startswith(word + " "):
            return full[len(word) + 1 :]
    return full


def text_differences(
    table: list[tuple[str, ...]], texts: list[dict[str, Any]]
) -> list[tuple[str, ...]]:
    """Rows of the table whose old unit the resolution-derived text of the new one misses."""
    by_new = {t["ma"].strip(): t for t in texts if t["magoc"] != "0"}
    by_name = {(t["magoc"], key(t["ten"])): t for t in texts if t["magoc"] != "0"}
    out = []
    for row in table:
        number, province, new, new_name, old, old_name = row[:6]
        found = by_new.get(new) or by_name.get((province, key(new_name)))
        if found is None:
            out.append((number, new, old, "no text for this new unit"))
            continue
        said = key(clean(found["truocsapnhap"]))
        if said == key("giữ nguyên") or not old:
            continue
        name = key(base_name(old_name))
        if name not in said:
            out.append((number, new, old, f"the text does not name {base_name(old_name)}"))
    return out


def former_aliases(
    path: Path, table: list[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Aliases of retired communes, one row a name, tied to the commune of June 2025."""
    code_of: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    by_base: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    name_of: dict[str, str] = {}
    for row in table:
        if row[4]:
            place = key(row[10]), key(row[8])
            code_of[*place, key(row[5])].add(row[4])
            by_base[*place, key(base_name(row[5]))].add(row[4])
            name_of[row[4]] = key(base_name(row[5]))
    by_unit: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    unresolved = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            province, district, ward = (key(row[f"{n}_key"]) for n in _LEVELS)
            alias = key(row["alias_keyword"])
            codes = code_of.get((province, district, ward))
            if not codes:  # the source may write another kind than the commune has now
                codes = by_base.get((province, district, _KIND_PREFIX.sub("", ward)), set())
            if len(codes) != 1:
                unresolved.append(f"{province}/{district}/{ward} <- {alias}")
                continue
            year = (row["year"] or "").strip()
            for code in codes:
                by_unit[code].setdefault(
                    alias,
                    (year if re.fullmatch(r"20\d\d", year) else "", clean(row["source"])),
                )
    sources: dict[str, int] = {}
    out = []
    for code in sorted(by_unit):
        names: dict[tuple[str, str], tuple[str, str]] = {}
        said = by_unit[code]
        for alias, told in said.items():
            number = re.fullmatch(r"(?:phuong|ward|p|f)0*(\d+)", alias)
            prefix = _KIND_PREFIX.match(alias)
            if number:
                names.setdefault(("phuong", number[1]), told)
            elif any(word + alias in said for word in ("thitran", "phuong", "xa", "tt")):
                continue  # the typed form of the same name stands beside it
            elif prefix and len(alias) - prefix.end() >= 3:
                names.setdefault((_KIND_OF[prefix[0]], alias[prefix.end() :]), told)
            else:
                names.setdefault(("", alias), told)
        for (kind, name), (year, source) in sorted(names.items()):
            if kind == "" and any((k, name) in names for k in ("xa", "phuong", "thi_tran")):
                continue
            at = sources.setdefault(source, len(sources) + 1)
            out.append((code, kind, name, year, str(at)))
    listed = sorted(sources, key=lambda s: sources[s])
    return out, [f"{i}\t{s}" for i, s in enumerate(listed, 1)] + [
        f"?\t{u}" for u in sorted(set(unresolved))
    ]


def find(sources: Path, name: str) -> Path:
    """A source file, in the folder or beside it."""
    place = sources / SOURCES[name]
    return place if place.exists() else sources.parent / SOURCES[name]


def main(sources: Path, facts: Path) -> dict[str, int]:
    """Write every fact table; returns the number of rows of each."""
    facts.mkdir(parents=True, exist_ok=True)
    load = lambda name: json.loads((sources / SOURCES[name]).read_text(encoding="utf-8"))  # noqa: E731
    table = read_table(sources / SOURCES["table"])
    count = {}
    # Three narrow tables instead of one wide one: the place names repeat thousands of times.
    header = "row new_province new_code new_name old_code old_name note district old_province"
    count["conversion_rows"] = write(
        facts / "conversion_rows.tsv", header.split(), [(*r[:8], r[9]) for r in table]
    )
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for row in table:
        seen.setdefault((row[7], row[8]), (row[9], row[0]))
    count["districts"] = write(
        facts / "district_names.tsv",
        ["district", "name", "old_province", "first_row"],
        sorted((d, n, p, r) for (d, n), (p, r) in seen.items()),
    )
    names: dict[tuple[str, str], str] = {}
    for row in table:
        names.setdefault((row[9], row[10]), row[0])
    count["old_province_names"] = write(
        facts / "old_province_names.tsv",
        ["old_province", "name", "first_row"],
        sorted((c, n, r) for (c, n), r in names.items()),
    )
    former = [
        (f["code"], clean(f["name"]), unit["code"])
        for unit in load("former")
        for f in unit.get("formerNames", [])
    ]
    count["former_codes"] = write(
        facts / "former_codes.tsv", ["code", "name", "successor"], sorted(former)
    )
    aliases, listed = former_aliases(sources / SOURCES["aliases"], table)
    count["former_aliases"] = write(
        facts / "former_aliases.tsv", ["successor", "kind", "key", "year", "source"], aliases
    )
    pairs = [line.split("\t") for line in listed]
    count["alias_sources"] = write(facts / "alias_sources.tsv", ["id", "source"], pairs)
    count["text_differences"] = write(
        facts / "text_differences.tsv",
        ["row", "new_code", "old_code", "difference"],
        text_differences(table, load("texts")),
    )
    listed_2025 = {r[2]: (r[3], r[1]) for r in table}
    changes = []
    later = {
        w["Code"]: (clean(w["FullName"]), p["Code"]) for p in load("units_2026") for w in p["Wards"]
    }
    for code in sorted(set(later) | set(listed_2025)):
        before, after = listed_2025.get(code), later.get(code)
        if before and after and before[1] == after[1] and toneless(before[0]) == toneless(after[0]):
            continue
        changes.append((code, *(before or ("", "")), *(after or ("", ""))))
    count["units_2026_differences"] = write(
        facts / "units_2026_differences.tsv",
        ["code", "name_2025", "province_2025", "name_2026", "province_2026"],
        changes,
    )
    with find(sources, "agencies").open(encoding="utf-8-sig", newline="") as stream:
        agencies = [[clean(cell) for cell in row] for row in csv.reader(stream)]
    for row in agencies[1:]:  # a comma inside this cell is not quoted in the source
        if len(row) == len(agencies[0]) + 1:
            row[8:10] = [f"{row[8]}, {row[9]}"]
        assert len(row) == len(agencies[0]), row
    count["agency_codes"] = write(facts / "agency_codes.tsv", agencies[0], agencies[1:])
    return count


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    target = Path(sys.argv[2]) if len(sys.argv) == 3 else HERE / "facts"
    for name, rows in main(Path(sys.argv[1]), target).items():
        print(f"{name}: {rows} rows")
