"""``make chaos``: send under kills, flushes, a restart and failing providers; print the counts."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.servers import World, world
from tests.chaos.storm import TAKEN_AND_LOST, Storm
from tests.support import fcm

if TYPE_CHECKING:
    from tests.chaos.verdict import Expected

WORKERS = 2


def main() -> int:
    """0 if every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--each", type=int, default=10, help="notifications to each person")
    parser.add_argument("--minutes", type=float, default=20, help="after which it has failed")
    parser.add_argument("--asleep", type=float, default=60, help="seconds of quiet hours left")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    wanted = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="optilearn-chaos-"))
    try:
        with world(home) as servers:
            return _run(servers, wanted)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(servers: World, wanted: argparse.Namespace) -> int:
    import django

    django.setup()
    from tests.chaos.people import SLEEPERS, send_all, set_up_people
    from tests.chaos.verdict import evaluate

    woke = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=wanted.asleep)
    institution_id, people = set_up_people(wanted.people, woke)
    print(f"seed {wanted.seed}: {len(people)} people, {wanted.each} notifications each", flush=True)
    servers.workers.start(WORKERS)
    storm = Storm(servers, wanted.seed)
    began = time.monotonic()
    thread = storm.begin()
    sent = send_all(institution_id, people, wanted.each)
    print(f"told {sent} in {time.monotonic() - began:.0f} s", flush=True)
    deadline = began + wanted.minutes * 60
    _wait(institution_id, until=deadline, max_left=max(50, sent // 20))
    storm.calm()
    thread.join()
    _wait(institution_id, until=deadline, max_left=0)
    seconds = time.monotonic() - began
    verdict = evaluate(
        servers, institution_id, _expected(storm, sent, set(people[::SLEEPERS]), woke)
    )
    _print(verdict.counts | storm.done | {"seconds": round(seconds)}, storm)
    for wrong in verdict.wrong:
        print(f"WRONG  {wrong}")
    print("kept" if not verdict.wrong else "BROKEN")
    return 1 if verdict.wrong else 0


def _expected(storm: Storm, sent: int, sleepers: set[int], woke: datetime) -> Expected:
    from tests.chaos.verdict import Expected

    lost = {
        "SMTP": storm.smtp.drawn[str(TAKEN_AND_LOST)],
        "FCM": storm.fcm.drawn[str(fcm.Fault.TAKE_AND_DROP)],
    }
    killed = storm.done["kill"] + WORKERS * storm.done["restart"]
    return Expected(sent, sleepers, woke, lost, killed)


def _wait(institution_id: int, *, until: float, max_left: int) -> None:
    """Until no more than so many deliveries are on their way."""
    from django.db import DatabaseError, InterfaceError, connection

    from optilearn.core.tenancy.context import tenant_context

    sent = 0.0
    while time.monotonic() < until:
        try:
            with tenant_context(institution_id), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*), min(due_at) FROM notifications_delivery "
                    "WHERE status IN ('PENDING', 'DEFERRED')"
                )
                left, _first = cursor.fetchone() or (0, None)
        except (DatabaseError, InterfaceError):
            connection.close()
            left = max_left + 1
        if left <= max_left:
            return
        if time.monotonic() - sent > 15:
            sent = time.monotonic()
            print(f"  {left} on their way", flush=True)
        time.sleep(0.5)


def _print(counts: dict[str, object], storm: object) -> None:
    for name, count in counts.items():
        print(f"{name:>48}  {count}")
    for name in ("resend", "smtp", "fcm"):
        print(f"{'faults of ' + name:>48}  {dict(getattr(storm, name).drawn)}")


if __name__ == "__main__":
    sys.exit(main())
