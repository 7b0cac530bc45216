"""A stored file shows what its reader may still see, or doesn't open."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.analytics.reach import Reach, covers
from optilearn.analytics.sql.policies import SqlAccess
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.files.models import File
from optilearn.files.selectors import file_url
from optilearn.notifications.delivery.attachments import attachments_of
from optilearn.people.models import Person
from reports.contracts import Scope, ScopeKind
from tests.optilearn.exports.conftest import Exporter
from tests.optilearn.schedules.support import MONDAY, run_at, scheduled, sent
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
ALL = Scope(1, ScopeKind.INSTITUTION)


def taught(*ids: int) -> Scope:
    return Scope(1, ScopeKind.OWN_COURSES, course_ids=ids)


def becomes(twin: Twin, name: str, role: str) -> None:
    with tenant_context(twin.id):
        Person.objects.filter(pk=twin.people[name].pk).update(role=role)
        twin.people[name].refresh_from_db()


def leaves(twin: Twin, code: str, successor: str) -> None:
    """The course is somebody else's from now on."""
    with tenant_context(twin.id):
        owner = twin.people[successor]
        Course.objects.filter(pk=twin.courses[code].pk).update(creator_id=owner.pk)
        twin.courses[code].co_teachers.all().delete()


@pytest.mark.parametrize(
    ("today", "written", "expected"),
    [
        (ALL, taught(1), True), (taught(1), ALL, False), (ALL, ALL, True),
        (taught(1, 2), taught(2), True), (taught(1, 2), taught(2, 3), False),
        (taught(), taught(1), False),
        (Scope(1, ScopeKind.CHILDREN, person_ids=(7,)), Scope(1, ScopeKind.SELF, person_ids=(7,)),
         False),
        (Scope(2, ScopeKind.INSTITUTION), ALL, False),
    ],
)  # fmt: skip
def test_a_scope_covers_what_is_within_it(today: Scope, written: Scope, expected: bool) -> None:
    assert covers(today, written) is expected
    assert Reach(today, SqlAccess.NAMED).covers(Reach(written)) is expected
    assert not Reach(today).covers(Reach(written, SqlAccess.MASKED))
    reach = Reach(written, SqlAccess.MASKED)
    assert Reach.of_record(written.institution_id, reach.to_record()) == reach


def test_an_export_doesnt_open_for_its_owner_who_may_see_less(asha: Exporter) -> None:
    export = asha.done("csv")
    asha.url(export)
    becomes(asha.twin, "asha", "TEACHER")
    token = token_of(asha.twin, "asha")
    for path in (
        f"/api/analytics/exports/{export['id']}/url",
        f"/api/files/{export['fileId']}/url",
    ):
        status, body = call("GET", path, token=token)
        assert (status, body["error"]["code"]) == (403, "FORBIDDEN")
    becomes(asha.twin, "asha", "FINANCE")
    asha.url(export)  # the whole institution again


def test_a_teachers_file_opens_while_its_courses_are_theirs(asha: Exporter) -> None:
    tom = Exporter(asha.twin, "tom")
    export = tom.done("csv")
    tom.url(export)
    leaves(asha.twin, "MATH", "uma")
    assert tom.call("GET", f"/{export['id']}/url")[0] == 403
    with tenant_context(asha.twin.id):  # an administrator's reach covers every teacher's
        assert file_url(asha.twin.principal("asha"), export["fileId"])["url"]


def test_what_was_sent_doesnt_open_for_who_may_see_less(asha: Exporter) -> None:
    north = asha.twin
    scheduled(north, "asha", "tom")
    run_at(north, MONDAY)
    messages = sent(north)
    assert [len(attached(north, m)) for m in messages] == [1, 1]
    becomes(north, "asha", "TEACHER")
    leaves(north, "MATH", "uma")
    for name, message in zip(("asha", "tom"), messages, strict=True):
        path = "/api/analytics" + message["downloadUrl"].split("/api/analytics")[1]
        status, _ = call("GET", path, token=token_of(north, name))
        assert status == 403, name
        assert attached(north, message) == ()  # the mail that waited goes without it


def attached(twin: Twin, message: dict[str, Any]) -> Any:
    with tenant_context(twin.id):
        return attachments_of(message, message["to"][0])


def test_a_copy_with_names_is_closed_to_who_sees_none(asha: Exporter) -> None:
    north = asha.twin
    path = "/api/analytics/snapshots/newest/download?format=parquet"
    found = {}
    for name in ("asha", "anil"):
        status, body = call("POST", path, token=token_of(north, name))
        assert status == 201, body
        found[name] = f"/api/files/{body['data']['fileId']}/url"

    def opened(name: str, path: str) -> int:
        return call("GET", path, token=token_of(north, name))[0]

    assert opened("asha", found["asha"]) == opened("anil", found["anil"]) == 200
    assert opened("paul", found["anil"]) == 403  # an administrator, but none who reads SQL
    becomes(north, "asha", "ANALYST")
    assert opened("asha", found["asha"]) == 403
    becomes(north, "anil", "FINANCE")
    assert opened("anil", found["anil"]) == 403


def test_a_file_without_a_record_opens_for_the_widest_alone(asha: Exporter) -> None:
    tom = Exporter(asha.twin, "tom")
    export = tom.done("csv")
    with tenant_context(asha.twin.id):
        File.objects.filter(pk=export["fileId"]).update(reach=None)
    assert tom.call("GET", f"/{export['id']}/url")[0] == 403
