"""The one form in which every bench reports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def line(
    bench: str,
    metric: str,
    value: float,
    unit: str,
    *,
    goal: float | None = None,
    better: str = "less",
    peer: str | None = None,
    peer_value: float | None = None,
    floor: float | None = None,
    **more: Any,
) -> None:
    """Print one figure; ``goal`` is met when ``value`` is at most (``less``) or at least it."""
    found: dict[str, Any] = {"bench": bench, "metric": metric, "value": _round(value), "unit": unit}
    if peer is not None and peer_value is not None:
        found |= {"peer": peer, "peer_value": _round(peer_value)}
        found["ratio"] = _round(value / peer_value) if peer_value else None
    if floor is not None:
        found["floor"] = _round(floor)
    if goal is not None:
        found |= {"goal": goal, "met": value <= goal if better == "less" else value >= goal}
    found |= more
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a top-level ``function`` in a fresh process: clean memory, clean caches.

    Arguments and result are plain JSON. The process may start workers of its own.
    """
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.child",
            function.__module__,
            function.__qualname__,
            json.dumps(arguments),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    return json.loads(done.stdout)
