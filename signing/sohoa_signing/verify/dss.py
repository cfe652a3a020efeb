"""The document security store: certificates and revocation data inside the file.

ETSI EN 319 142-1 clause 5.4. What stands here is material, not truth: it counts only when
its own signatures and dates hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509

from sohoa_signing.verify.cms_facts import load_certificate
from sohoa_signing.verify.pdf_objects import Stream, StructureError
from sohoa_signing.verify.revisions import Document

MAX_ITEMS = 2000


@dataclass(frozen=True, slots=True)
class DssMaterial:
    """Readable certificates, and lists and answers in DER; what cannot be read is left out."""

    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    raw_certificates: tuple[bytes, ...] = ()


def read_dss(document: Document) -> DssMaterial:
    """What the newest revision of ``document`` keeps in its security store.

    What is ill-formed there is left out; that the file is damaged is found elsewhere.
    """
    view = document.last
    found: dict[str, list[bytes]] = {"Certs": [], "CRLs": [], "OCSPs": []}
    for key, items in found.items():
        try:
            listed = view.array(view.dictionary(view.root.get("DSS")).get(key))
        except StructureError:
            continue
        for item in listed[:MAX_ITEMS]:
            try:
                stream = view.resolve(item)
                if isinstance(stream, Stream):
                    items.append(document.decode(stream))
            except StructureError:
                continue
    loaded = [load_certificate(raw) for raw in found["Certs"]]
    return DssMaterial(
        tuple(certificate for certificate in loaded if certificate is not None),
        tuple(found["CRLs"]),
        tuple(found["OCSPs"]),
        tuple(found["Certs"]),
    )


def first_store(document: Document) -> int:
    """Index of the first revision that has a security store, when the newest one has it."""
    for revision in document.revisions[:-1]:
        try:
            if "DSS" in document.view(revision.index).root:
                return revision.index
        except StructureError:
            continue
    return len(document.revisions) - 1
