"""The entry point: language, streams, logging, the command, and errors mapped to exit codes.

Standard output carries results only. Libraries that print by themselves (native ones too) are
kept from it: the process's descriptor 1 is pointed at standard error, and results are written
to a private copy of the original.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TextIO

from sohoa_core import i18n
from sohoa_core.errors import ExitCode, Interrupted, SohoaError, UsageError
from sohoa_core.i18n import N_


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``sohoa`` with ``argv`` and return the exit code; the console script's entry."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    lang = i18n.choose_language(_option(arguments, "--lang"))
    i18n.activate(lang)
    _speak(lang)
    for stream in (sys.stderr, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # Help is the parser's own text on standard output: no library runs before it.
    results = sys.stdout if _asks_for_help(arguments) else _protect_stdout()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = run(arguments, results)
        results.flush()
        return code
    except BrokenPipeError:
        # The reader of our results went away (`| head`): that is its right.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), results.fileno())
        return int(ExitCode.DONE)


def run(arguments: list[str], results: TextIO) -> int:
    """Run one command line in this process; results go to ``results``."""
    from sohoa_cli import app, output

    as_json = "--json" in arguments
    debug = "--debug" in arguments or bool(os.environ.get("SOHOA_DEBUG"))
    out = output.Output(results, as_json=as_json, color=_option(arguments, "--color") or "auto")
    try:
        try:
            return app.invoke(arguments, out)
        except KeyboardInterrupt as error:
            raise Interrupted from error
    except SohoaError as error:
        if debug:
            _traceback()
        out.error(error)
        return int(error.exit_code)
    except BrokenPipeError:
        raise
    except MemoryError:
        out.error(SohoaError(detail=N_("out of memory")))
        return int(ExitCode.BUG)
    except OSError as error:
        if debug:
            _traceback()
        detail = error.strerror or type(error).__name__
        out.error(UsageError(where=str(error.filename or ""), detail=detail))
        return int(ExitCode.UNREADABLE_INPUT)
    except Exception as error:  # the promise: no traceback without --debug
        if debug:
            _traceback()
        out.error(SohoaError(detail=type(error).__name__))
        return int(ExitCode.BUG)


def _traceback() -> None:
    import traceback

    traceback.print_exc(file=sys.stderr)


def _option(arguments: Sequence[str], name: str) -> str | None:
    """The value of ``name`` wherever it stands: help texts need it before parsing."""
    for position, argument in enumerate(arguments):
        if argument == "--":
            return None
        if argument == name and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(name + "="):
            return argument[len(name) + 1 :]
    return None


def _asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether the parser alone will answer: help, or the completion of a command line."""
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    completes = any(name.endswith("_COMPLETE") for name in os.environ)
    return not arguments or completes or "--help" in words or "-h" in words


def _speak(lang: str) -> None:
    """Have Typer's own few words come from our catalogue too (it asks gettext at import)."""
    import gettext
    from pathlib import Path

    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain("sohoa_cli", str(Path(__file__).parent / "locale"))
    gettext.textdomain("sohoa_cli")


def _protect_stdout() -> TextIO:
    """Point descriptor 1 at standard error and return a stream on the real standard output."""
    try:
        sys.stdout.flush()
        private = os.dup(1)
        os.dup2(2, 1)
    except (OSError, ValueError):  # no descriptor 1 at all
        return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    os.set_inheritable(private, False)
    return os.fdopen(private, "w", encoding="utf-8", errors="backslashreplace", newline="\n")


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
