"""Timestamp authorities (TSA) over HTTP: a pool with time-outs, back-off and a second address.

RFC 3161 sections 2.4 and 3.4. Every token is checked before it is used: it must stamp what was
asked, repeat the nonce, be signed by a certificate for timestamping alone, and tell about the
time it is. A token that fails is thrown away and the next address is asked.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import algos, tsp

from sohoa_core.i18n import N_
from sohoa_signing.certificates import window
from sohoa_signing.cms_build import tlv
from sohoa_signing.errors import TimestampFailed
from sohoa_signing.network import Address, Channel, Unreachable
from sohoa_signing.verify.chain import may_stamp
from sohoa_signing.verify.cms_facts import read_cms

#: Tokens are three to eight kilobytes.
_LIMIT = 65_536
_CLOCK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TsaAddress:
    """Where a timestamp authority answers."""

    url: str


class _Service:
    """One address: its free connections, and until when it is left alone after a failure."""

    def __init__(self, address: Address, seconds: float) -> None:
        self.address = address
        self.seconds = seconds
        self.failures = 0
        self.rest_until = 0.0
        self._free: list[Channel] = []
        self._lock = threading.Lock()

    def ask(self, request: bytes) -> bytes:
        with self._lock:
            channel = (
                self._free.pop() if self._free else Channel(self.address, seconds=self.seconds)
            )
        answer = channel.request(
            limit=_LIMIT,
            body=request,
            content_type="application/timestamp-query",
            accept="application/timestamp-reply",
        )
        with self._lock:
            self._free.append(channel)
        return answer


class HttpTimestamper:
    """A pool of authorities, asked in order; the first good token counts.

    ``parallel`` requests run at a time, ``tries`` rounds are made over all addresses. An
    address that failed rests for a while that doubles with each failure.
    """

    def __init__(
        self,
        addresses: tuple[TsaAddress, ...],
        *,
        seconds: float = 10.0,
        tries: int = 3,
        parallel: int = 4,
        pause: float = 0.5,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not addresses:
            raise TimestampFailed(detail=N_("no timestamp authority was given"))
        try:
            self._services = [_Service(Address.parse(a.url), seconds) for a in addresses]
        except ValueError:
            raise TimestampFailed(
                detail=N_("the address is not a plain http or https address")
            ) from None
        self._tries = tries
        self._pause = pause
        self._clock = clock
        self._gate = threading.BoundedSemaphore(parallel)
        self.token_size = 0

    def stamp(self, digest_value: bytes, digest: str) -> bytes:
        reason = N_("no timestamp authority was given")
        with self._gate:
            for turn in range(self._tries):
                for service in self._services:
                    wait = service.rest_until - time.monotonic()
                    if wait > 0 and (len(self._services) > 1 and turn == 0):
                        continue  # another address may answer meanwhile
                    if wait > 0:
                        time.sleep(min(wait, 5.0))
                    nonce = secrets.randbits(63) | 1
                    try:
                        answer = service.ask(_request(digest_value, digest, nonce))
                        token = checked_token(answer, digest_value, digest, nonce, self._clock())
                    except Unreachable as error:
                        reason = error.reason
                        service.failures += 1
                        rest = self._pause * 2 ** min(service.failures - 1, 6)
                        service.rest_until = time.monotonic() + rest
                        continue
                    service.failures, service.rest_until = 0, 0.0
                    self.token_size = max(self.token_size, len(token))
                    return token
        raise TimestampFailed(detail=reason)


def _request(digest_value: bytes, digest: str, nonce: int) -> bytes:
    algorithm = algos.DigestAlgorithm({"algorithm": digest}).dump()
    number = nonce.to_bytes(9, "big").lstrip(b"\x00")
    number = b"\x00" + number if number[0] & 0x80 else number
    return tlv(
        0x30,
        b"\x02\x01\x01",
        tlv(0x30, algorithm, tlv(0x04, digest_value)),
        tlv(0x02, number),
        b"\x01\x01\xff",  # certReq: without the certificate nobody could check the token
    )


def checked_token(
    answer: bytes, digest_value: bytes, digest: str, nonce: int, now: datetime
) -> bytes:
    """The token in a response; raises :class:`Unreachable` when it does not hold."""
    try:
        response = tsp.TimeStampResp.load(answer, strict=True)
        if response["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise Unreachable(N_("the timestamp authority refused the request"))
        token = response["time_stamp_token"].dump()
        facts = read_cms(token, None)
        info = tsp.TSTInfo.load(facts.content, strict=True)
        imprint = info["message_imprint"]
        same = (
            imprint["hash_algorithm"]["algorithm"].native == digest
            and imprint["hashed_message"].native == digest_value
            and info["nonce"].native == nonce
        )
        moment = info["gen_time"].native
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unreachable(N_("the timestamp authority sent something else than a token")) from None
    if not same:
        raise Unreachable(N_("the token stamps something else than was asked"))
    sound = (
        facts.signer is not None
        and not facts.problems
        and facts.digest_holds
        and facts.signature_holds
        and facts.has_signing_certificate
    )
    if not sound or facts.signer is None or not may_stamp(facts.signer):
        raise Unreachable(N_("the token is not signed as a timestamp must be"))
    since, until = window(facts.signer)
    if abs(moment - now) > _CLOCK or not since <= moment <= until:
        raise Unreachable(N_("the token tells another time than this machine's clock"))
    return bytes(token)
