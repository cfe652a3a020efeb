"""``sohoa verify``: judge signed PDFs, offline, with a verdict that a script can act on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_cli.commands.signing_options import (
    CertificateOption,
    CrlOption,
    OfflineOption,
    OnlineOption,
    PasswordFdOption,
    PasswordFileOption,
    PasswordKeyringOption,
    asked_secret,
    contents,
    named_secret,
    services,
    user_settings,
)
from sohoa_cli.commands.trust import user_store
from sohoa_core.errors import (
    ExitCode,
    InputUnreadable,
    SafetyRefusal,
    SohoaError,
    UsageError,
    most_serious,
)
from sohoa_core.i18n import N_, _, active, translate

if TYPE_CHECKING:
    from sohoa_signing.keys import Key
    from sohoa_signing.verify.policy import VerifyPolicy
    from sohoa_signing.verify.report import FileReport

_VERDICTS = {
    "VALID": N_("VALID"),
    "INVALID": N_("INVALID"),
    "INDETERMINATE": N_("UNDECIDED"),
    "UNSIGNED": N_("NOT SIGNED"),
    "MALFORMED": N_("DAMAGED"),
}


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "verify",
        help=N_(
            "Verify the signatures of PDF files; needs no workspace and no network.\n\n"
            "Only authorities of `sohoa trust`, named with --public-service-anchor or "
            "--public-anchor, or in the settings are trusted. Exit codes: 0 valid, 5 invalid, "
            "6 cannot be decided, 7 not signed, 10 damaged; of several files the gravest."
        ),
    )
    def verify(
        run: Run,
        files: Annotated[
            list[Path] | None,
            typer.Argument(help=N_("PDF files, folders of them, or quoted patterns (*, **).")),
        ] = None,
        public_service_anchor: Annotated[
            list[Path] | None,
            typer.Option(
                "--public-service-anchor",
                help=N_("Root of public-service certificates (PEM, DER)."),
            ),
        ] = None,
        public_anchor: Annotated[
            list[Path] | None,
            typer.Option("--public-anchor", help=N_("Root of public certificates (PEM, DER).")),
        ] = None,
        crl: CrlOption = None,
        certificate: CertificateOption = None,
        at: Annotated[
            str | None,
            typer.Option(
                "--at", metavar="DATE", help=N_("Judge as of this date or time (ISO 8601).")
            ),
        ] = None,
        list_: Annotated[
            Path | None,
            typer.Option("--list", help=N_("File with one path a line (- for standard input).")),
        ] = None,
        online: OnlineOption = None,
        offline: OfflineOption = False,
        store: Annotated[
            str | None,
            typer.Option(
                "--require-store",
                metavar="cong_vu|cong_cong",
                help=N_("Accept signers of this kind of authority only."),
            ),
        ] = None,
        csv: Annotated[
            Path | None, typer.Option("--csv", help=N_("Write a table for spreadsheets."))
        ] = None,
        xml: Annotated[
            Path | None,
            typer.Option(
                "--xml", help=N_("Write an ETSI TS 119 102-2 report a file into this folder.")
            ),
        ] = None,
        report: Annotated[
            Path | None,
            typer.Option("--report", help=N_("Write an audit report (PDF/A) to this file.")),
        ] = None,
        report_key: Annotated[
            Path | None,
            typer.Option("--report-key", help=N_("Sign the audit report with this PKCS#12 file.")),
        ] = None,
        password_file: PasswordFileOption = None,
        password_fd: PasswordFdOption = None,
        password_keyring: PasswordKeyringOption = None,
        workers: shared.WorkersOption = None,
    ) -> ExitCode:
        from sohoa_signing.keys import open_pkcs12
        from sohoa_signing.trust_store import trust_stores
        from sohoa_signing.verify.chain import TrustStores
        from sohoa_signing.verify.many import verify_many
        from sohoa_signing.verify.policy import VerifyPolicy

        settings, root = user_settings()
        section = settings.verify
        chosen = trust_stores(user_store(), *([root / "trust"] if root else ()))
        stores = TrustStores(
            cong_vu=(
                *chosen.cong_vu,
                *contents(
                    [*(public_service_anchor or ()), *map(Path, section.public_service_anchors)]
                ),
            ),
            cong_cong=(
                *chosen.cong_cong,
                *contents([*(public_anchor or ()), *map(Path, section.public_anchors)]),
            ),
            timestamp=chosen.timestamp,
        )
        theirs = trust_stores(root / "trust") if root else TrustStores()
        named_there = (*section.public_service_anchors, *section.public_anchors)
        if root is not None and (theirs.cong_vu or theirs.cong_cong or named_there):
            # A disk that is judged may bring a workspace along: nobody trusts it unknowingly.
            run.out.note(
                _("Authorities count that the workspace {folder} or the settings name.").format(
                    folder=root
                )
            )
        if store not in (None, "cong_vu", "cong_cong"):
            raise UsageError(where="--require-store", detail="cong_vu | cong_cong")
        asked = services(online, offline, section.online)
        if asked and not online:
            run.out.note(
                _("The settings name services to ask: {services}").format(services=" ".join(asked))
            )
        policy = VerifyPolicy(
            stores=stores,
            required_store=store or section.require_store or None,
            certificates=contents(certificate, section.certificates),
            crls=contents(crl, section.crls),
            online=asked,
            at=_moment(at),
        )
        named = [*(files or ()), *_listed(list_)]
        if report_key is not None and report is None:
            raise UsageError(where="--report-key", detail=N_("the audit report is not named"))
        if report is not None and report.exists():
            raise SafetyRefusal(where=str(report), detail=N_("the file exists already"))
        signer: Key | None = None
        if report_key is not None:  # a wrong password is told before hours of work, not after
            secret = named_secret(password_file, password_fd, password_keyring)
            signer = open_pkcs12(
                report_key, asked_secret(report_key.name) if secret is None else secret
            )
        table = _open_csv(csv)
        if xml is not None:
            xml.mkdir(parents=True, exist_ok=True)
        reports: list[FileReport] = []
        codes: list[ExitCode] = []
        counts: dict[str, int] = {}
        judged = verify_many(
            _files(named), policy, settings.item_limits(), workers=workers or section.workers
        )
        try:
            for label, found in judged:
                codes.append(found.exit_code)
                if isinstance(found, SohoaError):
                    counts["MALFORMED"] = counts.get("MALFORMED", 0) + 1
                    _show_error(run, label, found)
                    continue
                counts[found.verdict.value] = counts.get(found.verdict.value, 0) + 1
                _show(run, label, found)
                if report is not None:
                    reports.append(found)
                if table is not None:
                    from sohoa_signing.verify.exports import csv_rows

                    table[1].writerows(csv_rows(found))
                if xml is not None:
                    _write_xml(xml, found)
        except ValueError as error:
            raise UsageError(detail=N_("no certificate in such a file, or no address")) from error
        finally:
            if table is not None:
                table[0].close()
        if not codes:
            raise InputUnreadable(
                where=", ".join(map(str, named)), detail=N_("no PDF files in there")
            )
        if report is not None:
            _write_report(run, report, reports, policy, signer)
        if len(codes) > 1:
            run.out.line()
            run.out.line(
                ", ".join(f"{_(_VERDICTS[name])}: {count}" for name, count in counts.items())
            )
        return most_serious(codes)


def _show(run: Run, label: str, report: FileReport) -> None:
    from sohoa_signing.verify.report import signature_sentence

    verdict = report.verdict.value
    run.out.record("sohoa.verify.file/1", **report.to_dict())
    if run.as_json:
        return
    run.out.line(f"{_(_VERDICTS[verdict])}  {label}")
    if run.out.quiet:
        return
    run.out.line(f"  {report.sentence(active())}")
    for signature in report.signatures:
        run.out.line(f"  - {signature_sentence(signature, active())}")
        for name, value in _facts(signature):
            run.out.line(f"      {name}: {value}")


def _show_error(run: Run, label: str, error: SohoaError) -> None:
    run.out.record(
        "sohoa.verify.file/1",
        file=label,
        sha256=None,
        verdict="MALFORMED",
        integrity="MALFORMED",
        indication=None,
        subindication=None,
        signatures=[],
        exit_code=int(error.exit_code),
        error=error.to_dict(),
    )
    if not run.as_json:
        run.out.line(run.out.describe(error))


def _open_csv(path: Path | None) -> tuple[TextIO, Any] | None:
    if path is None:
        return None
    import csv

    from sohoa_signing.verify.exports import CSV_COLUMNS

    stream = path.open("w", encoding="utf-8-sig", newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    return stream, writer


def _write_xml(folder: Path, report: FileReport) -> None:
    """Named by file and content: files of one name in two folders must not meet."""
    from sohoa_signing.validation_report import validation_report

    target = folder / f"{Path(report.file).stem}-{report.sha256[:12]}.xml"
    target.write_bytes(validation_report(report))


def _write_report(
    run: Run,
    target: Path,
    reports: list[FileReport],
    policy: VerifyPolicy,
    key: Key | None,
) -> None:
    from sohoa_signing.audit_report import audit_pdf
    from sohoa_signing.certificates import fingerprint, load_certificates, subject_of
    from sohoa_signing.sign import SignerRole, SignRequest, sign_pdf

    now = datetime.now(UTC).astimezone()
    roots = [
        (subject_of(certificate).name, fingerprint(certificate))
        for data in (*policy.stores.cong_vu, *policy.stores.cong_cong)
        for certificate in load_certificates(data)
    ]
    pdf = audit_pdf(reports, made_at=now, roots=dict.fromkeys(roots), lang=active())
    if key is not None:
        request = SignRequest(role=SignerRole.OFFICER, signed_at=now, crls=policy.crls)
        pdf = sign_pdf(pdf, request, key).pdf
    target.write_bytes(pdf)
    run.out.note(_("Audit report: {file}").format(file=target))


def _listed(path: Path | None) -> list[Path]:
    """The paths that a list names, one a line; empty lines are nothing."""
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputUnreadable(where=str(path), detail=type(error).__name__) from error
    return [Path(line) for line in text.splitlines() if line.strip()]


def _facts(signature: object) -> Iterator[tuple[str, str]]:
    """The fields that must be shown at least (TT 15/2025/TT-BKHCN, Appendix II)."""
    from sohoa_core.facts import SignatureFact

    assert isinstance(signature, SignatureFact)
    details = signature.details
    yes, no, unknown = _("yes"), _("no"), _("unknown")
    yield _("Signer"), signature.signer
    yield _("Managing unit"), details.get("managing_unit") or "-"
    yield _("Issuer of the certificate"), signature.issuer
    time = _local(signature.timestamp_at or signature.signed_at)
    kind = _("by timestamp") if signature.timestamp_at else _("as claimed")
    yield _("Signing time"), f"{time} ({kind})"
    yield _("Content unchanged since"), yes if signature.intact else no
    valid = details.get("valid_at_signing")
    yield _("Certificate valid at signing"), unknown if valid is None else yes if valid else no
    if "certificate_from" in details:
        yield (
            _("Certificate validity"),
            f"{details['certificate_from'][:10]} - {details['certificate_until'][:10]}",
        )
    yield _("Revocation"), translate(_REVOCATION.get(signature.revocation, signature.revocation))
    yield (
        _("Result"),
        "/".join(part for part in (signature.indication, signature.subindication) if part),
    )


_REVOCATION = {
    "good": N_("not revoked"),
    "revoked": N_("revoked"),
    "unknown": N_("WARNING: could not be checked"),
}


def _files(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """The files named, and the PDF files below the folders named; links are not followed."""
    for path in paths:
        if any(sign in str(path) for sign in "*?[") and not path.exists():
            anchor = Path(path.anchor) if path.is_absolute() else Path()
            pattern = str(path.relative_to(path.anchor)) if path.is_absolute() else str(path)
            for inner in sorted(anchor.glob(pattern)):
                if inner.is_file() and not inner.is_symlink():
                    yield inner, str(inner)
        elif path.is_dir():
            for inner in sorted(path.rglob("*")):
                if inner.suffix.lower() == ".pdf" and inner.is_file() and not inner.is_symlink():
                    yield inner, str(inner)
        else:
            yield path, str(path)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    from sohoa_core.clock import VIETNAM

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(where="--at", detail="2026-11-21 | 2026-11-21T09:00:00+07:00") from error
    if len(text) <= 10:  # a day: judged at its end, in Vietnam
        moment = moment.replace(hour=23, minute=59, second=59)
    return (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)


def _local(moment: str | None) -> str:
    """A time of the report as people in Vietnam read it; the JSON keeps ISO 8601."""
    from sohoa_core.clock import VIETNAM

    if not moment:
        return "-"
    parsed = datetime.fromisoformat(moment)
    if parsed.tzinfo is None:  # a claimed time without a zone is shown as it stands
        return moment
    return parsed.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S +07:00")
