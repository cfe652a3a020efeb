"""The error hierarchy and the exit codes; the manual promises both.

::

    SohoaError                 1  bug, or an error nobody classified
    ├── UsageError             2  the command line makes no sense
    ├── PartialFailure         3  finished, some inputs failed
    ├── SchemaBroken           4  records break the procedure schema
    ├── SignatureInvalid       5  a signature is invalid
    ├── Undecided              6  trust or revocation cannot be decided
    ├── NotSigned              7  no signature
    ├── MissingTool            8  a tool, model or token is missing
    ├── ConfigError            9  bad configuration
    ├── InputUnreadable       10  an input cannot be read
    ├── SafetyRefusal         11  refused for safety
    ├── StoreError            12  the store or an archive lost its integrity
    └── Interrupted          130  stopped by the user

An error says *what* happened, *where*, *why* it matters and *what to do*, each a message
template (English, the key of the catalogues) filled from keyword arguments. Concrete errors
are small subclasses with a stable ``code`` such as ``input.encrypted``; every room defines
its own beside its work. Errors survive the trip back from a worker process.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, ClassVar

from sohoa_core.i18n import N_, translate


class ExitCode(enum.IntEnum):
    """What the process returns to the script that called it (design, section 8)."""

    DONE = 0
    BUG = 1
    USAGE = 2
    SOME_FAILED = 3
    SCHEMA_BROKEN = 4
    SIGNATURE_INVALID = 5
    UNDECIDED = 6
    NOT_SIGNED = 7
    MISSING_TOOL = 8
    BAD_CONFIG = 9
    UNREADABLE_INPUT = 10
    REFUSED = 11
    STORE = 12
    INTERRUPTED = 130


#: From harmless to grave: a batch returns the code that stands furthest right.
SEVERITY: tuple[ExitCode, ...] = (
    ExitCode.DONE,
    ExitCode.SOME_FAILED,
    ExitCode.NOT_SIGNED,
    ExitCode.UNDECIDED,
    ExitCode.SCHEMA_BROKEN,
    ExitCode.SIGNATURE_INVALID,
    ExitCode.UNREADABLE_INPUT,
    ExitCode.REFUSED,
    ExitCode.USAGE,
    ExitCode.BAD_CONFIG,
    ExitCode.MISSING_TOOL,
    ExitCode.STORE,
    ExitCode.INTERRUPTED,
    ExitCode.BUG,
)


#: Arguments that may be our own words (marked with ``N_``) and are then translated too.
_WORDS = ("detail", "remedy", "tool")


def most_serious(codes: Iterator[ExitCode] | list[ExitCode]) -> ExitCode:
    """The gravest of ``codes``; ``DONE`` when there are none."""
    return max(codes, key=SEVERITY.index, default=ExitCode.DONE)


class SohoaError(Exception):
    """Base of every error that sohoa raises on purpose.

    Keyword arguments fill the templates; ``where`` names the file, row, setting or address
    that the error is about. Arguments must be plain data (they are stored and pickled) and
    must never be secrets or personal data.
    """

    code: ClassVar[str] = "internal.unclassified"
    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    #: Met on one item, it would meet every other: the batch stops and resumes when it is cured.
    stops_batch: ClassVar[bool] = False
    what: ClassVar[str] = N_("Something went wrong that sohoa did not foresee: {detail}")
    why: ClassVar[str] = ""
    todo: ClassVar[str] = N_("Run the command again with --debug and report what it prints.")

    def __init__(self, *, where: str | None = None, **args: Any) -> None:
        self.where = where
        self.args_by_name: dict[str, Any] = args
        super().__init__(self.code)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.where, self.args_by_name)

    def _fill(self, template: str, lang: str | None) -> str:
        if not template:
            return ""
        args = {
            name: translate(value, lang) if name in _WORDS and isinstance(value, str) else value
            for name, value in self.args_by_name.items()
        }
        try:
            return translate(template, lang).format(**{"detail": "", **args})
        except (KeyError, IndexError, ValueError):  # a template must never hide its error
            return translate(template, lang)

    def message(self, lang: str | None = None) -> str:
        """What happened, in ``lang`` (``vi`` or ``en``; the active language by default)."""
        return self._fill(self.what, lang)

    def reason(self, lang: str | None = None) -> str:
        """Why that matters; may be empty."""
        return self._fill(self.why, lang)

    def remedy(self, lang: str | None = None) -> str:
        """What to do about it."""
        return self._fill(self.todo, lang)

    def to_dict(self) -> dict[str, Any]:
        """The language-free form that goes into JSON, the journal and the records."""
        return {
            "code": self.code,
            "exit_code": int(self.exit_code),
            "where": self.where,
            "args": self.args_by_name,
            "message": self.message("en"),
        }

    def __str__(self) -> str:
        text = self.message("en")
        return f"[{self.code}] {self.where}: {text}" if self.where else f"[{self.code}] {text}"


def _rebuild(cls: type[SohoaError], where: str | None, args: dict[str, Any]) -> SohoaError:
    return cls(where=where, **args)


class UsageError(SohoaError):
    """The command line contradicts itself or names something that is not there."""

    code = "usage.invalid"
    exit_code = ExitCode.USAGE
    what = N_("The command cannot be carried out as given: {detail}")
    todo = N_("See the command's --help.")


class PartialFailure(SohoaError):
    """The batch went to its end, but some inputs failed."""

    code = "batch.some_failed"
    exit_code = ExitCode.SOME_FAILED
    what = N_("{failed} of {total} inputs failed.")
    todo = N_("`sohoa status` lists them with the reason for each.")


class SchemaBroken(SohoaError):
    """Records break the procedure schema."""

    code = "validate.errors"
    exit_code = ExitCode.SCHEMA_BROKEN
    what = N_("{count} dossiers break their procedure's schema.")
    todo = N_("Read the findings, complete the dossiers and validate again.")


class SignatureInvalid(SohoaError):
    """A signature does not hold."""

    code = "signature.invalid"
    exit_code = ExitCode.SIGNATURE_INVALID
    what = N_("A signature is not valid: {detail}")
    todo = N_("Do not rely on this file. Ask the issuing agency for an intact one.")


class Undecided(SohoaError):
    """Trust or revocation cannot be decided from what is at hand."""

    code = "signature.undecided"
    exit_code = ExitCode.UNDECIDED
    what = N_("It cannot be decided whether the signature holds: {detail}")
    todo = N_("Give the trust anchors or revocation data that are missing.")


class NotSigned(SohoaError):
    """There is no signature to judge."""

    code = "signature.none"
    exit_code = ExitCode.NOT_SIGNED
    what = N_("The file carries no digital signature.")
    todo = N_("A picture of a signature or seal has no legal force; ask for the signed file.")


class MissingTool(SohoaError):
    """A program, model, library or token that the work needs is not there."""

    code = "tool.missing"
    exit_code = ExitCode.MISSING_TOOL
    what = N_("{tool} is needed and was not found.")
    todo = N_("Install it ({remedy}), then run `sohoa doctor`.")


class ConfigError(SohoaError):
    """A setting is unknown, malformed or contradicts another."""

    code = "config.invalid"
    exit_code = ExitCode.BAD_CONFIG
    what = N_("The configuration is not valid: {detail}")
    todo = N_("`sohoa config show` tells where each value came from.")


class InputUnreadable(SohoaError):
    """One input cannot be read; the batch goes on."""

    code = "input.unreadable"
    exit_code = ExitCode.UNREADABLE_INPUT
    what = N_("The file cannot be read: {detail}")
    why = N_("A file that cannot be read in full must not become a record.")
    todo = N_("Open it in another program; if that fails too, scan the paper again.")


class SafetyRefusal(SohoaError):
    """Carrying on would break a promise: a limit, a path outside the folder, an overwrite."""

    code = "safety.refused"
    exit_code = ExitCode.REFUSED
    what = N_("Refused for safety: {detail}")
    todo = N_("Change the request; nothing was written.")


class StoreError(SohoaError):
    """The records, the vault or the journal are damaged, full or out of reach.

    Stops a batch at once: going on would risk what is finished.
    """

    code = "store.error"
    exit_code = ExitCode.STORE
    stops_batch = True
    what = N_("The store cannot be used: {detail}")
    why = N_("Going on could lose finished work, so everything stopped here.")
    todo = N_("Repair the cause and run the same command again; it resumes where it stopped.")


class Interrupted(SohoaError):
    """The user stopped the program."""

    code = "run.interrupted"
    exit_code = ExitCode.INTERRUPTED
    what = N_("Stopped on request.")
    todo = N_("Run the same command again; it resumes where it stopped.")


# --- Errors that more than one room needs ---------------------------------------------------


class InputMissing(InputUnreadable):
    code = "input.missing"
    what = N_("The file or folder does not exist.")
    why = ""
    todo = N_("Check the path.")


class InputEmpty(InputUnreadable):
    code = "input.empty"
    what = N_("The file is empty (0 bytes).")
    todo = N_("Scan or copy it again.")


class InputEncrypted(InputUnreadable):
    code = "input.encrypted"
    what = N_("The file is protected by a password.")
    todo = N_("Remove the protection in the program that made it, or scan the paper.")


class InputWrongType(InputUnreadable):
    code = "input.wrong_type"
    what = N_("The content ({found}) is not what the name says ({expected}).")
    todo = N_("Give the file its right extension, or export it again.")


class InputUnsupported(InputUnreadable):
    code = "input.unsupported"
    what = N_("This kind of file is not supported: {found}")
    todo = N_("Supported: JPEG, PNG, TIFF, JPEG 2000, WebP, PDF and ZIP.")


class InputTooLarge(SafetyRefusal):
    code = "input.too_large"
    what = N_("The file passes a safety limit: {limit} is {value}, at most {allowed} is allowed.")
    todo = N_("If the file is genuine, raise the limit in sohoa.toml under [limits].")


class ItemTimeout(SafetyRefusal):
    code = "item.timeout"
    what = N_("The item took longer than {seconds} seconds and was stopped.")
    todo = N_("If the file is genuine, raise limits.item_seconds in sohoa.toml.")


class ItemOutOfMemory(SafetyRefusal):
    code = "item.memory"
    what = N_("The item needed more than {megabytes} MB of memory and was stopped.")
    todo = N_("If the file is genuine, raise limits.item_megabytes in sohoa.toml.")


class WorkerDied(SohoaError):
    code = "item.worker_died"
    exit_code = ExitCode.UNREADABLE_INPUT
    what = N_("The worker process died on this item ({detail}).")
    why = N_("A library crashed on this input; the other items are not affected.")
    todo = N_("Keep the file: it may be damaged or hostile. Report it if it opens elsewhere.")


def all_errors() -> list[type[SohoaError]]:
    """Every error class defined so far, in order of code: for the manual and its test."""
    found: dict[str, type[SohoaError]] = {}
    queue: list[type[SohoaError]] = [SohoaError]
    while queue:
        cls = queue.pop()
        found.setdefault(cls.code, cls)
        queue.extend(cls.__subclasses__())
    return [found[code] for code in sorted(found)]
