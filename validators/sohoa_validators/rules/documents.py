"""Rules for one document: its type, required values, the order of its dates, what it names.

A dissolved province, district, commune or agency never makes a paper wrong that was issued before
1 July 2025 (NQ 190/2025/QH15 Art 10): no rule here looks at names in such a paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sohoa_core.facts import FieldFact, Severity, Source
from sohoa_core.i18n import N_
from sohoa_validators import legal
from sohoa_validators.catalogue import KnownPaper
from sohoa_validators.codes import code_key
from sohoa_validators.moments import span
from sohoa_validators.paper import FieldType, Person
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.fields import label
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.schema import Checked
from sohoa_validators.sexes import sex_of
from sohoa_validators.view import ItemKind, ItemView, Submission
from sohoa_vietnam.identifiers.personal import structure
from sohoa_vietnam.text import nfc

# "Thành phố X, tỉnh Y" names a city below a province: a district-level unit too.
_DISTRICT = re.compile(
    r"\b(?:huyện|quận|thị xã|thị trấn)\s+\w"
    r"|(?:^|,\s*)(?:h|q|tx|tt)\.\s*\w"
    r"|\b(?:thành phố|tp\.?)\s+[^,]{2,40},\s*(?:tỉnh|thành phố|tp\.?)\s",
    re.IGNORECASE,
)
#: The issuer and present addresses are looked at; origin and place of birth stay historic.
NAMES_THE_ISSUER = "agency"


def names_district(text: str) -> bool:
    """Whether a text names a unit of the district level, which ended on 1 July 2025."""
    return _DISTRICT.search(text) is not None


def title_of(item: ItemView, paper: KnownPaper | None) -> str:
    """What to call an item in a message: the name of its paper, its title or its code."""
    if paper is not None:
        return paper.paper.name.vi
    return item.title or item.code or item.id


@rule(
    "document.type.unknown",
    Severity.REVIEW,
    N_("It is not known what kind of paper “{title}” is."),
)
def type_unknown(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    assigned = context.assignment is not None and item.id in context.assignment.component_of
    if paper is None and not assigned and item.submission is Submission.SUBMIT:
        yield Hit({"title": item.title or item.code or item.id}, item)


@rule(
    "document.type.contradicts_code",
    Severity.REVIEW,
    N_("“{title}” was recognized as this paper, but its code {code} is that of “{other}”."),
)
def type_contradicts_code(
    context: Context, item: ItemView, paper: KnownPaper | None
) -> Iterator[Hit]:
    by_code = context.catalogue.papers_by_code.get(code_key(item.code))
    if paper is not None and by_code is not None and by_code.paper.key != paper.paper.key:
        other = by_code.paper.name.vi
        yield Hit({"title": paper.paper.name.vi, "code": item.code, "other": other}, item)


@rule(
    "document.field.missing",
    Severity.ERROR,
    N_("{title}: “{field}” is missing."),
    checked=Checked.SECONDARY,
)
def field_missing(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if paper is None or not (item.fields or item.pages):
        return
    read_by_machine = bool(item.pages) or any(
        fact.source is Source.OCR for fact in item.fields.values()
    )
    for field in paper.paper.fields:
        fact = item.fields.get(field.name)
        if not field.required or (fact is not None and fact.value.strip()):
            continue
        if field.name == "issued_on" and item.issued_on:
            continue
        # Recognition may have missed what the paper says: that is a question, not an error.
        severity = Severity.REVIEW if read_by_machine else None
        args = {"title": paper.paper.name.vi, "field": label(field)}
        yield Hit(args, item, severity=severity, basis=paper.source, checked=paper.checked)


@rule(
    "document.dates.order",
    Severity.ERROR,
    N_("{title}: “{earlier}” ({first}) is later than “{later}” ({second})."),
)
def dates_order(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    if paper is None:
        return
    for earlier, later in paper.paper.before:
        one, other = item.fields.get(earlier), item.fields.get(later)
        if one is None or other is None:
            continue
        first, second = span(one.value), span(other.value)
        if first is not None and second is not None and first.surely_after(second):
            labels = {field.name: label(field) for field in paper.paper.fields}
            yield Hit(
                {
                    "title": paper.paper.name.vi,
                    "earlier": labels[earlier],
                    "later": labels[later],
                    "first": one.value,
                    "second": other.value,
                },
                item,
                (one, other),
            )


def _born(item: ItemView, person: Person) -> int | None:
    fact = item.fields.get(person.birth_date) if person.birth_date is not None else None
    born = span(fact.value) if fact is not None else None
    return born.first.year if born is not None else None


def _identified(
    item: ItemView, paper: KnownPaper | None
) -> Iterator[tuple[Person, FieldFact, dict[str, str]]]:
    """Persons of a paper whose twelve-digit identifier it prints, with what the digits claim."""
    for person in paper.paper.people.values() if paper is not None else ():
        fact = item.fields.get(person.identifier) if person.identifier is not None else None
        number = "".join(fact.value[:40].split()) if fact is not None else ""
        if fact is not None and len(number) == 12 and number.isascii() and number.isdigit():
            yield person, fact, structure(number)


@rule(
    "document.identifier.birth_year",
    Severity.WARNING,
    N_("{title}: the identifier {number} says born in {coded}, the paper says {printed}."),
    basis="NĐ 137/2015/NĐ-CP Điều 13; TT 59/2021/TT-BCA (hết hiệu lực 01/7/2024)",
    checked=Checked.SECONDARY,
)
def identifier_birth_year(
    context: Context, item: ItemView, paper: KnownPaper | None
) -> Iterator[Hit]:
    for person, fact, coded in _identified(item, paper):
        born = _born(item, person)
        if born is not None and str(born) != coded["birth_year"]:
            args = {"number": fact.value, "coded": coded["birth_year"], "printed": str(born)}
            yield Hit({"title": title_of(item, paper), **args}, item, (fact,))


@rule(
    "document.identifier.sex",
    Severity.WARNING,
    N_("{title}: the identifier {number} and the paper disagree about the sex."),
    basis="NĐ 137/2015/NĐ-CP Điều 13; TT 59/2021/TT-BCA (hết hiệu lực 01/7/2024)",
    checked=Checked.SECONDARY,
)
def identifier_sex(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    for person, fact, coded in _identified(item, paper):
        printed = item.fields.get(person.sex) if person.sex is not None else None
        known = sex_of(printed.value) if printed is not None else None
        if printed is not None and known is not None and known != coded["sex"]:
            args = {"title": title_of(item, paper), "number": fact.value}
            yield Hit(args, item, (fact, printed))


@rule(
    "document.date.disagrees",
    Severity.REVIEW,
    N_("{title}: the records say issued on {recorded}, the paper says {printed}."),
)
def date_disagrees(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    fact = item.fields.get("issued_on")
    if fact is None:
        return
    recorded, printed = span(item.issued_on), span(fact.value)
    if recorded is not None and printed is not None and not recorded.may_equal(printed):
        args = {"recorded": item.issued_on, "printed": fact.value}
        yield Hit({"title": title_of(item, paper), **args}, item, (fact,))


@rule(
    "document.date.after_reception",
    Severity.WARNING,
    N_("{title}: issued on {issued}, after the dossier was received ({received})."),
)
def date_after_reception(
    context: Context, item: ItemView, paper: KnownPaper | None
) -> Iterator[Hit]:
    issued, received = span(item.issued_on), span(context.view.received_on)
    if item.kind is not ItemKind.COMPONENT or issued is None or received is None:
        return
    if paper is not None and paper.paper.kind in ("opinion", "other"):
        return
    if issued.surely_after(received):
        facts = tuple(f for f in (item.fields.get("issued_on"),) if f is not None)
        args = {"issued": item.issued_on, "received": context.view.received_on[:10]}
        yield Hit({"title": title_of(item, paper), **args}, item, facts)


@rule(
    "document.result.before_reception",
    Severity.ERROR,
    N_("{title}: the result is dated {issued}, before the dossier was received ({received})."),
)
def result_before_reception(
    context: Context, item: ItemView, paper: KnownPaper | None
) -> Iterator[Hit]:
    issued, received = span(item.issued_on), span(context.view.received_on)
    if item.kind is not ItemKind.RESULT or issued is None or received is None:
        return
    if context.collection:
        return
    if received.surely_after(issued):
        facts = tuple(f for f in (item.fields.get("issued_on"),) if f is not None)
        args = {"issued": item.issued_on, "received": context.view.received_on[:10]}
        yield Hit({"title": title_of(item, paper), **args}, item, facts)


@rule(
    "document.district.after_reform",
    Severity.WARNING,
    N_("{title}: dated {issued}, but it names a district (“{text}”), a level that ended on {end}."),
    basis="Luật Tổ chức chính quyền địa phương 72/2025/QH15 Điều 51",
)
def district_after_reform(
    context: Context, item: ItemView, paper: KnownPaper | None
) -> Iterator[Hit]:
    reform = legal.calendar().district_level_ends
    issued = span(item.issued_on)
    if issued is None or issued.first < reform.on:
        return
    addresses = (
        ()
        if paper is None
        else tuple(field.name for field in paper.paper.fields if field.type is FieldType.ADDRESS)
    )
    for name in (NAMES_THE_ISSUER, *addresses):
        fact = item.fields.get(name)
        if fact is not None and names_district(nfc(fact.value[:2000])):
            yield Hit(
                {
                    "title": title_of(item, paper),
                    "issued": item.issued_on,
                    "text": fact.value,
                    "end": reform.on.isoformat(),
                },
                item,
                (fact,),
            )


@rule(
    "document.validity.order",
    Severity.ERROR,
    N_("{title}: it ends ({end}) before it was issued ({issued})."),
)
def validity_order(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    end, issued = span(item.valid_to), span(item.issued_on)
    if end is not None and issued is not None and issued.surely_after(end):
        args = {"end": item.valid_to, "issued": item.issued_on}
        yield Hit({"title": title_of(item, paper), **args}, item)


@rule(
    "document.signature.broken",
    Severity.ERROR,
    N_("{title}: the signature “{signature}” is broken, the file was changed after signing."),
    basis="TT 15/2025/TT-BKHCN Điều 6, Phụ lục II",
)
def signature_broken(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    for signature in item.signatures:
        if not signature.intact:
            args = {"title": title_of(item, paper), "signature": signature.field_name}
            yield Hit(args, item)
