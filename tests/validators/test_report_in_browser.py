"""The page in a real browser, scripts allowed and forbidden: nothing runs, nothing is loaded."""

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sohoa_validators.reports.html import html_page
from validators.hostile import FORMULAS, MARKUP, dossier
from validators.test_reports import ELEMENTS, Seen

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, "these tests need Chromium: apt-get install chromium"
    return found


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A server that writes down who asks for what."""
    asked: list[str] = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Note)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()


def opened(page: Path, home: Path, *, scripts: bool = True) -> tuple[str, str]:
    """The document as it stands after loading, and what the browser complained about."""
    settings = {"profile": {"default_content_setting_values": {"javascript": 1 if scripts else 2}}}
    (home / "Default").mkdir(parents=True)
    (home / "Default" / "Preferences").write_text(json.dumps(settings))
    words = [
        browser(), "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={home}", "--virtual-time-budget=1000", "--enable-logging=stderr",
        "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    if os.geteuid() == 0:
        words.insert(1, "--no-sandbox")
    done = subprocess.run(words, capture_output=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def hostile_page(folder: Path, port: int) -> Path:
    texts = tuple(text.replace("{port}", str(port)) for text in MARKUP)
    page = folder / "report.html"
    text = html_page(dossier(texts + FORMULAS))
    page.write_text(text, encoding="utf-8", errors="replace")
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts-on", "scripts-off"])
def test_nothing_runs_and_nothing_is_loaded(scripts: bool, tmp_path: Path) -> None:
    with listening() as (port, asked):
        page = hostile_page(tmp_path, port)
        document, complaints = opened(page, tmp_path / "home", scripts=scripts)
    assert asked == []
    assert "<title>owned" not in document
    seen = Seen(document)
    assert seen.elements <= ELEMENTS | {"tbody"}
    assert not [name for name in seen.attributes if name.startswith("on")]
    # Were a value markup, the policy would have stopped it and said so.
    assert "Content Security Policy" not in complaints and "Refused to" not in complaints
    assert document.count("<image") == len(MARKUP) + len(FORMULAS)


def test_the_browser_would_have_told(tmp_path: Path) -> None:
    """The control: the same values, not escaped, do run and do load."""
    with listening() as (port, asked):
        page = tmp_path / "naive.html"
        body = "".join(MARKUP[number].replace("{port}", str(port)) for number in (0, 2))
        page.write_text(f"<!DOCTYPE html><title>x</title><body>{body}", encoding="utf-8")
        document, _ = opened(page, tmp_path / "home")
    assert "/img" in asked and "/script" in asked
    assert "<title>owned" in document


def test_scripts_off_is_off(tmp_path: Path) -> None:
    page = tmp_path / "naive.html"
    page.write_text(f"<!DOCTYPE html><title>x</title><body>{MARKUP[5]}", encoding="utf-8")
    assert "<title>owned" not in opened(page, tmp_path / "home", scripts=False)[0]


def test_the_policy_holds_alone(tmp_path: Path) -> None:
    """A second wall: were a value not escaped, the policy still lets nothing run or load."""
    with listening() as (port, asked):
        page = tmp_path / "leaky.html"
        body = "".join(text.replace("{port}", str(port)) for text in MARKUP[:5])
        whole = html_page(dossier(("x",)))
        page.write_text(whole.replace("<footer>", body + "<footer>"), encoding="utf-8")
        document, _ = opened(page, tmp_path / "home")
    assert asked == []
    assert "<title>owned" not in document
