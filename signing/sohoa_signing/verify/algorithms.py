"""Which algorithms a signature may rest on, and until when: read from dated data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

from cryptography import x509

from sohoa_signing.certificates import key_strength
from sohoa_signing.crypto import Mechanism


@dataclass(frozen=True, slots=True)
class AlgorithmFacts:
    """Names of what is legacy, and of what is refused at the proven time."""

    legacy: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@cache
def _table() -> dict[str, Any]:
    source = files("sohoa_signing").joinpath("data/algorithms.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def judge_chain(path: tuple[x509.Certificate, ...], proven: datetime) -> AlgorithmFacts:
    """Judge the hashes under the certificates of ``path`` (leaf first); the anchor's own
    signature proves nothing and is left out."""
    legacy: list[str] = []
    refused: list[str] = []
    rules = {rule["name"]: rule for rule in _table()["digest"]}
    for certificate in path[:-1]:
        algorithm = certificate.signature_hash_algorithm
        if algorithm is None:
            continue  # EdDSA: the hash is part of the scheme
        name = algorithm.name.replace("-", "_")
        rule = rules.get(name)
        until = rule.get("accepted_until") if rule else date.min
        if rule and rule.get("legacy"):
            legacy.append(f"{name} (certificate)")
        if isinstance(until, date) and proven > datetime.combine(until, time.max, tzinfo=UTC):
            refused.append(f"{name} (certificate)")
    return AlgorithmFacts(tuple(dict.fromkeys(legacy)), tuple(dict.fromkeys(refused)))


def judge_algorithms(
    digest: str, mechanism: Mechanism, certificate: x509.Certificate | None, proven: datetime
) -> AlgorithmFacts:
    """Judge digest, scheme and key for a signature that existed at ``proven`` (with zone)."""
    table = _table()
    legacy: list[str] = []
    refused: list[str] = []

    def note(rule: dict[str, Any] | None, name: str) -> None:
        if rule is None:
            refused.append(name)
            return
        if rule.get("legacy"):
            legacy.append(name)
        until = rule.get("accepted_until")
        if isinstance(until, date) and proven > datetime.combine(until, time.max, tzinfo=UTC):
            refused.append(name)

    note(next((r for r in table["digest"] if r["name"] == digest), None), digest or "?")
    if mechanism.scheme != "eddsa":
        scheme = mechanism.scheme
        note(next((r for r in table["scheme"] if r["name"] == scheme), None), scheme)
    if certificate is not None:
        kind, bits = key_strength(certificate)
        rules = [r for r in table["key"] if r["kind"] == kind and bits >= r["minimum_bits"]]
        best = max(rules, key=lambda r: int(r["minimum_bits"]), default=None)
        if kind in ("rsa", "ec"):
            note(best, f"{kind}-{bits}")
    return AlgorithmFacts(tuple(dict.fromkeys(legacy)), tuple(dict.fromkeys(refused)))
