"""Pages as the people of a twin open them, and the words on them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.conf import settings
from django.test import Client

from tests.support.client import ORIGIN, token_of
from tests.support.twins import Twin


class Browser:
    """A signed-in person's browser; forms come from our own pages."""

    def __init__(self, twin: Twin, person: str, **headers: str) -> None:
        self._client = Client(headers={"Origin": ORIGIN, "Accept": "text/html"} | headers)
        self._client.cookies[settings.AUTH_COOKIE] = token_of(twin, person)

    def get(self, path: str, **headers: str) -> Any:
        """The response to opening a page."""
        return self._client.get(path, headers=headers)

    def post(self, path: str, form: dict[str, Any] | None = None, **more: Any) -> Any:
        """The response to sending a form."""
        return self._client.post(path, form or {}, **more)

    def text(self, path: str, status: int = 200) -> str:
        """The words on a page."""
        response = self.get(path)
        assert response.status_code == status, (path, response.status_code)
        return words_of(response)


def words_of(response: Any) -> str:
    """The words on a page, without its markup."""
    raw = response.content.decode()
    main = raw.partition("<main")[2] or raw
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())
