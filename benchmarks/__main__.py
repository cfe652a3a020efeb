"""``python -m benchmarks NAME [--quick]``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main() -> int:
    here = Path(__file__).parent
    known = sorted(path.stem.removeprefix("bench_") for path in here.glob("bench_*.py"))
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    unknown = [name for name in names if name not in known]
    if not names or unknown:
        print(f"usage: ./run bench NAME [--quick]; names: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in names:
        import_module(f"benchmarks.bench_{name}").run(quick="--quick" in sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
