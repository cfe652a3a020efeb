"""Trust, extension, renewal and reports as an auditor uses them, with local services."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from cli import program
from sohoa_signing.demo_pki import make_demo_pki
from sohoa_signing.demo_services import demo_services, serving
from sohoa_signing.keys import open_pkcs12
from sohoa_signing.request import SignerRole, SignRequest
from sohoa_signing.sign import sign_file

SECRET = b"thu nghiem"


@pytest.fixture
def sohoa(tmp_path: Path) -> Callable[..., program.Ran]:
    """The program with settings and trust store of its own."""
    return functools.partial(program.sohoa, XDG_CONFIG_HOME=str(tmp_path / "config"))


def paper(path: Path) -> Path:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.save(path)
    return path


def test_from_an_untrusted_signature_to_an_archive(
    tmp_path: Path, sohoa: Callable[..., program.Ran]
) -> None:
    from sohoa_signing.demo_services import Services

    holder = Services(None, {})
    with serving(holder) as url:
        pki = make_demo_pki(tmp_path / "pki", password=SECRET, services=url)
        found = demo_services(tmp_path / "pki", SECRET)
        holder.stamper, holder.authorities = found.stamper, found.authorities
        signed = tmp_path / "signed.pdf"
        request = SignRequest(role=SignerRole.AGENCY, signed_at=datetime.now(UTC))
        sign_file(paper(tmp_path / "paper.pdf"), signed, request, open_pkcs12(pki.agency, SECRET))
        assert sohoa("verify", signed).code == 6
        assert sohoa("trust", "add", pki.anchor, "--kind", "cong_vu").code == 11
        assert sohoa("trust", "add", pki.anchor, "--kind", "x", "--allow-demo").code == 2
        assert sohoa("trust", "add", pki.anchor, "--kind", "cong_vu", "--allow-demo").code == 0
        (anchor,) = sohoa("trust", "list", "--json").of("sohoa.trust.anchor/1")
        assert anchor["demo"] is True
        assert sohoa("trust", "check").code == 6
        assert sohoa("verify", signed).code == 6  # offline nobody said whether it was revoked
        assert sohoa("verify", signed, "--online", url).code == 0
        assert sohoa("verify", signed, "--online", url, "--require-store", "cong_cong").code == 6

        words = ["--tsa", f"{url}/tsa", "--online", url, "--certificate", pki.anchor]
        out = tmp_path / "archive"
        ran = sohoa("sign", "--extend", "B-LTA", signed, "--to", out, *words, "--json")
        assert ran.code == 0, ran.err
        (record,) = ran.of("sohoa.extend.file/1")
        assert record["added"] == ["timestamp", "validation_data", "timestamp"]
        assert sohoa("sign", "--extend", "B-LTA", signed, "--to", out, *words).code == 11
        assert sohoa("sign", "--extend", "B-B", signed, "--to", out, *words).code == 2
        again = sohoa("renew", out / "signed.pdf", "--to", tmp_path / "renewed", *words)
        assert again.code == 0, again.err
    renewed = tmp_path / "renewed" / "signed.pdf"  # the services are gone: offline from here
    assert renewed.read_bytes().startswith(signed.read_bytes())

    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    table, report = tmp_path / "t.csv", tmp_path / "report.pdf"
    listed = tmp_path / "list.txt"
    listed.write_text(f"{renewed}\n\n{tmp_path}/paper.pdf\n")
    ran = sohoa(
        *("verify", "--list", listed, "--csv", table, "--xml", tmp_path / "xml", "--json"),
        *("--report", report, "--report-key", pki.officer, "--password-file", secret),
    )
    assert ran.code == 7, ran.err
    verdicts = [record["verdict"] for record in ran.of("sohoa.verify.file/1")]
    assert verdicts == ["VALID", "UNSIGNED"]
    rows = list(csv.reader(table.read_text("utf-8-sig").splitlines()))
    assert {len(row) for row in rows} == {len(rows[0])} and len(rows) == 6
    assert len(list((tmp_path / "xml").iterdir())) == 2
    crls = [word for path in pki.crls for word in ("--crl", path)]
    assert sohoa("verify", report, *crls).code == 0
    pattern = sohoa("verify", f"{tmp_path}/*/signed.pdf", "--json")
    assert len(pattern.of("sohoa.verify.file/1")) == 2

    assert sohoa("trust", "remove", anchor["sha256"][:12]).code == 0
    assert sohoa("trust", "remove", anchor["sha256"][:12]).code == 2
    assert sohoa("verify", renewed).code == 6


def test_a_demo_authority_is_made_once(tmp_path: Path, sohoa: Callable[..., program.Ran]) -> None:
    assert sohoa("pki", "demo", tmp_path / "pki").code == 0
    before = (tmp_path / "pki" / "root.pem").read_bytes()
    assert sohoa("pki", "demo", tmp_path / "pki").code == 0
    assert (tmp_path / "pki" / "root.pem").read_bytes() == before
    assert (tmp_path / "pki" / "password").stat().st_mode & 0o077 == 0
    assert sohoa("pki", "demo", tmp_path).code == 11  # not empty


def test_tokens_are_named_completely(tmp_path: Path, sohoa: Callable[..., program.Ran]) -> None:
    assert sohoa("init", tmp_path / "w").code == 0
    words = ["sign", "-w", tmp_path / "w"]
    assert sohoa(*words, "--token-label", "x").code == 2
    secret = tmp_path / "pin"
    secret.write_bytes(b"1234")
    secret.chmod(0o600)
    words += ["--role", "officer"]
    missing = sohoa(*words, "--token-module", "/nonexistent.so", "--password-file", secret)
    assert missing.code == 8 and "1234" not in missing.out + missing.err


def test_levels_services_and_trust_come_from_the_settings(
    tmp_path: Path, sohoa: Callable[..., program.Ran]
) -> None:
    from sohoa_core.workspace import create, opened
    from sohoa_signing.demo_services import Services
    from tests.signing.signing_space import fill

    root, pki = tmp_path / "w", tmp_path / "pki"
    create(root)
    with opened(root) as space:
        fill(space, [paper(tmp_path / "paper.pdf").read_bytes()])
    services = Services(None, {})
    with serving(services) as url:
        made = make_demo_pki(pki, password=SECRET, services=url)
        found = demo_services(pki, SECRET)
        services.stamper, services.authorities = found.stamper, found.authorities
        secret = tmp_path / "secret"
        secret.write_bytes(SECRET)
        secret.chmod(0o600)
        settings = f"""
