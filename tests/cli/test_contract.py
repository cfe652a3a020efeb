"""The contract with scripts: options, exit codes, streams, languages (design, section 8)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from cli.program import environment, sohoa
from sohoa_cli.app import build
from sohoa_core import i18n
from sohoa_core.errors import SEVERITY, ExitCode, most_serious

TOP = Path(__file__).parent.parent.parent


def commands(lang: str = "en") -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Every command with its full name."""
    i18n.activate(lang)

    def walk(node, name):  # type: ignore[no-untyped-def]
        if hasattr(node, "commands"):
            for key, inner in node.commands.items():
                yield from walk(inner, f"{name} {key}".strip())
        else:
            yield name, node

    yield from walk(typer.main.get_command(build()), "")


def options(command) -> set[str]:  # type: ignore[no-untyped-def]
    return {name for parameter in command.params for name in parameter.opts}


def test_every_command_has_what_all_share() -> None:
    for name, command in commands():
        shared = {"--json", "--lang", "--color", "--quiet", "--verbose", "--log-file", "--debug"}
        assert shared <= options(command), name
        assert command.help, name
        assert all(p.help for p in command.params if "--help" not in p.opts), name


def test_everything_that_writes_into_records_or_folders_can_be_planned() -> None:
    writing = {"digitize", "sign", "validate", "export", "migrate"}
    found = {name for name, command in commands() if "--dry-run" in options(command)}
    assert writing <= found


def test_no_option_takes_a_secret() -> None:
    for name, command in commands():
        for option in options(command):
            assert option not in ("--pin", "--password", "--passphrase", "--token"), name


def test_help_is_in_both_languages() -> None:
    english = {name: command.help for name, command in commands("en")}
    vietnamese = {name: command.help for name, command in commands("vi")}
    assert english.keys() == vietnamese.keys()
    for name, text in english.items():
        assert vietnamese[name] != text, name


def test_help_costs_little_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from sohoa_cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "finally:\n    print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 0 and "digitize" in done.stdout
    heavy = {
        "numpy", "cv2", "PIL", "tesserocr", "pypdfium2", "pikepdf", "pyhanko", "asn1crypto",
        "cryptography", "lxml", "sqlalchemy", "alembic", "pydantic", "yaml", "fsspec",
        "distributed", "psycopg", "fontTools", "hypothesis", "logging.config",
    }  # fmt: skip
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert loaded & heavy == set()


def test_usage_errors_are_explained_in_both_languages() -> None:
    english = sohoa("digitize", "--nonsense", "--lang", "en")
    vietnamese = sohoa("digitize", "--nonsense", "--lang", "vi")
    assert english.code == vietnamese.code == ExitCode.USAGE
    assert english.out == vietnamese.out == ""
    assert "--nonsense" in english.err and "[usage.option]" in english.err
    assert "[usage.option]" in vietnamese.err and english.err != vietnamese.err
    assert "What to do" in english.err and "Cần làm gì" in vietnamese.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nonsense"], "usage.command"),
        (["digitize"], "usage.missing"),
        (["samples", "make", "x", "--dossiers", "many"], "usage.value"),
        (["journal", "verify", "--head", "zero"], "usage.invalid"),
        (["status"], "workspace.missing"),
        (["status", "--lang", "fr"], "usage.invalid"),
    ],
)
def test_errors_are_records_too(words: list[str], code: str, tmp_path: Path) -> None:
    ran = sohoa(*words, "--json", cwd=tmp_path)
    assert ran.code == ExitCode.USAGE
    (record,) = ran.of("sohoa.error/1")
    assert record["code"] == code and record["exit_code"] == 2
    assert "Traceback" not in ran.err


def test_json_lines_start_with_the_schema(tmp_path: Path) -> None:
    ran = sohoa("config", "show", "--json", cwd=tmp_path)
    assert ran.code == 0 and ran.records
    for line in ran.out.splitlines():
        assert line.startswith('{"schema": "sohoa.')
        assert json.loads(line)


