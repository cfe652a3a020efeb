"""Electronic agency code (mã định danh điện tử cơ quan) in its two notations: syntax only.

Old (QCVN 102:2016): ``000.00.04.G14``, 13 characters, lowest level first. New: ``G14.04``,
highest level first, width of the parts a matter of each agency's own catalogue. Which codes
exist, since when, and who succeeds whom is knowledge of ``sohoa_vietnam.agencies``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sohoa_vietnam.identifiers.result import (
    Identifier,
    Kind,
    Raw,
    clean,
    empty,
    malformed,
    repaired,
)
from sohoa_vietnam.messages import N_, Checked, Problem, Severity

_BASIS = "QCVN 102:2016; QĐ 09/2025/QĐ-TTg"
OLD = re.compile(r"(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]\d{2})", re.ASCII)
NEW = re.compile(r"([A-Z]\d{2})((?:\.\d{1,3}){0,4})", re.ASCII)
#: Meaning of the first letter (QĐ 20/2020/QĐ-TTg, QĐ 09/2025/QĐ-TTg).
LETTERS = {"G": "ministry", "H": "province", "K": "provincial_council"}
_DASHES = re.compile(r"[\s_]+")


def split_agency_code(code: str) -> dict[str, str] | None:
    """Named parts of a well-formed code, or None: notation, level1 to level5, kind of owner."""
    if match := OLD.fullmatch(code):
        levels = [match[4], *(x for x in (match[3], match[2], match[1]))]
        while len(levels) > 1 and not int(levels[-1]):
            levels.pop()
        notation = "old"
    elif match := NEW.fullmatch(code):
        levels = [match[1], *match[2].split(".")[1:]]
        notation = "new"
    else:
        return None
    parts = {"notation": notation}
    parts.update({f"level{i}": level for i, level in enumerate(levels, start=1)})
    if levels[0][0] in LETTERS:
        parts["owner"] = LETTERS[levels[0][0]]
    return parts


def new_notation_candidates(code: str) -> tuple[str, ...]:
    """What an old code may be in the new notation: the width of its parts is not fixed.

    Proposals only; the official catalogue decides. A code already new is its own candidate.
    """
    match = OLD.fullmatch(code)
    if match is None:
        return (code,) if NEW.fullmatch(code) else ()
    levels = [match[3], match[2], match[1]]
    while levels and not int(levels[-1]):
        levels.pop()
    kept = ".".join([match[4], *levels])
    short = ".".join([match[4], *(str(int(x)) for x in levels)])
    return (kept,) if kept == short else (kept, short)


def read_agency_code(raw: Raw) -> Identifier:
    """Read an agency code of either notation; ``value`` keeps the notation it came in."""
    kind = Kind.AGENCY_CODE
    cleaned = clean(raw, kind)
    if (nothing := empty(kind, cleaned)) is not None:
        return nothing
    compact = _DASHES.sub("", cleaned.text).upper()
    parts = split_agency_code(compact)
    if parts is None:
        message = N_("“{found}” has not the form of an agency code (000.00.00.H49 or H49.50.05).")
        problem = malformed(kind, message, compact, basis=_BASIS, checked=Checked.VERIFIED)
        fixes = repaired(
            compact, lambda v: split_agency_code(v) is not None, _digit_places(compact)
        )
        return Identifier(
            kind, cleaned.raw, compact, problems=(*cleaned.problems, problem), repairs=fixes
        )
    problems = list(cleaned.problems)
    if "owner" not in parts:
        problems.append(
            Problem(
                f"{kind}.letter",
                Severity.WARNING,
                N_("Agency codes known today begin with G, H or K, not {letter}."),
                {"letter": parts["level1"][0]},
                _BASIS,
                Checked.SECONDARY,
            )
        )
    return Identifier(kind, cleaned.raw, compact, parts, tuple(problems))


def _digit_places(text: str) -> Callable[[int], bool]:
    """Where digits belong: everywhere but at the letter, which ends the old and begins the new."""
    letter_at = text.rfind(".") + 1 if text[:1].isdigit() or text[:1] in "OolI" else 0
    return lambda i: i != letter_at
