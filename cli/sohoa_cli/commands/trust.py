"""``sohoa trust``: the authorities whose signatures count, chosen by the user and pinned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command, group
from sohoa_core.errors import ExitCode, InputMissing, UsageError
from sohoa_core.i18n import N_, _, translate

FolderOption = Annotated[
    Path | None,
    typer.Option("--store", help=N_("Folder of the trust store; by default the user's own.")),
]
_KINDS = ("cong_vu", "cong_cong", "timestamp")


def user_store() -> Path:
    """The user's trust store, beside the user's settings."""
    from sohoa_core.settings import user_file

    return user_file().parent / "trust"


def register(top: typer.Typer) -> None:
    """Add the commands."""
    trust = group(
        "trust",
        help=N_(
            "Which authorities are trusted: two separate stores, public-service and public.\n\n"
            "Nothing is trusted until it is added here, named on the command line or in the "
            "settings. Every certificate is pinned by its SHA-256 fingerprint."
        ),
    )
    top.add_typer(trust)

    @command(trust, "list", help=N_("Show the trusted authorities."))
    def list_(run: Run, store: FolderOption = None) -> ExitCode:
        from sohoa_signing.trust_store import read_anchors

        anchors = read_anchors(store or user_store())
        for anchor in anchors:
            run.out.record(
                "sohoa.trust.anchor/1",
                sha256=anchor.sha256,
                kind=anchor.kind,
                name=anchor.name,
                valid_from=anchor.valid_from,
                valid_to=anchor.valid_to,
                added=anchor.added,
                demo=anchor.demo,
            )
        if not anchors:
            run.out.line(_("No authority is trusted yet: add one with `sohoa trust add`."))
        else:
            run.out.table(
                [_("Kind"), _("Authority"), _("Valid until"), "SHA-256"],
                [(a.kind, a.name, a.valid_to, a.sha256) for a in anchors],
            )
        return ExitCode.DONE

    @command(trust, "add", help=N_("Trust a root certificate (PEM or DER)."))
    def add(
        run: Run,
        file: Annotated[Path, typer.Argument(help=N_("The root certificate."))],
        kind: Annotated[
            str,
            typer.Option(
                "--kind",
                metavar="cong_vu|cong_cong|timestamp",
                help=N_("Public-service, public, or for timestamps only."),
            ),
        ],
        sha256: Annotated[
            str,
            typer.Option("--sha256", help=N_("The fingerprint that the authority publishes.")),
        ] = "",
        allow_demo: Annotated[
            bool,
            typer.Option("--allow-demo", help=N_("Accept a demo or test authority, for trials.")),
        ] = False,
        store: FolderOption = None,
    ) -> ExitCode:
        from sohoa_signing.trust_store import add_anchor

        if kind not in _KINDS:
            raise UsageError(where="--kind", detail=" | ".join(_KINDS))
        try:
            data = file.expanduser().read_bytes()
        except OSError as error:
            raise InputMissing(where=str(file)) from error
        anchor = add_anchor(
            store or user_store(), data, kind, expected=sha256, allow_demo=allow_demo
        )
        run.out.record("sohoa.trust.added/1", sha256=anchor.sha256, kind=kind, name=anchor.name)
        run.out.line(
            _("Trusted ({kind}): {name}, until {until}").format(
                kind=kind, name=anchor.name, until=anchor.valid_to
            )
        )
        run.out.line(f"SHA-256 {anchor.sha256}")
        if not sha256:
            run.out.note(_("Compare this fingerprint with the one that the authority publishes."))
        return ExitCode.DONE

    @command(trust, "remove", help=N_("Trust a root certificate no longer."))
    def remove(
        run: Run,
        fingerprint: Annotated[
            str, typer.Argument(help=N_("The fingerprint, or its first 8 digits or more."))
        ],
        store: FolderOption = None,
    ) -> ExitCode:
        from sohoa_signing.trust_store import remove_anchor

        anchor = remove_anchor(store or user_store(), fingerprint)
        run.out.record("sohoa.trust.removed/1", sha256=anchor.sha256, name=anchor.name)
        run.out.line(_("No longer trusted: {name}").format(name=anchor.name))
        return ExitCode.DONE

    @command(
        trust,
        "check",
        help=N_("Check the trusted certificates: unchanged, valid, fit, no demo authority."),
    )
    def check(run: Run, store: FolderOption = None) -> ExitCode:
        from sohoa_signing.trust_store import check_anchors

        found = check_anchors(store or user_store())
        for anchor, problem in found:
            run.out.record(
                "sohoa.trust.check/1", sha256=anchor.sha256, ok=not problem, problem=problem
            )
            run.out.line(
                f"{translate(problem) if problem else _('in order')}: "
                f"{anchor.name} ({anchor.kind}, {anchor.sha256[:16]})"
            )
        return ExitCode.UNDECIDED if any(problem for _a, problem in found) else ExitCode.DONE
