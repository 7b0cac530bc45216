"""Notifications end to end: from the call to the inbox, and to a mail server's memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from smtplib import SMTP
from typing import Any

from benchmarks.report import Line, once
from benchmarks.world import World
from tests.support.database import ROOT
from tests.support.mailserver import MailServer
from tests.support.services import redis_url

PEOPLE = 50_000
MESSAGES = 6_000
DIGESTS = (1_000, 10_000)
PER_SECOND = {"IN_APP": 300, "EMAIL": 150}
SHARE_OF_BARE = 0.6
"""Of what smtplib alone reaches: enough where the machine is too slow for 150 a second."""
WORKERS = 2


def measure(world: World) -> Iterator[Line]:
    from django.conf import settings

    settings.REDIS_URL = redis_url()
    settings.DEBUG = False  # development remembers every statement
    with MailServer(keep_bodies=False) as mail:
        school = _school()
        seconds = _bulk(school)
        yield Line(f"send_bulk to {PEOPLE:,} people: the call", seconds, 1.0, 1.0)
        seconds = _expansion(school)
        yield Line("  its longest transaction", seconds, 1.0, 1.0)
        _clear(school)
        with _workers(world, mail):
            in_app = _end_to_end(school, "IN_APP")
            yield Line("in-app, end to end, each", in_app, 1 / PER_SECOND["IN_APP"], 1.0)
            email = _end_to_end(school, "EMAIL")
        bare = _bare(mail)
        small, large = (_digest_peak(world, people) for people in DIGESTS)
        what = f"digests of {DIGESTS[1]:,} people: peak memory over {DIGESTS[0]:,}'s"
        floor = max(1 / PER_SECOND["EMAIL"], bare / SHARE_OF_BARE)
        yield Line("e-mail, end to end, each", email, floor, 1.0)
        yield Line(what, large, small, 1.5, unit="MiB")


def _school(slug: str = "mail", count: int = PEOPLE) -> tuple[int, list[int]]:
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.institutions.models import Institution
    from optilearn.institutions.services import change_setting
    from optilearn.people.models import Person

    institution = Institution.objects.create(slug=slug, crm_id=slug, name="Mail")
    with tenant_context(institution.pk):
        quiet = {"enabled": False, "start": "21:00", "end": "07:00"}
        change_setting(key="notifications", change=lambda _: {"quietHours": quiet})
        rows = Person.objects.bulk_create(
            (
                Person(kind="STUDENT", role="STUDENT", crm_id=f"m{n}", code=f"m{n}",
                       name=f"Person {n}", email=f"m{n}@example.org")
                for n in range(count)
            ),
            batch_size=5_000,
        )  # fmt: skip
    return institution.pk, [row.pk for row in rows]


def _data(key: str, n: int) -> dict[str, Any]:
    from optilearn.notifications.registry import definition_of

    return dict(definition_of(key).example) | {"courseId": n}


def _bulk(school: tuple[int, list[int]]) -> float:
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.notifications import services

    institution_id, people = school
    key = "ENROLL_COURSE_PUBLISHED"
    with tenant_context(institution_id):
        return once(lambda: services.send_bulk(key=key, to=people, data=_data(key, 1)))


def _expansion(school: tuple[int, list[int]]) -> float:
    """The longest of the transactions that write the rows of 50,000 people."""
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.notifications.delivery import expansion

    longest, more = 0.0, True
    with tenant_context(school[0]):
        while more:
            began = time.perf_counter()
            more = expansion._expand_next()
            longest = max(longest, time.perf_counter() - began)
    return longest


def _clear(school: tuple[int, list[int]]) -> None:
    from django.db import connection, transaction

    from optilearn.core.tenancy.context import tenant_context

    with tenant_context(school[0]), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM notifications_delivery")
        cursor.execute("DELETE FROM notifications_notification")


@contextmanager
def _workers(world: World, mail: MailServer) -> Iterator[None]:
    environment = os.environ | world.database.environment() | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "REDIS_URL": redis_url(),
        "SMTP_URL": mail.url,
        "SMTP_PER_SECOND": "100000",
        "NOTIFY_SWEEP_SECONDS": "2",
    }  # fmt: skip
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "worker.app", "--quiet", "worker"),
                *("--hostname", f"bench{n}@%h", "--concurrency", "1", "--loglevel", "ERROR"),
                *("--without-gossip", "--without-mingle"),
            ],
            env=environment,
            cwd=ROOT,
        )
        for n in range(WORKERS)
    ]
    try:
        time.sleep(8)  # they are up, as they are all day
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def _end_to_end(school: tuple[int, list[int]], channel: str) -> float:
    """Seconds a message, from the first call to the last that arrived, sent while it is emptied."""
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.notifications import services
    from optilearn.notifications.models import Delivery, Preference

    institution_id, people = school
    key = "DISCUSSION_REPLY" if channel == "IN_APP" else "ASSESS_RETURNED"
    names = ("email", "push", "in_app")
    only = {name: name.upper() == channel for name in names}
    chosen = people[: MESSAGES // 2]
    with tenant_context(institution_id):
        Preference.objects.bulk_create(Preference(person_id=p, key=key, **only) for p in chosen)
        began = time.perf_counter()
        for n in (1, 2):
            data = _data(key, n)
            for start in range(0, len(chosen), 50):
                services.send(key=key, to=chosen[start : start + 50], data=data)
        rows = Delivery.objects.filter(key=key, channel=channel, status="SENT")
        while (done := rows.count()) < MESSAGES:
            time.sleep(0.05)
        assert done == MESSAGES
        return (time.perf_counter() - began) / MESSAGES


def _digest_peak(world: World, count: int) -> float:
    """MiB that making the digests of so many people takes at most, all at their hour."""
    from optilearn.core.clock import frozen, now
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.notifications import services
    from optilearn.notifications.delivery.expansion import expand
    from optilearn.notifications.digests.services import send_due_digests

    institution_id, people = _school(f"digests{count}", count)
    key = "DISCUSSION_REPLY"
    with tenant_context(institution_id):
        for n in range(3):
            services.queue_for_digest(key=key, to=people, data=_data(key, n))
        expand(seconds=600)
        with world.superuser() as admin:
            admin.execute("ANALYZE")
        with frozen(now() + timedelta(days=1)):
            tracemalloc.start()
            sent = send_due_digests()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert sent == count
    return peak / 2**20


def _bare(mail: MailServer) -> float:
    """Seconds a message that smtplib takes to hand over what we send, one after the other."""
    head = "From: a@example.org\r\nTo: {}\r\nSubject: Returned\r\nMIME-Version: 1.0\r\n\r\n"
    body = "A line of seventy letters, as there are some in every mail that is sent. \r\n" * 60
    client = SMTP("127.0.0.1", mail.port)

    def send(n: int) -> None:
        to = f"m{n}@example.org"
        client.sendmail("a@example.org", [to], head.format(to) + body)

    seconds = once(lambda: [send(n) for n in range(1_000)])
    client.quit()
    return seconds / 1_000
