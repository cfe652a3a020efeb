"""A second look at later changes with another reader: the signed version and the final one.

qpdf, which shares no code with our strict reader, opens both without repairing anything, and
everything that a reader shows must be the same in both: pages, their order, content, fonts,
colours, earlier annotations, actions, layers. What may differ is what further signatures and
their validation data need. The first look judges each revision by its bytes; this one judges
what two readers would show.
"""

from __future__ import annotations

import logging
import re
from typing import Any, BinaryIO

import pikepdf

# What qpdf says about damaged files is in the report; on a terminal it would only frighten.
logging.getLogger("pikepdf._core").setLevel(logging.CRITICAL)

_MAX_STEPS = 500_000
_MAY_COME = frozenset(
    {
        "/DSS",
        "/Extensions",
        "/Version",
        "/AcroForm",
        "/Pages",
        "/Metadata",
        "/StructTreeRoot",  # shows nothing; the first look lets it grow by signature fields only
    }
)
_BACK = frozenset({"/Parent", "/P"})
_LEADS_BACK = re.compile(rb"/(?:Parent|P) ")
#: What stands before each `` R`` of an object as qpdf writes it.
_REFERENCE = re.compile(rb"(\d{1,9}) (\d{1,5})\Z")


_NOTES = frozenset({"/Text", "/Highlight"})
_PAINT = frozenset({"/AP", "/A", "/AA", "/FT"})


class _Differs(Exception):
    """The final version shows something else; the word says where."""


def open_strictly(stream: BinaryIO) -> Any:
    """The document as qpdf reads it, without repairing anything; raises what qpdf raises."""
    return pikepdf.open(
        stream,
        attempt_recovery=False,
        suppress_warnings=True,
        access_mode=pikepdf.AccessMode.stream,
    )


def qpdf_look(signed: BinaryIO, final: Any) -> tuple[str, str]:
    """``agrees``, ``rejects`` (and where) or ``failed``, as :class:`ChangeFacts` has it.

    ``final`` is the whole document, opened by :func:`open_strictly`.
    """
    try:
        with open_strictly(signed) as old:
            _Comparison(old, final).run()
    except _Differs as found:
        return "rejects", str(found)
    except Exception as error:
        return "failed", type(error).__name__
    return "agrees", ""


