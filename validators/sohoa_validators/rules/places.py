"""Rules for units and agencies: did they exist on the day of the paper?

A unit that ended never makes a paper wrong that was issued while it stood (NQ 190/2025/QH15
Art 10). Suspicious are only a paper dated after the reform that an abolished unit issued, and a
paper dated before it that a unit issued which came only with it. The lists of units before 2025
have gaps, so that a name they do not hold is never a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from sohoa_core.facts import Severity
from sohoa_core.i18n import N_
from sohoa_validators import legal
from sohoa_validators.catalogue import KnownPaper
from sohoa_validators.moments import day_of, span
from sohoa_validators.paper import FieldType
from sohoa_validators.rules.context import Context
from sohoa_validators.rules.documents import NAMES_THE_ISSUER, names_district, title_of
from sohoa_validators.rules.registry import Hit, rule
from sohoa_validators.schema import Checked
from sohoa_validators.view import ItemView
from sohoa_vietnam.addresses.model import Evidence
from sohoa_vietnam.addresses.parse import parse_address
from sohoa_vietnam.agencies import agencies
from sohoa_vietnam.identifiers.dossier_code import read_dossier_code
from sohoa_vietnam.text import nfc
from sohoa_vietnam.units import CodeSet, Status

# Only these carry the name of the unit they govern; a hospital keeps the name of a dead town.
_GOVERNS = re.compile(
    r"^(?:ủy ban nhân dân|uỷ ban nhân dân|ubnd|hội đồng nhân dân|hđnd|công an|ban chỉ huy quân sự"
    r"|sở\s+[^,]{3,60}?(?=\s+(?:tỉnh|thành phố)\s))\s+",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\b(?:xã|phường|thị trấn|đặc khu|thành phố|tỉnh|p\.|x\.|tp\.)\s*\w", re.IGNORECASE
)
#: What may be said of a reading without making its unit doubtful.
_HARMLESS = frozenset(
    {Evidence.EXACT, Evidence.NO_COMMUNE, Evidence.NO_DISTRICT, Evidence.NO_PROVINCE}
)


class _Named(NamedTuple):
    """The unit that a text names, from another time than the paper; ``sure``: letter by letter."""

    unit: str
    sure: bool


@lru_cache(maxsize=20_000)
def _out_of_time(text: str, issued: date, reform: date) -> _Named | None:
    """The unit of ``text`` when it is read only in the list that was not in force."""
    found = _UNIT.search(text)
    if found is None:
        return None
    parsed = parse_address(text[found.start() :], as_of=issued)
    reading = parsed.reading
    if parsed.status is not Status.ONE or reading is None or reading.unit is None:
        return None
    in_force = CodeSet.GSO_2025 if issued >= reform else CodeSet.GSO_2004
    if reading.form is in_force or Evidence.DATE_DISAGREES not in reading.evidence:
        return None
    if any(other.form is in_force for other in parsed.alternatives):
        return None
    doubts = set(reading.evidence) - _HARMLESS - {Evidence.DATE_DISAGREES}
    return _Named(reading.unit.full_name, not doubts)


def _issuer(text: str) -> str:
    """The place that the issuing agency governs; empty for agencies that govern none."""
    match = _GOVERNS.match(text)
    return text[match.end() :] if match is not None else ""


@rule(
    "document.unit.abolished",
    Severity.WARNING,
    N_("{title}: dated {issued}, but {unit} no longer existed then (“{text}”)."),
    basis="NQ 190/2025/QH15 Điều 10; QĐ 19/2025/QĐ-TTg",
    checked=Checked.SECONDARY,
)
def unit_abolished(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    reform = legal.calendar().district_level_ends.on
    issued = span(item.issued_on)
    if issued is None or issued.first < reform:
        return
    addresses = (
        ()
        if paper is None
        else tuple(field.name for field in paper.paper.fields if field.type is FieldType.ADDRESS)
    )
    for name in (NAMES_THE_ISSUER, *addresses):
        fact = item.fields.get(name)
        if fact is None or not fact.value:
            continue
        text = nfc(fact.value[:300]).strip()
        # A named district is a finding of its own.
        if names_district(text):
            continue
        issuer = name == NAMES_THE_ISSUER
        named = _out_of_time(_issuer(text) if issuer else text, issued.first, reform)
        if named is not None:
            # People go on writing the address they know; an agency knows its own name.
            sure = issuer and named.sure
            args = {"issued": item.issued_on, "unit": named.unit, "text": fact.value}
            yield Hit(
                {"title": title_of(item, paper), **args},
                item,
                (fact,),
                severity=None if sure else Severity.REVIEW,
            )


@rule(
    "document.unit.not_yet",
    Severity.REVIEW,
    N_("{title}: dated {issued}, but {unit} exists only since {begin} (“{text}”)."),
    basis="NQ 190/2025/QH15; QĐ 19/2025/QĐ-TTg",
    checked=Checked.SECONDARY,
)
def unit_not_yet(context: Context, item: ItemView, paper: KnownPaper | None) -> Iterator[Hit]:
    reform = legal.calendar().district_level_ends.on
    issued = span(item.issued_on)
    fact = item.fields.get(NAMES_THE_ISSUER)
    if issued is None or issued.last >= reform or fact is None:
        return
    named = _out_of_time(_issuer(nfc(fact.value[:300]).strip()), issued.first, reform)
    if named is not None and named.sure:
        args = {"issued": item.issued_on, "unit": named.unit, "text": fact.value}
        args["begin"] = reform.isoformat()
        yield Hit({"title": title_of(item, paper), **args}, item, (fact,))


@lru_cache(maxsize=20_000)
def _agency(code: str, on: date) -> tuple[bool | None, str, str, Checked, str]:
    """Whether an agency code is open, its name, its successors, how sure, and the basis."""
    answer = agencies().on(code, on)
    between = any(problem.code == "agency.between_lists" for problem in answer.problems)
    state = answer.state
    if state is None:
        malformed = any(problem.code == "agency.code_malformed" for problem in answer.problems)
        return (True if malformed else None), "", "", Checked.VERIFIED, ""
    checked = Checked(state.checked.value)
    opened = True if between else answer.open
    return opened, state.name, ", ".join(answer.successors), checked, state.basis


def _codes(context: Context) -> Iterator[tuple[str, date]]:
    """The agency codes of the dossier with the day on which they were used."""
    view = context.view
    received = day_of(view.received_on)
    if received is None:
        return
    codes = dict.fromkeys([view.agency.strip()[:60]])
    read = read_dossier_code(view.code[:200])
    if read.valid:
        codes[read.parts.get("agency", "")] = None
    for code in codes:
        if code:
            yield code, received


@rule(
    "dossier.agency.closed",
    Severity.WARNING,
    N_("The agency {agency} ({name}) did not exist on {on}; it is followed by {successors}."),
    basis="QĐ 20/2020/QĐ-TTg; QĐ 09/2025/QĐ-TTg",
    checked=Checked.SECONDARY,
)
def agency_closed(context: Context) -> Iterator[Hit]:
    for code, day in _codes(context):
        opened, name, successors, checked, basis = _agency(code, day)
        if opened is False:
            args = {"agency": code, "name": name, "successors": successors or "–"}
            yield Hit({**args, "on": day.isoformat()}, basis=basis or None, checked=checked)


@rule(
    "dossier.agency.unknown",
    Severity.REVIEW,
    N_("The list of agencies has no code {agency}."),
    basis="QĐ 20/2020/QĐ-TTg; QĐ 09/2025/QĐ-TTg",
    checked=Checked.SECONDARY,
)
def agency_unknown(context: Context) -> Iterator[Hit]:
    for code, day in _codes(context):
        if _agency(code, day)[0] is None:
            yield Hit({"agency": code})
