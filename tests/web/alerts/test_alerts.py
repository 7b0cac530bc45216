"""Pages of alerts: the condition as a sentence, the back-test, the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.alerts.evaluation import evaluate_published
from optilearn.analytics.models import Alert, SavedItem
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.alerts.conftest import BY_COURSE, clicks
from tests.optilearn.more_snapshots import another
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
SignIn = Callable[..., Client]
HX = {"HX-Request": "true"}


def report(twin: Twin, owner: str = "asha", **definition: Any) -> int:
    """A saved report of clicks by course."""
    with tenant_context(twin.id):
        item = SavedItem.objects.create(
            kind=SavedItem.Kind.REPORT,
            owner_id=twin.people[owner].pk,
            visibility=SavedItem.Visibility.INSTITUTION,
            name="Clicks by course",
            entity="activity",
            body={"definition": BY_COURSE | definition, "readerFilters": []},
            published_version=1,
        )
        return int(item.pk)


def form(item: int, **more: Any) -> dict[str, Any]:
    return {
        "report": item, "name": "Many clicks", "measure": "activity.clicks", "overall": "no",
        "condition": "THRESHOLD-ABOVE", "limit": "1", "unit": "PERCENT", "to": "previousPeriod",
        "snapshots": "14", **more,
    }  # fmt: skip


def alerts(twin: Twin) -> int:
    with tenant_context(twin.id):
        return Alert.objects.count()


def asked(queries: CaptureQueriesContext) -> int:
    """The queries of a page, but those for the institution's zone."""
    return sum("institutions_institution" not in one["sql"] for one in queries)


def only_alert(twin: Twin) -> Alert:
    with tenant_context(twin.id):
        return Alert.objects.get()


def evaluated(twin: Twin) -> None:
    with tenant_context(twin.id):
        evaluate_published()


