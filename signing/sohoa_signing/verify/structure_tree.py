"""The structure tree of a tagged PDF after a signature: it may name new signature fields.

Acrobat adds a ``Form`` element for each signature field it adds to a tagged document
(ISO 32000-1 14.7, 14.8.4.5). Nothing else of the tree may change: it is what screen readers
read aloud.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sohoa_signing.verify.pdf_objects import Dict, Ref, StructureError
from sohoa_signing.verify.revisions import View

_MAX = 100_000
_GROWING = frozenset({"K", "P", "ParentTree", "ParentTreeNextKey"})


def structure_growth(
    old: View, new: View, widgets: set[Any], equal: Callable[[Any, Any], bool]
) -> set[int] | None:
    """Numbers of the objects that changed or came because of new signature fields.

    ``widgets`` are the signature fields of the new version; ``None`` when the tree changed in
    any other way.
    """
    before, after = old.root.get("StructTreeRoot"), new.root.get("StructTreeRoot")
    if not isinstance(before, Ref) or before != after:
        return None
    touched: set[int] = set()
    fresh: set[Ref] = set()
    stack, seen = [before], {before}
    while stack:
        if len(seen) > _MAX:
            raise StructureError("limit")
        node = stack.pop()
        first, second = old.dictionary(node), new.dictionary(node)
        for key in (first.keys() | second.keys()) - _GROWING:
            if key == "Pg" and first.get(key) == second.get(key):
                continue  # pages are compared at their own place
            if not equal(first.get(key), second.get(key)):
                return None
        if first.get("P") != second.get("P"):
            return None
        kids, now = _kids(old, first), _kids(new, second)
        added = now[len(kids) :]
        if now[: len(kids)] != kids:
            return None
        for item in added:
            if not isinstance(item, Ref) or not _is_form(new, item, node, widgets):
                return None
            fresh.add(item)
        if first is not second:
            touched.add(node.number)
            if isinstance(second.get("K"), Ref):
                touched.add(second["K"].number)
        for item in kids:
            if isinstance(item, Ref) and item not in seen:
                seen.add(item)
                stack.append(item)
    listed = _parents(old, new, fresh)
    if listed is None:
        return None
    return touched | listed | {ref.number for ref in fresh}


def _kids(view: View, fields: Dict) -> list[Any]:
    value = view.resolve(fields.get("K"))
    if value is None:
        return []
    return value if isinstance(value, list) else [fields.get("K")]


def _is_form(view: View, item: Ref, parent: Ref, widgets: set[Any]) -> bool:
    fields = view.dictionary(item)
    if fields.get("S") != "Form" or fields.get("P") != parent:
        return False
    if fields.keys() - {"Type", "S", "P", "K", "Pg", "ID"}:
        return False
    kids = _kids(view, fields)
    return len(kids) == 1 and view.dictionary(kids[0]).get("Obj") in widgets


def _parents(old: View, new: View, fresh: set[Ref]) -> set[int] | None:
    """The parent tree may list the new elements behind the old ones, in one flat array."""
    one = old.dictionary(old.root.get("StructTreeRoot")).get("ParentTree")
    other = new.dictionary(new.root.get("StructTreeRoot")).get("ParentTree")
    before, after = old.dictionary(one), new.dictionary(other)
    first, second = old.array(before.get("Nums")), new.array(after.get("Nums"))
    if one != other or "Kids" in before or before.keys() != after.keys():
        return None if fresh or one != other else set()
    if second[: len(first)] != first or any(
        item not in fresh for item in second[len(first) + 1 :: 2]
    ):
        return None
    touched = {other.number} if isinstance(other, Ref) else set()
    if isinstance(after.get("Nums"), Ref):
        touched.add(after["Nums"].number)
    return touched
