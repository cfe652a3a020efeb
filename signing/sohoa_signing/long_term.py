"""Levels B-LT and B-LTA: validation data and archive timestamps, appended as updates.

ETSI EN 319 142-1 clauses 5.4 and 5.5. The same functions serve a signature that was just
made, the extension of an old one, and the renewal of an archive timestamp.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509

from sohoa_core.i18n import N_
from sohoa_signing.crypto import digest_by
from sohoa_signing.errors import TimestampFailed
from sohoa_signing.evidence import Evidence, EvidenceSource
from sohoa_signing.fast_lane import free_field_name, signature_update
from sohoa_signing.pdf_file import Sink
from sohoa_signing.pdf_text import NotPlain, text_of
from sohoa_signing.timestamp import TOKEN_ROOM, Timestamper
from sohoa_signing.update import Update, stream_body
from sohoa_signing.verify.cms_facts import read_token
from sohoa_signing.verify.dss import read_dss
from sohoa_signing.verify.facts import FileFacts
from sohoa_signing.verify.pdf_objects import Ref
from sohoa_signing.verify.revisions import Document

ARCHIVE_FIELD = "sohoa_archive"
_SLACK = 64


def vri_name(contents: bytes) -> str:
    """The key of a signature in /VRI: SHA-1 of its value as it stands in the file, upper case."""
    return hashlib.sha1(contents, usedforsecurity=False).hexdigest().upper()


def evidence_update(document: Document, evidence: Evidence, vri: tuple[str, ...]) -> bytes | None:
    """The update that adds ``evidence`` to the security store; ``None`` when all is there.

    ``vri`` names the signatures that it validates. Raises :class:`NotPlain`.
    """
    update = Update(document, seed=b"DSS" + b"".join(v.encode() for v in vri))
    view = document.last
    root_ref = view.trailer.get("Root")
    if not isinstance(root_ref, Ref):
        raise NotPlain("catalog")
    root = text_of(view, root_ref)
    store = view.dictionary(view.root.get("DSS"))
    known = read_dss(document)
    have = {
        "Certs": set(known.raw_certificates),
        "CRLs": set(known.crls),
        "OCSPs": set(known.ocsps),
    }
    wanted = {
        "Certs": evidence.certificates,
        "CRLs": evidence.crls,
        "OCSPs": evidence.ocsps,
    }
    added = {
        key: [data for data in items if data not in have[key]] for key, items in wanted.items()
    }
    named = view.dictionary(store.get("VRI"))
    fresh = [name for name in vri if name not in named]
    if not any(added.values()) and not fresh:
        return None
    numbers: dict[str, list[bytes]] = {}
    entries: dict[str, bytes] = {}
    for key, items in added.items():
        numbers[key] = [b"%d 0 R" % update.add(stream_body(data)) for data in items]
        before = [b"%d %d R" % ref for ref in view.array(store.get(key)) if isinstance(ref, Ref)]
        if before or numbers[key]:
            entries[key] = b"[" + b" ".join([*before, *numbers[key]]) + b"]"
    if fresh:
        each = b"<< /Cert %s /CRL %s /OCSP %s >>" % tuple(
            entries.get(key, b"[]") for key in ("Certs", "CRLs", "OCSPs")
        )
        place = update.add(each)
        old = [
            b"/%s %d %d R" % (name.encode("latin-1"), *ref)
            for name, ref in named.items()
            if isinstance(ref, Ref)
        ]
        listed = [*old, *(b"/%s %d 0 R" % (name.encode(), place) for name in fresh)]
        entries["VRI"] = b"<< " + b" ".join(listed) + b" >>"
    elif "VRI" in store:
        kept = (
            text_of(view, view.root["DSS"])
            if isinstance(view.root["DSS"], Ref)
            else root.child(view, "DSS")
        )
        inner = kept.child(view, "VRI") if kept else None
        if inner is not None:
            entries["VRI"] = inner.raw
    body = (
        b"<< /Type /DSS "
        + b" ".join(b"/%s %s" % (k.encode(), v) for k, v in entries.items())
        + b" >>"
    )
    reference = view.root.get("DSS")
    if isinstance(reference, Ref):
        update.put(reference, body)
    else:
        number = update.add(body)
        update.put(root_ref, root.edited({"DSS": b"%d 0 R" % number}))
    return update.finish()[0]


def token_evidence(
    token: bytes,
    source: EvidenceSource,
    others: Iterable[x509.Certificate],
    moment: datetime,
) -> Evidence:
    """What validates the authority that made a timestamp ``token``."""
    facts = read_token(token, digest_by(), padded=True).cms
    if facts.signer is None:
        raise TimestampFailed(detail=N_("the timestamp carries no certificate"))
    return source.collect(facts.signer, (*facts.certificates, *others), moment)


def add_evidence(sink: Sink, evidence: Evidence, vri: tuple[str, ...], limit: int) -> bool:
    """Append ``evidence`` to the file in ``sink``; whether anything was missing."""
    document = Document(sink.buffer(), max_inflated=limit)
    update = evidence_update(document, evidence, vri)
    if update is not None:
        sink.append(update)
    return update is not None


def add_archive_timestamp(sink: Sink, timestamper: Timestamper, digest: str, limit: int) -> bytes:
    """Append a document timestamp over the whole file; returns the token (padding included)."""
    document = Document(sink.buffer(), max_inflated=limit)
    room = getattr(timestamper, "token_size", 0) or TOKEN_ROOM
    for _ in range(3):
        unsigned = signature_update(
            document,
            field_name=free_field_name(FileFacts(document=document), ARCHIVE_FIELD),
            entries=(
                ("Type", b"/DocTimeStamp"),
                ("Filter", b"/Adobe.PPKLite"),
                ("SubFilter", b"/ETSI.RFC3161"),
            ),
            reserved=room + _SLACK,
        )
        token = timestamper.stamp(sink.digest(digest, *unsigned.covered()), digest)
        if len(token) <= unsigned.reserved:
            sink.append(unsigned.fill(token))
            return token
        room = len(token)
    raise TimestampFailed(detail=N_("its tokens keep growing"))
