"""Numbers and amounts of money in Vietnamese words, both directions.

Writing follows official usage (``một trăm linh năm``, ``hai mươi mốt``, ``một nghìn không trăm
lẻ``...), with the southern variants as options. Reading accepts both, spoken shortenings, text
without accents and small OCR damage, and says when it had to assume something.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from sohoa_vietnam.messages import N_, Problem, Severity, VietnamError
from sohoa_vietnam.text import match_key, nfc, plain

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_LIMIT = 10**27


class NumberTooLarge(VietnamError):
    """The number is beyond what the words are used for."""

    code = "numeral.too_large"
    message = N_("Numbers of {limit} and more cannot be put into words.")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """Variants of official usage: ``linh``/``lẻ``, ``nghìn``/``ngàn``, ``tỷ``/``tỉ``,
    ``hai mươi tư``/``hai mươi bốn``."""

    zero: str = "linh"
    thousand: str = "nghìn"
    billion: str = "tỷ"
    four: str = "tư"


OFFICIAL = NumberStyle()
SOUTHERN = NumberStyle(zero="lẻ", thousand="ngàn", four="bốn")


def _below_thousand(n: int, full: bool, style: NumberStyle) -> list[str]:
    """``full``: a higher group was spoken, so the hundreds must be, even when zero."""
    hundreds, rest = divmod(n, 100)
    tens, unit = divmod(rest, 10)
    words: list[str] = []
    if hundreds or full:
        words += [_DIGITS[hundreds], "trăm"]
    if tens == 0:
        if unit:
            words += [style.zero, _DIGITS[unit]] if words else [_DIGITS[unit]]
        return words
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if unit == 1 and tens > 1:
        words.append("mốt")
    elif unit == 4 and tens > 1:
        words.append(style.four)
    elif unit == 5:
        words.append("lăm")
    elif unit:
        words.append(_DIGITS[unit])
    return words


def _integer(n: int, style: NumberStyle, full: bool = False) -> list[str]:
    """Groups below a billion; billions recurse: một nghìn tỷ, hai tỷ tỷ."""
    billions, rest = divmod(n, 10**9)
    words: list[str] = []
    if billions:
        words += [*_integer(billions, style, full), style.billion]
        full = True
    for size, name in ((10**6, "triệu"), (10**3, style.thousand), (1, "")):
        group, rest = divmod(rest, size)
        if not group:
            continue
        words += _below_thousand(group, full, style)
        if name:
            words.append(name)
        full = True
    return words


def number_to_words(n: int | Decimal, style: NumberStyle = OFFICIAL) -> str:
    """``1205`` -> ``một nghìn hai trăm linh năm``; decimals with ``phẩy``, negatives ``âm``.

    Empty groups are left out, and the hundreds of a later group are spoken even when zero
    (``một triệu không trăm linh năm``). Raises :class:`NumberTooLarge`.
    """
    if isinstance(n, Decimal) and (not n.is_finite() or int(n.as_tuple().exponent) < -27):
        raise NumberTooLarge(limit=f"10^{len(str(_LIMIT)) - 1}")
    if not -_LIMIT < n < _LIMIT:
        raise NumberTooLarge(limit=f"10^{len(str(_LIMIT)) - 1}")
    whole = int(n if n >= 0 else -n)
    words = _integer(whole, style) or ["không"]
    if isinstance(n, Decimal):
        fraction = format(abs(n), "f").partition(".")[2].rstrip("0")
        if fraction:
            words.append("phẩy")
            lead = len(fraction) - len(fraction.lstrip("0"))
            words += ["không"] * lead
            # Up to three further digits are read as a number, more one by one.
            rest = fraction[lead:]
            words += (
                _integer(int(rest), style) if len(rest) <= 3 else [_DIGITS[int(d)] for d in rest]
            )
    if n < 0:
        words.insert(0, "âm")
    return " ".join(words)


def amount_to_words(amount: int | Decimal, style: NumberStyle = OFFICIAL) -> str:
    """An amount in đồng as printed under "Bằng chữ": ``Hai mươi nghìn đồng chẵn``.

    ``chẵn`` (even) stands after amounts of whole thousands, as on receipts.
    """
    words = number_to_words(amount, style) + " đồng"
    if amount and amount == int(amount) and int(amount) % 1000 == 0:
        words += " chẵn"
    return words[0].upper() + words[1:]


# --- reading ---------------------------------------------------------------------------------

_UNITS: dict[str, int] = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5,
    "nhăm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_SCALES: dict[str, int] = {
    "trăm": 100, "nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỷ": 10**9,
}  # fmt: skip
_TENS = ("mười", "mươi", "chục")
_ZEROS = ("linh", "lẻ")
_SHORT_TENS = {"hăm": 2, "băm": 3}


def _accentless(words: dict[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word, value in words.items():
        found.setdefault(plain(word), value)
    return found


_UNIT_KEYS = {match_key(w): v for w, v in _UNITS.items()} | {"ton": 1}
_SCALE_KEYS = {match_key(w): v for w, v in _SCALES.items()}
_OTHERS: dict[str, tuple[str, int]] = {
    **dict.fromkeys(_TENS, ("ten", 10)),
    **dict.fromkeys(_ZEROS, ("zero", 0)),
    **{word: ("short", tens) for word, tens in _SHORT_TENS.items()},
    "rưỡi": ("half", 0),
    "phẩy": ("point", 0),
    "âm": ("minus", 0),
}
_OTHER_KEYS = {match_key(w): found for w, found in _OTHERS.items()}
_PLAIN_OTHERS = {plain(w): found for w, found in _OTHERS.items()}
_PLAIN_UNITS = _accentless(_UNITS)
_PLAIN_SCALES = {**_accentless(_SCALES), "ti": 10**9}


@dataclass(frozen=True, slots=True)
class ParsedNumber:
    """A number read from words. ``problems`` tell what had to be assumed to read it."""

    value: Decimal
    raw: str
    problems: tuple[Problem, ...] = ()

    @property
    def integer(self) -> int | None:
        """The value as an integer, or None when it has a fraction."""
        return int(self.value) if self.value == self.value.to_integral_value() else None


@lru_cache(maxsize=4096)
def _token_kind(word: str) -> tuple[str, int, bool] | None:
    """(unit | ten | scale | zero | half | point | minus | short, value, accents were missing)."""
    key = match_key(word)
    if key in _UNIT_KEYS:
        return "unit", _UNIT_KEYS[key], False
    if key in _SCALE_KEYS:
        return "scale", _SCALE_KEYS[key], False
    if key in _OTHER_KEYS:
        return (*_OTHER_KEYS[key], False)
    bare = plain(word)
    if bare in _PLAIN_UNITS:
        return "unit", _PLAIN_UNITS[bare], True
    if bare in _PLAIN_SCALES:
        return "scale", _PLAIN_SCALES[bare], True
    if bare in _PLAIN_OTHERS:
        return (*_PLAIN_OTHERS[bare], True)
    return None


class _Reader:
    """Left to right: units, tens and hundreds into ``group``, scales fold it into ``total``."""

    def __init__(self) -> None:
        self.total = 0  # folded groups, in units
        self.group = 0
        self.unit: int | None = None  # last digit word not yet taken by a ten or scale
        self.last_scale = 0  # smallest scale spoken in the running part
        self.had_zero = False
        self.spoken_short = False

    def take_unit(self, value: int) -> bool:
        if self.unit is not None:
            return False  # two digits in a row is spelling out, not a number
        self.unit = value
        return True

    def take_ten(self) -> None:
        self.group += 10 * (self.unit if self.unit is not None else 1)
        self.unit, self.last_scale, self.had_zero = None, 10, False

    def take_scale(self, scale: int) -> bool:
        if scale == 100:
            if self.unit is None or self.group % 1000:
                return False
            self.group += 100 * self.unit
        else:
            # A later, larger scale multiplies what was said before it: một nghìn tỷ.
            part = self.group + (self.unit or 0)
            if self.unit is None and not self.group and not self.total:
                return False
            if scale == 10**9:
                self.total = (self.total + part) * scale
            else:
                if not part:
                    return False
                lower = self.total % 10**9
                if lower and lower < scale * part and lower % scale:
                    return False
                self.total += part * scale
            self.group = 0
        self.unit, self.last_scale, self.had_zero = None, scale, False
        return True

    def finish(self) -> int:
        if self.unit is not None:
            short = self.last_scale >= 100 and not self.had_zero and self.unit
            if short and not (self.last_scale == 100 and self.group % 100):
                # "một trăm hai", "hai triệu ba": the digit counts tenths of the last scale.
                self.group += self.unit * (self.last_scale // 10)
                self.spoken_short = True
            else:
                self.group += self.unit
        return self.total + self.group


_WORDS_ONLY = re.compile(r"[^\W\d_]+")
# "nam" of Việt Nam is not among them: without accents it is the digit five.
_TAIL = frozenset(map(plain, ("đồng", "chẵn", "vnđ", "bằng", "chữ")))
_COUNTRY = re.compile(r"vi[eệ]t\s+nam", re.IGNORECASE)


def parse_number(text: str) -> ParsedNumber | None:
    """Read a number written in words; None when the text is none.

    Digit strings are not read here (see :func:`parse_amount`). A spoken shortening
    (``một trăm hai`` for 120) and words without accents give a problem for review.
    """
    words = [w.group() for w in _WORDS_ONLY.finditer(nfc(text)[:400])]
    if not words or any(map(str.isdigit, text)):
        return None
    reader, negative, bare = _Reader(), False, False
    fraction: list[str] | None = None
    half = False
    for index, word in enumerate(words):
        found = _token_kind(word)
        if found is None:
            return None
        kind, value, missing = found
        bare = bare or missing
        if kind == "minus" and index == 0:
            negative = True
        elif fraction is not None:
            fraction.append(word)
        elif kind == "unit":
            if not reader.take_unit(value):
                return None
        elif kind == "ten":
            reader.take_ten()
        elif kind == "short":
            reader.group += 10 * value
            reader.last_scale = 10
        elif kind == "scale":
            if not reader.take_scale(value):
                return None
        elif kind == "zero":
            reader.had_zero = True
        elif kind == "half" and index == len(words) - 1 and reader.last_scale:
            half = True
        elif kind == "point" and index:
            fraction = []
        else:
            return None
    last_scale = reader.last_scale
    result = Decimal(reader.finish())
    if half:
        result += Decimal(last_scale) / 2
    if fraction is not None:
        digits = _fraction_digits(fraction)
        if digits is None:
            return None
        result += Decimal("0." + digits)
    problems = []
    if reader.spoken_short or half:
        message = N_("“{text}” is a spoken shortening; it was read as {value}.")
        problems.append(
            Problem("numeral.short", Severity.REVIEW, message, {"text": text, "value": str(result)})
        )
    if bare:
        message = N_("The number was written without its accents.")
        problems.append(Problem("numeral.accents", Severity.INFO, message))
    return ParsedNumber(-result if negative else result, text, tuple(problems))


def _fraction_digits(words: list[str]) -> str | None:
    if not words:
        return None
    zeros = 0
    while zeros < len(words) - 1 and match_key(words[zeros]) == match_key("không"):
        zeros += 1
    rest = words[zeros:]
    number = parse_number(" ".join(rest))
    if number is not None and number.integer is not None and not number.problems:
        return "0" * zeros + str(number.integer)
    digits = [_UNIT_KEYS.get(match_key(w)) for w in rest]
    return None if None in digits else "0" * zeros + "".join(map(str, digits))


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money: exact ``value``, ``currency`` (VND unless another is named)."""

    value: Decimal
    currency: str
    raw: str
    problems: tuple[Problem, ...] = ()


