"""What expressions of rules can see: the variables of each layer and the members of records.

==========  ==================================================================================
layer       variables
==========  ==================================================================================
field       ``value`` (a date where the field is one), ``item``, ``fields``, ``dossier``, ``on``
document    ``item``, ``fields`` (those of the papers that the rule names), ``dossier``, ``on``
dossier     ``dossier``, ``items``, ``on``
==========  ==================================================================================

An empty text, an unreadable date and a field that is not there are "not known".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sohoa_core.facts import FieldFact
from sohoa_validators import legal
from sohoa_validators.cel.functions import MAX_TEXT
from sohoa_validators.cel.types import BOOL, DATE, INT, STRING, Member, Type, list_of, record
from sohoa_validators.moments import Span, span
from sohoa_validators.paper import FieldType, Paper
from sohoa_validators.view import DossierView, ItemView


def _text(name: str) -> Member:
    def get(of: Any) -> str | None:
        value = str(getattr(of, name))[:MAX_TEXT].strip()
        return value or None

    return Member(STRING, get)


def _date(name: str) -> Member:
    return Member(DATE, lambda of: span(getattr(of, name)))


def _whole(name: str) -> Member:
    return Member(INT, lambda of: getattr(of, name))


def _flag(name: str) -> Member:
    return Member(BOOL, lambda of: getattr(of, name))


OWNER = record(
    "owner",
    {
        "name": _text("name"),
        "birth_date": _date("birth_date"),
        "kind": _text("kind"),
        "sex": _text("sex"),
        "identifier": Member(
            STRING,
            lambda owner: (
                owner.identifiers.get("personal")
                or next((v for v in owner.identifiers.values() if v), None)
            ),
        ),
    },
)


def field_value(fact: FieldFact | None, kind: Type) -> str | Span | None:
    """What an expression sees of a field."""
    if fact is None:
        return None
    if kind == DATE:
        return span(fact.value)
    return fact.value[:MAX_TEXT].strip() or None


def _field(name: str, kind: Type) -> Member:
    def get(fields: Mapping[str, FieldFact]) -> str | Span | None:
        return field_value(fields.get(name), kind)

    return Member(kind, get)


def _fields_type(papers: tuple[Paper, ...], *, common: bool) -> Type:
    """The record of the fields of ``papers``: those that all have, or those that any has."""
    kinds: dict[str, Type] = {}
    counts: dict[str, int] = {}
    for paper in papers:
        for field in paper.fields:
            kind = DATE if field.type is FieldType.DATE else STRING
            if kinds.setdefault(field.name, kind) != kind:
                kinds[field.name] = STRING  # read as text where the papers differ
            counts[field.name] = counts.get(field.name, 0) + 1
    if not common:
        for name in legal.field_names():
            kinds.setdefault(name, STRING)
    members = {
        name: _field(name, kind)
        for name, kind in kinds.items()
        if not common or counts[name] == len(papers)
    }
    return record("fields", members)


_ITEM = {
    "id": _text("id"),
    "kind": _text("kind"),
    "code": _text("code"),
    "title": _text("title"),
    "form": _text("form"),
    "submission": _text("submission"),
    "copies": _whole("copies"),
    "doc_type": _text("doc_type"),
    "issued_on": _date("issued_on"),
    "valid_to": _date("valid_to"),
    "digitized_on": _date("digitized_on"),
    "sides": _whole("sides"),
    "pages": Member(INT, lambda item: len(item.pages)),
    "digitized": _flag("digitized"),
    "secret": _flag("secret"),
    "shared_data": _flag("shared_data"),
    "on_request": _flag("on_request"),
    "signatures": Member(INT, lambda item: len(item.signatures)),
    "superseded_by": _text("superseded_by"),
}


def item_type(fields: Type) -> Type:
    """The record of an item whose fields have a type."""
    return record("item", {**_ITEM, "fields": Member(fields, lambda item: item.fields)})


def dossier_type(items: Type) -> Type:
    """The record of the dossier."""
    return record(
        "dossier",
        {
            "code": _text("code"),
            "procedure": _text("procedure"),
            "case": _text("case"),
            "agency": _text("agency"),
            "channel": _text("channel"),
            "status": _whole("status"),
            "received_on": _date("received_on"),
            "due_on": _date("due_on"),
            "finished_on": _date("finished_on"),
            "owner": Member(OWNER, lambda dossier: dossier.owner),
            "items": Member(list_of(items), lambda dossier: dossier.items),
        },
    )


def variables(
    layer: str, papers: tuple[str, ...], fields: tuple[str, ...], known: Mapping[str, Paper]
) -> dict[str, Type]:
    """The variables of a rule, in the order in which :func:`values` gives them."""
    every = _fields_type(tuple(known.values()), common=False)
    any_item = item_type(every)
    dossier = dossier_type(any_item)
    if layer == "dossier":
        return {"dossier": dossier, "items": list_of(any_item), "on": DATE}
    named = tuple(known[key] for key in papers if key in known)
    own = _fields_type(named, common=True) if named else every
    found = {"item": item_type(own), "fields": own, "dossier": dossier, "on": DATE}
    if layer == "field":
        kinds = {own.members[name].type for name in fields if name in own.members}
        found["value"] = kinds.pop() if len(kinds) == 1 else STRING
    return found


def document_values(item: ItemView, dossier: DossierView, on: date) -> list[Any]:
    """The values for a rule of one document."""
    return [item, item.fields, dossier, Span(on, on)]


def dossier_values(dossier: DossierView, on: date) -> list[Any]:
    """The values for a rule of the whole dossier."""
    return [dossier, dossier.items, Span(on, on)]
