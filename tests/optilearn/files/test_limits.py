"""Signed addresses of files count for who was given them, from wherever they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import jwt
import pytest
from django.conf import settings
from django.test import Client

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.stores import local_store, store
from optilearn.files.stores.base import Download
from tests.optilearn.files.conftest import Caller
from tests.support.client import bearer, token_of
from tests.support.twins import Twin

pytestmark = pytest.mark.usefixtures("folder")
SESSION = "/api/session"
CLASS = ("asha", "sita", "tom", "uma", "lena", "मीरा", "sven", "pia")


@pytest.fixture
def address(tom: Caller) -> Callable[[str], str]:
    """The path by which a person reads one picture of Tom's."""
    picture = tom.uploaded()
    return lambda name: urlsplit(Caller(tom.twin, name).url(picture)).path


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """From the call on, a person has three requests a minute, and an address two.

    All within one minute, whenever the test runs.
    """

    def start() -> None:
        monkeypatch.setattr(settings, "RATE_LIMIT", 3)
        monkeypatch.setattr(settings, "RATE_LIMIT_ANONYMOUS", 2)

    with clock.frozen(clock.now()):
        yield start


def read(path: str, times: int = 1, **headers: str) -> list[int]:
    return [Client().get(path, headers=headers).status_code for _ in range(times)]


def test_many_people_behind_one_address(
    address: Callable[[str], str], few: Callable[[], None]
) -> None:
    paths = {name: address(name) for name in CLASS}
    few()
    assert {name: read(path, 3) for name, path in paths.items()} == {
        key: [200] * 3 for key in CLASS
    }
    assert {name: read(path) for name, path in paths.items()} == {key: [429] for key in CLASS}
    assert read(SESSION, 3) == [401, 401, 429]  # nobody's requests are still the address's


def test_new_addresses_are_no_new_budget(
    address: Callable[[str], str], few: Callable[[], None]
) -> None:
    moment = clock.now()
    paths = []
    for minutes in range(5):
        with clock.frozen(moment + timedelta(minutes=minutes)):
            paths.append(address("lena"))
    assert len(set(paths)) == 5
    few()
    assert [read(path)[0] for path in paths] == [200, 200, 200, 429, 429]


def test_who_passes_an_address_on_is_not_shut_out(
    address: Callable[[str], str], few: Callable[[], None], north: Twin
) -> None:
    path, own = address("lena"), bearer(token_of(north, "lena"))
    others = bearer(token_of(north, "tom"))
    few()
    assert read(path, 4, **others) == [200, 200, 200, 429]  # for Lena, not for Tom
    assert read(SESSION, 3, **own) == read(SESSION, 3, **others) == [200] * 3


def test_two_institutions_are_two_budgets(
    twins: tuple[Twin, Twin], address: Callable[[str], str], few: Callable[[], None]
) -> None:
    south = Caller(twins[1], "lena")
    with tenant_context(twins[1].id):
        picture = Caller(twins[1], "tom").uploaded()
        there = urlsplit(south.url(picture)).path
    here = address("lena")
    few()
    assert read(here, 4) == [200, 200, 200, 429]
    assert read(there, 4) == [200, 200, 200, 429]


def test_an_address_without_a_person_counts_for_itself(
    address: Callable[[str], str], few: Callable[[], None], north: Twin
) -> None:
    from optilearn.files.models import File

    assert address("tom")
    key = File.objects.get(owner=north.people["tom"]).key
    paths = [
        urlsplit(store().sign_get(Download(key, "image/png", "inline"), seconds)).path
        for seconds in (600, 700)
    ]
    few()
    assert [read(path, 4) for path in paths] == [[200, 200, 200, 429]] * 2


def test_what_is_forged_counts_for_the_address_it_comes_from(
    address: Callable[[str], str], few: Callable[[], None]
) -> None:
    forged = address("lena")[:-3] + "AAA"
    few()
    assert read(forged, 3) == [403, 403, 429]


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("key", "\0"),
        ("key", "../../etc/passwd"),
        ("key", []),
        ("institution", "x"),
        ("institution", 2**70),
        ("exp", "x"),
        ("by", []),
        ("by", -1),
        ("size", -1),
        ("type", 5),
    ],
)
def test_claims_of_another_kind_prove_nothing(claim: str, value: object, tom: Caller) -> None:
    found = local_store()
    assert found is not None
    known = {"aud": "GET", "institution": tom.twin.id, "key": "lms/1/image/a.png", "exp": 9e9}
    for aud, method in (("GET", "get"), ("PUT", "put")):
        token = jwt.encode(known | {"aud": aud, claim: value}, found._secret, algorithm="HS256")
        sent = getattr(Client(), method)(f"/api/files/objects/{token}")
        assert sent.status_code == 403
