"""``python -m tests.chaos.schedules``: occurrences under kills; print the counts."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.chaos.servers import ROOT, World, world

RUNNERS: Final = 2
PEOPLE: Final = 15
"""Recipients of each occurrence, of four scopes."""


def main() -> int:
    """0 if every occurrence was sent to everybody once."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.schedules", description=__doc__)
    parser.add_argument("--occurrences", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10_000, help="after which it is calm")
    parser.add_argument("--minutes", type=float, default=15, help="after which it has failed")
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
    institution_id = _set_up(servers, wanted.occurrences)
    print(f"seed {wanted.seed}: {wanted.occurrences} schedules due at once", flush=True)
    dice, kills, restarts = random.Random(wanted.seed), 0, 0
    runners = [_start(servers) for _ in range(RUNNERS)]
    until = time.monotonic() + wanted.minutes * 60
    try:
        while time.monotonic() < until and (left := _left(institution_id, wanted.occurrences)):
            time.sleep(dice.uniform(1.0, 5.0))
            if kills >= wanted.kills or left <= max(3, wanted.occurrences * 0.05):
                continue  # the last ones end in peace
            if dice.random() < 0.05:
                with suppress(StopIteration, OSError):  # it is down already
                    servers.restart_postgres()
                    restarts += 1
            else:
                number = dice.randrange(RUNNERS)
                _kill(runners[number])
                runners[number] = _start(servers)
                kills += 1
    finally:
        for runner in runners:
            _kill(runner)
    counts, wrong = _verdict(institution_id, wanted.occurrences)
    print(counts | {"kills": kills, "restarts": restarts})
    for line in wrong:
        print(f"WRONG  {line}")
    print("BROKEN" if wrong else "kept")
    return 1 if wrong else 0


def _set_up(servers: World, count: int) -> int:
    """A school with a snapshot, and so many schedules that are due now."""
    from optilearn.analytics.models import Schedule
    from optilearn.core.clock import now
    from optilearn.core.tenancy.context import tenant_context
    from pipelines.snapshots.service import SnapshotService
    from pipelines.snapshots.settings import SnapshotSettings
    from reports.snapshot.storage import LocalStorage
    from tests.optilearn.schedules.support import saved_report
    from tests.support.twins import make_twin

    twin = make_twin("north", "Europe/London")
    storage = LocalStorage(servers.services.home / "snapshots")
    settings = SnapshotSettings(database_url=servers.services.etl_url, storage=storage)
    with SnapshotService(settings) as service:
        for institution in service.roster():
            service.take(institution)
    item = saved_report(twin)
    names = [name for name in twin.people if name != "pia"]  # her children are OptiCRM's to say
    due = now().replace(second=0, microsecond=0)
    local = due.astimezone(ZoneInfo("Europe/London"))
    rule = f"FREQ=DAILY;BYHOUR={local.hour};BYMINUTE={local.minute};BYSECOND=0"
    with tenant_context(twin.id):
        people = [twin.people[name].pk for name in names]
        people += _more_librarians(PEOPLE - len(people))
        recipients = [{"kind": "PERSON", "id": person} for person in people]
        Schedule.objects.bulk_create(
            Schedule(
                item_id=item, owner=twin.people["asha"], name=f"Report {n}", starts_at=due,
                rule=rule,
                recipients=recipients, formats=["csv"], next_at=due,
            )
            for n in range(count)
        )  # fmt: skip
    return twin.id


def _more_librarians(count: int) -> list[int]:
    from optilearn.people.models import Person

    return [
        Person.objects.create(
            kind="USER", role="LIBRARIAN", crm_id=f"more-{n}", code=f"more-{n}", name=f"More {n}"
        ).pk
        for n in range(count)
    ]


def _start(servers: World) -> subprocess.Popen[bytes]:
    log = (servers.workers.folder / "runners.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.schedules.runner"],
            env=servers.workers.environment, cwd=ROOT, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def _left(institution_id: int, count: int) -> int:
    """Occurrences that haven't ended; all of them while PostgreSQL is away."""
    from django.db import Error, connections

    from optilearn.analytics.models import Occurrence
    from optilearn.core.tenancy.context import tenant_context

    try:
        with tenant_context(institution_id):
            return count - Occurrence.objects.filter(finished_at__isnull=False).count()
    except Error:
        connections.close_all()
        return count


def _verdict(institution_id: int, count: int) -> tuple[dict[str, Any], list[str]]:
    """What was promised against what there is."""
    from optilearn.analytics.models import Occurrence, OccurrenceFile, OccurrenceRecipient
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.files.models import File
    from optilearn.notifications.models import Notification

    with tenant_context(institution_id):
        statuses = Counter(Occurrence.objects.values_list("status", flat=True))
        recipients = Counter(OccurrenceRecipient.objects.values_list("status", flat=True))
        told = Notification.objects.filter(key="ADMIN_REPORT_READY")
        once = Counter(told.values_list("once", flat=True))
        reached = told.values_list("recipients", flat=True)
        people = Counter(person for ids in reached for person in ids)
        rows = list(OccurrenceFile.objects.select_related("file"))
        kept = set(File.objects.filter(is_kept=True).values_list("pk", flat=True))
        broken = [row.pk for row in rows if not _is_whole(row)]
    expected = count * PEOPLE
    checks = {
        "an occurrence didn't end well": statuses == Counter({"DONE": count}),
        "a recipient was missed": recipients == Counter({"SENT": expected}),
        "a message was lost or doubled": len(once) == expected == sum(once.values()),
        "somebody got more than one": set(people.values()) == {count},
        "a file is missing, or not what its row says": not broken,
        "a file is kept that no row names": kept == {row.file_id for row in rows},
    }
    counts = {
        "occurrences": dict(statuses), "recipients": dict(recipients), "messages": len(once),
        "files": len(rows), "contents": len({row.sha256 for row in rows}),
    }  # fmt: skip
    return counts, [line for line, holds in checks.items() if not holds]


def _is_whole(row: Any) -> bool:
    import hashlib

    from optilearn.files.services import read_stored

    _content_type, content = read_stored(row.file_id)
    return bool(hashlib.sha256(content).hexdigest() == row.sha256)


if __name__ == "__main__":
    sys.exit(main())
