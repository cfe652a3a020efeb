"""Dates and numbers as Vietnamese papers write them."""

from __future__ import annotations

from datetime import date

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def long_date(day: date) -> str:
    """``ngày 05 tháng 01 năm 2020`` (NĐ 30/2020: pad days below 10 and months 1 and 2)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def short_date(day: date) -> str:
    """``05/01/2020``."""
    return day.strftime("%d/%m/%Y")


def _below_thousand(number: int, *, full: bool) -> str:
    hundreds, rest = divmod(number, 100)
    words: list[str] = []
    if hundreds or full:
        words += [_DIGITS[hundreds], "trăm"]
    tens, ones = divmod(rest, 10)
    if tens == 0:
        if ones:
            words += (["linh"] if words else []) + [_DIGITS[ones]]
    elif tens == 1:
        words += ["mười"] + ([] if not ones else ["lăm" if ones == 5 else _DIGITS[ones]])
    else:
        words += [_DIGITS[tens], "mươi"]
        if ones:
            words.append({1: "mốt", 5: "lăm"}.get(ones, _DIGITS[ones]))
    return " ".join(words)


def in_words(number: int) -> str:
    """A whole number from 0 up to the billions in words, as Northern offices write it."""
    if number == 0:
        return _DIGITS[0]
    groups: list[tuple[int, str]] = []
    for unit in ("", "nghìn", "triệu", "tỷ"):
        number, group = divmod(number, 1000)
        groups.append((group, unit))
        if not number:
            break
    words: list[str] = []
    for group, unit in reversed(groups):
        if group:
            words += [_below_thousand(group, full=bool(words)), unit]
    return " ".join(word for word in words if word)


def date_in_words(day: date) -> str:
    """``Ngày năm, tháng một, năm hai nghìn không trăm hai mươi``."""
    return f"Ngày {in_words(day.day)}, tháng {in_words(day.month)}, năm {in_words(day.year)}"


def amount(dong: int) -> str:
    """``1.500.000`` (points between thousands)."""
    return f"{dong:,}".replace(",", ".")


def ascii_slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, for file names."""
    import re
    import unicodedata

    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
