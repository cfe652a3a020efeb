"""Messages of the ground floor: a marker for translation and the one shape of a problem.

This package stands below ``sohoa_core`` and imports nothing of it, so it carries its own
``N_`` (the same marker, found by the same gettext tools). The English template is the key of
the catalogue ``locale/vi/LC_MESSAGES/sohoa_vietnam.po``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(text: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark ``text`` for the catalogue without translating it here."""
    return text


class Severity(enum.StrEnum):
    """How grave a problem is; the same words as in ``sohoa_core.facts.Severity``.

    ``REVIEW`` asks a person to look; it is not an error.
    """

    ERROR = "error"
    WARNING = "warning"
    REVIEW = "review"
    INFO = "info"


class Checked(enum.StrEnum):
    """How sure the source of a rule is: read in the instrument, in a secondary text, or not."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, odd or worth knowing about a value.

    ``code`` is stable and dotted (``tax_code.check_digit``); ``message`` the English template
    (catalogue key) that ``args`` fill; ``basis`` cites the instrument and article, if any, and
    ``checked`` says how sure that citation is. Never holds a translated text.
    """

    code: str
    severity: Severity
    message: str
    args: Mapping[str, Any] = field(default_factory=dict, hash=False)
    basis: str | None = None
    checked: Checked = Checked.VERIFIED

    def text(self) -> str:
        """The message in English, filled; translation belongs to whoever shows it."""
        return fill(self.message, self.args)

    def __str__(self) -> str:
        return f"[{self.code}] {self.text()}"


class VietnamError(ValueError):
    """Base of the errors this package raises: a template and its arguments, picklable.

    Subclasses set ``code`` and ``message``. Arguments are plain data and never secrets.
    """

    code: str = "vietnam.invalid"
    message: str = N_("The value cannot be used: {detail}")

    def __init__(self, **args: Any) -> None:
        self.args_by_name: dict[str, Any] = args
        super().__init__(self.code)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args_by_name)

    def __str__(self) -> str:
        return f"[{self.code}] {fill(self.message, self.args_by_name)}"


def _rebuild(cls: type[VietnamError], args: dict[str, Any]) -> VietnamError:
    return cls(**args)


def fill(template: str, args: Mapping[str, Any]) -> str:
    """``template`` with its named placeholders filled; unfilled ones stay as they are."""
    try:
        return template.format_map(args)
    except (KeyError, IndexError, ValueError, AttributeError):
        return template  # a template must never hide the problem it tells of
