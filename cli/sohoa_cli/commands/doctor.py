"""``sohoa doctor``: is everything there that the work needs, and is the workspace sound?"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sohoa_cli.app import Run, command
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, SohoaError, most_serious
from sohoa_core.i18n import N_, _, active


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ``ok`` or not, and whether the work can go on without it."""

    name: str
    ok: bool
    detail: str
    needed: bool = True
    remedy: str = ""
    code: ExitCode = ExitCode.MISSING_TOOL


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "doctor",
        help=N_(
            "Look whether everything is there that the work needs.\n\n"
            "In a workspace also check the records, the journal's chain and, with --vault, every "
            "file of the vault."
        ),
    )
    def doctor(
        run: Run,
        vault: Annotated[
            bool, typer.Option("--vault", help=N_("Read and verify every file of the vault."))
        ] = False,
        workspace: shared.WorkspaceOption = None,
    ) -> ExitCode:
        checks = [*_machine(), *_engines(), *_fonts(), *_optional(), *_workspace(workspace, vault)]
        todo = _("What to do")
        for check in checks:
            run.out.record(
                "sohoa.doctor/1",
                check=check.name,
                ok=check.ok,
                needed=check.needed,
                detail=check.detail,
                remedy=check.remedy,
            )
            sign = "+" if check.ok else ("!" if check.needed else "-")
            run.out.line(f"{sign} {_(check.name)}: {check.detail}")
            if not check.ok and check.remedy:
                run.out.line(f"    {todo}: {check.remedy}")
        bad = [check.code for check in checks if check.needed and not check.ok]
        run.out.line(
            _("Everything needed is there.") if not bad else _("Something needed is missing.")
        )
        return most_serious(bad)


def _machine() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(N_("Python"), sys.version_info >= (3, 11), version, remedy="Python 3.11+")
    encoding = sys.getfilesystemencoding()
    yield Check(
        N_("File names in UTF-8"),
        encoding.lower().replace("-", "") == "utf8",
        encoding,
        remedy="LANG=C.UTF-8",
    )
    cores = len(os.sched_getaffinity(0))
    yield Check(N_("Processor cores"), True, str(cores), needed=False)


def _engines() -> Iterator[Check]:
    from sohoa_digitize.engine.choose import probe_all

    infos = probe_all()
    best = next((info for info in infos if info.available), None)
    remedy = "apt-get install tesseract-ocr tesseract-ocr-vie tesseract-ocr-eng tesseract-ocr-osd"
    yield Check(
        N_("Recognition engine"),
        best is not None,
        f"{best.name} {best.version}" if best else "; ".join(info.reason for info in infos),
        remedy=remedy,
    )
    own = next(info for info in infos if info.name == "sohoa")
    yield Check(
        N_("Own reader"),
        own.available,
        own.version or own.reason,
        needed=False,
        remedy="pip install --force-reinstall sohoa",
    )
    languages = best.languages if best else ()
    for language in ("vie", "osd"):
        yield Check(
            N_("Recognition model"),
            language in languages,
            language,
            needed=language == "vie",
            remedy=remedy,
        )


def _fonts() -> Iterator[Check]:
    from sohoa_signing.mark_font import find_mark_font

    remedy = "apt-get install fonts-liberation2 fonts-freefont-ttf"
    try:
        font = find_mark_font()
    except SohoaError as error:
        yield Check(N_("Font for marks"), False, error.message(active()), remedy=remedy)
        return
    yield Check(N_("Font for marks"), True, font.family)


def _optional() -> Iterator[Check]:
    from importlib.util import find_spec

    for name, program in ((N_("PDF/A validator veraPDF"), "verapdf"),):
        path = shutil.which(program)
        yield Check(name, path is not None, path or _("not installed"), needed=False)
    for name, module, extra in (
        (N_("PostgreSQL driver"), "psycopg", "postgres"),
        (N_("Cluster client dask"), "distributed", "scale"),
    ):
        there = find_spec(module) is not None
        detail = _("installed") if there else _("not installed")
        yield Check(name, there, detail, needed=False, remedy=f"pip install 'sohoa[{extra}]'")


def _workspace(root: Path | None, vault: bool) -> Iterator[Check]:
    from sohoa_core import journal
    from sohoa_core.store_errors import NoWorkspace

    try:
        with shared.workspace(root) as space:
            yield Check(N_("Workspace"), True, str(space.root))
            free = shutil.disk_usage(space.root).free / 1e9
            yield Check(
                N_("Free disk space"),
                free > 1,
                f"{free:.1f} GB",
                needed=False,
                remedy=_("Free some space: a page needs about 1 MB."),
            )
            with space.store.read() as session:
                head = journal.verify(session)
                yield Check(N_("Journal"), True, str(head))
                if vault:
                    yield from _vault(space, session)
    except NoWorkspace as error:
        if root is not None:
            raise
        yield Check(N_("Workspace"), False, error.message(active()), needed=False)
    except SohoaError as error:
        yield Check(
            N_("Workspace"),
            False,
            f"{error.message(active())} [{error.code}]",
            remedy=error.remedy(active()),
            code=error.exit_code,
        )


def _vault(space: object, session: object) -> Iterator[Check]:
    from sqlalchemy import select
    from sqlalchemy.orm import Session

    from sohoa_core.records import Version
    from sohoa_core.workspace import Workspace

    assert isinstance(space, Workspace) and isinstance(session, Session)
    count = bad = size = 0
    for digest in session.scalars(select(Version.sha256).distinct()):
        count += 1
        try:
            size += space.vault.check(digest)
        except SohoaError as error:
            bad += 1
            yield Check(
                N_("Vault"),
                False,
                error.message(active()),
                remedy=error.remedy(active()),
                code=error.exit_code,
            )
    yield Check(
        N_("Vault"), not bad, _("{count} files, {size} MB").format(count=count, size=size // 10**6)
    )
