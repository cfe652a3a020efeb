"""What the bytes of a PDF say about its signatures, before any library is asked.

For each signature field: is the byte range four ascending numbers from 0, is its gap exactly
the ``/Contents`` string, does it end where a revision ends, is what follows a row of
well-formed updates, is the signature dictionary still the one that was signed? Only facts;
what follows from them is decided in :mod:`sohoa_signing.verify.policy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sohoa_signing.verify.increments import walk_increment
from sohoa_signing.verify.pdf_objects import Buffer, Dict, Ref, StructureError, skip_space
from sohoa_signing.verify.revisions import Document, View
from sohoa_signing.verify.windows import find_all

MAX_FIELDS = 10_000
MAX_SIGNATURES = 200
_DATE = re.compile(
    r"D?:?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:([+\-Z])(?:(\d{2})'?(?:(\d{2})'?)?)?)?"
)
_HEX_ONLY = re.compile(rb"<[0-9A-Fa-f]*>\Z")


@dataclass(frozen=True, slots=True)
class ByteFacts:
    """One signature field with a value, as the bytes have it.

    ``problems`` are codes of :mod:`sohoa_signing.verify.problems`; empty means that the
    bytes are in order. ``revision`` is the index of the revision it signs, -1 if none.
    """

    field_name: str
    kind: str
    sub_filter: str
    byte_range: tuple[int, ...]
    contents: bytes = field(repr=False)
    revision: int
    covers_whole_file: bool
    problems: tuple[str, ...]
    claimed_time: datetime | None = None
    name: str = ""
    reason: str = ""
    location: str = ""
    permission: int | None = None
    dictionary: Ref | None = None
    field_ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A whole file: its strictly read structure and its signatures, oldest first.

    ``malformed`` is the code of what kept the file from being read; then nothing else holds.
    ``problems`` concern the file as a whole; ``notes`` are worth telling but decide nothing.
    """

    malformed: str = ""
    encrypted: bool = False
    document: Document | None = field(default=None, repr=False)
    signatures: tuple[ByteFacts, ...] = ()
    increments: dict[int, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_file(data: Buffer, *, max_inflated: int, look_for_loose: bool = True) -> FileFacts:
    """The facts about the PDF ``data``; never raises for what the bytes contain.

    ``look_for_loose`` searches all bytes for signatures that no field leads to.
    """
    try:
        document = Document(data, max_inflated=max_inflated)
        return _read(document, look_for_loose)
    except StructureError as error:
        return FileFacts(malformed=error.code)
    except (RecursionError, MemoryError, OverflowError):
        return FileFacts(malformed="limit")


def _read(document: Document, look_for_loose: bool) -> FileFacts:
    last = document.last
    if "Pages" not in last.root:
        raise StructureError("catalog")
    if any("Encrypt" in revision.trailer for revision in document.revisions):
        return FileFacts(encrypted=True, document=document)
    problems = ["trailing_bytes"] if document.trailing else []
    for revision in document.revisions:
        problems.extend(revision.problems)
    if last.beyond_size:
        problems.append("beyond_size")
    notes: list[str] = []
    signatures = _signatures(document)
    reached = {
        holder.number
        for signature in signatures
        for holder in (signature.dictionary, signature.field_ref)
        if holder is not None
    }
    increments = {
        revision.index: tuple(walk_increment(document, revision, reached))
        for revision in document.revisions
        if revision.index > 0
    }
    if look_for_loose and not signatures and mentioned_signatures(document.data):
        notes.append("loose_signature")
    ends = [s.byte_range for s in signatures if len(s.byte_range) == 4]
    if len(set(ends)) != len(ends):
        problems.append("ranges_overlap")
    dictionaries = [s.dictionary for s in signatures if s.dictionary]
    if len(set(dictionaries)) != len(dictionaries):
        problems.append("signature_shared")
    if not signatures:
        if document.trailing.strip(b"\x00\t\n\x0c\r "):
            # What hangs at the end may be the stump of a signed version.
            return FileFacts(malformed="trailing_bytes")
        if last.beyond_size:
            notes.append("beyond_size")
        problems = []
    return FileFacts(
        document=document,
        signatures=tuple(signatures),
        increments=increments,
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(notes),
    )


def mentioned_signatures(data: Buffer) -> int:
    """How often a /ByteRange is written anywhere in the file, in objects in force or not."""
    count = 0
    for at in find_all(data, b"/ByteRange"):
        # Only the word and its bracket: the same letters inside a picture are no signature.
        after = skip_space(data, at + 10)
        count += data[after : after + 1] == b"["
    return count


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    ref: Ref | None
    fields: Dict
    value: Any


def signature_fields(view: View) -> tuple[_Field, ...]:
    """Signature fields of the form, with inherited type and value (ISO 32000-1 12.7.3)."""
    if view.signature_fields is None:
        view.signature_fields = tuple(_find_signature_fields(view))
    return view.signature_fields


def _find_signature_fields(view: View) -> Iterator[_Field]:
    form = view.dictionary(view.root.get("AcroForm"))
    stack: list[tuple[Any, str, Any, Any, int]] = [
        (item, "", None, None, 0) for item in reversed(view.array(form.get("Fields")))
    ]
    seen: set[Ref] = set()
    count = 0
    while stack:
        item, prefix, kind, value, depth = stack.pop()
        if isinstance(item, Ref):
            if item in seen:
                continue
            seen.add(item)
        count += 1
        if count > MAX_FIELDS or depth > 50:
            raise StructureError("field_tree")
        fields = view.dictionary(item)
        partial = fields.get("T")
        name = prefix
        if partial is not None:
            text = decode_text(view.resolve(partial))
            name = f"{prefix}.{text}" if prefix else text
        kind = fields.get("FT", kind)
        if "V" in fields:
            value = fields["V"]
        kids = view.array(fields.get("Kids"))
        named = [kid for kid in kids if "T" in view.dictionary(kid)]
        if kind == "Sig" and not named:
            yield _Field(name, item if isinstance(item, Ref) else None, fields, value)
        else:
            stack.extend((kid, name, kind, value, depth + 1) for kid in reversed(kids))


def form_references(view: View) -> Iterator[Ref]:
    """References to every field and widget of the form."""
    form = view.dictionary(view.root.get("AcroForm"))
    stack = list(view.array(form.get("Fields")))
    seen: set[Ref] = set()
    while stack:
        item = stack.pop()
        if isinstance(item, Ref):
            if item in seen:
                continue
            seen.add(item)
            yield item
        if len(seen) > MAX_FIELDS:
            raise StructureError("field_tree")
        stack.extend(view.array(view.dictionary(item).get("Kids")))


def field_names(view: View) -> set[str]:
    """The names of all fields of the form, of whatever type, on every level of their tree."""
    form = view.dictionary(view.root.get("AcroForm"))
    stack: list[tuple[Any, str]] = [(item, "") for item in view.array(form.get("Fields"))]
    names: set[str] = set()
    count = 0
    while stack:
        item, prefix = stack.pop()
        count += 1
        if count > MAX_FIELDS:
            raise StructureError("field_tree")
        fields = view.dictionary(item)
        partial = decode_text(view.resolve(fields.get("T")))
        name = ".".join(part for part in (prefix, partial) if part)
        names.add(name)
        stack.extend((kid, name) for kid in view.array(fields.get("Kids")))
    return names


def decode_text(value: Any) -> str:
    """A PDF text string (7.9.2.2) as text; empty when it is none."""
    if not isinstance(value, bytes):
        return ""
    if value.startswith(b"\xfe\xff"):
        return value[2:].decode("utf-16-be", "replace")
    if value.startswith(b"\xef\xbb\xbf"):
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1")


def parse_date(value: Any) -> datetime | None:
    """A PDF date (7.9.4) in UTC; without a zone it is taken as UTC; ``None`` if malformed."""
    match = _DATE.match(decode_text(value))
    if match is None:
        return None
    parts = [int(part) if part else None for part in match.groups()[:6]]
    zone: timezone = UTC
    if match[7] in ("+", "-"):
        shift = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
        zone = timezone(shift if match[7] == "+" else -shift) if shift < timedelta(days=1) else UTC
    try:
        moment = datetime(
            parts[0] or 0,
            parts[1] or 1,
            parts[2] or 1,
            parts[3] or 0,
            parts[4] or 0,
            parts[5] or 0,
            tzinfo=zone,
        )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _signatures(document: Document) -> list[ByteFacts]:
    """Every signature of the form now, and those that a later revision took away."""
    found: list[ByteFacts] = []
    present: set[tuple[str, Any]] = set()
    last = document.last
    for item in signature_fields(last):
        if last.resolve(item.value) is None:
            continue
        facts = _judge(document, item)
        found.append(facts)
        present.add((facts.field_name, facts.dictionary))
        if len(found) > MAX_SIGNATURES:
            raise StructureError("signature_count")
    names = {facts.field_name for facts in found}
    for revision in reversed(document.revisions[:-1]):
        view = document.view(revision.index)
        for item in signature_fields(view):
            if view.resolve(item.value) is None or item.name in names:
                continue
            names.add(item.name)
            facts = _judge(document, item, at=revision.index)
            found.append(_with_problem(facts, "signature_removed"))
    found.sort(key=lambda facts: (facts.revision, facts.field_name))
    return found


def _with_problem(facts: ByteFacts, problem: str) -> ByteFacts:
    from dataclasses import replace

    return replace(facts, problems=(problem, *facts.problems))


def _judge(document: Document, item: _Field, *, at: int | None = None) -> ByteFacts:
    view = document.last if at is None else document.view(at)
    value = view.resolve(item.value)
    problems: list[str] = []
    if not isinstance(value, Dict):
        return _nothing(item, "signature_not_dictionary")
    start = _dictionary_start(view, item, problems)
    if value.twice:
        problems.append("duplicate_key")
    byte_range = _byte_range(view, value, problems)
    contents = _contents(value, problems)
    revision = _check_range(document, value, byte_range, problems)
    if revision >= 0:
        _check_same_dictionary(document, item, revision, start, problems)
    whole = bool(byte_range) and byte_range[2] + byte_range[3] == len(document.data)
    if value.get("Type", "Sig") not in ("Sig", "DocTimeStamp"):
        problems.append("signature_type")
    sub_filter = value.get("SubFilter")
    kind = "timestamp" if sub_filter == "ETSI.RFC3161" else "signature"
    if kind == "timestamp" and value.get("Type", "DocTimeStamp") != "DocTimeStamp":
        problems.append("signature_type")
    return ByteFacts(
        field_name=item.name,
        kind=kind,
        sub_filter=str(sub_filter or ""),
        byte_range=byte_range,
        contents=contents,
        revision=revision,
        covers_whole_file=whole,
        problems=tuple(dict.fromkeys(problems)),
        claimed_time=parse_date(view.resolve(value.get("M"))),
        name=decode_text(view.resolve(value.get("Name"))),
        reason=decode_text(view.resolve(value.get("Reason"))),
        location=decode_text(view.resolve(value.get("Location"))),
        permission=_permission(view, value),
        dictionary=item.value if isinstance(item.value, Ref) else None,
        field_ref=item.ref,
    )


def _nothing(item: _Field, problem: str) -> ByteFacts:
    return ByteFacts(item.name, "signature", "", (), b"", -1, False, (problem,))


def _dictionary_start(view: View, item: _Field, problems: list[str]) -> int:
    """Offset of the signature dictionary; it must lie plainly in the file."""
    holder = item.value if isinstance(item.value, Ref) else item.ref
    if not isinstance(holder, Ref):
        problems.append("signature_hidden")
        return -1
    entry, _ = view.locate(holder.number)
    if entry.kind != "n":
        problems.append("signature_hidden")
        return -1
    return entry.first


def _byte_range(view: View, value: Dict, problems: list[str]) -> tuple[int, ...]:
    raw = value.get("ByteRange")
    if isinstance(raw, Ref):
        problems.append("byte_range_indirect")
        raw = view.resolve(raw)
    if (
        not isinstance(raw, list)
        or len(raw) != 4
        or not all(isinstance(n, int) and not isinstance(n, bool) for n in raw)
    ):
        problems.append("byte_range")
        return ()
    first, length, second, rest = raw
    if first != 0 or length <= 0 or second <= length or rest <= 0:
        problems.append("byte_range")
        return ()
    return first, length, second, rest


def _contents(value: Dict, problems: list[str]) -> bytes:
    raw = value.get("Contents")
    if not isinstance(raw, bytes) or not raw.strip(b"\x00"):
        problems.append("contents")
        return b""
    return raw


def _check_range(
    document: Document, value: Dict, byte_range: tuple[int, ...], problems: list[str]
) -> int:
    """Index of the revision that the range signs, -1 when it signs none."""
    if not byte_range:
        return -1
    data = document.data
    _, length, second, rest = byte_range
    if second + rest > len(data):
        problems.append("byte_range")
        return -1
    if value.spans.get("Contents") != (length, second) or not _HEX_ONLY.match(data[length:second]):
        problems.append("gap")
    end = second + rest
    for revision in document.revisions:
        if revision.end == end or (
            end < revision.end and data[end : revision.end] in (b"\n", b"\r", b"\r\n")
        ):
            is_last = revision.index == len(document.revisions) - 1
            if is_last and end != len(data):
                problems.append("uncovered_tail")
            if not revision.start <= second <= revision.end:
                problems.append("gap")
            return revision.index
    problems.append("not_revision_end")
    return -1


def _check_same_dictionary(
    document: Document, item: _Field, revision: int, start: int, problems: list[str]
) -> None:
    """The signature dictionary in force must be the one in the revision that was signed."""
    bounds = document.revisions[revision]
    if not bounds.start <= start < bounds.end:
        problems.append("signature_replaced")
        return
    view = document.view(revision)
    for old in signature_fields(view):
        if old.name == item.name:
            same_place = _dictionary_start(view, old, []) == start
            if not same_place or old.ref != item.ref:
                problems.append("signature_replaced")
            return
    problems.append("signature_replaced")


def _permission(view: View, value: Dict) -> int | None:
    """P of DocMDP when this signature certifies the document, else ``None``."""
    for item in view.array(value.get("Reference")):
        reference = view.dictionary(item)
        if reference.get("TransformMethod") == "DocMDP":
            allowed = view.resolve(view.dictionary(reference.get("TransformParams")).get("P", 2))
            return allowed if allowed in (1, 2, 3) else 1
    return None
