"""The build: same facts, same bytes; exact totals; every clash stops it and names the row."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "vietnam" / "build"
DATA = ROOT / "vietnam" / "sohoa_vietnam" / "data" / "units"


def run(script: Path, *arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True
    )


def copy_of_build(target: Path) -> Path:
    shutil.copytree(BUILD, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_build_gives_the_bytes_that_are_committed(tmp_path: Path) -> None:
    sources = os.environ.get("SOHOA_UNIT_SOURCES")
    build = copy_of_build(tmp_path / "build")
    if sources:  # where the public sources lie, step 1 is repeated as well
        facts = tmp_path / "facts"
        done = run(BUILD / "extract.py", Path(sources), facts)
        assert done.returncode == 0, done.stderr
        for path in sorted((BUILD / "facts").iterdir()):
            assert (facts / path.name).read_bytes() == path.read_bytes(), path.name
    data, report = tmp_path / "data", tmp_path / "REPORT.md"
    done = run(build / "build.py", data, report)
    assert done.returncode == 0, done.stderr
    built = {p.name: p.read_bytes() for p in data.iterdir()}
    committed = {p.name: p.read_bytes() for p in DATA.iterdir()}
    assert sorted(built) == sorted(committed)
    assert [n for n in built if built[n] != committed[n]] == []
    assert report.read_bytes() == (BUILD / "REPORT.md").read_bytes()


def test_the_report_lists_every_correction_with_its_evidence() -> None:
    report = (BUILD / "REPORT.md").read_text(encoding="utf-8")
    rows = (BUILD / "corrections.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(rows) >= 17
    for row in rows:
        cells = row.split("\t")
        assert "| " + " | ".join([cells[0], *cells[2:]]) + " |" in report
        assert len(cells[6]) > 10
    for total in ("| old communes | 10035 | 10035 |", "| new communes | 3321 | 3321 |"):
        assert total in report


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        # an old code that names two communes
        ("facts/conversion_rows.tsv", "\t00013\tPhường Quán Thánh", "\t00004\tPhường Quán Thánh",
         "conversion_rows, row 5: old code 00004 names two units"),
        # a new unit of two names
        ("facts/conversion_rows.tsv", "5\t01\t00004\tPhường Ba Đình",
         "5\t01\t00004\tPhường Ba Đính",
         "conversion_rows, row 5: 00004 names two new units"),
        ("facts/conversion_rows.tsv", "\tNhập toàn bộ\t001", "\tNhập hết\t001", "unknown note"),
        ("facts/conversion_rows.tsv", "Phường Trúc Bạch\tNhập toàn bộ",
         "Phường Trúc Bạch\tNhập một phần", "row 4: note and pieces disagree"),
        ("facts/conversion_rows.tsv", "Phường Trúc Bạch\tNhập toàn bộ\t001\t01",
         "Phường Trúc Bạch\tNhập toàn bộ\t001", "conversion_rows.tsv, row 2: 8 cells, 9 expected"),
        ("facts/district_names.tsv", "Quận Ba Đình", "Quận Hoàn Kiếm", "two districts of one name"),
        ("corrections.tsv", "\t01615\t01651\t", "\t01616\t01651\t", "row c01: printed is 01615"),
        ("authored/province_mergers.tsv", "15\t15\t", "15\t10\t", "old code 10"),
        ("authored/provinces.tsv", "gso-2004\t02\t", "gso-2004\t01\t", "clashes"),
        ("authored/status_changes.tsv", "25270\t75", "25270\t79", "row 2: code 25270"),
        ("authored/doubtful_edges.tsv", "23053\t", "99999\t", "row 2: unknown code"),
        ("facts/former_codes.tsv", "\t00004\n", "\t99999\n", "successor 99999"),
        ("facts/agency_codes.tsv", "H02\t", "H2\t", "not a level-1 code"),
    ],
)  # fmt: skip
def test_a_clash_in_the_facts_stops_the_build(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    build = copy_of_build(tmp_path / "build")
    edit(build / file, old, new)
    done = run(build / "build.py", tmp_path / "data", tmp_path / "REPORT.md")
    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_lost_row_is_seen_in_the_totals(tmp_path: Path) -> None:
    build = copy_of_build(tmp_path / "build")
    path = build / "facts" / "conversion_rows.tsv"
    lines = path.read_text(encoding="utf-8").split("\n")
    lost = next(i for i, line in enumerate(lines) if "Phường Phúc Xá" in line)
    path.write_text("\n".join(lines[:lost] + lines[lost + 1 :]), encoding="utf-8")
    done = run(build / "build.py", tmp_path / "data", tmp_path / "REPORT.md")
    assert "old communes: 10034, expected 10035" in done.stderr
