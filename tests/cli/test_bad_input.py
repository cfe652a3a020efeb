"""Bad files and bad stores: a clear error with its code, the rest goes on, nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import unicodedata
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from cli.program import Ran, environment, sohoa
from sohoa_core.errors import ExitCode

_FONTS = ("/usr/share/fonts/truetype/liberation2", "/usr/share/fonts/truetype/liberation")


def page(path: Path, number: int = 12, **save: object) -> Path:
    """A small readable notice, 150 dpi."""
    face = next(Path(f) / "LiberationSerif-Regular.ttf" for f in _FONTS if Path(f).is_dir())
    image = Image.new("RGB", (1240, 700), "white")
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(
        (
            "ỦY BAN NHÂN DÂN XÃ MẪU SƠN",
            f"Số: {number}/TB-UBND",
            "Mẫu Sơn, ngày 05 tháng 01 năm 2026",
            "THÔNG BÁO",
            "Về việc tiếp nhận hồ sơ của công dân tại trụ sở",
        )
    ):
        draw.text((120, 60 + 90 * row), text, "black", ImageFont.truetype(str(face), 34))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, dpi=(150, 150), **save)
    return path


def encrypted(path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(path, encryption=pikepdf.Encryption(user="secret", owner="secret"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two good scans among bad ones."""
    folder = tmp_path / "inbox" / "000.00.01.H26-260105-0001"
    good = page(folder / "01-tốt.jpg")
    (folder / "02-rỗng.pdf").write_bytes(b"")
    (folder / "03-cụt.jpg").write_bytes(good.read_bytes()[:3000])
    encrypted(folder / "04-khóa.pdf")
    (folder / "05-sai-tên.pdf").write_text("đây không phải PDF")
    (folder / "06-rác.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(500))
    page(folder / "07-tốt.png", 13)
    return tmp_path / "inbox"


def digitize(inbox: Path, space: Path, *words: str, **env: str) -> Ran:
    return sohoa("digitize", inbox, "-w", space, "--json", *words, timeout=240, **env)


def test_bad_files_fail_alone_each_with_its_code(inbox: Path, tmp_path: Path) -> None:
    space = tmp_path / "w"
    sohoa("init", space)
    ran = digitize(inbox, space)
    assert ran.code == ExitCode.SOME_FAILED and "Traceback" not in ran.err
    items = {Path(r["item"]).name: r for r in ran.of("sohoa.digitize.item/1")}
    assert len(items) == 7
    for name in ("01-tốt.jpg", "07-tốt.png"):
        assert items[name]["state"] in ("done", "review"), items[name]
    bad = {name: r["error"]["code"] for name, r in items.items() if r["state"] == "failed"}
    assert len(bad) == 5
    assert bad["02-rỗng.pdf"] == "input.empty"
    assert bad["04-khóa.pdf"] == "input.encrypted"
    for name, record in items.items():
        if name in bad:
            assert record["exit_code"] in (10, 11), record

    # Both languages tell the reason in the status, long after.
    english = sohoa("status", "-w", space, "--lang", "en").out
    vietnamese = sohoa("status", "-w", space, "--lang", "vi").out
    assert "protected by a password" in english and "bảo vệ bằng mật khẩu" in vietnamese

    # A repaired file is a new input; the finished ones are left alone.
    page(inbox / "000.00.01.H26-260105-0001" / "02-rỗng.pdf", 14, format="PDF")
    again = digitize(inbox, space)
    (batch,) = again.of("sohoa.batch/1")
    assert batch["worked"] == 1 and batch["done"] + batch["review"] == 3


def test_when_every_input_fails_the_gravest_code_is_returned(tmp_path: Path) -> None:
    space, inbox = tmp_path / "w", tmp_path / "inbox"
    sohoa("init", space)
    inbox.mkdir()
    (inbox / "a.pdf").write_bytes(b"")
    assert digitize(inbox, space).code == ExitCode.UNREADABLE_INPUT


@pytest.mark.parametrize("word", ["missing", "file-in-the-way/inbox"])
def test_an_inbox_that_is_not_there(tmp_path: Path, word: str) -> None:
    sohoa("init", tmp_path / "w")
    (tmp_path / "file-in-the-way").write_text("x")
    ran = digitize(tmp_path / word, tmp_path / "w")
    assert ran.code == ExitCode.UNREADABLE_INPUT
    assert ran.of("sohoa.error/1")[0]["code"].startswith("input.")


def test_a_huge_file_is_refused_by_its_limit(inbox: Path, tmp_path: Path) -> None:
    space = tmp_path / "w"
    sohoa("init", space)
    huge = inbox / "000.00.01.H26-260105-0001" / "08-to.tif"
    with huge.open("wb") as stream:
        stream.truncate(3_000_000)
    ran = digitize(inbox, space, SOHOA_LIMITS__FILE_MEGABYTES="2")
    items = {Path(r["item"]).name: r for r in ran.of("sohoa.digitize.item/1")}
    assert items["08-to.tif"]["error"]["code"] == "input.too_large"
    assert items["08-to.tif"]["exit_code"] == ExitCode.REFUSED


def test_a_link_out_of_the_inbox_is_refused(inbox: Path, tmp_path: Path) -> None:
    space = tmp_path / "w"
    sohoa("init", space)
    outside = page(tmp_path / "outside.jpg", 99)
    (inbox / "lạc.jpg").symlink_to(outside)
    ran = digitize(inbox, space)
    assert ran.code == ExitCode.SOME_FAILED
    assert not any("lạc" in r["item"] for r in ran.of("sohoa.digitize.item/1"))
    assert ran.of("sohoa.error/1")


def test_a_workspace_that_cannot_be_written(inbox: Path, tmp_path: Path) -> None:
    """The folder's permissions forbid it; root has to give up its right to ignore them."""
    space = tmp_path / "w"
    sohoa("init", space)
    subprocess.run(["chmod", "-R", "a-w", str(space)], check=True)
    words = [sys.executable, "-m", "sohoa_cli", "digitize", inbox, "-w", space, "--json"]
    if os.geteuid() == 0:
        words = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *words]
    done = subprocess.run(words, capture_output=True, text=True, env=environment())
    subprocess.run(["chmod", "-R", "u+w", str(space)], check=True)
    assert done.returncode == ExitCode.STORE, done.stdout + done.stderr
    assert '"code": "store.read_only"' in done.stdout
    assert "Traceback" not in done.stderr


