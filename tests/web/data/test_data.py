"""Pages of the data: snapshots, what changed between two, a new one, a copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.models import Snapshot
from optilearn.analytics.pipeline_api import snapshot_requests
from optilearn.core.clock import now
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.conftest import _server, server
from tests.optilearn.more_snapshots import another, first
from tests.support.twins import Twin

__all__ = ["_server", "server"]

Twins = tuple[Twin, Twin]
SignIn = Callable[..., Client]
HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_URL = (tmp_path / "files").as_uri()


def asked(queries: CaptureQueriesContext) -> int:
    """The queries of a page, but those for the institution's zone."""
    return sum("institutions_institution" not in one["sql"] for one in queries)


def changed(twin: Twin, name: str = "later", **more: Any) -> Snapshot:
    """A snapshot with other rows, of which the catalog says so."""
    found = another(twin, name, ("DELETE FROM activity WHERE id % 2 = 0",), **more)
    facts = dict(first(twin).manifest)
    tables = dict(facts["tables"])
    tables["activity"] = {"rows": tables["activity"]["rows"] - 1, "digest": "other"}
    with tenant_context(twin.id):
        found.manifest = facts | {"tables": tables}
        found.save()
    return found


def test_it_says_which_snapshot_serves(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    old, new = first(north), changed(north)
    with tenant_context(north.id):
        Snapshot.objects.create(
            snapshot_id="broken", taken_at=now(), schema_version=1, kind="FULL", status="FAILED",
            problem="submissions lost 62 % of its rows", checked_at=now(),
        )  # fmt: skip
    page = sign_in("anil").get("/data").content.decode()
    serving = page.partition("In use now")[2].partition("</section>")[0]
    assert new.snapshot_id in serving
    assert "submissions lost 62 % of its rows" in page
    assert f"/data/{old.snapshot_id}" in page
    failed = sign_in("anil").get("/data?state=FAILED", headers=HX).content.decode()
    assert "submissions lost" in failed
    assert old.snapshot_id not in failed
    for name in ("tom", "lena", "finn"):
        assert sign_in(name).get("/data").status_code == 403


def test_a_snapshot_in_detail(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    old, new = first(north), changed(north)
    page = sign_in("asha").get(f"/data/{new.snapshot_id}").content.decode()
    assert "Enrollments" in page
    assert f"/data/compare?before={old.snapshot_id}&amp;after={new.snapshot_id}" in page
    assert sign_in("asha").get("/data/nothing").status_code == 404
    assert sign_in("asha", twin=1).get(f"/data/{new.snapshot_id}").status_code == 404


def test_what_changed_between_two(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    asha = sign_in("asha")
    assert "There is only one snapshot" in asha.get("/data/compare").content.decode()
    old, new = first(north), changed(north)
    page = asha.get("/data/compare").content.decode()
    assert "1 table has other rows." in page
    assert "-1" in page
    reverse = f"/data/compare?before={new.snapshot_id}&after={old.snapshot_id}"
    part = asha.get(reverse, headers=HX).content.decode()
    assert "<html" not in part
    assert "+1" in part
    assert asha.get("/data/compare?before=x&after=y").status_code == 404
    south = sign_in("asha", twin=1)
    assert south.get(reverse).status_code == 404


def test_changed_settings_are_named(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    new = changed(north)
    with tenant_context(north.id):
        new.manifest = new.manifest | {"min_group_size": 7}
        new.save()
    page = sign_in("asha").get("/data/compare").content.decode()
    assert "Smallest group that is shown" in page
    assert "perturbation" not in page


def test_a_snapshot_is_requested_and_followed(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    asha = sign_in("asha")
    assert 'hx-get="/data/now"' not in asha.get("/data").content.decode()
    assert asha.post("/data/take")["Location"] == "/data"
    wanted = snapshot_requests()
    assert list(wanted) == ["north"]
    asha.post("/data/take")
    assert snapshot_requests() == wanted
    page = asha.get("/data").content.decode()
    assert "It begins within half a minute." in page
    assert 'hx-get="/data/now" hx-trigger="every 3s"' in page
    with tenant_context(north.id):
        serving = Snapshot.objects.filter(status="PUBLISHED").latest("id")
        Snapshot.objects.filter(pk=serving.pk).update(checked_at=now() + timedelta(seconds=5))
    part = asha.get("/data/now", headers=HX).content.decode()
    assert "Nothing has changed" in part
    assert "hx-trigger" not in part
    changed(north, later=now() - first(north).taken_at + timedelta(minutes=1))
    assert "The new snapshot is in use." in asha.get("/data/now", headers=HX).content.decode()
    assert sign_in("tom").post("/data/take").status_code == 403
    assert asha.get("/data/take").status_code == 405


def test_a_failed_request_says_why_and_a_running_one_that_it_runs(
    twins: Twins, sign_in: SignIn
) -> None:
    north, _ = twins
    asha = sign_in("asha")
    asha.post("/data/take")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(hashtextextended('optilearn.snapshot', %s))", [north.id]
        )
        try:
            page = asha.get("/data/now", headers=HX).content.decode()
        finally:
            cursor.execute(
                "SELECT pg_advisory_unlock(hashtextextended('optilearn.snapshot', %s))", [north.id]
            )
    assert "The snapshot is being taken." in page
    with tenant_context(north.id):
        Snapshot.objects.create(
            snapshot_id="broken", taken_at=now(), schema_version=1, kind="FULL", status="FAILED",
            problem="PostgreSQL went away.", checked_at=now(),
        )  # fmt: skip
    page = asha.get("/data/now", headers=HX).content.decode()
    assert "PostgreSQL went away." in page
    assert "The last good one stays in use." in page


def test_a_copy_is_downloaded_by_those_who_may(twins: Twins, sign_in: SignIn) -> None:
    anil = sign_in("anil")
    response = anil.post("/run/data/newest/copy", {"format": "parquet"})
    assert response.status_code == 303
    assert Client().get(response["Location"]).status_code == 200
    assert anil.post("/run/data/newest/copy", {"format": "exe"}).status_code == 404
    assert anil.post("/run/data/never/copy", {"format": "duckdb"}).status_code == 404
    assert sign_in("paul").post("/run/data/newest/copy", {"format": "duckdb"}).status_code == 403
    assert "Download a copy" not in sign_in("paul").get("/data").content.decode()


def test_the_list_costs_few_queries(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    asha = sign_in("asha")
    with CaptureQueriesContext(connection) as one:
        asha.get("/data", headers=HX)
    for number in range(5):
        another(north, f"n{number}", later=timedelta(days=number + 1))
    with CaptureQueriesContext(connection) as six:
        asha.get("/data", headers=HX)
    assert asked(six) == asked(one)
