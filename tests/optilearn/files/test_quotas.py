"""What is stored is bounded for a person and for a school, whoever uploads at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.files import services
from optilearn.files.access import UploadPlace
from optilearn.files.models import File
from optilearn.files.services import GeneratedFile, UploadRequest, store_generated
from optilearn.institutions.options import quotas
from optilearn.institutions.selectors import forget_known
from optilearn.privacy import services as privacy
from tests.optilearn.files.conftest import PNG, Caller, put
from tests.support.at_once import at_once, committed_twins
from tests.support.client import call, token_of
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

MIB = 1024**2


def allow(twin: Twin, **quotas: int | None) -> tuple[int, dict[str, Any]]:
    body = {"quotas": {f"{name}Bytes": value for name, value in quotas.items()}}
    answer = call("PATCH", "/api/school", token=token_of(twin, "asha"), body=body)
    forget_known()  # as after the commit that a test doesn't make
    return answer


def used(caller: Caller) -> tuple[int, int | None]:
    status, body = caller.call("GET", "/api/storage")
    assert status == 200, body
    own, school = body["data"]["own"], body["data"]["school"]
    return own["usedBytes"], school and school["usedBytes"]


def refused(caller: Caller, size: int) -> dict[str, Any]:
    """The one detail of a refusal, in which ``size`` bytes more were too many."""
    announced = {"filename": "a.png", "contentType": "image/png", "category": "image", "size": size}
    status, body = caller.call("POST", "/api/upload", announced)
    assert (status, body["error"]["code"]) == (409, "CONFLICT"), body
    (detail,) = body["error"]["details"]
    assert detail["path"] == "/size"
    assert body["error"]["message"] == f"{detail['message']} {detail['hint']}"
    return dict(detail)


def test_a_person_may_store_so_much(tom: Caller, asha: Caller, north: Twin, folder: Path) -> None:
    allow(north, staff=1000)
    tom.announce(size=600)
    assert used(tom) == (600, None)
    detail = refused(tom, 401)
    assert (detail["code"], detail["usedBytes"], detail["quotaBytes"]) == ("own_quota", 600, 1000)
    tom.announce(size=400)
    assert used(tom)[0] == 1000
    refused(tom, 1)
    asha.announce(size=1000)  # another person
    assert used(asha) == (1000, 2000)


def test_a_school_may_store_so_much(tom: Caller, asha: Caller, north: Twin, folder: Path) -> None:
    allow(north, school=1000)
    tom.announce(size=600)
    assert refused(asha, 401)["code"] == "school_quota"
    asha.announce(size=400)


def test_schools_have_nothing_to_do_with_each_other(
    twins: tuple[Twin, Twin], tom: Caller, folder: Path
) -> None:
    allow(twins[0], school=1000)
    tom.announce(size=1000)
    elsewhere = Caller(twins[1], "tom")
    elsewhere.announce(size=5000)
    assert (used(tom)[0], used(elsewhere)[0]) == (1000, 5000)


def test_what_was_announced_has_its_place(tom: Caller, north: Twin, folder: Path) -> None:
    signed = tom.announce()
    allow(north, staff=0, school=0)
    put(signed, PNG).raise_for_status()
    assert tom.complete(signed["fileId"])[0] == 200
    assert used(tom)[0] == len(PNG)


def test_what_is_removed_gives_its_bytes_back(tom: Caller, north: Twin, folder: Path) -> None:
    allow(north, staff=len(PNG))
    tom.uploaded()
    refused(tom, 1)
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert services.sweep_orphans() == 1
    assert used(tom)[0] == 0
    tom.announce()  # which never comes
    refused(tom, 1)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        services.sweep_orphans()
    assert used(tom)[0] == 0


def test_what_was_rejected_counts_until_its_address_can_bring_nothing(
    tom: Caller, folder: Path
) -> None:
    signed = tom.announce(size=4)
    put(signed, b"none").raise_for_status()
    assert tom.complete(signed["fileId"])[0] == 400
    assert used(tom)[0] == 4
    with clock.frozen(clock.now() + timedelta(hours=25)):
        services.sweep_orphans()
    assert used(tom)[0] == 0


def test_an_erased_persons_files_count_for_the_school_until_they_go(
    tom: Caller, asha: Caller, north: Twin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "enqueue", lambda *_: None)
    tom.uploaded()
    person = north.people["tom"]
    body = {"reason": "asked", "confirm": person.code}
    status, answer = asha.call("POST", f"/api/people/{person.pk}/erase", body)
    assert status == 200, answer
    assert used(asha) == (0, len(PNG))
    with clock.frozen(clock.now() + timedelta(days=8)):
        services.sweep_orphans()
    assert used(asha) == (0, 0)


def test_what_the_server_makes_counts_too(north: Twin, folder: Path) -> None:
    allow(north, school=10)
    place = UploadPlace("exports")
    store_generated(place=place, file=GeneratedFile.of("a.csv", "text/csv", b"0123456789"))
    with pytest.raises(AppError, match="full"):
        store_generated(place=place, file=GeneratedFile.of("b.csv", "text/csv", b"0"))


def test_administrators_set_quotas_within_the_operators(
    twins: tuple[Twin, Twin], asha: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "QUOTA_SCHOOL_MB", 5)
    monkeypatch.setattr(settings, "QUOTA_STAFF_MB", 2)
    monkeypatch.setattr(settings, "QUOTA_LEARNER_MB", 1)
    operators = {"schoolBytes": 5 * MIB, "staffBytes": 2 * MIB, "learnerBytes": MIB}
    assert asha.call("GET", "/api/school")[1]["data"]["quotas"] == operators
    status, body = allow(twins[0], school=5 * MIB + 1)
    assert (status, body["error"]["details"][0]["path"]) == (400, "/quotas/schoolBytes")
    status, body = allow(twins[0], school=MIB, learner=7)
    assert (status, body["data"]["quotas"]) == (
        200,
        {"schoolBytes": MIB, "staffBytes": 2 * MIB, "learnerBytes": 7},
    )
    _, body = allow(twins[0], school=None)
    assert body["data"]["quotas"] == operators | {"learnerBytes": 7}
    elsewhere = call("GET", "/api/school", token=token_of(twins[1], "asha"))[1]
    assert elsewhere["data"]["quotas"] == operators
    for bad in (-1, 2**53 + 1):
        assert allow(twins[0], staff=bad)[0] == 400


def test_settings_that_are_no_quotas_are_the_operators() -> None:
    plain = quotas({})
    strange: Any
    for strange in (None, 5, [], {"schoolBytes": "1"}, {"staffBytes": True}):
        assert quotas({"quotas": strange}) == plain


def test_announcing_asks_no_more_of_a_larger_school(tom: Caller, folder: Path) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            tom.announce()
        return len(found)

    statements()  # the first finds the institution
    first = statements()
    for _ in range(5):
        tom.announce()
    assert statements() == first


@contextmanager
def space_for(twin: Twin, **most: int) -> Iterator[None]:
    with tenant_context(twin.id):
        allow(twin, **most)
        yield
        File.objects.all().delete()
        allow(twin, school=None, staff=None)


@pytest.fixture(scope="module")
def crowded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """An institution in a database of its own, where nothing is rolled back."""
    with committed_twins("quotas", django_db_blocker) as twins:
        yield twins[0]


@pytest.mark.parametrize("bound", ["school", "staff"])
def test_racing_announcements_never_exceed(
    crowded: Twin, bound: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "FILES_URL", tmp_path.as_uri())
    people = ["tom"] * 8 if bound == "staff" else ["tom", "uma", "asha", "sita"] * 2
    announced = UploadRequest("a.png", "image/png", 300, UploadPlace("image"))

    def announce(name: str) -> Any:
        return lambda: services.request_upload(principal=crowded.principal(name), request=announced)

    with space_for(crowded, **{bound: 1000}):
        answers = at_once(crowded, [announce(name) for name in people])
        taken = [answer for answer in answers if isinstance(answer, dict)]
        codes = {answer.code for answer in answers if isinstance(answer, AppError)}
        assert (len(taken), codes) == (3, {"CONFLICT"}), answers
        assert File.objects.aggregate(all=Sum("size_bytes"))["all"] == 900
