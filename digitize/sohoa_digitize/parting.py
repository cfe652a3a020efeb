"""Which papers a pile becomes: files in scan order, parted at their separator sheets.

Within a folder everything behind a sheet belongs to the sheet's dossier until the next sheet;
what lies before the first keeps the dossier of its folder or of the manifest. A file that a
manifest row gives to a dossier stays there. The sheets themselves belong to no paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from sohoa_digitize.listing import Listed
from sohoa_digitize.separators import Looked
from sohoa_vietnam.identifiers.dossier_code import read_dossier_code

#: Remarks about how a paper came to its dossier: rule and arguments of a finding.
Remark = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One paper: a whole file, or ``pages`` (first and last, from 1) of its ``of`` pages.

    ``dossier`` is the code that a sheet gave; None leaves the file's own.
    """

    source: Listed
    pages: tuple[int, int] | None
    of: int
    dossier: str | None
    remarks: tuple[Remark, ...] = ()

    @property
    def name(self) -> str:
        """The file's name, with the page range in brackets before its ending."""
        if self.pages is None:
            return self.source.name
        path = PurePosixPath(self.source.name)
        first, last = self.pages
        span = f"{first}" if first == last else f"{first}-{last}"
        return str(path.with_name(f"{path.stem} [{span}]{path.suffix}"))

    @property
    def own_dossier(self) -> str:
        """The dossier of folder or manifest; the file's own name when it has none."""
        return self.source.file.dossier_code or PurePosixPath(self.source.name).stem


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """A sheet where it was found, how many papers lie behind it."""

    file: str
    page: int
    code: str
    papers: int


@dataclass(frozen=True, slots=True)
class Parted:
    """The papers in their order, every sheet, and the files that nobody has looked at."""

    parts: tuple[Part, ...]
    sheets: tuple[FoundSheet, ...]
    unseen: tuple[Listed, ...]


@dataclass(slots=True)
class _Behind:
    """What the last sheet says about the pages that follow."""

    file: str
    page: int
    code: str
    alone: bool
    remarks: list[Remark]
    papers: int = 0


@dataclass(slots=True)
class _Pile:
    """The state of going through one folder."""

    sheeted: bool
    behind: _Behind | None = None
    blind: str = ""
    parts: list[Part] = field(default_factory=list)
    sheets: list[FoundSheet] = field(default_factory=list)

    def close(self) -> None:
        if self.behind is not None:
            one = self.behind
            self.sheets.append(FoundSheet(one.file, one.page, one.code, one.papers))
        self.behind = None


def in_scan_order(files: Iterable[Listed]) -> Iterator[tuple[str, list[Listed]]]:
    """Folders, each with its files as a scanner numbers them: ``scan 2`` before ``scan 10``."""

    def folder(one: Listed) -> str:
        return str(PurePosixPath(one.name).parent)

    def place(one: Listed) -> tuple[str, list[Any], str]:
        name = PurePosixPath(one.name).name.casefold()
        # Text and digits alternate, so that two lists never compare a text with a number.
        parts = re.split(r"([0-9]{1,18})", name)
        return folder(one), [int(p) if i % 2 else p for i, p in enumerate(parts)], one.name

    for name, some in groupby(sorted(files, key=place), key=folder):
        yield name, list(some)


def part(
    files: Iterable[Listed],
    seen: Mapping[str, Looked],
    *,
    is_known: Callable[[str], bool] | None = None,
) -> Parted:
    """Part ``files`` at the sheets that were ``seen`` (by :attr:`Listed.key`).

    With ``is_known`` a code that it does not know is no dossier's: what lies behind such a
    sheet stays with its folder and is remarked upon.
    """
    parts: list[Part] = []
    sheets: list[FoundSheet] = []
    unseen: list[Listed] = []
    first: dict[str, str] = {}
    for _folder, some in in_scan_order(files):
        pile = _Pile(any(seen[one.key].sheets for one in some if one.key in seen))
        for one in some:
            looked = seen.get(one.key)
            if looked is None:
                unseen.append(one)
                pile.blind = one.name
                continue
            _go_through(pile, one, looked, first, is_known)
            if looked.unreadable:
                pile.blind = one.name
        pile.close()
        parts += pile.parts
        sheets += pile.sheets
    return Parted(tuple(parts), tuple(sheets), tuple(unseen))


def _go_through(
    pile: _Pile,
    one: Listed,
    looked: Looked,
    first: dict[str, str],
    is_known: Callable[[str], bool] | None,
) -> None:
    marks = sorted(looked.sheets, key=lambda sheet: sheet.page)
    if not marks:
        _add(pile, one, None, looked.pages)
        return
    start = 1
    for sheet in marks:
        if sheet.page > start:
            _add(pile, one, (start, sheet.page - 1), looked.pages)
        start = sheet.page + 1
        last = pile.behind
        if last is not None and last.code == sheet.code != "" and not last.papers:
            # Front and back of one sheet, or a sheet that went through the scanner twice.
            last.alone = last.alone and looked.pages == 1
            continue
        remarks = list(_about(sheet.code, first, last, is_known))
        where = f"{one.name}, {sheet.page}"
        pile.close()
        code = "" if any(rule in _REFUSED for rule, _args in remarks) else sheet.code
        pile.behind = _Behind(one.name, sheet.page, code, looked.pages == 1, remarks)
        pile.blind = ""
        if code:
            first.setdefault(code, where)
    if start <= looked.pages:
        _add(pile, one, (start, looked.pages), looked.pages)


#: Remarks that say that the sheet names no dossier.
_REFUSED = ("digitize.separator_unreadable", "digitize.separator_unknown")


def _about(
    code: str,
    first: dict[str, str],
    last: _Behind | None,
    is_known: Callable[[str], bool] | None,
) -> Iterator[Remark]:
    if not code:
        yield "digitize.separator_unreadable", {}
        return
    if is_known is not None and not is_known(code):
        yield "digitize.separator_unknown", {"code": code}
        return
    if not read_dossier_code(code).valid:
        yield "digitize.separator_form", {"code": code}
    if code in first and (last is None or last.code != code):
        yield "digitize.separator_again", {"code": code, "first": first[code]}


def _add(pile: _Pile, one: Listed, pages: tuple[int, int] | None, of: int) -> None:
    behind = pile.behind
    remarks: list[Remark] = []
    dossier: str | None = None
    # What a manifest row says of a whole file is not overruled by a sheet in another one.
    assigned = one.file.assigned and (behind is None or behind.file != one.name)
    if behind is not None:
        behind.papers += 1
        if not assigned:
            dossier = behind.code or None
            remarks += behind.remarks
            if behind.file != one.name and not behind.alone and behind.code:
                remarks.append(
                    ("digitize.separator_carried", {"code": behind.code, "other": behind.file})
                )
        elif behind.code and behind.code != one.file.dossier_code:
            remarks.append(("digitize.separator_disagrees", {"code": behind.code}))
    if pile.blind and pile.sheeted and not assigned:
        remarks.append(("digitize.separator_unsure", {"other": pile.blind}))
    pile.parts.append(Part(one, pages, of, dossier, tuple(remarks)))
