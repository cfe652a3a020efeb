"""A CMS SignedData taken apart into the encoded pieces that are judged (RFC 5652 clause 5).

Plain DER of the usual shape is cut by :mod:`sohoa_signing.verify.der`. Everything else (BER
of indefinite length, revocation data inside, attributes or choices that are rare) goes
through asn1crypto. The plain way takes only what the library takes, too, and finds the same;
a test compares both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asn1crypto.tsp  # noqa: F401 - teaches the library the attributes of timestamps
from asn1crypto import cms, core, parser, pdf

from sohoa_signing.verify.der import (
    FIRST,
    IDENTIFIER,
    INTEGER,
    OCTETS,
    SECOND,
    SEQUENCE,
    SET,
    Element,
    NotDer,
    elements,
    first_element,
    inside,
)

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_KINDS = {
    bytes.fromhex("06092a864886f70d010701"): "data",
    bytes.fromhex("060b2a864886f70d0109100104"): "tst_info",
}
#: Attributes of the plain way: their values are opened by those who judge them.
_SIGNED = {
    bytes.fromhex("06092a864886f70d010903"): "content_type",
    bytes.fromhex("06092a864886f70d010904"): "message_digest",
    bytes.fromhex("06092a864886f70d010905"): "signing_time",
    bytes.fromhex("060b2a864886f70d010910020c"): "signing_certificate",
    bytes.fromhex("060b2a864886f70d010910022f"): "signing_certificate_v2",
    bytes.fromhex("06092a864886f70d010934"): "cms_algorithm_protection",
}
_UNSIGNED = {bytes.fromhex("060b2a864886f70d010910020e"): "signature_time_stamp_token"}

#: An attribute: its whole encoding, its kind, and its encoded values.
Attribute = tuple[bytes, str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of one SignedData, each as it is encoded.

    ``size`` is its length without padding. ``enclosed`` says whether it carries content of
    its own; ``content`` is that content where it is an octet string. ``signed`` are the
    signed attributes with the tag of a SET, as they are signed; empty when there are none.
    The parts of the first signer only; ``signers`` counts them.
    """

    size: int
    kind: str
    enclosed: bool
    content: bytes | None
    certificates: tuple[bytes, ...]
    signers: int
    is_der: bool = True
    crls: tuple[bytes, ...] = ()
    sid: bytes = b""
    digest_algorithm: bytes = b""
    mechanism: bytes = b""
    signed: bytes = b""
    attributes: tuple[Attribute, ...] = ()
    signature: bytes = b""
    unsigned: tuple[Attribute, ...] = ()


def take_apart(data: bytes) -> Parts | None:
    """The pieces of the CMS at the beginning of ``data``; ``None`` for another CMS type.

    Raises what asn1crypto raises for what is no CMS.
    """
    try:
        return plain_parts(data)
    except NotDer:
        return library_parts(data)


def plain_parts(data: bytes) -> Parts:
    """The pieces, when ``data`` is plain DER of the usual shape; else :class:`NotDer`."""
    whole = first_element(data, SEQUENCE)
    kind, outer = inside(data, whole, IDENTIFIER, FIRST)
    if data[kind[1] : kind[3]] != _SIGNED_DATA:
        raise NotDer
    (signed_data,) = inside(data, outer, SEQUENCE)
    _, _, enclosed, listed, infos = inside(data, signed_data, INTEGER, SET, SEQUENCE, FIRST, SET)
    certificates = elements(data, listed[2], listed[3])
    if any(item[0] != SEQUENCE for item in certificates):
        raise NotDer
    name, is_enclosed, content = _plain_content(data, enclosed)
    (info,) = inside(data, infos, SEQUENCE)
    rest = elements(data, info[2], info[3])
    tags = [item[0] for item in rest]
    if tags[:6] != [INTEGER, SEQUENCE, SEQUENCE, FIRST, SEQUENCE, OCTETS] or tags[6:] not in (
        [],
        [SECOND],
    ):
        raise NotDer
    _, sid, digest, signed, mechanism, value = rest[:6]
    return Parts(
        size=whole[3],
        kind=name,
        enclosed=is_enclosed,
        content=content,
        certificates=tuple(data[item[1] : item[3]] for item in certificates),
        signers=1,
        sid=data[sid[1] : sid[3]],
        digest_algorithm=data[digest[1] : digest[3]],
        mechanism=data[mechanism[1] : mechanism[3]],
        signed=b"\x31" + data[signed[1] + 1 : signed[3]],
        attributes=_plain_attributes(data, signed, _SIGNED),
        signature=data[value[2] : value[3]],
        unsigned=_plain_attributes(data, rest[6], _UNSIGNED) if len(rest) > 6 else (),
    )


