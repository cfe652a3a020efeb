"""Which key ``sohoa sign`` uses: chosen from options and settings, opened with its password.

One kind of key signs in a run: files (PKCS#12), a token (PKCS#11) or a remote service (CSC
API). A kind named on the command line counts; else the settings' own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.commands.signing_options import asked_secret, named_secret
from sohoa_core.errors import ConfigError, UsageError
from sohoa_core.i18n import N_

if TYPE_CHECKING:
    from sohoa_core.settings import SignSection
    from sohoa_signing.keys import Key
    from sohoa_signing.request import SignerRole
    from sohoa_signing.token_key import TokenChoice

TokenModuleOption = Annotated[
    Path | None,
    typer.Option("--token-module", help=N_("PKCS#11 module of the token's maker (.so).")),
]
TokenLabelOption = Annotated[str, typer.Option("--token-label", help=N_("Label of the token."))]
TokenSerialOption = Annotated[
    str, typer.Option("--token-serial", help=N_("Serial number of the token."))
]
TokenCertificateOption = Annotated[
    str,
    typer.Option("--token-certificate", help=N_("Fingerprint of the certificate on the token.")),
]
CscUrlOption = Annotated[
    str | None,
    typer.Option(
        "--csc-url",
        metavar="URL",
        help=N_("Remote signing service (CSC API)."),
    ),
]
CscCredentialOption = Annotated[
    str, typer.Option("--csc-credential", help=N_("Credential at the remote signing service."))
]
CscTokenFileOption = Annotated[
    Path | None,
    typer.Option(
        "--csc-token-file", help=N_("File with the service's access token, readable by you only.")
    ),
]
CscTokenFdOption = Annotated[
    int | None,
    typer.Option("--csc-token-fd", help=N_("Open file descriptor to read the access token from.")),
]
CscTokenKeyringOption = Annotated[
    str | None,
    typer.Option(
        "--csc-token-keyring",
        metavar="NAME",
        help=N_("Entry of the system's keyring (service sohoa) with the access token."),
    ),
]
_SHORTEST_FINGERPRINT = 8


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """What the command line says about keys; the settings fill the rest."""

    officer_key: Path | None = None
    agency_key: Path | None = None
    token_module: Path | None = None
    token_label: str = ""
    token_serial: str = ""
    token_certificate: str = ""
    csc_url: str | None = None
    csc_credential: str = ""
    csc_token_file: Path | None = None
    csc_token_fd: int | None = None
    csc_token_keyring: str | None = None
    password_file: Path | None = None
    password_fd: int | None = None
    password_keyring: str | None = None

    def named_kinds(self) -> list[str]:
        """Kinds of keys that the command line names."""
        token = (self.token_module, self.token_label, self.token_serial, self.token_certificate)
        csc_token = (self.csc_token_file, self.csc_token_fd, self.csc_token_keyring)
        return [
            kind
            for kind, named in (
                ("file", self.officer_key or self.agency_key),
                ("token", any(token)),
                ("remote", self.csc_url or self.csc_credential or _any_given(*csc_token)),
            )
            if named
        ]


def _any_given(*places: object) -> bool:
    return any(place is not None for place in places)


class Keys:
    """Opens the keys of a run; asks for each password once."""

    def __init__(self, options: KeyOptions, section: SignSection, *, agency_differs: bool) -> None:
        self.options = options
        self.section = section
        self.kind = _kind(options, section)
        self._given: bytes | None = None
        self._looked = False
        mine = self._choice("officer") if agency_differs else None
        if mine and mine == self._choice("agency"):
            raise UsageError(
                where="--role",
                detail=N_("officer and agency sign with keys of their own; name one of them"),
            )

    @property
    def held_here(self) -> bool:
        """Whether the key belongs to this process alone and its signatures take their time."""
        return self.kind in ("token", "remote")

    def file(self, role: SignerRole) -> Path:
        """The PKCS#12 file of a role; raises ``ConfigError`` when none is named."""
        named = self._choice(role.value)
        if not isinstance(named, Path):
            raise ConfigError(where=f"--{role.value}-key", detail=N_("no key file is named"))
        return named

    def open(self, role: SignerRole) -> tuple[Key, bytes]:
        """The key of a role and the password that opened it (empty for what stays here)."""
        if self.kind == "token":
            from sohoa_signing.token_key import open_token

            choice = self._token(role.value)
            return open_token(choice, self._password(choice.label or choice.module.name)), b""
        if self.kind == "remote":
            return self._remote(role.value), b""
        from sohoa_signing.keys import open_pkcs12

        path = self.file(role)
        secret = self._password(path.name)()
        return open_pkcs12(path, secret), secret

    def _choice(self, role: str) -> object:
        options, section = self.options, self.section
        if self.kind == "token":
            return self._token(role)
        if self.kind == "remote":
            return self._credential(role)
        own = options.officer_key if role == "officer" else options.agency_key
        named = section.officer_p12 if role == "officer" else section.agency_p12
        return own or (Path(named).expanduser() if named else None)

    def _token(self, role: str) -> TokenChoice:
        from sohoa_signing.token_key import TokenChoice

        options, section = self.options, self.section
        module = options.token_module or (
            Path(section.token_module).expanduser() if section.token_module else None
        )
        if module is None:
            raise UsageError(where="--token-module", detail=N_("the PKCS#11 module is not named"))
        own = section.officer_certificate if role == "officer" else section.agency_certificate
        certificate = (options.token_certificate or own).replace(":", "").strip().lower()
        if certificate and (
            len(certificate) < _SHORTEST_FINGERPRINT or set(certificate) - set("0123456789abcdef")
        ):
            raise UsageError(
                where="--token-certificate",
                detail=N_("a fingerprint has 64 hexadecimal digits; give at least the first 8"),
            )
        return TokenChoice(
            module,
            options.token_label or section.token_label,
            options.token_serial or section.token_serial,
            certificate,
        )

    def _credential(self, role: str) -> str:
        section = self.section
        own = section.officer_credential if role == "officer" else section.agency_credential
        return self.options.csc_credential or own

    def _remote(self, role: str) -> Key:
        from sohoa_signing.remote_key import RemoteKey

        options, section = self.options, self.section
        url, credential = options.csc_url or section.csc_url, self._credential(role)
        if not url or not credential:
            missing = "--csc-credential" if url else "--csc-url"
            raise UsageError(
                where=missing, detail=N_("the service and the credential must both be named")
            )
        file, descriptor = options.csc_token_file, options.csc_token_fd
        ring = options.csc_token_keyring
        if not _any_given(file, descriptor, ring):
            ring = section.csc_token_keyring or None
        token = named_secret(file, descriptor, ring, option="--csc-token")
        if token is None:
            raise UsageError(
                where="--csc-token-file",
                detail="--csc-token-file | --csc-token-fd | --csc-token-keyring",
            )
        key = RemoteKey(
            url,
            credential,
            access_token=token,
            pin=self._named_password(),
            seconds=section.csc_seconds,
        )
        if key.wants_pin:
            key.use_pin(self._password(credential)())
        return key

    def _named_password(self) -> bytes | None:
        """The password from the place that options or settings name; read once."""
        if not self._looked:
            options = self.options
            file, descriptor, ring = (
                options.password_file,
                options.password_fd,
                options.password_keyring,
            )
            if not _any_given(file, descriptor, ring):
                ring = self.section.password_keyring or None
            self._given = named_secret(file, descriptor, ring)
            self._looked = True
        return self._given

    def _password(self, what: str) -> Callable[[], bytes]:
        def read() -> bytes:
            found = self._named_password()
            return found if found is not None else asked_secret(what)

        return read


def _kind(options: KeyOptions, section: SignSection) -> str:
    named = options.named_kinds()
    if len(named) > 1:
        raise UsageError(detail=N_("name one kind of key: files, a token or a remote service"))
    if named:
        return named[0]
    if section.key:
        return section.key
    configured = [
        kind
        for kind, value in (
            ("file", section.officer_p12 or section.agency_p12),
            ("token", section.token_module),
            ("remote", section.csc_url),
        )
        if value
    ]
    if len(configured) > 1:
        raise ConfigError(where="sign.key", detail=N_("several kinds of keys are configured"))
    return configured[0] if configured else "file"
