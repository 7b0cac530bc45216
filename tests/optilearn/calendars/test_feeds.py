"""The feed for calendar programs, read by two libraries that are not ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from django.test import Client
from ical.calendar_stream import IcsCalendarStream

from optilearn.assessment.models import Assignment
from optilearn.calendars.models import CalendarFeed
from optilearn.core import clock
from optilearn.core.access.refusals import refusals
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.institutions.models import Holiday, Institution, Term
from optilearn.people.models import Person
from tests.support.client import bearer, call, token_of
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Iterator[Twin]:
    with clock.frozen(NOW), tenant_context(twins[0].id):
        yield twins[0]


def subscribe(twin: Twin, name: str = "lena", **headers: str) -> str:
    """Make an address; its path."""
    status, body = call(
        "POST", "/api/me/calendar-feed", token=token_of(twin, name), body={}, **headers
    )
    assert status == 201, body
    url = str(body["data"]["url"])
    assert url.startswith("http://testserver/api/calendars/")
    assert body["data"]["webcalUrl"] == url.replace("http:", "webcal:")
    return url.removeprefix("http://testserver")


def read(path: str, **headers: str) -> Any:
    return Client().get(path, headers=headers)


def events(path: str) -> dict[str, icalendar.Event]:
    """What both libraries read, by the beginning of the UID; they agree on every one."""
    response = read(path)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    text = response.content.decode()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    found = list(icalendar.Calendar.from_ical(response.content).walk("VEVENT"))
    others = {one.uid: one for one in IcsCalendarStream.calendar_from_ics(text).events}
    assert len(found) == len(others)
    for event in found:
        other = others[str(event["UID"])]
        assert event["DTSTART"].dt == other.dtstart
        assert str(event.get("SUMMARY", "")) == (other.summary or "")
        assert (event["SEQUENCE"], str(event["STATUS"])) == (other.sequence, other.status)
    return {str(event["UID"]).partition("@")[0]: event for event in found}


def sums() -> Assignment:
    return Assignment.objects.get(title="Sums")


def due(twin: Twin, name: str = "lena") -> str:
    return f"assignment-due-{sums().pk}-{twin.people[name].pk}"


def test_both_libraries_read_what_the_api_says(north: Twin) -> None:
    title = "निबंध; “पृथ्वी, जल\\वायु”, " * 6
    Assignment.objects.filter(title="Sums").update(title=title)
    Holiday.objects.create(name="", starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 4))
    _status, body = call(
        "GET", "/api/me/calendar?from=2025-12-01&to=2026-12-31", token=token_of(north, "lena")
    )
    path = subscribe(north)
    found = events(path)
    assert found.keys() == {one["id"] for one in body["data"]}
    for one in body["data"]:
        starts = found[one["id"]]["DTSTART"].dt
        if one["at"]:
            assert starts == datetime.fromisoformat(one["at"])
            assert str(found[one["id"]]["SUMMARY"]) == f"Due: {title}"
            assert str(found[one["id"]]["DESCRIPTION"]) == "Math for all"
        else:
            assert starts.isoformat() == one["startsOn"]
            ends = found[one["id"]]["DTEND"].dt - timedelta(days=1)
            assert ends.isoformat() == one["endsOn"]
    name = icalendar.Calendar.from_ical(read(path).content)["X-WR-CALNAME"]
    assert str(name) == "North"


def test_the_language_is_the_owner_s(north: Twin) -> None:
    Person.objects.filter(pk=north.people["lena"].pk).update(locale="hi")
    summary = str(events(subscribe(north))[due(north)]["SUMMARY"])
    assert summary.endswith(": Sums")
    assert not summary.startswith("Due")


def test_what_moves_keeps_its_name_and_counts_up(north: Twin) -> None:
    path = subscribe(north)
    first = events(path)[due(north)]
    again = events(path)[due(north)]
    assert first.to_ical() == again.to_ical()
    Assignment.objects.filter(pk=sums().pk).update(due_at=datetime(2026, 2, 3, 9, tzinfo=UTC))
    with clock.frozen(NOW + timedelta(hours=1)):
        moved = events(path)[due(north)]
    assert (first["SEQUENCE"], moved["SEQUENCE"]) == (0, 1)
    assert moved["DTSTART"].dt == datetime(2026, 2, 3, 9, tzinfo=UTC)
    assert moved["DTSTAMP"].dt == NOW + timedelta(hours=1)


def test_what_is_gone_is_cancelled_and_comes_back(north: Twin) -> None:
    path = subscribe(north)
    events(path)
    own = Enrollment.objects.filter(student=north.people["lena"])
    own.update(status=Enrollment.Status.WITHDRAWN)
    gone = events(path)[due(north)]
    assert (str(gone["STATUS"]), gone["SEQUENCE"], "SUMMARY" in gone) == ("CANCELLED", 1, False)
    with clock.frozen(NOW + timedelta(days=1)):
        assert events(path)[due(north)]["SEQUENCE"] == 1
    own.update(status=Enrollment.Status.ACTIVE)
    back = events(path)[due(north)]
    assert (str(back["STATUS"]), back["SEQUENCE"]) == ("CONFIRMED", 2)


def test_what_is_long_past_leaves_without_a_word(north: Twin) -> None:
    path = subscribe(north)
    assert due(north) in events(path)
    with clock.frozen(NOW + timedelta(days=120)):
        assert due(north) not in events(path)


def test_what_is_over_is_not_cancelled_wherever_the_school_is(north: Twin) -> None:
    """23:59 in New York is the next day in UTC."""
    Institution.objects.filter(pk=north.id).update(time_zone="America/New_York")
    Assignment.objects.filter(pk=sums().pk).update(due_at=datetime(2026, 2, 2, 4, 59, tzinfo=UTC))
    path = subscribe(north)
    events(path)
    for later in (12.5, 13, 73, 74):  # days after 20 January: around the end, and the window's
        with clock.frozen(NOW + timedelta(days=later)):
            found = events(path).get(due(north))
            assert found is None or str(found["STATUS"]) == "CONFIRMED"


def test_a_term_that_is_deleted_while_it_goes_on_is_cancelled(north: Twin) -> None:
    path = subscribe(north)
    with clock.frozen(NOW + timedelta(days=70)):
        (term,) = (name for name in events(path) if name.startswith("term"))
        Course.objects.update(term=None)
        Term.objects.all().delete()
        assert str(events(path)[term]["STATUS"]) == "CANCELLED"


def test_the_end_of_access_stays_when_the_course_is_completed(north: Twin) -> None:
    own = Enrollment.objects.filter(student=north.people["lena"])
    own.update(expires_at=NOW + timedelta(days=5))
    path = subscribe(north)
    name = f"access-ends-{own.get().pk}-{north.people['lena'].pk}"
    assert name in events(path)
    own.update(status=Enrollment.Status.COMPLETED)
    assert str(events(path)[name]["STATUS"]) == "CONFIRMED"


def test_who_has_it_already_gets_nothing_again(north: Twin) -> None:
    path = subscribe(north)
    tag = read(path)["ETag"]
    again = read(path, If_None_Match=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    Assignment.objects.filter(pk=sums().pk).update(title="Products")
    assert read(path, If_None_Match=tag).status_code == 200


def test_an_address_ends_with_the_next_and_by_revoking(north: Twin) -> None:
    token = token_of(north, "lena")
    first, second = subscribe(north), subscribe(north)
    assert (read(first).status_code, read(second).status_code) == (404, 200)
    assert call("GET", "/api/me/calendar-feed", token=token)[1]["data"]["isActive"]
    ended = [call("DELETE", "/api/me/calendar-feed", token=token)[0] for _ in range(2)]
    assert (ended, read(second).status_code) == ([200, 404], 404)
    assert not call("GET", "/api/me/calendar-feed", token=token)[1]["data"]["isActive"]


def test_it_ends_with_all_sessions_and_with_who_leaves(north: Twin) -> None:
    path = subscribe(north)
    lena = north.people["lena"].pk
    Person.objects.filter(pk=lena).update(status=Person.Status.INACTIVE)
    assert read(path).status_code == 404
    Person.objects.filter(pk=lena).update(status=Person.Status.ACTIVE)
    assert read(path).status_code == 200
    call("DELETE", f"/api/people/{lena}/sessions", token=token_of(north, "lena"))
    assert read(path).status_code == 404


def test_nobody_makes_one_for_somebody_else(twins: tuple[Twin, Twin]) -> None:
    north = twins[0]
    asha = token_of(north, "asha")
    lena = {"personId": north.people["lena"].pk, "reason": "to see"}
    acting = call("POST", "/api/acting", token=asha, body=lena)[1]["data"]["token"]
    headers = bearer(asha) | {"X-Acting-As": acting}
    status, _ = call("POST", "/api/me/calendar-feed", body={}, **headers)
    assert status == 403
    scopes = {"name": "n", "scopes": ["me:write"]}
    made = call("POST", "/api/api-tokens", token=asha, body=scopes)[1]["data"]["token"]
    assert call("POST", "/api/me/calendar-feed", token=made, body={})[0] == 403
    with tenant_context(north.id):
        assert not CalendarFeed.objects.exists()


def test_an_address_of_one_school_shows_nothing_of_another(twins: tuple[Twin, Twin]) -> None:
    north, south = twins
    with clock.frozen(NOW), tenant_context(north.id):
        path = subscribe(north)
    number, _, secret = path.rpartition("/")[2].partition("-")
    assert number == str(north.id)
    for wrong in (f"{south.id}-{secret}", f"-{secret}", secret, "1-x", f"{10**20}-x", "٣-x"):
        assert read(f"/api/calendars/{wrong}.ics").status_code == 404, wrong
        refusals._of.clear()


def test_guessing_is_slowed_down_but_not_for_who_knows(north: Twin, settings: Any) -> None:
    settings.RATE_LIMIT_ANONYMOUS = 3
    path = subscribe(north)
    assert read(path).status_code == 200
    guesses = [read(f"/api/calendars/{north.id}-guess{n}.ics").status_code for n in range(5)]
    assert guesses == [404, 404, 404, 429, 429]
    assert read(path).status_code == 200


def test_a_parent_s_feed_names_the_children_of_today(north: Twin) -> None:
    with opticrm_of(north) as server:
        path = subscribe(north, "pia")
        summary = str(events(path)[due(north)]["SUMMARY"])
        assert summary == f"{north.people['lena'].name} · Due: Sums"
        server.schools["north"].children["crm-pia"] = ["crm-मीरा"]
        found = events(path)
        assert str(found[due(north)]["STATUS"]) == "CANCELLED"
        assert str(found[due(north, "मीरा")]["STATUS"]) == "CONFIRMED"
    down = read(path)  # what isn't known now is not cancelled
    assert down.status_code == 503


def test_nothing_of_the_text_is_stored(north: Twin) -> None:
    events(subscribe(north))
    assert "Sums" not in str(CalendarFeed.objects.values_list("revisions", flat=True).get())
