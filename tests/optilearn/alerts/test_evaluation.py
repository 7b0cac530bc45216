"""Alerts on real snapshots: each once, messages once, and a reason for whatever didn't fire."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.alerts import evaluation, services
from optilearn.analytics.alerts.evaluation import evaluate_published
from optilearn.analytics.models import Alert, AlertEvaluation, AlertState, SavedItem
from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.delivery.retention import purge
from optilearn.people.models import Person
from optilearn.privacy.services import erase_person
from tests.optilearn.alerts.conftest import ABOVE, BY_COURSE, BY_MONTH, Watcher, clicks, spec
from tests.optilearn.exports.conftest import School, school
from tests.optilearn.more_snapshots import another, first
from tests.support.at_once import at_once
from tests.support.twins import Twin

__all__ = ["school"]

Twins = tuple[Twin, Twin]


def day(number: int) -> dict[str, Any]:
    return {"later": timedelta(days=number)}


def test_each_snapshot_is_evaluated_once_and_told_once(asha: Watcher) -> None:
    alert = asha.alert(condition=ABOVE | {"rearm": 8})
    assert (asha.evaluate(), asha.evaluate()) == (1, 0)
    (message,) = asha.messages()
    snapshot = first(asha.twin)
    assert message == {
        "alertId": alert,
        "alertName": "सक्रियता",
        "value": "14",
        "threshold": "> 10",
        "takenAt": message["takenAt"],
        "snapshotId": snapshot.snapshot_id,
        "rows": [{"label": "MATH", "now": "14", "before": ""}],
        "more": 0,
        "to": [asha.twin.people["asha"].pk],
    }
    said = []
    for number, count in enumerate((8, 5, 4, 5, 6), start=1):
        another(asha.twin, f"s{number}", clicks(count), **day(number))
        assert asha.evaluate() == 1
        said.append(asha.history(alert)[0]["outcome"])
    assert said == ["STILL_FIRING", "STILL_FIRING", "NOT_FIRED", "NOT_FIRED", "FIRED"]
    assert len(asha.messages()) == 2
    assert asha.messages()[1]["rows"] == [{"label": "MATH", "now": "12", "before": "10"}]
    page = asha.history(alert)
    assert [row["reason"] for row in page[2:4]] == [
        "None of the rows is beyond the limit: 1. Rows that are within it again: 1.",
        "Rows that were beyond it before: 1.",
    ]
    assert page[0]["limit"] == "> 10"


def test_the_total_over_all_rows(asha: Watcher) -> None:
    another(
        asha.twin,
        "art",
        (
            "INSERT INTO activity SELECT a.* REPLACE (9000 AS id, 3 AS clicks,"
            " (SELECT id FROM courses WHERE code = 'ART') AS course_id)"
            " FROM activity a ORDER BY id LIMIT 1",
        ),
    )
    overall = asha.alert(overall=True, condition=ABOVE | {"limit": 16})
    rows = asha.alert(condition=ABOVE | {"limit": 16})
    assert asha.evaluate() == 2
    assert [asha.history(a)[0]["outcome"] for a in (overall, rows)] == ["FIRED", "NOT_FIRED"]
    (row,) = asha.history(overall)[0]["rows"]
    assert row == {"key": "overall", "label": "", "now": "17", "before": "14"}


FEBRUARY = (
    "INSERT INTO activity SELECT a.* REPLACE (id + 7000 AS id, 5 AS clicks,"
    " occurred_at + INTERVAL 1 MONTH AS occurred_at,"
    " (occurred_on + INTERVAL 1 MONTH)::DATE AS occurred_on) FROM activity a",
)


def test_a_change_against_the_period_before(asha: Watcher) -> None:
    fall = {"kind": "CHANGE", "direction": "BELOW", "limit": 25}
    changed = {"definition": BY_MONTH, "condition": fall}
    alert = asha.alert(**changed)
    none = asha.alert(**changed | {"condition": fall | {"to": "previousYear"}})
    asha.evaluate()
    assert asha.history(alert)[0]["outcome"] == "NOT_ENOUGH"  # January, and nothing before
    another(asha.twin, "february", FEBRUARY)
    asha.evaluate()
    found = asha.history(alert)[0]
    assert (found["outcome"], found["limit"]) == ("FIRED", "−25 %")
    assert [(r["now"], r["before"]) for r in found["rows"]] == [("10", "14")]
    assert asha.history(none)[0]["outcome"] == "NOT_ENOUGH"
    assert "Without a value before, or with 0: 1." in asha.history(none)[0]["reason"]


def test_a_distance_from_the_last_days(asha: Watcher) -> None:
    unusual = {"kind": "HISTORY", "direction": "EITHER", "limit": 3, "snapshots": 5}
    alert = asha.alert(condition=unusual)
    assert asha.outcome(alert) == "NOT_ENOUGH"
    for number, count in enumerate((7, 8, 6, 7, 8, 7), start=1):
        another(asha.twin, f"d{number}", clicks(count), **day(number))
    assert asha.outcome(alert) == "NOT_FIRED"
    another(asha.twin, "wild", clicks(20), **day(7))
    found = asha.outcome(alert), asha.history(alert)[0]["rows"]
    assert found == ("FIRED", [found[1][0] | {"label": "MATH", "now": "40", "before": "14"}])


def test_a_goal_that_the_report_states(asha: Watcher) -> None:
    goal = {"kind": "GOAL", "direction": "BELOW"}
    chart = {"type": "bar", "goal": 20}
    alert = asha.alert(definition=BY_COURSE | {"chart": chart}, condition=goal)
    assert asha.outcome(alert) == "FIRED"
    assert asha.history(alert)[0]["limit"] == "< 20"
    status, body = asha.call("POST", "", spec(condition=goal))
    assert (status, body["error"]["details"][0]["code"]) == (422, "NO_GOAL")


def test_a_minimum_base_that_the_report_need_not_show(asha: Watcher) -> None:
    alert = asha.alert(base={"measure": "activity.activeLearners", "minimum": 3})
    assert asha.outcome(alert) == "NOT_ENOUGH"
    assert asha.history(alert)[0]["reason"] == "Below the minimum base: 1."
    another(asha.twin, "next")
    enough = asha.alert(base={"measure": "activity.events", "minimum": 2})
    assert asha.outcome(enough) == "FIRED"


def test_each_under_their_owners_scope(twins: Twins) -> None:
    north = twins[0]
    seen = {}
    for name in ("asha", "tom", "uma"):
        alert = Watcher(north, name).alert()
        seen[name] = Watcher(north, name).outcome(alert)
    assert seen == {"asha": "FIRED", "tom": "FIRED", "uma": "EMPTY"}
    assert Watcher(twins[1]).evaluate() == 0


def test_owners_and_reports_that_are_gone(asha: Watcher) -> None:
    with tenant_context(asha.twin.id):
        item = SavedItem.objects.create(
            kind="REPORT", owner_id=asha.twin.people["sita"].pk, name="Shared", entity="activity",
            visibility="INSTITUTION", published_version=1, body={"definition": BY_COURSE},
        )  # fmt: skip
    alert = asha.alert(reportId=item.pk, definition=None)
    assert asha.outcome(alert) == "FIRED"
    another(asha.twin, "s1", **day(1))
    with tenant_context(asha.twin.id):
        SavedItem.objects.filter(pk=item.pk).update(visibility="PRIVATE")
    assert asha.outcome(alert) == "REPORT_GONE"
    another(asha.twin, "s2", **day(2))
    broken = BY_COURSE | {"dimensions": ["course.colour"]}
    with tenant_context(asha.twin.id):
        SavedItem.objects.filter(pk=item.pk).update(
            visibility="INSTITUTION", body={"definition": broken}
        )
    assert asha.outcome(alert) == "ERROR"
    assert asha.history(alert)[0]["problem"]["path"] == "/definition/dimensions/0"
    another(asha.twin, "s3", **day(3))
    with tenant_context(asha.twin.id):
        Person.objects.filter(code="asha").update(status=Person.Status.INACTIVE)
        evaluate_published()
        assert AlertEvaluation.objects.latest("id").outcome == "OWNER_GONE"
        assert AlertState.objects.count() == 1  # what can't be told stays as it was


def test_empty_results(asha: Watcher) -> None:
    nothing = BY_COURSE | {"filters": [{"field": "kind", "op": "eq", "value": "none"}]}
    ratio = {"key": "r", "ratio": ["activity.clicks", "activity.events"]}
    alerts = [
        asha.alert(definition=nothing),
        asha.alert(definition=nothing, overall=True),
        asha.alert(
            definition=nothing | {"dimensions": [], "measures": [ratio]}, measure="r", overall=True
        ),
    ]
    asha.evaluate()
    outcomes = [asha.history(alert)[0]["outcome"] for alert in alerts]
    assert outcomes == ["EMPTY", "NOT_FIRED", "EMPTY"]  # a sum of nothing is 0, its ratio nothing


def test_snoozing_muting_and_once(asha: Watcher) -> None:
    until = (clock.now() + timedelta(hours=1)).isoformat()
    snoozed, muted, once = asha.alert(), asha.alert(), asha.alert(once=True)
    assert asha.call("POST", f"/{snoozed}/snooze", {"until": until})[0] == 200
    assert asha.evaluate() == 3
    assert asha.history(snoozed)[0]["outcome"] == "SNOOZED"
    key = asha.history(muted)[0]["rows"][0]["key"]
    status, body = asha.call("POST", f"/{muted}/mute", {"rowKey": key, "muted": True})
    assert (status, body["data"]["muted"], body["data"]["firing"]) == (200, [key], 0)
    another(asha.twin, "s1", **day(1))
    assert asha.call("POST", f"/{snoozed}/snooze", {"until": None})[0] == 200
    assert asha.evaluate() == 2  # one was to fire once
    assert asha.history(snoozed)[0]["outcome"] == "FIRED"
    assert asha.history(muted)[0]["reason"].endswith("Muted: 1.")
    assert len(asha.history(once)) == 1
    asha.change(muted, expires_at=clock.now())
    another(asha.twin, "s2", **day(2))
    assert asha.evaluate() == 1


def test_equal_questions_are_asked_once(asha: Watcher) -> None:
    for number in range(30):
        asha.alert(condition=ABOVE | {"limit": number}, name=f"Over {number}")
    asha.alert(definition=BY_MONTH)
    with CaptureQueriesContext(connection) as few:
        assert asha.evaluate() == 31
    with tenant_context(asha.twin.id):
        row = AuditEntry.objects.filter(action="alert.evaluate").latest("id")
    assert (row.details["alerts"], row.details["questions"]) == (31, 2)
    assert row.details["outcomes"] == {"FIRED": 15, "NOT_FIRED": 16}
    assert len(few) <= 20  # for all of them together


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(line: int) -> Iterator[list[int]]:
    """Raise at the n-th line of the module; the list counts the lines."""
    counted = [0]

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename != evaluation.__file__:
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


@pytest.mark.slow
def test_killed_at_any_line_the_next_round_does_the_rest(
    asha: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "_CHUNK", 2)
    for _ in range(3):
        asha.alert(condition={"kind": "THRESHOLD", "direction": "ABOVE", "limit": -1})
    number, counted = 0, [1]
    for line in range(1, 1_000, 4):
        if counted[0] < line - 4:
            break  # the last round came to its end
        number += 1
        with tenant_context(asha.twin.id):
            AlertState.objects.all().delete()  # so that each fires again
        another(asha.twin, f"k{number}", **day(number))
        with tenant_context(asha.twin.id), killed_at(line) as counted:
            evaluate_published()
        asha.evaluate()
        assert asha.evaluations() == 3 * number
        assert len(asha.messages()) == 3 * number
    assert number > 10


@pytest.mark.slow
def test_two_rounds_at_one_time_are_one(school: School) -> None:
    with tenant_context(school.north.id):
        for _ in range(5):
            Alert.objects.create(
                owner_id=school.north.people["asha"].pk, name="Busy", definition=BY_COURSE,
                measure="activity.clicks", condition=ABOVE,
            )  # fmt: skip
    done = at_once(school.north, [evaluate_published] * 3)
    assert sum(done) == 5, done
    watcher = Watcher(school.north)
    assert (watcher.evaluations(), len(watcher.messages())) == (5, 5)


def test_an_alert_that_changes_meanwhile_is_left_to_the_next_round(
    asha: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = asha.alert()
    original = evaluation.Round.evaluate

    def meanwhile(self: Any, one: Any, firing: Any) -> Any:
        found = original(self, one, firing)
        services.snooze_alert(
            principal=asha.twin.principal("asha"), alert_id=one.pk,
            until=clock.now() + timedelta(hours=1),
        )  # fmt: skip
        return found

    with monkeypatch.context() as patched:
        patched.setattr(evaluation.Round, "evaluate", meanwhile)
        assert asha.evaluate() == 0
    assert asha.messages() == []
    assert asha.outcome(alert) == "SNOOZED"


def test_nothing_before_the_first_snapshot(asha: Watcher) -> None:
    asha.alert()
    with tenant_context(asha.twin.id):
        from optilearn.analytics.models import Snapshot

        Snapshot.objects.update(status="FAILED")
    assert asha.evaluate() == 0


def test_histories_end_and_forget_people(asha: Watcher) -> None:
    alert = asha.alert(definition=BY_COURSE | {"dimensions": ["student.name"]},
                       condition=ABOVE | {"limit": 1})  # fmt: skip
    asha.evaluate()
    assert {row["label"] for row in asha.history(alert)[0]["rows"]} == {"Lena", "मीरा"}
    with tenant_context(asha.twin.id):
        assert services.forget_rows() == 1
        assert services.purge_evaluations() == 0
    found = asha.history(alert)[0]
    assert (found["rows"], found["counts"]["fired"]) == ([], 2)
    assert len(asha.messages()[0]["rows"]) == 2
    with tenant_context(asha.twin.id), clock.frozen(clock.now() + timedelta(days=8)):
        purge()
    assert asha.messages()[0]["rows"] == []
    with tenant_context(asha.twin.id), clock.frozen(clock.now() + timedelta(days=401)):
        assert services.purge_evaluations() == 1
        assert not AlertEvaluation.objects.exists()


def test_an_erased_owner_takes_their_alerts_along(asha: Watcher) -> None:
    tom = Watcher(asha.twin, "tom")
    tom.alert()
    tom.evaluate()
    with tenant_context(asha.twin.id):
        person = asha.twin.people["tom"].pk
        principal = asha.twin.principal("asha")
        erase_person(principal=principal, person_id=person, reason="Left", confirm="tom")
        assert evaluate_published() == 0
        services.purge_evaluations()
        assert not Alert.objects.exists()
        assert not AlertEvaluation.objects.exists()


@pytest.mark.parametrize(("direction", "inside", "beyond"), [("BELOW", 25, 15), ("ABOVE", 15, 25)])
def test_a_goal_isnt_armed_again_on_its_far_side(
    asha: Watcher, direction: str, inside: int, beyond: int
) -> None:
    definition = BY_COURSE | {"chart": {"type": "bar", "goal": 20}}

    def asked(rearm: int, path: str = "") -> tuple[int, dict[str, Any]]:
        goal = {"kind": "GOAL", "direction": direction, "rearm": rearm}
        return asha.call("POST", path, spec(definition=definition, condition=goal))

    assert asked(inside)[0] == asked(20)[0] == 201
    for path in ("", "/backtest"):
        status, body = asked(beyond, path)
        (problem,) = body["error"]["details"]
        assert (status, problem["code"], problem["path"]) == (400, "REARM", "/condition/rearm")
        assert "20" in problem["hint"]


def test_a_measure_that_is_no_number_is_refused_with_those_that_are(asha: Watcher) -> None:
    last = {"key": "last", "agg": "max", "field": "occurredOn"}
    definition = BY_COURSE | {"measures": ["activity.clicks", last]}
    for changes, path in (
        ({"measure": "last"}, "/measure"),
        ({"base": {"measure": "last", "minimum": 1}}, "/base/measure"),
    ):
        status, body = asha.call("POST", "", spec(definition=definition, **changes))
        assert status == 422, body
        (problem,) = body["error"]["details"]
        assert (problem["code"], problem["path"]) == ("NO_NUMBER", path)
        assert problem["hint"] == "Use: activity.clicks."
    assert asha.call("POST", "", spec(definition=definition))[0] == 201
