"""Run the program as a script would: a process of its own, its exit code, its two streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What came back."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON lines of standard output."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, schema: str) -> list[dict[str, Any]]:
        """The records of one schema."""
        return [record for record in self.records if record["schema"] == schema]


def environment(**changes: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SOHOA_", "LC_", "LANG")) and name != "NO_COLOR"
    }
    return {**kept, "LANG": "C.UTF-8", "XDG_CONFIG_HOME": "/nonexistent", **changes}


def sohoa(*words: str | Path, cwd: Path | None = None, timeout: float = 120, **env: str) -> Ran:
    """Run ``sohoa WORDS...`` without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "sohoa_cli", *map(str, words)],
        capture_output=True,
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        timeout=timeout,
    )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
