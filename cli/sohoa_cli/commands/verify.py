"""``sohoa verify``: judge signed PDFs, offline, with a verdict that a script can act on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_core.errors import ExitCode, InputUnreadable, SohoaError, UsageError, most_serious
from sohoa_core.i18n import N_, _, active, translate

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
            "Only authorities named with --public-service-anchor, --public-anchor or in the "
            "settings are trusted. Exit codes: 0 valid, 5 invalid, 6 cannot be decided, 7 not "
            "signed, 10 damaged; of several files the gravest."
        ),
    )
    def verify(
        run: Run,
        files: Annotated[list[Path], typer.Argument(help=N_("PDF files, or folders of them."))],
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
        crl: Annotated[
            list[Path] | None, typer.Option("--crl", help=N_("Revocation list (PEM, DER)."))
        ] = None,
        certificate: Annotated[
            list[Path] | None,
            typer.Option("--certificate", help=N_("Further certificates of issuers (PEM, DER).")),
        ] = None,
        at: Annotated[
            str | None,
            typer.Option(
                "--at", metavar="DATE", help=N_("Judge as of this date or time (ISO 8601).")
            ),
        ] = None,
    ) -> ExitCode:
        from sohoa_core import settings
        from sohoa_core.store_errors import NoWorkspace
        from sohoa_core.workspace import find
        from sohoa_signing.verify.chain import TrustStores
        from sohoa_signing.verify.policy import VerifyPolicy
        from sohoa_signing.verify.report import signature_sentence
        from sohoa_signing.verify.verify import trust_of, verify_pdf

        try:
            root = find()
        except NoWorkspace:
            root = None
        loaded = settings.load(root).settings
        stores = TrustStores(
            cong_vu=_read([*(public_service_anchor or ()), *loaded.verify.public_service_anchors]),
            cong_cong=_read([*(public_anchor or ()), *loaded.verify.public_anchors]),
        )
        policy = VerifyPolicy(
            stores=stores, certificates=_read(certificate), crls=_read(crl), at=_moment(at)
        )
        limits = loaded.item_limits()
        try:
            trust = trust_of(policy)
        except ValueError as error:
            raise UsageError(detail=N_("no certificate in such a file")) from error
        codes: list[ExitCode] = []
        counts: dict[str, int] = {}
        for path, label in _files(files):
            try:
                report = verify_pdf(path, name=label, policy=policy, limits=limits, trust=trust)
            except SohoaError as error:
                error.where = label
                codes.append(error.exit_code)
                counts["MALFORMED"] = counts.get("MALFORMED", 0) + 1
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
                continue
            codes.append(report.exit_code)
            verdict = report.verdict.value
            counts[verdict] = counts.get(verdict, 0) + 1
            run.out.record("sohoa.verify.file/1", **report.to_dict())
            if run.as_json:
                continue
            run.out.line(f"{_(_VERDICTS[verdict])}  {label}")
            if run.out.quiet:
                continue
            run.out.line(f"  {report.sentence(active())}")
            for signature in report.signatures:
                run.out.line(f"  - {signature_sentence(signature, active())}")
                for name, value in _facts(signature):
                    run.out.line(f"      {name}: {value}")
        if not codes:
            raise InputUnreadable(
                where=", ".join(map(str, files)), detail=N_("no PDF files in there")
            )
        if len(codes) > 1:
            run.out.line()
            run.out.line(
                ", ".join(f"{_(_VERDICTS[name])}: {count}" for name, count in counts.items())
            )
        return most_serious(codes)


def _facts(signature: object) -> Iterator[tuple[str, str]]:
    """The fields that must be shown at least (TT 15/2025/TT-BKHCN, Appendix II)."""
    from sohoa_core.facts import SignatureFact

    assert isinstance(signature, SignatureFact)
    details = signature.details
    yes, no, unknown = _("yes"), _("no"), _("unknown")
    yield _("Signer"), signature.signer
    yield _("Managing unit"), details.get("managing_unit") or "-"
    yield _("Issuer of the certificate"), signature.issuer
    time = signature.timestamp_at or signature.signed_at or "-"
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


def _read(paths: list[Path] | list[str] | None) -> tuple[bytes, ...]:
    return tuple(Path(path).expanduser().read_bytes() for path in paths or ())


def _files(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """The files named, and the PDF files below the folders named; links are not followed."""
    for path in paths:
        if path.is_dir():
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
