"""The small fixed set of the repository: three dossiers for tests and first tries.

Rebuild it with ``python -m sohoa_samples.fixed samples/fixed`` (source roots on the path).
"""

from __future__ import annotations

import sys
from pathlib import Path

from sohoa_samples.generator import SampleSet, make

SEED = 5
DOSSIERS = 3
LEVEL = "office"


def rebuild(directory: Path) -> SampleSet:
    """Make the fixed set anew in ``directory``; a README.md there stays."""
    return make(directory, dossiers=DOSSIERS, seed=SEED, level=LEVEL, small=True, with_legacy=False)


if __name__ == "__main__":
    rebuild(Path(sys.argv[1]))
