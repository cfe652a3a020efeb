"""The errors of signing and verifying.

::

    MissingTool (8)
    ├── KeyUnavailable            key.unavailable          the key cannot be used, and why
    │   ├── KeyMissing            key.missing              the key file is not there
    │   ├── KeyPasswordWrong      key.password             the password does not open it
    │   ├── PasswordMissing       key.no_password          where it should be is none
    │   ├── KeyUnreadable         key.unreadable           it is no PKCS#12 file, or lacks a part
    │   ├── TokenMissing          key.token                no token, no driver, several that match
    │   ├── PinNearlyLocked       key.pin_locked           the next wrong PIN would lock the token
    │   └── RemoteSigningFailed   key.remote               the remote signing service did not sign
    └── MarkFontMissing           mark.font                no font with all Vietnamese letters
    SafetyRefusal (11)
    ├── KeyExposed                key.exposed              others may read the key file
    ├── SigningRefused            sign.refused             base of what forbids a signature
    │   ├── CertificateExpired    sign.expired
    │   ├── CertificateNotYetValid sign.not_yet_valid
    │   ├── CertificateRevoked    sign.revoked
    │   ├── CertificateUnsuitable sign.unsuitable          wrong key usage, weak key, wrong profile
    │   ├── RevocationUnknown     sign.revocation_unknown  status demanded, nothing at hand
    │   ├── ValidationDataMissing sign.validation_data     B-LT and B-LTA need the issuers' answers
    │   ├── MarkWithoutRoom       sign.no_room             a mark would cover content
    │   ├── DocumentLocked        sign.locked              an earlier signature forbids more
    │   └── DocumentDamaged       sign.damaged             an earlier signature is broken
    ├── AnchorRefused             trust.refused            no root, demo, wrong fingerprint
    └── TimestampFailed           timestamp.failed         no timestamp, no success
    StoreError (12)
    ├── TrustStoreDamaged         trust.damaged            a pinned certificate was changed
    └── ResultNotWritten          sign.not_written         disk full, folder not writable
    UsageError (2)
    └── AnchorUnknown             trust.unknown            no anchor has this fingerprint
    SignatureInvalid (5)
    └── OwnSignatureBroken        sign.own_signature       what was made does not hold
"""

from __future__ import annotations

from typing import Any

from sohoa_core.errors import (
    MissingTool,
    SafetyRefusal,
    SignatureInvalid,
    StoreError,
    UsageError,
)
from sohoa_core.i18n import N_, translate


class _Told:
    """Details of this room's errors are catalogue keys too: translate them before filling."""

    args_by_name: dict[str, Any]

    def _fill(self, template: str, lang: str | None) -> str:
        if not template:
            return ""
        told = {
            name: translate(value, lang) if isinstance(value, str) else value
            for name, value in self.args_by_name.items()
        }
        try:
            return translate(template, lang).format(**{"detail": "", **told})
        except (KeyError, IndexError, ValueError):
            return translate(template, lang)


class KeyUnavailable(_Told, MissingTool):
    """The signing key (khóa ký) cannot be used; no other file could be signed either."""

    code = "key.unavailable"
    stops_batch = True
    what = N_("The signing key cannot be used: {detail}")
    todo = N_("Check the key file, token or service, then run the same command again.")


class KeyMissing(KeyUnavailable):
    code = "key.missing"
    what = N_("The key file does not exist.")
    todo = N_("Give the path of the PKCS#12 file (.p12, .pfx) that holds the key.")


class KeyPasswordWrong(KeyUnavailable):
    code = "key.password"
    what = N_("The password or PIN does not open the key.")
    why = N_("It was tried once and not again: tokens and services lock after a few wrong ones.")
    todo = N_("Check the password, then run the same command again.")


class PasswordMissing(KeyUnavailable):
    """The descriptor, file or keyring entry that was named holds no password."""

    code = "key.no_password"
    what = N_("The password could not be had: {detail}")
    todo = N_(
        "Name a file (mode 0600) or descriptor that holds it, or store it once with "
        "`keyring set sohoa NAME`."
    )


class KeyUnreadable(KeyUnavailable):
    code = "key.unreadable"
    what = N_("The key file cannot be used: {detail}")
    todo = N_("Export the certificate together with its private key as PKCS#12 again.")


class TokenMissing(KeyUnavailable):
    """No token, or no way to speak to it."""

    code = "key.token"
    what = N_("The token cannot be used: {detail}")
    todo = N_("Plug the token in, and check --token-module, --token-label and the maker's driver.")


class PinNearlyLocked(KeyUnavailable):
    """Another wrong PIN would lock the token, or has locked it."""

    code = "key.pin_locked"
    what = N_("The PIN was not tried: {detail}.")
    why = N_("A locked token must go back to its issuer; until then nobody can sign with it.")
    todo = N_("Check the PIN with the maker's own program first; unlock it with the PUK if needed.")


class RemoteSigningFailed(KeyUnavailable):
    """The remote signing service (CSC API) did not sign."""

    code = "key.remote"
    what = N_("The remote signing service did not sign: {detail}")
    todo = N_("Check the address and the access token, then run the same command again.")


