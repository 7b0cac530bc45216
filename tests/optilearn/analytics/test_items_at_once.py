"""Imports and deletions at the same time, on connections of their own: a 409, and no half of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.conf import settings

from optilearn.analytics.alerts.questions import AlertForm
from optilearn.analytics.alerts.services import AlertSpec, change_alert, create_alert
from optilearn.analytics.models import Alert, Favorite, SavedItem, SavedVersion, Schedule
from optilearn.analytics.saved import services
from optilearn.analytics.saved.code.importing import import_documents
from optilearn.analytics.saved.services import delete_item, set_favorite
from optilearn.analytics.schedules.services import create_schedule, update_schedule
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import DEFINITION
from tests.optilearn.schedules.support import saved_report, wanted
from tests.support.at_once import at_once, working_on
from tests.support.database import migrated_database
from tests.support.snapshots import take_snapshots
from tests.support.twins import Twin, make_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

Use = Callable[[Twin, int], Any]


@pytest.fixture(scope="module")
def north(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Twin]:
    """An institution with a snapshot, in a database where nothing is rolled back."""
    folder = tmp_path_factory.mktemp("snapshots")
    with (
        pytest.MonkeyPatch.context() as patch,
        migrated_database("items") as database,
        working_on(database, django_db_blocker),
    ):
        patch.setattr(settings, "SNAPSHOT_URL", Path(folder).as_uri())
        twin, _ = make_twins()
        take_snapshots(database, Path(folder))
        yield twin


def schedule(twin: Twin, item: int) -> Any:
    return create_schedule(principal=twin.principal("asha"), wanted=wanted(twin, "asha", item=item))


def moved_schedule(twin: Twin, item: int) -> Any:
    """A schedule of another report that is to send this one."""
    asha = twin.principal("asha")
    made = Schedule.objects.filter(owner_id=asha.person_id).latest("id")
    changes = wanted(twin, "asha", item=item) | {"version": made.version}
    return update_schedule(principal=asha, schedule_id=made.pk, wanted=changes)


def spec(item: int) -> AlertSpec:
    condition = {"kind": "THRESHOLD", "direction": "ABOVE", "limit": "1"}
    form = AlertForm("enrollments.count", is_overall=False, condition=condition)
    return AlertSpec("Many", form, item_id=item)


def alert(twin: Twin, item: int) -> Any:
    return create_alert(principal=twin.principal("asha"), spec=spec(item))


def moved_alert(twin: Twin, item: int) -> Any:
    asha = twin.principal("asha")
    made = Alert.objects.filter(owner_id=asha.person_id).latest("id")
    return change_alert(principal=asha, alert_id=made.pk, spec=spec(item))


def favorite(twin: Twin, item: int) -> Any:
    return set_favorite(principal=twin.principal("asha"), item_id=item, is_favorite=True)


@pytest.mark.parametrize("use", [schedule, moved_schedule, alert, moved_alert, favorite])
def test_an_item_is_deleted_while_something_begins_to_use_it(
    north: Twin, monkeypatch: pytest.MonkeyPatch, use: Use
) -> None:
    """The deletion has seen that nothing uses it, and isn't committed, when the other comes."""
    item = saved_report(north)
    if use in {moved_schedule, moved_alert}:
        with tenant_context(north.id):
            (schedule if use is moved_schedule else alert)(north, saved_report(north))
    looked, asked = threading.Event(), threading.Event()
    real = services.uses_of

    def slow(*args: Any) -> Any:
        found = real(*args)
        looked.set()
        asked.wait(10)
        return found

    monkeypatch.setattr(services, "uses_of", slow)

    def begin() -> Any:
        looked.wait(10)
        threading.Timer(0.5, asked.set).start()
        return use(north, item)

    delete = lambda: delete_item(principal=north.principal("asha"), item_id=item)  # noqa: E731
    answers = at_once(north, [delete, begin])
    (refused,) = [one for one in answers if one is not None]
    assert isinstance(refused, AppError), refused
    assert refused.code is ErrorCode.CONFLICT
    with tenant_context(north.id):
        assert not SavedItem.objects.filter(pk=item).exists()
        assert not Favorite.objects.filter(item_id=item).exists()


def document(key: str, name: str) -> dict[str, Any]:
    return {
        "format": 1, "key": key, "kind": "REPORT", "name": name, "description": "", "tags": [],
        "visibility": "PRIVATE", "roles": [], "isPublished": True,
        "body": {"definition": DEFINITION, "readerFilters": []},
    }  # fmt: skip


def test_of_imports_of_one_new_key_one_wins_whole(north: Twin) -> None:
    shared, own = str(uuid4()), [str(uuid4()) for _number in range(4)]

    def take(number: int) -> Any:
        documents = [document(shared, f"Shared {number}"), document(own[number], "Own")]
        return import_documents(
            principal=north.principal("tom"), documents=documents, dry_run=False
        )

    answers = at_once(north, [lambda n=n: take(n) for n in range(4)])  # type: ignore[misc]
    refused = [one for one in answers if isinstance(one, Exception)]
    with tenant_context(north.id):
        found = SavedItem.objects.filter(key__in=own)
        assert all(isinstance(one, AppError) for one in refused), refused
        assert {one.code for one in refused if isinstance(one, AppError)} <= {ErrorCode.CONFLICT}
        assert found.count() == 4 - len(refused)
        item = SavedItem.objects.get(key=shared)
        assert SavedVersion.objects.filter(item_id=item.pk).count() == item.version
