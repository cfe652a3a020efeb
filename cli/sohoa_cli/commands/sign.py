"""``sohoa sign``: the officer's and the agency's signature on what was digitized."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_cli.commands.renew import (
    CertificateOption,
    OnlineOption,
    ToOption,
    TsaOption,
    append_to,
    evidence_from,
)
from sohoa_core.errors import ConfigError, ExitCode, SafetyRefusal, UsageError, most_serious
from sohoa_core.i18n import N_, _

if TYPE_CHECKING:
    from sohoa_core.workspace import Workspace
    from sohoa_signing.demo_pki import DemoPki
    from sohoa_signing.evidence import EvidenceSource
    from sohoa_signing.request import Level
    from sohoa_signing.token_key import TokenChoice

DEMO_FOLDER = "demo-pki"


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "sign",
        help=N_(
            "Sign digitized documents: PAdES, an incremental update, a visible mark.\n\n"
            "The officer signs top-left with name and scanning time, the agency top-right with "
            "the form of copy, its name, the time, and the conversion mark in words. Passwords "
            "are asked for, or read from a file or descriptor; never from the command line."
        ),
    )
    def sign(
        run: Run,
        role: Annotated[
            str,
            typer.Option("--role", metavar="officer|agency|both", help=N_("Whose signature.")),
        ] = "both",
        officer_key: Annotated[
            Path | None, typer.Option("--officer-key", help=N_("PKCS#12 file of the officer."))
        ] = None,
        agency_key: Annotated[
            Path | None, typer.Option("--agency-key", help=N_("PKCS#12 file of the agency."))
        ] = None,
        password_file: Annotated[
            Path | None,
            typer.Option(
                "--password-file", help=N_("File with the password, readable by you only.")
            ),
        ] = None,
        password_fd: Annotated[
            int | None,
            typer.Option(
                "--password-fd", help=N_("Open file descriptor to read the password from.")
            ),
        ] = None,
        profile: Annotated[
            str | None,
            typer.Option("--profile", metavar="tt15|compatible", help=N_("Signature algorithms.")),
        ] = None,
        crl: Annotated[
            list[Path] | None,
            typer.Option("--crl", help=N_("Revocation list to check the certificate against.")),
        ] = None,
        anchor: Annotated[
            list[Path] | None,
            typer.Option("--anchor", help=N_("Root certificate to check the result against.")),
        ] = None,
        demo: Annotated[
            bool,
            typer.Option(
                "--demo",
                help=N_("Sign with a demo authority made on the spot; without any legal force."),
            ),
        ] = False,
        level: Annotated[
            str | None,
            typer.Option(
                "--level",
                metavar="B-B|B-T|B-LT|B-LTA",
                help=N_("PAdES level; B-T with a timestamp authority, else B-B."),
            ),
        ] = None,
        tsa: TsaOption = None,
        online: OnlineOption = None,
        certificate: CertificateOption = None,
        token_module: Annotated[
            Path | None,
            typer.Option("--token-module", help=N_("PKCS#11 module of the token's maker (.so).")),
        ] = None,
        token_label: Annotated[
            str, typer.Option("--token-label", help=N_("Label of the token."))
        ] = "",
        token_serial: Annotated[
            str, typer.Option("--token-serial", help=N_("Serial number of the token."))
        ] = "",
        token_certificate: Annotated[
            str,
            typer.Option(
                "--token-certificate", help=N_("Fingerprint of the certificate on the token.")
            ),
        ] = "",
        extend: Annotated[
            str | None,
            typer.Option(
                "--extend",
                metavar="B-T|B-LT|B-LTA",
                help=N_("Raise the signatures of the files given to this level; signs nothing."),
            ),
        ] = None,
        files: Annotated[
            list[Path] | None, typer.Argument(help=N_("Signed files, for --extend."))
        ] = None,
        to: ToOption = None,
        dossier: Annotated[
            str | None, typer.Option("--dossier", help=N_("Only the dossier with this code."))
        ] = None,
        retry_failed: shared.RetryOption = False,
        executor: shared.ExecutorOption = None,
        workers: shared.WorkersOption = None,
        dry_run: shared.DryRunOption = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        from sohoa_signing.certificates import fingerprint, holder
        from sohoa_signing.keys import Key, open_pkcs12
        from sohoa_signing.sign import Profile, SignerRole
        from sohoa_signing.stage import SignOptions, SignStage, adopt
        from sohoa_signing.token_key import open_token

        if extend is not None or files:
            return _extend(run, extend, files, to, tsa, evidence_from(online, crl, certificate))
        wanted = _level(level)
        if role not in ("officer", "agency", "both"):
            raise UsageError(where="--role", detail="officer | agency | both")
        roles = [SignerRole.OFFICER, SignerRole.AGENCY] if role == "both" else [SignerRole(role)]
        codes: list[ExitCode] = []
        with shared.workspace(
            workspace,
            sign__profile=profile,
            sign__officer_p12=str(officer_key) if officer_key else None,
            sign__agency_p12=str(agency_key) if agency_key else None,
            # A token serves one process and one login.
            batch__executor="serial" if token_module else executor,
            batch__workers=workers,
        ) as space:
            settings = space.loaded.settings
            if settings.batch.executor == "dask":
                raise SafetyRefusal(
                    where="batch.executor",
                    detail=N_("a key file must not leave this machine"),
                )
            pki = _demo_authority(space) if demo else None
            password: bytes | None = None
            choice = _token(token_module, token_label, token_serial, token_certificate)
            for one in roles:
                if pki is not None:
                    key_file = pki.officer if one is SignerRole.OFFICER else pki.agency
                    password = (pki.directory / "password").read_bytes()
                elif choice is not None:
                    key_file = choice.module
                    if password is None:
                        password = read_password(password_file, password_fd, key_file)
                else:
                    named = (
                        settings.sign.officer_p12
                        if one is SignerRole.OFFICER
                        else settings.sign.agency_p12
                    )
                    if not named:
                        raise ConfigError(
                            where=f"--{one.value}-key", detail=N_("no key file is named")
                        )
                    key_file = Path(named).expanduser()
                    if password is None:
                        password = read_password(password_file, password_fd, key_file)
                key: Key = (
                    open_token(choice, password) if choice else open_pkcs12(key_file, password)
                )
                subject = holder(key.certificate.subject)
                written = (
                    settings.workspace.officer_name
                    if one is SignerRole.OFFICER
                    else settings.workspace.agency_name
                )
                options = SignOptions(
                    role=one,
                    p12=key_file,
                    password=password,
                    name=written or subject.name,
                    converter=settings.workspace.agency_name or written or subject.name,
                    form_of_copy=settings.sign.form_of_copy,
                    time_pattern=settings.sign.time_pattern,
                    profile=Profile(settings.sign.profile),
                    level=wanted,
                    tsa_p12=pki.tsa if pki and not tsa else None,
                    tsa=tuple(tsa or ()),
                    online=tuple(online or ()),
                    token=choice,
                    certificates=tuple(p.expanduser().read_bytes() for p in certificate or ()),
                    crls=tuple(p.read_bytes() for p in (pki.crls if pki else crl or ())),
                    anchors=tuple(p.read_bytes() for p in ([pki.anchor] if pki else anchor or ())),
                    certificate_sha256=fingerprint(key.certificate),
                )
                run.out.note(
                    _("Signing as {name} ({title}), certificate valid until {until}.").format(
                        name=subject.name,
                        title=subject.title or subject.managing_unit or "-",
                        until=key.certificate.not_valid_after_utc.date().isoformat(),
                    )
                )
                if choice is not None:
                    adopt(key, options)
                stage = SignStage(
                    space.store,
                    vault=space.vault,
                    limits=settings.item_limits(),
                    options=options,
                    dossier=dossier,
                )
                title = _("Officer signs") if one is SignerRole.OFFICER else _("Agency signs")
                code, _result = shared.run_batch(
                    run,
                    space,
                    stage,
                    title=title,
                    dry_run=dry_run,
                    retry_failed=retry_failed,
                    cheap=True,
                )
                codes.append(code)
            if pki is not None:
                run.out.note(
                    _("Demo authority: {folder}. Its signatures have no legal force.").format(
                        folder=pki.directory
                    )
                )
        return most_serious(codes)


def _level(text: str | None) -> Level | None:
    from sohoa_signing.request import Level

    if text is None:
        return None
    try:
        return Level(text)
    except ValueError as error:
        raise UsageError(where="--level", detail=" | ".join(Level)) from error


def _token(module: Path | None, label: str, serial: str, certificate: str) -> TokenChoice | None:
    from sohoa_signing.token_key import TokenChoice

    if module is None:
        if label or serial or certificate:
            raise UsageError(where="--token-module", detail=N_("the PKCS#11 module is not named"))
        return None
    return TokenChoice(module, label, serial, certificate)


def _extend(
    run: Run,
    level: str | None,
    files: list[Path] | None,
    to: Path | None,
    tsa: list[str] | None,
    evidence: EvidenceSource,
) -> ExitCode:
    wanted = _level(level)
    if wanted is None or wanted is wanted.B_B or not files:
        raise UsageError(where="--extend", detail=N_("a level above B-B and files are needed"))
    return append_to(run, files, wanted, to, tsa, evidence)


def read_password(file: Path | None, descriptor: int | None, key_file: Path) -> bytes:
    """The password from a descriptor, a private file, or a prompt on the terminal."""
    if descriptor is not None:
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(4096).rstrip(b"\r\n")
    if file is not None:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o077:
            raise SafetyRefusal(where=str(file), detail=N_("its mode must be 0600"))
        return file.read_bytes()[:4096].rstrip(b"\r\n")
    import getpass
    import sys

    if not sys.stdin.isatty():
        raise UsageError(where=str(key_file), detail="--password-file | --password-fd")
    return getpass.getpass(
        _("Password of {file}: ").format(file=key_file.name), stream=sys.stderr
    ).encode()


def _demo_authority(space: Workspace) -> DemoPki:
    """The workspace's demo authority, made when there is none."""
    from sohoa_signing.demo_pki import DemoPki, Subject, make_demo_pki

    folder = space.root / DEMO_FOLDER
    secret = folder / "password"
    if secret.is_file():
        return DemoPki(
            directory=folder,
            anchor=folder / "root.pem",
            intermediate=folder / "intermediate.pem",
            officer=folder / "officer.p12",
            agency=folder / "agency.p12",
            tsa=folder / "tsa.p12",
            root_key=folder / "root.p12",
            intermediate_key=folder / "intermediate.p12",
            crls=(folder / "root.crl", folder / "intermediate.crl"),
        )
    password = secrets.token_urlsafe(24).encode()
    section = space.loaded.settings.workspace
    agency_name = section.agency_name[:50]
    pki = make_demo_pki(
        folder,
        password=password,
        officer=Subject(
            f"{section.officer_name[:50]} (DEMO)", agency=agency_name, title="Công chức số hóa"
        )
        if section.officer_name
        else None,
        agency=Subject(f"{agency_name} (DEMO)", agency=agency_name) if agency_name else None,
    )
    handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(password)
    return pki