class MarkFontMissing(MissingTool):
    """No Times-metric font with every Vietnamese letter was found."""

    code = "mark.font"
    stops_batch = True
    what = N_("A font with Times metrics and all Vietnamese letters was not found.")
    why = N_("The law asks for Times New Roman; a font without the letters would print boxes.")
    todo = N_("Install the package fonts-liberation2 or fonts-freefont-ttf.")


class KeyExposed(SafetyRefusal):
    code = "key.exposed"
    what = N_("Other users may read the key file (mode {mode}).")
    why = N_("Whoever reads the file may sign in your name once the password is known.")
    todo = N_("Run: chmod 600 on the key file.")


class SigningRefused(_Told, SafetyRefusal):
    """Nothing was signed; the reason is stated."""

    code = "sign.refused"
    what = N_("The file was not signed: {detail}")
    todo = N_("Nothing was written. Remove the cause and sign again.")


class CertificateExpired(SigningRefused):
    code = "sign.expired"
    stops_batch = True
    what = N_("The certificate of {subject} expired on {until}; the file was not signed.")
    todo = N_("Renew the certificate, then sign again.")


class CertificateNotYetValid(SigningRefused):
    code = "sign.not_yet_valid"
    stops_batch = True
    what = N_("The certificate of {subject} is valid only from {since}; the file was not signed.")
    todo = N_("Check the clock of this machine and the certificate's dates.")


class CertificateRevoked(SigningRefused):
    code = "sign.revoked"
    stops_batch = True
    what = N_("The certificate of {subject} was revoked on {since}; the file was not signed.")
    todo = N_("Use another certificate; ask the issuer why this one was revoked.")


class CertificateUnsuitable(SigningRefused):
    code = "sign.unsuitable"
    stops_batch = True
    what = N_("The certificate may not be used for this signature: {detail}")
    todo = N_("Use a certificate issued for digital signatures, or another signing profile.")


class RevocationUnknown(SigningRefused):
    code = "sign.revocation_unknown"
    stops_batch = True
    what = N_("It cannot be checked whether the certificate of {subject} was revoked.")
    why = N_("Circular 15/2025/TT-BKHCN, Article 5, asks for this check before signing.")
    todo = N_("Give the issuer's current revocation list (CRL).")


class ValidationDataMissing(SigningRefused):
    """B-LT and B-LTA carry what validates them; without it they would be a promise only."""

    code = "sign.validation_data"
    stops_batch = True
    what = N_("No current answer whether the certificate of {subject} was revoked is at hand.")
    why = N_(
        "Levels B-LT and B-LTA keep these answers in the file, so that it can be checked later."
    )
    todo = N_(
        "Give the revocation lists with --crl or allow the services with --online, and give the "
        "issuers' certificates up to the root with --certificate."
    )


class MarkWithoutRoom(SigningRefused):
    """Page 1 has no free place, and an earlier signature forbids giving it one."""

    code = "sign.no_room"
    what = N_("Page 1 has no free place for the visible mark; the file was not signed.")
    why = N_("A mark over the content would hide what the paper says.")
    todo = N_("Sign a copy without the earlier signature: its page can then be given more room.")


class DocumentLocked(SigningRefused):
    code = "sign.locked"
    what = N_("An earlier signature does not allow any further change of this file.")
    todo = N_("Sign a copy that was made before that signature.")


class DocumentDamaged(SigningRefused):
    code = "sign.damaged"
    what = N_("The file carries a signature that is no longer intact; it was not signed again.")
    todo = N_("Ask for an intact copy; verify it with `sohoa verify`.")


class TimestampFailed(_Told, SafetyRefusal):
    """The profile demands a timestamp (dấu thời gian) and none was obtained."""

    code = "timestamp.failed"
    what = N_("No timestamp could be obtained: {detail}")
    why = N_("Without a timestamp the moment of signing cannot be proved later.")
    todo = N_("Try again later or name another timestamp authority.")


class AnchorRefused(_Told, SafetyRefusal):
    """The certificate does not belong into a trust store."""

    code = "trust.refused"
    what = N_("The certificate was not added to the trusted ones: {detail}")
    why = N_("Whoever is trusted decides which signatures count as valid.")
    todo = N_("Take the root certificate from the authority itself and compare its fingerprint.")


class AnchorUnknown(UsageError):
    """No single anchor has this fingerprint."""

    code = "trust.unknown"
    what = N_("No trusted certificate, or more than one, has this fingerprint.")
    todo = N_("`sohoa trust list` shows the fingerprints; give at least 8 digits.")


class TrustStoreDamaged(_Told, StoreError):
    """The store is not what was pinned."""

    code = "trust.damaged"
    what = N_("The trust store cannot be used: {detail}")
    why = N_("A store that was changed by others could make forged signatures valid.")
    todo = N_("Remove the entry with `sohoa trust remove` and add the certificate again.")


class ResultNotWritten(_Told, StoreError):
    """The signed file could not be written; the original was not touched."""

    code = "sign.not_written"
    what = N_("The signed file could not be written: {detail}")
    why = N_("The original file is unchanged, and nothing half-written was left.")
    todo = N_("Make room or choose another folder, then run the same command again.")


class OwnSignatureBroken(_Told, SignatureInvalid):
    """What was just signed does not verify."""

    code = "sign.own_signature"
    what = N_("The signature that was just made does not hold ({detail}); it was thrown away.")
    todo = N_("Keep the input and report this: it must never happen.")
