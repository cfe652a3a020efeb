"""Dates in every form Vietnamese papers print, with the precision they really have.

``ngày 05 tháng 01 năm 2020``, ``05/01/2020``, ``2020-01-05``, ``05012020``, ``tháng 3/1980``,
``1980``, ``ngày mùng năm tháng một năm hai nghìn không trăm hai mươi``, and what recognition
makes of them (``ngàv O5 tháne 0l nám 2O20``). The result is ``{value, precision, raw}``: a date
known to the month stays so, day 01 is never invented. Impossible dates are problems, with the
possible ones that differ by one confusion as alternatives.
"""

from __future__ import annotations

import datetime
import enum
import re
from dataclasses import dataclass
from functools import lru_cache

from sohoa_vietnam.confusion import digits_for, repairs
from sohoa_vietnam.messages import N_, Checked, Problem, Severity
from sohoa_vietnam.numerals import number_to_words, parse_number
from sohoa_vietnam.text import match_key, nfc, plain


class Precision(enum.StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as it is known.

    ``value`` is ISO 8601 of that precision (``2020-01-05``, ``2020-01``, ``2020``), or empty
    when nothing certain can be said; then ``alternatives`` hold what it may be.
    """

    value: str
    precision: Precision
    raw: str
    problems: tuple[Problem, ...] = ()
    alternatives: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether there is a value and nothing stands against it."""
        return bool(self.value) and all(p.severity is not Severity.ERROR for p in self.problems)

    def span(self) -> tuple[datetime.date, datetime.date] | None:
        """First and last day the date may be; for comparisons, never for storing."""
        if not self.value:
            return None
        year, month, day = (*map(int, self.value.split("-")), 0, 0)[:3]
        if day:
            exact = datetime.date(year, month, day)
            return exact, exact
        first = datetime.date(year, month or 1, 1)
        if not month or month == 12:
            return first, datetime.date(year, 12, 31)
        return first, datetime.date(year, month + 1, 1) - datetime.timedelta(days=1)

    def may_equal(self, other: PartialDate) -> bool:
        """Whether both may be the same day: ``1980`` and ``1980-05-03`` may."""
        a, b = self.span(), other.span()
        return a is not None and b is not None and a[0] <= b[1] and b[0] <= a[1]


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date inside a text: characters ``start`` to ``end`` of the NFC form of that text."""

    start: int
    end: int
    date: PartialDate


_FIRST_YEAR, _LAST_YEAR = 1800, 2199

# Labels with the letters recognition makes of them.
_DAY = r"ng[aàáảãạâăäå][yvỵỳýỷỹ]"
_MONTH = r"th[aàáảãạâăäå]n[gqe9]"
_YEAR = r"n[aàáảãạâăắằẳẵặäåÃ](?:m|rn|n\b)"
_D = r"[0-9OoQDlI|!SsBZzgGbq]"
# Bounded: leaders of dots may be long, and two gaps beside an empty day would cost the square.
_GAP = r"[\s.,…:_\-/]{0,60}"
_FRAME = re.compile(
    rf"(?:{_DAY}{_GAP}(?P<day>{_D}{{1,2}})?{_GAP})?{_MONTH}{_GAP}(?P<month>{_D}{{1,2}})?{_GAP}"
    rf"(?:{_YEAR}{_GAP}|(?<=[/\-.\s]))(?P<year>{_D}(?:\s?{_D}){{3}})(?![0-9])",
    re.IGNORECASE,
)
_WORDS = re.compile(
    rf"{_DAY}\s+(?P<day>(?:m[ùồ]ng\s+)?[^\W_]+(?:\s+[^\W_]+){{0,2}}?)\s+{_MONTH}\s+"
    rf"(?P<month>[^\W_]+(?:\s+[^\W_]+)??)\s*,?\s+{_YEAR}\s+"
    r"(?P<year>[^\W_]+(?:\s+[^\W_]+){0,9})",
    re.IGNORECASE,
)
_SEP = r"\s?[/.\-–—]\s?"
_NUMERIC = re.compile(
    rf"(?<![0-9/.\-])(?P<a>{_D}{{1,2}}){_SEP}(?P<b>{_D}{{1,2}}){_SEP}(?P<c>{_D}{{4}}|[0-9]{{2}})(?![0-9]|[/.\-][0-9])"
)
_ISO = re.compile(
    r"(?<![0-9/.\-])(?P<year>[0-9]{4})[/.\-](?P<month>[0-9]{1,2})[/.\-](?P<day>[0-9]{1,2})"
    r"(?:[T\s][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?(?![0-9])"
)
# Not before a letter after the slash: 01/2023/TT-VPCP is a circular, not January.
_MONTH_YEAR = re.compile(
    rf"(?<![0-9/.\-])(?:{_MONTH}\s*)?(?P<month>[0-9Ool]{{1,2}}){_SEP}(?P<year>[0-9]{{4}})"
    r"(?![0-9]|[/.\-][^\W_])",
    re.IGNORECASE,
)
_YEAR_ONLY = re.compile(rf"(?:(?:{_YEAR}|sinh)\s*)?(?P<year>[0-9]{{4}})", re.IGNORECASE)
_YEAR_LABELLED = re.compile(rf"\b{_YEAR}\s+(?P<year>[0-9]{{4}})(?![0-9/])", re.IGNORECASE)
_COMPACT = re.compile(r"[0-9]{8}(?:[0-9]{6}(?:[0-9]{3})?)?")
_MONTH_LABEL = re.compile(_MONTH, re.IGNORECASE)
_LUNAR = re.compile(r"âm\s*lịch|\bâl\b|\(\s*âm\s*\)|\bnhuận\b", re.IGNORECASE)
_SERIAL = re.compile(r"[2-6][0-9]{4}(?:[.,][0-9]+)?")


def _problem(code: str, severity: Severity, message: str, **args: str) -> Problem:
    return Problem(f"date.{code}", severity, message, args)


def _as_digits(text: str) -> tuple[str, bool]:
    """``text`` with letters taken for the digits they resemble; whether any were."""
    compact = "".join(text.split())
    out = "".join(c if "0" <= c <= "9" else (digits_for(c) or (("", 1.0),))[0][0] for c in compact)
    return out, out != compact


def _possible(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return _FIRST_YEAR <= year <= _LAST_YEAR


def _alternatives(year: str, month: str, day: str) -> tuple[str, ...]:
    """Real dates one confused digit away, and the one with month and day exchanged."""

    def valid(text: str) -> bool:
        return (
            len(text) == 8
            and text.isascii()
            and text.isdigit()
            and _possible(int(text[:4]), int(text[4:6]), int(text[6:]))
        )

    compact = f"{year}{month.zfill(2)}{day.zfill(2)}"
    found = [r.value for r in repairs(compact, valid, count=5)]
    exchanged = f"{year}{day.zfill(2)}{month.zfill(2)}"
    if valid(exchanged):
        found.insert(0, exchanged)
    return tuple(dict.fromkeys(f"{v[:4]}-{v[4:6]}-{v[6:]}" for v in found))


def _build(raw: str, year: str, month: str, day: str, *notes: Problem) -> PartialDate:
    """From digit strings, ``""`` for what is not there; 00 stands for unknown."""
    problems = list(notes)
    if day and not int(day):
        day = ""
        problems.append(
            _problem("zero_part", Severity.INFO, N_("00 in a date was read as unknown."))
        )
    if month and not int(month):
        month, day = "", ""
        if not any(p.code == "date.zero_part" for p in problems):
            problems.append(
                _problem("zero_part", Severity.INFO, N_("00 in a date was read as unknown."))
            )
    precision = Precision.DAY if day and month else Precision.MONTH if month else Precision.YEAR
    if not int(year):
        message = N_("“{raw}” is a zero date: there is no date.")
        problems.append(_problem("zero", Severity.ERROR, message, raw=raw))
        return PartialDate("", precision, raw, tuple(problems))
    shown = int(year), int(month or 1), int(day or 1)
    if not _possible(*shown):
        if not _FIRST_YEAR <= shown[0] <= _LAST_YEAR:
            message = N_("The year {year} is outside {first} to {last}.")
            problems.append(
                _problem(
                    "year_range",
                    Severity.ERROR,
                    message,
                    year=year,
                    first=str(_FIRST_YEAR),
                    last=str(_LAST_YEAR),
                )
            )
        else:
            message = N_("“{raw}” is no day of the calendar.")
            problems.append(_problem("impossible", Severity.ERROR, message, raw=raw))
        options = _alternatives(year, month, day) if day and month else ()
        return PartialDate("", precision, raw, tuple(problems), options)
    if day and shown in ((1900, 1, 1), (1899, 12, 30), (1899, 12, 31), (1970, 1, 1), (1800, 1, 1)):
        message = N_("{value} is what programs write for an unknown date.")
        value = datetime.date(*shown).isoformat()
        problems.append(_problem("placeholder", Severity.WARNING, message, value=value))
    value = f"{shown[0]:04d}"
    if month:
        value += f"-{shown[1]:02d}"
        if day:
            value += f"-{shown[2]:02d}"
    return PartialDate(value, precision, raw, tuple(problems))


def _letters_note(raw: str) -> Problem:
    message = N_("Letters in “{raw}” were taken for digits.")
    return _problem("letters", Severity.REVIEW, message, raw=raw)


def _from_frame(match: re.Match[str]) -> PartialDate:
    raw = match.group()
    notes: list[Problem] = []
    read: dict[str, str] = {}
    for name in ("day", "month", "year"):
        read[name], changed = _as_digits(match[name] or "")
        if changed and not any(n.code == "date.letters" for n in notes):
            notes.append(_letters_note(raw))
    has_day_label = re.match(_DAY, raw, re.IGNORECASE) is not None
    if not read["month"] or (has_day_label and not read["day"]):
        message = N_("The day or month in “{raw}” was left blank.")
        notes.append(_problem("blank", Severity.REVIEW, message, raw=raw))
    day = read["day"] if read["month"] else ""
    return _build(raw, read["year"], read["month"], day, *notes)


_SPECIAL_MONTHS = {"giêng": 1, "chạp": 12}


def _word_number(text: str) -> int | None:
    text = re.sub(r"^\s*m[ùồ]ng\s+", "", text, flags=re.IGNORECASE)
    if text.isascii() and text.isdigit():
        return int(text[:8])
    number = parse_number(text)
    return number.integer if number is not None else None


@lru_cache(maxsize=4096)
def _word_year(words: tuple[str, ...]) -> tuple[int, int] | None:
    """(year, words used) of the longest beginning that is a year."""
    for count in range(len(words), 0, -1):
        text = " ".join(words[:count])
        value = _word_number(text)
        if value is None and count == 4:  # một chín chín lăm
            digits = [_word_number(w) for w in words[:4]]
            if all(d is not None and d < 10 for d in digits):
                value = int("".join(map(str, digits)))
        if value is not None and 1000 <= value <= 9999:
            return value, count
    return None


def _from_words(match: re.Match[str]) -> tuple[PartialDate, int] | None:
    day = _word_number(match["day"])
    special = {match_key(k): v for k, v in _SPECIAL_MONTHS.items()}
    month = special.get(match_key(match["month"])) or _word_number(match["month"])
    words = tuple(re.findall(r"\S+", match["year"]))
    year = _word_year(words)
    if day is None or month is None or year is None:
        return None
    end = match.start("year")
    for word in words[: year[1]]:
        end = match.string.index(word, end) + len(word)
    raw = match.string[match.start() : end]
    return _build(raw, str(year[0]), str(month), str(day)), end


def _from_numeric(match: re.Match[str]) -> PartialDate | None:
    raw = match.group()
    # Letters alone are no date, however much they look like one.
    if sum("0" <= c <= "9" for c in raw) < 4:
        return None
    (day, x), (month, y), (year, z) = (_as_digits(match[k]) for k in "abc")
    notes = [_letters_note(raw)] if x or y or z else []
    if not (day and month and len(year) in (2, 4)):
        return None
    if len(year) == 4:
        return _build(raw, year, month, day, *notes)
    options = tuple(
        f"{century}{year}-{month.zfill(2)}-{day.zfill(2)}"
        for century in ("20", "19")
        if _possible(int(century + year), int(month), int(day))
    )
    if options:
        message = N_("The century of “{raw}” is not said.")
        notes.append(_problem("century", Severity.REVIEW, message, raw=raw))
    else:
        message = N_("“{raw}” is no day of the calendar.")
        notes.append(_problem("impossible", Severity.ERROR, message, raw=raw))
    return PartialDate("", Precision.DAY, raw, tuple(notes), options)


def _compact(text: str) -> PartialDate | None:
    """``ddmmyyyy`` (police, QR) or ``yyyymmdd`` and longer (portals); both possible: a question."""
    readings = {}
    if len(text) == 8:
        readings["dmy"] = (text[4:], text[2:4], text[:2])
    readings["ymd"] = (text[:4], text[4:6], text[6:8])
    fits = {k: v for k, v in readings.items() if _possible(*map(int, v))}
    if len(fits) == 1:
        return _build(text, *next(iter(fits.values())))
    if len(fits) == 2:
        options = tuple("-".join(v) for v in fits.values())
        message = N_("“{raw}” can be read day first or year first.")
        note = _problem("order", Severity.REVIEW, message, raw=text)
        return PartialDate("", Precision.DAY, text, (note,), options)
    return _build(text, *readings["dmy"]) if len(text) == 8 else None


def parse_date(value: str | int | float | datetime.date) -> PartialDate | None:
    """Read a field that should hold one date; None when nothing in it looks like one.

    Numbers and five-digit strings are taken for what spreadsheets make of dates: the day they
    stand for is offered as an alternative, not as the value. Lunar dates are kept verbatim.
    """
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return PartialDate(value.isoformat(), Precision.DAY, value.isoformat())
    raw = str(value)
    text = nfc(raw[:300]).strip(" \t\r\n\xa0.,;:'\"")
    if not text:
        return None
    if _LUNAR.search(text):
        message = N_("“{raw}” is a date of the lunar calendar; it is kept as it is.")
        note = Problem(
            "date.lunar", Severity.REVIEW, message, {"raw": raw}, checked=Checked.UNVERIFIED
        )
        return PartialDate("", Precision.DAY, raw, (note,))
    if _COMPACT.fullmatch(text):
        found = _compact(text)
    elif _SERIAL.fullmatch(text):
        found = _serial(text)
    elif year := _YEAR_ONLY.fullmatch(text):
        found = _build(text, year["year"], "", "")
    else:
        dates = find_dates(text)
        found = dates[0].date if dates else None
        if len(dates) > 1:
            message = N_("There are {count} dates in “{raw}”; the first was taken.")
            note = _problem("several", Severity.REVIEW, message, count=str(len(dates)), raw=text)
            first = dates[0].date
            found = PartialDate(
                first.value,
                first.precision,
                raw,
                (*first.problems, note),
                (*first.alternatives, *(d.date.value for d in dates[1:] if d.date.value)),
            )
    if found is None:
        return None
    problems = found.problems
    if found.precision is Precision.YEAR and not problems and _MONTH_LABEL.search(text):
        message = N_("The day and month in “{raw}” could not be read.")
        problems = (_problem("unread", Severity.REVIEW, message, raw=raw),)
    return PartialDate(found.value, found.precision, raw, problems, found.alternatives)


def _serial(text: str) -> PartialDate:
    days = int(float(text.replace(",", ".")))
    day = datetime.date(1899, 12, 30) + datetime.timedelta(days=days)
    message = N_("“{raw}” may be a spreadsheet's number for {value}.")
    note = _problem("serial", Severity.REVIEW, message, raw=text, value=day.isoformat())
    return PartialDate("", Precision.DAY, text, (note,), (day.isoformat(),))


def find_dates(text: str) -> list[FoundDate]:
    """All dates in a running text, in order, overlapping readings resolved for the fullest.

    Years and months alone are found only with their label (``năm 1980``) or as ``03/1980``.
    """
    text = nfc(text)
    found: list[FoundDate] = []
    taken: list[tuple[int, int]] = []

    def offer(start: int, end: int, date: PartialDate | None) -> None:
        if date is not None and all(end <= s or start >= e for s, e in taken):
            taken.append((start, end))
            found.append(FoundDate(start, end, date))

    for match in _FRAME.finditer(text):
        offer(match.start(), match.end(), _from_frame(match))
    for match in _WORDS.finditer(text):
        words = _from_words(match)
        if words is not None:
            offer(match.start(), words[1], words[0])
    for match in _ISO.finditer(text):
        date = _build(match.group(), match["year"], match["month"], match["day"])
        offer(match.start(), match.end(), date)
    for match in _NUMERIC.finditer(text):
        offer(match.start(), match.end(), _from_numeric(match))
    for match in _MONTH_YEAR.finditer(text):
        month, changed = _as_digits(match["month"])
        # 125/2019 and 13/2019 are numbers of a register, not months.
        if int(month or 99) <= 12:
            notes = [_letters_note(match.group())] if changed else []
            offer(
                match.start(), match.end(), _build(match.group(), match["year"], month, "", *notes)
            )
    for match in _YEAR_LABELLED.finditer(text):
        if _FIRST_YEAR <= int(match["year"]) <= _LAST_YEAR:
            offer(match.start(), match.end(), _build(match.group(), match["year"], "", ""))
    return sorted(found, key=lambda f: f.start)


def format_date(date: PartialDate | datetime.date | str) -> str:
    """As administrative documents print it: ``ngày 05 tháng 01 năm 2020``.

    Days below 10 and months 1 and 2 are padded (NĐ 30/2020/NĐ-CP Appendix I); a partial date
    gives ``tháng 01 năm 2020`` or ``năm 2020``. Raises ValueError for a value that is no date.
    """
    iso = date.value if isinstance(date, PartialDate) else str(date)
    parts = [int(p) for p in iso.split("-")]
    shown = f"năm {parts[0]}"
    if len(parts) > 1:
        month = f"{parts[1]:02d}" if parts[1] <= 2 else str(parts[1])
        shown = f"tháng {month} {shown}"
    if len(parts) > 2:
        shown = f"ngày {parts[2]:02d} {shown}"
    return shown


def date_in_words(date: PartialDate | datetime.date | str) -> str:
    """``2020-01-05`` -> ``ngày mùng năm tháng một năm hai nghìn không trăm hai mươi``."""
    iso = date.value if isinstance(date, PartialDate) else str(date)
    parts = [int(p) for p in iso.split("-")]
    shown = f"năm {number_to_words(parts[0])}"
    if len(parts) > 1:
        month = "tư" if parts[1] == 4 else number_to_words(parts[1])
        shown = f"tháng {month} {shown}"
    if len(parts) > 2:
        mung = "mùng " if parts[2] <= 10 else ""
        shown = f"ngày {mung}{number_to_words(parts[2])} {shown}"
    return shown


def date_key(text: str) -> str:
    """Key to compare printed dates by: the ISO value, or the accent-free text when unreadable."""
    date = parse_date(text)
    return date.value if date is not None and date.value else plain(text)
