"""Exports of the twins: files in a folder of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.conf import settings

from optilearn.analytics.models import ExportJob
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.files.conftest import bucket, folder, live, moto
from tests.support.at_once import working_on
from tests.support.client import call, token_of
from tests.support.database import migrated_database
from tests.support.services import Database
from tests.support.snapshots import take_snapshots
from tests.support.twins import Twin, make_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

__all__ = ["bucket", "folder", "live", "moto"]

LIST: dict[str, Any] = {
    "version": 1,
    "entity": "submissions",
    "mode": "rows",
    "columns": ["student.name", "course.code", "score", "submittedAt", "submittedOn", "isLate"],
    "sort": [{"by": "score", "dir": "desc"}],
}
GROUPS: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
    "totals": "grand",
}
PATH = "/api/analytics/exports"


@dataclass(frozen=True)
class Exporter:
    """Somebody who exports."""

    twin: Twin
    name: str = "asha"

    def call(self, method: str, path: str = "", body: Any = None) -> tuple[int, dict[str, Any]]:
        return call(method, PATH + path, token=token_of(self.twin, self.name), body=body)

    def ask(self, form: str = "csv", **changes: Any) -> tuple[int, dict[str, Any]]:
        body = {"clientId": str(uuid4()), "format": form} | changes
        if not body.keys() & {"definition", "dashboard", "reportId"}:
            body["definition"] = LIST
        return self.call("POST", "", body)

    def done(self, form: str = "csv", **changes: Any) -> dict[str, Any]:
        """An export that is finished in the answer."""
        status, body = self.ask(form, **changes)
        assert (status, body["data"]["status"]) == (200, "DONE"), body
        data: dict[str, Any] = body["data"]
        return data

    def url(self, export: dict[str, Any]) -> str:
        status, body = self.call("GET", f"/{export['id']}/url")
        assert status == 200, body
        return str(body["data"]["url"])


@pytest.fixture
def asha(twins: tuple[Twin, Twin], folder: Path) -> Exporter:
    """An administrator of the north."""
    return Exporter(twins[0])


@dataclass(frozen=True)
class School:
    """Twins in a database where what is written is committed, with a snapshot of each."""

    database: Database
    north: Twin
    south: Twin

    def job(self, **changes: Any) -> ExportJob:
        """A job of Asha's that waits."""
        with tenant_context(self.north.id):
            values: dict[str, Any] = {
                "owner_id": self.north.people["asha"].pk,
                "client_id": uuid4(),
                "source": {"definition": LIST},
                "name": "Work",
                "form": "csv",
                "snapshot_id": newest_id(),
            }
            return ExportJob.objects.create(**values | changes)

    def again(self, job: ExportJob) -> ExportJob:
        """The job as the database has it."""
        with tenant_context(self.north.id):
            return ExportJob.objects.get(pk=job.pk)


def newest_id() -> str:
    from optilearn.analytics.snapshots import newest_snapshot

    return newest_snapshot().snapshot_id


@pytest.fixture
def school(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[School]:
    """A database of its own: workers have connections, and commits."""
    monkeypatch.setattr(settings, "FILES_URL", (tmp_path / "files").as_uri())
    monkeypatch.setattr(settings, "SNAPSHOT_URL", (tmp_path / "snapshots").as_uri())
    (tmp_path / "snapshots").mkdir()
    with migrated_database("exports") as database, working_on(database, django_db_blocker):
        north, south = make_twins()
        take_snapshots(database, tmp_path / "snapshots")
        yield School(database, north, south)