class _Comparison:
    def __init__(self, old: Any, new: Any) -> None:
        self.old, self.new = old, new
        self._same: set[tuple[Any, Any]] = set()
        self._steps = 0
        self._kept = _same_places(old, new)

    def run(self) -> None:
        old, new = self.old.Root, self.new.Root
        for key in set(old.keys()) | set(new.keys()):
            if key not in _MAY_COME:
                self._equal(old.get(key), new.get(key), key)
        before, after = list(self.old.pages), list(self.new.pages)
        if [page.objgen for page in before] != [page.objgen for page in after]:
            raise _Differs("pages")
        pages = {page.objgen for page in before}
        # Links lead from page to page: each is compared once, at its own place.
        self._same |= {(ref, ref) for ref in pages}
        for first, second in zip(before, after, strict=True):
            one, other = first.obj, second.obj
            below: list[tuple[Any, Any]] = []
            if self._same_text(one, other, below):
                self._drain(below, "page")
                continue
            for key in set(one.keys()) | set(other.keys()):
                if key not in ("/Annots", "/Parent"):
                    self._equal(one.get(key), other.get(key), f"page{key}")
            self._annotations(one, other)
        self._form()

    def _annotations(self, one: Any, other: Any) -> None:
        before, after = list(one.get("/Annots", ())), list(other.get("/Annots", ()))
        if len(after) < len(before):
            raise _Differs("annotations")
        for first, second in zip(before, after, strict=False):
            self._equal(first, second, "annotations")
        for added in after[len(before) :]:
            if str(added.get("/Subtype")) in _NOTES and not set(added.keys()) & _PAINT:
                continue  # a comment; whether comments may come was judged by the first look
            holder = added.get("/Parent", added) if "/FT" not in added else added
            if added.get("/Subtype") != "/Widget" or holder.get("/FT") != "/Sig":
                raise _Differs("annotations")
            if "/V" not in holder and "/AP" in added:
                raise _Differs("annotations")

    def _form(self) -> None:
        one, other = self.old.Root.get("/AcroForm"), self.new.Root.get("/AcroForm")
        if one is None:
            return
        if other is None:
            raise _Differs("form")
        for key in set(one.keys()) | set(other.keys()):
            if key not in ("/Fields", "/SigFlags"):
                self._equal(one.get(key), other.get(key), f"form{key}")
        before, after = list(one.get("/Fields", ())), list(other.get("/Fields", ()))
        if len(after) < len(before):
            raise _Differs("form/Fields")
        for first, second in zip(before, after, strict=False):
            self._equal(first, second, "form/Fields")
        if any(field.get("/FT") != "/Sig" for field in after[len(before) :]):
            raise _Differs("form/Fields")

    def _equal(self, one: Any, other: Any, where: str) -> None:
        self._drain([(one, other)], where)

    def _drain(self, stack: list[tuple[Any, Any]], where: str) -> None:
        while stack:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise ValueError("too many objects")
            first, second = stack.pop()
            is_object = isinstance(first, pikepdf.Object)
            if is_object != isinstance(second, pikepdf.Object):
                raise _Differs(where)
            if not is_object:
                if first != second or type(first) is not type(second):
                    raise _Differs(where)
                continue
            pair = (first.objgen, second.objgen)
            if pair != ((0, 0), (0, 0)):
                if pair in self._same:
                    continue
                self._same.add(pair)
            if self._same_text(first, second, stack):
                continue
            kind = first._type_code
            if kind != second._type_code:
                raise _Differs(where)
            if kind in (pikepdf.ObjectType.dictionary, pikepdf.ObjectType.stream):
                if set(first.keys()) != set(second.keys()):
                    raise _Differs(where)
                stack.extend(
                    (first.get(key), second.get(key))
                    for key in set(first.keys())
                    if key not in _BACK
                )
                if kind == pikepdf.ObjectType.stream and not self._same_bytes(first, second):
                    raise _Differs(where)
            elif kind == pikepdf.ObjectType.array:
                if len(first) != len(second):
                    raise _Differs(where)
                stack.extend(zip(list(first), list(second), strict=True))
            elif first != second:
                raise _Differs(where)

    def _same_text(self, first: Any, second: Any, stack: list[tuple[Any, Any]]) -> bool:
        """Whether qpdf writes both the same way; what they refer to goes on the ``stack``.

        Much quicker than comparing entry by entry. Where it says no, the entries decide: what
        leads back to parents is not followed there.
        """
        is_stream = first._type_code == pikepdf.ObjectType.stream
        if is_stream and second._type_code != pikepdf.ObjectType.stream:
            return False
        if is_stream:
            text, other = first.stream_dict.unparse(), second.stream_dict.unparse()
        else:
            text, other = first.unparse(True), second.unparse(True)
        if text != other:
            return False
        pieces = [piece[-16:] for piece in text.split(b" R")[:-1]]
        left_out = _references_back(first, text, pieces)
        if left_out is None or (is_stream and not self._same_bytes(first, second)):
            return False
        # In a string the same letters are no reference: then one object more is compared.
        for piece in set(pieces):
            found = _REFERENCE.search(piece)
            if found is None:
                continue
            ref = (int(found[1]), int(found[2]))
            if ref not in left_out and (ref, ref) not in self._same:
                stack.append((self.old.get_object(ref), self.new.get_object(ref)))
        return True

    def _same_bytes(self, first: Any, second: Any) -> bool:
        """Whether two streams with equal dictionaries have the same bytes.

        The signed version is the beginning of the final one. Where qpdf finds both streams at
        one place of one file, and their lengths are equal, there is nothing to compare.
        """
        if first.objgen == second.objgen and first.objgen in self._kept:
            length, other = first.stream_dict.get("/Length"), second.stream_dict.get("/Length")
            if isinstance(length, int) and length == other:
                return True
        # A byte array compares whole buffers at once, a memory view each byte on its own.
        return bool(bytearray(first.get_raw_stream_buffer()) == second.get_raw_stream_buffer())


def _references_back(
    value: Any, text: bytes, pieces: list[bytes]
) -> frozenset[tuple[int, int]] | None:
    """What ``value`` names as its parent and page; ``None`` where more than that leads back."""
    count = len(_LEADS_BACK.findall(text))
    if not count:
        return frozenset()
    if value._type_code != pikepdf.ObjectType.dictionary:
        return None
    back = [value.get(key) for key in _BACK if key in value]
    refs = [item.objgen for item in back if isinstance(item, pikepdf.Object) and item.is_indirect]
    written = [b"%d %d" % ref for ref in refs]
    once = all(sum(piece.endswith(ref) for piece in pieces) == 1 for ref in written)
    return frozenset(refs) if once and len(refs) == count else None


def _same_places(old: Any, new: Any) -> frozenset[tuple[int, int]]:
    """Objects that stand by themselves at the same place of both files, as qpdf has it."""
    before, after = old.get_xref_table(), new.get_xref_table()
    return frozenset(
        ref
        for ref, entry in before.items()
        if entry.type == 1
        and ref in after
        and after[ref].type == 1
        and after[ref].offset == entry.offset
    )
