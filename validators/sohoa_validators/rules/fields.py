"""Rules for one value: can it be what its type says?

The hard rule for a personal identifier is twelve digits; everything about its structure is a hint
(sex and birth dates get corrected, births abroad have country codes), never a ground to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sohoa_core.facts import FieldFact, ReviewState, Severity
from sohoa_core.i18n import N_
from sohoa_validators import legal
from sohoa_validators.clip import has_invisible
from sohoa_validators.date_words import date_from_words
from sohoa_validators.moments import Span, span
from sohoa_validators.paper import FieldType, PaperField
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.schema import Checked
from sohoa_validators.sexes import sex_of
from sohoa_validators.view import ItemView
from sohoa_vietnam.identifiers.land_certificate import read_land_certificate
from sohoa_vietnam.identifiers.personal import structure
from sohoa_vietnam.identifiers.tax_code import read_tax_code

OLDEST_YEAR = 1800
#: What a checked value may be long at most; longer ones are reported, not examined.
EXAMINED = 4000
_NAME = re.compile(r"[^\W\d_][^\d_<>|{}\[\]=;\"\\/]*")
_NUMBER = re.compile(r"\d{1,15}(?:[.,]\d{1,6})*")
_TWELVE = re.compile(r"[0-9]{12}")
_IDENTITY = re.compile(r"[0-9]{9}|[0-9]{12}|[A-Z][0-9]{7,8}")
_CMND = re.compile(r"[0-9]{9}|[0-9]{12}")
_PASSPORT = re.compile(r"[A-Z][0-9]{7,8}")


def label(field: PaperField) -> str:
    """The Vietnamese name of a field, else its key."""
    if field.label is not None:
        return field.label.vi
    known = legal.field_names().get(field.name)
    return known.vi if known is not None else field.name


def _hit(item: ItemView, field: PaperField, fact: FieldFact, **args: object) -> Hit:
    return Hit({"field": label(field), "value": fact.value, **args}, item, (fact,))


def _exact(value: str) -> str:
    return "".join(value[:60].split())


@rule(
    "field.text.too_long",
    Severity.WARNING,
    N_("{field}: the value has {length} characters, at most {allowed} are expected."),
)
def text_too_long(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if len(fact.value) > field.max_length:
        yield Hit(
            {"field": label(field), "length": len(fact.value), "allowed": field.max_length},
            item,
            (fact,),
        )


@rule(
    "field.text.invisible",
    Severity.WARNING,
    N_("{field}: the value holds invisible control characters."),
    basis="TCVN 6909:2001",
    checked=Checked.SECONDARY,
)
def text_invisible(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if has_invisible(fact.value[:EXAMINED]):
        yield Hit({"field": label(field)}, item, (fact,))


@rule(
    "field.review.pending",
    Severity.REVIEW,
    N_("{field}: a person must confirm the value “{value}”."),
)
def review_pending(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if fact.review is ReviewState.NEEDED:
        yield _hit(item, field, fact)


def _date(field: PaperField, fact: FieldFact) -> Span | None:
    return span(fact.value) if field.type is FieldType.DATE else None


@rule("field.date.unreadable", Severity.ERROR, N_("{field}: “{value}” is not a date."))
def date_unreadable(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type is FieldType.DATE and span(fact.value) is None:
        yield _hit(item, field, fact)


@rule(
    "field.date.precision",
    Severity.REVIEW,
    N_("{field}: only “{value}” is known of a date that needs its day."),
)
def date_precision(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    found = _date(field, fact)
    if found is not None and not found.exact and not field.partial:
        yield _hit(item, field, fact)


@rule("field.date.future", Severity.ERROR, N_("{field}: “{value}” lies in the future."))
def date_future(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    found = _date(field, fact)
    if found is not None and not field.future and found.first > context.on:
        yield _hit(item, field, fact)


@rule(
    "field.date.too_old",
    Severity.WARNING,
    N_("{field}: the year of “{value}” is hardly possible."),
)
def date_too_old(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    found = _date(field, fact)
    if found is not None and found.last.year < OLDEST_YEAR:
        yield _hit(item, field, fact)


@rule(
    "field.date_words.mismatch",
    Severity.ERROR,
    N_("{field}: the date in words “{value}” is not the date in figures ({figures})."),
)
def date_words_mismatch(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type is not FieldType.DATE_WORDS or field.same_as is None:
        return
    figures = item.fields.get(field.same_as)
    written = span(figures.value) if figures is not None else None
    spoken = date_from_words(fact.value)
    if figures is None or written is None or spoken is None:
        return
    if not written.may_equal(Span(spoken, spoken)):
        args = {"field": label(field), "value": fact.value, "figures": figures.value}
        yield Hit(args, item, (fact, figures))


@rule(
    "field.name.letters",
    Severity.WARNING,
    N_("{field}: “{value}” holds characters that no name has."),
)
def name_letters(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type is FieldType.NAME and not _NAME.fullmatch(fact.value[:EXAMINED].strip()):
        yield _hit(item, field, fact)


@rule(
    "field.personal_identifier.digits",
    Severity.ERROR,
    N_("{field}: “{value}” is not a personal identifier: it has twelve digits."),
    basis="Luật Căn cước 26/2023/QH15 Điều 12",
    checked=Checked.SECONDARY,
)
def personal_identifier_digits(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    wanted = field.type is FieldType.PERSONAL_IDENTIFIER
    if wanted and not _TWELVE.fullmatch(_exact(fact.value)):
        yield _hit(item, field, fact)


@rule(
    "field.personal_identifier.prefix",
    Severity.WARNING,
    N_("{field}: “{value}” begins with no province of the old list; a misread digit?"),
    basis="NĐ 137/2015/NĐ-CP Điều 13; TT 59/2021/TT-BCA (hết hiệu lực 01/7/2024)",
    checked=Checked.SECONDARY,
)
def personal_identifier_prefix(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type in (FieldType.PERSONAL_IDENTIFIER, FieldType.IDENTITY_NUMBER):
        number = _exact(fact.value)
        if _TWELVE.fullmatch(number) and "province" not in structure(number):
            yield _hit(item, field, fact)


@rule(
    "field.tax_code.wrong",
    Severity.ERROR,
    N_("{field}: “{value}” is not a tax code: its length or its check digit is wrong."),
    basis="TT 86/2024/TT-BTC",
    checked=Checked.SECONDARY,
)
def tax_code_wrong(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type is FieldType.TAX_CODE and not read_tax_code(_exact(fact.value)).valid:
        yield _hit(item, field, fact)


@rule(
    "field.land_serial.shape",
    Severity.WARNING,
    N_("{field}: “{value}” does not have the form of a land certificate's serial."),
    basis="TT 10/2024/TT-BTNMT",
    checked=Checked.SECONDARY,
)
def land_serial_shape(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type is FieldType.LAND_SERIAL and not read_land_certificate(fact.value[:60]).valid:
        yield _hit(item, field, fact)


@rule(
    "field.sex.unknown",
    Severity.REVIEW,
    N_("{field}: “{value}” is neither “Nam” nor “Nữ”."),
)
def sex_unknown(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type is FieldType.SEX and sex_of(fact.value) is None:
        yield _hit(item, field, fact)


@rule(
    "field.identity_number.shape",
    Severity.WARNING,
    N_("{field}: “{value}” is neither a personal identifier, a CMND nor a passport number."),
    checked=Checked.UNVERIFIED,
)
def identity_number_shape(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    shape = {
        FieldType.IDENTITY_NUMBER: _IDENTITY,
        FieldType.CMND: _CMND,
        FieldType.PASSPORT: _PASSPORT,
    }.get(field.type)
    if shape is not None and not shape.fullmatch(_exact(fact.value).upper()):
        yield _hit(item, field, fact)


@rule(
    "field.number.unreadable",
    Severity.WARNING,
    N_("{field}: “{value}” is not a number."),
)
def number_unreadable(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.type is FieldType.NUMBER:
        value = re.sub(r"(?:m2|m²|đồng|đ|vnđ)\.?$", "", _exact(fact.value).casefold())
        if not _NUMBER.fullmatch(value):
            yield _hit(item, field, fact)


@rule(
    "field.choice.unknown",
    Severity.WARNING,
    N_("{field}: “{value}” is not one of the values that this field may have."),
)
def choice_unknown(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.choices and fact.value not in field.choices:
        yield _hit(item, field, fact)


@rule(
    "field.pattern.mismatch",
    Severity.WARNING,
    N_("{field}: “{value}” does not have the form that this paper uses."),
)
def pattern_mismatch(
    context: Context, item: ItemView, field: PaperField, fact: FieldFact
) -> Iterator[Hit]:
    if field.pattern is not None and not re.fullmatch(field.pattern, fact.value[:200].strip()):
        yield _hit(item, field, fact)
