"""What ``sign``, ``renew`` and ``verify`` share: options, files that they name, passwords."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_core.errors import InputMissing, UsageError
from sohoa_core.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sohoa_core.settings import Settings, SignSection
    from sohoa_signing.evidence import EvidenceSource
    from sohoa_signing.timestamp import Timestamper

TsaOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tsa", metavar="URL", help=N_("Timestamp authority (URL); a second one stands by.")
    ),
]
OnlineOption = Annotated[
    list[str] | None,
    typer.Option(
        "--online",
        metavar="URL",
        help=N_("Service that may be asked about revocation; no other is ever spoken to."),
    ),
]
OfflineOption = Annotated[
    bool,
    typer.Option("--offline", help=N_("Ask nobody about revocation, whatever the settings name.")),
]
CrlOption = Annotated[
    list[Path] | None, typer.Option("--crl", help=N_("Revocation list (PEM, DER)."))
]
CertificateOption = Annotated[
    list[Path] | None,
    typer.Option("--certificate", help=N_("Further certificates of issuers (PEM, DER).")),
]
ToOption = Annotated[
    Path | None,
    typer.Option("--to", help=N_("Folder for the results; the files stay as they are.")),
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option("--password-file", help=N_("File with the password, readable by you only.")),
]
PasswordFdOption = Annotated[
    int | None,
    typer.Option("--password-fd", help=N_("Open file descriptor to read the password from.")),
]
PasswordKeyringOption = Annotated[
    str | None,
    typer.Option(
        "--password-keyring",
        metavar="NAME",
        help=N_("Entry of the system's keyring (service sohoa) with the password or PIN."),
    ),
]


def user_settings() -> tuple[Settings, Path | None]:
    """The settings of a command that needs no workspace, and the workspace if there is one."""
    from sohoa_core import settings
    from sohoa_core.store_errors import NoWorkspace
    from sohoa_core.workspace import find

    try:
        root = find()
    except NoWorkspace:
        root = None
    return settings.load(root).settings, root


def services(online: list[str] | None, offline: bool, configured: list[str]) -> tuple[str, ...]:
    """Who may be asked about revocation: the option's, else the settings', or nobody."""
    if offline and online:
        raise UsageError(where="--offline", detail=N_("--online and --offline exclude each other"))
    return () if offline else tuple(online or configured)


def contents(options: Sequence[Path] | None, configured: Iterable[str] = ()) -> tuple[bytes, ...]:
    """The content of the files that the option names, or else the settings.

    Raises ``InputMissing``.
    """
    found = []
    for path in options or map(Path, configured):
        try:
            found.append(path.expanduser().read_bytes())
        except OSError as error:
            raise InputMissing(where=str(path)) from error
    return tuple(found)


def evidence_from(
    section: SignSection,
    online: tuple[str, ...],
    crl: list[Path] | None,
    certificate: list[Path] | None,
) -> EvidenceSource:
    """What was given about revocation, and who may be asked for the rest."""
    from sohoa_signing.evidence import EvidenceSource
    from sohoa_signing.online import OnlineStatus

    certificates = contents(certificate, section.certificates)
    crls = contents(crl, section.crls)
    try:
        return EvidenceSource(
            certificates=certificates,
            crls=crls,
            fetch=OnlineStatus(online) if online else None,
        )
    except ValueError as error:
        raise UsageError(detail=N_("no certificate in such a file, or no address")) from error


def timestamper_from(section: SignSection, tsa: list[str] | None) -> Timestamper | None:
    """The pool of the authorities named by option or settings, if any."""
    named = tsa or section.tsa
    if not named:
        return None
    from sohoa_signing.tsa import HttpTimestamper, TsaAddress

    return HttpTimestamper(
        tuple(TsaAddress(url) for url in named),
        seconds=section.tsa_seconds,
        parallel=section.tsa_parallel,
    )


def named_secret(
    file: Path | None, descriptor: int | None, keyring: str | None, *, option: str = "--password"
) -> bytes | None:
    """The password from the one place that was named; ``None`` when none was."""
    from sohoa_signing.passwords import (
        password_from_descriptor,
        password_from_file,
        password_from_keyring,
    )

    if sum(place is not None for place in (file, descriptor, keyring)) > 1:
        raise UsageError(where=option, detail=f"{option}-file | {option}-fd | {option}-keyring")
    if descriptor is not None:
        return password_from_descriptor(descriptor)
    if file is not None:
        return password_from_file(file.expanduser())
    return password_from_keyring(keyring) if keyring is not None else None


def asked_secret(what: str) -> bytes:
    """The password typed on the terminal for ``what``; nothing of it is shown."""
    import getpass
    import sys

    if not sys.stdin.isatty():
        raise UsageError(where=what, detail="--password-file | --password-fd | --password-keyring")
    return getpass.getpass(_("Password of {file}: ").format(file=what), stream=sys.stderr).encode()
