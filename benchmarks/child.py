"""``python -m benchmarks.child MODULE FUNCTION JSON``: one measurement in a fresh process."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module


def main() -> None:
    """Call the function and print its result as the last line of standard output."""
    module, function, arguments = sys.argv[1:4]
    results = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not mix with the result
    found = getattr(import_module(module), function)(*json.loads(arguments))
    with os.fdopen(results, "w") as stream:
        stream.write(json.dumps(found))


if __name__ == "__main__":
    main()
