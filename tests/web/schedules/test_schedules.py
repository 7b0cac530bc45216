"""Pages of schedules: a form that reads as a sentence, its preview, history, what was received."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.models import Occurrence, Schedule
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import saved_board, tile
from tests.optilearn.schedules.support import MONDAY, run_at, saved_report, scheduled
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
SignIn = Callable[..., Client]
HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_URL = (tmp_path / "files").as_uri()


def form(item: int, **more: Any) -> dict[str, Any]:
    """What the form sends: every Monday at 08:00, to the reader."""
    return {
        "item": item, "name": "Weekly", "format": ["csv"], "me": "yes", "trigger": "TIME",
        "every": "WEEK", "day": ["MO"], "weeks": "1", "at": "08:00", "split": "NONE",
        "on_empty": "SEND", "on_stale": "BANNER", "stale_hours": "6", "wait_hours": "6", **more,
    }  # fmt: skip


def asked(queries: CaptureQueriesContext) -> int:
    """The queries of a page, but those for the institution's zone."""
    return sum("institutions_institution" not in one["sql"] for one in queries)


def schedules(twin: Twin) -> int:
    with tenant_context(twin.id):
        return Schedule.objects.count()


def only_schedule(twin: Twin) -> Schedule:
    with tenant_context(twin.id):
        return Schedule.objects.select_related("item").get()


