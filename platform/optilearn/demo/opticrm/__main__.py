"""``python -m optilearn.demo.opticrm --port 9000``: the demonstration's OptiCRM."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress

from optilearn.demo.opticrm.server import API_KEY, OptiCrmServer
from optilearn.demo.opticrm.springdale import springdale


def main() -> int:
    """Serve Springdale until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m optilearn.demo.opticrm")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--institution", default="springdale", metavar="SLUG")
    parser.add_argument("--api-key", default=API_KEY)
    options = parser.parse_args()
    school = springdale(options.institution)
    server = OptiCrmServer(
        {options.institution: school}, api_key=options.api_key, port=options.port
    )
    sys.stdout.write(f"A small OptiCRM of {options.institution} at {server.url}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
