"""Local services of the demo authority: timestamps, status answers, revocation lists.

For trials and tests only: they listen on 127.0.0.1, speak plain HTTP and belong to an
authority that nobody trusts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from sohoa_signing.cms_build import tlv
from sohoa_signing.demo_pki import Issued, issue_crl, load_issued
from sohoa_signing.keys import open_pkcs12
from sohoa_signing.timestamp import LocalTimestamper

_MAX_BODY = 65_536


@dataclass
class Services:
    """What the services answer from: authorities by name, and who was revoked when."""

    stamper: LocalTimestamper
    authorities: dict[str, Issued]
    revoked: dict[int, datetime] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def stamp(self, body: bytes) -> bytes:
        """The response to a timestamp request (RFC 3161 2.4)."""
        request = tsp.TimeStampReq.load(body, strict=True)
        imprint = request["message_imprint"]
        token = self.stamper.stamp(
            imprint["hashed_message"].native,
            imprint["hash_algorithm"]["algorithm"].native,
            nonce=request["nonce"].native,
        )
        return tlv(0x30, tlv(0x30, b"\x02\x01\x00"), token)

    def status(self, body: bytes) -> bytes:
        """The response to a status request (RFC 6960 4.2)."""
        request = ocsp.load_der_ocsp_request(body)
        now = datetime.now(UTC).replace(microsecond=0)
        issuer = next(
            (
                found
                for found in self.authorities.values()
                if x509.SubjectKeyIdentifier.from_public_key(found.certificate.public_key()).digest
                == request.issuer_key_hash
            ),
            None,
        )
        if issuer is None:
            refused = ocsp.OCSPResponseBuilder.build_unsuccessful(
                ocsp.OCSPResponseStatus.UNAUTHORIZED
            )
            return refused.public_bytes(Encoding.DER)
        since = self.revoked.get(request.serial_number)
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=request.issuer_name_hash,
            issuer_key_hash=request.issuer_key_hash,
            serial_number=request.serial_number,
            algorithm=request.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.REVOKED if since else ocsp.OCSPCertStatus.GOOD,
            this_update=now - timedelta(minutes=1),
            next_update=now + timedelta(days=1),
            revocation_time=since,
            revocation_reason=x509.ReasonFlags.key_compromise if since else None,
        )
        signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate).sign(
            issuer.private_key, hashes.SHA256()
        )
        return signed.public_bytes(Encoding.DER)

    def crl(self, name: str) -> bytes | None:
        """The current list of the authority ``name``."""
        issuer = self.authorities.get(name)
        if issuer is None:
            return None
        now = datetime.now(UTC).replace(microsecond=0)
        return issue_crl(
            issuer,
            revoked_serials=tuple(self.revoked.items()),
            this_update=now - timedelta(minutes=1),
            next_update=now + timedelta(days=7),
        )


def demo_services(folder: Path, password: bytes) -> Services:
    """The services of the demo authority in ``folder`` (see :mod:`sohoa_signing.demo_pki`)."""
    return Services(
        LocalTimestamper(open_pkcs12(folder / "tsa.p12", password)),
        {name: load_issued(folder / f"{name}.p12", password) for name in ("root", "intermediate")},
    )


@contextmanager
def serving(services: Services, port: int = 0) -> Iterator[str]:
    """Serve on 127.0.0.1 while the block runs; yields the address, such as
    ``http://127.0.0.1:49152`` with ``/tsa``, ``/ocsp`` and ``/crl/NAME.crl`` below it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.removeprefix("/crl/").removesuffix(".crl")
            services.asked.append(self.path)
            self._answer(services.crl(name), "application/pkix-crl")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(min(length, _MAX_BODY))
            services.asked.append(self.path)
            try:
                if self.path == "/tsa":
                    self._answer(services.stamp(body), "application/timestamp-reply")
                elif self.path == "/ocsp":
                    self._answer(services.status(body), "application/ocsp-response")
                else:
                    self._answer(None, "")
            except (ValueError, TypeError, KeyError):
                self._answer(None, "")

        def _answer(self, body: bytes | None, kind: str) -> None:
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            if kind:
                self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Nobody reads the log of a demo."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
