"""A demo certificate authority, made on the spot; its signatures have no legal value.

``make_demo_pki`` writes a root, an intermediate, an officer, an agency and a timestamp
certificate with their keys (PKCS#12, readable by the owner only), the anchors as PEM, and
the revocation lists. Every name says ``DEMO - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ``. Nothing trusts
this authority by itself: a caller must pass its anchor to the verifier by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from sohoa_signing.keys import open_pkcs12
from sohoa_signing.timestamp import LocalTimestamper

DEMO_MARK = "DEMO - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KeyKind = Literal["ec", "rsa"]
Purpose = Literal["authority", "signing", "timestamping", "ocsp", "other"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The names that go into a certificate; empty parts are left out (at most 64 letters)."""

    name: str
    agency: str = ""
    unit: str = ""
    title: str = ""
    identifier: str = ""

    def to_name(self) -> x509.Name:
        pairs = (
            (NameOID.COUNTRY_NAME, "VN"),
            (NameOID.ORGANIZATION_NAME, self.agency),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, self.unit),
            (NameOID.TITLE, self.title),
            (NameOID.COMMON_NAME, self.name),
            (NameOID.USER_ID, self.identifier),
        )
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs if value])


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    private_key: PrivateKey


@dataclass(frozen=True, slots=True)
class DemoPki:
    """Where the demo authority lies; ``anchor`` is what a verifier must be told to trust."""

    directory: Path
    anchor: Path
    intermediate: Path
    officer: Path
    agency: Path
    tsa: Path
    root_key: Path
    intermediate_key: Path
    crls: tuple[Path, ...]

    def timestamper(self, password: bytes, *, fixed: datetime | None = None) -> LocalTimestamper:
        """A timestamp authority inside this process, for demonstrations without a network."""
        return LocalTimestamper(open_pkcs12(self.tsa, password), fixed=fixed)


def new_key(kind: KeyKind = "ec", *, bits: int = 2048) -> PrivateKey:
    """A fresh private key: ECDSA P-256, or RSA with ``bits``."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(ec.SECP256R1())


def issue(
    subject: Subject,
    *,
    issuer: Issued | None,
    purpose: Purpose,
    since: datetime,
    until: datetime,
    private_key: PrivateKey | None = None,
    path_length: int | None = None,
    services: str = "",
    issuer_name: str = "",
) -> Issued:
    """Issue one certificate; ``issuer`` ``None`` makes a self-signed root.

    ``purpose`` decides key usage and extended key usage; ``other`` sets neither
    ``digitalSignature`` nor ``nonRepudiation`` (a certificate that must not sign).
    ``services`` is the address of status and lists, ``issuer_name`` the issuer's list there.
    """
    key = private_key or new_key()
    signer = issuer or Issued(certificate=None, private_key=key)  # type: ignore[arg-type]
    name = subject.to_name()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.private_key.public_key()),
            critical=False,
        )
        .add_extension(_usage(purpose), critical=True)
    )
    if purpose == "authority":
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=path_length), critical=True
        )
    else:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
    extended = {
        "timestamping": (ExtendedKeyUsageOID.TIME_STAMPING, True),
        "ocsp": (ExtendedKeyUsageOID.OCSP_SIGNING, False),
    }.get(purpose)
    if extended:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([extended[0]]), critical=bool(extended[1])
        )
    if services and issuer:
        status = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{services}/ocsp")
        )
        listed = x509.DistributionPoint(
            [x509.UniformResourceIdentifier(f"{services}/crl/{issuer_name}.crl")], None, None, None
        )
        builder = builder.add_extension(
            x509.AuthorityInformationAccess([status]), critical=False
        ).add_extension(x509.CRLDistributionPoints([listed]), critical=False)
    return Issued(builder.sign(signer.private_key, hashes.SHA256()), key)


def _usage(purpose: Purpose) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=purpose in ("signing", "timestamping", "ocsp"),
        content_commitment=purpose in ("signing", "timestamping"),
        key_encipherment=purpose == "other",
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=purpose == "authority",
        crl_sign=purpose == "authority",
        encipher_only=False,
        decipher_only=False,
    )


def issue_crl(
    issuer: Issued,
    *,
    revoked: Iterable[tuple[x509.Certificate, datetime]] = (),
    revoked_serials: Iterable[tuple[int, datetime]] = (),
    this_update: datetime,
    next_update: datetime,
    number: int = 1,
) -> bytes:
    """A revocation list (CRL) of ``issuer`` in DER; ``revoked`` pairs certificate and moment."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.certificate.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
    )
    entries = [*((c.serial_number, moment) for c, moment in revoked), *revoked_serials]
    for serial, moment in entries:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(moment)
            .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
            .build()
        )
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(issuer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def write_pkcs12(
    path: Path, issued: Issued, chain: Iterable[x509.Certificate], password: bytes
) -> None:
    """Write key, certificate and chain to ``path`` so that only the owner can read it.

    The file is created with mode 0600: there is no instant at which others could read it.
    """
    data = pkcs12.serialize_key_and_certificates(
        b"demo",
        issued.private_key,
        issued.certificate,
        list(chain),
        BestAvailableEncryption(password),
    )
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


def load_issued(path: Path, password: bytes) -> Issued:
    """Certificate and key that :func:`write_pkcs12` wrote."""
    private, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), password)
    if certificate is None or not isinstance(
        private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    ):
        raise ValueError(path.name)
    return Issued(certificate, private)


