"""The fast lane: one incremental update with field, signature and mark, written by ourselves.

The document is read strictly; what is not plain raises :class:`NotPlain` and goes the other
lane. All positions are known before the signature is made, so the file is hashed once while
it passes by and never loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sohoa_signing.drawing import add_form, free_name, page_drawing
from sohoa_signing.mark_place import Placed
from sohoa_signing.pdf_text import NotPlain, Text, name_text, number_text, string_text, text_of
from sohoa_signing.update import Update, stream_body
from sohoa_signing.verify.facts import FileFacts, field_names
from sohoa_signing.verify.pdf_objects import Dict, Ref
from sohoa_signing.verify.revisions import Document

#: Room for ``0 x y z`` with numbers of ten digits; shorter ones are padded behind the bracket.
_RANGE_ROOM = 37


#: The same few keys in every signature.
_key = lru_cache(maxsize=64)(name_text)


@dataclass(slots=True)
class Unsigned:
    """An update whose signature value is still zeros.

    ``start`` and ``end`` are the span of the hexadecimal string with its brackets, counted
    from the update's first byte; ``reserved`` is how many bytes of CMS fit.
    """

    update: bytearray
    start: int
    end: int
    reserved: int

    def covered(self) -> tuple[memoryview, memoryview]:
        """The update's signed bytes, before and after the value."""
        view = memoryview(self.update)
        return view[: self.start], view[self.end :]

    def fill(self, value: bytes) -> bytes:
        """The finished update; ``value`` must fit."""
        digits = value.hex().encode("ascii")
        assert len(value) <= self.reserved
        at = self.start + 1
        self.update[at : at + len(digits)] = digits
        return bytes(self.update)

    @property
    def contents(self) -> bytes:
        """The value as it stands in the file, padding included."""
        return bytes.fromhex(self.update[self.start + 1 : self.end - 1].decode("ascii"))


def free_field_name(facts: FileFacts, base: str) -> str:
    """``base``, or with a number when a field of that name is there."""
    assert facts.document is not None
    taken = field_names(facts.document.last)
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def signature_update(
    document: Document,
    *,
    field_name: str,
    entries: Iterable[tuple[str, bytes]],
    reserved: int,
    mark: Placed | None = None,
    page_mark: Placed | None = None,
) -> Unsigned:
    """The update that adds a signed field; ``entries`` go into the signature dictionary.

    Raises :class:`NotPlain` when the document needs the other lane.
    """
    entries = list(entries)
    seed = b"".join(value for _, value in entries) + field_name.encode()
    update = Update(document, seed=seed)
    page = document.last.first_page()
    body, ranges_at, contents_at = _signature_body(entries, reserved)
    signature = update.add(body)
    widget = update.new()
    _put_widget(update, widget, signature, page, field_name, mark)
    _register(update, widget)
    _put_page(update, page, widget, page_mark)
    raw, bodies = update.finish()
    place = bodies[signature] - update.begin
    data = bytearray(raw)
    start = place + contents_at
    end = start + 2 * reserved + 2
    total = update.begin + len(data)
    first, second = update.begin + start, update.begin + end
    ranges = b"[0 %d %d %d]" % (first, second, total - second)
    data[place + ranges_at : place + ranges_at + len(ranges)] = ranges
    return Unsigned(data, start, end, reserved)


def pdf_date(moment: datetime) -> bytes:
    """A date with its zone (7.9.4)."""
    zone = moment.strftime("%z")
    return moment.strftime(f"(D:%Y%m%d%H%M%S{zone[:3]}'{zone[3:5]}')").encode("ascii")


def _signature_body(entries: Iterable[tuple[str, bytes]], reserved: int) -> tuple[bytes, int, int]:
    """The signature dictionary, and where its range and its value stand in it."""
    head = b"<< " + b" ".join(_key(key) + b" " + value for key, value in entries)
    head += b" /ByteRange "
    ranges_at = len(head)
    head += b" " * _RANGE_ROOM + b" /Contents "
    return head + b"<" + b"0" * (2 * reserved) + b"> >>", ranges_at, len(head)


def _put_widget(
    update: Update, widget: int, signature: int, page: Ref, field_name: str, mark: Placed | None
) -> None:
    rectangle, look = b"0 0 0 0", b""
    if mark is not None:
        form = add_form(_adder(update), mark.block, mark.rotation)
        rectangle = b" ".join(number_text(value) for value in mark.box)
        look = b" /AP << /N %d 0 R >>" % form
    # 132: printed (4) and locked in its place (128).
    update.put(
        Ref(widget, 0),
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T %s /V %d 0 R /F 132 /P %d %d R "
        b"/Rect [%s]%s >>" % (string_text(field_name), signature, *page, rectangle, look),
    )


