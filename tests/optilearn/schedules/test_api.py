"""Schedules over HTTP: saving, previewing, changing at once, opening what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from optilearn.analytics.models import OccurrenceRecipient, SavedItem, Schedule
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Holiday
from tests.optilearn.schedules.support import MONDAY, run_at, saved_report, scheduled
from tests.support.client import bearer, call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PATH = "/api/analytics/schedules"


def body(twin: Twin, *people: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "Enrollments",
        "savedItemId": more.pop("item", None) or saved_report(twin),
        "timing": {"rule": "FREQ=WEEKLY;BYDAY=MO", "startsAt": "2026-11-30T08:00"}
        | more.pop("timing", {}),
        "recipients": [{"kind": "PERSON", "id": twin.people[p].pk} for p in people],
        "formats": ["csv"],
        **more,
    }


def ask(twin: Twin, person: str, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
    return call(method, PATH + path, token=token_of(twin, person), body=body)


def test_a_schedule_is_saved_and_says_what_it_does(twins: Twins) -> None:
    north, south = twins
    status, answer = ask(north, "asha", "POST", body=body(north, "tom", "uma"))
    assert status == 201
    saved = answer["data"]
    assert saved["words"] == {"en": "Every Monday at 08:00", "hi": "हर सोमवार 08:00 बजे"}
    assert saved["timing"]["startsAt"].startswith("2026-11-30T08:00")
    assert len(saved["nextRuns"]) == 10
    assert (saved["status"], saved["owner"]["name"]) == ("ACTIVE", "Asha")
    path = f"/{saved['id']}"
    assert ask(north, "asha", "GET", path)[1]["data"]["name"] == "Enrollments"
    assert ask(north, "anil", "GET", path)[0] == 404
    assert ask(south, "asha", "GET", path)[0] == 404
    assert [row["id"] for row in ask(north, "sita", "GET")[1]["data"]] == [saved["id"]]
    assert ask(north, "anil", "GET")[1]["data"] == []
    assert ask(north, "asha", "DELETE", path)[0] == 200
    assert ask(north, "asha", "GET", path)[0] == 404


def test_the_preview_counts_recipients_scopes_and_who_gets_nothing(twins: Twins) -> None:
    north, _ = twins
    wanted = body(north, "asha", "anil", "tom", "uma", "lena")
    wanted["recipients"] += [
        {"kind": "ROLE", "role": "LIBRARIAN"},
        {"kind": "CLASS", "classId": "x"},
    ]
    status, answer = ask(north, "asha", "POST", "/preview", wanted)
    assert status == 200
    plan = answer["data"]
    assert (plan["recipients"], plan["scopes"], plan["queries"], plan["empty"]) == (6, 4, 4, 1)
    assert (plan["files"], plan["notFound"]) == (6, ["x"])
    assert len(plan["nextRuns"]) == 10
    with tenant_context(north.id):
        assert not Schedule.objects.exists()


@pytest.mark.parametrize(("on_empty", "files"), [("SEND", 6), ("NO_FILE", 4), ("SKIP", 4)])
def test_the_preview_counts_the_files_that_would_be_sent(
    twins: Twins, on_empty: str, files: int
) -> None:
    north, _ = twins
    wanted = body(north, "asha", "tom", "lena", onEmpty=on_empty, formats=["csv", "xlsx"])
    wanted["recipients"][2]["id"] = north.people["uma"].pk  # teaches nothing: no row
    plan = ask(north, "asha", "POST", "/preview", wanted)[1]["data"]
    assert (plan["recipients"], plan["files"], plan["empty"]) == (3, files, 1)


@pytest.mark.parametrize(
    ("more", "status", "code", "path"),
    [
        ({"timing": {"rule": "FREQ=MINUTELY"}}, 400, "VALIDATION_ERROR", "/timing/rule"),
        ({"timing": {"rule": ""}}, 400, "VALIDATION_ERROR", "/timing/rule"),
        ({"timing": {"endsOn": "2026-01-01"}}, 400, "VALIDATION_ERROR", "/timing"),
        ({"timing": {"startsAt": "2030-01-01T08:00", "onlyInTerms": True}}, 400,
         "VALIDATION_ERROR", "/timing"),
        ({"subject": "{{ nothing }}"}, 400, "VALIDATION_ERROR", "/subject"),
        ({"note": "{% if %}"}, 400, "VALIDATION_ERROR", "/note"),
        ({"formats": ["docx"]}, 400, "VALIDATION_ERROR", "/formats/0"),
        ({"recipients": []}, 400, "VALIDATION_ERROR", "/recipients"),
        ({"filters": [{"field": "student.code", "op": "eq", "value": "lena"}]}, 422,
         "REPORT_INVALID", "/filters/0/field"),
        ({"filters": [{"op": "eq"}]}, 400, "VALIDATION_ERROR", "/filters/0/field"),
        ({"timing": {"startsAt": "9999-12-31T23:59"}}, 400, "VALIDATION_ERROR", "/timing/startsAt"),
        ({"timing": {"startsAt": "0001-01-01T00:00:00+14:00"}}, 400, "VALIDATION_ERROR",
         "/timing/startsAt"),
        ({"timing": {"endsOn": "9999-12-31"}}, 400, "VALIDATION_ERROR", "/timing/endsOn"),
        ({"filters": {"term": "2026A"}}, 400, "VALIDATION_ERROR", "/filters"),
        ({"savedItemId": 999_999}, 404, "NOT_FOUND", None),
    ],
)  # fmt: skip
def test_what_is_refused_says_where(
    twins: Twins, more: dict[str, Any], status: int, code: str, path: str | None
) -> None:
    north, _ = twins
    found, answer = ask(north, "asha", "POST", body=body(north, "asha", **more))
    assert (found, answer["error"]["code"]) == (status, code), answer
    if path is not None:
        assert answer["error"]["details"][0]["path"] == path


def test_a_report_without_the_field_cannot_be_split(twins: Twins) -> None:
    north, _ = twins
    item = saved_report(north, entity="staff", dimensions=["role"], measures=["staff.count"])
    status, answer = ask(north, "asha", "POST", body=body(north, "tom", item=item, split="CLASS"))
    assert (status, answer["error"]["details"][0]["code"]) == (422, "NO_SUCH_FIELD")


def test_a_teacher_schedules_for_themselves_alone(twins: Twins) -> None:
    north, _ = twins
    assert ask(north, "tom", "POST", body=body(north, "tom"))[0] == 201
    assert ask(north, "tom", "POST", body=body(north, "uma"))[0] == 403
    role = body(north) | {"recipients": [{"kind": "ROLE", "role": "TEACHER"}]}
    assert ask(north, "tom", "POST", body=role)[0] == 403
    assert ask(north, "lena", "POST", body=body(north, "lena"))[0] == 403


def test_people_of_another_institution_get_nothing(twins: Twins) -> None:
    north, south = twins
    stranger = body(north) | {"recipients": [{"kind": "PERSON", "id": south.people["tom"].pk}]}
    status, answer = ask(north, "asha", "POST", "/preview", stranger)
    assert (status, answer["data"]["recipients"]) == (200, 0)
    assert answer["data"]["notFound"] == [str(south.people["tom"].pk)]


def test_two_editors_get_a_conflict(twins: Twins) -> None:
    north, _ = twins
    saved = ask(north, "asha", "POST", body=body(north, "asha"))[1]["data"]
    change = body(north, "asha", name="First", version=saved["version"])
    status, answer = ask(north, "asha", "PUT", f"/{saved['id']}", change)
    assert (status, answer["data"]["name"]) == (200, "First")
    status, answer = ask(north, "asha", "PUT", f"/{saved['id']}", change | {"name": "Second"})
    assert (status, answer["error"]["details"]) == (409, {"version": saved["version"] + 1})
    assert ask(north, "sita", "PUT", f"/{saved['id']}", change)[0] == 403
    assert ask(north, "sita", "POST", f"/{saved['id']}/owner")[0] == 200
    again = change | {"version": saved["version"] + 2}
    assert ask(north, "sita", "PUT", f"/{saved['id']}", again)[0] == 200


def test_pausing_and_resuming(twins: Twins) -> None:
    north, _ = twins
    saved = ask(north, "asha", "POST", body=body(north, "asha"))[1]["data"]
    for verb, status in (("pause", "PAUSED"), ("pause", "PAUSED"), ("resume", "ACTIVE")):
        assert ask(north, "asha", "POST", f"/{saved['id']}/{verb}")[1]["data"]["status"] == status


def test_a_file_opens_for_its_recipient_alone(twins: Twins) -> None:
    north, south = twins
    scheduled(north, "tom", "lena")
    (run,) = run_at(north, MONDAY)
    with tenant_context(north.id):
        rows = {r.person.code: r.pk for r in OccurrenceRecipient.objects.select_related("person")}
    address = f"/api/analytics/deliveries/{rows['lena']}/files/csv"
    for twin, person in ((north, "tom"), (north, "asha"), (south, "lena")):
        assert call("GET", address, token=token_of(twin, person))[0] == 404
    client = Client(headers=bearer(token_of(north, "lena")))
    opened = client.get(address)
    assert opened.status_code == 302
    content = b"".join(client.get(opened["Location"]).streaming_content)
    assert b"lena" in content
    assert "मीरा".encode() not in content
    token = token_of(north, "lena")
    (received,) = call("GET", "/api/analytics/deliveries", token=token)[1]["data"]
    assert (received["rows"], received["openedAt"] is not None) == (1, True)
    assert received["files"][0]["url"].endswith(address)
    history = ask(north, "asha", "GET", f"/{run.schedule_id}/occurrences")[1]["data"]
    assert [(one["status"], one["counts"]["sent"]) for one in history] == [("DONE", 2)]
    path = f"/api/analytics/occurrences/{run.pk}/deliveries"
    listed = call("GET", path, token=token_of(north, "asha"))[1]["data"]
    assert [(one["person"]["name"], one["status"], one["rows"]) for one in listed] == [
        ("Tom", "SENT", 2), ("Lena", "SENT", 1),
    ]  # fmt: skip
    assert call("GET", path, token=token_of(south, "asha"))[0] == 404


def test_sending_again_to_one(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "tom", "lena")
    run_at(north, MONDAY)
    with tenant_context(north.id):
        first = OccurrenceRecipient.objects.get(person__code="lena")
    path = f"/api/analytics/deliveries/{first.pk}/send-again"
    assert call("POST", path, token=token_of(north, "anil"))[0] == 404
    with clock.frozen(MONDAY.replace(hour=22)):  # whenever the test runs
        assert call("POST", path, token=token_of(north, "asha"))[0] == 202
    runs = run_at(north, MONDAY.replace(hour=23))
    with tenant_context(north.id):
        again = OccurrenceRecipient.objects.filter(occurrence__kind="AGAIN")
        assert [(r.person_id, r.status) for r in again] == [(north.people["lena"].pk, "SENT")]
    assert len(runs) == 2


def test_holidays_are_the_schools(twins: Twins) -> None:
    north, south = twins
    days = [{"name": "Diwali", "startsOn": "2026-11-07", "endsOn": "2026-11-14"}]
    token = token_of(north, "asha")
    status, answer = call("PATCH", "/api/school", token=token, body={"holidays": days})
    assert (status, answer["data"]["holidays"]) == (200, days)
    wrong = [days[0] | {"endsOn": "2026-11-01"}]
    assert call("PATCH", "/api/school", token=token, body={"holidays": wrong})[0] == 400
    with tenant_context(south.id):
        assert not Holiday.objects.exists()


def test_lists_take_a_fixed_number_of_queries(
    twins: Twins, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    from optilearn.analytics.schedules import selectors
    from optilearn.analytics.schedules.schemas import SchedulesQuery
    from optilearn.core.http.pages import PageQuery

    north, _ = twins
    for _one in range(3):
        scheduled(north, "tom", "lena", "uma")
    (run, *_others) = run_at(north, MONDAY)
    asha = north.principal("asha")
    page = PageQuery(page=1, per_page=25)
    with tenant_context(north.id):
        with django_assert_num_queries(2):
            selectors.schedule_list(asha, SchedulesQuery(page=1, per_page=25))
        with django_assert_num_queries(4):
            selectors.delivery_list(asha, run.pk, page)
        with django_assert_num_queries(3):
            selectors.received_list(north.principal("tom"), page)


def test_a_report_that_was_never_published_goes_to_its_owner_alone(twins: Twins) -> None:
    north, _ = twins
    item = saved_report(north)
    with tenant_context(north.id):
        SavedItem.objects.filter(pk=item).update(published_version=None)
    status, answer = ask(north, "asha", "POST", body=body(north, "tom", item=item))
    assert (status, answer["error"]["details"][0]["code"]) == (400, "NOT_PUBLISHED")
    assert ask(north, "asha", "POST", body=body(north, "asha", item=item))[0] == 201


def test_a_report_of_an_earlier_time_is_not_scheduled(twins: Twins) -> None:
    north, _ = twins
    item = saved_report(north, asOf="2026-01-01")
    status, answer = ask(north, "asha", "POST", body=body(north, "asha", item=item))
    assert (status, answer["error"]["details"][0]["code"]) == (400, "AS_OF")
