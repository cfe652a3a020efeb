"""The old system: sound but for the rows that the truth names."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from datetime import datetime

from sohoa_samples.generator import SampleSet


def _open(made: SampleSet) -> tuple[sqlite3.Connection, dict]:
    assert made.legacy is not None
    base = sqlite3.connect(f"file:{made.legacy}?mode=ro", uri=True)
    base.row_factory = sqlite3.Row
    truth = json.loads((made.directory / "truth" / "legacy.json").read_text("utf-8"))
    return base, truth


def _is_date(text: str | None) -> bool:
    try:
        datetime.strptime(text or "", "%d/%m/%Y")  # noqa: DTZ007 - a day without a time
    except ValueError:
        return False
    return True


def test_counts_and_bytes(rough_set: SampleSet) -> None:
    base, truth = _open(rough_set)
    for table, count in truth["counts"].items():
        assert base.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == count
    assert truth["counts"]["ho_so"] >= 60
    stored = base.execute("SELECT sum(length(noi_dung)) FROM giay_to").fetchone()[0]
    assert stored == truth["bytes"]


def test_exactly_the_named_rows_are_bad(rough_set: SampleSet) -> None:
    base, truth = _open(rough_set)
    found: set[tuple[str, int, str]] = set()
    communes = {row[0] for row in base.execute("SELECT ma_xa FROM dm_xa")}
    people = {row[0] for row in base.execute("SELECT id FROM nguoi_dan")}
    dossiers = {row[0] for row in base.execute("SELECT id FROM ho_so")}
    states = {row[0] for row in base.execute("SELECT ma FROM trang_thai")}
    agencies = {row[0] for row in base.execute("SELECT ma_don_vi FROM don_vi")}
    for row in base.execute("SELECT * FROM nguoi_dan"):
        found |= (
            {("nguoi_dan", row["id"], "ngay_sinh")} if not _is_date(row["ngay_sinh"]) else set()
        )
        found |= {("nguoi_dan", row["id"], "ma_xa")} if row["ma_xa"] not in communes else set()
        found |= {("nguoi_dan", row["id"], "so_giay_to")} if len(row["so_giay_to"]) != 12 else set()
    seen: Counter[str] = Counter()
    for row in base.execute("SELECT * FROM ho_so ORDER BY id"):
        assert row["ma_don_vi"] in agencies
        found |= (
            {("ho_so", row["id"], "ngay_tiep_nhan")}
            if not _is_date(row["ngay_tiep_nhan"])
            else set()
        )
        found |= (
            {("ho_so", row["id"], "nguoi_dan_id")} if row["nguoi_dan_id"] not in people else set()
        )
        found |= {("ho_so", row["id"], "trang_thai")} if row["trang_thai"] not in states else set()
        found |= {("ho_so", row["id"], "ma_ho_so")} if seen[row["ma_ho_so"]] else set()
        seen[row["ma_ho_so"]] += 1
    for row in base.execute("SELECT * FROM giay_to"):
        found |= {("giay_to", row["id"], "ho_so_id")} if row["ho_so_id"] not in dossiers else set()
        found |= {("giay_to", row["id"], "noi_dung")} if not row["noi_dung"] else set()
        wrong = row["noi_dung"] and hashlib.sha256(row["noi_dung"]).hexdigest() != row["sha256"]
        found |= {("giay_to", row["id"], "sha256")} if wrong else set()
    assert found == {(b["table"], b["id"], b["column"]) for b in truth["bad_rows"]}
    assert {b["fate"] for b in truth["bad_rows"]} == {"review", "merge"}


def test_attachments_are_what_they_claim(rough_set: SampleSet) -> None:
    base, _ = _open(rough_set)
    magic = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff"}
    kinds = set()
    for row in base.execute(
        "SELECT kieu_tep, ten_tep, noi_dung FROM giay_to WHERE length(noi_dung) > 0"
    ):
        assert row["noi_dung"].startswith(magic[row["kieu_tep"]])
        kinds.add(row["kieu_tep"])
    assert kinds == set(magic)


def test_agencies_have_successors(rough_set: SampleSet) -> None:
    base, truth = _open(rough_set)
    used = {row[0] for row in base.execute("SELECT DISTINCT ma_don_vi FROM ho_so")}
    assert used <= set(truth["agencies"])
    assert all(new.startswith("H42.") for new in truth["agencies"].values())
