"""``sohoa renew``, and ``sohoa sign --extend``: longer life for signatures that exist."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands.signing_options import (
    CertificateOption,
    CrlOption,
    OfflineOption,
    OnlineOption,
    ToOption,
    TsaOption,
    evidence_from,
    services,
    timestamper_from,
    user_settings,
)
from sohoa_core.errors import ExitCode, SafetyRefusal, SohoaError, UsageError, most_serious
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_signing.evidence import EvidenceSource
    from sohoa_signing.request import Level
    from sohoa_signing.timestamp import Timestamper


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "renew",
        help=N_(
            "Renew archive timestamps (B-LTA) before their certificates or algorithms end.\n\n"
            "What validates the newest timestamp is added to the file, then a new timestamp over "
            "everything. The old bytes stay as they are."
        ),
    )
    def renew(
        run: Run,
        files: Annotated[list[Path], typer.Argument(help=N_("Signed PDF files."))],
        to: ToOption = None,
        tsa: TsaOption = None,
        online: OnlineOption = None,
        offline: OfflineOption = False,
        crl: CrlOption = None,
        certificate: CertificateOption = None,
    ) -> ExitCode:
        section = user_settings()[0].sign
        asked = services(online, offline, section.online)
        evidence = evidence_from(section, asked, crl, certificate)
        return append_to(run, files, None, to, timestamper_from(section, tsa), evidence)


def append_to(
    run: Run,
    files: list[Path],
    level: Level | None,
    to: Path | None,
    stamper: Timestamper | None,
    evidence: EvidenceSource,
) -> ExitCode:
    """Extend each file to ``level`` (``None``: renew its archive timestamp) into ``to``."""
    from sohoa_signing.extend import extend, renew

    if to is None:
        raise UsageError(where="--to", detail=N_("a folder for the results is needed"))
    if stamper is None:
        raise UsageError(where="--tsa", detail=N_("a timestamp authority is needed"))
    to.mkdir(parents=True, exist_ok=True)
    codes: list[ExitCode] = []
    for source in files:
        target = to / source.name
        try:
            if target.exists():
                raise SafetyRefusal(where=str(target), detail=N_("the file exists already"))
            if level is None:
                found = renew(source, timestamper=stamper, evidence=evidence, target=target)
            else:
                found = extend(source, level, timestamper=stamper, evidence=evidence, target=target)
        except SohoaError as error:
            error.where = error.where or str(source)
            codes.append(error.exit_code)
            run.out.record(
                "sohoa.extend.file/1",
                file=str(source),
                exit_code=int(error.exit_code),
                error=error.to_dict(),
            )
            run.out.note(
                _("failed: {item}: {reason} [{code}]").format(
                    item=source, reason=error.message(active()), code=error.code
                )
            )
            continue
        codes.append(ExitCode.DONE)
        run.out.record(
            "sohoa.extend.file/1",
            file=str(source),
            result=str(target),
            sha256=found.sha256,
            added=list(found.added),
            exit_code=0,
        )
        run.out.line(f"{target}: {', '.join(found.added) or _('nothing was missing')}")
    failed = [code for code in codes if code is not ExitCode.DONE]
    if failed and len(failed) < len(codes):
        return ExitCode.SOME_FAILED
    return most_serious(codes)
