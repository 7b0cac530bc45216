"""What each person wants to hear of, how and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Institution
from optilearn.notifications.definitions import Category
from optilearn.notifications.models import Preference, ReaderProfile
from optilearn.notifications.preferences import selectors, services
from optilearn.notifications.preferences.schemas import PreferencesIn
from optilearn.notifications.registry import REGISTRY
from optilearn.people.models import Person
from tests.support.client import call, token_of
from tests.support.permissions import EVERYBODY
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PATH = "/api/notifications/preferences"


def ask(twin: Twin, name: str, body: Any = None, **headers: str) -> Any:
    """The person's preferences, after a change if there is one; or the error."""
    method = "GET" if body is None else "PATCH"
    status, envelope = call(method, PATH, token=token_of(twin, name), body=body, **headers)
    return envelope["data"] if status == 200 else envelope["error"]


def keys_of(data: Any) -> dict[str, Any]:
    return {key["key"]: key for category in data["categories"] for key in category["keys"]}


def test_what_there_is_for_a_learner(twins: Twins, django_assert_num_queries: Any) -> None:
    north, _ = twins
    data = ask(north, "lena")
    order = [category.value for category in Category]
    shown = [category["category"] for category in data["categories"]]
    assert shown == [name for name in order if name in shown]
    assert "PARENTS" not in shown
    assert "TEACHING" not in shown
    keys = keys_of(data)
    assert keys["ASSESS_GRADED"] == {
        "key": "ASSESS_GRADED",
        "label": "Graded",
        "description": "Your work was graded. This can't be turned off.",
        "channels": {"email": True, "push": True, "inApp": True},
        "frequency": "IMMEDIATE",
        "canDisable": False,
        "canChangeFrequency": False,
    }
    assert keys["BADGE_EARNED"]["channels"] == {"email": False, "push": True, "inApp": True}
    with tenant_context(north.id), django_assert_num_queries(3):
        selectors.preferences(north.principal("lena"))


@pytest.mark.parametrize("name", EVERYBODY.split())
def test_everybody_sees_what_is_for_their_role(twins: Twins, name: str) -> None:
    role = twins[0].principal(name).role
    wanted = {d.key for d in REGISTRY.values() if role in d.available_to}
    assert set(keys_of(ask(twins[0], name))) == wanted


def test_it_is_in_the_readers_language(twins: Twins) -> None:
    data = ask(twins[0], "lena", **{"Accept-Language": "hi"})
    assert keys_of(data)["ASSESS_GRADED"]["label"]


def test_one_key(twins: Twins) -> None:
    north, south = twins
    wanted = {"key": "DISCUSSION_REPLY", "channels": {"push": False}, "frequency": "DAILY"}
    key = keys_of(ask(north, "lena", {"keys": [wanted]}))["DISCUSSION_REPLY"]
    assert key["channels"] == {"email": True, "push": False, "inApp": True}
    assert key["frequency"] == "DAILY"
    only_mail = {"key": "DISCUSSION_REPLY", "channels": {"email": False}}
    key = keys_of(ask(north, "lena", {"keys": [only_mail]}))["DISCUSSION_REPLY"]
    assert key["channels"] == {"email": False, "push": False, "inApp": True}
    assert key["frequency"] == "DAILY"
    reset = {"key": "DISCUSSION_REPLY", "channels": {"email": None, "push": None},
             "frequency": None}  # fmt: skip
    ask(north, "lena", {"keys": [reset]})
    with tenant_context(north.id):
        row = Preference.objects.get()
        assert (row.key, row.email, row.push, row.in_app, row.frequency) == (
            "DISCUSSION_REPLY", None, None, None, "",
        )  # fmt: skip
        assert AuditEntry.objects.filter(action="notifications.preferences").count() == 3
    for twin, name in ((north, "sven"), (south, "lena")):
        assert keys_of(ask(twin, name))["DISCUSSION_REPLY"]["frequency"] == "IMMEDIATE"


def test_a_channel_beyond_the_usual_ones(twins: Twins) -> None:
    wanted = {"key": "BADGE_EARNED", "channels": {"email": True, "inApp": False}}
    key = keys_of(ask(twins[0], "lena", {"keys": [wanted]}))["BADGE_EARNED"]
    assert key["channels"] == {"email": True, "push": True, "inApp": False}