def test_json_is_not_translated(tmp_path: Path) -> None:
    vietnamese = sohoa("config", "show", "--json", "--lang", "vi", cwd=tmp_path)
    assert vietnamese.out == sohoa("config", "show", "--json", "--lang", "en", cwd=tmp_path).out


def test_results_are_utf8_whatever_the_terminal_says(tmp_path: Path) -> None:
    for changes in ({"LANG": "C", "PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX"}):
        ran = sohoa("init", tmp_path / "nơi", "--lang", "vi", cwd=tmp_path, **changes)
        assert ran.code == 0 and "nơi" in ran.out


def test_libraries_cannot_write_into_the_results(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from sohoa_cli import main as entry\n"
        "def noisy(arguments, results):\n"
        "    print('python noise'); sys.stdout.flush(); os.write(1, b'native noise\\n')\n"
        "    results.write('result\\n'); return 0\n"
        "entry.run = noisy\n"
        "sys.exit(entry.main(['status']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "result\n"
    assert "python noise" in done.stderr and "native noise" in done.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "sohoa_cli", "config", "show"],
        stdout=writer, stderr=subprocess.PIPE, env=environment(), cwd=tmp_path,
    )  # fmt: skip
    os.close(writer)
    assert done.returncode == 0 and b"Traceback" not in done.stderr


def test_a_traceback_is_shown_only_when_asked(tmp_path: Path) -> None:
    quiet = sohoa("status", "--workspace", tmp_path)
    assert "Traceback" not in quiet.err
    assert "Traceback" in sohoa("status", "--workspace", tmp_path, "--debug").err


def test_an_error_of_our_own_is_code_one_without_traceback(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from sohoa_cli import app, main as entry\n"
        "app.invoke = lambda arguments, out: 1 / 0\n"
        "sys.exit(entry.main(['--json']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment()
    )
    assert done.returncode == ExitCode.BUG and "Traceback" not in done.stderr
    assert json.loads(done.stdout)["code"] == "internal.unclassified"


def test_colour_is_for_terminals_and_can_be_forced() -> None:
    assert "\x1b[" not in sohoa("nonsense").err
    assert "\x1b[" in sohoa("nonsense", "--color", "always").err
    assert "\x1b[" not in sohoa("nonsense", "--color", "never").err


def test_the_log_says_what_ran_and_no_names(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    sohoa("init", tmp_path / "Nguyễn Văn A", "--log-file", log)
    text = log.read_text(encoding="utf-8")
    assert "command init" in text and "exit 0" in text and "Nguyễn" not in text


def test_the_language_comes_from_option_environment_locale() -> None:
    def speaks(*words: str, **env: str) -> str:
        return "vi" if "Cần làm gì" in sohoa("nonsense", *words, **env).err else "en"

    assert speaks(LANG="C") == "vi"
    assert speaks(LANG="en_US.UTF-8") == "en"
    assert speaks(LANG="vi_VN") == "vi"
    assert speaks(LANG="vi_VN", SOHOA_LANG="en") == "en"
    assert speaks("--lang", "vi", SOHOA_LANG="en") == "vi"


# --- The manual agrees with the program -------------------------------------------------------


@pytest.mark.parametrize("name", ["docs/manual.md", "docs/manual.vi.md"])
def test_the_manual_lists_the_exit_codes(name: str) -> None:
    text = (TOP / name).read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert listed == {int(code) for code in ExitCode}


def test_every_exit_code_has_a_place_in_the_order_of_gravity() -> None:
    assert sorted(SEVERITY) == sorted(ExitCode)
    assert most_serious([]) == ExitCode.DONE
    assert most_serious([ExitCode.NOT_SIGNED, ExitCode.SIGNATURE_INVALID]) == 5
    assert most_serious([ExitCode.SIGNATURE_INVALID, ExitCode.STORE]) == 12


@pytest.mark.parametrize("name", ["docs/manual.md", "docs/manual.vi.md"])
def test_every_command_is_in_the_manual(name: str) -> None:
    text = (TOP / name).read_text(encoding="utf-8")
    for command, _object in commands():
        assert f"`sohoa {command}" in text, command
