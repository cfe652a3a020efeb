"""The shipped tables: totals, many-to-many edges, and damage that is found and named."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sohoa_vietnam.messages import Checked
from sohoa_vietnam.units import (
    CodeSet,
    Decides,
    Level,
    Relation,
    Residents,
    Status,
    TableAltered,
    TableMissing,
    Tables,
    convert,
    tables,
)
from sohoa_vietnam.units.tables import DATA


def test_totals_of_the_last_old_and_first_new_day() -> None:
    held = tables()
    assert len({c for s, c in held.provinces if s == "gso-2004"}) == 63
    assert len({c for s, c in held.provinces if s == "gso-2025"}) == 34
    assert len(held.districts) == 696
    assert len(held.old_communes) == 10_035
    assert len(held.new_communes) == 3_321


@pytest.mark.parametrize(
    ("day", "xa", "phuong", "dac_khu"),
    [(date(2025, 7, 1), 2621, 687, 13), (date(2026, 4, 29), 2621, 687, 13),
     (date(2026, 4, 30), 2611, 697, 13)],
)  # fmt: skip
def test_kinds_change_with_the_dated_acts(day: date, xa: int, phuong: int, dac_khu: int) -> None:
    held = tables()
    count: Counter[str] = Counter()
    for code in held.new_communes:
        states = held.units(CodeSet.GSO_2025, Level.COMMUNE, code)
        now = [u for u in states if u.valid_from <= day <= (u.valid_to or date.max)]
        assert len(now) == 1
        count[now[0].kind] += 1
    assert (count["xa"], count["phuong"], count["dac_khu"]) == (xa, phuong, dac_khu)


def test_every_divided_commune_is_answered_with_all_its_pieces() -> None:
    held = tables()
    pieces: dict[str, set[str]] = {}
    for line in (DATA / "edges.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        level, old, new = line.split("\t")[:3]
        if level == "commune":
            pieces.setdefault(old, set()).add(new)
    divided = {old: new for old, new in pieces.items() if len(new) > 1}
    assert len(divided) == 442  # 440 of the official table, two that only others have
    certain = 0
    for old, expected in divided.items():
        answer = convert(old, code_set="gso-2004")
        assert answer.status is Status.SEVERAL and answer.unit is None
        assert {c.unit.code for c in answer.candidates} == expected
        assert answer.decides and answer.needs_review
        assert {"unit.divided"} <= {p.code for p in answer.problems}
        if answer.residents:
            certain += 1
            assert answer.decides == (Decides.RESIDENCE_OR_LAND,)
            rest = [c for c in answer.candidates if c.unit is not answer.residents]
            assert all(c.relation is Relation.PART_AREA_ONLY for c in rest)
    assert certain == 59 and len(divided) - certain == 383
    for old in set(pieces) - set(divided):
        answer = convert(old, code_set=CodeSet.GSO_2004)
        assert answer.status is Status.ONE
        assert answer.unit is not None and {answer.unit.code} == pieces[old]
    assert set(pieces) == set(held.old_communes)


def test_doubtful_pieces_say_so() -> None:
    answer = convert("28036", code_set="gso-2004")
    assert Decides.RESOLUTION in answer.decides
    doubtful = [c for c in answer.candidates if c.edge and c.edge.checked is Checked.UNVERIFIED]
    assert [c.unit.full_name for c in doubtful] == ["Xã Nhựt Tảo"]
    assert all(c.residents is Residents.UNKNOWN for c in answer.candidates)


def test_a_kept_code_goes_at_least_in_part_to_itself() -> None:
    held = tables()
    kept = [c for c in held.new_communes if c in held.old_communes]
    assert len(kept) == 3316
    for code in kept:
        found = {c.unit.code for c in convert(code, code_set="gso-2004").candidates}
        assert code in found


def test_every_edge_cites_a_resolution_and_a_row() -> None:
    held = tables()
    for rows in held.edges_from.values():
        for row in rows:
            edge = held.edge(row)
            assert edge.basis.endswith("/NQ-UBTVQH15")
            assert edge.row or edge.checked is Checked.UNVERIFIED


# --- damage ------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "units"
    shutil.copytree(DATA, target)
    return target


def damage(folder: Path, name: str, line: int, change) -> Tables:
    path = folder / name
    lines = path.read_bytes().split(b"\n")
    lines[line - 1] = change(lines[line - 1])
    path.write_bytes(b"\n".join(line for line in lines if line is not None))
    return Tables(folder)


NAMES = [p.name for p in sorted(DATA.glob("*.tsv")) if p.name != "MANIFEST.tsv"]


@pytest.mark.parametrize("name", NAMES)
def test_one_edited_cell_names_table_and_line(copy: Path, name: str) -> None:
    with pytest.raises(TableAltered) as caught:
        damage(copy, name, 2, lambda x: b"?" + x[1:]).rows(name.removesuffix(".tsv"))
    assert caught.value.args_by_name["table"] == name
    assert caught.value.args_by_name["line"] == 2
    assert f"Table {name}, line 2: the row is not the one" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "change", "expected"),
    [
        (700, lambda x: x + b"\textra", (700, "5 cells, 4 expected")),
        (700, lambda x: x.replace(b"\t", b" "), (700, "1 cells, 4 expected")),
        (700, lambda x: None, (700, "not the one that was built")),
        (10036, lambda x: None, (10036, "rows are missing")),
        (10037, lambda x: b"99999\t001\txa\tX", (10037, "the row was added")),
        (4, lambda x: "00004\t001\tphuong\tTrúc Bạch".encode(), (4, "not the one that was built")),
    ],
)
def test_rows_lost_added_and_reshaped(copy: Path, line: int, change, expected) -> None:
    with pytest.raises(TableAltered) as caught:
        damage(copy, "communes_2004.tsv", line, change).load_all()
    assert caught.value.args_by_name["line"] == expected[0]
    assert expected[1] in str(caught.value)


@given(st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_changed_byte_is_found(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["districts", "provinces", "province_edges", "resolutions"]))
    original = (DATA / f"{name}.tsv").read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda v: v != original[at]))
    folder = tmp_path / "t"
    folder.mkdir(exist_ok=True)
    for other in ("MANIFEST.tsv", "rows.crc"):
        shutil.copyfile(DATA / other, folder / other)
    changed = original[:at] + bytes([value]) + original[at + 1 :]
    (folder / f"{name}.tsv").write_bytes(changed)
    if changed.replace(b"\r\n", b"\n") == original:
        return  # only a line end differs
    with pytest.raises(TableAltered) as caught:
        Tables(folder).rows(name)
    line = original.count(b"\n", 0, at) + 1
    assert abs(caught.value.args_by_name["line"] - line) <= 1


def test_windows_line_ends_are_no_damage(copy: Path) -> None:
    path = copy / "districts.tsv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(Tables(copy).districts) == 696


def test_a_missing_table_and_a_broken_manifest(copy: Path) -> None:
    (copy / "edges.tsv").unlink()
    with pytest.raises(TableMissing, match=r"edges\.tsv"):
        Tables(copy).load_all()
    (copy / "MANIFEST.tsv").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(TableAltered, match=r"MANIFEST\.tsv, line 1"):
        Tables(copy).load_all()


def test_the_mapping_version_follows_the_tables(copy: Path) -> None:
    version = tables().version
    assert Tables(copy).version == version and version.startswith("2026.11-")
    manifest = copy / "MANIFEST.tsv"
    manifest.write_bytes(manifest.read_bytes() + b"x\t1\t2\n")
    assert Tables(copy).version != version