def test_a_category_leaves_alone_what_is_locked(
    twins: Twins, django_assert_num_queries: Any
) -> None:
    north, _ = twins
    change = {
        "categories": [
            {"category": "GRADES", "channels": {"email": False}, "frequency": "WEEKLY"},
            {"category": "LIVE", "channels": {"push": False, "email": True}},
        ],
        "keys": [{"key": "ASSESS_RETURNED", "channels": {"email": True}}],
    }
    keys = keys_of(ask(north, "lena", change))
    assert keys["ASSESS_GRADED"]["channels"]["email"] is True
    assert keys["ASSESS_GRADED"]["frequency"] == "IMMEDIATE"
    assert keys["ASSESS_PEER_GRADED"]["channels"]["email"] is False
    assert keys["ASSESS_PEER_GRADED"]["frequency"] == "WEEKLY"
    assert keys["ASSESS_RETURNED"]["channels"]["email"] is True
    assert keys["LIVE_CLASS_STARTING"]["channels"] == {"email": True, "push": True, "inApp": True}
    assert keys["LIVE_CLASS_CANCELLED"]["channels"]["push"] is False
    with tenant_context(north.id):
        principal = north.principal("lena")
        one = PreferencesIn.model_validate({"categories": change["categories"][:1]})
        with django_assert_num_queries(5):  # savepoint, lock, keys, audit, release
            services.change_preferences(principal=principal, change=one)


