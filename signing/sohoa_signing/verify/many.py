"""Judging many files: in parallel, in order, each process with its own warm caches.

Anchors, lists and chains are parsed once a process and kept for all its files: redone for
each file they would cost more than the files.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from sohoa_core.errors import SohoaError
from sohoa_core.limits import Limits
from sohoa_signing.verify.chain import Trust
from sohoa_signing.verify.policy import VerifyPolicy
from sohoa_signing.verify.report import FileReport
from sohoa_signing.verify.verify import trust_of, verify_pdf

#: Fewer files than this are done before other processes have started.
FEW = 200

Judged = FileReport | SohoaError

_worker: tuple[VerifyPolicy, Limits, Trust] | None = None


def verify_many(
    files: Iterable[tuple[Path, str]],
    policy: VerifyPolicy,
    limits: Limits | None = None,
    *,
    workers: int = 0,
) -> Iterator[tuple[str, Judged]]:
    """The label of each file with its report, or the error that kept it from being read.

    ``workers`` 0 means one a core. Results come in the order of ``files``. Raises
    ``ValueError`` when an anchor is no certificate.
    """
    bounds = limits or Limits()
    trust = trust_of(policy)
    listed = list(files)
    count = workers or os.cpu_count() or 1
    if count == 1 or (len(listed) < FEW and not workers):
        for path, label in listed:
            yield label, _judge(path, label, policy, bounds, trust)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_start, initargs=(policy, bounds)
    ) as pool:
        waiting: deque[tuple[str, Future[Judged]]] = deque()
        for path, label in listed:
            waiting.append((label, pool.submit(_in_worker, path, label)))
            while len(waiting) > 8 * count:
                name, future = waiting.popleft()
                yield name, future.result()
        while waiting:
            name, future = waiting.popleft()
            yield name, future.result()


def _start(policy: VerifyPolicy, limits: Limits) -> None:
    global _worker
    _worker = (policy, limits, trust_of(policy))


def _in_worker(path: Path, label: str) -> Judged:
    assert _worker is not None
    policy, limits, trust = _worker
    return _judge(path, label, policy, limits, trust)


def _judge(path: Path, label: str, policy: VerifyPolicy, limits: Limits, trust: Trust) -> Judged:
    try:
        return verify_pdf(path, name=label, policy=policy, limits=limits, trust=trust)
    except SohoaError as error:
        error.where = label
        return error
