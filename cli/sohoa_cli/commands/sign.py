"""``sohoa sign``: the officer's and the agency's signature on what was digitized."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_cli.commands.renew import append_to
from sohoa_cli.commands.signing_keys import (
    CscCredentialOption,
    CscTokenFdOption,
    CscTokenFileOption,
    CscTokenKeyringOption,
    CscUrlOption,
    KeyOptions,
    Keys,
    TokenCertificateOption,
    TokenLabelOption,
    TokenModuleOption,
    TokenSerialOption,
)
from sohoa_cli.commands.signing_options import (
    CertificateOption,
    CrlOption,
    OfflineOption,
    OnlineOption,
    PasswordFdOption,
    PasswordFileOption,
    PasswordKeyringOption,
    ToOption,
    TsaOption,
    contents,
    evidence_from,
    services,
    timestamper_from,
    user_settings,
)
from sohoa_core.errors import ExitCode, SafetyRefusal, UsageError, most_serious
from sohoa_core.i18n import N_, _

if TYPE_CHECKING:
    from sohoa_core.workspace import Workspace
    from sohoa_signing.demo_pki import DemoPki
    from sohoa_signing.keys import Key
    from sohoa_signing.request import Level, SignerRole
    from sohoa_signing.shared_key import OneAtATime
    from sohoa_signing.stage_work import SignOptions

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
            "are asked for, or read from a file, descriptor or keyring; never from the command "
            "line."
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
        password_file: PasswordFileOption = None,
        password_fd: PasswordFdOption = None,
        password_keyring: PasswordKeyringOption = None,
        profile: Annotated[
            str | None,
            typer.Option("--profile", metavar="tt15|compatible", help=N_("Signature algorithms.")),
        ] = None,
        crl: CrlOption = None,
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
        offline: OfflineOption = False,
        require_status: Annotated[
            bool | None,
            typer.Option(
                "--require-status",
                help=N_("Sign only when the issuer says that the certificate is not revoked."),
            ),
        ] = None,
        certificate: CertificateOption = None,
        token_module: TokenModuleOption = None,
        token_label: TokenLabelOption = "",
        token_serial: TokenSerialOption = "",
        token_certificate: TokenCertificateOption = "",
        csc_url: CscUrlOption = None,
        csc_credential: CscCredentialOption = "",
        csc_token_file: CscTokenFileOption = None,
        csc_token_fd: CscTokenFdOption = None,
        csc_token_keyring: CscTokenKeyringOption = None,
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
        from sohoa_signing.certificates import fingerprint
        from sohoa_signing.sign import Profile, SignerRole
        from sohoa_signing.stage import SignStage
        from sohoa_signing.stage_work import SignOptions, adopt

        if extend is not None or files:
            return _extend(run, extend, files, to, tsa, online, offline, crl, certificate)
        if role not in ("officer", "agency", "both"):
            raise UsageError(where="--role", detail="officer | agency | both")
        wanted = _level(level)
        roles = [SignerRole.OFFICER, SignerRole.AGENCY] if role == "both" else [SignerRole(role)]
        given = KeyOptions(
            officer_key=officer_key,
            agency_key=agency_key,
            token_module=token_module,
            token_label=token_label,
            token_serial=token_serial,
            token_certificate=token_certificate,
            csc_url=csc_url,
            csc_credential=csc_credential,
            csc_token_file=csc_token_file,
            csc_token_fd=csc_token_fd,
            csc_token_keyring=csc_token_keyring,
            password_file=password_file,
            password_fd=password_fd,
            password_keyring=password_keyring,
        )
        codes: list[ExitCode] = []
        with shared.workspace(
            workspace,
            sign__profile=profile,
            sign__require_status=require_status,
            batch__executor=executor,
            batch__workers=workers,
        ) as space:
            settings = space.loaded.settings
            section = settings.sign
            if settings.batch.executor == "dask":
                raise SafetyRefusal(
                    where="batch.executor",
                    detail=N_("a key file must not leave this machine"),
                )
            pki = _demo_authority(space) if demo else None
            keys = Keys(given, section, agency_differs=role == "both") if pki is None else None
            asked = services(online, offline, section.online)
            stampers = tuple(tsa or ([] if pki else section.tsa))
            anchors = anchor or [Path(p) for p in settings.verify.public_service_anchors]
            for one in roles:
                key, key_file, password = _open(pki, keys, one)
                subject = _announce(run, key)
                written = (
                    settings.workspace.officer_name
                    if one is SignerRole.OFFICER
                    else settings.workspace.agency_name
                )
                held = keys is not None and keys.held_here
                options = SignOptions(
                    role=one,
                    p12=key_file,
                    password=password,
                    name=written or subject,
                    converter=settings.workspace.agency_name or written or subject,
                    form_of_copy=section.form_of_copy,
                    time_pattern=section.time_pattern,
                    profile=Profile(section.profile),
                    level=wanted or _level(section.level or None),
                    tsa_p12=pki.tsa if pki and not stampers else None,
                    tsa=stampers,
                    tsa_seconds=section.tsa_seconds,
                    tsa_parallel=section.tsa_parallel,
                    online=asked,
                    require_status=section.require_status,
                    certificates=contents(certificate, section.certificates),
                    crls=contents(pki.crls if pki else crl, section.crls),
                    anchors=contents([pki.anchor] if pki else anchors),
                    certificate_sha256=fingerprint(key.certificate),
                )
                _check_material(options)
                busy = None
                if held:
                    busy = adopt(
                        key, options.certificate_sha256, patience=max(60.0, 4 * section.csc_seconds)
                    )
                stage = SignStage(
                    space.store,
                    vault=space.vault,
                    limits=settings.item_limits(),
                    options=options,
                    dossier=dossier,
                )
                title = _("Officer signs") if one is SignerRole.OFFICER else _("Agency signs")
                try:
                    code, _result = shared.run_batch(
                        run,
                        space,
                        stage,
                        title=title,
                        dry_run=dry_run,
                        retry_failed=retry_failed,
                        cheap=True,
                        # A token serves one process and one login; its time is the run's time.
                        executor="threads" if held else None,
                    )
                finally:
                    if busy is not None:
                        _tell_busy(run, busy, options.certificate_sha256)
                        busy.close()
                codes.append(code)
            if pki is not None:
                run.out.note(
                    _("Demo authority: {folder}. Its signatures have no legal force.").format(
                        folder=pki.directory
                    )
                )
        return most_serious(codes)


def _open(
    pki: DemoPki | None, keys: Keys | None, role: SignerRole
) -> tuple[Key, Path | None, bytes]:
    """The key of a role, its file if it is one, and the password that workers need for it."""
    from sohoa_signing.keys import open_pkcs12

    if pki is not None:
        file = pki.officer if role.value == "officer" else pki.agency
        password = (pki.directory / "password").read_bytes()
        return open_pkcs12(file, password), file, password
    assert keys is not None
    key, password = keys.open(role)
    return key, None if keys.held_here else keys.file(role), password


def _check_material(options: SignOptions) -> None:
    """Refuse files and addresses that no worker could use, before anything is begun."""
    from sohoa_signing.evidence import EvidenceSource
    from sohoa_signing.online import OnlineStatus

    try:
        OnlineStatus(options.online)
        EvidenceSource(certificates=(*options.certificates, *options.anchors), crls=options.crls)
    except ValueError as error:
        raise UsageError(detail=N_("no certificate in such a file, or no address")) from error


def _announce(run: Run, key: Key) -> str:
    """Show who signs and what the certificate allows; returns the signer's name."""
    from sohoa_signing.certificates import key_usages, subject_of

    subject = subject_of(key.certificate)
    words = {
        "digital_signature": _("digital signature"),
        "content_commitment": _("non-repudiation"),
    }
    usages = key_usages(key.certificate) or ()
    named = ", ".join(text for name, text in words.items() if name in usages) or "-"
    run.out.note(
        _(
            "Signing as {name} ({title}), certificate valid until {until}, key usage: {usage}."
        ).format(
            name=subject.name,
            title=subject.title or subject.managing_unit or "-",
            until=key.certificate.not_valid_after_utc.date().isoformat(),
            usage=named,
        )
    )
    return subject.name


