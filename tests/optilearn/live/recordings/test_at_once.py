"""Hosts, schools, reports and workers at the same time: one job, one file, one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pytest_django.plugin import DjangoDbBlocker

from optilearn.core import clock
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.files import services as files
from optilearn.live.models import JibriLease, LiveClass, Recording
from optilearn.live.recordings.services import (
    Announcement,
    file_arrived,
    offer_upload,
    run_recordings,
    start,
    stop,
)
from optilearn.notifications.models import Notification
from tests.support.at_once import at_once, committed_twins
from tests.support.jibri import MP4, JibriServer
from tests.support.recordings import recorders
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 3
Twins = tuple[Twin, Twin]


@pytest.fixture(scope="module")
def both(django_db_blocker: DjangoDbBlocker) -> Iterator[Twins]:
    with committed_twins("recordings", django_db_blocker) as twins:
        yield twins


@pytest.fixture
def jibri(settings: Any, tmp_path: Path) -> Iterator[JibriServer]:
    with JibriServer() as server:
        for name, value in recorders([server]).items():
            setattr(settings, name, value)
        settings.FILES_URL = (tmp_path / "files").as_uri()
        yield server


def a_class(twin: Twin) -> int:
    """A class that has begun."""
    now = clock.now()
    with tenant_context(twin.id):
        return LiveClass.objects.create(
            course=twin.courses["MATH"],
            title="Fractions",
            starts_at=now,
            ends_at=now.replace(year=now.year + 1),
            host=twin.people["tom"],
            room=uuid4().hex,
            status="LIVE",
            started_at=now,
        ).pk


def test_of_two_hosts_one_records(both: Twins, jibri: JibriServer) -> None:
    twin, _ = both
    for number in range(ROUNDS):
        key = a_class(twin)
        hosts = [twin.principal("tom"), twin.principal("asha")]
        answers = at_once(twin, [partial(start, principal=who, class_id=key) for who in hosts])
        assert sorted(one.already for one in answers) == [False, True]
        assert len({one.recording_id for one in answers}) == 1
        assert len(jibri.jobs) == number + 1
        stops = [partial(stop, principal=who, class_id=key) for who in hosts]
        assert at_once(twin, stops) == [None, None]
        assert jibri.job is None
        assert not JibriLease.objects.exists()


def test_of_two_schools_one_gets_the_jibri(both: Twins, jibri: JibriServer) -> None:
    for _ in range(ROUNDS):
        keys = [a_class(twin) for twin in both]

        def record(twin: Twin, key: int) -> object:
            with tenant_context(twin.id):
                return start(principal=twin.principal("tom"), class_id=key)

        jobs = [partial(record, twin, key) for twin, key in zip(both, keys, strict=True)]
        answers = at_once(both[0], jobs)
        refused = [one for one in answers if isinstance(one, AppError)]
        assert [one.code for one in refused] == ["SERVICE_UNAVAILABLE"], answers
        for twin, key in zip(both, keys, strict=True):
            with tenant_context(twin.id):
                stop(principal=twin.principal("tom"), class_id=key)
        assert (jibri.job, JibriLease.objects.count()) == (None, 0)


def test_a_report_from_many_requests_is_one_recording_and_one_message(
    both: Twins, jibri: JibriServer
) -> None:
    twin, _ = both
    key = a_class(twin)
    with tenant_context(twin.id):
        start(principal=twin.principal("tom"), class_id=key)
        session_id = Recording.objects.get(live_class_id=key).session_id
    announced = Announcement(session_id, "video/mp4", len(MP4))
    offers = at_once(twin, [partial(offer_upload, announced)] * 4)
    assert not [one for one in offers if isinstance(one, Exception)], offers
    with tenant_context(twin.id):
        recording = Recording.objects.get(live_class_id=key)
        assert files.File.objects.filter(category="recordings", status="PENDING").count() == 1
        row = files.File.objects.get(pk=recording.upload_id)
        target = Path(files.store().path_of(row.key))  # type: ignore[attr-defined]
        target.parent.mkdir(parents=True)
        target.write_bytes(MP4)
    jobs: list[Any] = [partial(file_arrived, session_id)] * 4
    jobs += [run_recordings, partial(stop, principal=twin.principal("tom"), class_id=key)]
    assert Counter(at_once(twin, jobs)) == {True: 4, None: 2}
    with tenant_context(twin.id):
        assert Recording.objects.get(live_class_id=key).status == "READY"
        told = Notification.objects.filter(key="LIVE_CLASS_RECORDING_READY")
        assert told.filter(data__sessionId=key).count() == 1


def test_a_stop_during_the_start_leaves_no_jibri_at_work(both: Twins, jibri: JibriServer) -> None:
    twin, _ = both
    tom, asha = twin.principal("tom"), twin.principal("asha")
    for _ in range(ROUNDS):
        key = a_class(twin)
        jobs = [
            partial(start, principal=tom, class_id=key),
            partial(stop, principal=asha, class_id=key),
        ]
        answers = at_once(twin, jobs)
        assert not [one for one in answers if isinstance(one, Exception)], answers
        with tenant_context(twin.id):
            is_recording = Recording.objects.get(live_class_id=key).status == "RECORDING"
        assert (jibri.job is not None) == is_recording == JibriLease.objects.exists()
        with tenant_context(twin.id):
            stop(principal=tom, class_id=key)
