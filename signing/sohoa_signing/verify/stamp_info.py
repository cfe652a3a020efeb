"""What a timestamp says: the digest it stamps and the time (TSTInfo, RFC 3161 2.4.2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from asn1crypto import algos, tsp

from sohoa_signing.verify.der import (
    IDENTIFIER,
    INTEGER,
    OCTETS,
    SEQUENCE,
    NotDer,
    elements,
    first_element,
    inside,
)
from sohoa_signing.verify.remember import remembered

_GENERAL_TIME = 0x18
#: What may follow the time, each at most once and in this order: accuracy, ordering, nonce,
#: authority, extensions.
_OPTIONAL = (SEQUENCE, 0x01, INTEGER, 0xA0, 0xA1)
_SECONDS = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")


def stamp_info(content: bytes) -> tuple[str, bytes, datetime]:
    """Name of the digest, its value, and the time in UTC.

    Raises what asn1crypto raises for what is no TSTInfo.
    """
    try:
        return _plain(content)
    except NotDer:
        return _by_library(content)


def _plain(content: bytes) -> tuple[str, bytes, datetime]:
    whole = first_element(content, SEQUENCE)
    found = elements(content, whole[2], whole[3])
    tags = [item[0] for item in found]
    if whole[3] != len(content) or tags[:5] != [
        INTEGER,
        IDENTIFIER,
        SEQUENCE,
        INTEGER,
        _GENERAL_TIME,
    ]:
        raise NotDer
    places = [_OPTIONAL.index(tag) if tag in _OPTIONAL else -1 for tag in tags[5:]]
    if -1 in places or places != sorted(set(places)):
        raise NotDer
    algorithm, value = inside(content, found[2], SEQUENCE, OCTETS)
    time = _SECONDS.fullmatch(content, found[4][2], found[4][3])
    if time is None:
        raise NotDer
    try:
        year, month, day, hour, minute, second = (int(part) for part in time.groups())
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise NotDer from None
    name = _digest_name(content[algorithm[1] : algorithm[3]])
    return name, content[value[2] : value[3]], moment


@remembered
def _digest_name(encoded: bytes) -> str:
    return str(algos.DigestAlgorithm.load(encoded, strict=True)["algorithm"].native)


def _by_library(content: bytes) -> tuple[str, bytes, datetime]:
    info = tsp.TSTInfo.load(content, strict=True)
    imprint = info["message_imprint"]
    algorithm = str(imprint["hash_algorithm"]["algorithm"].native)
    moment = info["gen_time"].native
    gen_time = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return algorithm, imprint["hashed_message"].native, gen_time
