"""Somebody to write to, and the providers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.people.models import Person
from tests.optilearn.notifications.support import NOON, reach
from tests.support.fcm import FcmServer
from tests.support.mailserver import MailServer
from tests.support.resend import API_KEY, ResendServer
from tests.support.services import redis_url
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture
def lena(twins: Twins, settings: Any) -> Iterator[Person]:
    """Lena of North, reachable, at noon; no provider is there yet."""
    settings.REDIS_URL = redis_url()
    settings.SMTP_URL = settings.RESEND_API_KEY = settings.FIREBASE_CREDENTIALS = ""
    settings.PROVIDER_SECONDS, settings.LONGEST_ATTEMPT_SECONDS = 2, 12
    person = reach(twins[0], "lena", name="लेना Weber")
    _forget()
    with tenant_context(twins[0].id), frozen(NOON):
        yield person
    _forget()


def _forget() -> None:
    from optilearn.core.valkey import valkey
    from worker import providers

    for sender in (providers.email_sender, providers.push_sender):
        if sender.cache_info().currsize and (one := sender()) is not None:
            one.close()
        sender.cache_clear()
    for key in valkey().call("KEYS", "optilearn:pause:*"):
        valkey().call("DEL", key)


@pytest.fixture
def smtp(lena: Person, settings: Any) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.SMTP_URL = server.url
        yield server
        _forget()


@pytest.fixture
def resend_api(lena: Person, settings: Any) -> Iterator[ResendServer]:
    with ResendServer() as server:
        settings.RESEND_API_KEY, settings.RESEND_URL = API_KEY, server.url
        yield server
        _forget()


@pytest.fixture
def google(lena: Person, settings: Any) -> Iterator[FcmServer]:
    with FcmServer() as server:
        settings.FIREBASE_CREDENTIALS, settings.FCM_URL = server.credentials, server.url
        yield server
        _forget()
