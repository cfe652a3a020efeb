"""From a certificate up to an anchor that the caller chose, and whether it was revoked.

Two stores are kept apart, because authorities often accept only one of them: public-service
certificates (chuyên dùng công vụ) and public ones (công cộng). The operating system's store
is never used: with no anchor there is no trust. Paths are validated after RFC 5280 by
pyhanko-certvalidator at one given moment; revocation is judged separately
(:mod:`sohoa_signing.revocation`), so that "unknown" stays visible.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError

from sohoa_signing.certificates import fingerprint, load_certificates, to_asn1, window
from sohoa_signing.revocation import Revocation, RevocationAnswer, RevocationData

Raw = tuple[bytes, ...]
MAX_CERTIFICATES = 200
MAX_REMEMBERED = 10_000


class Store(enum.StrEnum):
    """Which kind of authority an anchor stands for."""

    PUBLIC_SERVICE = "cong_vu"
    PUBLIC = "cong_cong"


@dataclass(frozen=True)
class TrustStores:
    """The anchors a caller trusts (DER or PEM certificates), in two separate stores.

    ``timestamp`` holds further anchors that count for timestamps only. Empty by default:
    nothing is trusted that was not named.
    """

    cong_vu: tuple[bytes, ...] = ()
    cong_cong: tuple[bytes, ...] = ()
    timestamp: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """The path of one certificate at one moment.

    ``problem``: empty when the path ends at an anchor and holds, else ``no_path``,
    ``outside_window`` (some certificate was not valid then), ``path_invalid`` or ``purpose``.
    ``revocation`` is the worst answer along the path, ``revoked`` the certificate concerned.
    """

    problem: str
    detail: str = ""
    path: tuple[x509.Certificate, ...] = ()
    anchor: str = ""
    store: str = ""
    revocation: RevocationAnswer = field(
        default_factory=lambda: RevocationAnswer(Revocation.UNKNOWN, problem="no_data")
    )
    revoked_authority: bool = False


#: What each list at hand says about a certificate and its issuer. A batch asks the same
#: again and again; only the moments differ, and those are judged each time.
_said: WeakKeyDictionary[Any, dict[tuple[str, str], tuple[Any, ...]]] = WeakKeyDictionary()
_MOST_PAIRS = 1000


class _Remembering(RevocationData):
    """The same data, which asks each of its lists about each pair of certificates once."""

    def __init__(self, data: RevocationData) -> None:
        super().__init__()
        self._crls, self._ocsps = data._crls, data._ocsps
        self.unreadable = data.unreadable

    def _statements(self, certificate: x509.Certificate, issuer: x509.Certificate) -> Iterable[Any]:
        pair = fingerprint(certificate), fingerprint(issuer)
        for listed in self._crls:
            known = _said.setdefault(listed, {})
            found = known.get(pair)
            if found is None:
                alone = RevocationData()
                alone._crls = [listed]
                found = tuple(alone._statements(certificate, issuer))
                if len(known) < _MOST_PAIRS:
                    known[pair] = found
            yield from found
        answers = RevocationData()
        answers._ocsps = self._ocsps
        yield from answers._statements(certificate, issuer)


@dataclass
class Trust:
    """Anchors and material parsed once for a whole batch; asked for each certificate."""

    stores: TrustStores
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    #: Finds lists and status answers elsewhere, when those at hand do not answer.
    fetch: Callable[[x509.Certificate, x509.Certificate], tuple[Raw, Raw]] | None = None
    _anchors: dict[str, list[tuple[str, x509.Certificate]]] = field(default_factory=dict)
    _extra: list[x509.Certificate] = field(default_factory=list)
    revocation: RevocationData = field(default_factory=RevocationData)
    _paths: dict[Any, tuple[x509.Certificate, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ``ValueError`` when an anchor or certificate given by the caller is none."""
        for name, items in (
            (Store.PUBLIC_SERVICE.value, self.stores.cong_vu),
            (Store.PUBLIC.value, self.stores.cong_cong),
            ("timestamp", self.stores.timestamp),
        ):
            self._anchors[name] = [(name, c) for data in items for c in load_certificates(data)]
        self._extra = [c for data in self.certificates for c in load_certificates(data)]
        self.revocation = RevocationData(self.crls, self.ocsps)

    def anchors(self, stores: Iterable[str]) -> list[tuple[str, x509.Certificate]]:
        return [pair for name in stores for pair in self._anchors.get(name, [])]

    def judge(
        self,
        certificate: x509.Certificate,
        pool: Iterable[x509.Certificate],
        *,
        stores: tuple[str, ...],
        moment: datetime,
        known_at: datetime,
        judged_at: datetime,
        revocation: RevocationData,
        purpose: str,
    ) -> ChainFacts:
        """The path of ``certificate`` at ``moment`` and its revocation as known ``known_at``.

        ``pool`` are certificates from the file; ``purpose`` is ``signing`` or
        ``timestamping``. Never raises for what the file contains.
        """
        anchors = self.anchors(stores)
        others = list(pool)[:MAX_CERTIFICATES]
        if not anchors:
            return ChainFacts("no_path", "no_anchor")
        if purpose == "timestamping" and not may_stamp(certificate):
            return ChainFacts("purpose", "not_for_timestamps")
        problem, detail, path = self._path(certificate, others, anchors, stores, moment)
        if not path:
            return ChainFacts(problem, detail)
        root = path[-1]
        store = next((name for name, anchor in anchors if anchor == root), "")
        answer, authority = self._revocation(
            path, revocation | self.revocation, moment, known_at, judged_at
        )
        return ChainFacts(
            problem, detail, path, fingerprint(root), store, answer, revoked_authority=authority
        )

    def _path(
        self,
        certificate: x509.Certificate,
        others: list[x509.Certificate],
        anchors: list[tuple[str, x509.Certificate]],
        stores: tuple[str, ...],
        moment: datetime,
    ) -> tuple[str, str, tuple[x509.Certificate, ...]]:
        key = (fingerprint(certificate), frozenset(fingerprint(c) for c in others), stores)
        known = self._paths.get(key)
        if known and all(since <= moment <= until for since, until in map(window, known)):
            # Apart from the windows (and revocation, asked elsewhere) a path does not age.
            return "", "", known
        pool = [*others, *self._extra]
        problem, detail, path = build_path(certificate, pool, [a for _, a in anchors], moment)
        if path and not problem:
            if len(self._paths) >= MAX_REMEMBERED:
                self._paths.clear()
            self._paths[key] = path
        return problem, detail, path

    def _revocation(
        self,
        path: tuple[x509.Certificate, ...],
        data: RevocationData,
        moment: datetime,
        known_at: datetime,
        judged_at: datetime,
    ) -> tuple[RevocationAnswer, bool]:
        """The worst answer along the path (the anchor answers to nobody)."""
        worst = RevocationAnswer(Revocation.GOOD)
        first = None
        data = _Remembering(data)
        for index, (lower, upper) in enumerate(pairwise(path)):
            answer = data.check(
                lower, upper, used_at=moment, known_at=known_at, judged_at=judged_at
            )
            if answer.status is Revocation.UNKNOWN and self.fetch is not None:
                fetched = RevocationData(*self.fetch(lower, upper))
                self.revocation |= fetched
                answer = fetched.check(
                    lower, upper, used_at=moment, known_at=known_at, judged_at=judged_at
                )
            first = first or answer
            if answer.status is Revocation.REVOKED:
                return answer, index > 0
            if answer.status is Revocation.UNKNOWN:
                worst = answer
        if worst.status is Revocation.GOOD and first is not None:
            return first, False
        return worst, False


