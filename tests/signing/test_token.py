"""Tokens (SoftHSM2) and remote signing (a dummy CSC service): one login, clear ends."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from sohoa_signing.certificates import fingerprint
from sohoa_signing.errors import (
    KeyMissing,
    KeyPasswordWrong,
    KeyUnavailable,
    PinNearlyLocked,
    RemoteSigningFailed,
    TokenMissing,
)
from sohoa_signing.many import sign_many
from sohoa_signing.remote_key import RemoteKey
from sohoa_signing.request import Profile, SignerRole, SignRequest
from sohoa_signing.sign import sign_pdf
from sohoa_signing.token_key import TokenChoice, list_tokens, open_token
from sohoa_signing.verify.policy import Verdict
from tests.signing.csc_dummy import ACCESS, CREDENTIAL, Csc, serving_csc
from tests.signing.csc_dummy import PIN as CSC_PIN
from tests.signing.kit import NOW, judge
from tests.signing.softhsm import PIN


def chosen(token: TokenChoice, authority, name: str) -> TokenChoice:
    return TokenChoice(
        token.module,
        label=token.label,
        certificate_sha256=fingerprint(authority.people[name].certificate)[:16],
    )


def request(**changes) -> SignRequest:
    options = {"role": SignerRole.OFFICER, "signed_at": NOW, "checked_at": NOW}
    return SignRequest(**{**options, **changes})


@pytest.mark.parametrize(
    ("name", "profile"),
    [("officer", Profile.TT15), ("rsa", Profile.TT15), ("rsa", Profile.COMPATIBLE)],
)
def test_a_token_signs(token, authority, paper, name, profile):
    key = open_token(chosen(token, authority, name), lambda: PIN)
    try:
        assert key.available is None
        assert key.chain == (authority.middle.certificate,)
        signed = sign_pdf(paper, request(profile=profile), key)
        assert judge(signed.pdf, authority.policy()).verdict is Verdict.VALID
    finally:
        key.close()
    with pytest.raises(KeyUnavailable):
        key.sign_raw(b"x", digest="sha256", pss=True)


def test_what_cannot_be_opened_says_why(token, authority):
    assert "sohoa" in [label for label, _ in list_tokens(token.module)]
    with pytest.raises(TokenMissing):
        open_token(TokenChoice(Path("/nonexistent.so")), PIN)
    with pytest.raises(TokenMissing):
        open_token(TokenChoice(token.module, label="another"), PIN)
    with pytest.raises(KeyMissing):
        open_token(TokenChoice(token.module, label="sohoa", certificate_sha256="00" * 8), PIN)
    for wrong in (b"00000000", b"1", b"\xff\xfe"):
        with pytest.raises(KeyPasswordWrong) as caught:
            open_token(chosen(token, authority, "rsa"), wrong)
        assert "00000000" not in str(caught.value.to_dict())


def test_a_token_about_to_lock_is_not_tried(token, authority, monkeypatch):
    import pkcs11

    from sohoa_signing import token_key

    class Nearly:
        label, serial = "sohoa", b"1"
        flags = pkcs11.TokenFlag.TOKEN_INITIALIZED | pkcs11.TokenFlag.USER_PIN_FINAL_TRY

        def open(self, **_):
            raise AssertionError("the PIN must not be tried")

    monkeypatch.setattr(token_key, "_choose", lambda *_: Nearly())
    with pytest.raises(PinNearlyLocked):
        open_token(token, PIN)


def test_a_token_pulled_in_the_middle_of_a_batch(token, authority, paper, tmp_path):
    """What is signed stays, what is not is untouched; the same jobs resume."""
    key = open_token(chosen(token, authority, "officer"), PIN)
    jobs = []
    for number in range(12):
        source = tmp_path / f"{number}.pdf"
        source.write_bytes(paper)
        jobs.append((source, tmp_path / f"{number}.signed.pdf"))
    count = 0
    real = key.sign_raw

    def pulled(data, *, digest, pss):
        nonlocal count
        count += 1
        if count == 5:
            key._session.close()
        return real(data, digest=digest, pss=pss)

    key.sign_raw = pulled
    results = list(sign_many(jobs, request(), key))
    good = [r for r in results if r.error is None]
    bad = [r for r in results if r.error is not None]
    assert (len(good), len(bad)) == (4, 8)
    assert {r.error.code for r in bad} == {"key.unavailable"}
    assert all(not r.target.exists() and r.source.read_bytes() == paper for r in bad)
    again = open_token(chosen(token, authority, "officer"), PIN)
    rest = [(r.source, r.target) for r in bad]
    assert all(r.error is None for r in sign_many(rest, request(), again))
    assert all(judge(t.read_bytes(), authority.policy()).verdict is Verdict.VALID for _, t in jobs)
    again.close()


# --- remote signing ---------------------------------------------------------------------------


@pytest.fixture
def csc(authority):
    with contextlib.ExitStack() as stack:

        def start(name: str) -> tuple[Csc, str]:
            service = Csc(authority, name)
            return service, stack.enter_context(serving_csc(service))

        yield start


def remote(url: str, **options) -> RemoteKey:
    return RemoteKey(url, CREDENTIAL, access_token=ACCESS.encode(), **options)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("name", "profile"),
    [("officer", Profile.TT15), ("rsa", Profile.TT15), ("rsa", Profile.COMPATIBLE)],
)
def test_remote_signing_asks_for_the_pin_once_a_batch(
    csc, authority, paper, name, profile, version
):
    service, url = csc(name)
    asked = []

    def pin() -> bytes:
        asked.append(1)
        return CSC_PIN.encode()

    key = remote(f"{url}/{version}", batch=3)
    assert key.wants_pin
    key.use_pin(pin)
    assert not key.wants_pin
    for _ in range(3):
        signed = sign_pdf(paper, request(profile=profile), key)
        assert judge(signed.pdf, authority.policy()).verdict is Verdict.VALID
    assert len(asked) == 1
    sign_pdf(paper, request(profile=profile), key)  # a fourth: the authorization was for three
    assert len(asked) == 2
    assert service.calls.count("signatures/signHash") == 4
    key.close()


def test_an_authorization_bound_to_its_hash_is_asked_for_each_time(csc, paper):
    service, url = csc("officer")
    service.info = {"SCAL": "2"}
    key = remote(f"{url}/v1", pin=CSC_PIN.encode())
    for _ in range(2):
        sign_pdf(paper, request(), key)
    assert service.calls.count("credentials/authorize") == 2


def test_an_authorization_that_ran_out_is_asked_for_again(csc, paper):
    service, url = csc("officer")
    key = remote(f"{url}/v1", pin=CSC_PIN.encode())
    sign_pdf(paper, request(), key)
    key._until = time.monotonic() - 1
    sign_pdf(paper, request(), key)
    assert service.calls.count("credentials/authorize") == 2


@pytest.mark.parametrize(
    "info",
    [
        {"OTP": {"presence": "true"}},
        {"auth": {"mode": "explicit", "objects": [{"type": "ChallengeResponse"}]}},
        {"key": {"status": "disabled"}},
        {"key": 7},
        {"cert": {"certificates": []}},
        {"cert": {"certificates": ["AAAA"]}},
        {"cert": {"certificates": "x"}},
        {"multisign": "many"},
        {"PIN": []},
    ],
)
def test_credentials_that_cannot_sign_a_batch_say_so(csc, info):
    service, url = csc("officer")
    service.info = info
    with pytest.raises(RemoteSigningFailed) as caught:
        remote(f"{url}/v1")
    assert caught.value.message("vi") != caught.value.message("en")


def test_remote_services_that_refuse(csc, paper):
    service, url = csc("rsa")
    with pytest.raises(RemoteSigningFailed):
        RemoteKey(f"{url}/v1", CREDENTIAL, access_token=b"falsch")
    with pytest.raises(RemoteSigningFailed):
        RemoteKey("http://192.0.2.1/csc/v1", CREDENTIAL, access_token=b"x")  # in the clear
    for bad in ("ftp://a/csc/v1", "https://a b/csc/v1", "csc/v1", "https://u:p@a/csc/v1"):
        with pytest.raises(RemoteSigningFailed):
            RemoteKey(bad, CREDENTIAL, access_token=b"x")
    wrong = remote(f"{url}/v1", pin=b"0000")
    with pytest.raises(KeyPasswordWrong):
        sign_pdf(paper, request(), wrong)
    with pytest.raises(KeyUnavailable):  # never sent again: the credential would lock
        sign_pdf(paper, request(), wrong)
    assert service.pins == ["0000"]


@pytest.mark.parametrize("wrong", ["lie", "hang", "redirect", "garbage", "flood", "refuse", "busy"])
def test_remote_services_that_misbehave(csc, paper, wrong):
    service, url = csc("rsa")
    service.wrong = wrong
    key = remote(f"{url}/v1", pin=CSC_PIN.encode(), seconds=0.5)
    start = time.monotonic()
    with pytest.raises(RemoteSigningFailed) as caught:
        sign_pdf(paper, request(), key)
    assert time.monotonic() - start < 3
    assert CSC_PIN not in str(caught.value.to_dict()) and ACCESS not in str(caught.value.to_dict())
