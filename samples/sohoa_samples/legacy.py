"""An invented old provincial one-stop system ("tỉnh cũ" Hà Nam, H25) as an SQLite file.

It keeps the habits of its time: agency codes that start with the small unit, districts, dates
as ``dd/mm/yyyy`` text, attachments in the database. A few rows are broken on purpose; what a
migration must do with each is told in ``truth/legacy.json``.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sohoa_samples import files, fonts, numbers, raster
from sohoa_samples.desk import Desk
from sohoa_samples.dice import Dice
from sohoa_samples.papers import administrative, civil_status, marital_status
from sohoa_samples.people import Person, invent_family, invent_person
from sohoa_samples.places import REFORM, Commune, communes
from sohoa_samples.wording import short_date

LEGACY_SCHEMA = "sohoa.samples.legacy/1"
PROVINCE = "H25"
SYSTEM = "mot-cua-ha-nam"
_DOSSIERS = 60
_DPI = 80

_TABLES = """
CREATE TABLE dm_xa (ma_xa TEXT PRIMARY KEY, ten_xa TEXT NOT NULL, ma_huyen TEXT NOT NULL,
    ten_huyen TEXT NOT NULL, ma_tinh TEXT NOT NULL, ten_tinh TEXT NOT NULL);
CREATE TABLE don_vi (ma_don_vi TEXT PRIMARY KEY, ten_don_vi TEXT NOT NULL, ma_cha TEXT, ma_xa
    TEXT, ma_huyen TEXT);
CREATE TABLE trang_thai (ma INTEGER PRIMARY KEY, ten TEXT NOT NULL);
CREATE TABLE nguoi_dan (id INTEGER PRIMARY KEY, ho_ten TEXT NOT NULL, ngay_sinh TEXT, gioi_tinh
    INTEGER, so_giay_to TEXT, dia_chi TEXT, ma_xa TEXT, ma_huyen TEXT, ma_tinh TEXT, dien_thoai
    TEXT);
CREATE TABLE ho_so (id INTEGER PRIMARY KEY, ma_ho_so TEXT NOT NULL, ma_tthc TEXT NOT NULL,
    ten_tthc TEXT NOT NULL, ma_don_vi TEXT NOT NULL, nguoi_dan_id INTEGER NOT NULL,
    kenh_thuc_hien INTEGER, ngay_nop TEXT, ngay_tiep_nhan TEXT, ngay_hen_tra TEXT, ngay_tra
    TEXT, trang_thai INTEGER, trich_yeu TEXT, ghi_chu TEXT);
CREATE TABLE giay_to (id INTEGER PRIMARY KEY, ho_so_id INTEGER NOT NULL, loai INTEGER NOT NULL,
    ma_giay_to TEXT, ten_giay_to TEXT NOT NULL, so_ky_hieu TEXT, ngay_ban_hanh TEXT,
    co_quan_ban_hanh TEXT, nguoi_ky TEXT, thoi_han TEXT, ten_tep TEXT, kieu_tep TEXT, noi_dung
    BLOB, sha256 TEXT);
