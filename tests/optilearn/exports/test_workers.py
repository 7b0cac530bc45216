"""Export jobs and workers: one file for each job, whoever is killed, canceled or in the way."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from optilearn.analytics.exports import claims, services, worker
from optilearn.analytics.exports.claims import claim_job
from optilearn.analytics.exports.worker import run_export, wake_forgotten
from optilearn.analytics.models import ExportJob
from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.models import File
from optilearn.files.services import sweep_orphans
from optilearn.people.models import Person
from optilearn.privacy.services import erase_person
from tests.optilearn.exports.conftest import School
from tests.optilearn.more_snapshots import another
from tests.support.at_once import at_once
from tests.support.database import environment

pytestmark = pytest.mark.slow

Status = ExportJob.Status
CROWD = (
    "INSERT INTO activity SELECT a.* REPLACE (1000000 + i AS id, 'kind ' || i AS kind)"
    " FROM (SELECT * FROM activity LIMIT 1) a, range(2000000) r(i)",
)
MANY: dict[str, Any] = {
    "version": 1,
    "entity": "activity",
    "mode": "rows",
    "columns": ["student.name", "course.code", "kind", "occurredAt", "clicks"],
}
SEARCH: dict[str, Any] = {
    "version": 1,
    "entity": "activity",
    "mode": "categorical",
    "measures": ["activity.events"],
    "filters": [{"field": "kind", "op": "contains", "value": f"x{n}"} for n in range(100)],
    "filterLogic": " OR ".join(str(n + 1) for n in range(100)),
}
"""Long, and without a row to report before its end."""


@pytest.fixture
def crowd(school: School) -> School:
    """The north, with two million clicks."""
    another(school.north, "crowd", CROWD)
    return school


@contextmanager
def running(school: School, job: ExportJob) -> Iterator[None]:
    """A worker runs the job meanwhile, in a thread with connections of its own."""

    def run() -> None:
        try:
            with tenant_context(school.north.id):
                run_export(job.pk)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(60)
    assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("It never came.")


def linked(school: School) -> list[int]:
    """The files that a record uses."""
    with tenant_context(school.north.id):
        files = File.objects.filter(category="exports", is_kept=True)
        return list(files.values_list("pk", flat=True))


def run(school: School, job: ExportJob) -> ExportJob:
    with tenant_context(school.north.id):
        run_export(job.pk)
    return school.again(job)


def expire(school: School, job: ExportJob) -> None:
    """As if the lease had run out, with its worker."""
    with tenant_context(school.north.id):
        past = clock.now() - timedelta(seconds=1)
        ExportJob.objects.filter(pk=job.pk).update(leased_until=past)


def test_progress_is_told_and_the_file_comes_whole(crowd: School) -> None:
    job = crowd.job(source={"definition": MANY}, rows_estimate=2_000_002)
    seen = set()
    with running(crowd, job):
        until(lambda: crowd.again(job).status != Status.QUEUED)
        while (now := crowd.again(job)).status == Status.RUNNING:
            assert now.file_id is None
            seen.add(now.rows_done)
            time.sleep(0.1)
    done = crowd.again(job)
    assert (done.status, done.rows_done) == (Status.DONE, 2_000_002)
    assert linked(crowd) == [done.file_id]
    assert all(0 <= rows <= 2_000_002 for rows in seen)


@pytest.mark.parametrize("definition", [MANY, SEARCH], ids=["rows", "groups"])
def test_a_cancellation_stops_the_work(crowd: School, definition: dict[str, Any]) -> None:
    job = crowd.job(source={"definition": definition})
    with running(crowd, job):
        until(lambda: crowd.again(job).status == Status.RUNNING)
        with tenant_context(crowd.north.id):
            services.cancel_export(principal=crowd.north.principal("asha"), job_id=job.pk)
    ended = crowd.again(job)
    assert (ended.status, ended.file_id, linked(crowd)) == (Status.CANCELED, None, [])
    assert run(crowd, job).status == Status.CANCELED  # for good


def test_a_killed_worker_is_followed_by_another(crowd: School) -> None:
    """SIGKILL in the middle: nothing is to be seen of it, and the next begins anew."""
    job = crowd.job(source={"definition": SEARCH})
    code = (
        "import django, sys; django.setup()\n"
        "from optilearn.core.tenancy.context import tenant_context\n"
        "from optilearn.analytics.exports.worker import run_export\n"
        "with tenant_context(int(sys.argv[1])): run_export(int(sys.argv[2]))\n"
    )
    known = environment(crowd.database) | {
        "FILES_URL": settings.FILES_URL, "SNAPSHOT_URL": settings.SNAPSHOT_URL,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(crowd.north.id), str(job.pk)], env=known
    )
    until(lambda: crowd.again(job).status == Status.RUNNING)
    process.kill()
    process.wait(30)
    with tenant_context(crowd.north.id):
        assert claims.forgotten_jobs(10) == []  # its lease is not over
        assert claim_job(job.pk) is None
    expire(crowd, job)
    with tenant_context(crowd.north.id):
        assert claims.forgotten_jobs(10) == [job.pk]
    done = run(crowd, job)
    assert (done.status, done.attempts, linked(crowd)) == (Status.DONE, 2, [done.file_id])


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(line: int) -> Iterator[list[int]]:
    """Raise at the n-th line that our modules execute; the list counts the lines."""
    counted = [0]
    ours = {worker.__file__, claims.__file__, sys.modules["optilearn.files.services"].__file__}

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename not in ours:
            return None
        if event == "line":
            counted[0] += 1
            if counted[0] == line:
                raise Killed
        return trace

    sys.settrace(trace)
    try:
        with suppress(Killed):
            yield counted
    finally:
        sys.settrace(None)


# A file that is open when the process ends is closed by nobody.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_killed_at_any_line_it_ends_the_same(school: School) -> None:
    def attempt(line: int) -> int:
        job = school.job()
        before = set(linked(school))
        with tenant_context(school.north.id), killed_at(line) as counted:
            run_export(job.pk)
        found = school.again(job)
        assert (found.status == Status.DONE) == (found.file_id is not None)
        expire(school, job)
        done = run(school, job)
        assert done.status == Status.DONE
        assert set(linked(school)) - before == {done.file_id}
        return counted[0]

    lines = attempt(0)
    assert lines > 60
    for line in range(1, lines + 1, 3):
        attempt(line)
    with tenant_context(school.north.id), clock.frozen(clock.now() + timedelta(days=8)):
        sweep_orphans()
        assert File.objects.filter(category="exports", is_kept=False).count() == 0


def test_of_several_workers_one_does_it(school: School) -> None:
    job = school.job()
    at_once(school.north, [lambda: run_export(job.pk)] * 4)
    done = school.again(job)
    assert (done.status, done.attempts, linked(school)) == (Status.DONE, 1, [done.file_id])


def test_a_worker_that_was_given_up_changes_nothing(school: School) -> None:
    job = school.job()
    with tenant_context(school.north.id):
        late = claim_job(job.pk)
    assert late is not None
    expire(school, job)
    done = run(school, job)
    with tenant_context(school.north.id):
        assert not claims.renew(late, 7)
        claims.give_back(late)
        stored = claims.StoredExport(int(done.file_id or 0), 1, "x", 1)
        assert not claims.finish(late, stored, school.north.principal("asha"), "self")
    after = school.again(job)
    assert (after.status, after.rows_done, after.sha256) == (Status.DONE, 2, done.sha256)


def test_after_three_killed_workers_it_fails(school: School) -> None:
    job = school.job()
    for _ in range(claims.MAX_ATTEMPTS):
        with tenant_context(school.north.id):
            assert claim_job(job.pk) is not None
        expire(school, job)
    failed = run(school, job)
    assert (failed.status, failed.problem["code"]) == (Status.FAILED, "EXPORT_ABANDONED")


def test_two_equal_requests_at_one_time_are_one(school: School) -> None:
    job = school.job(client_id="0c9a4c1e-5d0f-4f38-9c59-0f6f2d8f3a10", status=Status.CANCELED)
    with tenant_context(school.north.id):
        ExportJob.objects.filter(pk=job.pk).delete()
    request = services.ExportRequest(job.client_id, job.source, services.ExportFormat.CSV)
    asha = school.north.principal("asha")
    ids = at_once(
        school.north, [lambda: services.create_export(principal=asha, request=request)] * 4
    )
    assert len(set(ids)) == 1, ids
    assert len(linked(school)) == 1


def test_the_owner_is_asked_again(school: School) -> None:
    """Another role, another scope; who isn't active gets nothing."""
    job, later = school.job(), school.job()
    people = Person.objects
    with tenant_context(school.north.id):
        asha = school.north.people["asha"].pk
        people.filter(pk=asha).update(role="TEACHER")
        assert run(school, job).rows_done == 0  # no course of hers
        people.filter(pk=asha).update(status=Person.Status.INACTIVE)
        failed = run(school, later)
        assert (failed.status, failed.problem["code"]) == (Status.FAILED, "OWNER_GONE")
        row = AuditEntry.objects.filter(action="export.run").latest("id")
        assert (row.outcome, row.actor_id) == ("OWNER_GONE", None)


