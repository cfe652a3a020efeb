"""The commands over the knowledge of Vietnam: units, law."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cli.program import sohoa
from sohoa_core.errors import ExitCode


def test_an_undivided_commune_has_one_answer() -> None:
    ran = sohoa("units", "convert", "phường Bến Nghé, quận 1, TP. Hồ Chí Minh", "--json")
    (answer,) = ran.of("sohoa.unit.answer/1")
    assert ran.code == 0 and answer["status"] == "one"
    assert answer["unit"]["name"] == "Sài Gòn" and answer["unit"]["code_set"] == "gso-2025"


def test_a_divided_commune_gives_candidates_and_what_decides() -> None:
    address = "Phường Trần Phú, thành phố Hải Dương, tỉnh Hải Dương"
    ran = sohoa("units", "convert", address, "--json")
    (answer,) = ran.of("sohoa.unit.answer/1")
    assert ran.code == ExitCode.UNDECIDED and answer["unit"] is None
    assert len(answer["candidates"]) == 2 and answer["decides"] == ["hamlet_or_street"]
    assert "cần người quyết định" in sohoa("units", "convert", address, "--lang", "vi").out


def test_a_bare_code_is_refused() -> None:
    ran = sohoa("units", "convert", "00008", "--json")
    assert ran.code == ExitCode.USAGE
    assert ran.of("sohoa.unit.answer/1")[0]["problems"][0]["code"] == "unit.code_without_date"
    assert sohoa("units", "convert", "00008", "--code-set", "gso-2004").code == 0


def test_code_and_name_that_disagree_are_reported() -> None:
    agree = sohoa("units", "check", "00008", "Ngọc Hà", "--as-of", "2026-01-01", "--json")
    assert agree.code == 0 and agree.of("sohoa.unit.check/1")[0]["agrees"] is True
    differ = sohoa("units", "check", "00008", "Ngọc Hà", "--as-of", "2025-01-01", "--json")
    assert differ.code == ExitCode.SCHEMA_BROKEN
    assert differ.of("sohoa.unit.check/1")[0]["problems"]


def test_units_are_found_by_name() -> None:
    found = sohoa("units", "find", "Bến Nghé", "--json").of("sohoa.unit/1")
    assert found[0]["code"] == "26740" and found[0]["valid_to"] == "2025-06-30"


def test_a_whole_file_is_converted_and_nothing_given_is_changed(tmp_path: Path) -> None:
    source, target = tmp_path / "cũ.csv", tmp_path / "mới.csv"
    rows = [
        {"stt": "001", "address": "xã Kim Bình, thành phố Phủ Lý, tỉnh Hà Nam"},
        {"stt": "=1+1", "address": "Phường Trần Phú, thành phố Hải Dương, tỉnh Hải Dương"},
        {"stt": "003", "address": "không có nơi nào như thế"},
    ]
    with source.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, ["stt", "address"])
        writer.writeheader()
        writer.writerows(rows)
    ran = sohoa("units", "convert", "--in", source, "--out", target, "--json")
    (batch,) = ran.of("sohoa.units.batch/1")
    assert (batch["one"], batch["several"], batch["none"]) == (1, 1, 1)
    with target.open(encoding="utf-8", newline="") as stream:
        made = list(csv.DictReader(stream))
    assert [(row["stt"], row["address"]) for row in made] == [tuple(r.values()) for r in rows]
    assert made[0]["code_now"] == "13291" and made[1]["candidates"].count(";") == 1
    again = sohoa("units", "convert", "--in", source, "--out", target)
    assert again.code == ExitCode.REFUSED  # never overwritten


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"\xff\xfe", b'code\n"unclosed\n'])
def test_a_file_that_cannot_be_used(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    ran = sohoa("units", "convert", "--in", tmp_path / "x.csv", "--out", tmp_path / "y.csv")
    assert ran.code == ExitCode.UNREADABLE_INPUT and "Traceback" not in ran.err


def test_law_is_shown_with_source_and_certainty() -> None:
    topics = {record["topic"] for record in sohoa("law", "show", "--json").of("sohoa.law.topic/1")}
    assert {"scan-parameters", "signature-marks", "result-validity"} <= topics
    rules = sohoa("law", "show", "scan-parameters", "--on", "2026-01-01", "--json")
    for rule in rules.of("sohoa.law.rule/1"):
        assert rule["source"] and rule["checked"] in ("verified", "secondary", "unverified")
    assert sohoa("law", "show", "nonsense").code == ExitCode.USAGE
    assert sohoa("law", "show", "scan-parameters", "--on", "hôm nay").code == ExitCode.USAGE
