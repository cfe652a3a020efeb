"""Timestamps (dấu thời gian, RFC 3161) behind one protocol; an authority in this process.

``Timestamper`` is what signing asks for: a digest goes in, a token comes out or an error.
Addresses, pools and time-outs of authorities on the network belong to other modules that
keep the same protocol.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Protocol

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509

from sohoa_signing.certificates import to_asn1
from sohoa_signing.cms_build import build_signed_data
from sohoa_signing.keys import Key

#: Policy identifier of the demo authority, from the arc reserved for examples.
DEMO_POLICY = "2.999.1.1"


#: Room for a token before the first one was seen.
TOKEN_ROOM = 6000


class Timestamper(Protocol):
    """Whatever turns a digest into a timestamp token."""

    #: The longest token seen so far, in bytes; what a signature leaves room for.
    token_size: int

    def stamp(self, digest_value: bytes, digest: str) -> bytes:
        """The token (CMS ContentInfo, DER) over ``digest_value``, made with ``digest``.

        Raises :class:`sohoa_signing.errors.TimestampFailed`.
        """


class LocalTimestamper:
    """A timestamp authority in this process: for demonstrations and tests only.

    ``fixed`` freezes its clock. Its key stays loaded.
    """

    def __init__(self, key: Key, *, fixed: datetime | None = None) -> None:
        self._key = key
        self._fixed = fixed
        self.token_size = 0

    def stamp(self, digest_value: bytes, digest: str, *, nonce: int | None = None) -> bytes:
        moment = (self._fixed or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
        optional = {} if nonce is None else {"nonce": nonce}
        info = tsp.TSTInfo(
            optional
            | {
                "version": "v1",
                "policy": DEMO_POLICY,
                "message_imprint": {
                    "hash_algorithm": {"algorithm": digest},
                    "hashed_message": digest_value,
                },
                "serial_number": secrets.randbits(63),
                "gen_time": moment,
                "tsa": asn1_x509.GeneralName(
                    name="directory_name", value=to_asn1(self._key.certificate).subject
                ),
            }
        ).dump()
        token = build_signed_data(
            hashlib.sha256(info).digest(),
            certificate=self._key.certificate,
            chain=self._key.chain,
            digest="sha256",
            pss=True,
            sign=lambda data: self._key.sign_raw(data, digest="sha256", pss=True),
            content=("tst_info", info),
        )
        self.token_size = max(self.token_size, len(token))
        return token
