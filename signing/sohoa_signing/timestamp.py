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


class Timestamper(Protocol):
    """Whatever turns a digest into a timestamp token."""

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

    def stamp(self, digest_value: bytes, digest: str) -> bytes:
        moment = (self._fixed or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
        info = tsp.TSTInfo(
            {
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
        return build_signed_data(
            hashlib.sha256(info).digest(),
            certificate=self._key.certificate,
            chain=self._key.chain,
            digest="sha256",
            pss=True,
            sign=lambda data: self._key.sign_raw(data, digest="sha256", pss=True),
            content=("tst_info", info),
        )