"""

#: Dossier status of the national portal's exchange (1-10).
_STATES = (
    "Mới đăng ký",
    "Được tiếp nhận",
    "Không được tiếp nhận",
    "Đang xử lý",
    "Yêu cầu bổ sung giấy tờ",
    "Yêu cầu thực hiện nghĩa vụ tài chính",
    "Công dân yêu cầu rút hồ sơ",
    "Dừng xử lý",
    "Đã xử lý xong",
    "Đã trả kết quả",
)

MARITAL = "Giấy xác nhận tình trạng hôn nhân"
BUSINESS = "Giấy chứng nhận đăng ký hộ kinh doanh"
_PROCEDURES = (
    ("1.001193", "Đăng ký khai sinh", "KQ.G15.000031", "Giấy khai sinh", 1),
    ("1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân", "KQ.G15.000038", MARITAL, 3),
    ("1.000894", "Đăng ký kết hôn", "KQ.G15.000032", "Giấy chứng nhận kết hôn", 1),
    ("1.001612", "Đăng ký thành lập hộ kinh doanh", "KQ.G12.001041", BUSINESS, 3),
)


@dataclass(slots=True)
class _Old:
    """The rows of the old system while they are being invented."""

    dice: Dice
    people: list[tuple[Any, ...]]
    dossiers: list[tuple[Any, ...]]
    papers: list[tuple[Any, ...]]
    bad: list[dict[str, Any]]


def _communes() -> list[Commune]:
    return [c for c in communes() if c.old_agency == PROVINCE]


def _attachment(
    old: _Old, index: int, person: Person, commune: Commune, on: date
) -> tuple[str, str, bytes, str, str, str]:
    """File name, media type, bytes, number, agency, signer of a small scanned result."""
    desk = Desk(old.dice.child("paper", index), commune, on)
    kind = index // 3 % 3
    if kind == 0:
        paper = administrative.decision(desk, person, number=index + 3)
    elif kind == 1:
        paper = marital_status.marital_confirmation(desk, person, number=index + 11)
    else:
        family = invent_family(
            desk.dice.child("family"), commune, on=on, child_born=on - timedelta(days=20)
        )
        paper = civil_status.birth_certificate(desk, family, number=index + 20)
    family_font = fonts.families().get(paper.family) or fonts.times()
    image = raster.draw(paper.pages[0], family_font, _DPI)
    grey = np.ascontiguousarray(image[..., 1])
    if index % 2:
        data, suffix, media = files.jpeg_bytes(grey, _DPI, 45), "jpg", "image/jpeg"
    else:
        data, suffix, media = (
            files.image_pdf_bytes([grey], _DPI, 45, bilevel=False),
            "pdf",
            "application/pdf",
        )
    fields = paper.fields
    return (
        f"{paper.slug}-{index:03d}.{suffix}",
        media,
        data,
        fields["so_ky_hieu"],
        fields["agency"],
        fields["signer"],
    )


def _person_row(number: int, person: Person, commune: Commune) -> tuple[Any, ...]:
    return (
        number,
        person.caps,
        short_date(person.born),
        2 if person.female else 1,
        person.id,
        person.home.printed(REFORM - timedelta(days=1)),
        commune.old_code,
        commune.district_code,
        commune.old_province_code,
        person.phone,
    )


def _invent(dice: Dice) -> _Old:
    old = _Old(dice, [], [], [], [])
    places = _communes()
    paper_id = 0
    for index in range(1, _DOSSIERS + 1):
        d = dice.child("dossier", index)
        commune = d.choice(places)
        received = date(2021, 3, 1) + timedelta(days=d.randint(0, 1560))
        person = invent_person(d.child("person"), commune, on=received)
        procedure, name, result, result_name, days = d.choice(_PROCEDURES)
        state = d.weighted(
            [(10, 0.6), (9, 0.12), (4, 0.12), (5, 0.06), (2, 0.05), (8, 0.03), (3, 0.02)]
        )
        done = received + timedelta(days=days + d.randint(0, 3))
        agency = commune.agency_code(received)
        old.people.append(_person_row(index, person, commune))
        old.dossiers.append(
            (
                index,
                numbers.dossier_code(agency, received, index * 7 % 9000 + 1),
                procedure,
                name,
                agency,
                index,
                d.weighted([(1, 0.7), (2, 0.25), (3, 0.05)]),
                short_date(received),
                short_date(received),
                short_date(received + timedelta(days=days)),
                short_date(done) if state == 10 else None,
                state,
                f"{name} - {person.name}",
                None,
            )
        )
        if index % 3 == 0 and state in (9, 10):
            paper_id += 1
            file, media, data, number, issuer, signer = _attachment(
                old, index, person, commune, done
            )
            old.papers.append(
                (
                    paper_id,
                    index,
                    1,
                    result,
                    result_name,
                    number,
                    short_date(done),
                    issuer,
                    signer,
                    None,
                    file,
                    media,
                    data,
                    hashlib.sha256(data).hexdigest(),
                )
            )
    return old


def _spoil(old: _Old) -> None:
    """Break a few rows in known ways and write down what a migration must do with each."""

    def change(rows: list[tuple[Any, ...]], row_id: int, column: int, value: object) -> None:
        at = next(i for i, row in enumerate(rows) if row[0] == row_id)
        rows[at] = (*rows[at][:column], value, *rows[at][column + 1 :])

    def tell(table: str, row_id: int, column: str, kind: str, fate: str, why: str) -> None:
        old.bad.append(
            {"table": table, "id": row_id, "column": column, "kind": kind, "fate": fate, "why": why}
        )

    change(old.dossiers, 5, 8, "31/02/2023")
    tell(
        "ho_so",
        5,
        "ngay_tiep_nhan",
        "impossible_date",
        "review",
        "31 February does not exist; keep the text, ask a person",
    )
    change(old.people, 9, 2, "00/00/1985")
    tell(
        "nguoi_dan",
        9,
        "ngay_sinh",
        "impossible_date",
        "review",
        "only the year can be true; keep the text, ask a person",
    )
    change(old.people, 13, 6, "99999")
    tell(
        "nguoi_dan", 13, "ma_xa", "unknown_commune", "review", "the code is in no table of communes"
    )
    change(old.dossiers, 17, 5, 9017)
    tell(
        "ho_so",
        17,
        "nguoi_dan_id",
        "orphan_foreign_key",
        "review",
        "no such person; the dossier has no owner",
    )
    first = next(row for row in old.dossiers if row[0] == 21)
    change(old.dossiers, 22, 1, first[1])
    tell(
        "ho_so",
        22,
        "ma_ho_so",
        "duplicate_dossier_code",
        "review",
        "same code as dossier 21, other person and date",
    )
    twin = (_DOSSIERS + 1, *first[1:])
    old.dossiers.append(twin)
    tell(
        "ho_so",
        twin[0],
        "ma_ho_so",
        "exact_duplicate",
        "merge",
        "every column but the key equals dossier 21",
    )
    change(old.people, 29, 4, str(next(row for row in old.people if row[0] == 29)[4])[1:])
    tell(
        "nguoi_dan",
        29,
        "so_giay_to",
        "lost_leading_zero",
        "review",
        "eleven digits: a spreadsheet dropped the first zero",
    )
    change(old.dossiers, 33, 11, 77)
    tell("ho_so", 33, "trang_thai", "unknown_status", "review", "77 is not in trang_thai")
    paper = old.papers[0]
    change(old.papers, paper[0], 13, "0" * 64)
    tell(
        "giay_to",
        paper[0],
        "sha256",
        "hash_mismatch",
        "review",
        "the stored hash is not that of the bytes",
    )
    empty = old.papers[1]
    change(old.papers, empty[0], 12, b"")
    tell("giay_to", empty[0], "noi_dung", "empty_file", "review", "the attachment has no bytes")
    lost = (old.papers[-1][0] + 1, 9999, *old.papers[-1][2:])
    old.papers.append(lost)
    tell("giay_to", lost[0], "ho_so_id", "orphan_foreign_key", "review", "no such dossier")


def _write(path: Path, old: _Old) -> None:
    places = _communes()
    units: dict[str, tuple[Any, ...]] = {
        f"000.00.00.{PROVINCE}": (
            f"000.00.00.{PROVINCE}",
            "Ủy ban nhân dân tỉnh Hà Nam",
            None,
            None,
            None,
        )
    }
    before = REFORM - timedelta(days=1)
    for place in places:
        code = place.agency_code(before)
        district = f"000.00.{code.split('.')[2]}.{PROVINCE}"
        head = place.district_name
        units.setdefault(
            district,
            (
                district,
                f"Ủy ban nhân dân {head[0].lower()}{head[1:]}",
                f"000.00.00.{PROVINCE}",
                None,
                place.district_code,
            ),
        )
        units[code] = (code, place.committee(before), district, place.old_code, place.district_code)
    with sqlite3.connect(path) as base:
        base.executescript(_TABLES)
        base.executemany(
            "INSERT INTO dm_xa VALUES (?,?,?,?,?,?)",
            [
                (
                    p.old_code,
                    p.old_name,
                    p.district_code,
                    p.district_name,
                    p.old_province_code,
                    p.old_province,
                )
                for p in places
            ],
        )
        base.executemany("INSERT INTO don_vi VALUES (?,?,?,?,?)", sorted(units.values()))
        base.executemany("INSERT INTO trang_thai VALUES (?,?)", list(enumerate(_STATES, 1)))
        for table, rows in (
            ("nguoi_dan", old.people),
            ("ho_so", old.dossiers),
            ("giay_to", old.papers),
        ):
            marks = ",".join("?" * len(rows[0]))
            base.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names are ours
    base.close()


def make(directory: Path, *, seed: int) -> Path:
    """Write ``legacy/tinh-cu.sqlite`` and ``truth/legacy.json``; returns the database's path."""
    (directory / "legacy").mkdir(exist_ok=True)
    path = directory / "legacy" / "tinh-cu.sqlite"
    old = _invent(Dice("legacy", seed))
    _spoil(old)
    _write(path, old)
    broken = {(row["table"], row["id"]) for row in old.bad}
    truth = {
        "schema": LEGACY_SCHEMA,
        "system": SYSTEM,
        "agency": f"000.00.00.{PROVINCE}",
        "agency_after": "H42",
        "province_code": "35",
        "province_code_after": "37",
        "counts": {
            "nguoi_dan": len(old.people),
            "ho_so": len(old.dossiers),
            "giay_to": len(old.papers),
        },
        "sound": {
            table: len(rows) - sum(1 for row in rows if (table, row[0]) in broken)
            for table, rows in (
                ("nguoi_dan", old.people),
                ("ho_so", old.dossiers),
                ("giay_to", old.papers),
            )
        },
        "bytes": sum(len(row[12]) for row in old.papers),
        "agencies": {
            p.agency_code(REFORM - timedelta(days=1)): p.agency_code(REFORM) for p in _communes()
        },
        "communes": {p.old_code: p.new_code for p in _communes()},
        "bad_rows": old.bad,
    }
    text = json.dumps(truth, ensure_ascii=False, indent=1, sort_keys=True)
    (directory / "truth" / "legacy.json").write_text(text + "\n", encoding="utf-8", newline="")
    return path
