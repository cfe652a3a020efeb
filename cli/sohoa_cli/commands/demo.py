"""``sohoa demo``: the whole job on invented dossiers, each step a command that can be repeated."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sohoa_cli.app import Run, command, invoke
from sohoa_cli.commands import shared
from sohoa_core.errors import ExitCode, SafetyRefusal, SohoaError
from sohoa_core.i18n import N_, _, active

if TYPE_CHECKING:
    from sohoa_core.workspace import Workspace

_MARKER = ".sohoa-demo"


class DemoFailed(SohoaError):
    code = "demo.step"
    what = N_("A step of the demo ended with exit code {found} instead of {expected}: {detail}")


def register(top: typer.Typer) -> None:
    """Add the command."""

    @command(
        top,
        "demo",
        help=N_(
            "Show the whole job on invented dossiers, from scans to migrated records.\n\n"
            "Everything goes into one folder. Each step prints the command that repeats it."
        ),
    )
    def demo(
        run: Run,
        folder: Annotated[
            Path, typer.Argument(help=N_("Folder for the demo; made when missing."))
        ] = Path("sohoa-demo"),
        dossiers: Annotated[
            int,
            typer.Option("--dossiers", min=1, max=1000, help=N_("How many dossiers to invent.")),
        ] = 6,
        fresh: Annotated[
            bool, typer.Option("--fresh", help=N_("Remove an earlier demo in that folder first."))
        ] = False,
    ) -> ExitCode:
        started = time.monotonic()
        folder = folder.absolute()
        marker = folder / _MARKER
        if folder.exists() and any(folder.iterdir()):
            if not marker.is_file():
                raise SafetyRefusal(where=str(folder), detail=N_("the folder holds other files"))
            if fresh:
                shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        marker.touch()
        _Tour(run, folder).go(dossiers)
        _summary(run, folder, time.monotonic() - started)
        return ExitCode.DONE


class _Tour:
    """The steps in order; each is a command line, run in this process."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run = run
        self.folder = folder
        self.samples = folder / "mau"
        self.space = folder / "tinh-moi"
        self.export = folder / "ket-qua"
        self.count = 0

    def step(self, title: str, *words: str, expect: tuple[int, ...] = (0,)) -> None:
        self.count += 1
        out = self.run.out
        shown = f"{_program()} {shlex.join(words)}"
        out.line()
        out.line(out.paint(f"{self.count}. {title}", "1", out.stream))
        out.line(f"   $ {shown}")
        out.stream.flush()
        shared_words = ["--lang", active(), "--color", out.color]
        if self.run.as_json:
            shared_words.append("--json")
        code = invoke([*words, *shared_words], out)
        if code not in expect:
            raise DemoFailed(where=shown, found=code, expected=expect[0], detail=title)

    def go(self, dossiers: int) -> None:
        space = ["--workspace", str(self.space)]
        if not self.samples.exists():
            self.step(
                _("Invent dossiers, print their papers, scan them (nothing in them is real)"),
                *("samples", "make", str(self.samples), "--dossiers", str(dossiers)),
            )
            self._spoil()
        self.step(
            _("Make a workspace"),
            *("init", str(self.space), "--agency-name", "UBND xã Mẫu Sơn"),
            *("--officer", "Nguyễn Thị Mẫu"),
        )
        self.step(
            _("Digitize the inbox; two damaged files are in it on purpose"),
            *("digitize", str(self.samples / "inbox"), *space),
            expect=(3,),
        )
        self.step(
            _("The officer who digitized signs, top-left"),
            *("sign", "--role", "officer", "--demo", *space),
        )
        self.step(
            _("The agency signs, top-right, with the conversion mark"),
            *("sign", "--role", "agency", "--demo", *space),
        )
        self.step(
            _("Check the dossiers against their procedures; some lack papers on purpose"),
            *("validate", "-q", *space),
            expect=(0, 4),
        )
        if not self.export.exists():
            self.step(_("Write the signed files out"), "export", "-q", str(self.export), *space)
        pki = self.space / "demo-pki"
        trust = [
            *("--public-service-anchor", str(pki / "root.pem")),
            *("--crl", str(pki / "root.crl"), "--crl", str(pki / "intermediate.crl")),
        ]
        self.step(
            _("Verify them as an auditor does: offline, trusting only the demo root"),
            *("verify", "-q", str(self.export), *trust),
        )
        tampered = self._tamper()
        self.step(
            _("Change one letter in a copy: the verifier must notice"),
            *("verify", str(tampered), *trust),
            expect=(5,),
        )
        self.step(
            _("Take over the records of a province that was merged: the plan first"),
            *("migrate", str(self.samples / "legacy" / "tinh-cu.sqlite"), "--dry-run"),
            *("--mapping", "tinh-cu-sqlite", *space),
            expect=(0, 3),
        )
        self.step(
            _("... then the plan is carried out; bad rows are kept aside with their reason"),
            *("migrate", str(self.samples / "legacy" / "tinh-cu.sqlite")),
            *("--mapping", "tinh-cu-sqlite", *space),
            expect=(0, 3),
        )
        self.step(_("The journal's chain"), "journal", "verify", *space)

    def _spoil(self) -> None:
        """Two inputs that no one can read: one empty, one cut in half."""
        inbox = self.samples / "inbox"
        whole = next(path for path in sorted(inbox.rglob("*")) if path.suffix == ".jpg")
        (whole.parent / "90-trang-bi-cat.jpg").write_bytes(whole.read_bytes()[:4000])
        (whole.parent / "91-tep-rong.pdf").write_bytes(b"")

    def _tamper(self) -> Path:
        """A copy of a signed file in which one byte of the page image is another."""
        target = self.folder / "bi-sua.pdf"
        source = next(iter(sorted(self.export.rglob("*.pdf"))))
        data = bytearray(source.read_bytes())
        data[len(data) // 3] ^= 1
        target.write_bytes(bytes(data))
        return target


def _summary(run: Run, folder: Path, seconds: float) -> None:
    with shared.workspace(folder / "tinh-moi") as space:
        values = _numbers(space)
    run.out.record("sohoa.demo/1", folder=str(folder), seconds=round(seconds, 1), **values)
    lines = [
        "",
        _("What was made ({seconds} seconds):"),
        _("  {digitized} documents with {pages} pages became searchable, signed PDF/A;"),
        _("  {migrated} dossiers came over from the old system, {rejected} rows were kept aside."),
        _("What needs a person:"),
        _("  {review} uncertain values in {review_documents} documents, {failed} bad files,"),
        _("  {errors} errors and {doubts} doubts in {broken} dossiers."),
        _("Where to look:"),
        _("  {folder}/ket-qua                the signed files"),
        _("  {program} status -w {folder}/tinh-moi     what needs a person"),
        _("  {program} validate -w {folder}/tinh-moi   every finding with its legal basis"),
        _("  {program} journal show -w {folder}/tinh-moi"),
        _("All names and numbers are invented; the demo signatures have no legal force."),
    ]
    for line in lines:
        run.out.line(
            line.format(folder=folder, program=_program(), seconds=f"{seconds:.0f}", **values)
        )


def _program() -> str:
    """How the user started the program: from a checkout it is ``./run sohoa``."""
    return os.environ.get("SOHOA_PROGRAM") or "sohoa"


def _numbers(space: Workspace) -> dict[str, int]:
    from sqlalchemy import distinct, func, select

    from sohoa_core.records import (
        BatchItem,
        Document,
        Dossier,
        Field,
        Finding,
        Page,
        RejectedRow,
        Version,
    )

    with space.store.read() as session:

        def count(query: object) -> int:
            return int(session.scalar(query) or 0)  # type: ignore[call-overload]

        def number(of: object) -> object:
            return select(func.count()).select_from(of)  # type: ignore[arg-type]

        needed = Field.review == "needed"
        checked = Finding.stage == "validate"
        signed = select(func.count(distinct(Version.document_id))).where(
            Version.role == "agency_signed"
        )
        return {
            "documents": count(number(Document)),
            "digitized": count(signed),
            "pages": count(number(Page)),
            "review": count(number(Field).where(needed)),  # type: ignore[attr-defined]
            "review_documents": count(
                select(func.count(distinct(Field.document_id))).where(needed)
            ),
            "failed": count(select(func.count()).where(BatchItem.state == "failed")),
            "errors": count(select(func.count()).where(checked, Finding.severity == "error")),
            "doubts": count(select(func.count()).where(checked, Finding.severity == "review")),
            "broken": count(
                select(func.count(distinct(Finding.dossier_id))).where(
                    checked, Finding.severity.in_(("error", "review"))
                )
            ),
            "migrated": count(select(func.count()).where(Dossier.source_system != "")),
            "rejected": count(number(RejectedRow)),
        }