def _adder(update: Update) -> Any:
    def add(dictionary: bytes, content: bytes | None = None) -> int:
        if content is None:
            return update.add(dictionary)
        return update.add(stream_body(content, dictionary[3:-3]))

    return add


def _register(update: Update, widget: int) -> None:
    """List the field in the form, which is made when there is none."""
    view = update.view
    root_ref = view.trailer.get("Root")
    if not isinstance(root_ref, Ref):
        raise NotPlain("catalog")
    root = text_of(view, root_ref)
    form = root.child(view, "AcroForm")
    item = b"%d 0 R" % widget
    if form is None:
        made = update.add(b"<< /Fields [%s] /SigFlags 3 >>" % item)
        update.put(root_ref, root.edited({"AcroForm": b"%d 0 R" % made}))
        return
    if not isinstance(form.value, Dict) or form.value.twice:
        raise NotPlain("form")
    if "XFA" in form.value or view.resolve(form.value.get("NeedAppearances")):
        raise NotPlain("form")
    changes = {"SigFlags": b"3"}
    _extend(update, form, "Fields", item, changes)
    reference = root.value["AcroForm"]
    if isinstance(reference, Ref):
        update.put(reference, form.edited(changes))
    else:
        update.put(root_ref, root.edited({"AcroForm": form.edited(changes)}))


def _extend(update: Update, holder: Text, key: str, item: bytes, changes: dict[str, bytes]) -> None:
    """Add ``item`` to the array under ``key``; ``changes`` says what the holder must change."""
    listed = holder.child(update.view, key)
    if listed is None:
        changes[key] = b"[" + item + b"]"
        return
    reference = holder.value[key]
    if isinstance(reference, Ref):
        if update.has(reference.number):
            raise NotPlain("array")
        update.put(reference, listed.appended(item))
    else:
        changes[key] = listed.appended(item)


def _put_page(update: Update, page: Ref, widget: int, page_mark: Placed | None) -> None:
    text = text_of(update.view, page)
    changes: dict[str, bytes] = {}
    _extend(update, text, "Annots", b"%d 0 R" % widget, changes)
    if page_mark is not None:
        changes |= _page_mark(update, text, page_mark)
    if not changes:
        return
    if update.has(page.number):
        raise NotPlain("page")
    update.put(page, text.edited(changes))


def _page_mark(update: Update, page: Text, mark: Placed) -> dict[str, bytes]:
    """What the page must change to show ``mark`` after its own content."""
    view = update.view
    resources = _inherited(update, page)
    images = resources.child(view, "XObject") if resources else None
    taken = images.value if images else {}
    if not isinstance(taken, Dict):
        raise NotPlain("resources")
    form = add_form(_adder(update), mark.block, mark.rotation)
    name = free_name(taken)
    entry = {name: b"%d 0 R" % form}
    both = images.edited(entry) if images else b"<< /%s %s >>" % (name.encode(), entry[name])
    changed = resources.edited({"XObject": both}) if resources else b"<< /XObject %s >>" % both
    drawing = page_drawing(mark.block, mark.rotation, mark.box, b"/" + name.encode())
    before = b"%d 0 R" % update.add(stream_body(b"q"))
    after = b"%d 0 R" % update.add(stream_body(drawing))
    return {
        "Resources": changed,
        "Contents": b"[" + b" ".join((before, _contents(update, page), after)) + b"]",
    }


def _contents(update: Update, page: Text) -> bytes:
    """The references to what the page draws now."""
    value = page.value.get("Contents")
    listed = update.view.resolve(value)
    if listed is None:
        return b""
    items = listed if isinstance(listed, list) else [value]
    if not all(isinstance(item, Ref) for item in items):
        raise NotPlain("contents")
    return b" ".join(b"%d %d R" % item for item in items)


def _inherited(update: Update, page: Text) -> Text | None:
    """The resources that count for the page, its own or inherited (7.7.3.4)."""
    node: Text | None = page
    for _ in range(100):
        if node is None:
            return None
        found = node.child(update.view, "Resources")
        if found is not None:
            return found
        node = node.child(update.view, "Parent")
    raise NotPlain("page_tree")
