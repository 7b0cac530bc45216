"""`make bench`: every measurement of docs/benchmarks.md, printed as ratios over its floor."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks.world import oulad_folder, world

PARTS = (
    "loading",
    "security",
    "serving",
    "sending",
    "asking",
    "boards",
    "dashboards",
    "exports",
    "cached",
    "sql",
    "hiding",
    "fairness",
    "snapshots",
    "schedules",
    "alerts",
    "grading",
    "answering",
    "peer_allocation",
    "calendars",
    "certificates",
    "leaderboards",
    "pages",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    only = parser.parse_args().only
    print(f"OULAD from {oulad_folder().name}; medians; a goal is told with each ratio.\n")
    missed = 0
    with world() as loaded:
        for name in PARTS:
            if name in only:
                for line in import_module(f"benchmarks.{name}").measure(loaded):
                    print(line, flush=True)
                    missed += not line.met
    print(f"\n{missed} missed." if missed else "\nAll goals met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
