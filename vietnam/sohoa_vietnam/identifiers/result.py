"""The one shape in which every identifier is answered, and the cleaning all kinds share."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sohoa_vietnam.confusion import Repair, repairs
from sohoa_vietnam.messages import N_, Checked, Problem, Severity
from sohoa_vietnam.text import nfc, strip_controls

#: What a reader may be given: text, or the number a spreadsheet made of it.
Raw = str | int | float
_MAX = 200  # longer than any identifier; hostile input is cut here before any pattern runs


class Kind(enum.StrEnum):
    """The kinds of identifiers known here; the value is the key in JSON and records."""

    PERSONAL = "personal_identifier"
    CMND = "cmnd"
    TAX_CODE = "tax_code"
    SOCIAL_INSURANCE = "social_insurance"
    HEALTH_CARD = "health_card"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"
    LAND_CERTIFICATE = "land_certificate"
    DOSSIER_CODE = "dossier_code"
    PROCEDURE_CODE = "procedure_code"
    PAPER_CODE = "paper_code"
    FIELD_CODE = "field_code"
    AGENCY_CODE = "agency_code"
    CARD_QR = "card_qr"
    DOCUMENT_NUMBER = "document_number"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier as read.

    ``raw`` is kept exactly; ``value`` is the normalized form, or the best that can be made of a
    wrong one; ``parts`` its named parts; ``repairs`` what it may have been before one error of
    recognition or of a spreadsheet, each of them well formed. A repair is never applied here.
    """

    kind: Kind
    raw: str
    value: str
    parts: Mapping[str, str] = field(default_factory=dict, hash=False)
    problems: tuple[Problem, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing stands against it: warnings and reviews do not count."""
        return not any(p.severity is Severity.ERROR for p in self.problems)

    @property
    def doubtful(self) -> bool:
        """Whether a person should look: any problem graver than information."""
        return any(p.severity is not Severity.INFO for p in self.problems)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Input made fit for matching: ``text`` (NFC, ASCII digits, trimmed), what was noticed."""

    raw: str
    text: str
    numeric: bool
    problems: tuple[Problem, ...]


_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_DECIMAL_ZERO = re.compile(r"(\d+)[.,]0")


def _unify(text: str, kind: Kind, problems: list[Problem]) -> str:
    """Without invisible characters, digits of any script and full-width forms as ASCII."""
    stripped = strip_controls(text, soft_hyphens=True)
    if stripped.removed:
        names = sorted({r.name for r in stripped.removed})
        problems.append(
            Problem(
                f"{kind}.invisible",
                Severity.INFO,
                N_("Invisible characters were left out: {names}."),
                {"names": ", ".join(names)},
            )
        )
    out = []
    for c in nfc(stripped.text):
        if c.isdecimal():
            out.append(str(unicodedata.decimal(c)))
        else:
            out.append(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c)
    return "".join(out).strip()


def clean(raw: Raw, kind: Kind, *, numeric: bool = False) -> Cleaned:
    """Bring ``raw`` into matching form; never raises.

    ``numeric`` says that a spreadsheet or database stored the value as a number, so leading
    zeros may be gone; a number given as such says it by itself.
    """
    problems: list[Problem] = []
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
        raw = str(raw)
    if isinstance(raw, float):
        numeric = True
        shown = str(raw)
        if raw == raw and abs(raw) < 1e15 and raw == int(raw):
            text = str(int(raw))
        else:
            text = shown
    elif isinstance(raw, int):
        numeric, shown = True, (str(raw) if abs(raw) < 10**60 else "")
        text = shown
    else:
        shown, text = raw, raw
    if len(text) > _MAX:
        text = text[:_MAX]
        problems.append(
            Problem(
                f"{kind}.too_long",
                Severity.ERROR,
                N_("The value is longer than {limit} characters."),
                {"limit": _MAX},
            )
        )
    if text.isascii() and text.isprintable():
        text = text.strip()
    else:
        text = _unify(text, kind, problems)
    # A spreadsheet's text export marks a number kept as text with an apostrophe.
    if text[:1] in ("'", "’") and text[1:2].isdigit():
        text = text[1:]
    if _SCIENTIFIC.fullmatch(text):
        problems.append(
            Problem(
                f"{kind}.scientific",
                Severity.ERROR,
                N_("A spreadsheet stored the number in scientific notation; digits are lost."),
            )
        )
    elif numeric and (whole := _DECIMAL_ZERO.fullmatch(text)):
        text = whole[1]
    return Cleaned(shown, text, numeric, tuple(problems))


_SEPARATORS = re.compile(r"[\s.\-–—_]")


def digits_only(text: str) -> str:
    """``text`` without the spaces, dots and dashes people group digits with."""
    return _SEPARATORS.sub("", text)


def malformed(
    kind: Kind,
    message: str,
    found: str,
    *,
    basis: str | None = None,
    checked: Checked = Checked.SECONDARY,
) -> Problem:
    """The error that a value has not the form of its kind."""
    return Problem(f"{kind}.form", Severity.ERROR, message, {"found": found}, basis, checked)


def empty(kind: Kind, cleaned: Cleaned) -> Identifier | None:
    """The answer for an empty value, or None when there is something to read."""
    if cleaned.text:
        return None
    problem = Problem(f"{kind}.empty", Severity.ERROR, N_("There is no value."))
    return Identifier(kind, cleaned.raw, "", problems=(*cleaned.problems, problem))


def fixed_digits(
    kind: Kind,
    raw: Raw,
    length: int,
    message: str,
    *,
    numeric: bool = False,
    basis: str | None = None,
    checked: Checked = Checked.SECONDARY,
    zeros: int = 2,
) -> Identifier:
    """Read an identifier of exactly ``length`` digits, the common ground of several kinds.

    Up to ``zeros`` leading zeros are put back when the value was stored as a number: that is a
    spreadsheet's doing and flagged for review. The same shortfall in a text is an error with a
    repair.
    """
    cleaned = clean(raw, kind, numeric=numeric)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    problems = list(cleaned.problems)
    compact = digits_only(cleaned.text)

    def fits(value: str) -> bool:
        return len(value) == length and value.isascii() and value.isdigit()

    if fits(compact):
        return Identifier(kind, cleaned.raw, compact, problems=tuple(problems))
    missing = length - len(compact)
    if compact.isascii() and compact.isdigit() and 0 < missing <= zeros:
        padded = "0" * missing + compact
        if cleaned.numeric:
            problems.append(zeros_restored(kind, missing))
            return Identifier(kind, cleaned.raw, padded, problems=tuple(problems))
        problems.append(malformed(kind, message, compact, basis=basis, checked=checked))
        repair = Repair(padded, 0.3, (f"∅→{'0' * missing}@0",))
        return Identifier(kind, cleaned.raw, compact, problems=tuple(problems), repairs=(repair,))
    problems.append(malformed(kind, message, compact, basis=basis, checked=checked))
    return Identifier(
        kind, cleaned.raw, compact, problems=tuple(problems), repairs=repairs(compact, fits)
    )


def zeros_restored(kind: Kind, count: int) -> Problem:
    """The note that leading zeros a spreadsheet had dropped were put back."""
    return Problem(
        f"{kind}.leading_zeros",
        Severity.REVIEW,
        N_("Leading zeros put back: {count}; the value had been stored as a number."),
        {"count": count},
    )


def repaired(
    text: str, valid: Callable[[str], bool], digits: Callable[[int], bool] | None = None
) -> tuple[Repair, ...]:
    """Repairs of a value with letters and digits; see :func:`sohoa_vietnam.confusion.repairs`."""
    return repairs(text, valid, digits=digits or (lambda _: False))
