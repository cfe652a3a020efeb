"""What the build reads: fact tables, corrections, and the words the official table uses."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

COMMUNE_KINDS = {"xã": "xa", "phường": "phuong", "thị trấn": "thi_tran", "đặc khu": "dac_khu"}
DISTRICT_KINDS = {
    "quận": "quan",
    "huyện": "huyen",
    "thị xã": "thi_xa",
    "thành phố": "thanh_pho",
}

#: What a note of the official table means: relation, and which of the residents came along.
NOTES = {
    "nhập toàn bộ": ("whole", "all"),
    "giữ nguyên": ("unchanged", "all"),
    "đổi tên": ("renamed", "all"),
    "đổi loại hình": ("renamed", "all"),
    "nhập một phần": ("part", "some"),
    "nhập một phần diện tích, toàn bộ dân số": ("part", "all"),
    "nhập một phần diện tích": ("part_area_only", "none"),
    "nhập toàn bộ diện tích": ("part_area_only", "none"),
    "nhập một phần dân số": ("part_population_only", "some"),
}
NOTE_PATTERNS = (
    (re.compile(r"^sắp xếp toàn bộ (xã|huyện) "), ("renamed", "all")),
    (re.compile(r"^phần còn lại sau khi tách một phần "), ("part", "some")),
    (re.compile(r"^đổi tên(, đổi loại hình)? từ một phần "), ("part", "some")),
)


class BuildError(Exception):
    """A fact that cannot be carried into the product: file, row, reason."""

    def __init__(self, table: str, row: object, reason: str) -> None:
        super().__init__(f"{table}, row {row}: {reason}")


@dataclass
class Facts:
    """One fact table: its rows as dictionaries, keyed for corrections by the first column."""

    name: str
    rows: list[dict[str, str]]


def read(path: Path) -> Facts:
    lines = path.read_text(encoding="utf-8").split("\n")
    header = lines[0].split("\t")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise BuildError(path.name, number, f"{len(cells)} cells, {len(header)} expected")
        rows.append(dict(zip(header, cells, strict=True)))
    return Facts(path.stem, rows)


def correct(tables: dict[str, Facts], corrections: Facts) -> None:
    """Apply each correction to the one cell it names; another value there is an error."""
    row_column = {"conversion_rows": "row", "district_names": "first_row"}
    for fix in corrections.rows:
        table = tables[fix["table"]]
        found = [r for r in table.rows if r[row_column[fix["table"]]] == fix["row"]]
        if len(found) != 1:
            raise BuildError("corrections.tsv", fix["id"], f"{len(found)} rows have this number")
        if found[0][fix["column"]] != fix["printed"]:
            raise BuildError("corrections.tsv", fix["id"], f"printed is {found[0][fix['column']]}")
        found[0][fix["column"]] = fix["should_be"]


def split_kind(full: str, kinds: dict[str, str], table: str, row: object) -> tuple[str, str]:
    """``Thị Trấn Yên Minh`` -> ``thi_tran``, ``Yên Minh``; one kind of apostrophe and hyphen."""
    text = full.replace("’", "'")
    text = re.sub(r"(?<=\S)-(?=\S)", " - ", text)
    for word, kind in kinds.items():
        if text.lower().startswith(word + " "):
            name = text[len(word) + 1 :]
            if name[0].isdigit() or name[0].isupper():
                return kind, str(int(name)) if name.isdigit() else name
    raise BuildError(table, row, f"no kind of unit in {full!r}")


def tone_free(text: str) -> str:
    """Spelling without regard to where the tone stands (for 'is it the same name')."""
    marks = "\u0300\u0301\u0303\u0309\u0323"
    folded = unicodedata.normalize("NFD", text.lower())
    bare = "".join(c for c in folded if c not in marks)
    return bare + "|" + "".join(sorted(c for c in folded if c in marks))


def key(text: str) -> str:
    """The name without case, accents, spaces and punctuation."""
    folded = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in folded if c.isascii() and c.isalnum())


def note_meaning(note: str, row: str) -> tuple[str, str]:
    text = " ".join(note.lower().replace("nhâp", "nhập").split())
    if text in NOTES:
        return NOTES[text]
    for pattern, meaning in NOTE_PATTERNS:
        if pattern.match(text):
            return meaning
    raise BuildError("conversion_rows", row, f"unknown note {note!r}")
