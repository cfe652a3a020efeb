"""``sohoa sign`` with a real PKCS#11 token, judged by three verifiers; pulled, killed, resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.program import environment
from sohoa_core import journal, workspace
from sohoa_signing.certificates import fingerprint
from sohoa_signing.token_key import list_tokens
from tests.signing.commands import Answer, secret, signed_files, sohoa, states
from tests.signing.kit import pdfsig, pem
from tests.signing.signing_space import distinct, make_space
from tests.signing.softhsm import MODULE, PIN, add_token
from tests.signing.test_levels import pyhanko_opinion


@pytest.fixture(scope="module")
def papers(paper) -> list[bytes]:
    return distinct(paper, 2)


@pytest.fixture
def space(tmp_path, papers) -> Path:
    return make_space(tmp_path / "w", papers)


@pytest.fixture
def pin(tmp_path) -> Path:
    return secret(tmp_path / "pin", PIN)


def by_token(space: Path, *words: str | Path | int, role: str = "officer") -> Answer:
    return sohoa("sign", "-w", space, "--role", role, "--token-module", MODULE, *words)


def certificate_of(authority, name: str) -> str:
    return fingerprint(authority.people[name].certificate)


def through_a_pipe(text: bytes) -> int:
    reader, writer = os.pipe()
    os.write(writer, text + b"\n")
    os.close(writer)
    return reader


def test_chosen_by_label_serial_or_certificate_and_judged_by_three(
    soft_token, authority, papers, tmp_path, pin
):
    add_token("khac")  # a second token is plugged in: one has to be chosen
    serial = dict(list_tokens(MODULE))["sohoa"]
    ways = {
        "label": ["--token-label", "sohoa", "--password-file", pin],
        "serial": ["--token-serial", serial, "--password-fd", through_a_pipe(PIN)],
    }
    for name, (way, words) in zip(("officer", "rsa"), ways.items(), strict=True):
        root = make_space(tmp_path / way, papers)
        chosen = certificate_of(authority, name)
        ran = by_token(root, *words, "--token-certificate", chosen[:20].upper())
        assert ran.code == 0, ran.records
        (key,) = ran.of("sohoa.sign.key/1")
        assert (key["signatures"], key["certificate"]) == (2, chosen)
        for number, pdf in enumerate(signed_files(root, "officer")):
            assert pdf.startswith(papers[number])
            file = tmp_path / f"{way}-{number}.pdf"
            file.write_bytes(pdf)
            assert pyhanko_opinion(pdf, authority) == [True]
            assert "Signature is Valid." in pdfsig(pdf, tmp_path)
    root_file = tmp_path / "root.pem"
    root_file.write_bytes(pem(authority.root.certificate))
    crls = []
    for number, crl in enumerate(authority.crls()):
        (tmp_path / f"{number}.crl").write_bytes(crl)
        crls += ["--crl", tmp_path / f"{number}.crl"]
    judged = sohoa("verify", f"{tmp_path}/*-*.pdf", "--public-service-anchor", root_file, *crls)
    assert judged.code == 0
    verdicts = [record["verdict"] for record in judged.of("sohoa.verify.file/1")]
    assert verdicts == ["VALID"] * 4


def test_officer_and_agency_on_one_token_with_one_pin(soft_token, authority, space, pin):
    certificates = "".join(
        f'{role}_certificate = "{certificate_of(authority, role)}"\n'
        for role in ("officer", "agency")
    )
    with (space / "sohoa.toml").open("a") as stream:
        stream.write(f'\n[sign]\ntoken_module = "{MODULE}"\ntoken_label = "sohoa"\n{certificates}')
    ran = sohoa("sign", "-w", space, "--password-file", pin)
    assert ran.code == 0, ran.records
    keys = [record["certificate"] for record in ran.of("sohoa.sign.key/1")]
    assert keys == [certificate_of(authority, role) for role in ("officer", "agency")]
    assert all(
        pyhanko_opinion(pdf, authority) == [True] * 2 for pdf in signed_files(space, "agency")
    )


def test_what_is_refused_before_anything_is_signed(soft_token, authority, space, pin, tmp_path):
    label = ["--token-label", "sohoa"]
    chosen = [*label, "--token-certificate", certificate_of(authority, "rsa")]
    open_file = secret(tmp_path / "open", PIN, 0o644)
    wrong = secret(tmp_path / "wrong", b"00000000")
    empty = secret(tmp_path / "empty", b"\n")
    cases: list[tuple[list[str | Path | int], int, str]] = [
        ([*chosen, "--password-file", wrong], 8, "key.password"),
        ([*chosen, "--password-file", empty], 8, "key.no_password"),
        ([*chosen, "--password-file", open_file], 11, "safety.refused"),
        ([*chosen, "--password-file", tmp_path / "none"], 10, "input.missing"),
        ([*chosen, "--password-fd", 187], 2, "usage.invalid"),
        ([*chosen, "--password-file", pin, "--password-fd", 0], 2, "usage.invalid"),
        (chosen, 2, "usage.invalid"),  # no terminal to ask on
        ([*label, "--password-file", pin], 8, "key.unreadable"),  # several keys match
        (["--token-label", "khong-co", "--password-file", pin], 8, "key.token"),
        ([*label, "--token-certificate", "abc", "--password-file", pin], 2, "usage.invalid"),
        ([*label, "--token-certificate", "0" * 64, "--password-file", pin], 8, "key.missing"),
        ([*chosen, "--csc-url", "https://a.example/csc/v1"], 2, "usage.invalid"),
        ([*chosen, "--officer-key", pin], 2, "usage.invalid"),
    ]
    for words, code, error in cases:
        ran = by_token(space, *words)
        assert (ran.code, ran.error) == (code, error), words
    both = by_token(space, *chosen, "--password-file", pin, role="both")
    assert (both.code, both.error) == (2, "usage.invalid")  # one key for two signers
    assert states(space) == [] and signed_files(space, "officer") == []
    fine = by_token(space, *chosen, "--password-file", pin)  # a wrong PIN locked nothing
    assert fine.code == 0


# --- pulled out and killed: the program in a process of its own ------------------------------

COUNT = 40


class Started:
    """``sohoa sign`` at work on a copy of the token."""

    def __init__(self, root: Path, folder: Path, env: dict[str, str], authority) -> None:
        self.root, self.folder, self.env = root, folder, env
        self.words = ["--role", "officer", "--token-module", str(MODULE), "--token-label", "sohoa"]
        self.words += ["--token-certificate", certificate_of(authority, "officer")]
        self.words += ["--password-file", str(folder / "pin")]

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "sohoa_cli", "sign", "-w", self.root, *self.words, "--json"],
            env=environment(**self.env),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def wait_for(self, process: subprocess.Popen[bytes], least: int) -> None:
        """Until so many documents are signed, as the program itself says."""
        assert process.stdout is not None
        for _ in range(least):
            assert b"sohoa.sign.item/1" in process.stdout.readline()


@pytest.fixture
def started(soft_token, authority, papers, tmp_path) -> Started:
    root = make_space(tmp_path / "w", distinct(papers[0], COUNT))
    env = soft_token.copy_to(tmp_path)
    secret(tmp_path / "pin", PIN)
    return Started(root, tmp_path, env, authority)


def _all_signed_once(root: Path, authority) -> None:
    files = signed_files(root, "officer")
    assert len(files) == COUNT and set(states(root)) == {"done"}
    assert pyhanko_opinion(files[0], authority) == [True]
    with workspace.opened(root) as space, space.store.read() as session:
        journal.verify(session)
        told = [e.subject_id for e in journal.entries(session) if e.action == "sign.done"]
    assert len(told) == len(set(told)) == COUNT


def test_a_token_pulled_out_stops_the_batch_and_the_same_command_resumes(
    started, soft_token, authority
):
    process = started.start()
    started.wait_for(process, 5)
    soft_token.pull(started.folder)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 8
    assert b'"key.unavailable"' in out.splitlines()[-1]
    found = states(started.root)
    assert set(found) == {"done", "queued"}, "no item failed for want of the token"
    assert 5 <= found.count("done") < COUNT
    assert len(signed_files(started.root, "officer")) == found.count("done")
    missing = started.start()
    assert missing.wait(timeout=60) == 8
    assert states(started.root) == found
    soft_token.plug(started.folder)
    assert started.start().wait(timeout=60) == 0
    _all_signed_once(started.root, authority)


def test_a_stopped_and_a_killed_run_with_a_token_resume(started, authority):
    for least, how, code in ((3, signal.SIGTERM, 130), (4, signal.SIGKILL, -signal.SIGKILL)):
        process = started.start()
        started.wait_for(process, least)
        os.kill(process.pid, how)
        process.communicate(timeout=60)
        assert process.returncode == code
        assert "failed" not in states(started.root)
    assert started.start().wait(timeout=60) == 0
    _all_signed_once(started.root, authority)