@pytest.mark.parametrize(
    ("change", "path", "code", "names"),
    [
        ({"key": "ASSESS_GRADED", "channels": {"email": False}}, "channels/email", "locked",
         "ASSESS_GRADED"),
        ({"key": "ASSESS_GRADED", "frequency": "DAILY"}, "frequency", "locked", "ASSESS_GRADED"),
        ({"key": "REENGAGE_INACTIVE", "frequency": "NEVER"}, "frequency", "locked",
         "REENGAGE_INACTIVE"),
        ({"key": "NO_SUCH"}, "key", "unknown", "NO_SUCH"),
        ({"key": "PARENT_CHILD_GRADED", "channels": {"email": False}}, "key", "unknown",
         "PARENT_CHILD_GRADED"),
        ({"key": "DIGEST", "channels": {"email": False}}, "key", "unknown", "DIGEST"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_named_and_nothing_is(
    twins: Twins, change: dict[str, Any], path: str, code: str, names: str
) -> None:
    north, _ = twins
    good = {"key": "BADGE_EARNED", "channels": {"push": False}}
    error = ask(north, "lena", {"keys": [good, change], "digest": {"hour": 6}})
    assert error["code"] == "VALIDATION_ERROR"
    [problem] = error["details"]
    assert (problem["path"], problem["code"]) == (f"/keys/1/{path}", code)
    assert names in problem["message"]
    with tenant_context(north.id):
        assert not Preference.objects.exists()
        assert not ReaderProfile.objects.exists()


def test_a_locked_key_accepts_its_present_values(twins: Twins) -> None:
    wanted = {"key": "ASSESS_GRADED", "channels": {"email": True, "push": None},
              "frequency": "IMMEDIATE"}  # fmt: skip
    assert keys_of(ask(twins[0], "lena", {"keys": [wanted]}))["ASSESS_GRADED"]["channels"]["email"]


@pytest.mark.parametrize(
    "body",
    [{"digest": {"hour": 24}}, {"digest": {"weekday": 0}}, {"quietHours": {"start": "24:00"}},
     {"quietHours": {"start": "7:00"}}, {"keys": [{"key": "X", "frequency": "HOURLY"}]},
     {"categories": [{"category": "NONE"}]}, {"other": 1}],
)  # fmt: skip
def test_what_is_no_change(twins: Twins, body: dict[str, Any]) -> None:
    assert ask(twins[0], "lena", body)["code"] == "VALIDATION_ERROR"


def test_times_are_ones_own_or_the_institutions(twins: Twins) -> None:
    north, _ = twins
    rules = {"digestHour": 9, "quietHours": {"enabled": True, "start": "20:00", "end": "06:00"}}
    Institution.objects.filter(pk=north.id).update(
        settings={"notifications": rules}, first_weekday=7
    )
    data = ask(north, "lena")
    assert (data["digest"]["hour"], data["digest"]["weekday"]) == (9, 7)
    assert data["digest"]["source"] == "institution"
    assert data["quietHours"] == {
        "enabled": True, "start": "20:00", "end": "06:00", "source": "institution",
    }  # fmt: skip
    data = ask(north, "lena", {"digest": {"hour": 0}, "quietHours": {"end": "05:30"}})
    assert (data["digest"]["hour"], data["digest"]["weekday"]) == (0, 7)
    assert data["digest"]["source"] == "own"
    assert data["quietHours"] == {
        "enabled": True, "start": "20:00", "end": "05:30", "source": "own",
    }  # fmt: skip
    data = ask(north, "lena", {"quietHours": {"enabled": False}, "digest": {"weekday": 3}})
    assert (data["quietHours"]["enabled"], data["quietHours"]["end"]) == (False, "05:30")
    assert (data["digest"]["hour"], data["digest"]["weekday"]) == (0, 3)
    data = ask(north, "lena", {"quietHours": None, "digest": {"hour": None}})
    assert data["quietHours"]["source"] == "institution"
    assert (data["digest"]["hour"], data["digest"]["source"]) == (9, "own")
    assert ask(north, "lena", {"digest": None})["digest"]["source"] == "institution"
    assert ask(north, "sven")["digest"]["hour"] == 9


@pytest.mark.parametrize(
    "hours",
    [{"start": "22:00", "end": "22:00"}, {"start": "07:00"}, {"end": "21:00"},
     {"enabled": True, "start": "21:00", "end": "21:00"}],
)  # fmt: skip
def test_quiet_hours_that_end_as_they_begin_are_refused(twins: Twins, hours: Any) -> None:
    north, _ = twins
    error = ask(north, "lena", {"quietHours": hours, "digest": {"hour": 6}})
    assert (error["code"], error["details"][0]["path"]) == ("VALIDATION_ERROR", "/quietHours/end")
    with tenant_context(north.id):
        assert not ReaderProfile.objects.exists()
    data = ask(north, "lena", {"quietHours": hours | {"enabled": False}})
    assert data["quietHours"]["enabled"] is False
    assert ask(north, "lena", {"quietHours": {"enabled": True}})["code"] == "VALIDATION_ERROR"
    assert ask(north, "lena", {"quietHours": None})["quietHours"]["source"] == "institution"


@pytest.mark.parametrize(
    ("zone", "now", "wanted", "daily", "weekly"),
    [
        # Monday noon in Kolkata, half an hour off the full hours of UTC.
        ("Asia/Kolkata", "2026-11-23T06:30Z", (8, 1), "2026-11-24T02:30Z", "2026-11-30T02:30Z"),
        ("Asia/Kolkata", "2026-11-23T02:30Z", (8, 1), "2026-11-24T02:30Z", "2026-11-30T02:30Z"),
        ("Asia/Kolkata", "2026-11-23T02:29Z", (8, 1), "2026-11-23T02:30Z", "2026-11-23T02:30Z"),
        # London's clocks go back on 25 October 2026, and forward on 28 March 2027.
        ("Europe/London", "2026-10-24T12:00Z", (8, 7), "2026-10-25T08:00Z", "2026-10-25T08:00Z"),
        ("Europe/London", "2026-10-24T06:00Z", (8, 7), "2026-10-24T07:00Z", "2026-10-25T08:00Z"),
        ("Europe/London", "2026-10-24T23:30Z", (1, 7), "2026-10-25T00:00Z", "2026-10-25T00:00Z"),
        ("Europe/London", "2027-03-27T12:00Z", (1, 7), "2027-03-28T01:00Z", "2027-03-28T01:00Z"),
        ("Nowhere/Wrong", "2026-11-23T06:30Z", (8, 1), "2026-11-23T08:00Z", "2026-11-23T08:00Z"),
    ],
)  # fmt: skip
def test_when_the_next_digests_come(
    twins: Twins, zone: str, now: str, wanted: tuple[int, int], daily: str, weekly: str
) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["lena"].pk).update(time_zone=zone)
        ReaderProfile.objects.create(
            person=north.people["lena"], digest_hour=wanted[0], digest_weekday=wanted[1]
        )
        with clock.frozen(datetime.fromisoformat(now).astimezone(UTC)):
            data = selectors.preferences(north.principal("lena"))
    assert data["timeZone"] == (zone if zone != "Nowhere/Wrong" else "Europe/London")
    assert data["digest"]["nextDailyAt"] == datetime.fromisoformat(daily)
    assert data["digest"]["nextWeeklyAt"] == datetime.fromisoformat(weekly)
