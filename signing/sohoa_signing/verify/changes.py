"""What later revisions changed after a signature, looked at twice.

The first look is ours: the document as signed and the document as it is now are walked side
by side from the catalog, and every difference must lie in one of the few places where the
law of PDF signatures allows one (ISO 32000-1 12.8.2.2, ETSI EN 319 142-1 clause 5.4): new
signatures, document timestamps and validation data, filled form fields, document metadata.
The second look is pyHanko's difference analysis. A change counts as allowed only when both
agree.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, BinaryIO

from sohoa_signing.verify.facts import (
    ByteFacts,
    FileFacts,
    form_references,
    signature_fields,
)
from sohoa_signing.verify.notes import is_harmless_note
from sohoa_signing.verify.pdf_objects import Dict, Ref, Stream, StructureError
from sohoa_signing.verify.revisions import View
from sohoa_signing.verify.structure_tree import structure_growth

# What the library finds is in the report; its tracebacks in a log would only frighten.
for _name in ("pyhanko.sign", "pyhanko.pdf_utils"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

MAX_STEPS = 2_000_000
MAX_PAGES = 20_000
#: What a form field may change when it is filled (12.7.4); a value without its look is a trick.
_FILLED = frozenset({"V", "AP", "AS", "M", "I", "RV"})
_PAGE_IGNORED = frozenset({"Annots", "Parent"})


@dataclass(frozen=True, slots=True)
class LaterRevision:
    """One revision after the signature and what it brought, by kind.

    Kinds: ``signature``, ``timestamp``, ``validation_data``, ``form_fill``, ``metadata``,
    ``annotation``, ``other``.
    """

    index: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """Changes after one signature: ``problems`` of our look, ``second`` of pyHanko's.

    ``second`` is ``agrees``, ``rejects``, ``failed`` (it could not judge) or ``not_needed``.
    """

    later: tuple[LaterRevision, ...] = ()
    problems: tuple[str, ...] = ()
    second: str = "not_needed"
    second_detail: str = ""


def changes_after(facts: FileFacts, signature: ByteFacts, permission: int) -> ChangeFacts:
    """What happened after ``signature``; ``permission`` is P of DocMDP in force (1, 2, 3)."""
    document = facts.document
    if document is None or signature.revision < 0:
        return ChangeFacts()
    final = len(document.revisions) - 1
    if signature.revision == final:
        return ChangeFacts()
    later: list[LaterRevision] = []
    problems: list[str] = []
    for index in range(signature.revision + 1, final + 1):
        problems.extend(facts.increments.get(index, ()))
        look = _Look(document.view(index - 1), document.view(index), permission)
        look.run()
        problems.extend(look.problems)
        later.append(LaterRevision(index, tuple(sorted(look.kinds)) or ("other",)))
        if permission == 1 and look.kinds - {"timestamp", "validation_data"}:
            problems.append("changed_although_locked")
    return ChangeFacts(later=tuple(later), problems=tuple(dict.fromkeys(problems)))


#: Values that may lead to other objects.
_HOLDERS = (Ref, Dict, list)


def _changed_objects(old: View, new: View) -> frozenset[int] | None:
    """Numbers of the objects that ``new`` finds elsewhere than ``old``, the view before it.

    ``None`` when an object stream is among them: then what it holds may have changed, too.
    """
    entries = new.document.revisions[new.index].entries
    changed = {number for number, entry in entries.items() if old.locate(number)[0] != entry}
    places = new.document.places.values()
    containers = {entry.first for each in places for _, entry in each if entry.kind == "c"}
    return frozenset(changed) if not changed & containers else None


class _Look:
    """One side-by-side walk of two successive views."""

    def __init__(self, old: View, new: View, permission: int) -> None:
        self.old, self.new, self.permission = old, new, permission
        self.problems: list[str] = []
        self.kinds: set[str] = set()
        self._explained: set[int] = set()
        self._steps = 0
        self._same: set[tuple[int, int]] = set()
        self._clean: set[int] = set()
        self._changed = _changed_objects(old, new)
        #: Pages and fields are compared on their own; links to them lead no further.
        self._apart: set[Ref] = set()

    def run(self) -> None:
        try:
            self._apart = set(self.old.pages(MAX_PAGES)) | set(form_references(self.old))
            self._trailer()
            self._catalog()
            self._pages()
            self._form()
            self._leftovers()
        except StructureError as error:
            self.problems.append("limit" if error.code == "limit" else "changed_structure")
        except (RecursionError, MemoryError):
            self.problems.append("limit")

    # --- the places where differences may be ---------------------------------------------

    def _trailer(self) -> None:
        old, new = self.old.trailer, self.new.trailer
        if old.get("Root") != new.get("Root") or "Encrypt" in new:
            self.problems.append("changed_catalog")
        first_old, first_new = self.old.array(old.get("ID")), self.new.array(new.get("ID"))
        if first_old and (not first_new or first_old[0] != first_new[0]):
            self.problems.append("changed_identity")
        if not self.equal(old.get("Info"), new.get("Info")):
            self.kinds.add("metadata")
            self._explain(new.get("Info"))

    def _catalog(self) -> None:
        old, new = self.old.root, self.new.root
        for key in old.keys() | new.keys():
            if key in ("Pages", "AcroForm"):
                if key == "Pages" and old.get(key) != new.get(key):
                    self.problems.append("changed_pages")
                continue
            if self.equal(old.get(key), new.get(key)):
                continue
            if key == "DSS":
                self.kinds.add("validation_data")
                self._check_dss(old.get(key), new.get(key))
            elif key == "Metadata":
                self.kinds.add("metadata")
                self._explain(new.get(key))
            elif key == "StructTreeRoot":
                widgets = {field.ref for field in signature_fields(self.new)}
                widgets -= {field.ref for field in signature_fields(self.old)}
                grown = structure_growth(self.old, self.new, widgets, self.equal)
                if grown is None:
                    self.problems.append("changed_catalog")
                else:
                    self._explained |= grown
            elif key == "Extensions":
                self._explain(new.get(key))
            elif key == "Version" and new.get(key) in ("1.5", "1.6", "1.7", "2.0"):
                continue
            elif key in ("OpenAction", "AA", "Names"):
                self.problems.append("added_action")
            elif key == "OCProperties":
                self.problems.append("changed_layers")
            else:
                self.problems.append("changed_catalog")
        root = self.new.trailer.get("Root")
        if isinstance(root, Ref):
            self._explained.add(root.number)

    def _check_dss(self, old: Any, new: Any) -> None:
        """Validation data may grow, not shrink, and holds nothing but streams."""
        self._explain(new)
        before, after = self.old.dictionary(old), self.new.dictionary(new)
        for key in ("Certs", "CRLs", "OCSPs"):
            gone = set(self._refs(self.old.array(before.get(key)))) - set(
                self._refs(self.new.array(after.get(key)))
            )
            if gone:
                self.problems.append("validation_data_removed")
            for item in self.new.array(after.get(key)):
                if not isinstance(self.new.resolve(item), Stream):
                    self.problems.append("changed_catalog")

    @staticmethod
    def _refs(items: list[Any]) -> list[Ref]:
        return [item for item in items if isinstance(item, Ref)]

    def _pages(self) -> None:
        before, after = self.old.pages(MAX_PAGES), self.new.pages(MAX_PAGES)
        if before != after:
            self.problems.append("changed_pages")
            return
        if not self._inherited_same():
            self.problems.append("changed_page_content")
        for page in before:
            old, new = self.old.dictionary(page), self.new.dictionary(page)
            if old is new and "Annots" not in old and self._untouched(old):
                continue
            for key in old.keys() | new.keys():
                if key in _PAGE_IGNORED or self.equal(old.get(key), new.get(key)):
                    continue
                self.problems.append("changed_page_content")
            self._annotations(page, old, new)
            if old is not new:
                self._explained.add(page.number)

    def _inherited_same(self) -> bool:
        """Attributes on nodes of the page tree count for every page below (7.7.3.4)."""
        stack: list[Any] = [self.old.root.get("Pages")]
        seen: set[Any] = set()
        while stack:
            node = stack.pop()
            if not isinstance(node, Ref) or node in seen:
                continue
            seen.add(node)
            old, new = self.old.dictionary(node), self.new.dictionary(node)
            if "Kids" not in old:
                continue
            for key in old.keys() | new.keys():
                if key not in ("Kids", "Parent") and not self.equal(old.get(key), new.get(key)):
                    return False
            if old.get("Kids") != new.get("Kids") and self.old.array(
                old.get("Kids")
            ) != self.new.array(new.get("Kids")):
                return False
            stack.extend(self.old.array(old.get("Kids")))
        return True

    def _annotations(self, page: Ref, old: Dict, new: Dict) -> None:
        before, after = self.old.array(old.get("Annots")), self.new.array(new.get("Annots"))
        if old.get("Annots") != new.get("Annots") or before != after:
            self._explain_only(new.get("Annots"))
        if after[: len(before)] != before:
            self.problems.append("changed_annotation")
            return
        signature_widgets = {f.ref for f in signature_fields(self.new)}
        for item in after[len(before) :]:
            fields = self.new.dictionary(item)
            parent = fields.get("Parent")
            if self.permission == 3 and is_harmless_note(self.new, fields):
                self.kinds.add("annotation")
                self._explain(item)
                continue
            if fields.get("Subtype") != "Widget" or not (
                item in signature_widgets or parent in signature_widgets
            ):
                self.problems.append("added_annotation")
            elif fields.get("P") not in (None, page):
                self.problems.append("changed_annotation")
        for first, second in zip(before, after, strict=False):
            if isinstance(first, Ref) and first in self._apart:
                continue  # a widget of the form: compared there
            if not self.equal(first, second):
                self.problems.append("changed_annotation")

    def _form(self) -> None:
        key = "AcroForm"
        old_form = self.old.dictionary(self.old.root.get(key))
        new_form = self.new.dictionary(self.new.root.get(key))
        if isinstance(self.new.root.get(key), Ref) and old_form is not new_form:
            self._explained.add(self.new.root[key].number)
        for name in old_form.keys() | new_form.keys():
            if name == "Fields" or self.equal(old_form.get(name), new_form.get(name)):
                continue
            if name == "SigFlags" or (name == "NeedAppearances" and name not in new_form):
                continue
            if name in ("DR", "DA") and name not in old_form:
                self._explain(new_form.get(name))
                continue
            self.problems.append("changed_form")
        before = self.old.array(old_form.get("Fields"))
        after = self.new.array(new_form.get("Fields"))
        if old_form.get("Fields") != new_form.get("Fields") or before != after:
            self._explain_only(new_form.get("Fields"))
        if after[: len(before)] != before:
            self.problems.append("changed_form")
            return
        for item in before:
            self._field(item)
        for item in after[len(before) :]:
            self._new_field(item)

    def _field(self, item: Any, depth: int = 0) -> None:
        """A field that was there when the document was signed."""
        if depth > 50:
            raise StructureError("field_tree")
        old, new = self.old.dictionary(item), self.new.dictionary(item)
        changed = {
            name
            for name in old.keys() | new.keys()
            if name not in ("Kids", "Parent", "P") and not self.equal(old.get(name), new.get(name))
        }
        if old.get("P") != new.get("P") or old.get("Parent") != new.get("Parent"):
            self.problems.append("changed_form")
        kids_before, kids_after = self.old.array(old.get("Kids")), self.new.array(new.get("Kids"))
        for kid in kids_before:
            self._field(kid, depth + 1)
        if kids_after[: len(kids_before)] != kids_before:
            self.problems.append("changed_form")
        for kid in kids_after[len(kids_before) :]:
            self._new_field(kid)
        if not changed:
            return
        if isinstance(item, Ref):
            self._explained.add(item.number)
        if old.get("FT") == "Sig":
            if self.old.resolve(old.get("V")) is not None:
                self.problems.append("signature_replaced")
            elif (
                changed - {"V", "AP", "Rect", "F", "MK", "AS", "Border", "BS", "Lock"}
                or "Rect" in changed
            ):
                self.problems.append("changed_form")
            else:
                self._signed(new)
            return
        if changed - _FILLED or self.permission < 2:
            self.problems.append("changed_form")
            return
        shows = "Rect" in new or bool(kids_before)
        value, look = "V" in changed, bool(changed & {"AP", "AS"})
        if shows and value != look and not kids_before and old.get("FT") is not None:
            # Value and appearance must move together, or the page says one thing, data another.
            self.problems.append("value_and_look_differ")
        self.kinds.add("form_fill")
        for name in changed:
            self._explain(new.get(name))

    def _new_field(self, item: Any) -> None:
        fields = self.new.dictionary(item)
        if fields.get("FT") != "Sig":
            self.problems.append("added_field")
            return
        if isinstance(item, Ref):
            self._explained.add(item.number)
        if fields.keys() & {"AA", "A"}:
            self.problems.append("added_action")
        for kid in self.new.array(fields.get("Kids")):
            if isinstance(kid, Ref):
                self._explained.add(kid.number)
                self._explain(self.new.dictionary(kid).get("AP"))
        if self.new.resolve(fields.get("V")) is None:
            if "AP" in fields and self._visible(fields):
                # A picture over the page that no signature answers for.
                self.problems.append("added_overlay")
            return
        self._signed(fields)

    def _visible(self, fields: Dict) -> bool:
        box = [self.new.resolve(n) for n in self.new.array(fields.get("Rect"))]
        numbers = [float(n) for n in box if isinstance(n, int | float)]
        return len(numbers) == 4 and numbers[0] != numbers[2] and numbers[1] != numbers[3]

    def _signed(self, fields: Dict) -> None:
        value = self.new.dictionary(fields.get("V"))
        stamp = value.get("SubFilter") == "ETSI.RFC3161"
        if stamp and "AP" in fields and self._visible(fields):
            self.problems.append("added_overlay")
        self.kinds.add("timestamp" if stamp else "signature")
        for name in ("V", "AP", "Lock", "MK"):
            self._explain(fields.get(name))

    # --- what is left ---------------------------------------------------------------------

    def _leftovers(self) -> None:
        """An object that was overwritten must be one of the differences explained above."""
        revision = self.new.document.revisions[self.new.index]
        own = {section.own_number for section in revision.sections}
        for number, entry in revision.entries.items():
            before, _ = self.old.locate(number)
            if before.kind == "f" or before == entry or number in own:
                continue
            if number in self._explained or self._equal_object(number):
                continue
            self.problems.append("object_overwritten")

    def _equal_object(self, number: int) -> bool:
        entry, _ = self.old.locate(number)
        generation = entry.second if entry.kind == "n" else 0
        return self.equal(Ref(number, generation), Ref(number, generation))

    def _explain(self, value: Any) -> None:
        """Mark everything below ``value`` as belonging to an allowed difference, if it is new."""
        stack = [value]
        seen: set[int] = set()
        while stack:
            self._step()
            item = stack.pop()
            if isinstance(item, Ref):
                if item.number in seen:
                    continue
                seen.add(item.number)
                if self.old.locate(item.number)[0] == self.new.locate(item.number)[0]:
                    continue  # an object of the signed document: not explained by this
                # It may have been overwritten: were it also used elsewhere, the comparison
                # of that place would have found the difference.
                self._explained.add(item.number)
                item = self.new.resolve(item)
            if isinstance(item, Stream):
                item = item.fields
            if isinstance(item, Dict):
                stack.extend(v for k, v in item.items() if k not in ("Parent", "P"))
            elif isinstance(item, list):
                stack.extend(item)

    def _explain_only(self, value: Any) -> None:
        if isinstance(value, Ref):
            self._explained.add(value.number)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise StructureError("limit")

    def _untouched(self, value: Any) -> bool:
        """Whether the newer revision defines nothing anew of all that ``value`` leads to.

        Then both views see the same objects at the same places, and one look at them is
        enough. A "no" decides nothing.
        """
        if self._changed is None:
            return False
        stack = [value]
        seen: set[int] = set()
        while stack:
            self._step()
            item = stack.pop()
            if isinstance(item, Ref):
                number = item.number
                if number in self._changed:
                    return False
                if number in self._clean or number in seen:
                    continue
                if item in self._apart and item is not value:
                    continue
                seen.add(number)
                item = self.old.resolve(item)
            if isinstance(item, Stream):
                item = item.fields
            if isinstance(item, Dict):
                stack.extend(
                    inner
                    for key, inner in item.items()
                    if isinstance(inner, _HOLDERS) and key not in ("Parent", "P")
                )
            elif isinstance(item, list):
                stack.extend(inner for inner in item if isinstance(inner, _HOLDERS))
        self._clean |= seen
        return True

    def equal(self, old: Any, new: Any) -> bool:
        """Whether two values are the same all the way down, each seen in its own view."""
        stack = [(old, new)]
        visited: set[tuple[int, int]] = set()
        while stack:
            self._step()
            first, second = stack.pop()
            if (
                (first is second or (isinstance(first, Ref) and first == second))
                and isinstance(first, _HOLDERS)
                and self._untouched(first)
            ):
                continue
            if isinstance(first, Ref) or isinstance(second, Ref):
                if first == second and first in self._apart and first is not old:
                    continue
                pair = (
                    first.number if isinstance(first, Ref) else -1,
                    second.number if isinstance(second, Ref) else -1,
                )
                if pair in visited or pair in self._same:
                    continue
                visited.add(pair)
                first, second = self.old.resolve(first), self.new.resolve(second)
            if isinstance(first, Stream) and isinstance(second, Stream):
                data = self.new.document.data
                same_place = (first.start, first.end) == (second.start, second.end)
                if not same_place and (
                    data[first.start : first.end] != data[second.start : second.end]
                ):
                    return False
                first, second = first.fields, second.fields
            if type(first) is not type(second):
                return False
            if isinstance(first, Dict):
                if first.keys() != second.keys():
                    return False
                stack.extend(
                    (first[key], second[key]) for key in first if key not in ("Parent", "P")
                )
            elif isinstance(first, list):
                if len(first) != len(second):
                    return False
                stack.extend(zip(first, second, strict=True))
            elif first != second:
                return False
        self._same |= visited
        return True


def second_look(stream: BinaryIO, signatures: tuple[ByteFacts, ...]) -> dict[str, tuple[str, str]]:
    """pyHanko's opinion on later changes, by field name: verdict and detail. Never raises."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    result: dict[str, tuple[str, str]] = {}
    try:
        reader = PdfFileReader(stream, strict=False)
        embedded: dict[str, Any] = {item.field_name: item for item in reader.embedded_signatures}
    except Exception as error:
        return {s.field_name: ("failed", type(error).__name__) for s in signatures}
    for signature in signatures:
        found = embedded.get(signature.field_name)
        if found is None:
            result[signature.field_name] = ("failed", "not_found")
            continue
        try:
            found.compute_integrity_info()
            summary = found.summarise_integrity_info()
            difference = summary["diff_result"]
            allowed = summary["docmdp_ok"] and not isinstance(difference, Exception)
            result[signature.field_name] = (
                ("agrees", "") if allowed else ("rejects", str(difference)[:200])
            )
        except Exception as error:
            result[signature.field_name] = ("failed", type(error).__name__)
    return result
