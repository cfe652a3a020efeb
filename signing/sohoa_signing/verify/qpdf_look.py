"""A second look at later changes with another reader: the signed version and the final one.

qpdf, which shares no code with our strict reader, opens both without repairing anything, and
everything that a reader shows must be the same in both: pages, their order, content, fonts,
colours, earlier annotations, actions, layers. What may differ is what further signatures and
their validation data need. The first look judges each revision by its bytes; this one judges
what two readers would show.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import pikepdf

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
        stack = [(one, other)]
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
                if kind == pikepdf.ObjectType.stream and not _same_bytes(first, second):
                    raise _Differs(where)
            elif kind == pikepdf.ObjectType.array:
                if len(first) != len(second):
                    raise _Differs(where)
                stack.extend(zip(list(first), list(second), strict=True))
            elif first != second:
                raise _Differs(where)


def _same_bytes(first: Any, second: Any) -> bool:
    return bool(
        memoryview(first.get_raw_stream_buffer()) == memoryview(second.get_raw_stream_buffer())
    )
