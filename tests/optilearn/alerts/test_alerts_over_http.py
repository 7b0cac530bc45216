"""Alerts over HTTP: what can't be watched is refused at its place; everybody has their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.alerts import backtest, services
from optilearn.analytics.alerts.selectors import alerts_list, evaluations_list
from optilearn.analytics.models import Alert, SavedItem
from optilearn.analytics.saved.uses import foreign_definitions, uses_of
from optilearn.core import clock
from optilearn.core.http.pages import PageQuery
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.alerts.conftest import ABOVE, BY_COURSE, BY_MONTH, Watcher, clicks, spec
from tests.optilearn.more_snapshots import another
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
LIST: dict[str, Any] = {
    "version": 1, "entity": "activity", "mode": "rows", "columns": ["student.name", "clicks"],
}  # fmt: skip


def test_an_alert_is_read_as_it_was_written(asha: Watcher) -> None:
    written = spec(
        definition=BY_MONTH,
        condition={"kind": "CHANGE", "direction": "EITHER", "limit": 12.5, "rearm": 10.25,
                   "unit": "PERCENT", "to": "previousYear"},
        base={"measure": "activity.events", "minimum": 2.5},
        overall=True,
        once=True,
        expiresAt="2099-01-01T00:00:00Z",
    )  # fmt: skip
    status, body = asha.call("POST", "", written)
    assert status == 201
    for name, value in written.items():
        assert body["data"][name] == value, name
    assert asha.call("GET", f"/{body['data']['id']}")[1]["data"] == body["data"]


def test_changing_begins_anew(asha: Watcher) -> None:
    alert = asha.alert()
    assert asha.outcome(alert) == "FIRED"
    status, body = asha.call("PUT", f"/{alert}", spec(condition=ABOVE | {"limit": 12}))
    assert (status, body["data"]["firing"], body["data"]["lastOutcome"]) == (200, 0, "FIRED")
    assert asha.evaluate() == 0  # this snapshot has been evaluated
    another(asha.twin, "next", later=timedelta(days=1))
    assert asha.outcome(alert) == "FIRED"
    assert [asha.call("DELETE", f"/{alert}")[0] for _ in range(2)] == [200, 404]
    with tenant_context(asha.twin.id):
        actions = AuditEntry.objects.filter(action__startswith="alert.")
        assert [row.action for row in actions.order_by("id")] == [
            "alert.create", "alert.evaluate", "alert.change", "alert.evaluate", "alert.delete",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"definition": LIST, "measure": "clicks"}, "/definition/mode"),
        ({"definition": BY_COURSE | {"asOf": "2026-01-01"}}, "/definition/asOf"),
        ({"definition": BY_COURSE | {"dimensions": ["colour"]}}, "/definition/dimensions/0"),
        ({"measure": "activity.colour"}, "/measure"),
        ({"condition": {"kind": "GOAL", "direction": "BELOW"}}, "/condition/kind"),
        ({"base": {"measure": "activity.colour", "minimum": 1}}, "/definition/measures/2"),
    ],
)
def test_what_cannot_be_watched(asha: Watcher, changes: dict[str, Any], path: str) -> None:
    for method, at in (("POST", ""), ("POST", "/backtest")):
        status, body = asha.call(method, at, spec(**changes))
        assert status == 422, body
        assert [p["path"] for p in body["error"]["details"]] == [path]
    with tenant_context(asha.twin.id):
        assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"condition": ABOVE | {"direction": "EITHER"}},
        {"condition": {"kind": "THRESHOLD", "direction": "ABOVE"}},
        {"condition": {"kind": "GOAL", "direction": "BELOW", "limit": 3}},
        {"condition": ABOVE | {"rearm": 11}},
        {"condition": {"kind": "THRESHOLD", "direction": "BELOW", "limit": 5, "rearm": 4}},
        {"condition": {"kind": "CHANGE", "direction": "BELOW", "limit": -5}},
        {"condition": {"kind": "CHANGE", "direction": "BELOW", "limit": 5, "rearm": -1}},
        {"condition": ABOVE | {"unit": "PERCENT"}},
        {"condition": ABOVE | {"snapshots": 9}},
        {"condition": {"kind": "HISTORY", "direction": "ABOVE", "limit": 3, "snapshots": 4}},
        {"condition": {"kind": "HISTORY", "direction": "ABOVE", "limit": 3, "snapshots": 61}},
        {"condition": ABOVE | {"limit": "NaN"}},
        {"condition": ABOVE | {"limit": 10**30}},
        {"definition": None},
        {"reportId": 1},
        {"filters": [{"field": "kind", "op": "eq", "value": "x"}]},
        {"name": "\u200b"},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "2099-01-01T00:00:00"},
        {"wish": 1},
    ],
)
def test_bodies_that_are_refused(asha: Watcher, changes: dict[str, Any]) -> None:
    body = {"name": "A", "definition": BY_COURSE, "measure": "activity.clicks",
            "condition": ABOVE} | changes  # fmt: skip
    status, answer = asha.call("POST", "", {k: v for k, v in body.items() if v is not None})
    assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR"), answer


def test_everybody_has_their_own(twins: Twins, asha: Watcher) -> None:
    alert = asha.alert()
    others = [Watcher(twins[0], "sita"), Watcher(twins[0], "tom"), Watcher(twins[1])]
    for other in others:
        assert other.call("GET")[1]["data"] == []
        for method, path, body in (
            ("GET", "", None),
            ("PUT", "", spec()),
            ("DELETE", "", None),
            ("GET", "/evaluations", None),
            ("POST", "/snooze", {"until": None}),
            ("POST", "/mute", {"rowKey": "overall", "muted": True}),
        ):
            assert other.call(method, f"/{alert}{path}", body)[0] == 404
    for name in ("lena", "pia"):
        assert Watcher(twins[0], name).call("POST", "", spec())[0] == 403
    theirs = Watcher(twins[1]).alert()
    assert asha.call("GET", f"/{theirs}")[0] == 404


def test_a_report_that_the_owner_may_not_read(twins: Twins, asha: Watcher) -> None:
    ids = []
    for twin, name in ((twins[0], "sita"), (twins[1], "asha")):
        with tenant_context(twin.id):
            item = SavedItem.objects.create(
                kind="REPORT", owner_id=twin.people[name].pk, name="Own", entity="activity",
                body={"definition": BY_COURSE, "readerFilters": ["kind"]}, published_version=1,
            )  # fmt: skip
            ids.append(item.pk)
    for item_id in ids:
        assert asha.call("POST", "", spec(definition=None, reportId=item_id))[0] == 404
    sita = Watcher(twins[0], "sita")
    locked = [{"field": "course.code", "op": "eq", "value": "ART"}]
    status, body = sita.call("POST", "", spec(definition=None, reportId=ids[0], filters=locked))
    assert (status, body["error"]["details"][0]["code"]) == (422, "FILTER_LOCKED")
    kind = [{"field": "kind", "op": "eq", "value": "nothing"}]
    alert = sita.alert(definition=None, reportId=ids[0], filters=kind)
    assert sita.outcome(alert) == "EMPTY"
    with tenant_context(twins[0].id):
        assert [(use.kind, use.id) for use in uses_of(ids[0], asha.twin.principal("asha"))] == [
            ("ALERT", alert)
        ]
        assert list(foreign_definitions()) == []
        own = sita.alert()
        assert [(use.id, found) for use, found in foreign_definitions()] == [(own, BY_COURSE)]


def test_lists_take_as_many_queries_as_they_say(asha: Watcher) -> None:
    alerts = [asha.alert() for _ in range(3)]
    asha.evaluate()
    principal = asha.twin.principal("asha")
    with tenant_context(asha.twin.id), CaptureQueriesContext(connection) as queries:
        rows, total = alerts_list(principal, PageQuery(perPage=2))
    assert ([row["id"] for row in rows], total, len(queries)) == (alerts[:0:-1], 3, 2)
    assert [(row["firing"], row["lastOutcome"]) for row in rows] == [(1, "FIRED")] * 2
    with tenant_context(asha.twin.id), CaptureQueriesContext(connection) as queries:
        evaluations_list(principal, alerts[0], PageQuery())
    assert len(queries) == 3


def test_no_more_than_a_person_can_follow(asha: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_ALERTS", 1)
    monkeypatch.setattr(services, "MAX_MUTED", 1)
    alert = asha.alert()
    assert asha.call("POST", "", spec())[0] == 409
    first, second = ({"rowKey": digit * 32, "muted": True} for digit in "ab")
    assert asha.call("POST", f"/{alert}/mute", first)[0] == 200
    assert asha.call("POST", f"/{alert}/mute", first)[0] == 200
    assert asha.call("POST", f"/{alert}/mute", second)[0] == 409
    assert asha.call("POST", f"/{alert}/mute", first | {"muted": False})[1]["data"]["muted"] == []
    assert asha.call("POST", f"/{alert}/mute", {"rowKey": "'--", "muted": True})[0] == 400


def days(asha: Watcher, **changes: Any) -> list[tuple[str, list[str]]]:
    status, body = asha.call("POST", "/backtest", spec(**changes))
    assert status == 200, body
    assert body["data"]["isComplete"]
    return [(d["outcome"], [row["now"] for row in d["rows"]]) for d in body["data"]["days"]]


def test_a_back_test_says_when_it_would_have_fired(asha: Watcher) -> None:
    another(asha.twin, "early", clicks(1), later=timedelta(days=4, seconds=-1))
    for number, count in enumerate((4, 6, 3, 9), start=1):
        another(asha.twin, f"d{number}", clicks(count), later=timedelta(days=number))
    assert days(asha) == [
        ("FIRED", ["18"]), ("NOT_FIRED", []), ("FIRED", ["12"]), ("NOT_FIRED", []),
        ("FIRED", ["14"]),
    ]  # fmt: skip
    assert days(asha, condition=ABOVE | {"rearm": 7}) == [
        ("FIRED", ["18"]), ("NOT_FIRED", []), ("STILL_FIRING", []), ("STILL_FIRING", []),
        ("FIRED", ["14"]),
    ]  # fmt: skip
    with tenant_context(asha.twin.id):
        assert not Alert.objects.exists()
        row = AuditEntry.objects.latest("id")
    assert (row.action, row.details["days"]) == ("alert.backtest", 5)
    assert asha.messages() == []


def test_a_back_test_is_what_the_rounds_say(asha: Watcher) -> None:
    """The same days, evaluated one by one as they came: the same outcomes and rows."""
    unusual = {"kind": "HISTORY", "direction": "EITHER", "limit": 3, "snapshots": 6}
    fall = {"kind": "CHANGE", "direction": "BELOW", "limit": 10}
    chosen: list[dict[str, Any]] = [
        {"condition": ABOVE | {"rearm": 8}},
        {"condition": unusual},
        {"definition": BY_MONTH, "condition": fall},
        {"overall": True, "condition": ABOVE | {"direction": "BELOW"}},
    ]
    alerts = [asha.alert(**changes) for changes in chosen]
    asha.evaluate()
    for number, count in enumerate((7, 8, 6, 7, 2, 7, 30, 7), start=1):
        another(asha.twin, f"d{number}", clicks(count), later=timedelta(days=number))
        asha.evaluate()
    for alert, changes in zip(alerts, chosen, strict=True):
        evaluated = [(e["outcome"], [r["now"] for r in e["rows"]]) for e in asha.history(alert)]
        assert days(asha, **changes) == evaluated
    assert {e["outcome"] for e in asha.history(alerts[1])} >= {"FIRED", "NOT_ENOUGH", "NOT_FIRED"}


def test_a_back_test_without_time_for_all_says_so(
    asha: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    another(asha.twin, "next", later=timedelta(days=1))
    monkeypatch.setattr(backtest, "MAX_SECONDS", -1.0)
    status, body = asha.call("POST", "/backtest", spec())
    assert (status, body["data"]["isComplete"]) == (200, False)
    assert [day["snapshotId"] for day in body["data"]["days"]] == ["next"]


def test_reasons_are_in_the_readers_language(asha: Watcher) -> None:
    alert = asha.alert()
    asha.evaluate()
    principal = asha.twin.principal("asha")
    from django.utils import translation

    with tenant_context(asha.twin.id), translation.override("hi"):
        rows, _total = evaluations_list(principal, alert, PageQuery())
    assert rows[0]["reason"] == "सीमा पार करने वाली पंक्तियाँ: 1।"
    assert clock.now() >= rows[0]["evaluatedAt"]


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_no_year_of_ours_has_is_refused(
    twins: tuple[Twin, Twin], moment: str
) -> None:
    """PostgreSQL would keep it, and nobody could read the alert again."""
    asha = Watcher(twins[0])
    assert asha.call("POST", "", spec(expiresAt=moment))[0] == 400
    alert = asha.alert()
    assert asha.call("POST", f"/{alert}/snooze", {"until": moment})[0] == 400
    assert asha.call("GET")[0] == 200
