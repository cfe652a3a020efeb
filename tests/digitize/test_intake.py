"""Listing an inbox: order, names, links, manifest."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from sohoa_core.errors import InputMissing
from sohoa_core.limits import Limits
from sohoa_digitize.intake import list_inputs

HEADER = (
    "path,dossier_code,procedure,case,component,title,kind,form,submission,copies,"
    "received_on,agency,owner_name,owner_id"
)


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_order_and_folder_names(tmp_path: Path, limits: Limits) -> None:
    fill(tmp_path, "b/2.jpg", "a/1.jpg", "z.pdf", "a/sub/3.tif")
    fill(tmp_path, ".hidden/x.jpg", "a/.DS_Store", "a/~$don.docx", "a/scan.jpg.part", "Thumbs.db")
    intake = list_inputs(tmp_path, limits=limits)
    assert [f.name for f in intake.files] == ["a/1.jpg", "a/sub/3.tif", "b/2.jpg", "z.pdf"]
    assert [f.dossier_code for f in intake.files] == ["a", "a", "b", None]
    assert intake.problems == ()
    assert all(f.size == 1 for f in intake.files)


def test_odd_names(tmp_path: Path, limits: Limits) -> None:
    decomposed = unicodedata.normalize("NFD", "tờ khai.jpg")
    fill(tmp_path, decomposed, "d" * 251 + ".jpg")
    with open(os.path.join(os.fsencode(tmp_path), b"l\xe1i.jpg"), "wb") as stream:  # noqa: PTH118, PTH123
        stream.write(b"xy")
    intake = list_inputs(tmp_path, limits=limits)
    names = [f.name for f in intake.files]
    assert "tờ khai.jpg" in names
    assert "l\\xe1i.jpg" in names
    assert "d" * 251 + ".jpg" in names
    assert all(unicodedata.is_normalized("NFC", name) for name in names)
    assert all(f.path.read_bytes() for f in intake.files)
    for name in names:
        name.encode("utf-8")


def test_names_that_differ_only_by_normalization_are_two(tmp_path: Path, limits: Limits) -> None:
    fill(tmp_path, unicodedata.normalize("NFD", "số.jpg"), "số.jpg")
    files = list_inputs(tmp_path, limits=limits).files
    assert [f.name for f in files] == ["số.jpg", "số.jpg"]
    assert files[0].path != files[1].path


def test_links_out_of_the_inbox_are_refused(tmp_path: Path, limits: Limits) -> None:
    inbox, outside = tmp_path / "in", tmp_path / "out"
    fill(inbox, "a.jpg")
    fill(outside, "secret.jpg")
    (inbox / "leak.jpg").symlink_to(outside / "secret.jpg")
    (inbox / "folder").symlink_to(outside)
    (inbox / "gone.jpg").symlink_to(outside / "missing.jpg")
    (inbox / "self").symlink_to(inbox / "self")
    (inbox / "same.jpg").symlink_to(inbox / "a.jpg")
    intake = list_inputs(inbox, limits=limits)
    assert [f.name for f in intake.files] == ["a.jpg", "same.jpg"]
    assert [p.code for p in intake.problems] == ["intake.symlink_outside"] * 4


def test_link_to_the_inbox_itself_is_no_endless_tree(tmp_path: Path, limits: Limits) -> None:
    fill(tmp_path, "a.jpg")
    (tmp_path / "again").symlink_to(tmp_path)
    assert [f.name for f in list_inputs(tmp_path, limits=limits).files] == ["a.jpg"]


def test_manifest(tmp_path: Path, limits: Limits) -> None:
    fill(tmp_path, "a/1.jpg", "a/2.jpg")
    (tmp_path / "manifest.csv").write_text(
        f"\ufeff{HEADER}\na/1.jpg,H26.1-260101-0001,1.001193,,,Tờ khai,component,original,submit,1,"
        "2026-01-01,UBND xã,Nguyễn Văn An,001095000001\n",
        encoding="utf-8",
    )
    intake = list_inputs(tmp_path, limits=limits)
    first, second = intake.files
    assert first.dossier_code == "H26.1-260101-0001"
    assert first.manifest is not None
    assert first.manifest["title"] == "Tờ khai"
    assert "case" not in first.manifest
    assert (second.dossier_code, second.manifest) == ("a", None)
    assert intake.problems == ()


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("../x.jpg" + "," * 13, "path"),
        ("/etc/passwd" + "," * 13, "path"),
        ("a/1.jpg,,,,,,,,,hai,,,,", "copies"),
        ("a/1.jpg,,,,,,,,,,31/12/2025,,,", "received_on"),
        ("a/1.jpg,,", "columns"),
        ("a/none.jpg" + "," * 13, "no such file"),
        ('"a/1.jpg\x07"' + "," * 13, "control"),
    ],
)
def test_manifest_rows_that_make_no_sense(
    tmp_path: Path, limits: Limits, row: str, word: str
) -> None:
    fill(tmp_path, "a/1.jpg")
    (tmp_path / "manifest.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    intake = list_inputs(tmp_path, limits=limits)
    assert [f.name for f in intake.files] == ["a/1.jpg"]
    (problem,) = intake.problems
    assert problem.code == "manifest.invalid"
    assert problem.args_by_name["row"] == 2
    assert word in problem.args_by_name["detail"]


def test_manifest_with_a_row_twice_and_a_bad_header(tmp_path: Path, limits: Limits) -> None:
    fill(tmp_path, "a.jpg")
    rows = "a.jpg" + "," * 13 + "\n"
    (tmp_path / "manifest.csv").write_text(f"{HEADER}\n{rows}{rows}", encoding="utf-8")
    (problem,) = list_inputs(tmp_path, limits=limits).problems
    assert problem.args_by_name["row"] == 3
    (tmp_path / "manifest.csv").write_text("tệp,mã\na.jpg,1\n", encoding="utf-8")
    (problem,) = list_inputs(tmp_path, limits=limits).problems
    assert problem.args_by_name["row"] == 1
    (tmp_path / "manifest.csv").write_bytes(f"{HEADER}\n".encode() + b"\xe1.jpg,,\n")
    (problem,) = list_inputs(tmp_path, limits=limits).problems
    assert problem.args_by_name["row"] == 2


def test_one_file_and_no_file(tmp_path: Path, limits: Limits) -> None:
    fill(tmp_path, "một.pdf")
    assert [f.name for f in list_inputs(tmp_path / "một.pdf", limits=limits).files] == ["một.pdf"]
    with pytest.raises(InputMissing):
        list_inputs(tmp_path / "không có", limits=limits)
