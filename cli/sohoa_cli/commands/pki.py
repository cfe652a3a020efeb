"""``sohoa pki``: a demo authority with its services, for trials without any legal force."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command, group
from sohoa_core.errors import ExitCode, SafetyRefusal
from sohoa_core.i18n import N_, _


def register(top: typer.Typer) -> None:
    """Add the commands."""
    pki = group("pki", help=N_("A demo authority for trials; its signatures have no legal force."))
    top.add_typer(pki)

    @command(
        pki,
        "demo",
        help=N_(
            "Make a demo authority with keys, certificates and revocation lists.\n\n"
            "With --serve its timestamp, status and list services run on 127.0.0.1 until Ctrl-C. "
            "Nobody trusts it: give its root to `sohoa verify` by name."
        ),
    )
    def demo(
        run: Run,
        folder: Annotated[Path, typer.Argument(help=N_("Where to make it."))],
        serve: Annotated[
            bool, typer.Option("--serve", help=N_("Run its services until Ctrl-C."))
        ] = False,
        port: Annotated[
            int, typer.Option("--port", min=1, max=65535, help=N_("Port of the services."))
        ] = 8318,
        kind: Annotated[
            str, typer.Option("--key", metavar="ec|rsa", help=N_("Kind of the signers' keys."))
        ] = "ec",
    ) -> ExitCode:
        from sohoa_signing.demo_pki import make_demo_pki

        secret = folder / "password"
        made = not secret.is_file()
        address = f"http://127.0.0.1:{port}"
        if made:
            if folder.exists() and any(folder.iterdir()):
                raise SafetyRefusal(where=str(folder), detail=N_("the folder is not empty"))
            password = secrets.token_urlsafe(24).encode()
            make_demo_pki(
                folder,
                password=password,
                kind="rsa" if kind == "rsa" else "ec",
                services=address,
            )
            handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(password)
        run.out.record(
            "sohoa.pki.demo/1",
            folder=str(folder),
            made=made,
            anchor=str(folder / "root.pem"),
            tsa=f"{address}/tsa",
            services=address,
        )
        run.out.line(_("Demo authority: {folder}").format(folder=folder))
        run.out.line(_("Root certificate: {file}").format(file=folder / "root.pem"))
        run.out.line(
            _("Keys: {files}; password in {secret}").format(
                files="officer.p12, agency.p12", secret=secret
            )
        )
        if serve:
            _serve(run, folder, port)
        return ExitCode.DONE


def _serve(run: Run, folder: Path, port: int) -> None:
    import time

    from sohoa_signing.demo_services import demo_services, serving

    services = demo_services(folder, (folder / "password").read_bytes())
    with serving(services, port) as address:
        run.out.line(_("Timestamps: {address}").format(address=f"{address}/tsa"))
        run.out.line(_("Status and lists: {address}").format(address=address))
        run.out.note(_("Stop with Ctrl-C."))
        run.out.stream.flush()
        while True:
            time.sleep(3600)
