"""Signing many files with one key: everything else happens while the key works.

A token signs one file at a time and takes its time. One file is therefore at the key while
the next are being read, looked at and hashed, and the last ones written: the key is never
kept waiting. One bad file never stops the rest; a key that is gone stops everything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sohoa_core.errors import SohoaError
from sohoa_signing.errors import KeyUnavailable
from sohoa_signing.evidence import EvidenceSource
from sohoa_signing.keys import Key
from sohoa_signing.request import Signed, SignRequest
from sohoa_signing.shared_key import OneAtATime
from sohoa_signing.sign import sign_file
from sohoa_signing.timestamp import Timestamper

#: Files between reading and writing at any time.
IN_FLIGHT = 8


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file: ``signed`` or ``error``, never both."""

    source: Path
    target: Path
    signed: Signed | None = None
    error: SohoaError | None = None


def sign_many(
    jobs: Iterable[tuple[Path, Path]],
    request: SignRequest,
    key: Key,
    *,
    timestamper: Timestamper | None = None,
    evidence: EvidenceSource | None = None,
    clock: Callable[[], datetime] | None = None,
    in_flight: int = IN_FLIGHT,
) -> Iterator[FileResult]:
    """Sign each source into its target; results come in the order of ``jobs``.

    ``clock`` gives each file its own signing time. When the key is gone (removed, locked,
    closed), the files that are left are not touched and come back with that error: run the
    same jobs again to resume.
    """
    shared = OneAtATime(key)

    def one(source: Path, target: Path) -> FileResult:
        try:
            if shared.gone is not None:
                raise KeyUnavailable(detail=shared.gone)
            own = replace(request, signed_at=clock()) if clock else request
            signed = sign_file(
                source, target, own, shared, timestamper=timestamper, evidence=evidence
            )
        except SohoaError as error:
            error.where = error.where or source.name
            return FileResult(source, target, error=error)
        return FileResult(source, target, signed=signed)

    waiting: deque[Future[FileResult]] = deque()
    with ThreadPoolExecutor(max_workers=in_flight, thread_name_prefix="sign") as pool:
        for source, target in jobs:
            waiting.append(pool.submit(one, source, target))
            while len(waiting) > 2 * in_flight or (waiting and waiting[0].done()):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
