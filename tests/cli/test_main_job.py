"""The main job end to end, as a clerk, an IT person and an auditor would run it."""

from __future__ import annotations

import csv
import json
import subprocess
import unicodedata
from pathlib import Path

import pikepdf

from cli.conftest import Job
from cli.program import sohoa


def inputs(job: Job) -> list[dict[str, str]]:
    with (job.inbox / "manifest.csv").open(encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def test_every_input_becomes_one_signed_file(job: Job) -> None:
    exported = sorted(job.exported.rglob("*.pdf"))
    assert len(exported) == len(inputs(job))
    status = sohoa("status", "--json", "-w", job.space).of("sohoa.status/1")[0]
    assert status["documents"] == status["signed"] == len(exported)
    assert status["dossiers"] == 3


def test_the_same_command_again_does_nothing(job: Job) -> None:
    ran = sohoa("digitize", job.inbox, "-w", job.space, "--json")
    (batch,) = ran.of("sohoa.batch/1")
    assert ran.code == 0 and batch["worked"] == 0 and batch["total"] == len(inputs(job))
    again = sohoa("sign", "--demo", "-w", job.space, "--json")
    assert [batch["worked"] for batch in again.of("sohoa.batch/1")] == [0, 0]


def test_a_dry_run_says_what_a_run_would_do_and_does_nothing(job: Job, tmp_path: Path) -> None:
    sohoa("init", tmp_path / "w")
    ran = sohoa("digitize", job.inbox, "-w", tmp_path / "w", "--dry-run", "--json")
    (plan,) = ran.of("sohoa.batch.plan/1")
    assert plan["new"] == len(inputs(job)) == len(plan["items"])
    assert sohoa("status", "--json", "-w", tmp_path / "w").of("sohoa.status.batch/1") == []


def test_the_text_of_the_files_is_correct_vietnamese(job: Job) -> None:
    """What poppler reads from the signed files against the exact text that was printed."""
    wanted = found = 0
    for row in inputs(job):
        path = job.exported / row["dossier_code"] / f"{Path(row['path']).stem}.pdf"
        done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
        text = done.stdout.decode("utf-8")
        assert unicodedata.is_normalized("NFC", text)
        truth = (job.samples / "truth" / row["path"]).with_suffix(".txt").read_text("utf-8")
        words = [word for word in truth.split() if len(word) > 1]
        have = set(text.split())
        wanted += len(words)
        found += sum(word in have for word in words)
    # Penned slots are not expected to be read; printed words are.
    assert found / wanted > 0.85


def test_the_original_image_bytes_are_in_the_archival_file(job: Job) -> None:
    row = next(row for row in inputs(job) if row["path"].endswith(".jpg"))
    scan = (job.inbox / row["path"]).read_bytes()
    path = job.exported / row["dossier_code"] / f"{Path(row['path']).stem}.pdf"
    with pikepdf.open(path) as pdf:
        streams = [
            image.read_raw_bytes() for page in pdf.pages for image in page.get_images().values()
        ]
        assert "pdfaid:part" in pdf.Root.Metadata.read_bytes().decode()
    assert scan in streams


def test_the_originals_come_back_byte_for_byte(job: Job) -> None:
    from sqlalchemy import select

    from sohoa_core.records import Document, Version
    from sohoa_core.workspace import opened

    with opened(job.space) as space, space.store.read() as session:
        rows = session.execute(
            select(Document.name, Version.sha256).join(Version).where(Version.role == "original")
        ).all()
        for name, digest in rows:
            assert space.vault.get(digest) == (job.inbox / name).read_bytes()
    assert len(rows) == len(inputs(job))


def test_pdfsig_accepts_the_signatures(job: Job) -> None:
    for path in sorted(job.exported.rglob("*.pdf"))[:3]:
        done = subprocess.run(["pdfsig", path], capture_output=True, check=False)
        text = done.stdout.decode("utf-8")
        assert text.count("Signature is Valid.") == 2, text
        assert "Total document signed" in text


def test_an_auditor_gets_verdicts_that_a_script_can_act_on(job: Job, tmp_path: Path) -> None:
    valid = sohoa("verify", job.exported, *job.trust, "--json")
    assert valid.code == 0
    for record in valid.of("sohoa.verify.file/1"):
        assert (record["verdict"], record["integrity"]) == ("VALID", "INTACT")
        assert len(record["signatures"]) == 2

    stranger = sohoa("verify", job.exported, "--json")  # nobody is trusted unless named
    assert stranger.code == 6
    assert {r["verdict"] for r in stranger.of("sohoa.verify.file/1")} == {"INDETERMINATE"}

    data = bytearray(sorted(job.exported.rglob("*.pdf"))[0].read_bytes())
    data[len(data) // 2] ^= 1
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(data)
    broken = sohoa("verify", changed, *job.trust, "--json")
    assert broken.code in (5, 10)
    assert broken.of("sohoa.verify.file/1")[0]["integrity"] in ("BROKEN", "MALFORMED")

    unsigned = tmp_path / "unsigned.pdf"
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.save(unsigned)
    assert sohoa("verify", unsigned, *job.trust).code == 7
    both = sohoa("verify", unsigned, changed, job.exported, *job.trust, "--json")
    assert both.code == broken.code  # the gravest


def test_the_marks_stand_where_the_law_wants_them(job: Job) -> None:
    """Officer top-left, agency top-right with form of copy, name and time; text, no pictures."""
    for path in sorted(job.exported.rglob("*.pdf"))[:4]:
        with pikepdf.open(path) as pdf:
            page = pdf.pages[0]
            width, height = (float(page.mediabox[2]), float(page.mediabox[3]))
            boxes = {str(a.T): [float(v) for v in a.Rect] for a in page.Annots if "/T" in a}
            officer = next(box for name, box in boxes.items() if "officer" in name)
            agency = next(box for name, box in boxes.items() if "agency" in name)
            assert officer[0] < width / 2 < agency[2]
            assert officer[3] > height / 2 and agency[3] > height / 2
            for annotation in page.Annots:
                assert int(annotation.F) & 4  # printed
                assert "/XObject" not in annotation.AP.N.get("/Resources", {})


def test_findings_cite_the_law_and_change_the_exit_code(own: Job) -> None:
    ran = sohoa("validate", "--json", "-w", own.space, "--on", "2026-11-21")
    findings = ran.of("sohoa.finding/1")
    assert findings and all({"rule", "severity", "basis", "verified"} <= set(f) for f in findings)
    errors = [finding for finding in findings if finding["severity"] == "error"]
    assert ran.code == (4 if errors else 0)
    verdicts = ran.of("sohoa.verdict/1")
    assert {"complete", "still_valid"} & {verdict["question"] for verdict in verdicts}
    again = sohoa("validate", "--json", "-w", own.space, "--on", "2026-11-21")
    assert again.of("sohoa.batch/1")[0]["worked"] == 0
    assert again.of("sohoa.finding/1") == findings


def test_a_missing_component_is_found(own: Job) -> None:
    """Take one required paper out of a dossier: it must be named as missing."""
    from sqlalchemy import select

    from sohoa_core.records import Dossier
    from sohoa_core.workspace import opened

    with opened(own.space) as space, space.store.write() as session:
        dossier = session.scalars(
            select(Dossier).where(Dossier.procedure_code.is_not(None))
        ).first()
        assert dossier is not None
        code = dossier.code
        session.delete(dossier.items[0])  # the declaration
    ran = sohoa("validate", "--json", "-w", own.space, "--dossier", code)
    errors = [f for f in ran.of("sohoa.finding/1") if f["severity"] == "error"]
    assert ran.code == 4 and any("component" in finding["rule"] for finding in errors), errors


def test_statistics_count_the_dossiers(job: Job) -> None:
    ran = sohoa("stats", "--json", "--period", "all", "-w", job.space)
    indicators = ran.of("sohoa.indicator/1")
    assert {record["id"] for record in indicators} == {"4.1", "4.2", "4.3", "4.4"}
    digitized = [record for record in indicators if record["id"] == "4.2"]
    assert sum(record["denominator"] for record in digitized) == 3


def test_the_journal_tells_everything_and_no_secrets(job: Job) -> None:
    ran = sohoa("journal", "show", "--json", "-w", job.space)
    entries = ran.of("sohoa.journal.entry/1")
    actions = {entry["action"] for entry in entries}
    assert {"workspace.created", "batch.created", "digitize.done", "sign.done"} <= actions
    password = (job.space / "demo-pki" / "password").read_text()
    assert password not in ran.out
    verified = sohoa("journal", "verify", "--json", "-w", job.space)
    head = verified.of("sohoa.journal.verified/1")[0]["head"]
    assert sohoa("journal", "verify", "--head", head, "-w", job.space).code == 0
    wrong = head.split(":")[0] + ":" + "0" * 64
    assert sohoa("journal", "verify", "--head", wrong, "-w", job.space).code == 12


def test_the_demo_password_is_in_no_record_and_no_setting(job: Job) -> None:
    password = (job.space / "demo-pki" / "password").read_bytes()
    for path in (job.space / "records.sqlite", job.space / "sohoa.toml"):
        assert password not in path.read_bytes()
    assert (job.space / "demo-pki" / "password").stat().st_mode & 0o077 == 0


def test_what_comes_out_is_what_the_records_say(job: Job) -> None:
    ran = sohoa("doctor", "--vault", "--json", "-w", job.space)
    checks = {record["check"]: record for record in ran.of("sohoa.doctor/1")}
    assert checks["Vault"]["ok"] and checks["Journal"]["ok"]


def test_a_changed_file_in_the_vault_is_found(own: Job, tmp_path: Path) -> None:
    victim = max((own.space / "vault" / "sha256").rglob("*"), key=lambda p: p.stat().st_size)
    victim.chmod(0o644)
    victim.write_bytes(b"x" + victim.read_bytes()[1:])
    assert sohoa("doctor", "--vault", "-w", own.space).code == 12


def test_signing_with_a_key_of_ones_own(own: Job, tmp_path: Path) -> None:
    from sohoa_signing.demo_pki import make_demo_pki

    pki = make_demo_pki(tmp_path / "pki", password=b"mat khau")
    secret = tmp_path / "secret"
    secret.write_bytes(b"mat khau\n")
    secret.chmod(0o644)
    words = ["sign", "--role", "agency", "--agency-key", pki.agency, "-w", own.space]
    exposed = sohoa(*words, "--password-file", secret, "--json")
    assert exposed.code == 11  # others may read it
    secret.chmod(0o600)
    ran = sohoa(*words, "--password-file", secret, "--json")
    assert ran.code == 0, ran.err  # everything is signed by the agency already
    secret.write_bytes(b"falsch")
    wrong = sohoa(*words, "--password-file", secret, "--json")
    assert wrong.code != 0 and "falsch" not in wrong.out + wrong.err
    assert sohoa(*words).code == 2  # no terminal to ask on


def test_json_of_every_command_is_json(own: Job) -> None:
    for words in (
        ["status"],
        ["stats"],
        ["validate"],
        ["journal", "show"],
        ["config", "show"],
        ["doctor"],
        ["export", own.space.parent / "out"],
    ):
        ran = sohoa(*words, "--json", "-w", own.space)
        assert ran.code in (0, 4), (words, ran.err)
        for line in ran.out.splitlines():
            assert next(iter(json.loads(line))) == "schema"
