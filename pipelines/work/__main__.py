"""``python -m pipelines.work``."""

from __future__ import annotations

import sys

from pipelines.work.command import main

if __name__ == "__main__":
    sys.exit(main())