def _plain_content(data: bytes, enclosed: Element) -> tuple[str, bool, bytes | None]:
    found = elements(data, enclosed[2], enclosed[3])
    name = _KINDS.get(data[found[0][1] : found[0][3]]) if found else None
    if name is None or len(found) > 2:
        raise NotDer
    if len(found) == 1:
        return name, False, None
    if found[1][0] != FIRST:
        raise NotDer
    (octets,) = inside(data, found[1], OCTETS)
    content = data[octets[2] : octets[3]]
    if first_element(content, SEQUENCE)[3] != len(content):
        raise NotDer
    return name, True, content


def _plain_attributes(
    data: bytes, listed: Element, known: dict[bytes, str]
) -> tuple[Attribute, ...]:
    found: list[Attribute] = []
    for item in elements(data, listed[2], listed[3]):
        if item[0] != SEQUENCE:
            raise NotDer
        kind, values = inside(data, item, IDENTIFIER, SET)
        name = known.get(data[kind[1] : kind[3]])
        each = elements(data, values[2], values[3])
        if name is None or not each:
            raise NotDer
        if name == "signature_time_stamp_token" and any(one[0] != SEQUENCE for one in each):
            raise NotDer
        found.append((data[item[1] : item[3]], name, tuple(data[one[1] : one[3]] for one in each)))
    if not found:
        raise NotDer
    return tuple(found)


def library_parts(data: bytes) -> Parts | None:
    """The pieces as asn1crypto sees them, whatever their encoding."""
    size = parser.peek(data)
    info = cms.ContentInfo.load(data[:size], strict=True)
    if info["content_type"].native != "signed_data":
        return None
    signed = info["content"]
    enclosed = signed["encap_content_info"]
    inner = enclosed["content"]
    is_octets = isinstance(inner, core.OctetString | core.ParsableOctetString)
    listed = signed["crls"]
    is_absent = isinstance(listed, core.Void)
    lists = () if is_absent else (i.chosen.dump() for i in listed if i.name == "certificate_list")
    signers = list(signed["signer_infos"])
    base: dict[str, Any] = {
        "size": size,
        "kind": enclosed["content_type"].native,
        "enclosed": not isinstance(inner, core.Void),
        "content": bytes(inner) if is_octets else None,
        "certificates": _library_certificates(signed["certificates"]),
        "signers": len(signers),
        "is_der": data[1:2] != b"\x80",
        "crls": tuple(lists),
    }
    if not signers:
        return Parts(**base)
    first = signers[0]
    # Taken before anything else: asn1crypto sorts a SET again once its parts were looked at,
    # and the signature is over the bytes as they stand, with the tag of a SET (RFC 5652 5.4).
    attributes = first["signed_attrs"]
    has_signed = isinstance(attributes, cms.CMSAttributes)
    return Parts(
        **base,
        signed=b"\x31" + attributes.dump()[1:] if has_signed else b"",
        attributes=_library_attributes(attributes),
        sid=first["sid"].dump(),
        digest_algorithm=first["digest_algorithm"].dump(),
        mechanism=first["signature_algorithm"].dump(),
        signature=bytes(first["signature"].native),
        unsigned=_library_attributes(first["unsigned_attrs"]),
    )


def _library_certificates(listed: Any) -> tuple[bytes, ...]:
    if isinstance(listed, core.Void):
        return ()
    return tuple(item.chosen.dump() for item in listed if item.name == "certificate")


def _library_attributes(listed: Any) -> tuple[Attribute, ...]:
    if isinstance(listed, core.Void):
        return ()
    encoded = [item.dump() for item in listed]
    return tuple(
        (raw, item["type"].native, tuple(value.dump() for value in item["values"]))
        for raw, item in zip(encoded, listed, strict=True)
    )


def archived(value: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Lists and status answers inside one value of Adobe's archival attribute."""
    found = pdf.RevocationInfoArchival.load(value, strict=True)
    crls = tuple(item.dump() for item in found["crl"] if found["crl"])
    ocsps = tuple(item.dump() for item in found["ocsp"] if found["ocsp"])
    return crls, ocsps