def _tell_busy(run: Run, key: OneAtATime, certificate: str) -> None:
    """How well the rest of the work fitted into the time that the key takes."""
    if not key.signatures:
        return
    share = round(key.busy_share, 3)
    logging.getLogger("sohoa").info("key busy %.3f, %d signatures", share, key.signatures)
    run.out.record(
        "sohoa.sign.key/1", certificate=certificate, signatures=key.signatures, busy_share=share
    )
    if run.verbose:
        run.out.note(
            _("The key made {count} signatures and was busy {percent} % of the time.").format(
                count=key.signatures, percent=round(100 * share)
            )
        )


def _level(text: str | None) -> Level | None:
    from sohoa_signing.request import Level

    if text is None:
        return None
    try:
        return Level(text)
    except ValueError as error:
        raise UsageError(where="--level", detail=" | ".join(Level)) from error


def _extend(
    run: Run,
    level: str | None,
    files: list[Path] | None,
    to: Path | None,
    tsa: list[str] | None,
    online: list[str] | None,
    offline: bool,
    crl: list[Path] | None,
    certificate: list[Path] | None,
) -> ExitCode:
    wanted = _level(level)
    if wanted is None or wanted is wanted.B_B or not files:
        raise UsageError(where="--extend", detail=N_("a level above B-B and files are needed"))
    section = user_settings()[0].sign
    evidence = evidence_from(section, services(online, offline, section.online), crl, certificate)
    return append_to(run, files, wanted, to, timestamper_from(section, tsa), evidence)


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
