"""Keys on a PKCS#11 token (thiết bị lưu khóa, USB token, HSM): one login, used for the batch.

The module of the token's maker is loaded with python-pkcs11 (``pip install sohoa[token]``).
A token is chosen by label or serial, a key by its certificate. A wrong PIN is tried once and
never again by itself: tokens lock after a few; one that is close to locking is not tried at
all unless the caller insists.
"""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sohoa_core.i18n import N_
from sohoa_signing.certificates import fingerprint, is_authority, load_certificates
from sohoa_signing.errors import (
    KeyMissing,
    KeyPasswordWrong,
    KeyUnavailable,
    KeyUnreadable,
    PinNearlyLocked,
    TokenMissing,
)
from sohoa_signing.keys import Password, ordered_chain

#: What a token answers when it was pulled out or its session ended.
_GONE = (
    "DeviceRemoved",
    "TokenNotPresent",
    "TokenNotRecognised",
    "SessionHandleInvalid",
    "SessionClosed",
    "DeviceError",
    "UserNotLoggedIn",
    "CryptokiNotInitialized",
    "GeneralError",
    "FunctionFailed",
    "KeyHandleInvalid",
    "ObjectHandleInvalid",
)


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """Which key: the maker's module, and what picks token and certificate among several.

    ``certificate_sha256`` may be the beginning of the fingerprint (at least 8 digits).
    """

    module: Path
    label: str = ""
    serial: str = ""
    certificate_sha256: str = ""


class TokenKey:
    """A private key that never leaves its token."""

    def __init__(
        self,
        library: Any,
        session: Any,
        private: Any,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
    ) -> None:
        self._library = library
        self._session = session
        self._private = private
        self._certificate = certificate
        self._chain = chain
        self._gone: str | None = None

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
            raise KeyUnavailable(detail=self._gone)
        pkcs11 = self._library
        name = digest.upper()
        try:
            if not isinstance(self._certificate.public_key(), rsa.RSAPublicKey):
                raw = bytes(
                    self._private.sign(
                        hashlib.new(digest, data).digest(), mechanism=pkcs11.Mechanism.ECDSA
                    )
                )
                half = len(raw) // 2
                return encode_dss_signature(
                    int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
                )
            if not pss:
                mechanism = getattr(pkcs11.Mechanism, f"{name}_RSA_PKCS")
                return bytes(self._private.sign(data, mechanism=mechanism))
            return bytes(
                self._private.sign(
                    data,
                    mechanism=getattr(pkcs11.Mechanism, f"{name}_RSA_PKCS_PSS"),
                    mechanism_param=(
                        getattr(pkcs11.Mechanism, name),
                        getattr(pkcs11.MGF, name),
                        hashlib.new(digest).digest_size,
                    ),
                )
            )
        except pkcs11.exceptions.PKCS11Error as error:
            kind = type(error).__name__
            if kind in _GONE:
                self._gone = N_("The token was removed or its session ended.")
                raise KeyUnavailable(detail=self._gone) from None
            raise KeyUnavailable(detail=f"PKCS#11: {kind}") from None

    def close(self) -> None:
        if self._gone is None:
            self._gone = N_("The key was closed.")
            try:
                self._session.close()
            except self._library.exceptions.PKCS11Error:
                return


def _library() -> Any:
    try:
        pkcs11 = importlib.import_module("pkcs11")
        importlib.import_module("pkcs11.exceptions")
    except ImportError:
        raise TokenMissing(detail=N_("python-pkcs11 is not installed")) from None
    return pkcs11


def _load(pkcs11: Any, module: Path) -> Any:
    if not module.is_file():
        raise TokenMissing(where=str(module), detail=N_("there is no such PKCS#11 module"))
    try:
        return pkcs11.lib(str(module))
    except (pkcs11.exceptions.PKCS11Error, RuntimeError, OSError):
        # Makers still ship 32-bit modules; a 64-bit program cannot load them.
        raise TokenMissing(
            where=str(module), detail=N_("the PKCS#11 module cannot be loaded on this machine")
        ) from None


