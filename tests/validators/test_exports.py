"""Exports of other systems: mapping, streaming, broken records, going on after a stop."""

import json
import tracemalloc
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa_core.batch.executors.serial import SerialExecutor
from sohoa_core.limits import Limits
from sohoa_validators.errors import SchemaFileRefused
from sohoa_validators.exports.mapping import (
    ExportMapping,
    dossier_data,
    iso_date,
    load_mapping,
    shipped_mappings,
)
from sohoa_validators.exports.read import Record, Unreadable, read_records
from sohoa_validators.exports.run import (
    PACK,
    CheckedRecord,
    ExportOptions,
    Progress,
    check_export,
)
from sohoa_validators.view_data import dossier_from_data

ON = date(2026, 11, 20)
PORTAL = load_mapping(Path("national_portal"))
ROWS = load_mapping(Path("csv_rows"))


def packet(number: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "MaHoSo": f"000.00.01.H26-261110-{number:04d}", "MaTTHC": "1.001193", "KenhThucHien": "1",
        "TrangThaiHoSo": "4", "NgayTiepNhan": "20261110090000", "NgayHenTra": "20261110",
        "ChuHoSo": "Nguyễn Văn Hòa",
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "001090000123"}],
        "TaiLieuNop": [
            {"MaThanhPhanHoSo": "000.00.00.G15-KQ003204", "TenTepDinhKem": "a.pdf", "LoaiBan": 0},
            {"MaThanhPhanHoSo": "KQ004389", "DuocTaiSuDung": "2", "IsDeleted": "0"},
            {"MaThanhPhanHoSo": "KQ003159", "IsDeleted": "1"},
        ],
        "DanhSachGiayToKetQua": [
            {"TenGiayTo": "Giấy khai sinh", "MaGiayToKetQua": "KQ.G15.000031"}
        ],
        **changed,
    }  # fmt: skip


def check(path: Path, mapping: ExportMapping = PORTAL) -> list[CheckedRecord]:
    options = ExportOptions(mapping, ON)
    packs = check_export(path, options, SerialExecutor(), limits=Limits())
    return [record for pack, _ in packs for record in pack.records]


def test_a_packet_of_the_portal(tmp_path: Path) -> None:
    view = dossier_from_data(dossier_data(PORTAL, packet(), []))
    assert (view.code, view.channel, view.status) == ("000.00.01.H26-261110-0001", "direct", 4)
    assert view.received_on == "2026-11-10T09:00:00" and view.due_on == "2026-11-10"
    assert view.owner.identifiers == {"personal": "001090000123"}
    assert [item.code for item in view.items] == [
        "000.00.00.G15-KQ003204", "KQ004389", "KQ.G15.000031",
    ]  # fmt: skip
    assert [item.kind for item in view.items] == ["component", "component", "result"]
    assert view.items[0].form == "original" and view.items[1].reuse == 3
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"session": "x", "data": [packet()]}))
    (found,) = check(path)
    assert found.error is None and found.code == view.code
    assert {verdict.question for verdict in found.verdicts} >= {"complete", "digitize"}


