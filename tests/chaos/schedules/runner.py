"""One daemon: plans and runs what is due, again and again, until it is killed."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from datetime import timedelta

import django


def main() -> None:
    django.setup()
    from django.db import Error, connections

    from optilearn.analytics import pipeline_api
    from optilearn.analytics.schedules import delivering, files, leases

    # A killed one's work is taken over soon, so that the storm isn't mostly waiting.
    for module in (leases, files, delivering):
        module.LEASE = timedelta(seconds=4)  # type: ignore[attr-defined]
    while True:
        with suppress(Error):
            for slug in pipeline_api.plan_work():
                pipeline_api.send_reports(slug, seconds=20.0)
        connections.close_all()
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
