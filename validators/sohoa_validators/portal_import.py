"""From a record of the national portal (Cổng Dịch vụ công quốc gia) to a procedure schema.

The record says less than it seems to: groups stand in the names of cases ("Giấy tờ phải nộp",
"Giấy tờ phải xuất trình"), paper form and e-form are two components, a quantity of 0/0 marks a
note, ``required`` is not reliable. So what comes out is a draft: every part is unverified, and
each thing that a person must decide stands in ``open_points``.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml
from pydantic import ValidationError

from sohoa_validators.clip import clip
from sohoa_validators.codes import code_key
from sohoa_validators.errors import PortalRecordRefused
from sohoa_validators.exports.mapping import iso_date
from sohoa_validators.moments import day_of
from sohoa_validators.refusal import faults_of
from sohoa_validators.schema import Procedure, cross_faults
from sohoa_validators.yaml_lines import parse_yaml
from sohoa_vietnam.text import plain

MAX_BYTES = 50_000_000
MAX_PARTS = 500
_CODE = re.compile(r"\d\.\d{6}")
_SHAPE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{2,60}")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_METHODS = {"ONLINE": "online", "POSTAL": "post", "DIRECT": "direct"}
_UNITS = {"WORKING_DAY": "working_day", "DAY": "day", "HOUR": "hour"}
_E_FORM = ("mau dien tu", "bieu mau dien tu", "mau ho tich dien tu", "to khai dien tu")
CUTOFF = "15:00"
GENERAL = "general"


@dataclass(frozen=True, slots=True)
class ImportedProcedure:
    """A draft: the text of the YAML file and what is open in it."""

    code: str
    text: str
    open_points: tuple[str, ...]


class _Plain(yaml.SafeDumper):
    """YAML without anchors: schema files have none."""

    def ignore_aliases(self, data: object) -> bool:
        return True


@dataclass
class _Draft:
    """What has been gathered of a record; becomes the data of a schema."""

    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    components: dict[str, dict[str, Any]] = field(default_factory=dict)
    open_points: dict[str, None] = field(default_factory=dict)
    dropped: bool = False

    def open(self, text: str) -> None:
        self.open_points[clip(text, 400)] = None


def read_portal(raw: bytes) -> Iterator[Mapping[str, Any]]:
    """The records of a JSON file: one, a list, or lines; raises ``PortalRecordRefused``."""
    if len(raw) > MAX_BYTES:
        raise PortalRecordRefused(record="-", reason=f"larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
        try:
            found: Any = json.loads(text)
        except json.JSONDecodeError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        reason = "not JSON" if isinstance(error, ValueError) else "nested too deeply"
        raise PortalRecordRefused(record="-", reason=reason) from error
    if isinstance(found, Mapping):
        inner = found.get("data")
        found = inner if isinstance(inner, list) else [inner or found]
    records = found if isinstance(found, list) else [found]
    if not records:
        raise PortalRecordRefused(record="-", reason="it is empty")
    for record in records:
        if not isinstance(record, Mapping):
            raise PortalRecordRefused(record="-", reason="not an object")
        yield record


def procedure_from_portal(record: Mapping[str, Any], *, on: date) -> ImportedProcedure:
    """The draft of one procedure as read on a day; raises ``PortalRecordRefused``."""
    code = _words(record.get("codeNotation")) or _words(record.get("code"))
    match = _CODE.match(code)
    if match is None:
        raise PortalRecordRefused(record=clip(code, 40) or "-", reason="it has no procedure code")
    draft = _Draft()
    draft.open("Imported from the portal: conditions, papers and classes must be written by hand.")
    draft.open("The English names still have to be translated.")
    for case in _list(record, "executionCases"):
        _case(case, draft)
    if not draft.cases:
        name = _words(record.get("name")) or match[0]
        draft.cases[GENERAL] = {"id": GENERAL, "name": _both(name)}
    data = _data(record, match[0], code, draft, on)
    text = yaml.dump(data, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=98)
    _hold(text, match[0])
    return ImportedProcedure(match[0], text, tuple(draft.open_points))


def _hold(text: str, code: str) -> None:
    """The draft must be a schema that the catalogue takes."""
    lined = parse_yaml(text.encode(), f"{code}.yaml")
    try:
        procedure = Procedure.model_validate(lined.data)
    except ValidationError as error:
        raise PortalRecordRefused(record=code, reason=str(faults_of(error, lined)[0])) from error
    for place, reason in cross_faults(procedure):
        raise PortalRecordRefused(record=code, reason=str(lined.fault(place, reason)))


def _data(
    record: Mapping[str, Any], code: str, whole: str, draft: _Draft, on: date
) -> dict[str, Any]:
    name = _words(record.get("name")) or code
    proposal = record.get("procedureProposal")
    proposal = proposal if isinstance(proposal, Mapping) else {}
    decision = _words(proposal.get("proposalNumber"))
    decided = day_of(iso_date(_words(proposal.get("decisionDate"))[:40])[:10])
    if decided is None:
        draft.open("The day from which this holds is not in the record.")
    source = f"Cổng Dịch vụ công quốc gia, {code}" + (f"; {decision}" if decision else "")
    results = [*_results(record, draft)]
    data: dict[str, Any] = {
        "schema": "sohoa/procedure/1",
        "code": code,
        "name": _both(name),
        "agency_level": _level(record),
        "agency": _words(record.get("departmentPromulgate")) or "Chưa rõ",
        "owner_roles": ["requester"],
        "complete": bool(results and draft.components) and not draft.dropped,
        "valid_from": decided or on,
        "source": clip(source, 900),
        "checked": "unverified",
        "checked_on": on,
        "cases": [*draft.cases.values()],
        "components": [*draft.components.values()],
        "results": results,
        "processing": [*_processing(record, draft)],
        "fees": [*_fees(record)],
    }
    if whole != code and re.fullmatch(r"\d\.\d{6}\.[A-Z0-9.]{2,30}", whole):
        data["variants"] = [whole]
    if decision:
        data["decision"] = decision
    for component in data["components"]:
        # What stands under a mere heading belongs to every case.
        if GENERAL in component["cases"] or len(component["cases"]) == len(draft.cases):
            del component["cases"]
    data = {key: value for key, value in data.items() if value not in ([], "")}
    data["open_points"] = [*draft.open_points]
    return data


def _words(value: object, limit: int = 900) -> str:
    """Text of a field: tags and entities resolved, one line."""
    if not isinstance(value, str | int):
        return ""
    text = html.unescape(_TAG.sub(" ", str(value)[: limit * 20]))
    return clip(" ".join(text.split()), limit).replace("\ufffd", "").strip()


def _both(name: str) -> dict[str, str]:
    return {"vi": name, "en": name}


def _list(record: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = record.get(key)
    if not isinstance(found, list):
        return []
    return [entry for entry in found[:MAX_PARTS] if isinstance(entry, Mapping)]


def _level(record: Mapping[str, Any]) -> str:
    levels = {"isMinistry": "central", "isProvince": "province", "isWard": "commune"}
    found = [level for key, level in levels.items() if record.get(key) in (True, 1, "1", "true")]
    return found[0] if len(found) == 1 else "any"


def _id(name: str, taken: Mapping[str, object]) -> str:
    words = re.findall(r"[a-z0-9]+", plain(name[:300]))
    key = "_".join(words)[:40].strip("_")
    if not key or not key[0].isalpha():
        key = f"p_{key}".strip("_")
    number, unique = 2, key
    while unique in taken:
        unique = f"{key}_{number}"
        number += 1
    return unique


def _case(case: Mapping[str, Any], draft: _Draft) -> None:
    name = _words(case.get("name"))
    key = plain(name)
    shown = "xuat trinh" in key
    heading = shown or "phai nop" in key or not name
    if heading:
        case_id = GENERAL
        draft.cases.setdefault(case_id, {"id": case_id, "name": _both("Trường hợp chung")})
    else:
        known = next((c["id"] for c in draft.cases.values() if c["name"]["vi"] == name), None)
        case_id = known or _id(name, draft.cases)
        draft.cases.setdefault(case_id, {"id": case_id, "name": _both(name)})
    for component in _list(case, "profileComponents"):
        _component(component, case_id, shown, draft)


def _component(given: Mapping[str, Any], case: str, shown: bool, draft: _Draft) -> None:
    name = _words(given.get("name"))
    code = code_key(_words(given.get("code"), 100))
    originals, copies = _count(given.get("originalQty")), _count(given.get("copyQty"))
    if not name:
        return
    if originals + copies == 0 and not shown:
        draft.open(f"A note, no paper (quantity 0/0): {name}")
        return
    if not _SHAPE.fullmatch(code):
        draft.open(f"A component without a code that can be matched: {name}")
        draft.dropped = True
        return
    if " hoặc " in f" {name.casefold()} ":
        draft.open(f"Several papers in one component (“hoặc”): {name}")
    for known in draft.components.values():
        same = code in known["codes"] or plain(known["name"]["vi"]) == plain(name)
        if same or (_e_form(name) and _declares(known)) or (_e_form_only(known) and _form(name)):
            if code not in known["codes"]:
                known["codes"].append(code)
                draft.open(f"Paper form and e-form taken for one component: {name}")
            if case not in known["cases"]:
                known["cases"].append(case)
            return
    key = _id(name, draft.components)
    made: dict[str, Any] = {"id": key, "name": _both(name), "codes": [code], "cases": [case]}
    if shown:
        made |= {"submission": "show", "digitize": "I"}
    else:
        made |= {"originals": originals, "copies": copies}
        if originals == 0:
            made["accept_copy"] = True
        if given.get("isProcessingResult") in (True, 1, "1", "true"):
            made["digitize"] = "A"
        if given.get("required") in (False, 0, "0", "false"):
            made["optional"] = True
            draft.open(f"Not marked as required; write the condition: {name}")
    draft.components[key] = made


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return 0
    text = str(value).strip()
    return min(100, int(text)) if re.fullmatch(r"[0-9]{1,6}", text) else 0


def _e_form(name: str) -> bool:
    return plain(name).startswith(_E_FORM)


def _form(name: str) -> bool:
    return plain(name).startswith(("to khai", "don ", "giay de nghi", "phieu "))


def _declares(component: Mapping[str, Any]) -> bool:
    return _form(component["name"]["vi"]) and len(component["codes"]) == 1


def _e_form_only(component: Mapping[str, Any]) -> bool:
    return _e_form(component["name"]["vi"]) and len(component["codes"]) == 1


def _results(record: Mapping[str, Any], draft: _Draft) -> Iterator[dict[str, Any]]:
    seen = set()
    for given in _list(record, "resultsDetails"):
        code, name = code_key(_words(given.get("code"), 100)), _words(given.get("name"))
        if not re.fullmatch(r"[A-Z0-9][A-Z0-9.\-]{3,40}", code):
            draft.open(f"A result without a code that can be matched: {name}")
            continue
        if code in seen:
            continue
        seen.add(code)
        made: dict[str, Any] = {"code": code, "name": _both(name or code)}
        key = plain(name)
        if any(word in key for word in ("tu choi", "yeu cau bo sung", "yeu cau sua doi")):
            made["right_granting"] = False
        yield made


def _processing(record: Mapping[str, Any], draft: _Draft) -> Iterator[dict[str, Any]]:
    limits: dict[tuple[str, int], list[str]] = {}
    for method in _list(record, "executionMethods"):
        channel = _METHODS.get(_words(method.get("submissionMethod")))
        text = _words(method.get("processingTime"), 20)
        unit = _words(method.get("processingTimeUnit"))
        if channel is None or not re.fullmatch(r"[0-9]{1,3}", text):
            draft.open("The processing time of a way of submission is not in the record.")
            continue
        amount = int(text)
        if unit in _UNITS:
            key = (_UNITS[unit], amount)
        elif amount <= 1:  # "0/1": within the day, the next one when received after the cut-off
            key = ("same_day", 0)
        else:
            key = ("working_day", amount)
            draft.open("The unit of the processing time (OTHER) was taken for working days.")
        limits.setdefault(key, []).append(channel)
    for (kind, amount), channels in limits.items():
        made: dict[str, Any] = {"unit": kind, "amount": amount}
        if len(limits) > 1:
            made["channels"] = list(dict.fromkeys(channels))
        if kind == "same_day":
            made["cutoff"] = CUTOFF
        yield made


def _fees(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    seen: dict[tuple[str, int], dict[str, Any]] = {}
    for method in _list(record, "executionMethods"):
        channel = _METHODS.get(_words(method.get("submissionMethod")))
        for fee in _list(method, "fees"):
            amount = re.sub(r"[.,\s]", "", _words(fee.get("value"), 20))
            kind = "Phí" if _words(fee.get("type")) == "SERVICE_FEE" else "Lệ phí"
            name = _words(fee.get("description"), 300) or kind
            if channel is None or not re.fullmatch(r"[0-9]{1,9}", amount):
                continue
            key = (name, int(amount))
            made = seen.setdefault(key, {"name": _both(name), "amount": key[1], "channels": []})
            if channel not in made["channels"]:
                made["channels"].append(channel)
    for made in seen.values():
        if len(made["channels"]) == len(_METHODS):
            del made["channels"]
        yield made