def test_a_store_that_is_down_is_tried_again(school: School, tmp_path: Path) -> None:
    job = school.job()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "lms").write_text("no folder")
    waiting = run(school, job)
    assert (waiting.status, waiting.lease, waiting.attempts) == (Status.RUNNING, None, 1)
    (tmp_path / "files" / "lms").unlink()
    assert run(school, job).status == Status.RUNNING  # not before its time
    expire(school, job)
    assert run(school, job).status == Status.DONE


def test_a_snapshot_that_is_gone_ends_it(school: School) -> None:
    failed = run(school, school.job(snapshot_id="gone"))
    assert (failed.status, failed.problem["code"]) == (Status.FAILED, "SNAPSHOT_UNKNOWN")


def test_lost_wake_ups_are_found(school: School) -> None:
    job = school.job()
    with tenant_context(school.north.id):
        assert claims.forgotten_jobs(10) == []  # its wake-up is under way
        with clock.frozen(clock.now() + timedelta(minutes=2)):
            assert claims.forgotten_jobs(10) == [job.pk]
            wake_forgotten()  # a broker that is down fails nothing
    with tenant_context(school.south.id):
        assert claims.forgotten_jobs(10) == []


def test_an_erased_owner_takes_their_exports_along(school: School) -> None:
    with tenant_context(school.north.id):
        tom = school.north.people["tom"]
        job = run(school, school.job(owner_id=tom.pk))
        asha = school.north.principal("asha")
        erase_person(principal=asha, person_id=tom.pk, reason="Left", confirm="tom")
        assert not ExportJob.objects.filter(pk=job.pk).exists()
        file = File.objects.get(pk=job.file_id)
    assert (file.owner_id, file.is_kept, file.name) == (None, False, "")
