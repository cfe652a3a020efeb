"""ZIP files of an inbox: taken in file by file, never further than the limits, never outside."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from digitize.conftest import draw, encoded
from sohoa_core.errors import InputTooLarge, InputUnsupported
from sohoa_core.limits import Limits
from sohoa_core.vault import Vault
from sohoa_digitize.archive import read_member
from sohoa_digitize.errors import InputBroken, InputVanished
from sohoa_digitize.intake import list_inputs
from sohoa_digitize.options import DigitizeOptions
from sohoa_digitize.stage import DigitizeStage
from sohoa_digitize.work import digitize_file


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def listed(tmp_path: Path, data: bytes, name: str = "b.zip", **limits: int):  # type: ignore[no-untyped-def]
    (tmp_path / name).write_bytes(data)
    return list_inputs(tmp_path, limits=Limits(**limits))


def test_files_in_a_zip_are_inputs_with_their_own_dossiers(tmp_path: Path) -> None:
    data = packed({"H1/b.jpg": b"2", "H1/a.jpg": b"1", "rời.png": b"3", "H1/.DS_Store": b"x"})
    found = listed(tmp_path, data)
    assert [(f.name, f.dossier_code) for f in found.files] == [
        ("b.zip/H1/a.jpg", "H1"),
        ("b.zip/H1/b.jpg", "H1"),
        ("b.zip/rời.png", "b"),
    ]
    assert found.problems == ()
    one = found.files[0]
    assert read_member(one.path, one.member, limits=Limits(), where="x") == b"1"


def test_the_manifest_speaks_of_files_in_a_zip_too(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("path,dossier_code,title\nb.zip/a.jpg,H9,Đơn\n")
    found = listed(tmp_path, packed({"a.jpg": b"1"}))
    assert [(f.dossier_code, f.manifest) for f in found.files] == [("H9", {"title": "Đơn"})]
    assert found.problems == ()


def test_names_that_lead_out_and_links_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("../out.jpg", "/etc/x.jpg", "a/../../b.jpg", "C:\\x.jpg", "in/ok.jpg"):
            archive.writestr(name, b"x")
        link = zipfile.ZipInfo("link.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = listed(tmp_path, buffer.getvalue())
    assert [f.name for f in found.files] == ["b.zip/in/ok.jpg"]
    codes = sorted(p.code for p in found.problems)
    assert codes == ["intake.member_outside"] * 4 + ["intake.symlink_outside"]


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    bomb = packed({"a.jpg": b"\0" * 30_000_000})
    found = listed(tmp_path, bomb, decompressed_megabytes=20)
    assert found.files == () and [p.code for p in found.problems] == ["input.too_large"]
    with pytest.raises(InputTooLarge):
        read_member(tmp_path / "b.zip", "a.jpg", limits=Limits(file_megabytes=5), where="x")
    nested = packed({"inner.zip": bomb})
    (tmp_path / "n.zip").write_bytes(nested)
    with pytest.raises(InputUnsupported):
        read_member(tmp_path / "n.zip", "inner.zip", limits=Limits(), where="x")


def test_a_size_that_lies_is_found_when_reading(tmp_path: Path) -> None:
    data = bytearray(packed({"a.jpg": b"\0" * 9_000_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the directory claims ten bytes
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises((InputTooLarge, InputBroken)):
        read_member(tmp_path / "b.zip", "a.jpg", limits=Limits(file_megabytes=1), where="x")


@pytest.mark.parametrize("cut", [5, 30, 60])
def test_broken_archives_are_a_problem_and_no_crash(tmp_path: Path, cut: int) -> None:
    data = packed({"a.jpg": os.urandom(200)})
    found = listed(tmp_path, data[:-cut])
    assert found.files == () and [p.code for p in found.problems] == ["input.broken"]


def test_what_vanishes_from_an_archive_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(packed({"a.jpg": b"1"}))
    for path, name in (("b.zip", "z.jpg"), ("c.zip", "a.jpg")):
        with pytest.raises(InputVanished):
            read_member(tmp_path / path, name, limits=Limits(), where="x")


def test_files_still_being_written_are_left_for_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "new.jpg").write_bytes(b"1")
    (tmp_path / "old.jpg").write_bytes(b"2")
    os.utime(tmp_path / "old.jpg", (time.time() - 60,) * 2)
    found = list_inputs(tmp_path, limits=Limits(), settle=5)
    assert [f.name for f in found.files] == ["old.jpg"]
    assert [(p.code, p.where) for p in found.problems] == [("input.still_written", "new.jpg")]
    assert len(list_inputs(tmp_path, limits=Limits()).files) == 2


def test_a_stage_hashes_members_and_reads_them_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.zip").write_bytes(packed({"a.txt": b"no image"}))
    stage = DigitizeStage(
        tmp_path / "in",
        vault=Vault(str(tmp_path / "v")),
        limits=Limits(),
        options=DigitizeOptions(),
    )
    (task,) = stage.tasks()
    assert task.payload["member"] == "a.txt" and len(task.payload["sha256"]) == 64
    with pytest.raises(InputUnsupported):
        stage.job().work(stage.job().context, task.payload)


@pytest.mark.parametrize(("kind", "name"), [("JPEG2000", "a.jp2"), ("WEBP", "a.webp")])
def test_jpeg_2000_and_webp_are_read_and_stored_without_loss(kind: str, name: str) -> None:
    small = draw(size=(1165, 260))
    more = {"quality_mode": "lossless"} if kind == "JPEG2000" else {"lossless": True}
    more = {} if kind == "JPEG2000" else more
    data = encoded(small, kind, **more)
    found = digitize_file(data, name=name, options=DigitizeOptions(), limits=Limits())
    assert "Độc lập - Tự do - Hạnh phúc" in found.text and found.pdfa
    assert "digitize.recoded" in [f.rule for f in found.findings]
    import pikepdf

    with pikepdf.open(io.BytesIO(found.pdf)) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        kept = pikepdf.PdfImage(image).as_pil_image().convert("RGB")
    assert kept.tobytes() == Image.open(io.BytesIO(data)).convert("RGB").tobytes()


@pytest.mark.parametrize("name", ["a.jp2", "a.webp"])
def test_cut_off_jpeg_2000_and_webp_are_errors(name: str) -> None:
    data = encoded(draw(size=(600, 200)), "JPEG2000" if name == "a.jp2" else "WEBP")
    with pytest.raises(Exception) as caught:
        digitize_file(data[: len(data) // 3], name=name, options=DigitizeOptions(), limits=Limits())
    assert caught.value.code in ("input.truncated", "input.broken")  # type: ignore[attr-defined]
