"""One item in one process: run the work, turn every fault into an error value."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from typing import Any

from sohoa_core.batch.stage import Job, Outcome
from sohoa_core.errors import ItemOutOfMemory, SohoaError

_PR_SET_PDEATHSIG = 1


class UnexpectedFault(SohoaError):
    """An error in our own code, met while working on one item."""

    code = "item.unexpected"


def run_one(job: Job, ticket: str, payload: Any) -> Outcome:
    """Work on one item; never raises but for ``KeyboardInterrupt`` and ``SystemExit``."""
    started = time.perf_counter()
    value: Any = None
    error: SohoaError | None = None
    try:
        value = job.work(job.context, payload)
    except SohoaError as known:
        error = known
    except MemoryError:
        error = ItemOutOfMemory(megabytes=job.context.limits.item_megabytes)
    except Exception as unknown:  # the batch must go on
        # The text of a foreign exception may quote the input: only its kind and place are kept.
        trace = unknown.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
        error = UnexpectedFault(detail=f"{type(unknown).__name__} in {place}")
    return Outcome(ticket, value, error, time.perf_counter() - started)


def settle_in(job: Job) -> None:
    """Prepare a worker process: leave signals to the parent, die with it, limit the memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = os.getppid()
    if sys.platform == "linux":
        # A killed parent must not leave workers behind that write into the vault.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    megabytes = job.context.limits.item_megabytes
    with contextlib.suppress(ValueError, OSError):
        _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = megabytes << 20
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    if job.warm is not None:
        job.warm(job.context)
