"""Trust stores (kho neo tin cậy): which authorities the user chose, pinned by SHA-256.

A store is a folder with one ``anchors.json`` and the certificates beside it, each named by its
fingerprint. What a file holds counts only while its fingerprint is the pinned one. Two kinds
are kept apart: ``cong_vu`` (public-service certificates) and ``cong_cong`` (public ones);
``timestamp`` holds authorities that count for timestamps alone. Nothing is in a store that the
user did not add; demo and test authorities are refused unless they are asked for by name.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa_core.i18n import N_
from sohoa_signing.certificates import (
    fingerprint,
    is_authority,
    key_strength,
    load_certificates,
    subject_of,
    window,
)
from sohoa_signing.errors import AnchorRefused, AnchorUnknown, TrustStoreDamaged
from sohoa_signing.verify.chain import Store, TrustStores

KINDS = (Store.PUBLIC_SERVICE.value, Store.PUBLIC.value, "timestamp")
LIST = "anchors.json"
_DEMO = re.compile(r"\bDEMO\b|\bTEST\b|KHÔNG CÓ GIÁ TRỊ PHÁP LÝ|\bTHỬ NGHIỆM\b", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Anchor:
    """One trusted root: its pin, kind, name and validity (ISO 8601), and when it was added."""

    sha256: str
    kind: str
    name: str
    valid_from: str
    valid_to: str
    added: str
    demo: bool = False


def read_anchors(folder: Path) -> tuple[Anchor, ...]:
    """The anchors listed in ``folder``; none when there is no list.

    Raises :class:`TrustStoreDamaged`.
    """
    try:
        raw = json.loads((folder / LIST).read_text(encoding="utf-8"))
        found = tuple(Anchor(**entry) for entry in raw["anchors"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError):
        raise TrustStoreDamaged(where=str(folder), detail=N_("its list cannot be read")) from None
    if any(a.kind not in KINDS or not re.fullmatch(r"[0-9a-f]{64}", a.sha256) for a in found):
        raise TrustStoreDamaged(where=str(folder), detail=N_("its list cannot be read"))
    return found


def certificate_of(folder: Path, anchor: Anchor) -> bytes:
    """The anchor's certificate (PEM), when it is still the pinned one.

    Raises :class:`TrustStoreDamaged`.
    """
    try:
        data = (folder / f"{anchor.sha256}.pem").read_bytes()
        certificates = load_certificates(data)
    except (OSError, ValueError):
        raise TrustStoreDamaged(
            where=str(folder), detail=N_("a certificate is missing or unreadable")
        ) from None
    if [fingerprint(certificate) for certificate in certificates] != [anchor.sha256]:
        raise TrustStoreDamaged(
            where=str(folder), detail=N_("a certificate is not the one that was pinned")
        )
    return data


def trust_stores(*folders: Path) -> TrustStores:
    """Everything that the stores in ``folders`` hold, by kind."""
    found: dict[str, list[bytes]] = {kind: [] for kind in KINDS}
    for folder in folders:
        for anchor in read_anchors(folder):
            found[anchor.kind].append(certificate_of(folder, anchor))
    return TrustStores(**{kind: tuple(dict.fromkeys(items)) for kind, items in found.items()})


def add_anchor(
    folder: Path,
    data: bytes,
    kind: str,
    *,
    expected: str = "",
    allow_demo: bool = False,
    now: datetime | None = None,
) -> Anchor:
    """Add the root certificate ``data`` (PEM or DER) to the store in ``folder``.

    ``expected`` is the fingerprint that the authority publishes; the certificate must have it.
    Raises :class:`AnchorRefused`.
    """
    try:
        certificates = load_certificates(data)
    except ValueError:
        raise AnchorRefused(detail=N_("the file holds no certificate")) from None
    if len(certificates) != 1:
        raise AnchorRefused(detail=N_("the file holds several certificates; add them one by one"))
    certificate = certificates[0]
    pin = fingerprint(certificate)
    wanted = expected.lower().replace(":", "").replace(" ", "")
    if wanted and wanted != pin:
        raise AnchorRefused(detail=N_("its fingerprint is another one than was given"))
    reason = _unfit(certificate)
    if reason:
        raise AnchorRefused(detail=reason)
    demo = is_demo(certificate)
    if demo and not allow_demo:
        raise AnchorRefused(detail=N_("it is a demo or test authority"))
    since, until = window(certificate)
    anchor = Anchor(
        sha256=pin,
        kind=kind,
        name=subject_of(certificate).name,
        valid_from=since.date().isoformat(),
        valid_to=until.date().isoformat(),
        added=(now or datetime.now(UTC)).date().isoformat(),
        demo=demo,
    )
    kept = [a for a in read_anchors(folder) if (a.sha256, a.kind) != (pin, kind)]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{pin}.pem", certificate.public_bytes(Encoding.PEM))
    _write_list(folder, [*kept, anchor])
    return anchor


def remove_anchor(folder: Path, pin: str) -> Anchor:
    """Remove the anchor whose fingerprint begins with ``pin`` (at least 8 digits).

    Raises :class:`AnchorUnknown`.
    """
    wanted = pin.lower().replace(":", "")
    anchors = read_anchors(folder)
    found = [a for a in anchors if _HEX.fullmatch(wanted) and a.sha256.startswith(wanted)]
    if len({a.sha256 for a in found}) != 1:
        raise AnchorUnknown(where=pin)
    _write_list(folder, [a for a in anchors if a not in found])
    (folder / f"{found[0].sha256}.pem").unlink(missing_ok=True)
    return found[0]


def check_anchors(folder: Path, now: datetime | None = None) -> list[tuple[Anchor, str]]:
    """Each anchor with what is wrong with it (a message template; empty when nothing is)."""
    moment = now or datetime.now(UTC)
    found: list[tuple[Anchor, str]] = []
    for anchor in read_anchors(folder):
        try:
            certificate = load_certificates(certificate_of(folder, anchor))[0]
        except TrustStoreDamaged as error:
            found.append((anchor, str(error.args_by_name["detail"])))
            continue
        since, until = window(certificate)
        problem = _unfit(certificate)
        if not since <= moment <= until:
            problem = N_("it is outside its validity period")
        elif anchor.demo or is_demo(certificate):
            problem = N_("it is a demo or test authority")
        found.append((anchor, problem))
    return found


def is_demo(certificate: x509.Certificate) -> bool:
    """Whether the name says that nothing real hangs on this authority."""
    return _DEMO.search(certificate.subject.rfc4514_string()) is not None


def _unfit(certificate: x509.Certificate) -> str:
    if not is_authority(certificate):
        return N_("it is not the certificate of an authority")
    if certificate.subject != certificate.issuer:
        return N_("it is not a root: another authority issued it")
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return N_("its own signature does not hold")
    kind, bits = key_strength(certificate)
    if (kind == "rsa" and bits < 2048) or (kind == "ec" and bits < 256):
        return N_("its key is too short")
    return ""


def _write_list(folder: Path, anchors: list[Anchor]) -> None:
    ordered = sorted(anchors, key=lambda a: (a.kind, a.name, a.sha256))
    body: dict[str, Any] = {"format": 1, "anchors": [asdict(anchor) for anchor in ordered]}
    _write(folder / LIST, json.dumps(body, ensure_ascii=False, indent=1).encode("utf-8") + b"\n")


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all; nobody but the owner may change what is trusted."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    part.replace(path)
