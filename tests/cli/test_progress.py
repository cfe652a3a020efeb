"""The progress line: count, rate, time left, failures so far; only on a terminal."""

from __future__ import annotations

import os
import pty
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
    words = [
        sys.executable,
        "-m",
        "sohoa_cli",
        "digitize",
        tmp_path / "inbox",
        "-w",
        tmp_path / "w",
    ]
    leader, follower = pty.openpty()
    done = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=follower, env=environment(SOHOA_LANG="en")
    )
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 4096):
            shown += chunk
    except OSError:  # the other end was closed: that is how a terminal ends
        pass
    results = done.communicate()[0].decode()
    assert done.returncode == 0
    assert b"1/1" in shown and b"/s" in shown
    assert "1/1" not in results and "1 inputs" in results

    silent = sohoa("digitize", tmp_path / "inbox", "-w", tmp_path / "w", "--lang", "en")
    assert "\r" not in silent.err
