"""The reference: one item after the other in this process.

It cannot stop an item that runs too long or takes too much memory; ``processes`` can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sohoa_core.batch.executors import Ticket
from sohoa_core.batch.stage import Job, Outcome
from sohoa_core.batch.worker import run_one


class SerialExecutor:
    """See the module."""

    def run(self, job: Job, tickets: Iterable[Ticket]) -> Iterator[Outcome]:
        """Yield outcomes in the order of the tickets."""
        if job.warm is not None:
            job.warm(job.context)
        for ticket, payload in tickets:
            yield run_one(job, ticket, payload)
