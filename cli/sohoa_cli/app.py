"""The command line: which commands there are, and what all of them share."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from sohoa_cli.output import Output
from sohoa_core import i18n
from sohoa_core.errors import ExitCode, UsageError
from sohoa_core.i18n import N_, _

#: The commands in the order of the work; each is a module of ``sohoa_cli.commands``.
COMMANDS = (
    "init",
    "doctor",
    "digitize",
    "review",
    "procedures",
    "validate",
    "sign",
    "verify",
    "renew",
    "trust",
    "pki",
    "migrate",
    "status",
    "stats",
    "export",
    "demo",
    "journal",
    "config",
    "units",
    "law",
    "samples",
)


class Run:
    """One invocation: its output and the options that every command has."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.verbose = 0
        self.debug = False

    @property
    def as_json(self) -> bool:
        """Whether results are JSON lines."""
        return self.out.as_json


_current: Run | None = None


def _translated(text: str | None) -> str | None:
    return _(text) if text else text


class _Translated:
    """Translates help texts when a command is built, after the language is known."""

    params: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["help"] = _translated(kwargs.get("help"))
        kwargs["short_help"] = _translated(kwargs.get("short_help"))
        super().__init__(*args, **kwargs)
        for parameter in self.params:
            parameter.help = _translated(getattr(parameter, "help", None))

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = _(N_("Show this help."))
        return option

    def get_usage(self, ctx: Any) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        return usage.replace("Usage:", _(N_("Usage:")), 1)


class _Command(_Translated, typer.core.TyperCommand):
    """A command in the active language."""


class _Group(_Translated, typer.core.TyperGroup):
    """A group in the active language."""


_COMMON: tuple[tuple[str, Any, Any], ...] = (
    (
        "json_",
        Annotated[bool, typer.Option("--json", help=N_("Results as JSON lines, for scripts."))],
        False,
    ),
    (
        "lang",
        Annotated[
            str | None,
            typer.Option("--lang", metavar="vi|en", help=N_("Language of messages and reports.")),
        ],
        None,
    ),
    (
        "color",
        Annotated[
            str,
            typer.Option("--color", metavar="auto|always|never", help=N_("Colour on terminals.")),
        ],
        "auto",
    ),
    (
        "quiet",
        Annotated[bool, typer.Option("--quiet", "-q", help=N_("Results only, no remarks."))],
        False,
    ),
    (
        "verbose",
        Annotated[
            int, typer.Option("--verbose", "-v", count=True, help=N_("Say more; twice for all."))
        ],
        0,
    ),
    (
        "log_file",
        Annotated[
            Path | None, typer.Option("--log-file", help=N_("Write a log for debugging to a file."))
        ],
        None,
    ),
    (
        "debug",
        Annotated[bool, typer.Option("--debug", help=N_("Show tracebacks of errors."))],
        False,
    ),
)


def command(
    group: typer.Typer, name: str, *, help: str, panel: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a command whose function takes a :class:`Run` first and returns an exit code.

    The options that all commands share are added to its own.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]
        shared = [
            inspect.Parameter(
                key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for key, annotation, default in _COMMON
        ]

        @functools.wraps(function)
        def wrapper(**values: Any) -> Any:
            run = _settle(**{key: values.pop(key) for key, _annotation, _default in _COMMON})
            logging.getLogger("sohoa").info("command %s", name)
            code = function(run, **values)
            logging.getLogger("sohoa").info("exit %s", int(code or 0))
            raise typer.Exit(int(code or ExitCode.DONE))

        keyword_own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        wrapper.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*keyword_own, *shared], return_annotation=None
        )
        wrapper.__annotations__ = {
            parameter.name: parameter.annotation for parameter in (*own, *shared)
        }
        group.command(name, cls=_Command, help=help, rich_help_panel=panel)(wrapper)
        return function

    return register


def group(name: str, *, help: str) -> typer.Typer:
    """A group of subcommands, registered by ``register`` of its module."""
    return typer.Typer(name=name, cls=_Group, help=help, no_args_is_help=True)


def _settle(
    json_: bool,
    lang: str | None,
    color: str,
    quiet: bool,
    verbose: int,
    log_file: Path | None,
    debug: bool,
) -> Run:
    run = _current
    assert run is not None, "commands run through invoke()"
    if lang is not None and lang not in i18n.LANGUAGES:
        raise UsageError(where="--lang", detail="vi | en")
    if color not in ("auto", "always", "never"):
        raise UsageError(where="--color", detail="auto | always | never")
    run.out.as_json = json_
    run.out.quiet = quiet
    run.out.color = color
    run.verbose = verbose
    run.debug = debug
    _log_to(log_file, verbose)
    return run


def _log_to(log_file: Path | None, verbose: int) -> None:
    """Logs help with debugging; they carry codes and ids, never names or contents."""
    logger = logging.getLogger("sohoa")
    logger.handlers.clear()
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    if log_file is None:
        logger.addHandler(logging.NullHandler())
        return
    try:
        handler = logging.FileHandler(log_file, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise UsageError(where=str(log_file), detail=detail) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(message)s"))
    handler.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.addHandler(handler)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        assert _current is not None
        _current.out.record("sohoa.version/1", version=version("sohoa"))
        _current.out.line(f"sohoa {version('sohoa')}")
        raise typer.Exit


def build() -> typer.Typer:
    """The whole command line."""
    top = typer.Typer(
        name="sohoa",
        cls=_Group,
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=N_(
            "Turn paper dossiers into signed, valid, migratable electronic records.\n\n"
            "Start with `sohoa demo` to see the whole job on invented dossiers."
        ),
    )

    @top.callback(cls=_Group)
    def root(
        version: Annotated[
            bool,
            typer.Option(
                "--version", callback=_version, is_eager=True, help=N_("Show the version.")
            ),
        ] = False,
        lang: Annotated[
            str | None,
            typer.Option("--lang", metavar="vi|en", help=N_("Language of messages and reports.")),
        ] = None,
        json_: Annotated[
            bool, typer.Option("--json", help=N_("Results as JSON lines, for scripts."))
        ] = False,
    ) -> None:
        pass

    for name in COMMANDS:
        import_module(f"sohoa_cli.commands.{name}").register(top)
    return top


def invoke(arguments: list[str], out: Output) -> int:
    """Parse ``arguments`` and run the command; returns its exit code.

    Raises ``UsageError`` for what the parser refuses, and whatever the command raises.
    """
    global _current
    from sohoa_cli import usage

    _current = Run(out)
    _current.out.as_json = "--json" in arguments
    program = typer.main.get_command(build())
    for parameter in program.params:  # Typer adds its own after the group is made
        parameter.help = _translated(getattr(parameter, "help", None))  # type: ignore[attr-defined]
    with usage.explained():
        result = program.main(args=arguments, prog_name="sohoa", standalone_mode=False)
    return int(result or ExitCode.DONE)