[sign]
level = "B-LTA"
tsa = ["http://127.0.0.1:1/tsa", "{url}/tsa"]
tsa_seconds = 2
online = ["{url}"]
certificates = ["{pki}/intermediate.pem", "{pki}/root.pem"]
require_status = true
agency_p12 = "{made.agency}"

[verify]
public_service_anchors = ["{made.anchor}"]
online = ["{url}"]
"""
        with (root / "sohoa.toml").open("a") as stream:
            stream.write(settings)
        words = ["sign", "-w", root, "--role", "agency", "--password-file", secret, "--json"]
        silent = sohoa(*words, "--offline")
        assert silent.code == 11, silent.err  # the settings demand an answer, nobody may give it
        before = list(services.asked)
        assert "/ocsp" not in before
        ran = sohoa(*words)
        assert ran.code == 0, ran.err
        (item,) = ran.of("sohoa.sign.item/1")
        assert item["level"] == "B-LTA"
        assert {"/tsa", "/ocsp"} <= set(services.asked)
        with opened(root) as space:
            signed = tmp_path / "signed.pdf"
            signed.write_bytes(space.vault.get(item["sha256"]))
        plain = tmp_path / "plain.pdf"
        request = SignRequest(role=SignerRole.AGENCY, signed_at=datetime.now(UTC))
        sign_file(tmp_path / "paper.pdf", plain, request, open_pkcs12(made.agency, SECRET))
        assert sohoa("verify", signed, "--offline", cwd=root).code == 0
        assert sohoa("verify", plain, "--offline", cwd=root).code == 6
        asked = sohoa("verify", plain, cwd=root)
        assert asked.code == 0
        assert url in asked.err, "whoever verifies is told that somebody is asked"
        both = sohoa("verify", plain, "--offline", "--online", url, cwd=root)
        assert both.code == 2
        strict = {"SOHOA_VERIFY__REQUIRE_STORE": "cong_cong"}
        assert program.sohoa("verify", signed, cwd=root, **strict).code == 6
        extended = sohoa("sign", "--extend", "B-LT", plain, "--to", tmp_path / "out", cwd=root)
        assert extended.code == 0, extended.err
        renewed = sohoa("renew", signed, "--to", tmp_path / "out", cwd=root)
        assert renewed.code == 0, renewed.err


def test_contradictions_in_the_settings_are_told(
    tmp_path: Path, sohoa: Callable[..., program.Ran]
) -> None:
    assert sohoa("init", tmp_path / "w").code == 0
    words = ["sign", "-w", tmp_path / "w", "--role", "agency", "--json"]
    two = {"SOHOA_SIGN__TOKEN_MODULE": "/x.so", "SOHOA_SIGN__AGENCY_P12": "/x.p12"}
    ran = program.sohoa(*words, **two)
    assert ran.code == 9 and ran.of("sohoa.error/1")[0]["where"] == "sign.key"
    assert program.sohoa(*words, **two, SOHOA_SIGN__KEY="file").code == 2  # no terminal to ask on
    assert program.sohoa(*words, SOHOA_SIGN__LEVEL="B-X").code == 9
    assert program.sohoa(*words, SOHOA_SIGN__KEY="usb").code == 9
    for role in ("agency", "officer", "both"):  # no key at all
        ran = sohoa("sign", "-w", tmp_path / "w", "--role", role, "--json")
        assert ran.code == 9 and "key file" in ran.of("sohoa.error/1")[0]["message"]
    bad = ["--agency-key", tmp_path / "none.p12", "--password-fd", "0"]
    assert sohoa(*words, *bad, "--certificate", tmp_path / "none").code in (8, 10)
