"""``python -m sohoa_cli``."""

import sys

from sohoa_cli.main import main

if __name__ == "__main__":
    sys.exit(main())
