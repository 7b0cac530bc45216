"""``python -m pipelines.snapshots --help``, and ``… erase --help``."""

import sys

from pipelines.command import main
from pipelines.erasing import main as erase

if __name__ == "__main__":
    if sys.argv[1:2] == ["erase"]:
        sys.exit(erase(sys.argv[2:]))
    sys.exit(main())
