"""The rules about live classes say the same in SQL and in Python."""

from __future__ import annotations

from optilearn.core.sql import rows
from optilearn.live import rules
from optilearn.live.models import LiveClass
from tests.support.live_classes import Classroom


def test_classes_that_are_not_over(north: Classroom) -> None:
    statuses = list(LiveClass.Status)
    for _ in statuses:
        north.schedule()
    with north.inside():
        for found, status in zip(LiveClass.objects.order_by("id"), statuses, strict=True):
            LiveClass.objects.filter(pk=found.pk).update(status=status)
        chosen = rows(f"SELECT k.status FROM live_liveclass k WHERE {rules.open_now('k')}")
    assert {one["status"] for one in chosen} == {"SCHEDULED", "LIVE"}
    assert {one for one in statuses if rules.is_open(one)} == {"SCHEDULED", "LIVE"}
