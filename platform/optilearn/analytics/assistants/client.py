"""The API as the tools of assistants call it: over HTTP, with the caller's own token.

So scope, limits and audit are the API's, and nothing here can see more than the token may.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx
from mcp.server.mcpserver.exceptions import ToolError

_PREFIX: Final = "/api/v1/analytics"
_SECONDS: Final = 90.0
"""Longer than any report may take, so that the API itself says that one took too long."""


class Api:
    """A server of ours. ``token`` is used where a call brings none of its own."""

    def __init__(self, url: str, token: str = "") -> None:
        self._http = httpx.AsyncClient(base_url=url.rstrip("/") + _PREFIX, timeout=_SECONDS)
        self._token = token

    async def get(
        self, path: str, token: str | None, query: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the envelope of a read. Raises ``ToolError`` with what the API says."""
        known = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        return await self._asked("GET", path, token, params=known)

    async def post(self, path: str, token: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the envelope of a question or a write. Raises as :meth:`get` does."""
        return await self._asked("POST", path, token, json=body)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _asked(
        self, method: str, path: str, token: str | None, **sent: Any
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token or self._token}"}
        try:
            response = await self._http.request(method, path, headers=headers, **sent)
            envelope: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ToolError("OptiLearn can't be reached now. Try again later.") from error
        if envelope.get("error"):
            raise ToolError(_in_words(envelope["error"]))
        return envelope


def _in_words(error: Mapping[str, Any]) -> str:
    """A refusal with every problem and its place, so that the question can be corrected."""
    details = error.get("details")
    more = f"\n{json.dumps(details, ensure_ascii=False)}" if details else ""
    return f"{error.get('code')}: {error.get('message')}{more}"
