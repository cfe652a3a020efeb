"""``sohoa sign`` with a remote signing service (CSC API): secrets, faults, resuming."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.signing.commands import Answer, secret, signed_files, sohoa, states
from tests.signing.csc_dummy import ACCESS, CREDENTIAL, PIN, Csc, serving_csc
from tests.signing.kit import pdfsig
from tests.signing.signing_space import distinct, make_space
from tests.signing.test_levels import pyhanko_opinion
from tests.signing.test_sign_with_token import through_a_pipe


@pytest.fixture(scope="module")
def papers(paper) -> list[bytes]:
    return distinct(paper, 5)


@pytest.fixture
def space(tmp_path, papers) -> Path:
    return make_space(tmp_path / "w", papers)


@pytest.fixture(params=["v1"])
def service(request, authority):
    found = Csc(authority, "officer")
    with serving_csc(found) as url:
        found.url = f"{url}/{request.param}"
        yield found


def remotely(space: Path, service: Csc, *words: str | Path | int, role: str = "officer") -> Answer:
    return sohoa(
        *("sign", "-w", space, "--role", role, "--csc-url", service.url),
        *("--csc-credential", CREDENTIAL, *words),
    )


@pytest.fixture
def secrets(tmp_path) -> list[str | Path]:
    access = secret(tmp_path / "access", ACCESS.encode())
    return ["--csc-token-file", access, "--password-file", secret(tmp_path / "pin", PIN.encode())]


@pytest.mark.parametrize("service", ["v1", "v2"], indirect=True)
def test_a_batch_is_signed_with_few_authorizations(service, space, papers, authority, tmp_path):
    ran = remotely(
        *(space, service, "--csc-token-fd", through_a_pipe(ACCESS.encode())),
        *("--password-fd", through_a_pipe(PIN.encode())),
    )
    assert ran.code == 0, ran.records
    assert service.calls.count("signatures/signHash") == 5
    assert service.calls.count("credentials/authorize") == 2  # three signatures each
    for source, pdf in zip(papers, signed_files(space, "officer"), strict=True):
        assert pdf.startswith(source)
        assert pyhanko_opinion(pdf, authority) == [True]
    assert "Signature is Valid." in pdfsig(pdf, tmp_path)


def test_a_wrong_pin_is_sent_once_for_all_files(service, space, tmp_path, secrets):
    secret(tmp_path / "pin", b"0000")
    ran = remotely(space, service, *secrets)
    assert (ran.code, ran.error) == (8, "key.password")
    assert service.pins == ["0000"]
    assert set(states(space)) == {"queued"}
    secret(tmp_path / "pin", PIN.encode())
    assert remotely(space, service, *secrets).code == 0
    assert len(signed_files(space, "officer")) == 5


@pytest.mark.parametrize("wrong", ["lie", "hang", "redirect", "garbage", "flood", "refuse", "busy"])
def test_a_service_that_goes_wrong_in_the_middle_stops_the_batch(
    service, space, secrets, wrong, monkeypatch
):
    monkeypatch.setenv("SOHOA_SIGN__CSC_SECONDS", "0.5")
    service.wrong, service.wrong_from = wrong, 3
    began = time.monotonic()
    ran = remotely(space, service, *secrets)
    assert time.monotonic() - began < 6
    assert (ran.code, ran.error) == (8, "key.remote")
    said = str(ran.records)
    assert ACCESS not in said
    assert sorted(states(space)) == ["done"] * 2 + ["queued"] * 3
    asked = service.calls.count("signatures/signHash")
    assert asked <= 3, "a service that went wrong is not asked for every file"
    service.wrong = ""
    assert remotely(space, service, *secrets).code == 0
    assert len(signed_files(space, "officer")) == 5


def test_what_is_refused_before_anything_is_asked(service, space, secrets, tmp_path):
    sign = ("sign", "-w", space, "--role", "officer")
    cases: list[tuple[list[str | Path | int], int, str]] = [
        (["--csc-url", service.url, *secrets], 2, "usage.invalid"),
        (["--csc-credential", CREDENTIAL, *secrets], 2, "usage.invalid"),
        (["--csc-url", service.url, "--csc-credential", CREDENTIAL], 2, "usage.invalid"),
        (
            ["--csc-url", "http://192.0.2.1/csc/v1", "--csc-credential", "x", *secrets],
            8,
            "key.remote",
        ),
        (["--csc-url", "file:///etc", "--csc-credential", "x", *secrets], 8, "key.remote"),
    ]
    for words, code, error in cases:
        ran = sohoa(*sign, *words)
        assert (ran.code, ran.error) == (code, error), words
    assert service.calls == []
    secret(tmp_path / "access", b"falsch")
    ran = remotely(space, service, *secrets)
    assert (ran.code, ran.error) == (8, "key.remote")
    assert service.calls == ["credentials/info"] and states(space) == []


def test_everything_but_the_secrets_can_be_a_setting(service, space, secrets):
    with (space / "sohoa.toml").open("a") as stream:
        stream.write(f'\n[sign]\ncsc_url = "{service.url}"\nofficer_credential = "{CREDENTIAL}"\n')
    assert sohoa("sign", "-w", space, "--role", "officer", *secrets).code == 0
    both = sohoa("sign", "-w", space, *secrets)  # the agency has no credential of its own
    assert (both.code, both.error) == (2, "usage.invalid")
