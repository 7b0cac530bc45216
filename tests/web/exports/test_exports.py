"""Pages of exports: progress, files, starting again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from optilearn.analytics.models import ExportJob
from optilearn.core.clock import now
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.schedules.support import saved_report
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
SignIn = Callable[..., Client]
HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_URL = (tmp_path / "files").as_uri()


def job(twin: Twin, **changes: Any) -> ExportJob:
    """One of Asha's that waits."""
    values: dict[str, Any] = {
        "owner_id": twin.people["asha"].pk, "client_id": uuid4(), "source": {"reportId": 1},
        "name": "Grades", "form": "csv", "snapshot_id": "s1",
    }  # fmt: skip
    with tenant_context(twin.id):
        return ExportJob.objects.create(**values | changes)


def test_a_report_becomes_a_file(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = saved_report(north)
    asha = sign_in("asha")
    assert "No files yet" in asha.get("/exports").content.decode()
    page = asha.get(f"/exports/new?report={item}").content.decode()
    assert "Export Enrollments by student" in page
    assert 'value="parquet"' in page
    sent = {"report": item, "format": "csv", "client_id": str(uuid4())}
    for _again in range(2):
        assert asha.post("/run/exports", sent)["Location"] == "/exports"
    with tenant_context(north.id):
        done = ExportJob.objects.get()
    listed = asha.get("/exports").content.decode()
    assert "Your file is ready." in listed
    assert "Ready" in listed
    assert done.sha256 in listed
    assert "hx-trigger" not in listed
    opened = asha.get(f"/exports/{done.pk}/file")
    assert opened.status_code == 302
    content = b"".join(Client().get(opened["Location"]).streaming_content)  # type: ignore[arg-type,attr-defined]
    assert content.startswith(b"Student")
    asha.post(f"/run/exports/{done.pk}/again")
    with tenant_context(north.id):
        assert ExportJob.objects.count() == 2
    asha.post(f"/exports/{done.pk}/delete")
    with tenant_context(north.id):
        assert ExportJob.objects.count() == 1


def test_what_is_under_way_is_asked_again(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    running = job(north, status="RUNNING", rows_done=250, rows_estimate=1_000, started_at=now())
    asha = sign_in("asha")
    page = asha.get("/exports?page=1", headers=HX).content.decode()
    assert "<html" not in page
    assert 'hx-trigger="every 2s"' in page
    assert '<progress class="progress" value="250" max="1000"' in page
    assert "250 of 1,000" in page
    assert asha.get(f"/exports/{running.pk}/file").status_code == 409
    asha.post(f"/exports/{running.pk}/cancel")
    page = asha.get("/exports").content.decode()
    assert "Canceled" in page
    assert "hx-trigger" not in page


def test_a_failure_says_why(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    problem = {"code": "EXPORT_TOO_LONG", "path": "", "message": "Too many.", "hint": "Use CSV."}
    job(north, status="FAILED", problem=problem, finished_at=now())
    page = sign_in("asha").get("/exports").content.decode()
    assert "Too many." in page
    assert "Use CSV." in page
    assert "Start Grades again" in page


def test_what_cannot_be_written_is_refused_at_the_form(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    item = saved_report(north)
    asha = sign_in("asha")
    response = asha.post("/run/exports", {"report": item, "format": "docx"})
    assert response.status_code == 422
    assert "Export Enrollments by student" in response.content.decode()
    assert asha.post("/run/exports", {"report": "0", "format": "csv"}).status_code == 404
    assert asha.get("/exports/new").status_code == 404
    assert asha.get("/exports/new?report=999999").status_code == 404


def test_exports_are_ones_own(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    mine = job(north)
    for other in (sign_in("sita"), sign_in("asha", twin=1)):
        assert "Grades" not in other.get("/exports").content.decode()
        assert other.get(f"/exports/{mine.pk}/file").status_code == 404
        for name in ("cancel", "delete"):
            assert other.post(f"/exports/{mine.pk}/{name}").status_code == 404
        assert other.post(f"/run/exports/{mine.pk}/again").status_code == 404
    assert sign_in("asha").get(f"/exports/{mine.pk}/cancel").status_code == 405