def make_demo_pki(
    directory: Path,
    *,
    password: bytes,
    now: datetime | None = None,
    kind: KeyKind = "ec",
    officer: Subject | None = None,
    agency: Subject | None = None,
    services: str = "",
) -> DemoPki:
    """Make the demo authority in ``directory`` (created if missing) and say where it lies.

    Certificates are valid from one day before ``now``: one year for signers, ten years for
    the authorities; the revocation lists for 30 days. ``kind`` is the kind of the two
    signers' keys. ``services`` is the address that the certificates name for status and lists
    (see :mod:`sohoa_signing.demo_services`). ``password`` protects every key file and must
    not be empty.
    """
    if not password:
        raise ValueError("the demo keys need a password")
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    since, long, short = (
        moment - timedelta(days=1),
        moment + timedelta(days=3650),
        moment + timedelta(days=365),
    )
    directory.mkdir(parents=True, exist_ok=True)
    root = issue(
        Subject("Root CA - " + DEMO_MARK, agency=DEMO_MARK),
        issuer=None,
        purpose="authority",
        since=since,
        until=long,
    )
    middle = issue(
        Subject("Sub CA - " + DEMO_MARK, agency=DEMO_MARK),
        issuer=root,
        purpose="authority",
        since=since,
        until=long,
        path_length=0,
        services=services,
        issuer_name="root",
    )
    place = "Ủy ban nhân dân phường Mẫu Sơn"
    people = {
        "officer": issue(
            officer
            or Subject(
                "Nguyễn Thị Mẫu (DEMO)",
                agency=place,
                unit=DEMO_MARK,
                title="Công chức số hóa",
                identifier="CCCD:000000000000",
            ),
            issuer=middle,
            purpose="signing",
            since=since,
            until=short,
            services=services,
            issuer_name="intermediate",
            private_key=new_key(kind),
        ),
        "agency": issue(
            agency
            or Subject(
                place + " (DEMO)", agency=place, unit=DEMO_MARK, identifier="MST:0000000000"
            ),
            issuer=middle,
            purpose="signing",
            since=since,
            until=short,
            services=services,
            issuer_name="intermediate",
            private_key=new_key(kind),
        ),
        "tsa": issue(
            Subject("TSA - " + DEMO_MARK, agency=DEMO_MARK),
            issuer=middle,
            purpose="timestamping",
            since=since,
            until=long,
            services=services,
            issuer_name="intermediate",
        ),
    }
    paths = {name: directory / f"{name}.p12" for name in ("root", "intermediate", *people)}
    write_pkcs12(paths["root"], root, (), password)
    write_pkcs12(paths["intermediate"], middle, (root.certificate,), password)
    for name, issued in people.items():
        write_pkcs12(paths[name], issued, (middle.certificate, root.certificate), password)
    anchors = {"root": root.certificate, "intermediate": middle.certificate}
    for name, certificate in anchors.items():
        (directory / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    lists = []
    for name, authority in (("root", root), ("intermediate", middle)):
        path = directory / f"{name}.crl"
        path.write_bytes(
            issue_crl(authority, this_update=since, next_update=moment + timedelta(days=30))
        )
        lists.append(path)
    return DemoPki(
        directory=directory,
        anchor=directory / "root.pem",
        intermediate=directory / "intermediate.pem",
        officer=paths["officer"],
        agency=paths["agency"],
        tsa=paths["tsa"],
        root_key=paths["root"],
        intermediate_key=paths["intermediate"],
        crls=tuple(lists),
    )
