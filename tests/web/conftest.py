"""Pages as people open them: signed in by cookie, with our Origin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from tests.support.client import ORIGIN, token_of
from tests.support.twins import Twin

SignIn = Callable[..., Client]


def signed_in(twin: Twin, name: str, language: str = "en") -> Client:
    """A browser's requests: the session cookie, the language, our Origin on what changes things."""
    client = Client(headers={"Accept": "text/html,*/*", "Origin": ORIGIN})
    client.cookies[settings.AUTH_COOKIE] = token_of(twin, name)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


@pytest.fixture
def sign_in(twins: tuple[Twin, Twin]) -> SignIn:
    """``sign_in("asha")`` is a browser of hers; ``twin=1``: of South."""

    def opened(name: str = "asha", *, twin: int = 0, language: str = "en") -> Client:
        return signed_in(twins[twin], name, language)

    return opened
