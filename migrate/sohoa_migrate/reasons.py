"""Why a row was rejected or needs a person: stable codes and their messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sohoa_core.facts import Severity
from sohoa_core.i18n import N_, translate
from sohoa_migrate.outcome import record_id

STAGE = "migrate"
#: Findings about items have a stage of their own: a dossier that is updated keeps them.
ITEM_STAGE = "migrate.items"

#: code -> message; the arguments are those that the row carries.
REASONS: dict[str, str] = {
    "key.missing": N_("the row has no key"),
    "key.duplicate": N_("another row has the same key"),
    "value.too_large": N_("a value passes the size limit of the mapping"),
    "value.binary": N_("a text is not valid UTF-8, or is binary data"),
    "value.number": N_("a number is infinite or no number"),
    "value.not_whole": N_("a whole number was expected"),
    "value.range": N_("a number lies outside the range allowed"),
    "value.choice": N_("a value is none of those allowed"),
    "text.too_long": N_("a text is too long for its field"),
    "text.controls": N_("control characters were left out"),
    "date.impossible": N_("there is no such day"),
    "date.partial": N_("a part of the date is 00: only the rest is known"),
    "date.unreadable": N_("the date has none of the formats of the mapping"),
    "lookup.unknown": N_("the code list does not have this code"),
    "field.missing": N_("a required value is empty"),
    "parent.unnamed": N_("the row does not say what it belongs to"),
    "parent.missing": N_("what the row belongs to is not in the source"),
    "parent.rejected": N_("what the row belongs to was itself rejected or left out"),
    "dossier.code_taken": N_("another dossier has the same code"),
    "record.exists": N_("a record with this id is already there"),
    "file.unnamed": N_("the row names no file"),
    "file.missing": N_("the file is not there"),
    "file.outside": N_("the path leads out of the attachment folder"),
    "file.no_folder": N_("the mapping names no attachment folder"),
    "file.unreadable": N_("the file cannot be read"),
    "file.too_large": N_("the file passes the size limit of the mapping"),
    "file.size": N_("the file has another size than the old system says"),
    "file.empty": N_("the file has no bytes"),
    "file.digest": N_("the file has another digest than the old system says"),
    "unit.divided": N_("the commune was divided: the address must tell which part it lies in"),
    "unit.code_unknown": N_("the unit code is in no list"),
    "unit.code_malformed": N_("this is not a unit code"),
    "unit.code_and_name": N_("unit code and unit name disagree"),
    "unit.code_width": N_("the unit code has too many digits"),
    "unit.former_code": N_("the unit ended before 2025: it was found through its successor"),
    "unit.doubtful_piece": N_("the sources disagree on where a part of the commune went"),
    "unit.district_ended": N_("a district has no successor: its tasks went by function"),
    "unit.not_on_date": N_("the unit did not exist on that date"),
    "unit.undecided": N_("the present unit cannot be decided"),
    "unit.code_without_date": N_("the unit code is ambiguous without its date"),
    "address.code_and_text": N_("unit code and printed address name different communes"),
    "address.unread": N_("no commune was recognized in the printed address"),
    "address.not_recognized": N_("no unit was recognized in the printed address"),
    "address.no_commune": N_("no commune was recognized in the printed address"),
    "address.ambiguous": N_("the printed address can be read in several ways"),
    "address.former_name": N_("the printed address has a name from before 2025"),
    "address.misspelled": N_("a name in the printed address is misspelled"),
    "address.spelling": N_("a name in the printed address is misspelled"),
    "address.undecided": N_("the present address cannot be decided"),
    "identifier.doubtful": N_("the identifier is not well formed"),
    "agency.unknown": N_("the agency code is in no list"),
    "agency.several_successors": N_("the agency's tasks went to several agencies"),
    "agency.no_successor": N_("the agency is closed and no successor is known"),
    "agency.unit_below": N_("the unit's province closed: choose the unit that took over"),
}

_FINDING = {
    "agency.unknown": N_("Agency code {code} is in no list: choose who holds this dossier now"),
    "agency.several_successors": N_(
        "The tasks of agency {code} went to several agencies: choose who holds this dossier now"
    ),
    "agency.no_successor": N_(
        "Agency {code} is closed and no successor is known: choose who holds this dossier now"
    ),
    "agency.unit_below": N_(
        "Agency {code} is closed; {holder} took over its province: choose the unit that holds "
        "this dossier now"
    ),
}


def message(code: str, lang: str | None = None) -> str:
    """The message of a reason code; the code itself where there is none."""
    return translate(REASONS[code], lang) if code in REASONS else code


#: Notes that tell of something done rather than something to settle.
_FOR_INFORMATION = {"text.controls", "field.missing"}


def to_settle(notes: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The notes of a row that a person should look at: reason code and arguments."""
    for note in notes:
        if note["code"] not in _FOR_INFORMATION:
            yield note["code"], {name: value for name, value in note.items() if name != "code"}


def finding(
    dossier_id: str, reason: str, args: dict[str, Any], *, stage: str = STAGE, about: str = ""
) -> dict[str, Any]:
    """The row of a finding that asks a person to settle something about a migrated dossier.

    ``about`` tells several of one reason apart (the id of an item).
    """
    agency = reason in _FINDING
    return {
        "id": record_id(dossier_id, stage, reason, str(args.get("field", "")), about),
        "stage": stage,
        "dossier_id": dossier_id,
        "document_id": None,
        "rule": f"migrate.{reason}",
        "severity": Severity.REVIEW.value,
        "message": _FINDING.get(reason) or REASONS.get(reason, reason),
        "args": args,
        "basis": "QĐ 09/2025/QĐ-TTg" if agency else None,
        "verified": "secondary" if agency else "verified",
        "field_name": "agency" if agency else args.get("field"),
        "page": None,
        "box": None,
        "rule_set": "migrate/1",
    }
