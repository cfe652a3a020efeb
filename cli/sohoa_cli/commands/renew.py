"""``sohoa renew``, and ``sohoa sign --extend``: longer life for signatures that exist."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_core.errors import ExitCode, SafetyRefusal, SohoaError, UsageError, most_serious
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_signing.evidence import EvidenceSource
    from sohoa_signing.request import Level
    from sohoa_signing.timestamp import Timestamper

TsaOption = Annotated[
    list[str] | None,
    typer.Option("--tsa", help=N_("Timestamp authority (URL); a second one stands by.")),
]
OnlineOption = Annotated[
    list[str] | None,
    typer.Option(
        "--online",
        metavar="URL",
        help=N_("Service that may be asked about revocation; no other is ever spoken to."),
    ),
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
        crl: CrlOption = None,
        certificate: CertificateOption = None,
    ) -> ExitCode:
        return append_to(run, files, None, to, tsa, evidence_from(online, crl, certificate))


def evidence_from(
    online: list[str] | None, crl: list[Path] | None, certificate: list[Path] | None
) -> EvidenceSource:
    """What was given about revocation, and who may be asked for the rest."""
    from sohoa_signing.evidence import EvidenceSource
    from sohoa_signing.online import OnlineStatus

    try:
        return EvidenceSource(
            certificates=[path.expanduser().read_bytes() for path in certificate or ()],
            crls=[path.expanduser().read_bytes() for path in crl or ()],
            fetch=OnlineStatus(online) if online else None,
        )
    except ValueError as error:
        raise UsageError(detail=N_("no certificate in such a file, or no address")) from error
    except OSError as error:
        raise UsageError(where=str(error.filename), detail=error.strerror or "") from error


def timestamper_from(tsa: list[str] | None) -> Timestamper | None:
    """The pool of the authorities named, if any."""
    if not tsa:
        return None
    from sohoa_signing.tsa import HttpTimestamper, TsaAddress

    return HttpTimestamper(tuple(TsaAddress(url) for url in tsa))


def append_to(
    run: Run,
    files: list[Path],
    level: Level | None,
    to: Path | None,
    tsa: list[str] | None,
    evidence: EvidenceSource,
) -> ExitCode:
    """Extend each file to ``level`` (``None``: renew its archive timestamp) into ``to``."""
    from sohoa_signing.extend import extend, renew

    if to is None:
        raise UsageError(where="--to", detail=N_("a folder for the results is needed"))
    stamper = timestamper_from(tsa)
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
