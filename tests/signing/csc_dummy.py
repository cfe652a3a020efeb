"""A dummy of the Cloud Signature Consortium's API (v1 and v2) over the test authority's keys."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import algos
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from sohoa_signing.certificates import der
from tests.signing.kit import Authority

ACCESS = "mo-cua"
PIN = "2468"
CREDENTIAL = "cb-01"


class Csc:
    """The service; its switches make it misbehave.

    ``multisign`` is how many signatures one authorization may cover, ``info`` is merged into
    the answer about the credential. ``wrong`` is one of ``lie`` (signs other content),
    ``hang``, ``redirect``, ``garbage``, ``flood``, ``refuse`` or ``busy``, from the
    ``wrong_from``-th signature on.
    """

    def __init__(self, authority: Authority, name: str) -> None:
        self.authority, self.person = authority, authority.people[name]
        self.calls: list[str] = []
        self.pins: list[str | None] = []
        self.left = 0
        self.signed = 0
        self.multisign = 3
        self.info: dict[str, Any] = {}
        self.wrong = ""
        self.wrong_from = 1

    @property
    def misbehaves(self) -> str:
        return self.wrong if self.signed + 1 >= self.wrong_from else ""

    def answer(self, path: str, values: dict[str, Any], bearer: str) -> dict[str, Any] | None:
        version, method = path.split("/", 1)
        second = version == "v2"
        self.calls.append(method)
        if bearer != f"Bearer {ACCESS}" or values["credentialID"] != CREDENTIAL:
            return None
        if method == "credentials/info":
            chain = (self.person.certificate, self.authority.middle.certificate)
            encoded = [base64.b64encode(der(c)).decode() for c in chain]
            asks: dict[str, Any] = {"PIN": {"presence": "true"}}
            if second:
                asks = {"auth": {"mode": "explicit", "objects": [{"type": "Password"}]}}
            return {
                "key": {"status": "enabled"},
                "cert": {"certificates": encoded},
                "multisign": self.multisign,
                **asks,
                **self.info,
            }
        hashed = values["hashes" if second else "hash"]
        if method == "credentials/authorize":
            if second:
                assert values["hashAlgorithmOID"] == "2.16.840.1.101.3.4.2.1"
                pin = next((a["value"] for a in values["authData"] if a["id"] == "PIN"), None)
            else:
                pin = values.get("PIN")
            self.pins.append(pin)
            if pin != PIN:
                return None
            assert 1 <= values["numSignatures"] <= self.multisign and len(hashed) == 1
            self.left = values["numSignatures"]
            return {"SAD": "duoc-phep", "expiresIn": 3600}
        if method == "signatures/signHash" and values["SAD"] == "duoc-phep" and self.left > 0:
            self.left -= 1
            lying = self.misbehaves == "lie"
            self.signed += 1
            digest = bytes(32) if lying else base64.b64decode(hashed[0])
            oid = values["hashAlgorithmOID" if second else "hashAlgo"]
            assert oid == "2.16.840.1.101.3.4.2.1"
            return {"signatures": [base64.b64encode(self.sign(digest, values)).decode()]}
        return None

    def sign(self, digest: bytes, values: dict[str, Any]) -> bytes:
        key, sha = self.person.private_key, hashes.SHA256()
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(digest, ec.ECDSA(utils.Prehashed(sha)))
        if "signAlgoParams" in values:
            stated = algos.RSASSAPSSParams.load(base64.b64decode(values["signAlgoParams"]))
            assert stated["salt_length"].native == 32
            return key.sign(digest, padding.PSS(padding.MGF1(sha), 32), utils.Prehashed(sha))
        return key.sign(digest, padding.PKCS1v15(), utils.Prehashed(sha))


@contextmanager
def serving_csc(service: Csc) -> Iterator[str]:
    """Serve on 127.0.0.1; yields the address below which ``/v1`` and ``/v2`` lie."""
    let_go = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path = self.path.removeprefix("/csc/")
            wrong = service.misbehaves
            if path.endswith("signHash") and wrong:
                if wrong == "hang":
                    let_go.wait(20)
                    self.close_connection = True
                    return None
                if wrong == "redirect":
                    return self._send(302, b"", Location="http://169.254.169.254/latest/")
                if wrong == "garbage":
                    return self._send(200, b"<html>Xin chao</html>")
                if wrong == "flood":
                    return self._flood()
                if wrong in ("refuse", "busy"):
                    return self._send(403 if wrong == "refuse" else 503, b"{}")
            found = service.answer(path, json.loads(body), self.headers.get("Authorization", ""))
            return self._send(200 if found is not None else 400, json.dumps(found or {}).encode())

        def _flood(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000000")
            self.end_headers()
            try:
                for _ in range(100):
                    self.wfile.write(bytes(1_000_000))
            except OSError:
                self.close_connection = True

        def _send(self, status: int, raw: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/csc"
    finally:
        let_go.set()
        server.shutdown()
        server.server_close()
