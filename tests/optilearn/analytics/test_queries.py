"""The number of queries doesn't grow with the items that a question is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.models import Alert, SavedItem, SavedVersion, Schedule
from optilearn.analytics.saved.code.documents import documents_of
from optilearn.analytics.saved.code.importing import plan_import
from optilearn.analytics.saved.impact import impact_of
from optilearn.analytics.saved.list_facts import list_facts
from optilearn.analytics.saved.listing import broken_items
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import DEFINITION, tile
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
BROKEN = DEFINITION | {"dimensions": ["course.colour"]}
FEW, MANY = 3, 30


def fill(twin: Twin, count: int) -> None:
    """Reports, every other one broken, each on a dashboard, with a schedule and an alert."""
    owner = {"owner_id": twin.people["asha"].pk}
    shared = {"visibility": SavedItem.Visibility.INSTITUTION, "published_version": 1}
    for number in range(count):
        definition = DEFINITION if number % 2 else BROKEN
        report = SavedItem.objects.create(
            kind=SavedItem.Kind.REPORT, name=f"R{number}", entity="enrollments",
            body={"definition": definition, "readerFilters": []}, **owner, **shared,
        )  # fmt: skip
        board = SavedItem.objects.create(
            kind=SavedItem.Kind.DASHBOARD, name=f"B{number}", **owner, **shared,
            body={"tiles": [tile("a", savedItemId=report.pk), tile("b", 1)], "filters": []},
        )  # fmt: skip
        SavedVersion.objects.create(item=board, number=1, name=board.name, body=board.body)
        Schedule.objects.create(
            item=report, name=f"S{number}", starts_at=clock.now(), formats=["csv"], **owner
        )
        Alert.objects.create(
            item=report, name=f"A{number}", measure="enrollments.count", condition={}, **owner
        )


def impact(asha: Principal) -> Any:
    return impact_of(asha, "enrollments.count")["uses"]


def broken(asha: Principal) -> Any:
    return broken_items(asha)


def facts(asha: Principal) -> Any:
    return list_facts(asha, list(SavedItem.objects.values_list("pk", flat=True)))


def updates(asha: Principal) -> Any:
    changed = [one | {"name": "Another"} for one in documents_of(asha)]
    return plan_import(asha, changed)


def news(asha: Principal) -> Any:
    return plan_import(asha, [one | {"key": str(uuid4())} for one in documents_of(asha)])


@pytest.mark.parametrize(
    ("ask", "most", "each"), [(impact, 10, 4), (broken, 4, 0.5), (facts, 5, 2), (updates, 9, 2),
                              (news, 9, 2)]
)  # fmt: skip
def test_as_many_queries_for_thirty_items_as_for_three(
    twins: Twins, ask: Callable[[Principal], Any], most: int, each: float
) -> None:
    north, _ = twins
    asha = north.principal("asha")
    asked = {}
    with tenant_context(north.id):
        for count in (FEW, MANY):
            fill(north, count - SavedItem.objects.filter(kind="REPORT").count())
            ask(asha)  # the catalog is known from here on
            with CaptureQueriesContext(connection) as queries:
                assert len(ask(asha)) >= int(each * count)
            asked[count] = len(queries)
    assert asked[FEW] == asked[MANY] <= most


def test_the_uses_are_those_of_each_item(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        fill(north, 2)
        found = impact_of(north.principal("asha"), "enrollments.count")["uses"]
        reports = list(SavedItem.objects.filter(kind="REPORT").order_by("id"))
    via = {(one["kind"], one["name"]): one["via"] for one in found if one["via"]}
    assert via == {
        (kind, f"{letter}{number}"): report.pk
        for number, report in enumerate(reports)
        for kind, letter in (("DASHBOARD", "B"), ("SCHEDULE", "S"), ("ALERT", "A"))
    }  # fmt: skip
