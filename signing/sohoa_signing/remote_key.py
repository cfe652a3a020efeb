"""Remote signing (ký số từ xa) by the Cloud Signature Consortium's API, v1 and v2.

Only digests travel. The credential's certificates come from ``credentials/info``; one
authorization (``credentials/authorize``) covers a number of signatures for as long as the
service lets it, so that a night's batch asks for the PIN once. Where the service binds an
authorization to the hash (SCAL 2), each signature is authorized by itself. A PIN that was
refused is not sent again. What comes back is checked against the certificate before it is
used: a service that signs something else is found at once.

Version 2 of the API (its address ends in ``/csc/v2``) names the same things differently.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

from asn1crypto import algos
from cryptography import x509

from sohoa_core.i18n import N_
from sohoa_signing.certificates import key_strength, readable
from sohoa_signing.cms_build import signature_algorithm
from sohoa_signing.crypto import Mechanism, signature_holds
from sohoa_signing.errors import KeyPasswordWrong, RemoteSigningFailed
from sohoa_signing.keys import Password, ordered_chain
from sohoa_signing.network import Address, Channel, Unreachable

_LIMIT = 262_144


class RemoteKey:
    """A key at a service; ``batch`` is how many signatures one authorization is asked for."""

    def __init__(
        self,
        base_url: str,
        credential: str,
        *,
        access_token: Password,
        pin: Password | None = None,
        batch: int = 100,
        seconds: float = 30.0,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._credential = credential
        self._token = access_token
        self._pin = pin
        self._batch = max(1, batch)
        self._seconds = seconds
        self._channels: dict[str, Channel] = {}
        self._left = 0
        self._sad = ""
        self._until = 0.0
        self._second = "/v2" in self._base
        self._gone: str | None = None
        info = self._call("credentials/info", certificates="chain", certInfo=False, authInfo=True)
        try:
            encoded = info["cert"]["certificates"]
            found = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in encoded]
            if not all(map(readable, found)):
                raise ValueError
            self._certificate = found[0]
            status = info["key"]["status"]
            most = int(info.get("multisign", 1))
            one_time, self._wants_pin = _asks(info)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError):
            raise RemoteSigningFailed(detail=N_("its answer is not understood")) from None
        if status != "enabled":
            raise RemoteSigningFailed(detail=N_("the credential is disabled"))
        if one_time:
            raise RemoteSigningFailed(
                detail=N_("the credential asks for a one-time password, which a batch cannot give")
            )
        bound = str(info.get("SCAL", "1")) == "2"
        self._batch = 1 if bound else min(self._batch, max(1, most))
        self._chain = ordered_chain(found[0], tuple(found[1:]))

    @property
    def wants_pin(self) -> bool:
        """Whether the service asks for a PIN and none was given yet."""
        return self._wants_pin and self._pin is None

    def use_pin(self, pin: Password) -> None:
        """Authorize with this PIN from now on."""
        self._pin = pin

    @property
    def available(self) -> str | None:
        return self._gone

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return self._chain

    def sign_raw(self, data: bytes, *, digest: str, pss: bool) -> bytes:
        if self._gone is not None:
            raise RemoteSigningFailed(detail=self._gone)
        hashed = base64.b64encode(hashlib.new(digest, data).digest()).decode("ascii")
        algorithm = signature_algorithm(self._certificate, digest, pss=pss)
        extra: dict[str, Any] = {}
        if algorithm["algorithm"].native == "rsassa_pss":
            extra["signAlgoParams"] = base64.b64encode(algorithm["parameters"].dump()).decode()
        oid = algos.DigestAlgorithmId(digest).dotted
        if self._left < 1 or time.monotonic() > self._until:
            self._authorize(hashed, oid)
        self._left -= 1
        answer = self._call(
            "signatures/signHash",
            SAD=self._sad,
            **self._hashes(hashed, oid),
            signAlgo=algorithm["algorithm"].dotted,
            **extra,
        )
        try:
            value = base64.b64decode(answer["signatures"][0], validate=True)
        except (KeyError, IndexError, TypeError, ValueError):
            raise RemoteSigningFailed(detail=N_("its answer is not understood")) from None
        kind, _ = key_strength(self._certificate)
        scheme = "ecdsa" if kind == "ec" else "rsa_pss" if pss else "rsa_pkcs1"
        size = hashlib.new(digest).digest_size
        mechanism = Mechanism(scheme, digest, digest if scheme == "rsa_pss" else "", size)
        if not signature_holds(self._certificate.public_key(), mechanism, value, data):
            raise RemoteSigningFailed(detail=N_("it signed with another key or other content"))
        return value

    def close(self) -> None:
        self._gone = N_("The key was closed.")
        self._sad, self._left = "", 0
        for channel in self._channels.values():
            channel.close()

    def _authorize(self, hashed: str, oid: str) -> None:
        extra: dict[str, Any] = {}
        if self._pin is not None:
            secret = (self._pin() if callable(self._pin) else self._pin).decode("utf-8", "replace")
            if self._second:
                extra["authData"] = [{"id": "PIN", "value": secret}]
            else:
                extra["PIN"] = secret
        named = self._hashes(hashed, oid)
        if not self._second:
            del named["hashAlgo"]  # version 1 knows it here from the credential
        answer = self._call(
            "credentials/authorize", refused=True, numSignatures=self._batch, **named, **extra
        )
        sad = answer.get("SAD")
        if not isinstance(sad, str) or not sad:
            # Credentials lock after a few wrong PINs: this one is never sent again.
            self._gone = N_("The remote signing service refused the authorization.")
            if self._pin is None:
                raise RemoteSigningFailed(detail=self._gone)
            raise KeyPasswordWrong(where=self._credential)
        seconds = answer.get("expiresIn", 3600)
        valid = float(seconds) if isinstance(seconds, int | float) and seconds > 0 else 3600.0
        self._sad, self._left = sad, self._batch
        self._until = time.monotonic() + 0.9 * valid

    def _hashes(self, hashed: str, oid: str) -> dict[str, Any]:
        if self._second:
            return {"hashes": [hashed], "hashAlgorithmOID": oid}
        return {"hash": [hashed], "hashAlgo": oid}

    def _call(self, path: str, *, refused: bool = False, **values: Any) -> dict[str, Any]:
        """The answer of one method; with ``refused`` one that says no is an empty answer."""
        secret = self._token() if callable(self._token) else self._token
        if path not in self._channels:
            try:
                address = Address.parse(f"{self._base}/{path}")
            except ValueError:
                raise RemoteSigningFailed(
                    detail=N_("the address is not a plain http or https address")
                ) from None
            local = address.host in ("127.0.0.1", "::1", "localhost")
            if address.scheme != "https" and not local:
                # The access token signs in the officer's name: never in the clear.
                raise RemoteSigningFailed(detail=N_("its address must begin with https"))
            self._channels[path] = Channel(address, seconds=self._seconds)
        body = json.dumps({"credentialID": self._credential, **values}).encode("utf-8")
        try:
            raw = self._channels[path].request(
                limit=_LIMIT,
                body=body,
                content_type="application/json",
                headers={"Authorization": "Bearer " + secret.decode("ascii", "replace")},
            )
            answer = json.loads(raw)
        except Unreachable as error:
            if refused and error.status == 400:  # 401 is the access token's
                return {}
            raise RemoteSigningFailed(detail=error.reason) from None
        except ValueError:
            raise RemoteSigningFailed(detail=N_("its answer is not understood")) from None
        if not isinstance(answer, dict):
            raise RemoteSigningFailed(detail=N_("its answer is not understood"))
        return answer


def _asks(info: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the service asks for a one-time password, and for a PIN (both versions)."""
    if "auth" in info:  # version 2
        objects = info["auth"].get("objects") or []
        kinds = {str(item.get("type", "")).lower() for item in objects}
        return "otp" in "".join(kinds) or "challengeresponse" in kinds, "password" in kinds
    one_time = str(info.get("OTP", {}).get("presence", "false")).lower()
    return one_time == "true", str(info.get("PIN", {}).get("presence", "false")).lower() == "true"
