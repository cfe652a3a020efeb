"""Make a sample set: invented dossiers as an inbox, the truth beside it, an old system's data.

::

    DIR/inbox/manifest.csv           one row for each paper
    DIR/inbox/<dossier code>/NN-slug.(jpg|png|tif|pdf)
    DIR/truth/<dossier code>/NN-slug.txt|.json, dossier.json
    DIR/truth/legacy.json, DIR/truth/samples.json
    DIR/legacy/tinh-cu.sqlite        a plausible old provincial one-stop system

The same seed gives the same bytes on the same machine and versions.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sohoa_samples import fonts, legacy, press
from sohoa_samples.dice import Dice
from sohoa_samples.dossier import Dossier, Fault, Item
from sohoa_samples.errors import CountOutOfRange, FolderNotEmpty, LevelUnknown
from sohoa_samples.people import Person
from sohoa_samples.scan import LEVELS
from sohoa_samples.scripts import invent_dossier

MANIFEST_COLUMNS = (
    "path", "dossier_code", "procedure", "case", "component", "title", "kind", "form",
    "submission", "copies", "received_on", "agency", "owner_name", "owner_id",
)  # fmt: skip
TRUTH_SCHEMA = "sohoa.samples.truth/1"
DOSSIER_SCHEMA = "sohoa.samples.dossier/1"
SET_SCHEMA = "sohoa.samples.set/1"
MOST_DOSSIERS = 100_000
_MARKER = "truth/samples.json"
#: Where a set grows; what a stopped run left there is thrown away by the next.
_MAKING = ".making"
#: May lie beside a set; never touched.
_KEPT = "README.md"

#: Called after each dossier with how many are done and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SampleSet:
    """What was made."""

    directory: Path
    seed: int
    level: str
    dossiers: int
    papers: int
    pages: int
    faults: int
    born_digital: int
    bytes: int
    manifest: Path
    legacy: Path | None


def make(
    directory: Path,
    *,
    dossiers: int = 5,
    seed: int = 1,
    level: str = "office",
    progress: Progress | None = None,
    dpi: int | None = None,
    small: bool = False,
    with_legacy: bool = True,
) -> SampleSet:
    """Invent ``dossiers`` dossiers under ``directory`` and return what was made.

    ``dpi`` fixes the resolution instead of leaving it to the scanner of the level; ``small``
    keeps the files small (200 dpi at most, a calm scanner) for a set that lies in a repository;
    ``with_legacy`` False leaves out the old system. A folder that holds a sample set is made
    anew. Raises ``LevelUnknown``, ``CountOutOfRange``, ``FontMissing``, and ``FolderNotEmpty``
    when the folder holds anything the generator did not make.
    """
    if level not in LEVELS:
        raise LevelUnknown(level=level, levels=", ".join(LEVELS))
    if not 1 <= dossiers <= MOST_DOSSIERS:
        raise CountOutOfRange(count=dossiers, least=1, most=MOST_DOSSIERS)
    fonts.families()
    target = Path(directory)
    earlier = _earlier_files(target)
    directory = target / _MAKING
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "inbox").mkdir(parents=True)
    (directory / "truth").mkdir()
    how = press.How(level, dpi, small)
    rows: list[dict[str, str]] = []
    papers = pages = faults = born = 0
    for index in range(dossiers):
        dossier = as_scanned(invent_dossier(seed, index), seed, index)
        names, digital = _write_dossier(directory, dossier, seed, index, how)
        rows += [_row(dossier, item, name) for item, name in zip(dossier.items, names, strict=True)]
        papers += len(dossier.items)
        pages += sum(len(item.paper.pages) for item in dossier.items)
        faults += len(dossier.faults)
        born += digital
        if progress is not None:
            progress(index + 1, dossiers)
    manifest = directory / "inbox" / "manifest.csv"
    manifest.write_text(_csv(rows), encoding="utf-8", newline="")
    if with_legacy:
        legacy.make(directory, seed=seed)
    delivered = [path for path in (directory / "inbox").rglob("*") if path.is_file()]
    made = SampleSet(
        directory=target,
        seed=seed,
        level=level,
        dossiers=dossiers,
        papers=papers,
        pages=pages,
        faults=faults,
        born_digital=born,
        bytes=sum(path.stat().st_size for path in delivered),
        manifest=target / "inbox" / "manifest.csv",
        legacy=target / "legacy" / "tinh-cu.sqlite" if with_legacy else None,
    )
    _mark(directory, made)
    _replace(target, earlier)
    return made


def as_scanned(dossier: Dossier, seed: int, index: int) -> Dossier:
    """What reaches the scanner: papers that are only shown must not be digitized (TT 01/2023/TT-
    VPCP Article 3). One careless clerk in six scans them all the same; that is a planted fault.
    """
    shown = [item for item in dossier.items if item.submission == "show"]
    if not shown:
        return dossier
    if Dice("shown", seed, index).happens(1 / 6):
        faults = tuple(
            Fault("shown_paper_scanned", "a paper that is only shown was scanned", item.component)
            for item in shown
        )
        return replace(dossier, faults=dossier.faults + faults)
    codes = {item.component for item in shown}
    return replace(
        dossier,
        items=tuple(item for item in dossier.items if item.submission != "show"),
        expected=tuple(code for code in dossier.expected if code not in codes),
    )


def _write_dossier(
    directory: Path, dossier: Dossier, seed: int, index: int, how: press.How
) -> tuple[list[str], int]:
    inbox, truth = directory / "inbox" / dossier.code, directory / "truth" / dossier.code
    inbox.mkdir()
    truth.mkdir()
    names: list[str] = []
    digital = 0
    for number, item in enumerate(dossier.items, 1):
        stem = f"{number:02d}-{item.paper.slug}"
        dice = Dice("press", seed, index, number, item.paper.slug, how.level)
        printed = press.write(item.paper, inbox / stem, how, dice)
        digital += printed.dpi == 0
        names.append(f"{stem}.{printed.suffix}")
        (truth / f"{stem}.txt").write_text(item.paper.text, encoding="utf-8", newline="")
        _json(truth / f"{stem}.json", _paper_truth(item, names[-1], how.level, printed))
    _json(truth / "dossier.json", _dossier_truth(dossier, names))
    return names, digital


def _row(dossier: Dossier, item: Item, name: str) -> dict[str, str]:
    values = (
        f"{dossier.code}/{name}", dossier.code, dossier.procedure, dossier.case, item.component,
        item.paper.title, item.kind, item.paper.form, item.submission, str(item.copies),
        dossier.received.isoformat(), item.agency, item.owner.name, item.owner.id,
    )  # fmt: skip
    return dict(zip(MANIFEST_COLUMNS, values, strict=True))


def _csv(rows: list[dict[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, MANIFEST_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _paper_truth(item: Item, name: str, level: str, printed: press.Printed) -> dict[str, Any]:
    paper = item.paper
    return {
        "schema": TRUTH_SCHEMA,
        "file": name,
        "doc_type": paper.doc_type,
        "title": paper.title,
        "component": item.component,
        "kind": item.kind,
        "form": paper.form,
        "submission": item.submission,
        "fields": paper.fields,
        "penned": list(paper.penned),
        "pages": len(paper.pages),
        "level": level,
        "dpi": printed.dpi or None,
        "bilevel": printed.bilevel,
        "born_digital": printed.dpi == 0,
        "font": paper.family,
    }


def _person(person: Person) -> dict[str, str]:
    return {
        "ho_ten": person.name,
        "gioi_tinh": person.sex,
        "ngay_sinh": person.born.isoformat(),
        "so_dinh_danh": person.id,
    }


def _dossier_truth(dossier: Dossier, names: list[str]) -> dict[str, Any]:
    present = [item.component for item in dossier.items if item.kind == "component"]
    return {
        "schema": DOSSIER_SCHEMA,
        "code": dossier.code,
        "procedure": dossier.procedure,
        "procedure_name": dossier.procedure_name,
        "case": dossier.case,
        "received_on": dossier.received.isoformat(),
        "agency": dossier.agency,
        "agency_name": dossier.agency_name,
        "owner": _person(dossier.owner),
        "parties": {role: _person(person) for role, person in dossier.parties},
        "components_expected": list(dossier.expected),
        "components_present": present,
        "results": [item.component for item in dossier.items if item.kind == "result"],
        "files": names,
        "faults": [
            {"code": f.code, "component": f.component, "field": f.field, "detail": f.detail}
            for f in dossier.faults
        ],
    }


def _json(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="")


def _mark(directory: Path, made: SampleSet) -> None:
    listed = sorted(
        p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file()
    )
    _json(
        directory / _MARKER,
        {
            "schema": SET_SCHEMA,
            "seed": made.seed,
            "level": made.level,
            "dossiers": made.dossiers,
            "files": [name for name in listed if name not in (_MARKER, _KEPT)],
        },
    )


def _earlier_files(directory: Path) -> list[Path]:
    """Files of an earlier sample set; ``FolderNotEmpty`` when there is anything else."""
    here = [
        path
        for path in directory.rglob("*")
        if (not path.is_dir() or path.is_symlink())
        and path != directory / _KEPT
        and directory / _MAKING not in path.parents
    ]
    try:
        listed = json.loads((directory / _MARKER).read_text(encoding="utf-8"))
        ours = {*listed["files"], _MARKER} if listed["schema"] == SET_SCHEMA else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    if any(p.relative_to(directory).as_posix() not in ours or p.is_symlink() for p in here):
        raise FolderNotEmpty(where=str(directory))
    return here


def _replace(directory: Path, earlier: list[Path]) -> None:
    """Put the finished set in the place of the earlier one."""
    for path in earlier:
        path.unlink()
    for name in ("inbox", "truth", "legacy"):
        for folder in sorted((directory / name).rglob("*"), reverse=True):
            folder.rmdir()
        if (directory / name).is_dir():
            (directory / name).rmdir()
        if (directory / _MAKING / name).is_dir():
            (directory / _MAKING / name).rename(directory / name)
    (directory / _MAKING).rmdir()
