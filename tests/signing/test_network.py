"""Services on the network: the demo authority's own, and such that lie, hang, drip or redirect."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from sohoa_core.errors import NotSigned
from sohoa_signing.certificates import load_certificates
from sohoa_signing.demo_pki import Issued, make_demo_pki
from sohoa_signing.demo_services import Services, demo_services, serving
from sohoa_signing.errors import (
    CertificateRevoked,
    DocumentDamaged,
    TimestampFailed,
    ValidationDataMissing,
)
from sohoa_signing.evidence import EvidenceSource
from sohoa_signing.extend import extend, renew
from sohoa_signing.keys import open_pkcs12
from sohoa_signing.network import Address, Allowed, Channel, Unreachable
from sohoa_signing.online import OnlineStatus
from sohoa_signing.request import Level, SignerRole, SignRequest
from sohoa_signing.sign import sign_pdf
from sohoa_signing.timestamp import LocalTimestamper
from sohoa_signing.tsa import HttpTimestamper, TsaAddress
from sohoa_signing.verify.chain import TrustStores
from sohoa_signing.verify.policy import Verdict, VerifyPolicy
from tests.signing.kit import NOW, judge, sign
from tests.signing.test_levels import pyhanko_opinion

SECRET = b"thu nghiem"


class Demo:
    """A demo authority that answers on 127.0.0.1."""

    def __init__(self, folder, url: str, services: Services) -> None:
        self.pki = make_demo_pki(folder, password=SECRET, services=url)
        self.url, self.services = url, services
        found = demo_services(folder, SECRET)
        services.authorities, services.stamper = found.authorities, found.stamper
        self.key = open_pkcs12(self.pki.officer, SECRET)
        self.middle = self.pki.intermediate.read_bytes()
        self.root = self.pki.anchor.read_bytes()

    def stamper(self, *others: str, **options) -> HttpTimestamper:
        urls = (*others, f"{self.url}/tsa")
        return HttpTimestamper(tuple(map(TsaAddress, urls)), **options)

    def evidence(self, named: str | None = None) -> EvidenceSource:
        online = OnlineStatus((named or self.url,), seconds=2)
        return EvidenceSource(certificates=(self.middle, self.root), fetch=online)

    @property
    def policy(self) -> VerifyPolicy:
        return VerifyPolicy(stores=TrustStores(cong_vu=(self.root,)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    services = Services(None, {})
    with serving(services) as url:
        yield Demo(tmp_path_factory.mktemp("demo"), url, services)


def request(level: Level) -> SignRequest:
    return SignRequest(role=SignerRole.OFFICER, signed_at=NOW, level=level)


@contextmanager
def misbehaving(behave):
    """A server that answers each connection as ``behave(socket)`` likes."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def loop():
        while not stop.is_set():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(peer,), daemon=True).start()

    def serve(peer):
        with peer:
            try:
                peer.recv(65536)
                behave(peer)
            except OSError:
                return

    threading.Thread(target=loop, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/tsa"
    finally:
        stop.set()
        listener.close()


@pytest.mark.parametrize("level", list(Level))
def test_every_level_with_local_services(demo, paper, level):
    signed = sign_pdf(
        paper, request(level), demo.key, timestamper=demo.stamper(), evidence=demo.evidence()
    )
    report = judge(signed.pdf, demo.policy)
    if level.long_term:
        assert report.verdict is Verdict.VALID, (report.code, report.signatures)
        assert report.signatures[0].level == level.value
    else:
        assert report.code in ("revocation_unknown", "stamp_undecided")
    assert report.signatures[0].intact


def test_a_host_that_was_not_named_is_not_asked(demo, paper):
    before = len(demo.services.asked)
    evidence = demo.evidence("http://127.0.0.1:1")  # another port is another service
    with pytest.raises(ValidationDataMissing):
        sign_pdf(
            paper,
            request(Level.B_LT),
            demo.key,
            timestamper=demo.services.stamper,
            evidence=evidence,
        )
    assert demo.services.asked[before:] == []


def test_a_revoked_certificate_is_found_online(demo, paper):
    serial = demo.key.certificate.serial_number
    demo.services.revoked[serial] = NOW - timedelta(hours=2)
    try:
        with pytest.raises(CertificateRevoked):
            sign_pdf(
                paper,
                request(Level.B_LT),
                demo.key,
                timestamper=demo.stamper(),
                evidence=demo.evidence(),
            )
    finally:
        demo.services.revoked.clear()


def drip(peer):
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100):
        peer.sendall(b"x")
        time.sleep(0.05)


def flood(peer):
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(100):
        peer.sendall(bytes(1_000_000))


BAD = {
    "hang": lambda peer: time.sleep(3),
    "drip": drip,
    "flood": flood,
    "garbage": lambda peer: peer.sendall(b"\x00\x01\x02 no http\r\n\r\n"),
    "close": lambda peer: None,
    "redirect": lambda peer: peer.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    ),
    "error": lambda peer: peer.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"),
    "no token": lambda peer: peer.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n0\x02\x05\x00"
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_service_that_misbehaves_costs_little_and_the_second_answers(demo, kind):
    with misbehaving(BAD[kind]) as bad:
        start = time.monotonic()
        alone = HttpTimestamper((TsaAddress(bad),), seconds=0.3, tries=1, pause=0.01)
        with pytest.raises(TimestampFailed) as caught:
            alone.stamp(bytes(32), "sha256")
        assert time.monotonic() - start < 2
        assert caught.value.message("vi") != caught.value.message("en")
        both = demo.stamper(bad, seconds=0.3, tries=2, pause=0.01)
        assert both.stamp(bytes(32), "sha256")
        again = time.monotonic()  # the bad one rests; nobody waits for it
        both._services[0].rest_until = time.monotonic() + 60
        assert both.stamp(bytes(32), "sha256")
        assert time.monotonic() - again < 0.25