@lru_cache(maxsize=1024)
def may_stamp(certificate: x509.Certificate) -> bool:
    """RFC 3161 2.3: extended key usage is timeStamping and nothing else."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def build_path(
    certificate: x509.Certificate,
    pool: list[x509.Certificate],
    anchors: list[x509.Certificate],
    moment: datetime,
) -> tuple[str, str, tuple[x509.Certificate, ...]]:
    """Problem, detail and path (leaf first, anchor last) at ``moment`` (RFC 5280 clause 6).

    When the only trouble is a validity window, the path found at a moment inside all windows
    is returned with ``outside_window``, so that the rest can still be reported.
    """
    if certificate in anchors:
        # An anchor issues; it does not sign documents. Self-signed "signers" end here too.
        return "no_path", "anchor_signs", ()
    problem, path = _validate(certificate, pool, anchors, moment)
    if path:
        return "", "", path
    since, until = window(certificate)
    inside = since + (until - since) / 2
    if not since <= moment <= until or problem == "window":
        _, path = _validate(certificate, pool, anchors, inside)
        if path and not all(lo <= moment <= hi for lo, hi in map(window, path)):
            return "outside_window", "", path
    if problem == "no_path":
        return "no_path", "", ()
    return "path_invalid", problem, ()


def _validate(
    certificate: x509.Certificate,
    pool: list[x509.Certificate],
    anchors: list[x509.Certificate],
    moment: datetime,
) -> tuple[str, tuple[x509.Certificate, ...]]:
    """Path validation by the library; its many exceptions become a word."""
    known = {fingerprint(c): c for c in [certificate, *pool, *anchors]}
    try:
        context = ValidationContext(
            # Never empty here: an empty list would mean the operating system's store.
            trust_roots=[to_asn1(anchor) for anchor in anchors],
            other_certs=[to_asn1(c) for c in pool],
            moment=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
            weak_hash_algos={"md2", "md5"},
        )
        found = asyncio.run(_run(certificate, context))
        path = tuple(
            known[c.sha256.hex()] for c in reversed(list(found.iter_certs(include_root=True)))
        )
    except PathBuildingError:
        return "no_path", ()
    except PathValidationError as error:
        kind = type(error).__name__
        return ("window" if kind in ("ExpiredError", "NotYetValidError") else kind), ()
    except (UnsupportedAlgorithm, KeyError, ValueError, TypeError, AttributeError) as error:
        return type(error).__name__, ()
    except Exception as error:
        return type(error).__name__, ()
    return "", path


async def _run(certificate: x509.Certificate, context: ValidationContext) -> Any:
    return await CertificateValidator(
        to_asn1(certificate), validation_context=context
    ).async_validate_path()