def test_rows_of_one_dossier_belong_together(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = (
        "dossier_code,procedure,component,title,kind,form,submission,copies,received_on,owner_id\n"
    )
    rows = [
        "H26-261110-0001,1.001193,KQ003204,Tờ khai,component,original,submit,1,10/11/2026,"
        "001090000123",
        "H26-261110-0001,1.001193,KQ.G15.000031,Giấy khai sinh,result,original,,1,10/11/2026,",
        "H26-261110-0002,1.001193,KQ003204,Tờ khai,component,copy,show,2,2026-11-10,",
    ]
    path.write_text(head + "\n".join(rows), encoding="utf-8-sig")
    records = [r for r in read_records(path, ROWS) if isinstance(r, Record)]
    views = [dossier_from_data(dossier_data(ROWS, r.data, list(r.rows))) for r in records]
    assert [len(view.items) for view in views] == [2, 1]
    assert views[0].owner.identifiers == {"personal": "001090000123"}
    assert views[0].received_on == "2026-11-10"
    assert (views[1].items[0].submission, views[1].items[0].copies) == ("show", 2)


def test_rows_that_stand_apart_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("dossier_code,procedure\nA,1.001193\nB,1.001193\nA,1.001193\n")
    found = check(path, ROWS)
    assert [record.error is not None for record in found] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20261110", "2026-11-10"), ("20261110150000", "2026-11-10T15:00:00"),
        ("1/2/2026", "2026-02-01"), ("11/2026", "2026-11"),
        ("10-11-2026 8:05", "2026-11-10T08:05:00"), ("٢٠٢٦١١١٠", "٢٠٢٦١١١٠"),
        ("2026-11-10 09:00:00", "2026-11-10 09:00:00"), ("hôm qua", "hôm qua"),
    ],
)  # fmt: skip
def test_dates_as_systems_write_them(text: str, expected: str) -> None:
    assert iso_date(text) == expected


# --- reading -----------------------------------------------------------------------------------


def read(tmp_path: Path, name: str, raw: bytes, mapping: ExportMapping = PORTAL) -> list[object]:
    path = tmp_path / name
    path.write_bytes(raw)
    return [
        "unreadable" if isinstance(found, Unreadable) else found.data
        for found in read_records(path, mapping)
    ]


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        (
            "a.json",
            b'{"x": [1, {"data": 2}], "data": [{"a": 1}, {"b": [2]}]}',
            [{"a": 1}, {"b": [2]}],
        ),
        ("a.json", b'{"data": {"a": 1}}', [{"a": 1}]),
        ("a.json", b'{"data": []}', []),
        ("a.json", b'{"data": [{"a": 1}, 5, {"b": 2}]}', [{"a": 1}, "unreadable", {"b": 2}]),
        ("a.json", b'{"data": [{"a": 1}, {"b": ', [{"a": 1}, "unreadable"]),
        ("a.json", b'{"other": []}', ["unreadable"]),
        ("a.json", b"[]", ["unreadable"]),
        ("a.json", b"", ["unreadable"]),
        ("a.json", b"\xff\xfe\x00", ["unreadable"]),
        ("a.json", b'{"data": ' + b"[" * 200_000, ["unreadable"]),
        ("a.jsonl", b'{"a": 1}\n\nnonsense\n{"b": 2}\n', [{"a": 1}, "unreadable", {"b": 2}]),
        ("a.jsonl", b"\xef\xbb\xbf{}\n", [{}]),
        ("a.jsonl", b"[" * 100_000, ["unreadable"]),
    ],
)
def test_reading(name: str, raw: bytes, expected: list[object], tmp_path: Path) -> None:
    assert read(tmp_path, name, raw) == expected


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.text() | st.floats() | st.integers()), max_size=4
    ),
    st.integers(1, 7),
)
def test_a_list_is_read_alike_in_any_pieces(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], size: int
) -> None:
    from sohoa_validators.exports import read as module

    path = tmp_path_factory.mktemp("pieces") / "a.json"
    path.write_text(json.dumps({"data": records}), encoding="utf-8")
    kept, module._CHUNK = module._CHUNK, size
    try:
        found = [r.data for r in read_records(path, PORTAL) if isinstance(r, Record)]
    finally:
        module._CHUNK = kept
    assert json.dumps(found) == json.dumps(records)


def test_a_large_list_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    one = json.dumps(packet())
    path.write_text('{"data": [' + ",".join([one] * 5000) + "]}")
    assert path.stat().st_size > 3_000_000
    tracemalloc.start()
    count = sum(1 for _ in read_records(path, PORTAL))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5000 and peak < 1_500_000


# --- going on ----------------------------------------------------------------------------------