def open_token(choice: TokenChoice, pin: Password, *, last_try: bool = False) -> TokenKey:
    """Log in once and find the key; ``last_try`` allows the last try before a token locks.

    Raises :class:`TokenMissing`, :class:`KeyPasswordWrong`, :class:`PinNearlyLocked`,
    :class:`KeyMissing` or :class:`KeyUnreadable`.
    """
    pkcs11 = _library()
    token = _choose(pkcs11, _load(pkcs11, choice.module), choice)
    where = str(token.label).strip()
    flags = token.flags
    if flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
        raise PinNearlyLocked(where=where, detail=N_("the token is locked"))
    if flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY and not last_try:
        raise PinNearlyLocked(where=where, detail=N_("one more wrong PIN locks the token"))
    secret = pin() if callable(pin) else pin
    try:
        session = token.open(user_pin=secret.decode("utf-8"))
    except (pkcs11.exceptions.PinIncorrect, pkcs11.exceptions.PinInvalid, UnicodeDecodeError):
        raise KeyPasswordWrong(where=where) from None
    except pkcs11.exceptions.PinLenRange:
        raise KeyPasswordWrong(where=where) from None
    except pkcs11.exceptions.PinLocked:
        raise PinNearlyLocked(where=where, detail=N_("the token is locked")) from None
    except pkcs11.exceptions.PKCS11Error as error:
        raise KeyUnavailable(where=where, detail=f"PKCS#11: {type(error).__name__}") from None
    try:
        return _find(pkcs11, session, choice, where)
    except BaseException:
        session.close()
        raise


def _choose(pkcs11: Any, library: Any, choice: TokenChoice) -> Any:
    found = []
    try:
        for slot in library.get_slots(token_present=True):
            token = slot.get_token()
            label, serial = str(token.label).strip(), _text(token.serial)
            if not token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED:
                continue
            if choice.label in ("", label) and choice.serial in ("", serial):
                found.append(token)
    except pkcs11.exceptions.PKCS11Error as error:
        raise TokenMissing(detail=f"PKCS#11: {type(error).__name__}") from None
    if not found:
        raise TokenMissing(detail=N_("no token is plugged in that matches label and serial"))
    if len(found) > 1:
        raise TokenMissing(detail=N_("several tokens match; name label or serial"))
    return found[0]


def _find(pkcs11: Any, session: Any, choice: TokenChoice, where: str) -> TokenKey:
    kind, attribute = pkcs11.ObjectClass, pkcs11.Attribute
    certificates: list[tuple[bytes, x509.Certificate]] = []
    for item in session.get_objects({attribute.CLASS: kind.CERTIFICATE}):
        try:
            loaded = load_certificates(bytes(item[attribute.VALUE]))[0]
            certificates.append((bytes(item[attribute.ID]), loaded))
        except (ValueError, pkcs11.exceptions.PKCS11Error):
            continue
    everything = tuple(certificate for _, certificate in certificates)
    matching = []
    for identifier, certificate in certificates:
        wanted = choice.certificate_sha256.lower().replace(":", "")
        if is_authority(certificate) or not fingerprint(certificate).startswith(wanted):
            continue
        keys = list(
            session.get_objects({attribute.CLASS: kind.PRIVATE_KEY, attribute.ID: identifier})
        )
        if keys:
            matching.append((keys[0], certificate))
    if not matching:
        raise KeyMissing(where=where)
    if len(matching) > 1:
        raise KeyUnreadable(where=where, detail=N_("several keys match; name the certificate"))
    private, certificate = matching[0]
    return TokenKey(pkcs11, session, private, certificate, ordered_chain(certificate, everything))


def list_tokens(module: Path) -> tuple[tuple[str, str], ...]:
    """Label and serial of each token that is plugged in; needs no PIN."""
    pkcs11 = _library()
    library = _load(pkcs11, module)
    return tuple(
        (str(token.label).strip(), _text(token.serial))
        for token in (slot.get_token() for slot in library.get_slots(token_present=True))
        if token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED
    )


def _text(value: Any) -> str:
    return (value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)).strip()
