"""The local timestamp service of the benches, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.signing_files import PASSWORD


@contextmanager
def local_tsa(folder: Path) -> Iterator[str]:
    """The address of a timestamp authority that runs while the block does."""
    command = [sys.executable, "-m", "benchmarks.services", str(folder)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip() + "/tsa"
        finally:
            process.terminate()


def main() -> None:
    """Serve until standard input closes."""
    from sohoa_signing.demo_services import Services, serving
    from sohoa_signing.keys import open_pkcs12
    from sohoa_signing.timestamp import LocalTimestamper

    stamper = LocalTimestamper(open_pkcs12(Path(sys.argv[1]) / "tsa.p12", PASSWORD))
    with serving(Services(stamper, {})) as address:
        print(address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
