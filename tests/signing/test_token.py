"""Tokens (SoftHSM2) and remote signing (a dummy CSC service): one login, clear ends."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from sohoa_signing.certificates import der, fingerprint
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
from tests.signing.kit import NOW, judge

MODULES = [
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
]
MODULE = next((path for path in MODULES if path.is_file()), MODULES[0])
PIN = b"13572468"


@pytest.fixture(scope="module")
def token(tmp_path_factory, authority) -> TokenChoice:
    """A software token with the officer's and the RSA signer's keys and the issuer."""
    import pkcs11
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.rsa import decode_rsa_private_key

    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(config)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "sohoa"]  # noqa: RUF005
        + ["--so-pin", "12345678", "--pin", PIN.decode()],
        check=True,
        capture_output=True,
    )
    library = pkcs11.lib(str(MODULE))
    library.reinitialize()
    stored = library.get_token(token_label="sohoa")
    with stored.open(user_pin=PIN.decode(), rw=True) as session:
        for number, name in enumerate(("officer", "rsa"), 1):
            person = authority.people[name]
            if name == "rsa":
                raw = person.private_key.private_bytes(
                    Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
                )
                attributes = decode_rsa_private_key(raw)
            else:
                raw = person.private_key.private_bytes(
                    Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()
                )
                attributes = decode_ec_private_key(raw)
            identifier = bytes([number])
            session.create_object(
                {
                    **attributes,
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.PRIVATE: True,
                    pkcs11.Attribute.SIGN: True,
                    pkcs11.Attribute.ID: identifier,
                }
            )
            _store_certificate(pkcs11, session, person.certificate, identifier)
        _store_certificate(pkcs11, session, authority.middle.certificate, b"\x09")
    return TokenChoice(MODULE, label="sohoa")


def _store_certificate(pkcs11, session, certificate, identifier: bytes) -> None:
    from sohoa_signing.certificates import to_asn1

    parsed = to_asn1(certificate)
    session.create_object(
        {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.ID: identifier,
            pkcs11.Attribute.SUBJECT: parsed.subject.dump(),
            pkcs11.Attribute.VALUE: der(certificate),
        }
    )


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


class Csc:
    """A dummy of the Cloud Signature Consortium's API over the test authority's keys."""

    def __init__(self, authority, name: str) -> None:
        self.authority, self.person = authority, authority.people[name]
        self.calls: list[str] = []
        self.left = 0
        self.lie = False

    def answer(self, path: str, values: dict, bearer: str) -> dict | None:
        self.calls.append(path)
        if bearer != "Bearer mo-cua" or values["credentialID"] != "cb-01":
            return None
        if path == "credentials/info":
            chain = (self.person.certificate, self.authority.middle.certificate)
            encoded = [base64.b64encode(der(c)).decode() for c in chain]
            return {"key": {"status": "enabled"}, "cert": {"certificates": encoded}, "multisign": 3}
        if path == "credentials/authorize":
            if values.get("PIN") != "2468":
                return {"error": "invalid_pin"}
            self.left = values["numSignatures"]
            return {"SAD": "duoc-phep"}
        if path == "signatures/signHash" and values["SAD"] == "duoc-phep" and self.left > 0:
            self.left -= 1
            digest = base64.b64decode(values["hash"][0])
            if self.lie:
                digest = bytes(32)
            return {"signatures": [base64.b64encode(self.sign(digest, values)).decode()]}
        return None

    def sign(self, digest: bytes, values: dict) -> bytes:
        key, sha = self.person.private_key, hashes.SHA256()
        assert values["hashAlgo"] == "2.16.840.1.101.3.4.2.1"
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(digest, ec.ECDSA(utils.Prehashed(sha)))
        if "signAlgoParams" in values:
            stated = algos.RSASSAPSSParams.load(base64.b64decode(values["signAlgoParams"]))
            assert stated["salt_length"].native == 32
            return key.sign(digest, padding.PSS(padding.MGF1(sha), 32), utils.Prehashed(sha))
        return key.sign(digest, padding.PKCS1v15(), utils.Prehashed(sha))


@pytest.fixture
def csc(authority):
    running = []

    def start(name: str) -> tuple[Csc, str]:
        service = Csc(authority, name)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                path = self.path.removeprefix("/csc/v1/")
                found = service.answer(
                    path, json.loads(body), self.headers.get("Authorization", "")
                )
                raw = json.dumps(found or {}).encode()
                self.send_response(200 if found is not None else 400)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return service, f"http://127.0.0.1:{server.server_address[1]}/csc/v1"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("name", "profile"),
    [("officer", Profile.TT15), ("rsa", Profile.TT15), ("rsa", Profile.COMPATIBLE)],
)
def test_remote_signing_asks_for_the_pin_once_a_batch(csc, authority, paper, name, profile):
    service, url = csc(name)
    asked = []

    def pin() -> bytes:
        asked.append(1)
        return b"2468"

    key = RemoteKey(url, "cb-01", access_token=b"mo-cua", pin=pin, batch=3)
    for _ in range(3):
        signed = sign_pdf(paper, request(profile=profile), key)
        assert judge(signed.pdf, authority.policy()).verdict is Verdict.VALID
    assert len(asked) == 1
    sign_pdf(paper, request(profile=profile), key)  # a fourth: the authorization was for three
    assert len(asked) == 2
    assert service.calls.count("signatures/signHash") == 4
    key.close()


def test_remote_services_that_refuse_or_lie(csc, authority, paper):
    service, url = csc("rsa")
    with pytest.raises(RemoteSigningFailed):
        RemoteKey(url, "cb-01", access_token=b"falsch")
    with pytest.raises(RemoteSigningFailed):
        RemoteKey("http://192.0.2.1/csc/v1", "cb-01", access_token=b"mo-cua")  # in the clear
    wrong = RemoteKey(url, "cb-01", access_token=b"mo-cua", pin=b"0000")
    with pytest.raises(KeyPasswordWrong):
        sign_pdf(paper, request(), wrong)
    service.lie = True
    liar = RemoteKey(url, "cb-01", access_token=b"mo-cua", pin=b"2468")
    with pytest.raises(RemoteSigningFailed):
        sign_pdf(paper, request(), liar)
