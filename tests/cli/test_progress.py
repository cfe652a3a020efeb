"""The progress line: count, rate, time left, failures so far; only on a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cli.program import environment, sohoa
from cli.test_bad_input import page
from sohoa_cli.progress import ProgressLine
from sohoa_core import i18n
from sohoa_core.batch.runner import Progress


def test_what_the_line_says() -> None:
    i18n.activate("en")
    line = ProgressLine("Digitize", enabled=False)
    line._first = 100  # a resumed run: the rate is of this run alone
    text = line.text(Progress(total=500, done=180, failed=3, review=17), seconds=50.0)
    assert text.split("  ")[2:] == ["200/500", "2.0/s", "2:30 left", "3 failed", "17 to review"]
    assert "[########............]" in text
    assert line.text(Progress(10, 0, 0, 0), 0.0).endswith("0.0/s")


def test_it_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    page(tmp_path / "inbox" / "1.jpg")
    sohoa("init", tmp_path / "w")
    code = (
        "import sys\n"
        "from sohoa_cli.main import main\n"
        "sys.stderr.isatty = lambda: True\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["digitize", str(tmp_path / "inbox"), "-w", str(tmp_path / "w")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        env=environment(SOHOA_LANG="en"),
    )
    assert done.returncode == 0
    assert "1/1" in done.stderr and "/s" in done.stderr and "\x1b[K" in done.stderr
    assert "1/1" not in done.stdout and "1 inputs" in done.stdout

    silent = sohoa("digitize", tmp_path / "inbox", "-w", tmp_path / "w", "--lang", "en")
    assert "\x1b" not in silent.err
