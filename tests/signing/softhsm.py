"""A software token (SoftHSM2) that holds keys of the test authority."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sohoa_signing.certificates import der, to_asn1
from sohoa_signing.token_key import TokenChoice
from tests.signing.kit import Authority

_MODULES = [
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
]
MODULE = next((path for path in _MODULES if path.is_file()), _MODULES[0])
PIN = b"13572468"
LABEL = "sohoa"


@dataclass(frozen=True)
class SoftToken:
    """The token ``sohoa`` and the folder that it lies in."""

    folder: Path

    @property
    def choice(self) -> TokenChoice:
        return TokenChoice(MODULE, label=LABEL)

    def copy_to(self, folder: Path) -> dict[str, str]:
        """A twin of the token for a process of its own; returns the environment it needs."""
        shutil.copytree(self.folder / "tokens", folder / "tokens")
        return {"SOFTHSM2_CONF": str(_configure(folder))}

    @staticmethod
    def pull(folder: Path) -> None:
        """Pull a copied token out."""
        (folder / "tokens").rename(folder / "in the pocket")

    @staticmethod
    def plug(folder: Path) -> None:
        """Plug it in again."""
        (folder / "in the pocket").rename(folder / "tokens")


def make_token(folder: Path, authority: Authority, *names: str) -> SoftToken:
    """A token with the keys and certificates of ``names`` and the issuer's certificate."""
    import pkcs11
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.rsa import decode_rsa_private_key

    (folder / "tokens").mkdir(parents=True)
    os.environ["SOFTHSM2_CONF"] = str(_configure(folder))
    add_token(LABEL)
    library = pkcs11.lib(str(MODULE))
    library.reinitialize()
    stored = library.get_token(token_label=LABEL)
    with stored.open(user_pin=PIN.decode(), rw=True) as session:
        for number, name in enumerate(names, 1):
            person = authority.people[name]
            raw = person.private_key.private_bytes(
                Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
            )
            decode = decode_rsa_private_key if name.startswith("rsa") else decode_ec_private_key
            identifier = bytes([number])
            session.create_object(
                {
                    **decode(raw),
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.PRIVATE: True,
                    pkcs11.Attribute.SIGN: True,
                    pkcs11.Attribute.ID: identifier,
                }
            )
            _store_certificate(pkcs11, session, person.certificate, identifier)
        _store_certificate(pkcs11, session, authority.middle.certificate, b"\x09")
    return SoftToken(folder)


def add_token(label: str, **env: str) -> None:
    """Initialize one more token, empty, under the configuration of the environment."""
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label]  # noqa: RUF005
        + ["--so-pin", "12345678", "--pin", PIN.decode()],
        check=True,
        capture_output=True,
        env={**os.environ, **env},
    )


def _configure(folder: Path) -> Path:
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    return config


def _store_certificate(pkcs11, session, certificate, identifier: bytes) -> None:
    parsed = to_asn1(certificate)
    session.create_object(
        {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.ID: identifier,
            pkcs11.Attribute.SUBJECT: parsed.subject.dump(),
            pkcs11.Attribute.VALUE: der(certificate),
        }
    )
