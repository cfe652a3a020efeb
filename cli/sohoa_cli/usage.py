"""What the parser refuses, said in our words and both languages."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import typer

from sohoa_core.errors import UsageError
from sohoa_core.i18n import N_


class NoSuchOption(UsageError):
    code = "usage.option"
    what = N_("There is no option {name} here. {hint}")


class NoSuchCommand(UsageError):
    code = "usage.command"
    what = N_("There is no such command: {name}")
    todo = N_("`sohoa --help` lists the commands.")


class MissingArgument(UsageError):
    code = "usage.missing"
    what = N_("Something is missing on the command line: {name}")


class BadValue(UsageError):
    code = "usage.value"
    what = N_("The value given for {name} cannot be used: {detail}")


class UnexpectedArgument(UsageError):
    code = "usage.unexpected"
    what = N_("The command line holds something that does not belong there: {detail}")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn the parser's exceptions into usage errors (by name: its classes are private)."""
    try:
        yield
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        kinds = [cls.__name__ for cls in type(error).__mro__]
        if "ClickException" not in kinds:
            raise
        if "NoArgsIsHelpError" in kinds:
            return
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else None
        parameter = getattr(error, "param", None)
        name = parameter.name if parameter is not None else ""
        if parameter is not None and getattr(parameter, "opts", None):
            name = max(parameter.opts, key=len)
        if "NoSuchOption" in kinds:
            near = ", ".join(getattr(error, "possibilities", None) or ())
            raise NoSuchOption(
                where=where,
                name=getattr(error, "option_name", ""),
                hint=f"({near}?)" if near else "",
            ) from error
        if "MissingParameter" in kinds:
            raise MissingArgument(where=where, name=name) from error
        text = error.format_message()  # type: ignore[attr-defined]
        if "BadParameter" in kinds:
            raise BadValue(where=where, name=name, detail=text) from error
        if text.startswith("No such command"):
            raise NoSuchCommand(
                where=where, name=text.split("'")[1] if "'" in text else ""
            ) from error
        raise UnexpectedArgument(where=where, detail=text) from error