def test_a_full_disk_stops_the_batch_and_it_resumes(tmp_path: Path) -> None:
    """A quota on the size of files stands for the full disk: the vault cannot take the scan."""
    space, inbox = tmp_path / "w", tmp_path / "inbox"
    sohoa("init", space)
    for number in range(3):
        page(inbox / f"{number}.png", number + 10, compress_level=0)  # 2.6 MB each
    code = (
        "import resource, sys\n"
        "from sohoa_cli.main import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["digitize", str(inbox), "-w", str(space), "--json", "--executor", "serial"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, env=environment()
    )
    assert done.returncode == ExitCode.STORE, done.stdout + done.stderr
    assert '"store.full"' in done.stdout
    assert sohoa("journal", "verify", "-w", space).code == 0
    ran = digitize(inbox, space)
    (batch,) = ran.of("sohoa.batch/1")
    assert ran.code == 0 and batch["total"] == 3 and batch["failed"] == 0


def test_records_that_are_no_database(inbox: Path, tmp_path: Path) -> None:
    space = tmp_path / "w"
    sohoa("init", space)
    for name in ("records.sqlite-wal", "records.sqlite-shm"):
        (space / name).unlink(missing_ok=True)
    (space / "records.sqlite").write_bytes(b"not a database, " * 1000)
    for lang in ("vi", "en"):
        ran = sohoa("status", "-w", space, "--lang", lang)
        assert ran.code == ExitCode.STORE and "[store.corrupt]" in ran.err
    (space / "records.sqlite").unlink()
    assert sohoa("status", "-w", space).code == ExitCode.STORE


def test_records_that_another_program_holds(tmp_path: Path) -> None:
    space, inbox = tmp_path / "w", tmp_path / "inbox"
    sohoa("init", space)
    page(inbox / "1.jpg")
    holder = sqlite3.connect(space / "records.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    ran = digitize(inbox, space, SOHOA_STORE__BUSY_SECONDS="0.3")
    assert ran.code == ExitCode.STORE
    assert ran.of("sohoa.error/1")[0]["code"] == "store.locked"
    assert sohoa("status", "-w", space).code == 0  # reading goes on
    holder.close()
    assert digitize(inbox, space).code == 0


def test_a_workspace_of_a_newer_version(tmp_path: Path) -> None:
    space = tmp_path / "w"
    sohoa("init", space)
    with sqlite3.connect(space / "records.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '0999'")
    for words in (["status", "-w", space], ["init", space]):
        ran = sohoa(*words, "--lang", "en")
        assert ran.code == ExitCode.STORE and "newer sohoa" in ran.err


def test_broken_settings_are_named(tmp_path: Path) -> None:
    space = tmp_path / "w"
    sohoa("init", space)
    with (space / "sohoa.toml").open("a") as stream:
        stream.write("\n[limits]\npagez = 3\n")
    ran = sohoa("status", "-w", space, "--lang", "en")
    assert ran.code == ExitCode.BAD_CONFIG
    assert "limits.pagez" in ran.err and "sohoa.toml" in ran.err


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    space, inbox = tmp_path / "w", tmp_path / "inbox"
    sohoa("init", space)
    page(inbox / "good.jpg")
    shutil.copy(inbox / "good.jpg", os.fsencode(inbox) + b"/quy\xeat.jpg")
    ran = digitize(inbox, space)
    assert ran.code == 0, ran.err
    assert ran.of("sohoa.batch/1")[0]["total"] == 2
    assert sohoa("status", "-w", space).code == 0


def test_names_that_differ_only_by_normalization_are_two_papers(tmp_path: Path) -> None:
    space, inbox = tmp_path / "w", tmp_path / "inbox"
    sohoa("init", space)
    for form, number in (("NFC", 31), ("NFD", 32)):
        page(inbox / "d" / unicodedata.normalize(form, "tệp.jpg"), number)
    ran = digitize(inbox, space)
    labels = sorted(record["item"] for record in ran.of("sohoa.digitize.item/1"))
    assert labels == ["d/tệp (2).jpg", "d/tệp.jpg"]
    assert sohoa("status", "--json", "-w", space).of("sohoa.status/1")[0]["documents"] == 2
    assert digitize(inbox, space).of("sohoa.batch/1")[0]["worked"] == 0
    assert sohoa("export", tmp_path / "ra", "-w", space).code == 0
    assert len(list((tmp_path / "ra").rglob("*.pdf"))) == 2


def test_a_workspace_is_no_inbox_and_one_below_is_passed_over(tmp_path: Path) -> None:
    space = tmp_path / "all" / "w"
    sohoa("init", space)
    page(tmp_path / "all" / "scans" / "1.jpg")
    assert digitize(space, space).code == ExitCode.REFUSED
    ran = digitize(tmp_path / "all", space)
    assert [record["item"] for record in ran.of("sohoa.digitize.item/1")] == ["scans/1.jpg"]
