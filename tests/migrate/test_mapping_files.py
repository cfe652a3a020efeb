"""Bad mapping files: the fault is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.old_systems import TINY, plan_only, tiny
from sohoa_core.errors import ExitCode
from sohoa_migrate.errors import ColumnsUnmapped, MappingError, MappingInvalid, MappingSyntax
from sohoa_migrate.mapping.load import load, loads, shipped

TEXT = TINY.read_text(encoding="utf-8")


def line_of(text: str, needle: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if needle in line)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("title: Hệ", "titel: Hệ", "titel"),
        ("    name: ho_ten", "    name: ho_ten\n    nmae: x", "nmae"),
        ("sex: {lookup: gioi_tinh,", "sex: {lookup: gioi_tinhh,", "lookup: gioi_tinhh"),
        ("sex: {lookup: gioi_tinh,", "sex: {eval: gioi_tinh,", "eval"),
        ("status: {lookup: trang_thai, key: tt}", "status: {concat: tt}", "{concat: tt}"),
        ("formats: [dd/mm/yyyy, yyyy]", "formats: [dd/mn/yyyy]", "dd/mn/yyyy"),
        ("on_invalid: note", "on_invalid: ignore", "on_invalid: ignore"),
        ("target: item", "target: items", "target: items"),
        ("owner: {table: nguoi_dan,", "owner: {table: nguoi,", "table: nguoi,"),
        ("key: [chu]", "key: [chu, tt]", "key: [chu, tt]"),
        ("code_set: gso-2004", "code_set: gso", "code_set: gso"),
        ("reason: deleted in the old system", "reason: x", "reason: x"),
        ("max_rejects_percent: 80", "max_rejects_percent: 180", "180"),
    ],
)
def test_the_line_is_named(old: str, new: str, place: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(MappingInvalid) as caught:
        loads(text, "m.yaml")
    assert caught.value.exit_code == ExitCode.BAD_CONFIG
    file, line = str(caught.value.where).split(":")
    assert file == "m.yaml"
    expected = line_of(text, place)
    assert expected - 3 <= int(line) <= expected, caught.value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", 2),
        ("a: &x 1\nb: *x\n", 1),
        ("a: !!python/object/apply:os.system [ls]\n", 1),
        ("a: [1\nb: 2\n", 2),
        ("a:\n\t- 1\n", 2),
        ("? [a]\n: 1\n", 1),
    ],
)
def test_what_is_no_plain_yaml(text: str, line: int) -> None:
    with pytest.raises(MappingSyntax) as caught:
        loads(text, "m.yaml")
    assert str(caught.value.where) == f"m.yaml:{line}"


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("title: Hà Nam".encode("cp1258"))
    (tmp_path / "empty.yaml").write_bytes(b"")
    (tmp_path / "deep.yaml").write_text("[" * 5000, encoding="utf-8")
    (tmp_path / "list.yaml").write_text("- 1\n", encoding="utf-8")
    for name in ("latin.yaml", "empty.yaml", "deep.yaml", "list.yaml", "none.yaml"):
        with pytest.raises(MappingError):
            load(tmp_path / name)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("      ignore: {mat_khau: never carried over}\n", ""), "nguoi_dan.mat_khau"),
        (("  ignore_tables:\n    nhat_ky: log of the old system\n", ""), "nhat_ky.*"),
        (("    sex: {lookup: gioi_tinh, key: gioi_tinh}\n", ""), "nguoi_dan.gioi_tinh"),
    ],
)
def test_a_column_nobody_decided_about_fails_the_plan(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    assert change[0] in TEXT
    with pytest.raises(ColumnsUnmapped) as caught:
        plan_only(tiny(tmp_path / "old"), text=TEXT.replace(*change))
    assert named in caught.value.args_by_name["columns"]
    assert caught.value.exit_code == ExitCode.BAD_CONFIG


@pytest.mark.parametrize(
    ("old", "new", "needle"),
    [
        ("    name: ho_ten", "    name: hoten", "name: hoten"),
        ("birth_date:", "birth_date: ngay_sinh\n    sex: gioi_tinh\n  - x:", "birth_date: ngay"),
        ("status: {lookup: trang_thai, key: tt}", "status: tt", "status: tt"),
        ("title: ten", "title: ten\n    copies: {value: ten, on_invalid: keep}", "copies"),
    ],
)
def test_faults_that_show_against_the_source(
    tmp_path: Path, old: str, new: str, needle: str
) -> None:
    text = TEXT.replace(old, new, 1)
    if "- x:" in new:
        text = TEXT.replace(
            "    birth_date:\n      value: {parse_date: ngay_sinh, formats: [dd/mm/yyyy, yyyy], "
            "zero_parts: true}\n      on_invalid: note\n",
            "    birth_date: ngay_sinh\n",
        )
    with pytest.raises(MappingInvalid) as caught:
        plan_only(tiny(tmp_path / "old"), text=text)
    assert str(caught.value.where) == f"m.yaml:{line_of(text, needle)}"


def test_shipped_mappings_are_sound() -> None:
    assert set(shipped()) == {"tinh-cu-sqlite", "workspace"}
    for path in shipped().values():
        assert load(path).model.title
    assert load(Path("workspace")).model.source.kind == "workspace"


def test_the_shipped_mapping_fits_the_sample_system(tmp_path: Path) -> None:
    from sohoa_samples import legacy

    (tmp_path / "truth").mkdir()
    source = legacy.make(tmp_path, seed=3)
    from sohoa_migrate import prepare
    from sohoa_migrate.plan import make_plan

    with prepare.opened(source, load(Path("tinh-cu-sqlite"))) as prepared:
        plan = make_plan(prepared, None)
    assert not plan.stopped
    assert plan.unmapped == {"trang_thai": {"77": 1}}
    reasons = {code for table in plan.tables for code in table.reasons}
    assert {"dossier.code_taken", "file.digest", "file.empty", "parent.missing"} <= reasons
    assert not any("agency" in code for table in plan.tables for code in table.reviews)