def test_the_form_creates_what_it_says(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = saved_report(north)
    asha = sign_in("asha")
    page = asha.get(f"/schedules/new?report={item}").content.decode()
    assert "Enrollments by student" in page
    assert 'name="filter:course.code"' in page
    response = asha.post(
        "/schedules/new",
        form(
            item,
            role=["TEACHER"],
            people_text="lena",
            day=["MO", "WE"],
            holidays="yes",
            ends="2027-06-30",
            note="Hello {{ recipientName }}",
            **{"filter:course.code": "MATH, ART"},
        ),
    )
    row = only_schedule(north)
    assert (response.status_code, response["Location"]) == (303, f"/schedules/{row.pk}")
    assert row.rule.startswith("FREQ=WEEKLY;BYDAY=MO,WE;")
    assert row.skips_holidays
    assert row.filters == [{"field": "course.code", "op": "in", "value": ["MATH", "ART"]}]
    assert row.recipients == [
        {"kind": "PERSON", "id": north.people["lena"].pk},
        {"kind": "PERSON", "id": north.people["asha"].pk},
        {"kind": "ROLE", "role": "TEACHER"},
    ]
    detail = asha.get(f"/schedules/{row.pk}").content.decode()
    assert "Every Monday and Wednesday at 08:00, not on holidays, until 30 June 2027" in detail
    assert "MATH, ART" in detail


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        ({"every": "DAY"}, "FREQ=DAILY"),
        ({"every": "WEEK", "day": ["TU"], "weeks": "2"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        ({"every": "MONTHDAY", "month_day": "15"}, "FREQ=MONTHLY;BYMONTHDAY=15"),
        ({"every": "MONTHDAY", "month_day": "31"}, "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31"),
        ({"every": "MONTHLAST"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ({"every": "LASTWEEKDAY"}, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ({"every": "RULE", "rule": "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1"}, "FREQ=YEARLY;BYMONTH=6"),
    ],
)
def test_the_choices_come_back_as_they_were_made(
    twins: Twins, sign_in: SignIn, chosen: dict[str, Any], rule: str
) -> None:
    north, _ = twins
    asha = sign_in("asha")
    assert asha.post("/schedules/new", form(saved_report(north), **chosen)).status_code == 303
    row = only_schedule(north)
    assert row.rule.startswith(rule)
    page = asha.get(f"/schedules/{row.pk}/edit").content.decode()
    assert f'<option value="{chosen["every"]}" selected' in page
    for name in ("weeks", "month_day"):
        if name in chosen:
            assert f'id="{name}" name="{name}" type="number"' in page
            assert f'value="{chosen[name]}"' in page


def test_what_was_typed_stays_when_something_is_wrong(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = saved_report(north)
    response = sign_in("asha").post(
        "/schedules/new", form(item, name=" ", note="Hi {{ nobody }}", people_text="nobody-7")
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "Nobody has the code or address “nobody-7”." in page
    assert "Hi {{ nobody }}" in page
    assert 'value="nobody-7"' in page
    response = sign_in("asha").post("/schedules/new", form(item, note="Hi {{ nobody }}"))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#note"' in page
    assert not schedules(north)


def test_adding_and_removing_people_without_a_script(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item, tom = saved_report(north), north.people["tom"].pk
    asha = sign_in("asha")
    page = asha.post("/schedules/new", form(item, people_text="tom", do="add")).content.decode()
    assert f'name="person" value="{tom}"' in page
    response = asha.post("/schedules/new", form(item, person=[tom], do=f"remove-{tom}"))
    assert response.status_code == 200
    assert f'name="person" value="{tom}"' not in response.content.decode()


def test_the_preview_says_who_would_get_what(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    asha = sign_in("asha")
    sent = form(saved_report(north), role=["STUDENT"])
    page = asha.post("/run/schedule-preview", sent, headers=HX).content.decode()
    assert "<html" not in page
    assert "Every Monday at 08:00" in page
    assert "4 recipients" in page
    assert "4 scopes" in page
    assert "1 would get an empty file" in page
    assert page.count("<time") == 10
    # Without a report, and without a script: the times alone, on a page of their own.
    page = asha.post("/run/schedule-preview", form(0) | {"item": ""}).content.decode()
    assert "<html" in page
    assert "Choose a report or dashboard to see who would get what." in page
    assert not schedules(north)


@pytest.mark.parametrize(
    ("on_empty", "plan", "policy"),
    [
        ("SEND", "2 files|1 would get an empty file", "Who has no rows gets the empty file."),
        (
            "NO_FILE",
            "1 file<|1 would get the message without a file",
            "Who has no rows gets the message without a file.",
        ),
        ("SKIP", "1 file<|1 would get nothing", "Who has no rows gets nothing."),
    ],
)
def test_what_happens_without_rows_is_said_before_and_after(
    twins: Twins, sign_in: SignIn, on_empty: str, plan: str, policy: str
) -> None:
    north, _ = twins
    asha = sign_in("asha")
    sent = form(saved_report(north), people_text="uma", on_empty=on_empty)
    page = asha.post("/run/schedule-preview", sent, headers=HX).content.decode()
    assert all(text in page for text in plan.split("|"))
    assert asha.post("/schedules/new", sent).status_code == 303
    detail = asha.get(f"/schedules/{only_schedule(north).pk}").content.decode()
    assert policy in detail
    assert "if the data is older than 6 hours." in detail


def test_only_some_send_to_others(twins: Twins, sign_in: SignIn) -> None:
    north, south = twins
    item = saved_report(north)
    page = sign_in("tom").get(f"/schedules/new?report={item}").content.decode()
    assert "Your role schedules reports for yourself." in page
    response = sign_in("tom").post("/schedules/new", form(item, role=["TEACHER"]))
    assert response.status_code == 422
    assert "You can schedule reports for yourself only." in response.content.decode()
    assert sign_in("lena").get("/schedules").status_code == 403
    assert sign_in("lena").get("/schedules/received").status_code == 200
    other = saved_report(south)
    response = sign_in("asha").post("/schedules/new", form(other))
    assert response.status_code in {404, 422}
    assert not schedules(north)


def test_history_recipients_and_what_was_received(twins: Twins, sign_in: SignIn) -> None:
    north, south = twins
    row = scheduled(north, "tom", "sven", on_empty="SKIP")
    (run,) = run_at(north, MONDAY)
    asha = sign_in("asha")
    detail = asha.get(f"/schedules/{row.pk}").content.decode()
    assert "1 sent, 1 not sent" in detail
    people = asha.get(f"/schedules/{row.pk}/runs/{run.pk}").content.decode()
    assert "Sven" in people
    assert "There were no rows." in people
    received = sign_in("tom").get("/schedules/received").content.decode()
    assert "CSV" in received
    assert "New" in received
    with tenant_context(north.id):
        delivery = run.recipients.get(person=north.people["tom"]).pk
    opened = sign_in("tom").get(f"/schedules/received/{delivery}/csv")
    assert opened.status_code == 302
    assert sign_in("asha").get(f"/schedules/received/{delivery}/csv").status_code == 404
    for path in (f"/schedules/{row.pk}", f"/schedules/{row.pk}/runs/{run.pk}"):
        assert sign_in("asha", twin=1).get(path).status_code == 404
    other = scheduled(north, "uma")
    for answer in (
        asha.get(f"/schedules/{other.pk}/runs/{run.pk}"),
        asha.post(f"/schedules/{other.pk}/runs/{run.pk}/again/{delivery}"),
    ):
        assert answer.status_code == 404  # a run stands below its own schedule alone
    again = asha.post(f"/schedules/{row.pk}/runs/{run.pk}/again/{delivery}")
    assert again.status_code == 303
    with tenant_context(north.id):
        assert Occurrence.objects.filter(kind="AGAIN").count() == 1
    assert south.id != north.id


def test_who_has_no_schedule_is_led_to_what_was_sent(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    tom = sign_in("tom")
    assert "Nothing is sent yet" in tom.get("/schedules").content.decode()
    scheduled(north, "tom", "sven", on_empty="SKIP")
    (run,) = run_at(north, MONDAY)
    page = tom.get("/schedules").content.decode()
    assert "Nothing is sent yet" not in page
    assert "1 report was sent to you." in page
    assert "1 new</span>" in page
    assert 'class="button primary" href="/schedules/received"' in page
    assert "No schedule fits" in tom.get("/schedules?q=other").content.decode()
    with tenant_context(north.id):
        delivery = run.recipients.get(person=north.people["tom"]).pk
    tom.get(f"/schedules/received/{delivery}/csv")
    assert "1 new</span>" not in tom.get("/schedules").content.decode()
    # Nobody else's: neither who got nothing nor the owner.
    assert "sent to you" not in sign_in("sven").get("/schedules").content.decode()
    assert "1 new</span>" not in sign_in("asha").get("/schedules").content.decode()


def test_the_actions(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    row = scheduled(north, "tom")
    asha = sign_in("asha")
    base = f"/schedules/{row.pk}"
    for name, state in (("pause", "PAUSED"), ("resume", "ACTIVE")):
        assert asha.post(f"{base}/{name}").status_code == 303
        assert only_schedule(north).status == state
    for name, kind in (("test", "TEST"), ("run", "NOW")):
        assert asha.get(f"{base}/{name}").status_code == 405
        asha.post(f"{base}/{name}")
        with tenant_context(north.id):
            assert Occurrence.objects.filter(kind=kind).count() == 1
    asha.post(f"{base}/run")
    assert "This report is still being sent." in asha.get(base).content.decode()
    sita = sign_in("sita")
    assert "Take over" in sita.get(base).content.decode()
    sita.post(f"{base}/take-over")
    assert only_schedule(north).owner_id == north.people["sita"].pk
    assert "Delete “Enrollments”?" in sita.get(base).content.decode()
    assert sita.post(f"{base}/delete")["Location"] == "/schedules"
    assert "“Enrollments” was deleted." in sita.get("/schedules").content.decode()


def test_a_change_that_came_second_is_told(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    row = scheduled(north, "tom")
    asha = sign_in("asha")
    sent = form(row.item_id, version="1", name="Mine")
    assert asha.post(f"/schedules/{row.pk}/edit", sent).status_code == 303
    second = asha.post(f"/schedules/{row.pk}/edit", sent | {"name": "Theirs"})
    assert second.status_code == 422
    assert "Somebody changed this schedule meanwhile." in second.content.decode()
    assert only_schedule(north).name == "Mine"


def test_the_list_filters_by_its_address_in_few_queries(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = saved_report(north)
    for number in range(4):
        scheduled(north, "tom", item=item, name=f"Number {number}")
    run_at(north, MONDAY)
    asha = sign_in("asha")
    page = asha.get("/schedules?q=number+2").content.decode()
    assert "Number 2" in page
    assert "Number 1" not in page
    assert "No schedule fits" in asha.get("/schedules?state=PAUSED").content.decode()
    part = asha.get("/schedules?state=ACTIVE", headers=HX).content.decode()
    assert "<html" not in part
    with CaptureQueriesContext(connection) as few:
        asha.get("/schedules?q=number+2", headers=HX)
    with CaptureQueriesContext(connection) as many:
        asha.get("/schedules", headers=HX)
    assert asked(many) - asked(few) <= 3


def test_a_dashboard_has_its_own_formats_and_filters(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    board = saved_board(north, "asha", tile("one"), filters=[{"key": "term"}, {"key": "dateRange"}])
    page = sign_in("asha").get(f"/schedules/new?dashboard={board['id']}").content.decode()
    assert 'name="filter:term"' in page
    assert 'name="filter:dateRange"' in page
    assert 'value="pdf"' in page
    assert 'value="csv"' not in page
    assert 'name="split"' not in page


def test_it_speaks_hindi(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    row = scheduled(north, "tom")
    page = sign_in("asha", language="hi").get(f"/schedules/{row.pk}").content.decode()
    assert "सोमवार" in page