_CURRENCIES = {
    "đ": "VND", "đồng": "VND", "vnđ": "VND", "vnd": "VND", "₫": "VND", "usd": "USD", "$": "USD",
    "eur": "EUR", "€": "EUR", "đô": "USD", "việt nam đồng": "VND", "đồng việt nam": "VND",
}  # fmt: skip
_CURRENCY_RE = re.compile(
    "(?:" + "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True)) + r")\.?",
    re.IGNORECASE,
)
_VIETNAMESE = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?")
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_FACTORS = {"nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tỷ": 10**9, "trăm": 100}


def parse_amount(text: str) -> Amount | None:
    """Read an amount in digits (``1.250.000,50 đồng``) or in words; None when it is neither.

    "." parts thousands and "," decimals. The English way round is read when nothing else fits
    and flagged; ``1.250`` is one thousand two hundred and fifty.
    """
    raw = text
    text = _COUNTRY.sub(" ", nfc(text)[:400]).strip()
    currency = "VND"
    if found := list(_CURRENCY_RE.finditer(text)):
        name = found[-1].group().rstrip(".").lower()
        currency = _CURRENCIES.get(name, "VND")
    if not any(map(str.isdigit, text)):
        kept = [w.group() for w in _WORDS_ONLY.finditer(text) if plain(w.group()) not in _TAIL]
        number = parse_number(" ".join(kept))
        return None if number is None else Amount(number.value, currency, raw, number.problems)
    body = _CURRENCY_RE.sub(" ", text)
    factor = 1
    for word in _WORDS_ONLY.findall(body):
        size = next((v for k, v in _FACTORS.items() if match_key(k) == match_key(word)), None)
        if size is None and plain(word) not in _TAIL:
            return None
        factor *= size or 1
    digits = re.sub(r"[^\d.,\-]", "", re.sub(r"(?<=\d)\s+(?=\d{3}(?:\D|$))", ".", body)).strip(
        ".,-"
    )
    problems: list[Problem] = []
    if _VIETNAMESE.fullmatch(digits):
        shown = digits.replace(".", "").replace(",", ".")
    elif _ENGLISH.fullmatch(digits):
        shown = digits.replace(",", "")
        message = N_("“{text}” is grouped the English way; it was read as {value}.")
        problems.append(
            Problem("amount.english", Severity.REVIEW, message, {"text": raw, "value": shown})
        )
    else:
        return None
    try:
        value = Decimal(shown) * factor
    except InvalidOperation:  # pragma: no cover - the patterns admit only numbers
        return None
    return Amount(value, currency, raw, tuple(problems))


def amounts_agree(digits: str, words: str) -> bool | None:
    """Whether an amount in digits and the same "bằng chữ" agree; None when one is unreadable."""
    a, b = parse_amount(digits), parse_amount(words)
    return None if a is None or b is None else a.value == b.value