@pytest.mark.parametrize("lie", ["imprint", "nonce", "clock", "signer", "replay"])
def test_a_timestamp_authority_that_lies(demo, authority, lie):
    """Whatever comes back must stamp what was asked, now, signed for this purpose."""
    from sohoa_signing.cms_build import tlv

    honest = demo.services.stamper

    def stamp(digest_value, digest, *, nonce=None):
        if lie == "imprint":
            digest_value = bytes(len(digest_value))
        if lie == "nonce":
            nonce += 1
        source = honest
        if lie == "clock":
            source = LocalTimestamper(honest._key, fixed=NOW - timedelta(days=30))
        if lie == "signer":
            source = LocalTimestamper(authority.key("agency"))
        return source.stamp(digest_value, digest, nonce=nonce)

    class Liar:
        token_size = 0

        def stamp(self, digest_value, digest, *, nonce=None):
            if lie == "replay":
                return honest.stamp(digest_value, digest)  # no nonce: could be an old one
            return stamp(digest_value, digest, nonce=nonce)

    assert tlv(0x30) == b"0\x00"
    with serving(Services(Liar(), {})) as url:
        pool = HttpTimestamper((TsaAddress(f"{url}/tsa"),), tries=1)
        with pytest.raises(TimestampFailed):
            pool.stamp(b"\x01" * 32, "sha256")


def test_addresses():
    for url in ("ftp://a/", "file:///etc/passwd", "http://u:p@a/", "http://", "a", "http://a b/"):
        with pytest.raises(ValueError):
            Address.parse(url)
    with pytest.raises(Unreachable):
        Allowed(("https://tsa.example",)).check("https://other.example/ocsp")
    with pytest.raises(Unreachable):
        Allowed(("https://tsa.example",)).check("http://tsa.example/ocsp")  # another port
    with pytest.raises(TimestampFailed):
        HttpTimestamper((TsaAddress("gopher://a"),))
    with pytest.raises(Unreachable):
        Channel(Address.parse("http://127.0.0.1:1/"), seconds=1).request(limit=10)


# --- extension --------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [Level.B_B, Level.B_T, Level.B_LT])
@pytest.mark.parametrize("goal", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_extension_upward(authority, paper, start, goal, tmp_path):
    options = {"timestamper": authority.stamper(NOW), "now": NOW}
    given = EvidenceSource(
        crls=authority.crls(), certificates=(_pem(authority.root), _pem(authority.middle))
    )
    ask = SignRequest(
        role=SignerRole.OFFICER,
        signed_at=NOW,
        checked_at=NOW,
        level=start,
        crls=authority.crls(),
    )
    signed = sign_pdf(paper, ask, authority.key("rsa"), timestamper=authority.stamper(NOW)).pdf
    found = extend(signed, goal, evidence=given, **options)
    assert found.pdf.startswith(signed)
    report = judge(found.pdf, authority.policy(crls=authority.crls()))
    assert report.verdict is Verdict.VALID, (report.code, report.signatures)
    order = [level.value for level in Level]
    assert order.index(report.signatures[0].level) >= order.index(goal.value)
    assert all(pyhanko_opinion(found.pdf, authority))
    again = extend(found.pdf, goal, evidence=given, **options)
    assert (again.added, again.pdf) == ((), found.pdf)


def _pem(issued: Issued) -> bytes:
    from tests.signing.kit import pem

    return pem(issued.certificate)


def test_renewal_adds_a_timestamp_over_everything(authority, paper):
    given = EvidenceSource(
        crls=authority.crls(), certificates=(_pem(authority.root), _pem(authority.middle))
    )
    stamper = authority.stamper(NOW)
    first = extend(
        sign(paper, authority).pdf, Level.B_LTA, timestamper=stamper, evidence=given, now=NOW
    )
    second = renew(first.pdf, timestamper=stamper, evidence=given, now=NOW)
    assert second.pdf.startswith(first.pdf)
    assert second.added[-1] == "timestamp"
    report = judge(second.pdf, authority.policy(crls=()))
    assert report.verdict is Verdict.VALID, report.code
    assert [s.level for s in report.signatures].count("DTS") == 3
    assert report.signatures[-1].covers_whole_file


def test_what_cannot_be_extended(authority, paper, once):
    options = {"timestamper": authority.stamper(NOW), "evidence": EvidenceSource(), "now": NOW}
    with pytest.raises(NotSigned):
        extend(paper, Level.B_T, **options)
    with pytest.raises(ValidationDataMissing):
        extend(once, Level.B_LT, **options)
    at = once.index(b"stream") + 300
    broken = once[:at] + bytes([once[at] ^ 1]) + once[at + 1 :]
    with pytest.raises(DocumentDamaged):
        extend(broken, Level.B_T, **options)
    assert load_certificates(_pem(authority.root))
