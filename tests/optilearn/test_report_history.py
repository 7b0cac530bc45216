"""Earlier snapshots: by id, by instant, by day; one's own only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from optilearn.analytics.models import Snapshot
from optilearn.analytics.snapshots import history
from optilearn.core.tenancy.context import NoTenantError, tenant_context
from reports.errors import SnapshotUnknown
from reports.snapshot.schema import SCHEMA_VERSION
from tests.optilearn.more_snapshots import another, first, instant
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PATH = "/api/analytics/reports/"
WITHOUT_DELIVERIES = ("DROP TABLE deliveries",)
ONE_LEARNER_LESS = ("DELETE FROM enrollments WHERE id = (SELECT min(id) FROM enrollments)",)
COUNT: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "measures": ["enrollments.count"],
}


def run(twin: Twin, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"definition": COUNT | more}
    return call("POST", PATH + "run", token=token_of(twin, "asha"), body=body)


def found(twin: Twin, name: str) -> str:
    with tenant_context(twin.id):
        return history(name).snapshot_id


def test_an_answer_as_of_an_earlier_snapshot(twins: Twins) -> None:
    north, _ = twins
    old, new = first(north), another(north, "later", ONE_LEARNER_LESS)
    for as_of, snapshot, count in (
        (None, new, 1),
        (new.snapshot_id, new, 1),
        (old.snapshot_id, old, 2),
        (instant(old.taken_at), old, 2),
        (instant(new.taken_at - timedelta(seconds=1)), old, 2),
        (instant(new.taken_at), new, 1),
    ):
        status, body = run(north, asOf=as_of)
        assert (status, body["data"]["rows"]) == (200, [[count]]), as_of
        assert body["data"]["meta"]["snapshot"]["id"] == snapshot.snapshot_id


def test_a_snapshot_of_an_older_release_answers_what_it_has(twins: Twins) -> None:
    """Right after an upgrade, and of the past: what came later says since when it is there."""
    north, _ = twins
    now = first(north)
    past = another(north, "past", WITHOUT_DELIVERIES, later=timedelta(days=-9), schema_version=3)
    status, body = run(north)
    assert (status, body["data"]["meta"]["snapshot"]["id"]) == (200, past.snapshot_id)
    assert body["data"]["meta"]["snapshot"]["schemaVersion"] == 3
    status, body = run(north, entity="deliveries", measures=["count"])
    (problem,) = body["error"]["details"]
    assert (status, problem["code"]) == (422, "NOT_RECORDED")
    assert (
        problem["hint"] == f"Snapshots have it since {now.snapshot_id}, of {instant(now.taken_at)}."
    )
    assert run(north, entity="deliveries", measures=["count"], asOf=now.snapshot_id)[0] == 200


def test_during_an_upgrade_the_older_release_serves_what_it_can_read(twins: Twins) -> None:
    north, _ = twins
    later = another(north, "later", ONE_LEARNER_LESS, schema_version=SCHEMA_VERSION + 1)
    status, body = run(north)
    assert (status, body["data"]["meta"]["snapshot"]["id"]) == (200, first(north).snapshot_id)
    status, body = run(north, asOf=later.snapshot_id)
    assert (status, body["error"]["details"][0]["code"]) == (422, "SNAPSHOT_UNKNOWN")


def test_as_of_the_newest_is_no_as_of(twins: Twins) -> None:
    north, _ = twins
    another(north, "later", ONE_LEARNER_LESS)
    _, plain = run(north)
    snapshot = plain["data"]["meta"]["snapshot"]
    for name in (snapshot["id"], snapshot["takenAt"], "9999-12-31", "9999-12-31T23:59:59Z"):
        _, body = run(north, asOf=name)
        for part in ("columns", "rows", "totals", "compare", "suppressed"):
            assert body["data"][part] == plain["data"][part]
        assert body["data"]["meta"]["snapshot"] == snapshot


def test_a_day_ends_and_a_bare_time_is_read_on_the_institutions_clock(twins: Twins) -> None:
    for twin in twins:
        zone = ZoneInfo(twin.institution.time_zone)
        taken = first(twin).taken_at
        midnight = (taken.astimezone(zone) + timedelta(days=3)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        before, at = (midnight + timedelta(seconds=s) for s in (-1, 0))
        another(twin, "evening", later=before - taken)
        another(twin, "midnight", later=at - taken)
        assert found(twin, before.date().isoformat()) == "evening"
        assert found(twin, at.date().isoformat()) == "midnight"
        assert found(twin, f"{before:%Y-%m-%dT%H:%M:%S}") == "evening"
        assert found(twin, f"{at:%Y-%m-%d %H:%M}") == "midnight"
        assert found(twin, before.isoformat()) == "evening"


def test_of_two_of_one_instant_the_later_published_counts(twins: Twins) -> None:
    north, _ = twins
    snapshots = [another(north, name) for name in ("one", "two")]
    assert found(north, instant(snapshots[0].taken_at)) == "two"


@pytest.mark.parametrize("status", [Snapshot.Status.FAILED, Snapshot.Status.PRUNED])
def test_only_published_ones_are_found(twins: Twins, status: str) -> None:
    north, _ = twins
    gone = another(north, "gone", status=status)
    assert found(north, instant(gone.taken_at)) == first(north).snapshot_id
    with pytest.raises(SnapshotUnknown):
        found(north, "gone")


@pytest.mark.parametrize(
    "name",
    [
        "", "nothing", "2026-02-30", "0001-01-01", "0001-01-01T00:00:00+05:30", "1999-12-31",
        "a\0b", "\ud800", "x" * 1000, "' OR 1=1 --", "../1/x", "2026-10-01T99:00", "२०२६-१०-०१",
        "2026-W01-1", "1e5", "कल",
    ],
)  # fmt: skip
def test_what_names_nothing_is_refused_with_what_is_kept(twins: Twins, name: str) -> None:
    north, _ = twins
    old, new = first(north), another(north, "later")
    with pytest.raises(SnapshotUnknown) as caught:
        found(north, name)
    for snapshot in (old, new):
        assert snapshot.snapshot_id in caught.value.hint
        assert instant(snapshot.taken_at) in caught.value.hint


def test_the_other_institutions_snapshots_are_unknown(twins: Twins) -> None:
    north, south = twins
    another(south, "only-in-the-south", later=timedelta(days=-1))
    other = first(south)
    for name in (other.snapshot_id, "only-in-the-south"):
        for more, path in (
            ({"asOf": name}, "/asOf"),
            ({"compare": {"to": "snapshot", "snapshot": name}}, "/compare/snapshot"),
        ):
            status, body = run(north, **more)
            assert (status, body["error"]["code"]) == (422, "REPORT_INVALID")
            (problem,) = body["error"]["details"]
            assert (problem["code"], problem["path"]) == ("SNAPSHOT_UNKNOWN", path)
            assert other.snapshot_id not in problem["hint"]
            assert "only-in-the-south" not in problem["hint"]
            assert first(north).snapshot_id in problem["hint"]
    # Nor is its time: this day is before the first of the north.
    day = (first(north).taken_at - timedelta(hours=36)).date().isoformat()
    assert run(north, asOf=day)[0] == 422


def test_explain_and_validate_go_by_it_too(twins: Twins) -> None:
    north, _ = twins
    token = token_of(north, "asha")
    for path in ("explain", "validate"):
        for name, status in ((first(north).snapshot_id, 200), ("nothing", 422)):
            body = {"definition": COUNT | {"asOf": name}}
            answer = call("POST", PATH + path, token=token, body=body)
            assert answer[0] == status
            if status == 422:
                assert answer[1]["error"]["details"][0]["path"] == "/asOf"
    compare = {"to": "snapshot", "snapshot": "nothing"}
    body = {"definition": COUNT | {"compare": compare}}
    _, refused = call("POST", PATH + "validate", token=token, body=body)
    assert refused["error"]["details"][0]["path"] == "/compare/snapshot"


def test_a_comparison_with_an_earlier_snapshot(twins: Twins) -> None:
    north, _ = twins
    old = first(north)
    another(north, "later", ONE_LEARNER_LESS)
    status, body = run(north, compare={"to": "snapshot", "snapshot": old.snapshot_id})
    assert (status, body["data"]["rows"], body["data"]["compare"]["rows"]) == (200, [[1]], [[2]])


def test_it_costs_one_query_or_two(twins: Twins, django_assert_num_queries: Any) -> None:
    north, _ = twins
    snapshot = first(north)
    with tenant_context(north.id):
        with django_assert_num_queries(1):
            history(snapshot.snapshot_id)
        with django_assert_num_queries(1):
            history(instant(snapshot.taken_at))
        with django_assert_num_queries(2):  # and the institution's zone
            history("2999-01-01")
        with django_assert_num_queries(3), pytest.raises(SnapshotUnknown):  # oldest, newest
            history("nothing")


def test_a_run_asks_for_it_once(twins: Twins, django_assert_num_queries: Any) -> None:
    north, _ = twins
    token = token_of(north, "asha")
    body = {"definition": COUNT | {"asOf": first(north).snapshot_id}}
    with django_assert_num_queries(5):  # institution, person, newest, the one named, audit
        call("POST", PATH + "run", token=token, body=body)


def test_outside_every_institution_there_is_no_history(twins: Twins) -> None:
    with pytest.raises(NoTenantError):
        history("2026-01-01T00:00:00Z")


def test_the_refusal_is_told_in_hindi(twins: Twins) -> None:
    cookie = {"Cookie": f"{settings.LANGUAGE_COOKIE_NAME}=hi"}
    body = {"definition": COUNT | {"asOf": "nothing"}}
    token = token_of(twins[0], "asha")
    _, answer = call("POST", PATH + "run", token=token, body=body, **cookie)
    (problem,) = answer["error"]["details"]
    assert problem["message"].startswith("इस आईडी")
    assert first(twins[0]).snapshot_id in problem["hint"]
