"""Keys and the demo authority: clear errors, closed files, no secrets in messages."""

from __future__ import annotations

import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    pkcs12,
)

from sohoa_core.errors import ExitCode, SohoaError
from sohoa_signing.certificates import holder, load_certificates
from sohoa_signing.crypto import Mechanism, signature_holds
from sohoa_signing.demo_pki import DEMO_MARK, Subject, issue, make_demo_pki, new_key
from sohoa_signing.errors import KeyExposed, KeyMissing, KeyPasswordWrong, KeyUnreadable
from sohoa_signing.keys import Key, LoadedKey, load_pkcs12, open_pkcs12
from tests.signing.kit import NOW

SECRET = "mật-khẩu-bí-mật".encode()


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return make_demo_pki(tmp_path_factory.mktemp("pki"), password=SECRET, now=NOW)


def test_open_and_sign(pki):
    key = open_pkcs12(pki.officer, lambda: SECRET)
    assert isinstance(key, Key)
    assert key.available is None
    assert [holder(c.subject).name for c in key.chain] == [
        "Sub CA - " + DEMO_MARK,
        "Root CA - " + DEMO_MARK,
    ]
    value = key.sign_raw(b"abc", digest="sha256", pss=True)
    public = key.certificate.public_key()
    assert signature_holds(public, Mechanism("ecdsa", "sha256"), value, b"abc")
    assert not signature_holds(public, Mechanism("ecdsa", "sha256"), value, b"abd")
    assert not signature_holds(public, Mechanism("rsa_pss", "sha256"), value, b"abc")
    key.close()
    assert key.available
    with pytest.raises(SohoaError):
        key.sign_raw(b"abc", digest="sha256", pss=True)


def test_rsa_schemes(authority):
    key = authority.key("rsa")
    public = key.certificate.public_key()
    pss = key.sign_raw(b"abc", digest="sha384", pss=True)
    assert signature_holds(public, Mechanism("rsa_pss", "sha384", "sha384", 48), pss, b"abc")
    assert not signature_holds(public, Mechanism("rsa_pss", "sha384", "sha256", 48), pss, b"abc")
    assert not signature_holds(public, Mechanism("rsa_pss", "sha384", "sha384", 20), pss, b"abc")
    assert not signature_holds(public, Mechanism("rsa_pss", "sha384", "sha384", -1), pss, b"abc")
    old = key.sign_raw(b"abc", digest="sha256", pss=False)
    assert signature_holds(public, Mechanism("rsa_pkcs1", "sha256"), old, b"abc")
    assert not signature_holds(public, Mechanism("rsa_pkcs1", "sha1"), old, b"abc")


def test_wrong_password(pki):
    with pytest.raises(KeyPasswordWrong) as caught:
        open_pkcs12(pki.officer, b"sai")
    assert caught.value.exit_code is ExitCode.MISSING_TOOL
    assert caught.value.code == "key.password"


def test_errors_never_carry_the_password(pki, tmp_path):
    for data in (b"", b"\x30\x03\x02\x01\x01", pki.officer.read_bytes()[:-40]):
        path = tmp_path / "x.p12"
        path.write_bytes(data)
        path.chmod(0o600)
        with pytest.raises(SohoaError) as caught:
            open_pkcs12(path, SECRET)
        assert SECRET.decode() not in f"{caught.value} {caught.value.to_dict()}"
        assert caught.value.__cause__ is None


def test_missing_exposed_and_strange_files(pki, tmp_path):
    with pytest.raises(KeyMissing):
        open_pkcs12(tmp_path / "none.p12", SECRET)
    copy = tmp_path / "copy.p12"
    copy.write_bytes(pki.officer.read_bytes())
    for mode in (0o644, 0o640, 0o606, 0o660):
        copy.chmod(mode)
        with pytest.raises(KeyExposed) as caught:
            open_pkcs12(copy, SECRET)
        assert caught.value.exit_code is ExitCode.REFUSED
    copy.chmod(0o400)
    assert open_pkcs12(copy, SECRET).available is None
    with pytest.raises(KeyUnreadable):
        open_pkcs12(tmp_path, SECRET)
    text = tmp_path / "text.p12"
    text.write_text("hello")
    text.chmod(0o600)
    with pytest.raises(KeyUnreadable):
        open_pkcs12(text, SECRET)


def test_file_without_key_or_with_a_foreign_one(authority):
    only = pkcs12.serialize_key_and_certificates(
        b"x", None, authority.root.certificate, None, BestAvailableEncryption(b"p")
    )
    with pytest.raises(KeyUnreadable):
        load_pkcs12(only, b"p")
    with pytest.raises(KeyUnreadable):
        LoadedKey(new_key(), authority.people["officer"].certificate)


def test_demo_names_modes_and_default_distrust(pki):
    for path in (pki.officer, pki.agency, pki.tsa, pki.root_key, pki.intermediate_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (pki.anchor, pki.intermediate):
        (certificate,) = load_certificates(path.read_bytes())
        assert DEMO_MARK in certificate.subject.rfc4514_string()
    for path in (pki.officer, pki.agency, pki.tsa):
        certificate = open_pkcs12(path, SECRET).certificate
        assert DEMO_MARK in certificate.subject.rfc4514_string()
        assert DEMO_MARK in certificate.issuer.rfc4514_string()
    officer = holder(open_pkcs12(pki.officer, SECRET).certificate.subject)
    assert (officer.title, officer.identifier) == ("Công chức số hóa", "CCCD:000000000000")
    for path in pki.crls:
        assert x509.load_der_x509_crl(path.read_bytes()).next_update_utc > NOW


def test_demo_needs_a_password(tmp_path):
    with pytest.raises(ValueError, match="password"):
        make_demo_pki(tmp_path, password=b"")


def test_demo_can_be_made_again(tmp_path):
    first = make_demo_pki(tmp_path, password=b"a", now=NOW)
    second = make_demo_pki(tmp_path, password=b"b", now=NOW)
    assert open_pkcs12(second.officer, b"b").available is None
    assert first.officer == second.officer


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [("CCCD:001099000001", "CCCD:001099000001"), ("MST: 0100000001", "MST:0100000001"), ("", "")],
)
def test_identifiers_are_read_leniently(identifier, shown):
    made = issue(
        Subject("Người", agency="Cơ quan", unit="Phòng", identifier=identifier),
        issuer=None,
        purpose="signing",
        since=NOW,
        until=NOW.replace(year=NOW.year + 1, day=1),
    )
    found = holder(made.certificate.subject)
    assert found.identifier == shown
    assert found.managing_unit == "Phòng, Cơ quan"
