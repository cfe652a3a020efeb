"""Run a migration in a process of its own, to be killed: SOURCE WORKSPACE CHUNK DELAY."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from migrate.old_systems import migrate, new_workspace
from sohoa_migrate import apply as work

source, folder, chunk, delay = sys.argv[1:5]
original = work.write_chunk


def slow(*args: object, **values: object) -> bool:
    """The real writing, then a pause inside the transaction: the kill falls where it hurts."""
    changed = original(*args, **values)  # type: ignore[arg-type]
    sys.stdout.write("chunk\n")
    sys.stdout.flush()
    time.sleep(float(delay))
    return changed


work.write_chunk = slow  # type: ignore[assignment]
with new_workspace(Path(folder)) as space:
    migrate(Path(source), space, chunk=int(chunk))
sys.stdout.write("done\n")