def test_the_sentence_makes_an_alert(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = report(north)
    asha = sign_in("asha")
    page = asha.get(f"/alerts/new?report={item}").content.decode()
    assert '<option value="activity.clicks"' in page
    assert "of any row (" in page
    sent = form(item, rearm="0.5", base_measure="activity.events", base_minimum="1", once="yes")
    response = asha.post("/alerts/new", sent | {"expires": "2030-01-31"})
    alert = only_alert(north)
    assert (response.status_code, response["Location"]) == (303, f"/alerts/{alert.pk}")
    assert alert.condition["kind"] == "THRESHOLD"
    assert float(alert.condition["limit"]) == 1
    assert alert.base_measure == "activity.events"
    assert alert.is_once
    edit = asha.get(f"/alerts/{alert.pk}/edit").content.decode()
    assert 'name="rearm" inputmode="decimal" value="0.5"' in edit
    assert 'value="2030-01-31"' in edit
    detail = asha.get(f"/alerts/{alert.pk}").content.decode()
    assert "Clicks of a row is above 1" in detail
    assert "It was not looked at yet." in detail


def test_shares_are_typed_in_percent(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    late = report(
        north, entity="submissions", dimensions=["course.code"], measures=["submissions.lateRate"]
    )
    asha = sign_in("asha")
    sent = form(late, measure="submissions.lateRate", limit="12.5 %", rearm="10")
    assert asha.post("/alerts/new", sent).status_code == 303
    alert = only_alert(north)
    assert float(alert.condition["limit"]) == 0.125
    assert float(alert.condition["rearm"]) == 0.1
    assert "is above 12.5\u00a0%" in asha.get("/alerts").content.decode()
    edit = asha.get(f"/alerts/{alert.pk}/edit").content.decode()
    assert 'value="12.5"' in edit
    # Of a change the unit is its own.
    changed = asha.post(
        f"/alerts/{alert.pk}/edit", sent | {"condition": "HISTORY-EITHER", "rearm": ""}
    )
    assert changed.status_code == 303
    assert float(only_alert(north).condition["limit"]) == 12.5


def test_what_was_typed_stays_when_something_is_wrong(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = report(north)
    asha = sign_in("asha")
    response = asha.post("/alerts/new", form(item, limit="many", name="Kept"))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="many"' in page
    assert 'value="Kept"' in page
    assert 'href="#limit"' in page
    response = asha.post("/alerts/new", form(item, rearm="3"))
    assert response.status_code == 422
    assert "A row can&#x27;t fire again while it is beyond the limit." in response.content.decode()
    assert not alerts(north)


def test_a_list_of_records_cannot_be_watched(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = report(north, mode="rows", columns=["clicks"], dimensions=[], measures=[])
    page = sign_in("asha").get(f"/alerts/new?report={item}").content.decode()
    assert "A list of records has no numbers to watch." in page
    assert 'name="measure"' not in page


def test_the_back_test_draws_the_past(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = report(north)
    another(north, "busy", clicks(50))
    another(north, "calm", clicks(1), later=timedelta(days=2))
    another(north, "busy-again", clicks(80), later=timedelta(days=3))
    asha = sign_in("asha")
    part = asha.post("/run/alert-backtest", form(item, limit="20"), headers=HX)
    page = part.content.decode()
    assert "<html" not in page
    assert "It would have fired on 2 of 4 days." in page
    assert "data-figure=" in page
    assert "scattergl" not in page
    assert page.count("<tr>") == 5
    whole = asha.post("/run/alert-backtest", form(item, limit="20")).content.decode()
    assert "<html" in whole
    assert "Nothing is saved yet." in whole
    wrong = asha.post("/run/alert-backtest", form(item, limit=""), headers=HX).content.decode()
    assert "A limit is needed" in wrong
    assert asha.get("/run/alert-backtest").status_code == 405
    assert not alerts(north)


def test_the_history_says_why(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = report(north)
    asha = sign_in("asha")
    asha.post("/alerts/new", form(item, limit="20"))
    alert = only_alert(north)
    evaluated(north)
    another(north, "busy", clicks(50))
    evaluated(north)
    page = asha.get(f"/alerts/{alert.pk}?snapshot=busy").content.decode()
    assert "Rows that crossed the limit" in page
    assert "None of the rows is beyond the limit" in page
    assert "Mute MATH" in page
    assert 'chosen" id="at-busy"' in page
    listed = asha.get("/alerts").content.decode()
    assert "Beyond the limit" in listed
    for path in (f"/alerts/{alert.pk}", f"/alerts/{alert.pk}/edit"):
        assert sign_in("asha", twin=1).get(path).status_code == 404
        assert sign_in("sita").get(path).status_code == 404
    assert sign_in("lena").get("/alerts").status_code == 403


def test_snooze_mute_delete(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    asha = sign_in("asha")
    asha.post("/alerts/new", form(report(north), limit="20"))
    another(north, "busy", clicks(50))
    evaluated(north)
    alert = only_alert(north)
    base = f"/alerts/{alert.pk}"
    with tenant_context(north.id):
        key = alert.evaluations.get(snapshot_id="busy").rows[0]["key"]
    asha.post(f"{base}/mute", {"row": key, "muted": "yes"})
    assert only_alert(north).muted == [key]
    assert "Watch MATH again" in asha.get(base).content.decode()
    asha.post(f"{base}/mute", {"row": key})
    assert only_alert(north).muted == []
    asha.post(f"{base}/snooze", {"for": "week"})
    assert only_alert(north).snoozed_until is not None
    assert "Wake it" in asha.get(base).content.decode()
    asha.post(f"{base}/snooze")
    assert only_alert(north).snoozed_until is None
    assert asha.get(f"{base}/delete").status_code == 405
    assert asha.post(f"{base}/delete")["Location"] == "/alerts"
    assert not alerts(north)
    assert "Nothing is watched yet" in asha.get("/alerts").content.decode()


def test_a_report_that_is_gone_is_said(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = report(north, owner="sita")
    asha = sign_in("asha")
    asha.post("/alerts/new", form(item))
    with tenant_context(north.id):
        SavedItem.objects.update(visibility=SavedItem.Visibility.PRIVATE)
    alert = only_alert(north)
    assert "read this report any more" in asha.get(f"/alerts/{alert.pk}").content.decode()
    assert asha.get("/alerts").status_code == 200


def test_an_alert_of_a_question_of_its_own_stays_so(twins: Twins, sign_in: SignIn) -> None:
    import json

    north, _ = twins
    asha = sign_in("asha")
    sent = form(0, definition=json.dumps(BY_COURSE), limit="5") | {"report": ""}
    assert asha.post("/alerts/new", sent).status_code == 303
    alert = only_alert(north)
    assert alert.item_id is None
    assert alert.definition == BY_COURSE
    page = asha.get(f"/alerts/{alert.pk}/edit").content.decode()
    assert 'name="definition"' in page


def test_the_list_costs_few_queries(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = report(north)
    asha = sign_in("asha")
    asha.post("/alerts/new", form(item))
    with CaptureQueriesContext(connection) as one:
        asha.get("/alerts", headers=HX)
    for _number in range(4):
        asha.post("/alerts/new", form(item))
    with CaptureQueriesContext(connection) as five:
        asha.get("/alerts", headers=HX)
    assert asked(five) == asked(one)