def run(folder: Path, progress: Progress, stop_after: int | None = None) -> list[str]:
    """The codes that a run adds to its report; the report itself is a number of bytes here."""
    options = ExportOptions(PORTAL, ON)
    progress.begin()
    done = []
    offset = progress.offset
    packs = check_export(folder, options, SerialExecutor(), limits=Limits(), progress=progress)
    for number, (pack, path) in enumerate(packs):
        if number == stop_after:
            break
        done += [record.code for record in pack.records]
        offset += len(pack.records)
        progress.keep(pack, path, offset)
    return done


def exported(folder: Path, counts: dict[str, int]) -> None:
    for name, count in counts.items():
        text = json.dumps({"data": [packet(number) for number in range(count)]})
        (folder / name).write_text(text)


@pytest.mark.parametrize("stop_after", range(6))
def test_a_stopped_run_goes_on(stop_after: int, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    exported(folder, {"a.json": PACK * 2 + 5, "b.json": 3, "c.json": PACK})
    beside, params = tmp_path / "progress", {"on": "x"}
    whole = run(folder, Progress(None, params))
    first = run(folder, Progress(beside, params), stop_after)
    progress = Progress(beside, params)
    assert progress.resumed and progress.offset == len(first)
    assert first + run(folder, progress) == whole
    assert run(folder, Progress(beside, params)) == []


def test_only_what_changed_is_checked_again(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    exported(folder, {"a.json": 2, "b.json": 3})
    beside = tmp_path / "progress"
    assert len(run(folder, Progress(beside, {}))) == 5
    exported(folder, {"b.json": 4, "d.json": 1})
    assert len(run(folder, Progress(beside, {}))) == 5
    assert len(run(folder, Progress(beside, {"rules": "other"}))) == 7


def test_a_torn_line_of_the_progress_is_not_believed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    exported(folder, {"a.json": PACK + 1})
    beside = tmp_path / "progress"
    run(folder, Progress(beside, {}))
    raw = beside.read_bytes()
    beside.write_bytes(raw[:-5])
    assert len(run(folder, Progress(beside, {}))) == 1


# --- mapping files -----------------------------------------------------------------------------

MAPPING = """\
schema: sohoa/dossier-mapping/1
dossier: {code: a, procedure: b}
"""


@pytest.mark.parametrize("name", shipped_mappings())
def test_shipped_mappings_hold(name: str) -> None:
    assert load_mapping(Path(name)).dossier["code"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (MAPPING.replace("procedure: b", "procedur: b"), 2, "a dossier has no 'procedur'"),
        (MAPPING.replace("code: a, ", ""), 2, "'code' must be mapped"),
        (MAPPING + "items: [{from: x, keys: {colour: c}}]\n", 3, "an item has no 'colour'"),
        (MAPPING + "item: []\n", 3, "unknown key: item"),
        (MAPPING + "facts: {Agent: x}\n", 3, "should match pattern"),
        (MAPPING + "encoding: rot13\n", 3, "'utf-8'"),
        ("a: &b [*b]\n", 1, "anchors and aliases"),
    ],
)
def test_wrong_mappings_are_refused(text: str, line: int, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(SchemaFileRefused) as caught:
        load_mapping(path)
    assert any(f"m.yaml:{line}" in fault and reason in fault for fault in caught.value.faults)


def values() -> Iterator[Any]:
    yield from (
        None,
        "",
        "x" * 100_000,
        "<script>",
        "=1+1",
        -5,
        1e308,
        [],
        {},
        [[]],
        True,
        "\ud800",
    )


@pytest.mark.parametrize("value", list(values()), ids=lambda value: repr(value)[:12])
def test_any_value_is_checked_or_told(value: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    records = [{**packet(), key: value} for key in packet()]
    records += [{**packet(), "TaiLieuNop": [{**packet()["TaiLieuNop"][0], "LoaiBan": value}]}]
    path.write_text("\n".join(json.dumps(record) for record in records))
    found = check(path)
    assert len(found) == len(records)
    for record in found:
        assert record.error is None or record.error.exit_code == 10
